//! What was read of a part of a shard: a block, or a unit.

use std::collections::BTreeMap;

use seepage_shards::SkipReason;

use crate::{RecordFinding, ScanSummary};

/// Numbers of records, bytes and findings; see [`ScanSummary`], which is the sum of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) records_read: u64,
    pub(crate) records_repaired: u64,
    pub(crate) records_flagged: u64,
    pub(crate) records_undated: u64,
    pub(crate) records_judged: u64,
    pub(crate) text_bytes: u64,
    pub(crate) bytes_judged: u64,
    pub(crate) weak: u64,
    pub(crate) skipped: BTreeMap<SkipReason, u64>,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.records_read += other.records_read;
        self.records_repaired += other.records_repaired;
        self.records_flagged += other.records_flagged;
        self.records_undated += other.records_undated;
        self.records_judged += other.records_judged;
        self.text_bytes += other.text_bytes;
        self.bytes_judged += other.bytes_judged;
        self.weak += other.weak;
        for (reason, count) in other.skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
    }

    pub(crate) fn records_skipped(&self) -> u64 {
        self.skipped.values().sum()
    }

    /// Rows that were met: read or skipped.
    pub(crate) fn rows(&self) -> u64 {
        self.records_read + self.records_skipped()
    }
}

/// What one block came to. Rows count from the start of the unit.
#[derive(Debug, Default)]
pub(crate) struct BlockOutcome {
    /// A text of it was looked at closely, or flagged. Where none was with one half of an index and none with the other,
    /// none is with the whole, and all three outcomes are equal.
    pub(crate) is_loud: bool,
    pub(crate) findings: Vec<RecordFinding>,
    pub(crate) counts: Counts,
    /// The first of them, at most [`ScanSummary::SKIPPED_FIRST_MAX`].
    pub(crate) skipped_first: Vec<(u64, SkipReason)>,
    /// The block could not be read, or not to its end.
    pub(crate) failure: Option<String>,
}

impl BlockOutcome {
    pub(crate) fn skip(&mut self, row: u64, reason: SkipReason) {
        *self.counts.skipped.entry(reason).or_default() += 1;
        if self.skipped_first.len() < ScanSummary::SKIPPED_FIRST_MAX {
            self.skipped_first.push((row, reason));
        }
    }
}
