//! What a scan found, as far as the summary for people needs it: who wrote it, and the worst of it.

use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::sync::Arc;

use seepage_detect::Tier;
use seepage_engine::{FindingSink, RecordFinding, ScanSummary};
use seepage_index::{Index, PassageId, Provenance};

/// Records shown to people.
pub(crate) const WORST_MAX: usize = 10;

/// A record and its worst finding.
#[derive(Clone, Debug)]
pub(crate) struct Worst {
    pub(crate) found: RecordFinding,
    pub(crate) from: Arc<Provenance>,
    /// Other flagged findings in the same record, where they are counted.
    pub(crate) others: u64,
}

impl Worst {
    /// The surest tier, then the longest match.
    fn rank(&self) -> (Tier, Reverse<u64>) {
        (self.found.finding.tier, Reverse(self.found.finding.matched_bytes))
    }
}

/// Records kept until it is known which passages are widespread: those come last, however bad they are.
const WORST_KEPT: usize = 1000;

/// The worst records, at most [`WORST_KEPT`], from the worst down; ties in the order they were met.
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
                let candidate = Worst { found: found.clone(), from, others: current.others };
                if candidate.rank() < current.rank() {
                    *current = candidate;
                }
            }
            _ => {
                self.close_record();
                self.current = Some(Worst { found: found.clone(), from, others: 0 });
            }
        }
    }

    fn close_record(&mut self) {
        if let Some(record) = self.current.take() {
            let at = self.worst.partition_point(|other| other.rank() <= record.rank());
            self.worst.insert(at, record);
            self.worst.truncate(WORST_KEPT);
        }
    }

    /// At most [`WORST_MAX`], those of widespread passages last.
    fn finish(mut self, scanned: &ScanSummary) -> Vec<Worst> {
        self.close_record();
        // Stable: among the others nothing changes.
        self.worst.sort_by_key(|worst| scanned.is_widespread(worst.found.finding.passage));
        self.worst.truncate(WORST_MAX);
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
    fn add(&mut self, from: &Provenance, findings: u64) {
        for (counts, name) in [
            (&mut self.tools, from.tool.as_str()),
            (&mut self.models, from.model.as_deref().unwrap_or(MODEL_UNKNOWN)),
            (&mut self.sessions, &from.session_id),
        ] {
            match counts.get_mut(name) {
                Some(count) => *count += findings,
                None => {
                    counts.insert(name.to_owned(), findings);
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
    /// Where widespread passages are demoted: which ones, only the end of the scan tells.
    by_passage: Option<ByPassage>,
}

/// Of each passage the flagged findings and the worst of them.
type ByPassage = BTreeMap<PassageId, (u64, Worst)>;

impl<'i> Tally<'i> {
    pub(crate) fn new(index: &'i Index, demotes: bool) -> Self {
        Self {
            index,
            origins: Origins::default(),
            worst: WorstRecords::default(),
            by_passage: demotes.then(ByPassage::new),
        }
    }

    pub(crate) fn finish(self, scanned: &ScanSummary) -> (Origins, Vec<Worst>) {
        match self.by_passage {
            Some(by_passage) => settle(by_passage, scanned),
            None => (self.origins, self.worst.finish(scanned)),
        }
    }
}

/// What is left without the passages that are demoted. A record may stand for two passages; it is listed once.
fn settle(by_passage: ByPassage, scanned: &ScanSummary) -> (Origins, Vec<Worst>) {
    let mut origins = Origins::default();
    let mut kept: Vec<Worst> = vec![];
    for (passage, (findings, worst)) in by_passage {
        if !scanned.is_demoted(passage) {
            origins.add(&worst.from, findings);
            kept.push(worst);
        }
    }
    kept.sort_by_key(|worst| {
        let is_widespread = scanned.is_widespread(worst.found.finding.passage);
        (is_widespread, worst.rank())
    });
    let mut seen = HashSet::new();
    kept.retain(|worst| seen.insert((Arc::clone(&worst.found.shard), worst.found.row)));
    kept.truncate(WORST_MAX);
    (origins, kept)
}

fn add_by_passage(by_passage: &mut ByPassage, found: &RecordFinding, from: Arc<Provenance>) {
    let new = || Worst { found: found.clone(), from, others: 0 };
    match by_passage.entry(found.finding.passage) {
        Entry::Vacant(entry) => {
            entry.insert((1, new()));
        }
        Entry::Occupied(mut entry) => {
            let (findings, worst) = entry.get_mut();
            *findings += 1;
            let rank = (found.finding.tier, Reverse(found.finding.matched_bytes));
            if rank < worst.rank() {
                *worst = new();
            }
        }
    }
}

/// Where a log does not name the model; the word that an index uses, too.
pub(crate) const MODEL_UNKNOWN: &str = "unknown";

impl FindingSink for Tally<'_> {
    fn found(&mut self, found: &RecordFinding) -> io::Result<()> {
        if found.is_flagged() {
            let from = self.index.provenance(found.finding.passage);
            let from = Arc::new(from.map_err(io::Error::other)?);
            if let Some(by_passage) = &mut self.by_passage {
                add_by_passage(by_passage, found, from);
            } else {
                self.origins.add(&from, 1);
                self.worst.add(found, from);
            }
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
    use crate::scan::samples;

    /// Rows and the number of other findings, from the worst down.
    #[track_caller]
    fn check(findings: &[(u64, Tier, u64)], expected: &[(u64, u64)]) {
        let mut worst = WorstRecords::default();
        for &(row, tier, matched_bytes) in findings {
            worst.add(&samples::finding(row, tier, matched_bytes), samples::provenance());
        }
        let actual: Vec<(u64, u64)> = worst
            .finish(&ScanSummary::default())
            .iter()
            .map(|record| (record.found.row, record.others))
            .collect();
        assert_eq!(actual, expected);
    }

    #[test]
    fn the_surest_and_longest_comes_first_and_ties_keep_their_order() {
        check(&[], &[]);
        check(
            &[(0, Tier::Near, 900), (1, Tier::Exact, 5), (2, Tier::Exact, 50), (3, Tier::Exact, 5)],
            &[(2, 0), (1, 0), (3, 0), (0, 0)],
        );
    }

    #[test]
    fn a_record_is_listed_once_by_its_worst_finding() {
        check(
            &[(0, Tier::Brief, 9), (0, Tier::Exact, 9), (0, Tier::Near, 99), (1, Tier::Near, 100)],
            &[(0, 2), (1, 0)],
        );
    }

    #[test]
    fn what_is_widespread_comes_last() {
        let mut worst = WorstRecords::default();
        for (row, passage, bytes) in [(0, 1, 900), (1, 2, 20), (2, 1, 800), (3, 3, 30)] {
            let mut found = samples::finding(row, Tier::Exact, bytes);
            found.finding.passage = PassageId(passage);
            worst.add(&found, samples::provenance());
        }
        let scanned = ScanSummary {
            packages: [(PassageId(1), 3), (PassageId(2), 2)].into(),
            ..ScanSummary::default()
        };
        let rows: Vec<u64> = worst.finish(&scanned).iter().map(|worst| worst.found.row).collect();
        assert_eq!(rows, [3, 1, 0, 2]);
    }

    #[test]
    fn ten_of_very_many_are_kept() {
        let findings: Vec<(u64, Tier, u64)> =
            (0..1000).map(|row| (row, Tier::Exact, row % 500)).collect();
        let expected: Vec<(u64, u64)> =
            (0..5).flat_map(|back| [(499 - back, 0), (999 - back, 0)]).collect();
        check(&findings, &expected);
    }

    #[test]
    fn what_is_widespread_is_left_out_where_it_is_demoted() {
        let mut by_passage = ByPassage::new();
        for (row, passage, bytes) in [(0, 1, 900), (0, 2, 20), (1, 2, 30), (2, 3, 10), (3, 2, 30)] {
            let mut found = samples::finding(row, Tier::Exact, bytes);
            found.finding.passage = PassageId(passage);
            add_by_passage(&mut by_passage, &found, samples::provenance());
        }
        let scanned = ScanSummary {
            packages: [(PassageId(1), 5), (PassageId(2), 4), (PassageId(3), 1)].into(),
            demote_at: Some(5),
            ..ScanSummary::default()
        };
        let (origins, worst) = settle(by_passage, &scanned);
        let rows: Vec<u64> = worst.iter().map(|worst| worst.found.row).collect();
        // The second is widespread, if not widely enough to be left out.
        assert_eq!(rows, [2, 1]);
        assert_eq!(origins.tools, [("codex".to_owned(), 4)].into());
    }

    #[test]
    fn a_passage_of_an_unnamed_model_counts_as_unknown() {
        let mut origins = Origins::default();
        let named = samples::provenance();
        let unnamed = Provenance { model: None, ..Provenance::clone(&named) };
        origins.add(&unnamed, 1);
        origins.add(&named, 1);
        origins.add(&named, 1);
        assert_eq!(
            origins.models,
            [("gpt-5-codex".to_owned(), 2), ("unknown".to_owned(), 1)].into()
        );
        assert_eq!(origins.tools, [("codex".to_owned(), 3)].into());
        assert_eq!(origins.sessions, [("session-1".to_owned(), 3)].into());
    }
}
