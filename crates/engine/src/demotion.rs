//! Findings whose passage is all over the corpus, and what is left of a verdict without them.
//!
//! How widespread a passage is, is known only once all is read. Until then the flagged records are kept by the passages
//! that flag them: memory grows with the different sets of passages, and not with the records.

use std::collections::BTreeMap;

use seepage_detect::Tier;
use seepage_index::PassageId;

use crate::RecordFinding;

/// What is flagged unless it turns out to be widespread.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    records: BTreeMap<Vec<PassageId>, u64>,
    findings: BTreeMap<(PassageId, Tier), u64>,
}

/// What was settled.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) records_flagged: u64,
    pub(crate) findings: BTreeMap<Tier, u64>,
    pub(crate) findings_demoted: u64,
}

impl Pending {
    /// Takes the findings of one record.
    pub(crate) fn add_record(&mut self, findings: &[RecordFinding]) {
        let mut passages = vec![];
        for found in findings.iter().filter(|found| found.is_flagged()) {
            let passage = found.finding.passage;
            passages.push(passage);
            *self.findings.entry((passage, found.finding.tier)).or_default() += 1;
        }
        if !passages.is_empty() {
            passages.sort_unstable();
            *self.records.entry(passages).or_default() += 1;
        }
    }

    /// A record stays flagged if one of its passages is not demoted.
    pub(crate) fn settle(self, is_demoted: impl Fn(PassageId) -> bool) -> Settled {
        let mut settled = Settled::default();
        for (passages, count) in self.records {
            if !passages.into_iter().all(&is_demoted) {
                settled.records_flagged += count;
            }
        }
        for ((passage, tier), count) in self.findings {
            if is_demoted(passage) {
                settled.findings_demoted += count;
            } else {
                *settled.findings.entry(tier).or_default() += count;
            }
        }
        settled
    }
}
