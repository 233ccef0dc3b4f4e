//! What a scan read, what it could not read, and what follows from both.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use seepage_detect::{Finding, Tier};
use seepage_index::{Index, PassageId, Provenance};
use seepage_shards::{Kept, SkipReason};
use serde::{Deserialize, Serialize};

use crate::packages::Packages;
use crate::unit::UnitResult;
use crate::{PackageId, ScanError};

/// A finding, and the record that it is in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordFinding {
    /// The shard's name. A journal has it once a unit.
    #[serde(skip)]
    pub shard: Arc<str>,
    /// The record's row in the shard, from 0.
    pub row: u64,
    /// The row of its neighbour, if both were judged together because a text may have been cut between them.
    pub other_row: Option<u64>,
    /// The record's own id, where it has one.
    pub record_id: Option<String>,
    /// What else of the record was asked for. Untrusted.
    pub kept: Vec<Kept>,
    /// The field, with positions; empty for a source file.
    pub field: String,
    /// What was found.
    pub finding: Finding,
    /// The record says that it is older than the passage, so it cannot come from it.
    pub predates: bool,
    /// When the record says that it was written, as it stands there. Evidence: it changes nothing.
    pub record_date: Option<String>,
    /// The package that the record names; where it names none, it is of its shard's package.
    pub package: Option<PackageId>,
    /// The first matched bytes of the record, as text, at most [`RecordFinding::EXCERPT_LEN`] bytes. Untrusted.
    pub excerpt: String,
}

impl RecordFinding {
    /// Enough for a few lines on a terminal.
    pub const EXCERPT_LEN: usize = 400;

    /// Whether it flags its record, as far as that can be told before the corpus is read to its end.
    pub fn is_flagged(&self) -> bool {
        self.finding.tier.is_flagged() && !self.predates
    }

    /// Bytes that it takes in memory, roughly, and at least those of its longest text.
    pub fn size(&self) -> usize {
        let optional = [&self.record_id, &self.record_date].into_iter().flatten();
        let kept = self.kept.iter().map(|kept| kept.field.len() + kept.value.len());
        let renames = self.finding.changes.iter().flat_map(|changes| &changes.renames);
        self.shard.len()
            + self.field.len()
            + self.excerpt.len()
            + self.finding.rule.len()
            + size_of_val(self.finding.spans.as_slice())
            + renames.map(|(from, to)| from.len() + to.len()).sum::<usize>()
            + kept.sum::<usize>()
            + optional.map(String::len).sum::<usize>()
    }
}

/// A finding with where its passage came from: one row of a report.
#[derive(Clone, Debug)]
pub struct FindingRow {
    /// The finding, and the record that it is in.
    pub found: RecordFinding,
    /// Where the passage came from.
    pub provenance: Arc<Provenance>,
    /// The first passage of its family: of the near-identical ones in the index that came before it, or itself.
    pub family: PassageId,
    /// In how many packages of the corpus the passage was found, counted up to [`FindingRow::PACKAGES_MAX`]. `None` while
    /// the scan is going on: it is known at the end.
    pub packages: Option<u32>,
    /// The passage was found in so many packages that it was asked to flag nothing.
    pub demoted: bool,
}

impl FindingRow {
    /// Packages of a passage are counted up to here.
    pub const PACKAGES_MAX: u32 = Packages::COUNT_MAX as u32;

    /// A passage in so many packages is widespread: popular output, or what everybody writes. It comes last.
    pub const WIDESPREAD_MIN: u32 = 3;

    /// Asks the index where the passage came from.
    pub(crate) fn new(found: RecordFinding, index: &Index) -> Result<Self, ScanError> {
        let passage = found.finding.passage;
        let entry = index
            .entry(passage)
            .map_err(|source| ScanError::Provenance { passage: passage.0, source })?;
        let provenance = Arc::new(entry.provenance);
        Ok(Self { found, provenance, family: entry.family, packages: None, demoted: false })
    }

    /// Whether it flags its record.
    pub fn is_flagged(&self) -> bool {
        self.found.is_flagged() && !self.demoted
    }

    /// Whether the passage was found in many packages.
    pub fn is_widespread(&self) -> bool {
        self.packages.is_some_and(Self::is_widespread_at)
    }

