//! What a scan keeps in memory of an index, beside the index itself.

use std::sync::Arc;

use seepage_detect::{Detector, Lookalikes, SourceTable};
use seepage_index::{Background, Index};

use crate::scan::plan::ScanPlan;
use crate::scan::record::block::Finder;
use crate::scan::record::times::Times;
use crate::scan::work::ScanError;

/// Tables over the passages of one index, as a plan asks for them.
pub(crate) struct Equipment {
    /// `None`: each passage stands alone.
    sources: Option<SourceTable>,
    times: Option<Times>,
    lookalikes: Option<Lookalikes>,
}

impl Equipment {
    pub(crate) fn read(plan: &ScanPlan, index: &Index) -> Result<Self, ScanError> {
        let has_times = plan.read.time_field.is_some();
        let times = has_times.then(|| Times::read(index));
        Ok(Self {
            sources: Some(SourceTable::read(index).map_err(ScanError::Index)?),
            times: times.transpose().map_err(ScanError::Index)?,
            ..Self::to_look(plan, index)
        })
    }

    /// What it takes to tell whether a block holds anything of `index` at all.
    pub(crate) fn to_look(plan: &ScanPlan, index: &Index) -> Self {
        let lookalikes_of = |min| Lookalikes::of(index, min);
        Self { sources: None, times: None, lookalikes: plan.resemblance.map(lookalikes_of) }
    }

    /// What finds passages of `index`, which the tables are of.
    pub(crate) fn finder<'e>(
        &'e self,
        plan: &ScanPlan,
        index: &'e Index,
        backgrounds: &[Arc<Background>],
    ) -> Result<Finder<'e>, ScanError> {
        let mut detector = Detector::new(index).at_pace(plan.pace);
        if let Some(sources) = &self.sources {
            detector = detector.with_sources(sources);
        }
        if let Some(lookalikes) = &self.lookalikes {
            detector = detector.with_lookalikes(lookalikes);
        }
        for background in backgrounds {
            let suppressed = detector.suppress(Arc::clone(background));
            suppressed.map_err(ScanError::Background)?;
        }
        Ok(Finder { detector, times: self.times.as_ref() })
    }
}
