//! One piece of authored text, and where it came from.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A passage's number in its index, from 0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct PassageId(pub u32);

/// Where a passage came from, and what it is a copy of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// `claude-code`, `codex`, ...
    pub tool: String,
    /// As the log spells it.
    pub model: Option<String>,
    /// The session's id.
    pub session_id: String,
    /// The message's id.
    pub message_id: Option<String>,
    /// The tool call's id.
    pub call_id: Option<String>,
    /// Milliseconds since 1970-01-01 UTC.
    pub authored_at: Option<i64>,
    /// The session's working directory.
    pub cwd: Option<String>,
    /// The file that it was written to.
    pub file_path: Option<String>,
    /// `file`, `edit`, `patch`, ...
    pub kind: String,
    /// Whether the tool applied it.
    pub applied: Option<bool>,
    /// The log file.
    pub log_path: String,
    /// From 1.
    pub log_line: u64,
    /// Bytes that the model wrote, before the subtraction of quotes.
    pub bytes_written: u64,
    /// Bytes subtracted as quotes.
    pub bytes_subtracted: u64,
    /// The first passage of its family: of the near-identical ones that came before it, or itself.
    pub family: PassageId,
}

impl Provenance {
    /// Bytes of all texts in it.
    pub fn names_len(&self) -> usize {
        let required = [&self.tool, &self.session_id, &self.kind, &self.log_path];
        let optional = [&self.model, &self.message_id, &self.call_id, &self.cwd, &self.file_path];
        let optional = optional.into_iter().flatten();
        required.into_iter().chain(optional).map(String::len).sum()
    }
}

/// One indexed piece of authored text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Where it came from.
    pub provenance: Provenance,
    /// The text as written, quotes included.
    pub text: String,
    /// The parts that the model authored: ascending, disjoint, non-empty byte ranges of `text`.
    pub spans: Vec<Range<u32>>,
}

impl Passage {
    /// Names what its authored parts say: each of them, ended. Of passages that say the same an index holds the first.
    pub fn content(&self) -> u128 {
        let mut hasher = xxhash_rust::xxh3::Xxh3::new();
        for span in &self.spans {
            let part = self.text.as_bytes();
            hasher.update(part.get(span.start as usize..span.end as usize).unwrap_or_default());
            hasher.update(&[0]);
        }
        hasher.digest128()
    }
}

/// The evidence of one passage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassageText<'i> {
    /// As written, quotes included.
    pub text: &'i [u8],
    /// The authored parts of `text`.
    pub spans: Vec<Range<u32>>,
}

/// Whether `spans` are non-empty, ascending and disjoint ranges of a text of `text_len` bytes: what the writer asks of
/// a passage and the reader of a file.
pub(crate) fn are_spans(spans: impl IntoIterator<Item = Range<u32>>, text_len: u32) -> bool {
    let mut floor = 0;
    spans.into_iter().all(|span| {
        let fits = floor <= span.start && span.start < span.end && span.end <= text_len;
        floor = span.end;
        fits
    })
}
