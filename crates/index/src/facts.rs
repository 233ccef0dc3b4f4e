//! Numbers about an index.

use std::collections::BTreeMap;

/// What a build read; kept in the manifest and shown by `index info`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildFacts {
    /// Log files read.
    pub logs_read: u64,
    /// Files that were not logs of a known tool.
    pub files_unknown: u64,
    /// Files that could not be opened.
    pub files_failed: u64,
    /// Sessions with at least one passage or text.
    pub sessions: u64,
    /// Bytes of logs, decompressed.
    pub bytes_read: u64,
    /// Lines of logs.
    pub lines_read: u64,
    /// Lines that could not be parsed.
    pub lines_broken: u64,
    /// Bytes that the models wrote.
    pub bytes_authored: u64,
    /// Bytes subtracted as quotes.
    pub bytes_subtracted: u64,
    /// Texts that were quotes from end to end.
    pub texts_subtracted: u64,
    /// Blocks, calls and texts met again and taken once.
    pub duplicates: u64,
    /// Bytes cut because they tell nothing about who wrote them: licences, imports, generated and minified text.
    pub bytes_plain: u64,
    /// Texts left out because they are too short or too plain to be recognised.
    pub texts_short: u64,
    /// Families of near-identical passages; one that resembles no earlier one starts a family.
    pub families: u64,
    /// Earliest `authored_at`, in milliseconds since 1970-01-01 UTC.
    pub authored_from: Option<i64>,
    /// Latest `authored_at`, likewise.
    pub authored_to: Option<i64>,
    /// Passages by tool.
    pub tools: BTreeMap<String, u64>,
    /// Passages by model.
    pub models: BTreeMap<String, u64>,
}

/// How much an index holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Passages.
    pub passages: u64,
    /// Different fingerprints.
    pub fingerprints: u64,
    /// (fingerprint, passage) pairs.
    pub postings: u64,
    /// Postings left out because their fingerprint has too many.
    pub postings_capped: u64,
    /// Bytes on disk.
    pub bytes: u64,
}
