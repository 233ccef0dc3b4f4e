//! Passages in canonical order to a segment: each joins its family and is counted.

use seepage_index::{BuildFacts, Passage, Pushed, SegmentWriter, WriteError};

use crate::families::Families;
use crate::sessions::NameCounts;

/// What is known of the passages of one segment so far.
#[derive(Debug, Default)]
pub(crate) struct Filing {
    models: NameCounts,
    families: Families,
    passages: u64,
}

impl Filing {
    /// Writes the next passage, unless it is too plain.
    pub(crate) fn push(
        &mut self,
        writer: &mut SegmentWriter,
        mut passage: Passage,
        facts: &mut BuildFacts,
    ) -> Result<(), WriteError> {
        let member = self.families.place(&mut passage);
        match writer.push(&passage)? {
            Pushed::Indexed(id) => {
                facts.families += u64::from(passage.provenance.family == id);
                self.families.add(member);
                self.passages += 1;
                let model = passage.provenance.model.as_deref();
                self.models.add(model.unwrap_or("unknown"), 1);
                facts.add_passage(&passage.provenance);
            }
            Pushed::TooPlain => facts.texts_short += 1,
        }
        Ok(())
    }

    /// Passages written so far.
    pub(crate) fn passages(&self) -> u64 {
        self.passages
    }

    /// Adds what is known at the end only.
    pub(crate) fn finish(self, facts: &mut BuildFacts) {
        facts.models = self.models.finish();
    }
}
