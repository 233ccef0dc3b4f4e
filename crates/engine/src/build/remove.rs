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
    /// Of those that stay: some of their authors were taken out, and others wrote the same.
    pub shared: u64,
    /// All of it had been asked for before, and is remembered.
    pub is_remembered: bool,
    /// Authors that stay without a time, and are before nothing.
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
        let authors = update.authors(passage).map_err(BuildError::open)?;
        let (before, all) = (covered.len(), authors.len());
        report.passages += 1;
        for (number, author) in authors {
            let from = author.provenance;
            let of_log = is_removed_log(&asked, &from.log_path);
            if of_log || asked.cover(&from.session_id, &from.log_path, from.authored_at) {
                covered.push((passage, number));
                let text = of_log.then(|| Removals::text_of(&from.session_id, content));
                asked.texts.extend(text);
            } else {
                report.timeless += u64::from(from.authored_at.is_none());
            }
        }
        let gone = covered.len() - before;
        report.removed += u64::from(gone == all);
        report.shared += u64::from(0 < gone && gone < all);
    }
    let is_vain = covered.is_empty() && (report.is_remembered || asked.before.is_none());
    if plan.dry_run || is_vain {
        return Ok(report);
    }
    for (passage, author) in covered {
        update.remove(passage, author);
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
