//! What a log says to what an index keeps.

use std::ops::Range;

use seepage_index::{Passage, PassageId, Provenance};
use seepage_logs::Authored;

/// The passage of an authored text, in a family that is still to be found. Its spans are those that tell who wrote them:
/// licences, imports and the like are the model's too, and everybody's.
pub(crate) fn passage(authored: Authored) -> Passage {
    let kept: usize = authored.spans.iter().map(ExactSizeIterator::len).sum();
    let spans = telling_spans(&authored);
    let provenance = Provenance {
        tool: authored.tool.name().to_owned(),
        model: authored.model,
        session_id: authored.session_id,
        message_id: authored.message_id,
        call_id: authored.call_id,
        authored_at: authored.authored_at,
        cwd: authored.cwd,
        file_path: authored.file_path,
        kind: authored.kind.name().to_owned(),
        applied: authored.applied,
        log_path: authored.log_path.to_string_lossy().into_owned(),
        log_line: authored.log_line,
        bytes_written: authored.text.len() as u64,
        bytes_subtracted: (authored.text.len() - kept) as u64,
        family: PassageId(0),
    };
    Passage { provenance, text: authored.text, spans }
}

/// Bytes that the model wrote and that tell nothing about who wrote them.
pub(crate) fn bytes_plain(passage: &Passage) -> u64 {
    let from = &passage.provenance;
    let told: u32 = passage.spans.iter().map(|span| span.end - span.start).sum();
    from.bytes_written - from.bytes_subtracted - u64::from(told)
}

fn telling_spans(authored: &Authored) -> Vec<Range<u32>> {
    let path = authored.file_path.as_deref();
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
