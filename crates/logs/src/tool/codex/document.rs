//! The log of Codex in spring 2025: one JSON document, `{"session": {…}, "items": […]}`, which has
//! to be held whole.

use crate::json::JsonObject;
use crate::lines::LineReader;
use crate::records::each_listed;
use crate::session::transcript::Transcript;
use crate::tool::codex::records::read_bare_item;
use crate::tool::codex::rollout::Rollout;
use crate::tool::interface::read_document;

/// All that is looked at to learn the session's id.
const START_LEN_MAX: usize = 1 << 20;

/// Whether a file with this start is such a document: `{"session":{`, with any white space between.
pub(crate) fn opens_document(start: &[u8]) -> bool {
    let rest = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    let Some(rest) = rest.strip_prefix(b"{") else {
        return false;
    };
    let Some(rest) = rest.trim_ascii_start().strip_prefix(b"\"session\"") else {
        return false;
    };
    let Some(rest) = rest.trim_ascii_start().strip_prefix(b":") else {
        return false;
    };
    rest.trim_ascii_start().starts_with(b"{")
}

/// The session's id, if it stands in the start of the document.
pub(crate) fn document_session_id(file: &mut LineReader) -> Option<String> {
    let (start, _) = file.read_rest(START_LEN_MAX);
    let start = String::from_utf8_lossy(&start);
    let value = start.split_once("\"session\"")?.1.trim_ascii_start().strip_prefix(':')?;
    let mut values = serde_json::Deserializer::from_str(value).into_iter::<JsonObject>();
    values.next()?.ok()?.text("id")
}

/// Reads a document; each item counts as a line.
pub(crate) fn read_session_document(
    rollout: &mut Rollout,
    file: &mut LineReader,
    transcript: &mut Transcript,
) {
    let Some(document) = read_document(file, transcript) else { return };
    // By hand up to the list, so that a document that was cut gives the items that it has.
    let session = document.split_once(':').map_or("", |(_, rest)| rest);
    let mut values = serde_json::Deserializer::from_str(session).into_iter::<JsonObject>();
    let started_at = values.next().and_then(Result::ok).and_then(|it| it.millis("timestamp"));
    rollout.started_at = started_at;
    let rest = session.get(values.byte_offset()..).unwrap_or_default();
    let Some(items) = rest
        .split_once("\"items\"")
        .and_then(|(_, rest)| rest.trim_ascii_start().strip_prefix(':'))
    else {
        transcript.start_line(1);
        return transcript.note_broken("a document of a session without a list of items");
    };
    let outcome = each_listed(&document, document.len() - items.len(), &mut |line, item| {
        transcript.start_line(line);
        let item = JsonObject::parse(item.get()).ok();
        match item.and_then(|item| item.text("type").map(|kind| (item, kind))) {
            Some((item, kind)) => read_bare_item(rollout, &item, &kind, transcript),
            None => transcript.note_broken("an item without a type"),
        }
    });
    if let Err(line) = outcome {
        transcript.start_line(line);
        transcript.note_broken("the document ends early or is no JSON");
    }
}
