//! What a scan found, as far as the summary for people needs it: who wrote it, and the worst of it.

use std::collections::BTreeMap;
use std::io;

use seepage_engine::{FindingRow, FindingSink};

use crate::scan::cards::Cards;

/// The flagged findings: how many of each origin, and a card for each passage.
#[derive(Debug, Default)]
pub(crate) struct FindingTally {
    pub(crate) tools: BTreeMap<String, u64>,
    pub(crate) models: BTreeMap<String, u64>,
    /// One entry for each session of the index at most.
    pub(crate) sessions: BTreeMap<String, u64>,
    pub(crate) cards: Cards,
}

/// Where a log does not name the model; the word that an index uses, too.
pub(crate) const MODEL_UNKNOWN: &str = "unknown";

impl FindingSink for FindingTally {
    fn found(&mut self, row: &FindingRow) -> io::Result<()> {
        if !row.is_flagged() {
            return Ok(());
        }
        let from = &row.provenance;
        for (counts, name) in [
            (&mut self.tools, from.tool.as_str()),
            (&mut self.models, from.model.as_deref().unwrap_or(MODEL_UNKNOWN)),
            (&mut self.sessions, &from.session_id),
        ] {
            match counts.get_mut(name) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(name.to_owned(), 1);
                }
            }
        }
        self.cards.add(row);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use seepage_detect::Tier;
    use seepage_index::Provenance;

    use super::*;
    use crate::scan::samples;

    #[test]
    fn what_is_demoted_is_left_out() {
        let mut tally = FindingTally::default();
        for (row, demoted) in [(0, true), (0, false), (1, false), (2, true)] {
            let row = samples::row(samples::finding(row, Tier::Exact, 9));
            tally.found(&FindingRow { demoted, ..row }).unwrap();
        }
        let (cards, _) = tally.cards.finish();
        assert_eq!((cards[0].row.found.row, cards[0].records), (0, 2));
        assert_eq!(tally.tools, [("codex".to_owned(), 2)].into());
    }

    #[test]
    fn a_passage_of_an_unnamed_model_counts_as_unknown() {
        let mut tally = FindingTally::default();
        let named = samples::row(samples::finding(0, Tier::Exact, 9));
        let unnamed = Provenance { model: None, ..Provenance::clone(&named.provenance) };
        let unnamed = FindingRow { provenance: unnamed, ..named.clone() };
        for row in [&unnamed, &named, &named] {
            tally.found(row).unwrap();
        }
        assert_eq!(tally.models, [("gpt-5-codex".to_owned(), 2), ("unknown".to_owned(), 1)].into());
        assert_eq!(tally.tools, [("codex".to_owned(), 3)].into());
        assert_eq!(tally.sessions, [("session-1".to_owned(), 3)].into());
    }
}
