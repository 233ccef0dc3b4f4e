//! The findings of the last row wait for the next block, in which the row may go on: a record that is too long to be held
//! comes in stretches, each a block. What was found in several of them is one finding, and the row is flagged once.

use crate::scan::finding::RecordFinding;
use crate::scan::record::block::keep;

/// What was found in the last row of a unit so far.
#[derive(Debug, Default)]
pub(crate) struct HeldRow(Vec<RecordFinding>);

impl HeldRow {
    /// Takes the findings of the next block, in the order of rows; gives those of the rows that are at their end. The
    /// number: in how many rows both blocks counted a flagged record, 0 or 1.
    pub(crate) fn push(&mut self, mut next: Vec<RecordFinding>) -> (Vec<RecordFinding>, u64) {
        let Some(last_row) = next.last().map(|finding| finding.row) else {
            return (vec![], 0);
        };
        let is_held = |finding: &&RecordFinding| {
            let held = self.0.first();
            held.is_some_and(|held| held.row == finding.row)
        };
        let goes_on = next.iter().take_while(is_held).count();
        let is_flagged =
            |findings: &[RecordFinding]| findings.iter().any(RecordFinding::is_flagged);
        let flagged_twice = is_flagged(&self.0) && is_flagged(&next[..goes_on]);
        for finding in next.drain(..goes_on) {
            keep(&mut self.0, 0, finding);
        }
        let mut done = vec![];
        if !next.is_empty() {
            done.append(&mut self.0);
            let last = next.partition_point(|finding| finding.row < last_row);
            self.0 = next.split_off(last);
            done.append(&mut next);
        }
        (done, u64::from(flagged_twice))
    }

    /// What is left at the end of a unit.
    pub(crate) fn take(&mut self) -> Vec<RecordFinding> {
        std::mem::take(&mut self.0)
    }
}
