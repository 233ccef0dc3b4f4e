//! What finds passages of an index in records.

use std::sync::Arc;

use seepage_detect::{Detector, DetectorBuilder};
use seepage_index::{Background, Index, PassageId};

use crate::scan::plan::ScanPlan;
use crate::scan::record::times::Times;
use crate::scan::work::ScanError;

/// What finds passages of one index in records.
pub(crate) struct Finder<'s> {
    pub(crate) detector: Detector<'s>,
    /// `None`: the plan does not say where records hold their time.
    pub(crate) times: Option<Times>,
}

impl<'s> Finder<'s> {
    /// What finds passages of `index` as `plan` wants it. Reads tables over all passages.
    pub(crate) fn new(
        plan: &ScanPlan,
        index: &'s Index,
        backgrounds: &[Arc<Background>],
    ) -> Result<Self, ScanError> {
        let builder = Self::builder(plan, index, backgrounds)?;
        let times = plan.read.time_field.is_some().then(|| Times::read(index));
        Ok(Self {
            detector: builder.build().map_err(ScanError::Index)?,
            times: times.transpose().map_err(ScanError::Index)?,
        })
    }

    /// What tells whether a block holds anything of `index` at all. Its findings mean nothing.
    pub(crate) fn to_look(
        plan: &ScanPlan,
        index: &'s Index,
        backgrounds: &[Arc<Background>],
    ) -> Result<Self, ScanError> {
        let builder = Self::builder(plan, index, backgrounds)?.without_sources();
        Ok(Self { detector: builder.build().map_err(ScanError::Index)?, times: None })
    }

    fn builder(
        plan: &ScanPlan,
        index: &'s Index,
        backgrounds: &[Arc<Background>],
    ) -> Result<DetectorBuilder<'s>, ScanError> {
        let builder = Detector::builder(index).pace(plan.pace).resemblance(plan.resemblance);
        let mut backgrounds = backgrounds.iter().cloned();
        backgrounds.try_fold(builder, DetectorBuilder::background).map_err(ScanError::Background)
    }

    /// Whether `passage` may be the source of a record that was written at `moment` at the latest.
    pub(crate) fn may(&self, passage: PassageId, moment: Option<i64>) -> bool {
        match (&self.times, moment) {
            (Some(times), Some(moment)) => times.may(passage, moment),
            _ => true,
        }
    }
}
