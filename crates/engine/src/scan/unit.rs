//! A unit of work: a piece of a shard, from its first block to its last.
//!
//! What a unit comes to is a plain value, the same whether it was scanned just now, stands in a checkpoint, or in the part of
//! another machine. Its rows count from its own start, because where that is in the shard is known only with all pieces
//! before it.

use std::collections::BTreeMap;
use std::sync::Arc;

use seepage_shards::SkipReason;
use serde::{Deserialize, Serialize};

use crate::scan::finding::RecordFinding;
use crate::scan::packages::PackageId;

/// So many of the skipped rows are kept by place.
pub(crate) const SKIPPED_FIRST_MAX: usize = 100;

/// Numbers of records, bytes and findings; see [`crate::ScanSummary`], which is the sum of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) records_read: u64,
    pub(crate) records_repaired: u64,
    pub(crate) records_flagged: u64,
    pub(crate) records_undated: u64,
    pub(crate) records_judged: u64,
    pub(crate) text_bytes: u64,
    pub(crate) bytes_judged: u64,
    pub(crate) weak: u64,
    /// Records of which values were not read, by the gravest reason. They are not among `records_read`.
    pub(crate) in_part: BTreeMap<SkipReason, u64>,
    pub(crate) skipped: BTreeMap<SkipReason, u64>,
    pub(crate) records_textless: u64,
    pub(crate) bytes_not_text: u64,
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
        self.records_textless += other.records_textless;
        self.bytes_not_text += other.bytes_not_text;
        for (sums, counts) in
            [(&mut self.in_part, other.in_part), (&mut self.skipped, other.skipped)]
        {
            for (reason, count) in counts {
                *sums.entry(reason).or_default() += count;
            }
        }
    }

    /// Records of which some values were read and others were not.
    pub(crate) fn records_in_part(&self) -> u64 {
        self.in_part.values().sum()
    }

    pub(crate) fn records_skipped(&self) -> u64 {
        self.skipped.values().sum()
    }

    /// Rows that were met: read, read in part or skipped.
    pub(crate) fn rows(&self) -> u64 {
        self.records_read + self.records_in_part() + self.records_skipped()
    }
}

/// What one block came to. Rows count from the start of the unit.
#[derive(Debug, Default)]
pub(crate) struct BlockOutcome {
    /// A text of it was looked at closely, or flagged. A block that is not suspect with either half of an index is not with
    /// the whole, and all three outcomes are equal.
    pub(crate) is_suspect: bool,
    pub(crate) findings: Vec<RecordFinding>,
    pub(crate) counts: Counts,
    /// The first rows that were skipped or read in part, at most [`SKIPPED_FIRST_MAX`].
    pub(crate) skipped_first: Vec<(u64, SkipReason)>,
    /// The block could not be read, or not to its end.
    pub(crate) failure: Option<String>,
    /// See [`UnitResult::fields_met`].
    pub(crate) fields_met: Vec<String>,
}

impl BlockOutcome {
    pub(crate) fn skip(&mut self, row: u64, reason: SkipReason) {
        *self.counts.skipped.entry(reason).or_default() += 1;
        self.note_place(row, reason);
    }

    /// Counts a row as read, or as read in part for a reason.
    pub(crate) fn read(&mut self, row: u64, unread: Option<SkipReason>) {
        let Some(reason) = unread else {
            self.counts.records_read += 1;
            return;
        };
        *self.counts.in_part.entry(reason).or_default() += 1;
        self.note_place(row, reason);
    }

    fn note_place(&mut self, row: u64, reason: SkipReason) {
        if self.skipped_first.len() < SKIPPED_FIRST_MAX {
            self.skipped_first.push((row, reason));
        }
    }
}

/// What a unit, or all units of a shard, came to, but for the findings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UnitResult {
    pub(crate) counts: Counts,
    /// The first rows that were skipped or read in part, at most [`SKIPPED_FIRST_MAX`].
    pub(crate) skipped_first: Vec<(u64, SkipReason)>,
    /// It could not be opened, or not read to its end.
    pub(crate) failure: Option<String>,
    /// `None` for a unit that could not be opened.
    pub(crate) format: Option<String>,
    pub(crate) text_fields: Vec<String>,
    /// Fields that hold text and were not to be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) fields_left: Vec<String>,
    /// Of the fields that no shard showed when it was opened, those that a record has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) fields_met: Vec<String>,
    /// The package of records that do not name theirs.
    pub(crate) package: PackageId,
    pub(crate) suspect_blocks: SuspectBlocks,
}

impl UnitResult {
    /// Of a unit of which nothing was read.
    pub(crate) fn failed(failure: String) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }

    /// What became of the shard of which these are all units.
    pub(crate) fn outcome(&self) -> ShardOutcome {
        let skipped = self.counts.records_skipped();
        if self.failure.is_some() {
            ShardOutcome::Failed
        } else if skipped > 0 && skipped == self.counts.rows() {
            ShardOutcome::Skipped
        } else {
            ShardOutcome::Read
        }
    }

    /// Adds the unit behind this one: both together are one. The first failure is kept.
    pub(crate) fn append(&mut self, next: Self) {
        let rows = self.counts.rows();
        let room = SKIPPED_FIRST_MAX - self.skipped_first.len();
        let first = next.skipped_first.into_iter().take(room);
        self.skipped_first.extend(first.map(|(row, reason)| (rows + row, reason)));
        self.counts.add(next.counts);
        self.failure = self.failure.take().or(next.failure);
        self.format = self.format.take().or(next.format);
        add_new(&mut self.text_fields, next.text_fields);
        add_new(&mut self.fields_left, next.fields_left);
        add_new(&mut self.fields_met, next.fields_met);
    }
}

