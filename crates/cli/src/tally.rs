//! What a scan found, as far as the summary for people needs it: who wrote it, and the worst of it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use seepage_detect::Tier;
use seepage_engine::{FindingSink, RecordFinding};
use seepage_index::{Index, Provenance};

/// Records shown to people.
pub(crate) const WORST_MAX: usize = 10;

/// A record and its worst finding.
#[derive(Clone, Debug)]
pub(crate) struct Worst {
    pub(crate) found: RecordFinding,
    pub(crate) from: Arc<Provenance>,
    /// Other flagged findings in the same record.
    pub(crate) others: u64,
}

impl Worst {
    /// The surest tier, then the longest match.
    fn rank(&self) -> (Tier, Reverse<u64>) {
        (
            self.found.finding.tier,
            Reverse(self.found.finding.matched_bytes),
        )
    }
}

/// The worst records, at most [`WORST_MAX`], from the worst down; ties in the order they were met.
#[derive(Debug, Default)]
pub(crate) struct WorstRecords {
    worst: Vec<Worst>,
    /// The record whose findings are coming in.
    current: Option<Worst>,
}

impl WorstRecords {
    /// Takes a flagged finding; those of a record come one after the other.
    pub(crate) fn add(&mut self, found: &RecordFinding, from: Arc<Provenance>) {
        match &mut self.current {
            Some(current)
                if current.found.row == found.row && current.found.shard == found.shard =>
            {
                current.others += 1;
                let candidate = Worst {
                    found: found.clone(),
                    from,
                    others: current.others,
                };
                if candidate.rank() < current.rank() {
                    *current = candidate;
                }
            }
            _ => {
                self.close_record();
                self.current = Some(Worst {
                    found: found.clone(),
                    from,
                    others: 0,
                });
            }
        }
    }

    fn close_record(&mut self) {
        if let Some(record) = self.current.take() {
            let at = self
                .worst
                .partition_point(|other| other.rank() <= record.rank());
            self.worst.insert(at, record);
            self.worst.truncate(WORST_MAX);
        }
    }

    fn finish(mut self) -> Vec<Worst> {
        self.close_record();
        self.worst
    }
}

/// Flagged findings by who wrote the passage. One entry a session of the index at most.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    pub(crate) tools: BTreeMap<String, u64>,
    pub(crate) models: BTreeMap<String, u64>,
    pub(crate) sessions: BTreeMap<String, u64>,
}

impl Origins {
    fn add(&mut self, from: &Provenance) {
        for (counts, name) in [
            (&mut self.tools, from.tool.as_str()),
            (
                &mut self.models,
                from.model.as_deref().unwrap_or(MODEL_UNKNOWN),
            ),
            (&mut self.sessions, &from.session_id),
        ] {
            match counts.get_mut(name) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(name.to_owned(), 1);
                }
            }
        }
    }
}

/// Counts the flagged findings and keeps the worst.
#[derive(Debug)]
pub(crate) struct Tally<'i> {
    index: &'i Index,
    origins: Origins,
    worst: WorstRecords,
}

impl<'i> Tally<'i> {
    pub(crate) fn new(index: &'i Index) -> Self {
        Self {
            index,
            origins: Origins::default(),
            worst: WorstRecords::default(),
        }
    }

    pub(crate) fn finish(self) -> (Origins, Vec<Worst>) {
        (self.origins, self.worst.finish())
    }
}

/// Where a log does not name the model; the word that an index uses, too.
pub(crate) const MODEL_UNKNOWN: &str = "unknown";

impl FindingSink for Tally<'_> {
    fn found(&mut self, found: &RecordFinding) -> io::Result<()> {
        if found.finding.tier.is_flagged() {
            let from = self
                .index
                .provenance(found.finding.passage)
                .map_err(io::Error::other)?;
            self.origins.add(&from);
            self.worst.add(found, from);
        }
        Ok(())
    }
}

/// Hands each finding to several sinks; the first that fails ends the scan.
pub(crate) struct Tee<'s>(pub(crate) Vec<&'s mut dyn FindingSink>);

impl FindingSink for Tee<'_> {
    fn found(&mut self, found: &RecordFinding) -> io::Result<()> {
        self.0.iter_mut().try_for_each(|sink| sink.found(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    /// Rows and the number of other findings, from the worst down.
    #[track_caller]
    fn check(findings: &[(u64, Tier, u64)], expected: &[(u64, u64)]) {
        let mut worst = WorstRecords::default();
        for &(row, tier, matched_bytes) in findings {
            worst.add(
                &samples::finding(row, tier, matched_bytes),
                samples::provenance(),
            );
        }
        let actual: Vec<(u64, u64)> = worst
            .finish()
            .iter()
            .map(|record| (record.found.row, record.others))
            .collect();
        assert_eq!(actual, expected);
    }

    #[test]
    fn the_surest_and_longest_comes_first_and_ties_keep_their_order() {
        check(&[], &[]);
        check(
            &[
                (0, Tier::Near, 900),
                (1, Tier::Exact, 5),
                (2, Tier::Exact, 50),
                (3, Tier::Exact, 5),
            ],
            &[(2, 0), (1, 0), (3, 0), (0, 0)],
        );
    }

    #[test]
    fn a_record_is_listed_once_by_its_worst_finding() {
        check(
            &[
                (0, Tier::Brief, 9),
                (0, Tier::Exact, 9),
                (0, Tier::Near, 99),
                (1, Tier::Near, 100),
            ],
            &[(0, 2), (1, 0)],
        );
    }

    #[test]
    fn ten_of_very_many_are_kept() {
        let findings: Vec<(u64, Tier, u64)> =
            (0..1000).map(|row| (row, Tier::Exact, row % 500)).collect();
        let expected: Vec<(u64, u64)> = (0..5)
            .flat_map(|back| [(499 - back, 0), (999 - back, 0)])
            .collect();
        check(&findings, &expected);
    }

    #[test]
    fn a_passage_of_an_unnamed_model_counts_as_unknown() {
        let mut origins = Origins::default();
        let named = samples::provenance();
        origins.add(&Provenance {
            model: None,
            ..Provenance::clone(&named)
        });
        origins.add(&named);
        origins.add(&named);
        assert_eq!(
            origins.models,
            [("gpt-5-codex".to_owned(), 2), ("unknown".to_owned(), 1)].into()
        );
        assert_eq!(origins.tools, [("codex".to_owned(), 3)].into());
        assert_eq!(origins.sessions, [("session-1".to_owned(), 3)].into());
    }
}
