//! The log of Codex in spring 2025: one JSON document, `{"session": {…}, "items": […]}`, which has
//! to be held whole.

use serde_json::value::RawValue;

use crate::json::{JsonObject, each_element, mend_surrogates};
use crate::lines::{LINE_LEN_MAX, LineReader};
use crate::session::transcript::Transcript;
use crate::tool::codex::records::read_bare_item;
use crate::tool::codex::rollout::Rollout;

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
pub(crate) fn read_document(
    rollout: &mut Rollout,
    file: &mut LineReader,
    transcript: &mut Transcript,
) {
    let (bytes, outcome) = file.read_rest(LINE_LEN_MAX);
    match std::str::from_utf8(&bytes) {
        Ok(document) => read_items(rollout, &mend_surrogates(document), transcript),
        Err(error) => {
            transcript.start_line(1);
            transcript.note_broken(format_args!("not UTF-8 at byte {}", error.valid_up_to()));
        }
    }
    if let Err(error) = outcome {
        transcript.note_broken(format_args!("the file ends early: {error}"));
    }
}

fn read_items(rollout: &mut Rollout, document: &str, transcript: &mut Transcript) {
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
    let (mut line, mut counted) = (1, 0);
    let mut line_at = |offset: usize| {
        let passed = &document.as_bytes()[counted..offset];
        line += memchr::memchr_iter(b'\n', passed).count() as u64;
        counted = offset;
        line
    };
    // The document's own end (a closing brace) follows the list.
    let mut values = serde_json::Deserializer::from_str(items).into_iter::<&RawValue>();
    let is_whole = values.next().is_some_and(|list| list.is_ok());
    let list = if is_whole { &items[..values.byte_offset()] } else { items };
    let outcome = each_element(list, &mut |item: &RawValue| {
        let offset = item.get().as_ptr() as usize - document.as_ptr() as usize;
        transcript.start_line(line_at(offset));
        let item = JsonObject::parse(item.get()).ok();
        match item.and_then(|item| item.text("type").map(|kind| (item, kind))) {
            Some((item, kind)) => read_bare_item(rollout, &item, &kind, transcript),
            None => transcript.note_broken("an item without a type"),
        }
    });
    // Behind the list the document has to close.
    let is_closed = is_whole && items[list.len()..].trim_ascii_start().starts_with(['}', ',']);
    if outcome.is_err() || !is_closed {
        transcript.start_line(line_at(document.len()));
        transcript.note_broken("the document ends early or is no JSON");
    }
}
