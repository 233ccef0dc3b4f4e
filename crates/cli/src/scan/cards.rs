//! The flagged records for people, grouped by the passage that stands in them: a card for each passage.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use seepage_detect::Tier;
use seepage_engine::{FindingRow, FindingSink};
use seepage_index::PassageId;

/// Cards shown to people.
pub(crate) const CARDS_MAX: usize = 10;
/// Records that a card names, beside the one that it shows.
const PLACES_MAX: usize = 3;
/// Cards kept while findings come in. A card that drops out loses its first places, so more are kept than are shown.
const CARDS_KEPT: usize = 1000;

/// A passage, and the records in which nothing was found that is worse.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    /// The worst finding of the passage; of equal ones the first.
    pub(crate) row: FindingRow,
    /// Flagged findings of other passages in the record of `row`.
    pub(crate) others: u64,
    /// Shard and row of the first records, with that of `row` or without it.
    places: Vec<(Arc<str>, u64)>,
    /// How many records there are.
    pub(crate) records: u64,
}

impl Card {
    /// The card of a finding that is the first of its passage.
    pub(crate) fn new(row: FindingRow, others: u64) -> Self {
        let places = vec![(Arc::clone(&row.found.shard), row.found.row)];
        Self { row, others, places, records: 1 }
    }

    /// Adds a later record with the same passage.
    pub(crate) fn add(&mut self, later: Self) {
        self.records += later.records;
        self.places.extend_from_slice(&later.places);
        // One may be the record that is shown.
        self.places.truncate(PLACES_MAX + 1);
        if later.rank() < self.rank() {
            (self.row, self.others) = (later.row, later.others);
        }
    }

    /// The first few records that are not the one of `row`.
    pub(crate) fn other_places(&self) -> impl Iterator<Item = &(Arc<str>, u64)> {
        let found = &self.row.found;
        let is_other = |(shard, row): &&(Arc<str>, u64)| (shard, *row) != (&found.shard, found.row);
        self.places.iter().filter(is_other).take(PLACES_MAX)
    }

    fn passage(&self) -> PassageId {
        self.row.found.finding.passage
    }

    /// The surest tier, then the longest match; widespread passages come last.
    fn rank(&self) -> (bool, Tier, Reverse<u64>) {
        let finding = &self.row.found.finding;
        (self.row.is_widespread(), finding.tier, Reverse(finding.matched_bytes))
    }
}

/// The cards of a scan. A flagged record stands on the card of its worst finding, and, because findings of widespread
/// passages come in after all others, on one more if it has such findings, too.
#[derive(Debug, Default)]
pub(crate) struct Cards {
    /// The worst, twice [`CARDS_KEPT`] at most. A passage that drops out and comes back has its first places anew.
    kept: Vec<Card>,
    /// Where the card of a passage stands.
    positions: BTreeMap<PassageId, usize>,
    /// Records of each passage, of those too whose cards are not kept.
    records: BTreeMap<PassageId, u64>,
    /// The record whose findings are coming in.
    current: Option<Card>,
}

impl Cards {
    /// Takes a flagged finding; those of a record come one after the other.
    fn add(&mut self, row: &FindingRow) {
        let is_same = |current: &Card| {
            let found = &current.row.found;
            found.row == row.found.row && found.shard == row.found.shard
        };
        match &mut self.current {
            Some(current) if is_same(current) => {
                current.others += 1;
                let candidate = Card::new(row.clone(), current.others);
                if candidate.rank() < current.rank() {
                    *current = candidate;
                }
            }
            _ => {
                self.close_record();
                self.current = Some(Card::new(row.clone(), 0));
            }
        }
    }

    fn close_record(&mut self) {
        let Some(card) = self.current.take() else { return };
        *self.records.entry(card.passage()).or_default() += 1;
        if let Some(&position) = self.positions.get(&card.passage()) {
            self.kept[position].add(card);
        } else {
            self.positions.insert(card.passage(), self.kept.len());
            self.kept.push(card);
        }
        if self.kept.len() == 2 * CARDS_KEPT {
            self.sort_and_cut(CARDS_KEPT);
        }
    }

    fn sort_and_cut(&mut self, len: usize) {
        // Stable: of equal ones the first comes first.
        self.kept.sort_by_key(Card::rank);
        self.kept.truncate(len);
        let positions = self.kept.iter().enumerate();
        self.positions = positions.map(|(position, card)| (card.passage(), position)).collect();
    }

