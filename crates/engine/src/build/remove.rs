//! Passages out of an index, for good: someone asked that they be deleted.

use std::path::PathBuf;

use seepage_index::{Removals, Update};

use crate::build::log_files::{is_removed_log, place_of};
use crate::build::report::BuildError;

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
    /// All of it had been asked for before, and is remembered.
    pub is_remembered: bool,
    /// Of those that stay: passages without a time, which are before nothing.
    pub timeless: u64,
}

/// Takes passages out of an index, by one rename at the end. Where there is nothing to be taken out, only a time is
/// remembered: sessions and logs may be misspelled.
///
/// # Errors
/// No index, a damaged one, one that is being changed, or a disk that refuses.
pub fn remove_from_index(plan: &RemovePlan) -> Result<RemoveReport, BuildError> {
    let mut update = Update::begin(&plan.index).map_err(BuildError::Write)?;
    let mut report = RemoveReport::default();
    let mut covered = vec![];
    let mut asked = with_places(plan.removals.clone());
    report.is_remembered = is_remembered(&asked, update.removals());
    for (passage, content) in update.contents() {
        let from = update.entry(passage).map_err(BuildError::open)?.provenance;
        report.passages += 1;
        let of_log = is_removed_log(&asked, &from.log_path);
        if of_log || asked.cover(&from.session_id, &from.log_path, from.authored_at) {
            covered.push(passage);
            let text = of_log.then(|| Removals::text_of(&from.session_id, content));
            asked.texts.extend(text);
        } else {
            report.timeless += u64::from(from.authored_at.is_none());
        }
    }
    report.removed = covered.len() as u64;
    let is_vain = covered.is_empty() && (report.is_remembered || asked.before.is_none());
    if plan.dry_run || is_vain {
        return Ok(report);
    }
    for passage in covered {
        update.remove(passage);
    }
    update.remember(asked);
    update.commit().map_err(BuildError::Write)?;
    Ok(report)
}

/// Logs by their names and by their places.
fn with_places(mut removals: Removals) -> Removals {
    let places: Vec<String> = removals.logs.iter().map(|path| place_of(path)).collect();
    removals.logs.extend(places);
    removals
}

fn is_remembered(asked: &Removals, before: &Removals) -> bool {
    asked.sessions.is_subset(&before.sessions)
        && asked.logs.is_subset(&before.logs)
        && asked.before <= before.before
}