    pub(crate) fn is_widespread_at(packages: u32) -> bool {
        packages >= Self::WIDESPREAD_MIN
    }
}

/// Takes the flagged findings of a scan, and those that would be flagged but for the record's time or because they are
/// demoted. A report is written by a sink, and so is each other output; an error ends the scan.
///
/// Rows come in the order of shard and row, whatever the number of threads. Behind a scan those of widespread passages come
/// last; a sink that listens during the scan gets them in their place.
pub trait FindingSink: Send {
    /// Before the first row.
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Takes a row.
    fn found(&mut self, row: &FindingRow) -> io::Result<()>;

    /// After the last row, with what the whole scan came to.
    fn finish(&mut self, summary: &ScanSummary) -> io::Result<()> {
        let _ = summary;
        Ok(())
    }
}

/// A row that was not scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedRow {
    /// The shard's name.
    pub shard: Arc<str>,
    /// From 0.
    pub row: u64,
    /// Why.
    pub reason: SkipReason,
}

/// A shard that could not be read, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedShard {
    /// The shard's name.
    pub shard: String,
    /// The error and its causes, in words.
    pub why: String,
}

/// The answer of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was read, and nothing was found.
    Clean,
    /// Something was found; whether everything was read or not.
    Contaminated,
    /// Nothing was found in what was read, and not everything was read.
    Incomplete,
}

impl Verdict {
    /// The name used in the summary.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Contaminated => "contaminated",
            Self::Incomplete => "incomplete",
        }
    }

    /// The exit code of the program.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Contaminated => 1,
            Self::Incomplete => 2,
        }
    }
}

/// What a scan read and found. Each shard is in exactly one of `shards_read`, `shards_skipped`, `shards_failed`;
/// each record met is in exactly one of `records_read`, `records_skipped`. (Of a sample in a tar with an archive beside its
/// texts, the texts are the record, and the archive is a skip of its own.)
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScanSummary {
    /// Shards read to their end, with at least one record read or none to read.
    pub shards_read: u64,
    /// Shards read to their end of which no record could be scanned.
    pub shards_skipped: u64,
    /// Shards that could not be opened, or not read to their end.
    pub shards_failed: Vec<FailedShard>,
    /// It is one of several parts, of which some may have nothing to scan.
    pub is_part: bool,
    /// Bytes on disk of all shards.
    pub bytes_on_disk: u64,
    /// Records scanned.
    pub records_read: u64,
    /// Among those that were parsed: records with bytes that were not UTF-8, each replaced by `?`. A line that holds
    /// nothing suspect is scanned as it lies there, and such bytes in it are no matter.
    pub records_repaired: u64,
    /// Among those that the first stage nominated, if there is a `time_field`: records in which it holds no time. They
    /// count as if they had none.
    pub records_undated: u64,
    /// Records not scanned, by reason.
    pub records_skipped: BTreeMap<SkipReason, u64>,
    /// The first of them, in order of shard and row.
    pub skipped_first: Vec<SkippedRow>,
    /// Reasons that the person accepted: such records do not count against the verdict.
    pub skips_accepted: Vec<SkipReason>,
    /// Bytes of text scanned.
    pub text_bytes: u64,
    /// Records that the first stage nominated.
    pub records_judged: u64,
    /// Bytes of text that the second stage read.
    pub bytes_judged: u64,
    /// Findings by tier, weak ones too; without those that predate and those that were demoted.
    pub findings: BTreeMap<Tier, u64>,
    /// Findings in records that are older than the passage. They flag nothing.
    pub findings_predating: u64,
    /// Findings whose passage was found in `demote_at` packages or more. They flag nothing.
    pub findings_demoted: u64,
    /// Passages in so many packages flag nothing.
    pub demote_at: Option<u32>,
    /// Records with at least one flagged finding.
    pub records_flagged: u64,
    /// Wall time.
    pub seconds: f64,
    /// Threads used.
    pub threads: usize,
    /// Pieces of shards that there were, and those of which the result was taken from a checkpoint.
    pub pieces: u64,
    /// See `pieces`.
    pub pieces_replayed: u64,
    /// Pieces that a checkpoint knew from a scan with the first segments of the index, so that they were looked at for the
    /// others only.
    pub pieces_incremental: u64,
    /// The text fields used, by name, with the number of shards.
    pub text_fields: BTreeMap<String, u64>,
    /// Shards by container.
    pub formats: BTreeMap<String, u64>,
}