    /// The worst [`CARDS_MAX`] cards, those of widespread passages last, and how many passages there are in all.
    pub(crate) fn finish(mut self) -> (Vec<Card>, usize) {
        self.close_record();
        self.sort_and_cut(CARDS_MAX);
        for card in &mut self.kept {
            card.records = self.records[&card.passage()];
        }
        (self.kept, self.records.len())
    }
}

impl FindingSink for Cards {
    fn found(&mut self, row: &FindingRow) -> io::Result<()> {
        if row.is_flagged() {
            self.add(row);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::samples;

    const WIDESPREAD: u32 = 1 << 20;

    /// A finding of passage 1 in row 2 is `(2, 1, tier, bytes)`. Those from [`WIDESPREAD`] on are widespread.
    fn cards_of(findings: &[(u64, u32, Tier, u64)]) -> (Vec<Card>, usize) {
        let mut cards = Cards::default();
        for &(row, passage, tier, matched_bytes) in findings {
            let mut found = samples::finding(row, tier, matched_bytes);
            found.finding.passage = PassageId(passage);
            let packages = Some(if passage < WIDESPREAD { 2 } else { 3 });
            cards.add(&FindingRow { packages, ..samples::row(found) });
        }
        cards.finish()
    }

    #[test]
    fn what_is_demoted_is_left_out() {
        let mut cards = Cards::default();
        for (row, demoted) in [(0, true), (0, false), (1, false), (2, true)] {
            let row = samples::row(samples::finding(row, Tier::Exact, 9));
            cards.found(&FindingRow { demoted, ..row }).unwrap();
        }
        let (cards, _) = cards.finish();
        assert_eq!((cards[0].row.found.row, cards[0].records), (0, 2));
    }

    /// Rows and the number of other findings in them, from the worst down; each finding has a passage of its own.
    #[track_caller]
    fn check(findings: &[(u64, Tier, u64)], expected: &[(u64, u64)]) {
        let findings: Vec<_> = (0..)
            .zip(findings)
            .map(|(passage, &(row, tier, len))| (row, passage, tier, len))
            .collect();
        let (cards, _) = cards_of(&findings);
        let actual: Vec<_> = cards.iter().map(|card| (card.row.found.row, card.others)).collect();
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
    fn the_records_of_a_passage_share_a_card_that_names_the_first_of_them() {
        let mut findings: Vec<_> = (0..9).map(|row| (row, 1, Tier::Exact, 50)).collect();
        findings[2].3 = 51;
        findings.push((9, 2, Tier::Near, 50));
        let (cards, passages) = cards_of(&findings);
        assert_eq!((cards.len(), passages), (2, 2));
        assert_eq!((cards[0].row.found.row, cards[0].records), (2, 9));
        let rows: Vec<u64> = cards[0].other_places().map(|&(_, row)| row).collect();
        assert_eq!(rows, [0, 1, 3]);
        assert_eq!((cards[1].records, cards[1].other_places().count()), (1, 0));
    }

    #[test]
    fn what_is_widespread_comes_last() {
        let wide = WIDESPREAD;
        let findings = [(1, 2, 20), (3, 3, 30), (0, wide, 900), (2, wide, 800)];
        let findings = findings.map(|(row, passage, len)| (row, passage, Tier::Exact, len));
        let (cards, _) = cards_of(&findings);
        let rows: Vec<u64> = cards.iter().map(|card| card.row.found.row).collect();
        assert_eq!(rows, [3, 1, 0]);
    }

    #[test]
    fn ten_of_very_many_are_shown() {
        let findings: Vec<(u64, Tier, u64)> =
            (0..10_000).map(|row| (row, Tier::Exact, row % 5000)).collect();
        let expected: Vec<(u64, u64)> =
            (0..5).flat_map(|back| [(4999 - back, 0), (9999 - back, 0)]).collect();
        check(&findings, &expected);
    }

    #[test]
    fn records_are_counted_of_a_passage_whose_card_was_dropped() {
        let mut findings = vec![(0, 0, Tier::Exact, 1)];
        findings.extend((1..3000).map(|row| (row, row as u32, Tier::Exact, 2)));
        findings.push((3000, 0, Tier::Exact, 3));
        let (cards, passages) = cards_of(&findings);
        assert_eq!((cards[0].row.found.row, cards[0].records, passages), (3000, 2, 3000));
    }
}
