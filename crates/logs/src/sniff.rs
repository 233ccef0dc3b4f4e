//! Recognises a log by its first lines, never by its name.

use std::io;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::authored::Tool;
use crate::error::LogError;
use crate::json::{loose, text_of};
use crate::lines::{Line, LineReader, open_lines};
use crate::{claude, codex, codex_kinds};

/// A session opens with its id or within some dozens of titles, modes and snapshots.
const LINES_MAX: u64 = 64;

/// A longer line among the first (a pasted image) is passed over.
const LINE_LEN_MAX: usize = 1 << 20;

/// All that is read of a file that is not a log.
const BYTES_MAX: u64 = 16 << 20;

/// What the first lines of a file say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// Who wrote it.
    pub tool: Tool,
    /// Files of one session are read together. Where the log names none, the name of the file.
    pub session_id: String,
}

/// How a log is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One JSON record a line.
    Lines,
    /// One JSON document (Codex, spring 2025).
    Document,
}

/// Looks at the content of a file (never at its name). `Ok(None)`: readable, and not a log that we know.
///
/// # Errors
/// The file could not be opened, or is compressed and broken before anything could be recognised.
pub fn sniff_log(path: &Path) -> Result<Option<LogHead>, LogError> {
    Ok(sniff_layout(path)?.map(|(head, _)| head))
}

pub(crate) fn sniff_layout(path: &Path) -> Result<Option<(LogHead, Layout)>, LogError> {
    let mut lines = open_lines(path, LINE_LEN_MAX)?;
    let named = |tool, session_id: Option<String>| LogHead {
        tool,
        session_id: session_id.unwrap_or_else(|| stem(path)),
    };
    let failed = |source: io::Error, compressed| {
        let path = path.to_path_buf();
        if compressed { LogError::Damaged { path, source } } else { LogError::Io { path, source } }
    };
    let compressed = lines.compressed;
    let start = lines.peek().map_err(|error| failed(error, compressed))?;
    if opens_document(start) {
        let (bytes, _) = lines.read_rest(LINE_LEN_MAX);
        let id = document_id(&String::from_utf8_lossy(&bytes));
        return Ok(Some((named(Tool::Codex, id), Layout::Document)));
    }
    let mut found = None;
    let outcome = sniff_lines(&mut lines, &mut found);
    match (found, outcome) {
        (Some((tool, id)), _) => Ok(Some((named(tool, id), Layout::Lines))),
        (None, Err(error)) => Err(failed(error, compressed)),
        (None, Ok(())) => Ok(None),
    }
}

/// Looks for a tool, and on for a session id; what was found before an error stands.
fn sniff_lines(
    lines: &mut LineReader,
    found: &mut Option<(Tool, Option<String>)>,
) -> io::Result<()> {
    while lines.number < LINES_MAX && lines.bytes < BYTES_MAX {
        let Some(line) = lines.next_line()? else {
            break;
        };
        let Line::Bytes(line) = line else { continue };
        let Ok(record) = serde_json::from_slice::<FirstLine>(line) else {
            continue;
        };
        match (record.recognise(), &*found) {
            (Some((tool, Some(id))), None) => {
                *found = Some((tool, Some(id)));
                return Ok(());
            }
            (Some((tool, Some(id))), Some((first, _))) if tool == *first => {
                *found = Some((tool, Some(id)));
                return Ok(());
            }
            (Some((tool, None)), None) => *found = Some((tool, None)),
            _ => {}
        }
    }
    Ok(())
}

fn stem(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.split('.').next().unwrap_or_default().to_owned()
}

#[derive(Deserialize)]
struct FirstLine<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    #[serde(borrow)]
    record_type: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    instructions: Option<&'a RawValue>,
    #[serde(borrow)]
    git: Option<&'a RawValue>,
    #[serde(borrow, rename = "sessionId")]
    session_id_camel: Option<&'a RawValue>,
    #[serde(borrow)]
    session_id: Option<&'a RawValue>,
    #[serde(borrow, rename = "call_id")]
    call_id: Option<&'a RawValue>,
    #[serde(borrow)]
    role: Option<&'a RawValue>,
}

impl FirstLine<'_> {
    fn recognise(&self) -> Option<(Tool, Option<String>)> {
        let kind = text_of(self.kind);
        if let Some(payload) = self.payload {
            if !kind.as_deref().is_some_and(codex_kinds::is_line_kind)
                || !payload.get().starts_with('{')
            {
                return None;
            }
            let id = if kind.as_deref() == Some("session_meta") {
                codex::meta_id(payload)
            } else {
                None
            };
            return Some((Tool::Codex, id));
        }
        let Some(kind) = kind else {
            let is_state = self.record_type.is_some();
            let is_header = self.id.is_some()
                && self.timestamp.is_some()
                && (self.instructions.is_some()
                    || self.git.is_some()
                    || self.session_id_camel.is_none());
            return if is_state {
                Some((Tool::Codex, None))
            } else if is_header && loose::<String>(self.id).is_some_and(|id| is_uuid(&id)) {
                Some((Tool::Codex, text_of(self.id)))
            } else {
                None
            };
        };
        if claude::is_record_kind(&kind) {
            let id = text_of(self.session_id_camel).or_else(|| text_of(self.session_id));
            return (id.is_some() || claude::stands_without_session(&kind))
                .then_some((Tool::ClaudeCode, id));
        }
        let is_item =
            codex_kinds::is_item_kind(&kind) && (self.call_id.is_some() || self.role.is_some());
        is_item.then_some((Tool::Codex, None))
    }
}

fn is_uuid(id: &str) -> bool {
    id.len() == 36 && id.bytes().filter(|byte| *byte == b'-').count() == 4
}

/// `{"session":`, with any white space between.
fn opens_document(start: &[u8]) -> bool {
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

/// The id in the first value of the document, of which only the start may be here.
fn document_id(start: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Session {
        id: Option<String>,
    }
    let value = start.split_once("\"session\"")?.1.trim_ascii_start().strip_prefix(':')?;
    serde_json::Deserializer::from_str(value).into_iter::<Session>().next()?.ok()?.id
}
