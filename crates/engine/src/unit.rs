//! A unit of work: a piece of a shard, from its first block to its last.
//!
//! What it comes to is a plain value, the same whether it was scanned just now, stands in a journal, or in the part of
//! another machine. Its rows count from its own start: only who has the pieces before it knows where that is.

use std::collections::BTreeMap;

use seepage_shards::SkipReason;

use crate::counts::{BlockOutcome, Counts};
use crate::loud::Loud;
use crate::{PackageId, RecordFinding, ScanSummary};

/// What a unit came to, but for its findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UnitEnd {
    pub(crate) counts: Counts,
    /// The first of them, at most [`ScanSummary::SKIPPED_FIRST_MAX`].
    pub(crate) skipped_first: Vec<(u64, SkipReason)>,
    /// It could not be opened, or not read to its end.
    pub(crate) failure: Option<String>,
    /// `None`: it could not be opened.
    pub(crate) format: Option<String>,
    pub(crate) text_fields: Vec<String>,
    /// Of records that do not name theirs.
    pub(crate) package: PackageId,
    /// The blocks that were.
    pub(crate) loud: Loud,
}

impl UnitEnd {
    /// Of a unit of which nothing was read.
    pub(crate) fn failed(failure: String) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }
}

/// Brings the blocks of one unit into order. Blocks are numbered from 0.
#[derive(Debug, Default)]
pub(crate) struct UnitBlocks {
    next: usize,
    /// Blocks that ended before one in front of them. At most as many as threads and waiting blocks.
    early: BTreeMap<usize, BlockOutcome>,
    end: UnitEnd,
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
            let end = &mut self.end;
            if outcome.is_loud {
                end.loud.push(self.next as u64 - 1);
            }
            end.counts.add(outcome.counts);
            let room = ScanSummary::SKIPPED_FIRST_MAX - end.skipped_first.len();
            let first = outcome.skipped_first.into_iter().take(room);
            end.skipped_first.extend(first);
            end.failure = end.failure.take().or(outcome.failure);
            findings.extend(outcome.findings);
        }
        findings
    }

    /// What all blocks came to, once each is done; the first failure is kept.
    pub(crate) fn finish(self) -> UnitEnd {
        debug_assert!(self.early.is_empty(), "every block was done");
        self.end
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
        outcome.is_loud = number != 1;
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
        for end in ends {
            assert_eq!((end.counts.records_read, end.counts.rows()), (6, 10));
            assert_eq!(end.skipped_first, skipped);
            assert_eq!(end.failure.as_deref(), Some("2"));
            let loud = (0..4).filter(|&block| end.loud.contains(block));
            assert_eq!(loud.collect::<Vec<_>>(), [0, 2, 3]);
        }
    }
}
