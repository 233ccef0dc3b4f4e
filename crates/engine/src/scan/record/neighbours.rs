//! A text that was cut between two neighbouring records counts as one.
//!
//! Each half may be too weak to flag anything. So a record waits for the next row of its block with what it shares with
//! passages that it was not flagged for, and both are judged together. Blocks are cut the same way whatever the number of
//! threads, so the findings are, too.

use seepage_detect::{Finding, Leftover, Scratch};

use crate::scan::finding::RecordFinding;
use crate::scan::record::facts::{RecordFacts, keep};
use crate::scan::record::finder::Finder;
use crate::scan::unit::BlockOutcome;

/// The last record of a block so far, if it may be half of something.
#[derive(Debug, Default)]
pub(crate) struct Neighbour(Option<Half>);

/// A record that was scanned, and what is left of it.
#[derive(Debug)]
pub(crate) struct Half {
    pub(crate) facts: RecordFacts,
    /// The last moment at which it can have been written, where that counts.
    pub(crate) moment: Option<i64>,
    /// Its findings in the block's outcome begin here.
    pub(crate) from: usize,
    pub(crate) is_judged: bool,
    pub(crate) is_flagged: bool,
    /// Field and rest.
    pub(crate) texts: Vec<(String, Leftover)>,
}

impl Half {
    /// Says of findings of one text where they are, and which row holds the other half.
    fn locate(
        &self,
        finder: &Finder<'_>,
        other: u64,
        (field, left): &(String, Leftover),
        findings: Vec<Finding>,
    ) -> Vec<RecordFinding> {
        let located = |finding: Finding| RecordFinding {
            predates: !finder.may(finding.passage, self.moment),
            other_row: Some(other),
            ..self.facts.locate(field, left.text(), finding)
        };
        findings.into_iter().map(located).collect()
    }
}

impl Neighbour {
    /// Takes the next record, whose findings are the last of `outcome`, and adds what it shares with the one before.
    pub(crate) fn meet(
        &mut self,
        finder: &Finder<'_>,
        mut next: Half,
        scratch: &mut Scratch,
        outcome: &mut BlockOutcome,
    ) {
        if let Some(mut before) = self.0.take()
            && before.facts.row + 1 == next.facts.row
        {
            // The findings of a record stay side by side.
            let behind = outcome.findings.split_off(next.from);
            let mut of_next = vec![];
            for first in &before.texts {
                for second in &next.texts {
                    let detector = &finder.detector;
                    let ([of_first, of_second], len) =
                        detector.detect_across([&first.1, &second.1], scratch);
                    outcome.counts.bytes_judged += len;
                    if len > 0 {
                        for is_judged in [&mut before.is_judged, &mut next.is_judged] {
                            outcome.counts.records_judged += u64::from(!*is_judged);
                            *is_judged = true;
                        }
                    }
                    let located = before.locate(finder, next.facts.row, first, of_first);
                    for finding in located {
                        keep(&mut outcome.findings, before.from, finding);
                    }
                    of_next.extend(next.locate(finder, before.facts.row, second, of_second));
                }
            }
            next.from = outcome.findings.len();
            outcome.findings.extend(behind);
            for finding in of_next {
                keep(&mut outcome.findings, next.from, finding);
            }
            let flagged = |found: &[RecordFinding]| found.iter().any(RecordFinding::is_flagged);
            for (half, findings) in [
                (&before, &outcome.findings[before.from..next.from]),
                (&next, &outcome.findings[next.from..]),
            ] {
                outcome.counts.records_flagged += u64::from(!half.is_flagged && flagged(findings));
            }
            next.is_flagged = flagged(&outcome.findings[next.from..]);
        }
        self.0 = (!next.texts.is_empty()).then_some(next);
    }
}