impl ScanSummary {
    /// How many of the skipped rows are kept by place.
    pub const SKIPPED_FIRST_MAX: usize = 100;

    /// Flagged findings.
    pub fn findings_flagged(&self) -> u64 {
        self.findings.iter().filter(|(tier, _)| tier.is_flagged()).map(|(_, count)| count).sum()
    }

    /// Adds what all units of a shard came to.
    pub(crate) fn add_shard(&mut self, name: &Arc<str>, shard: UnitResult) {
        let counts = shard.counts;
        let room = Self::SKIPPED_FIRST_MAX - self.skipped_first.len();
        let first = shard.skipped_first.into_iter().take(room);
        self.skipped_first.extend(first.map(|(row, reason)| SkippedRow {
            shard: Arc::clone(name),
            row,
            reason,
        }));
        if let Some(format) = shard.format {
            *self.formats.entry(format).or_default() += 1;
        }
        for field in shard.text_fields {
            *self.text_fields.entry(field).or_default() += 1;
        }
        if let Some(why) = shard.failure {
            self.shards_failed.push(FailedShard { shard: name.to_string(), why });
        } else if counts.records_read == 0 && counts.rows() > 0 {
            self.shards_skipped += 1;
        } else {
            self.shards_read += 1;
        }
        self.records_read += counts.records_read;
        self.records_repaired += counts.records_repaired;
        self.records_undated += counts.records_undated;
        self.records_judged += counts.records_judged;
        self.text_bytes += counts.text_bytes;
        self.bytes_judged += counts.bytes_judged;
        if counts.weak > 0 {
            *self.findings.entry(Tier::Weak).or_default() += counts.weak;
        }
        for (reason, count) in counts.skipped {
            *self.records_skipped.entry(reason).or_default() += count;
        }
    }

    /// Adds the findings of one record.
    pub(crate) fn add_record(&mut self, findings: &[FindingRow]) {
        for row in findings {
            if row.found.predates {
                self.findings_predating += 1;
            } else if row.demoted && row.found.is_flagged() {
                self.findings_demoted += 1;
            } else {
                *self.findings.entry(row.found.finding.tier).or_default() += 1;
            }
        }
        self.records_flagged += u64::from(findings.iter().any(FindingRow::is_flagged));
    }

    /// Whether everything that was given was scanned.
    pub fn is_complete(&self) -> bool {
        let skips_refused =
            self.records_skipped.keys().any(|reason| !self.skips_accepted.contains(reason));
        let anything = self.is_part || self.shards_read + self.shards_skipped > 0;
        anything && self.shards_failed.is_empty() && !skips_refused
    }

    /// The exit code of the program. With `exit_zero` a job is a success when everything was read, whatever was found; what
    /// was not read never passes.
    pub fn exit_code(&self, exit_zero: bool) -> u8 {
        match (exit_zero, self.is_complete()) {
            (false, _) => self.verdict().exit_code(),
            (true, true) => 0,
            (true, false) => Verdict::Incomplete.exit_code(),
        }
    }

    /// A finding outranks an unread shard; a scan of nothing is not clean.
    pub fn verdict(&self) -> Verdict {
        if self.records_flagged > 0 {
            Verdict::Contaminated
        } else if self.is_complete() {
            Verdict::Clean
        } else {
            Verdict::Incomplete
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(
        shards_read: u64,
        failed: bool,
        records_flagged: u64,
        expected: u8,
        expected_exit_zero: u8,
    ) {
        let scanned = ScanSummary {
            shards_read,
            records_flagged,
            shards_failed: if failed {
                vec![FailedShard { shard: "a".into(), why: "cut".into() }]
            } else {
                vec![]
            },
            ..ScanSummary::default()
        };
        assert_eq!(scanned.exit_code(false), expected);
        assert_eq!(scanned.exit_code(true), expected_exit_zero, "with --exit-zero");
    }

    #[test]
    fn the_exit_code_tells_clean_found_and_unread_apart_and_what_was_not_read_never_passes() {
        check(1, false, 0, 0, 0);
        check(1, false, 5, 1, 0);
        check(1, true, 0, 2, 2);
        check(1, true, 5, 1, 2);
        check(0, false, 0, 2, 2);
    }
}
