//! Findings as JSON lines, one object a finding, the names of the Parquet columns and `excerpt`. They leave before the
//! scan is at its end, so nobody can say yet in how many `packages` a passage is.

use std::collections::BTreeMap;
use std::io::{self, Write};

use seepage_detect::Changes;
use seepage_engine::{FindingRow, FindingSink, RecordFinding};
use seepage_index::Provenance;
use serde::{Serialize, Serializer};

use crate::json::to_json_line;
use crate::time::rfc3339_utc;

/// A sink that writes each flagged or predating finding as it comes, in one call; weak ones are left out.
///
/// A reader that went away gives an error of kind [`io::ErrorKind::BrokenPipe`].
#[derive(Debug)]
pub struct JsonLines<W> {
    out: W,
    index_digest: String,
}

impl<W: Write> JsonLines<W> {
    /// Writes to `out`; the digest is that of the index that is scanned with.
    pub fn new(out: W, index_digest: &str) -> Self {
        Self { out, index_digest: index_digest.to_owned() }
    }
}

impl<W: Write + Send> FindingSink for JsonLines<W> {
    fn found(&mut self, row: &FindingRow) -> io::Result<()> {
        if !row.found.finding.tier.is_flagged() {
            return Ok(());
        }
        self.out.write_all(&finding_line(&row.found, &row.provenance, &self.index_digest)?)
    }
}

/// One finding as a line of JSON.
pub(crate) fn finding_line(
    found: &RecordFinding,
    provenance: &Provenance,
    index_digest: &str,
) -> io::Result<Vec<u8>> {
    let finding = &found.finding;
    to_json_line(&Line {
        shard: &found.shard,
        row: found.row,
        record_id: found.record_id.as_deref(),
        kept: found.kept.iter().map(|kept| (kept.field.as_str(), kept.value.as_str())).collect(),
        field: &found.field,
        tier: finding.tier.name(),
        rule: &finding.rule,
        score: finding.score,
        matched_bytes: finding.matched_bytes,
        spans: finding
            .spans
            .iter()
            .map(|span| SpanLine {
                record_start: span.record.start,
                record_end: span.record.end,
                passage_start: span.passage.start,
                passage_end: span.passage.end,
            })
            .collect(),
        identical: finding.changes.as_ref().map(|changes| changes.identical),
        edited: finding.changes.as_ref().map(|changes| changes.edited),
        renames: finding.changes.as_ref().map(Renames),
        record_date: found.record_date.as_deref(),
        predates: found.predates,
        passage_id: finding.passage.0,
        family_id: provenance.family.0,
        tool: &provenance.tool,
        model: provenance.model.as_deref(),
        session_id: &provenance.session_id,
        message_id: provenance.message_id.as_deref(),
        call_id: provenance.call_id.as_deref(),
        authored_at: provenance.authored_at.and_then(rfc3339_utc),
        cwd: provenance.cwd.as_deref(),
        file_path: provenance.file_path.as_deref(),
        kind: &provenance.kind,
        applied: provenance.applied,
        log_path: &provenance.log_path,
        log_line: provenance.log_line,
        index_digest,
        excerpt: &found.excerpt,
    })
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are those of the Parquet columns")]
struct Line<'a> {
    shard: &'a str,
    row: u64,
    record_id: Option<&'a str>,
    kept: BTreeMap<&'a str, &'a str>,
    field: &'a str,
    tier: &'a str,
    rule: &'a str,
    score: f32,
    matched_bytes: u64,
    spans: Vec<SpanLine>,
    identical: Option<f32>,
    edited: Option<f32>,
    renames: Option<Renames<'a>>,
    record_date: Option<&'a str>,
    predates: bool,
    passage_id: u32,
    family_id: u32,
    tool: &'a str,
    model: Option<&'a str>,
    session_id: &'a str,
    message_id: Option<&'a str>,
    call_id: Option<&'a str>,
    authored_at: Option<String>,
    cwd: Option<&'a str>,
    file_path: Option<&'a str>,
    kind: &'a str,
    applied: Option<bool>,
    log_path: &'a str,
    log_line: u64,
    index_digest: &'a str,
    excerpt: &'a str,
}

/// As an object, in the order of the pairs.
struct Renames<'a>(&'a Changes);

impl Serialize for Renames<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.renames.iter().map(|(from, to)| (from, to)))
    }
}

#[derive(Serialize)]
struct SpanLine {
    record_start: u32,
    record_end: u32,
    passage_start: u32,
    passage_end: u32,
}
