//! Units that were scanned when the index had fewer segments: looked at for the new ones only.
//!
//! The outcome of a block with the whole index is that with the new segments if nothing in it is looked at closely, with
//! the old ones or with the new ones: what is selected of a text does not depend on the index, and a text that holds no
//! anchor of either half holds none of the whole. So a block that is suspect on neither side is done with the look for
//! the new segments, and any other is scanned with the whole index. The result is exactly that of a scan of everything.

use seepage_index::Index;

use crate::scan::checkpoint::{Checkpoint, KnownUnit};
use crate::scan::plan::ScanPlan;
use crate::scan::record::finder::Finder;
use crate::scan::unit::BlockOutcome;
use crate::scan::work::ScanError;

/// An index without its first segments: the new ones.
pub(crate) struct IncrementalIndex {
    segments_known: usize,
    index: Index,
}

impl IncrementalIndex {
    /// One for each number of segments that a checkpoint may know a unit by.
    pub(crate) fn all(index: &Index, checkpoint: Option<&Checkpoint>) -> Vec<Self> {
        let known = checkpoint.into_iter().flat_map(Checkpoint::earlier_segments);
        let mut known: Vec<usize> = known.collect();
        known.dedup();
        let incremental =
            |segments_known| Self { segments_known, index: index.newest(segments_known) };
        known.into_iter().map(incremental).collect()
    }
}

/// What finds passages of an index, and of its new segments alone.
pub(crate) struct IncrementalFinders<'s> {
    whole: Finder<'s>,
    /// With the number of segments that each leaves out.
    newest: Vec<(usize, Finder<'s>)>,
}

impl<'s> IncrementalFinders<'s> {
    pub(crate) fn new(
        plan: &ScanPlan,
        index: &'s Index,
        incremental: &'s [IncrementalIndex],
    ) -> Result<Self, ScanError> {
        let backgrounds =
            crate::background::open_all(&plan.backgrounds).map_err(ScanError::Background)?;
        let newest = incremental.iter().map(|IncrementalIndex { segments_known, index }| {
            Ok((*segments_known, Finder::to_look(plan, index, &backgrounds)?))
        });
        Ok(Self {
            whole: Finder::new(plan, index, &backgrounds)?,
            newest: newest.collect::<Result<_, ScanError>>()?,
        })
    }

    /// The outcome with the whole index of the block with this number, of a unit of which something may be known.
    pub(crate) fn scan(
        &self,
        known: Option<&KnownUnit>,
        number: u64,
        scan: &mut dyn FnMut(&Finder<'s>) -> BlockOutcome,
    ) -> BlockOutcome {
        let was_not_suspect = known.filter(|known| !known.suspect_blocks.contains(number));
        if let Some(known) = was_not_suspect {
            let of_known = |(segments, _): &&(usize, _)| *segments == known.segments;
            if let Some((_, newest)) = self.newest.iter().find(of_known) {
                let outcome = scan(newest);
                if !outcome.is_suspect {
                    return outcome;
                }
            }
        }
        scan(&self.whole)
    }
}
