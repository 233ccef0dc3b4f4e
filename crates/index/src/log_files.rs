//! `logs.jsonl`: the log files that a segment was made from, by their content. What is in there need not be read again.

use std::io::{self, BufRead};

use serde::{Deserialize, Serialize};

use crate::sections::{Checksum, Flaw};

/// A log file that was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogFile {
    /// Where it lay.
    pub path: String,
    /// Bytes of it, as they lay on the disk.
    pub len: u64,
    /// BLAKE3 of them, in hex.
    pub digest: String,
    /// The tool that wrote it.
    pub tool: String,
    /// The session that it is of.
    pub session_id: String,
}

/// The lines of the file, sorted.
pub(crate) fn to_bytes(logs: &[LogFile]) -> Vec<u8> {
    let mut sorted: Vec<&LogFile> = logs.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut bytes = vec![];
    for log in sorted {
        serde_json::to_writer(&mut bytes, log).expect("strings and numbers have a form in JSON");
        bytes.push(b'\n');
    }
    bytes
}

/// Checks the checksum of the file. Its lines are read by whoever adds to the index.
pub(crate) fn check(bytes: &[u8], expected: &Checksum) -> Result<(), Flaw> {
    if blake3::hash(bytes) != *expected {
        return Err(Flaw::new(LINES, "fails its checksum"));
    }
    Ok(())
}

/// Checks the file, and reads its lines.
pub(crate) fn from_bytes(bytes: &[u8], expected: &Checksum) -> Result<Vec<LogFile>, Flaw> {
    check(bytes, expected)?;
    let lines = bytes.lines();
    lines.map(|line| parse(&line)).collect()
}

/// The section that a flaw is in.
pub(crate) const LINES: &str = "lines";

fn parse(line: &io::Result<String>) -> Result<LogFile, Flaw> {
    let line = line.as_ref().ok();
    line.and_then(|line| serde_json::from_str(line).ok())
        .ok_or_else(|| Flaw::new(LINES, "has one that is not a log file's"))
}
