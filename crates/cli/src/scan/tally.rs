//! What a scan found, as far as the summary for people needs it: who wrote it, and the worst of it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::sync::Arc;

use seepage_engine::{FindingSink, RecordFinding, ScanSummary};
use seepage_index::{Index, PassageId, Provenance};

use crate::scan::cards::{Card, Cards};

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
    cards: Cards,
    /// Where widespread passages are demoted: which ones, only the end of the scan tells.
    by_passage: Option<ByPassage>,
}

/// Of each passage the flagged findings and its card.
type ByPassage = BTreeMap<PassageId, (u64, Card)>;

impl<'i> Tally<'i> {
    pub(crate) fn new(index: &'i Index, demotes: bool) -> Self {
        Self {
            index,
            origins: Origins::default(),
            cards: Cards::default(),
            by_passage: demotes.then(ByPassage::new),
        }
    }

    pub(crate) fn finish(self, scanned: &ScanSummary) -> (Origins, Cards) {
        match self.by_passage {
            Some(by_passage) => without_demoted(by_passage, scanned),
            None => (self.origins, self.cards),
        }
    }
}

fn add_by_passage(by_passage: &mut ByPassage, found: &RecordFinding, from: Arc<Provenance>) {
    let card = Card::new(found.clone(), from, 0);
    match by_passage.entry(found.finding.passage) {
        Entry::Vacant(entry) => {
            entry.insert((1, card));
        }
        Entry::Occupied(mut entry) => {
            let (findings, known) = entry.get_mut();
            *findings += 1;
            known.add(card);
        }
    }
}

/// What is left without the passages that are demoted.
fn without_demoted(by_passage: ByPassage, scanned: &ScanSummary) -> (Origins, Cards) {
    let mut origins = Origins::default();
    let mut cards = Cards::default();
    for (passage, (findings, card)) in by_passage {
        if !scanned.is_demoted(passage) {
            origins.add(&card.from, findings);
            cards.add_card(card);
        }
    }
    (origins, cards)
}

/// Where a log does not name the model; the word that an index uses, too.
pub(crate) const MODEL_UNKNOWN: &str = "unknown";

impl FindingSink for Tally<'_> {
    fn found(&mut self, found: &RecordFinding) -> io::Result<()> {
        if found.is_flagged() {
            let from = self.index.provenance(found.finding.passage).map_err(io::Error::other)?;
            if let Some(by_passage) = &mut self.by_passage {
                add_by_passage(by_passage, found, from);
            } else {
                self.origins.add(&from, 1);
                self.cards.add(found, from);
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
    use seepage_detect::Tier;

    use super::*;
    use crate::scan::samples;

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
        let (origins, cards) = without_demoted(by_passage, &scanned);
        let (cards, _) = cards.finish(&scanned);
        let rows: Vec<u64> = cards.iter().map(|card| card.found.row).collect();
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
