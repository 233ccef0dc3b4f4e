//! Units that were scanned when the index had fewer segments: looked at for the new ones only.
//!
//! The outcome of a block with the whole index is that with the new segments if nothing in it is looked at closely, with
//! the old ones or with the new ones: what is selected of a text does not depend on the index, and a text that holds no
//! anchor of either half holds none of the whole. So a block that is quiet on both sides is done with the look for the
//! new segments, and any other is scanned with the whole index. The result is exactly that of a scan of everything.

use seepage_index::Index;

use crate::counts::BlockOutcome;
use crate::loud::Loud;
use crate::records::Finder;
use crate::{Checkpoint, ScanError, ScanPlan};

/// An index without its first segments.
pub(crate) struct View {
    segments_known: usize,
    index: Index,
}

/// What is known of a unit from before.
#[derive(Debug)]
pub(crate) struct Known {
    /// It was scanned with so many segments, the first ones of the index.
    pub(crate) segments: usize,
    /// Blocks that the new segments alone cannot tell the outcome of.
    pub(crate) loud: Loud,
}

impl View {
    /// One for each number of segments that a checkpoint may know a unit by.
    pub(crate) fn all(index: &Index, checkpoint: Option<&Checkpoint>) -> Vec<Self> {
        let known = checkpoint.into_iter().flat_map(Checkpoint::earlier_segments);
        let mut known: Vec<usize> = known.collect();
        known.dedup();
        let view = |segments_known| Self { segments_known, index: index.newest(segments_known) };
        known.into_iter().map(view).collect()
    }
}

/// What finds passages of an index, and of its views.
pub(crate) struct Finders<'s> {
    whole: Finder<'s>,
    /// With the number of segments that each leaves out.
    newest: Vec<(usize, Finder<'s>)>,
}

impl<'s> Finders<'s> {
    pub(crate) fn new(
        plan: &ScanPlan,
        index: &'s Index,
        views: &'s [View],
    ) -> Result<Self, ScanError> {
        let backgrounds =
            crate::background::open_all(&plan.backgrounds).map_err(ScanError::Background)?;
        let newest = views.iter().map(|view| {
            Ok((view.segments_known, Finder::to_look(plan, &view.index, &backgrounds)?))
        });
        Ok(Self {
            whole: Finder::new(plan, index, &backgrounds)?,
            newest: newest.collect::<Result<_, _>>()?,
        })
    }

    /// The outcome with the whole index of the block with this number, of a unit of which something may be known.
    pub(crate) fn scan(
        &self,
        known: Option<&Known>,
        number: u64,
        scan: &mut dyn FnMut(&Finder<'s>) -> BlockOutcome,
    ) -> BlockOutcome {
        let was_quiet = known.filter(|known| !known.loud.contains(number));
        if let Some(known) = was_quiet {
            let of_known = |(segments, _): &&(usize, _)| *segments == known.segments;
            if let Some((_, newest)) = self.newest.iter().find(of_known) {
                let outcome = scan(newest);
                if !outcome.is_loud {
                    return outcome;
                }
            }
        }
        scan(&self.whole)
    }
}
