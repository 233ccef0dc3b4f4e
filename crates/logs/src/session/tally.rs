//! What was read and what could not be: nothing is lost in silence.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::session::account::StringAccount;

/// A file of noise has a broken line for every two bytes; the list must not outgrow the file.
const BROKEN_LISTED_MAX: u64 = 1_000;

/// A hostile log may invent types without end; the tools know about a hundred.
const UNKNOWN_LISTED_MAX: usize = 256;

/// Longer names are cut, in characters.
const UNKNOWN_NAME_MAX: usize = 64;

/// What was read, and what could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogTally {
    /// Bytes of log read, after decompression.
    pub bytes_read: u64,
    /// Lines read (records, for a log that is one JSON document).
    pub lines_read: u64,
    /// Lines that could not be parsed, each with its file, line number and why; at most 1,000 a
    /// file.
    pub lines_broken: Vec<BrokenLine>,
    /// Broken lines beyond the first 1,000 of a file, counted only.
    pub lines_broken_unlisted: u64,
    /// Records of a type that this build does not know, by type.
    pub records_unknown: BTreeMap<String, u64>,
    /// Bytes of text that the model wrote, before subtraction.
    pub bytes_authored: u64,
    /// Bytes taken away because the session had seen them before.
    pub bytes_subtracted: u64,
    /// Authored texts taken away whole.
    pub texts_subtracted: u64,
    /// Blocks or calls met twice and taken once.
    pub duplicates: u64,
    /// Calls of tools that this build does not know, by the name of the tool.
    pub tools_unknown: BTreeMap<String, ToolCalls>,
    /// What became of all strings that the model wrote.
    pub strings: StringAccount,
}

/// Calls of a tool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ToolCalls {
    /// How many.
    pub calls: u64,
    /// Bytes of the texts in them that were taken.
    pub bytes: u64,
}

/// A line that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenLine {
    /// The log file.
    pub path: PathBuf,
    /// From 1.
    pub line: u64,
    /// Why, in words.
    pub why: String,
}

impl BrokenLine {
    /// Why, without the place in the line.
    pub fn reason(&self) -> &str {
        self.why.split_once(" at line ").map_or(&self.why, |(reason, _)| reason)
    }
}

impl LogTally {
    /// Notes a broken line; `listed` counts those of this file.
    pub(crate) fn note_broken(&mut self, path: &Path, line: u64, why: String, listed: &mut u64) {
        if *listed >= BROKEN_LISTED_MAX {
            self.lines_broken_unlisted += 1;
            return;
        }
        *listed += 1;
        self.lines_broken.push(BrokenLine { path: path.to_path_buf(), line, why });
    }

    /// Counts a call of a tool that this build does not know, of which so many bytes are taken.
    pub(crate) fn note_unknown_tool(&mut self, name: &str, bytes: u64) {
        let mut name: String = name.chars().take(UNKNOWN_NAME_MAX).collect();
        if !self.tools_unknown.contains_key(&name) && self.tools_unknown.len() >= UNKNOWN_LISTED_MAX
        {
            "(others)".clone_into(&mut name);
        }
        let sum = self.tools_unknown.entry(name).or_default();
        sum.calls += 1;
        sum.bytes += bytes;
    }

    /// Counts a record of a type that this build does not know.
    pub(crate) fn note_unknown(&mut self, family: &str, kind: &str) {
        let kind: String = kind.chars().take(UNKNOWN_NAME_MAX).collect();
        let name = if family.is_empty() { kind } else { format!("{family}/{kind}") };
        if let Some(count) = self.records_unknown.get_mut(&name) {
            *count += 1;
        } else if self.records_unknown.len() < UNKNOWN_LISTED_MAX {
            self.records_unknown.insert(name, 1);
        } else {
            *self.records_unknown.entry("(others)".to_owned()).or_default() += 1;
        }
    }
}
