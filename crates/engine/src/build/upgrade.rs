//! An index of an older format, or of older rules, to one of today.

use std::path::PathBuf;

use seepage_fingerprint::Analyzer;
use seepage_index::{OldIndex, SegmentOrigin, SegmentWriter};

use crate::background::open_all;
use crate::build::merge::{facts_of, latest, rewrite};
use crate::build::report::BuildError;
use crate::build::writing::{Shares, equip};
use crate::jobs::progress::Progress;
use crate::jobs::threads;

/// What to make anew.
#[derive(Clone, Debug)]
pub struct UpgradePlan {
    /// The index. It stays as it is.
    pub old: PathBuf,
    /// Where the new one goes.
    pub output: PathBuf,
    /// Files of backgrounds beside the built-in one, of the rules of today.
    pub backgrounds: Vec<PathBuf>,
    /// Bytes of memory to do with.
    pub memory: usize,
    /// 0: one a core.
    pub threads: usize,
}

/// What was made anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UpgradeReport {
    /// The format of the old index.
    pub format: u32,
    /// Its normalisation rules.
    pub rules: u32,
    /// It is as a build of today writes it: nothing was written.
    pub is_current: bool,
    /// Backgrounds beside the built-in one that the old index was built with.
    pub backgrounds: u64,
    /// Passages of the new index.
    pub passages: u64,
    /// Passages of the old index that said what another one said, and whose authors are that one's now.
    pub duplicates: u64,
    /// Passages that are too short or too plain by the rules of today.
    pub left_out: u64,
}

/// Makes a new index of the texts of an old one: with the fingerprints of today's rules, and with what the old format kept
/// of who wrote them.
///
/// # Errors
/// No index, one of a newer format, a damaged one, a background of other rules, or a disk that refuses.
pub fn upgrade_index(plan: &UpgradePlan, progress: &Progress) -> Result<UpgradeReport, BuildError> {
    let pool = threads::pool(plan.threads).map_err(BuildError::Threads)?;
    pool.install(|| upgrade(plan, progress))
}

fn upgrade(plan: &UpgradePlan, progress: &Progress) -> Result<UpgradeReport, BuildError> {
    let old = OldIndex::open(&plan.old).map_err(BuildError::open)?;
    let mut report = UpgradeReport {
        format: old.format,
        rules: old.rules,
        is_current: old.is_current(),
        backgrounds: old.reading.backgrounds.len() as u64,
        ..UpgradeReport::default()
    };
    if report.is_current {
        return Ok(report);
    }
    let backgrounds = open_all(&plan.backgrounds).map_err(BuildError::Background)?;
    let shares = Shares::of(plan.memory);
    let mut writer =
        SegmentWriter::create(&plan.output, Analyzer::default()).map_err(BuildError::Write)?;
    equip(&mut writer, shares, backgrounds)?;
    let origin = SegmentOrigin {
        logs: latest(old.logs.clone()),
        classes: old.reading.classes.clone(),
        removals: old.removals.clone(),
    };
    progress.add_files_total(old.count());
    let mut facts = facts_of(&old.facts);
    let before = facts.texts_short;
    let rewritten = rewrite(old.passages(), origin, writer, shares, &mut facts, progress)?;
    report.passages = rewritten.passages;
    report.duplicates = rewritten.duplicates;
    report.left_out = facts.texts_short - before;
    rewritten.writer.finish(&facts).map_err(BuildError::Write)?;
    Ok(report)
}
