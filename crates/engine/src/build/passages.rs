//! What a log says to what an index keeps.

use std::ops::Range;

use seepage_index::{Author, Passage};
use seepage_logs::{Authored, solid_len};

/// The passage of an authored text. Its spans are those that tell who wrote them:
/// licences, imports and the like are the model's too, and everybody's.
pub(crate) fn passage(authored: Authored) -> Passage {
    let kept: usize = authored.spans.iter().map(ExactSizeIterator::len).sum();
    let spans = telling_spans(&authored);
    let author = Author {
        provenance: authored.provenance,
        bytes_written: authored.text.len() as u64,
        bytes_subtracted: (authored.text.len() - kept) as u64,
        bytes_imitated: authored.bytes_imitated,
    };
    Passage { authors: vec![author], text: authored.text, spans }
}

/// Bytes of the spans of a passage that are no white space.
pub(crate) fn solid_len_of(passage: &Passage) -> u64 {
    let spans = passage.spans.iter();
    spans.map(|span| solid_len(&passage.text[span.start as usize..span.end as usize])).sum()
}

/// Bytes that the first author of a passage wrote and that tell nothing about who wrote them.
pub(crate) fn bytes_plain(passage: &Passage) -> u64 {
    let told: u32 = passage.spans.iter().map(|span| span.end - span.start).sum();
    let own = passage.authors.first().map(|author| author.bytes_written - author.bytes_subtracted);
    own.unwrap_or_default().saturating_sub(told.into())
}

fn telling_spans(authored: &Authored) -> Vec<Range<u32>> {
    let path = authored.provenance.file_path.as_deref();
    if path.is_some_and(seepage_text::is_foreign_path) || seepage_text::is_generated(&authored.text)
    {
        return vec![];
    }
    // A log's texts are capped far below 4 GiB.
    seepage_text::telling_spans(&authored.text, &authored.spans)
        .into_iter()
        .map(|span| span.start as u32..span.end as u32)
        .collect()
}
