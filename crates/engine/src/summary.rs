//! What a scan read, what it could not read, and what follows from both.

use std::collections::BTreeMap;
use std::sync::Arc;

use seepage_detect::{Finding, Tier};
use seepage_index::PassageId;
use seepage_shards::{Kept, SkipReason};

use crate::PackageId;
use crate::packages::Packages;

/// A finding, and the record that it is in.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordFinding {
    /// The shard's name.
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
    /// The package that the record is of.
    pub package: PackageId,
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
    /// In how many packages each passage was found, predating findings too; counted up to 1,000.
    pub packages: BTreeMap<PassageId, u32>,
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

    /// Packages of a passage are counted up to here.
    pub const PACKAGES_MAX: u32 = Packages::COUNT_MAX as u32;

    /// A passage in so many packages is widespread: popular output, or what everybody writes. It comes last.
    pub const WIDESPREAD_MIN: u32 = 3;

    /// Whether `passage` was found in many packages.
    pub fn is_widespread(&self, passage: PassageId) -> bool {
        self.packages_of(passage) >= Self::WIDESPREAD_MIN
    }

    /// In how many packages `passage` was found.
    pub fn packages_of(&self, passage: PassageId) -> u32 {
        self.packages.get(&passage).copied().unwrap_or(0)
    }

    /// Whether the findings of `passage` flag nothing because it is widespread.
    pub fn is_demoted(&self, passage: PassageId) -> bool {
        self.demote_at.is_some_and(|demote_at| self.packages_of(passage) >= demote_at)
    }

    /// Whether everything that was given was scanned.
    pub fn is_complete(&self) -> bool {
        let skips_refused =
            self.records_skipped.keys().any(|reason| !self.skips_accepted.contains(reason));
        let anything = self.is_part || self.shards_read + self.shards_skipped > 0;
        anything && self.shards_failed.is_empty() && !skips_refused
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
