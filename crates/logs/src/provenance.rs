//! Where an authored text came from, and which of two texts was authored first.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::class::Class;

/// Where an authored text came from: the tool, the session, the place in the log, and the file that it was written to.
///
/// The readers of logs fill it, an index keeps it beside the text, and a report shows it with each finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The name of the tool that wrote the log: `claude-code`, `codex`, ...
    pub tool: String,
    /// The name of the model as the log spells it; `None` where the log does not say.
    pub model: Option<String>,
    /// The id of the session.
    pub session_id: String,
    /// The id of the message, where the tool has one.
    pub message_id: Option<String>,
    /// The id of the tool call, where the text came from a call.
    pub call_id: Option<String>,
    /// Milliseconds since 1970-01-01 UTC; the start of the session where the log dates only that.
    pub authored_at: Option<i64>,
    /// The working directory of the session at that time.
    pub cwd: Option<String>,
    /// The file that the text was written to, as the log spells it.
    pub file_path: Option<String>,
    /// What the text was written as.
    pub class: Class,
    /// Whether the tool applied it; `None` where the log does not say.
    pub applied: Option<bool>,
    /// The path of the log file. Bytes that are not UTF-8 are replaced.
    pub log_path: String,
    /// The line in the log file, from 1.
    pub log_line: u64,
}

impl Provenance {
    /// The place of the text in the canonical order, as far as its provenance tells.
    pub fn authoring_order(&self) -> AuthoringOrder<&Path> {
        AuthoringOrder::of(self, Path::new(&self.log_path), 0)
    }

    /// Bytes of all names in it.
    pub fn names_len(&self) -> usize {
        let required = [&self.tool, &self.session_id, &self.log_path];
        let optional = [&self.model, &self.message_id, &self.call_id, &self.cwd, &self.file_path];
        let optional = optional.into_iter().flatten();
        required.into_iter().chain(optional).map(String::len).sum()
    }
}

/// The place of a text in the canonical order of all texts: by time, log file, line, and number.
///
/// Of texts that say the same, the one that comes first is the original, and the others are copies. A text without a
/// time comes after all that have one. `L` stands for the log file: its path, or its place in a sorted list of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AuthoringOrder<L> {
    authored_at: i64,
    log: L,
    log_line: u64,
    number: u64,
}

impl<L> AuthoringOrder<L> {
    /// The place of a text that came from `provenance`, where `log` stands for its log file. A line may hold several
    /// texts, which `number` tells apart.
    pub fn of(provenance: &Provenance, log: L, number: u64) -> Self {
        Self {
            authored_at: provenance.authored_at.unwrap_or(i64::MAX),
            log,
            log_line: provenance.log_line,
            number,
        }
    }
}