fn add_new(names: &mut Vec<String>, more: Vec<String>) {
    for name in more {
        if !names.contains(&name) {
            names.push(name);
        }
    }
}

/// The suspect blocks of a unit, in which something was looked at closely; they are few in most corpora. When a unit is
/// scanned again with more segments of the same index, these are scanned with all of them, and all others with the new ones
/// only.
///
/// Numbers of blocks, as ranges `[start, end)` that ascend and do not touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SuspectBlocks(Vec<[u64; 2]>);

impl SuspectBlocks {
    /// Adds a block behind all others.
    pub(crate) fn push(&mut self, block: u64) {
        match self.0.last_mut() {
            Some(last) if last[1] == block => last[1] += 1,
            _ => self.0.push([block, block + 1]),
        }
    }

    pub(crate) fn contains(&self, block: u64) -> bool {
        let behind = self.0.partition_point(|range| range[0] <= block);
        behind > 0 && block < self.0[behind - 1][1]
    }
}

/// Brings the blocks of one unit into order. Blocks are numbered from 0.
#[derive(Debug, Default)]
pub(crate) struct UnitBlocks {
    next: usize,
    /// Blocks that ended before one in front of them. At most as many as threads and waiting blocks.
    early: BTreeMap<usize, BlockOutcome>,
    result: UnitResult,
}

impl UnitBlocks {
    /// Takes a block, and gives the findings of all blocks that are in turn with it.
    pub(crate) fn block_done(
        &mut self,
        number: usize,
        outcome: BlockOutcome,
    ) -> Vec<RecordFinding> {
        self.early.insert(number, outcome);
        let mut findings = vec![];
        while let Some(outcome) = self.early.remove(&self.next) {
            self.next += 1;
            let result = &mut self.result;
            if outcome.is_suspect {
                result.suspect_blocks.push(self.next as u64 - 1);
            }
            result.counts.add(outcome.counts);
            let room = SKIPPED_FIRST_MAX - result.skipped_first.len();
            let first = outcome.skipped_first.into_iter().take(room);
            result.skipped_first.extend(first);
            result.failure = result.failure.take().or(outcome.failure);
            add_new(&mut result.fields_met, outcome.fields_met);
            findings.extend(outcome.findings);
        }
        findings
    }

    /// What all blocks came to, once each is done; the first failure is kept.
    pub(crate) fn finish(self) -> UnitResult {
        debug_assert!(self.early.is_empty(), "every block was done");
        self.result
    }
}

/// What became of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardRow {
    /// Its name.
    pub shard: Arc<str>,
    /// Bytes on disk.
    pub bytes: u64,
    /// What its content is known by, where that was asked for: `blake3:` and a digest, or `etag:` and what the store says. A
    /// shard that was read in pieces has none of its own.
    pub digest: Option<String>,
    /// What became of it.
    pub outcome: ShardOutcome,
    /// Why it failed, in words.
    pub why: Option<String>,
    /// Its container; `None` where it could not be opened.
    pub format: Option<String>,
    /// Records that were read.
    pub records_read: u64,
    /// Records of which some values were read and others were not.
    pub records_in_part: u64,
    /// Records that were skipped.
    pub records_skipped: u64,
    /// Bytes of text that were scanned.
    pub text_bytes: u64,
}

impl ShardRow {
    /// Of a shard that was not begun.
    pub(crate) fn unread(shard: &Arc<str>, bytes: u64) -> Self {
        Self {
            shard: Arc::clone(shard),
            bytes,
            digest: None,
            outcome: ShardOutcome::Unread,
            why: None,
            format: None,
            records_read: 0,
            records_in_part: 0,
            records_skipped: 0,
            text_bytes: 0,
        }
    }
}

/// What became of a shard; see [`crate::ScanSummary`], which counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardOutcome {
    /// Read to its end.
    Read,
    /// Read to its end, and no record of it could be scanned.
    Skipped,
    /// It could not be opened, or not read to its end.
    Failed,
    /// Not begun, because the scan was stopped.
    Unread,
}

impl ShardOutcome {
    /// The name used in a report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Unread => "unread",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(number: u64) -> BlockOutcome {
        let mut outcome = BlockOutcome::default();
        outcome.counts.records_read = number;
        outcome.skip(number, SkipReason::NotJson);
        outcome.failure = (number > 1).then(|| number.to_string());
        outcome.is_suspect = number != 1;
        outcome
    }

    #[test]
    fn blocks_that_end_in_any_order_come_to_the_same() {
        let ends = [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]].map(|order| {
            let mut blocks = UnitBlocks::default();
            for number in order {
                blocks.block_done(number, block(number as u64));
            }
            blocks.finish()
        });
        let skipped: Vec<_> = (0..4).map(|row| (row, SkipReason::NotJson)).collect();
        for result in ends {
            assert_eq!((result.counts.records_read, result.counts.rows()), (6, 10));
            assert_eq!(result.skipped_first, skipped);
            assert_eq!(result.failure.as_deref(), Some("2"));
            let suspect = (0..4).filter(|&block| result.suspect_blocks.contains(block));
            assert_eq!(suspect.collect::<Vec<_>>(), [0, 2, 3]);
        }
    }

    #[test]
    fn what_was_pushed_is_contained_and_nothing_else() {
        let pushed = [0, 1, 2, 7, 9, 10];
        let mut blocks = SuspectBlocks::default();
        for block in pushed {
            blocks.push(block);
        }
        assert_eq!(blocks.0, [[0, 3], [7, 8], [9, 11]]);
        for block in 0..20 {
            assert_eq!(blocks.contains(block), pushed.contains(&block), "{block}");
        }
        assert!(!SuspectBlocks::default().contains(0));
    }
}
