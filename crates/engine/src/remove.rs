//! Passages out of an index, for good: someone asked that they be deleted.

use std::path::PathBuf;

use seepage_index::{Removals, Update, WriteError};

use crate::BuildError;

/// What to take out.
#[derive(Clone, Debug)]
pub struct RemovePlan {
    /// The index.
    pub index: PathBuf,
    /// Which passages. It is remembered in the index, so that adding the same logs again brings none of them back.
    pub removals: Removals,
    /// Only count.
    pub dry_run: bool,
}

/// What was taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RemoveReport {
    /// Passages that were there.
    pub passages: u64,
    /// Of them: taken out. They are found no more; their texts are on the disk until the index is merged.
    pub removed: u64,
    /// Of those that stay: passages without a time, which are before nothing.
    pub timeless: u64,
}

/// Takes passages out of an index, by one rename at the end. Where nothing is to be taken out, nothing is changed.
///
/// # Errors
/// No index, a damaged one, one that is being changed, or a disk that refuses.
pub fn remove_from_index(plan: &RemovePlan) -> Result<RemoveReport, BuildError> {
    let mut update = Update::begin(&plan.index).map_err(BuildError::Write)?;
    let mut report = RemoveReport::default();
    let mut covered = vec![];
    for passage in update.passages() {
        let from = update.provenance(passage);
        let from = from.map_err(|error| BuildError::Write(WriteError::Open(error)))?;
        report.passages += 1;
        let removals = &plan.removals;
        if removals.cover(&from.session_id, &from.log_path, from.authored_at) {
            covered.push(passage);
        } else {
            report.timeless += u64::from(from.authored_at.is_none());
        }
    }
    report.removed = covered.len() as u64;
    if plan.dry_run || covered.is_empty() {
        return Ok(report);
    }
    for passage in covered {
        update.remove(passage);
    }
    update.remember(plan.removals.clone());
    update.commit().map_err(BuildError::Write)?;
    Ok(report)
}
