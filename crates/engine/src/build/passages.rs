//! What a log says to what an index keeps.

use std::ops::Range;

use seepage_index::Passage;
use seepage_logs::Authored;

/// The passage of an authored text. Its spans are those that tell who wrote them:
/// licences, imports and the like are the model's too, and everybody's.
pub(crate) fn passage(authored: Authored) -> Passage {
    let kept: usize = authored.spans.iter().map(ExactSizeIterator::len).sum();
    let spans = telling_spans(&authored);
    let bytes_subtracted = (authored.text.len() - kept) as u64;
    Passage { provenance: authored.provenance, bytes_subtracted, text: authored.text, spans }
}

/// Bytes that the model wrote and that tell nothing about who wrote them.
pub(crate) fn bytes_plain(passage: &Passage) -> u64 {
    let told: u32 = passage.spans.iter().map(|span| span.end - span.start).sum();
    passage.text.len() as u64 - passage.bytes_subtracted - u64::from(told)
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
