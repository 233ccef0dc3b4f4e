//! What a manifest says of its segments and of how they came to be.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::facts::BuildFacts;
use crate::manifest::SEGMENTS;
use crate::sections::{Checksum, Flaw, Written};

/// How the logs of an index are read; the same for all of its segments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The models' prose is indexed too.
    pub prose: bool,
    /// BLAKE3, in hex, of the backgrounds that were used beside the built-in one.
    pub backgrounds: BTreeSet<String>,
}

/// What was taken out of an index, so that nothing brings it back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removals {
    /// Ids of sessions.
    pub sessions: BTreeSet<String>,
    /// Paths of log files.
    pub logs: BTreeSet<String>,
    /// What passages of these log files said, as [`Removals::text_of`] names it: a log may be moved, or packed, and go on.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub texts: BTreeSet<String>,
    /// All that was written before this moment, in milliseconds since 1970-01-01 UTC.
    pub before: Option<i64>,
}

impl Removals {
    /// Whether a passage of this origin was taken out. One without a time is never before anything.
    pub fn cover(&self, session_id: &str, log_path: &str, authored_at: Option<i64>) -> bool {
        let is_before = |before| authored_at.is_some_and(|authored_at| authored_at < before);
        self.sessions.contains(session_id)
            || self.logs.contains(log_path)
            || self.before.is_some_and(is_before)
    }

    /// The name of what a passage of a session says ([`Passage::content`](crate::Passage::content)): 32 hex digits.
    pub fn text_of(session_id: &str, content: u128) -> String {
        let mut hasher = xxhash_rust::xxh3::Xxh3::new();
        hasher.update(&content.to_le_bytes());
        hasher.update(session_id.as_bytes());
        format!("{:032x}", hasher.digest128())
    }

    /// Adds others.
    pub fn add(&mut self, other: Self) {
        self.sessions.extend(other.sessions);
        self.logs.extend(other.logs);
        self.texts.extend(other.texts);
        self.before = self.before.max(other.before);
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SegmentEntry {
    /// It lies in `segments/NUMBER`.
    pub(crate) number: u32,
    pub(crate) passages: u32,
    pub(crate) facts: BuildFacts,
    #[serde(rename = "fingerprints.bin")]
    pub(crate) fingerprints: FileEntry,
    #[serde(rename = "evidence.bin")]
    pub(crate) evidence: FileEntry,
    #[serde(rename = "provenance.parquet")]
    pub(crate) provenance: FileEntry,
    #[serde(rename = "contents.bin")]
    pub(crate) contents: FileEntry,
    #[serde(rename = "logs.jsonl")]
    pub(crate) logs: FileEntry,
    pub(crate) removed: Option<RemovedEntry>,
}

/// Passages that were taken out lie in `removed-NUMBER.bin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemovedEntry {
    pub(crate) number: u32,
    pub(crate) passages: u32,
    pub(crate) file: FileEntry,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileEntry {
    pub(crate) len: u64,
    checksum: String,
}

impl From<Written> for FileEntry {
    fn from(written: Written) -> Self {
        let checksum = blake3::Hash::from_bytes(written.checksum);
        Self { len: written.len, checksum: checksum.to_hex().to_string() }
    }
}

impl FileEntry {
    /// Of a file that has no header.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { len: bytes.len() as u64, checksum: blake3::hash(bytes).to_hex().to_string() }
    }

    pub(crate) fn checksum(&self) -> Result<Checksum, Flaw> {
        blake3::Hash::from_hex(&self.checksum)
            .map(Into::into)
            .map_err(|_| Flaw::new(SEGMENTS, "has a checksum that is not one"))
    }
}

pub(crate) const FINGERPRINTS_FILE: &str = "fingerprints.bin";
pub(crate) const EVIDENCE_FILE: &str = "evidence.bin";
pub(crate) const PROVENANCE_FILE: &str = "provenance.parquet";
pub(crate) const CONTENTS_FILE: &str = "contents.bin";
pub(crate) const LOGS_FILE: &str = "logs.jsonl";

impl RemovedEntry {
    pub(crate) fn file_name(&self) -> String {
        Self::name(self.number)
    }

    pub(crate) fn name(number: u32) -> String {
        format!("removed-{number}.bin")
    }

    pub(crate) fn is_name(name: &str) -> bool {
        let number = name.strip_prefix("removed-");
        let number = number.and_then(|rest| rest.strip_suffix(".bin"));
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    }
}

impl SegmentEntry {
    /// Below the index.
    pub(crate) fn directory(&self) -> String {
        format!("segments/{}", self.number)
    }

    /// Its files, by name.
    pub(crate) fn files(&self) -> Vec<(String, &FileEntry)> {
        let fixed = [
            (FINGERPRINTS_FILE, &self.fingerprints),
            (EVIDENCE_FILE, &self.evidence),
            (PROVENANCE_FILE, &self.provenance),
            (CONTENTS_FILE, &self.contents),
            (LOGS_FILE, &self.logs),
        ];
        let mut files: Vec<_> = fixed.map(|(name, entry)| (name.to_owned(), entry)).into();
        files.extend(self.removed.iter().map(|removed| (removed.file_name(), &removed.file)));
        files
    }

    /// Bytes of all its files.
    pub(crate) fn len(&self) -> u64 {
        self.files().iter().map(|(_, entry)| entry.len).sum()
    }

    /// BLAKE3 of the entry, in hex: names every byte of the segment, and what was removed from it.
    pub(crate) fn digest(&self) -> String {
        let json = serde_json::to_vec(self)
            .expect("numbers, and maps with names as keys, have a form in JSON");
        blake3::hash(&json).to_hex().to_string()
    }
}
