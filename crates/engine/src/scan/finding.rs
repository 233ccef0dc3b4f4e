//! A finding, and the record that it is in.

use std::sync::Arc;

use seepage_detect::Finding;
use seepage_shards::Kept;
use serde::{Deserialize, Serialize};

use crate::scan::packages::PackageId;

/// A finding, and the record that it is in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordFinding {
    /// The shard's name. A journal has it once a unit.
    #[serde(skip)]
    pub shard: Arc<str>,
    /// The record's row in the shard, from 0.
    pub row: u64,
    /// The row of its neighbour, if both were judged together because a text may have been cut between them.
    pub other_row: Option<u64>,
    /// The record's own id, where it has one.
    pub record_id: Option<String>,
    /// What else of the record was asked for. Untrusted.
    pub kept: Vec<Kept>,
    /// The field, with positions; empty for a source file.
    pub field: String,
    /// What was found.
    pub finding: Finding,
    /// The record says that it is older than the passage, so it cannot come from it.
    pub predates: bool,
    /// When the record says that it was written, as it stands there. Evidence: it changes nothing.
    pub record_date: Option<String>,
    /// The package that the record names; where it names none, it is of its shard's package.
    pub package: Option<PackageId>,
    /// The first matched bytes of the record, as text, at most [`RecordFinding::EXCERPT_LEN`] bytes. Untrusted.
    pub excerpt: String,
}

impl RecordFinding {
    /// Enough for a few lines on a terminal.
    pub const EXCERPT_LEN: usize = 400;

    /// Whether it flags its record, as far as that can be told before the corpus is read to its end.
    pub fn is_flagged(&self) -> bool {
        self.finding.tier.is_flagged() && !self.predates
    }

    /// Bytes that it takes in memory, roughly, and at least those of its longest text.
    pub fn size(&self) -> usize {
        let optional = [&self.record_id, &self.record_date].into_iter().flatten();
        let kept = self.kept.iter().map(|kept| kept.field.len() + kept.value.len());
        let renames = self.finding.changes.iter().flat_map(|changes| &changes.renames);
        self.shard.len()
            + self.field.len()
            + self.excerpt.len()
            + self.finding.rule.len()
            + size_of_val(self.finding.spans.as_slice())
            + renames.map(|(from, to)| from.len() + to.len()).sum::<usize>()
            + kept.sum::<usize>()
            + optional.map(String::len).sum::<usize>()
    }
}
