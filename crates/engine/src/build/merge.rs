//! All segments of an index to one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use seepage_index::{
    BuildFacts, Index, LogFile, OpenError, Passage, Provenance, SegmentOrigin, SegmentWriter,
    Update,
};
use seepage_logs::AuthoringOrder;

use crate::build::index_passages::index_passages;
use crate::build::report::BuildError;
use crate::build::spool::Spool;
use crate::build::writing::{Shares, equip, open_as_built, spill_error};
use crate::jobs::progress::Progress;
use crate::jobs::threads;

/// What to merge.
#[derive(Clone, Debug)]
pub struct MergePlan {
    /// The index.
    pub index: PathBuf,
    /// The files of backgrounds that the index was built with.
    pub backgrounds: Vec<PathBuf>,
    /// Bytes of memory to do with; four a passage of the index, and the names of all log files, come on top.
    pub memory: usize,
    /// 0: one a core.
    pub threads: usize,
}

/// What was merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MergeReport {
    /// Segments that there were.
    pub segments: u64,
    /// Passages of the one segment that there is now.
    pub passages: u64,
    /// Passages that had been taken out, and whose texts are gone now.
    pub removed: u64,
    /// Passages that said what another one said, and whose authors are that one's now.
    pub duplicates: u64,
    /// There was nothing to merge: one segment, and nothing taken out of it.
    pub is_unchanged: bool,
}

/// Makes one segment of all, without what was taken out. The index is whole at every moment, and readers that have it open
/// keep what they opened.
///
/// # Errors
/// No index, a damaged one, one that is being changed, other backgrounds than it was built with, or a disk that refuses.
pub fn merge_index(plan: &MergePlan, progress: &Progress) -> Result<MergeReport, BuildError> {
    let pool = threads::pool(plan.threads).map_err(BuildError::Threads)?;
    pool.install(|| merge(plan, progress))
}

fn merge(plan: &MergePlan, progress: &Progress) -> Result<MergeReport, BuildError> {
    let mut update = Update::begin(&plan.index).map_err(BuildError::Write)?;
    let backgrounds = open_as_built(&plan.backgrounds, update.reading())?;
    // Nobody changes the index now, so this is what the update is of.
    let index = Index::open(&plan.index).map_err(BuildError::open)?;
    let sizes = index.sizes();
    let mut report = MergeReport {
        segments: index.segments().len() as u64,
        passages: sizes.passages,
        removed: sizes.removed,
        ..MergeReport::default()
    };
    if report.segments == 1 && !update.has_removed() {
        report.is_unchanged = true;
        return Ok(report);
    }
    let shares = Shares::of(plan.memory);
    let mut writer = update.write_segment().map_err(BuildError::Write)?;
    equip(&mut writer, shares, backgrounds)?;
    let logs = latest(update.logs().map_err(BuildError::open)?);
    let origin = SegmentOrigin { logs, ..SegmentOrigin::default() };
    progress.add_files_total(sizes.passages);
    progress.add_bytes_total(sizes.bytes);

    let passages = index.passages().map(|passage| {
        let evidence = index.text(passage);
        let text = String::from_utf8_lossy(evidence.text).into_owned();
        Ok(Passage { authors: index.authors(passage)?, text, spans: evidence.spans })
    });
    let mut facts = facts_of(index.facts());
    let rewritten = rewrite(passages, origin, writer, shares, &mut facts, progress)?;
    report.passages = rewritten.passages;
    report.duplicates = rewritten.duplicates;
    rewritten
        .writer
        .finish_segment(&facts)
        .and_then(|written| update.replace(written))
        .and_then(|()| update.commit())
        .map_err(BuildError::Write)?;
    Ok(report)
}

/// A segment that was made of the passages of another index.
pub(crate) struct Rewritten {
    pub(crate) writer: SegmentWriter,
    pub(crate) passages: u64,
    /// Passages that said what another one said.
    pub(crate) duplicates: u64,
}

/// Writes passages that stood in an index, of whatever segments, in canonical order and each text once.
pub(crate) fn rewrite(
    passages: impl Iterator<Item = Result<Passage, OpenError>>,
    origin: SegmentOrigin,
    mut writer: SegmentWriter,
    shares: Shares,
    facts: &mut BuildFacts,
    progress: &Progress,
) -> Result<Rewritten, BuildError> {
    let spilled = spill_error(&writer);
    let mut places: Vec<&Path> = origin.logs.iter().map(|log| Path::new(&log.path)).collect();
    places.sort_unstable();
    let places: HashMap<&Path, u64> = places.into_iter().zip(0..).collect();
    let mut spool = Spool::new(writer.aside(), shares.texts);
    for (number, passage) in (0..).zip(passages) {
        let order = |from: &Provenance| {
            let log = places.get(Path::new(&from.log_path)).copied().unwrap_or(u64::MAX);
            AuthoringOrder::of(from, log, number)
        };
        spool.push(passage.map_err(BuildError::open)?, &order).map_err(&spilled)?;
    }
    writer.set_origin(origin);
    let mut passages = spool.finish().map_err(&spilled)?;
    let mut next = |len| {
        let some = passages.next_few(len).map_err(&spilled)?;
        progress.add_files_done(some.len() as u64);
        let lens = some.iter().map(|passage| passage.text.len() as u64);
        progress.add_bytes_done(lens.sum());
        Ok(some)
    };
    // It was counted when the logs were read.
    let bytes_plain = facts.bytes_plain;
    let (writer, indexed) = index_passages(writer, shares, facts, &mut next)?;
    facts.bytes_plain = bytes_plain;
    facts.duplicates += passages.duplicates;
    Ok(Rewritten { writer, passages: indexed.passages, duplicates: passages.duplicates })
}

/// What builds read, but for what is counted anew.
pub(crate) fn facts_of(facts: &BuildFacts) -> BuildFacts {
    BuildFacts {
        families: 0,
        anchors: 0,
        anchors_suppressed: 0,
        authored_from: None,
        authored_to: None,
        tools: [].into(),
        models: [].into(),
        ..facts.clone()
    }
}

/// Of each log file what was read of it last, in the order of sessions and paths.
pub(crate) fn latest(mut logs: Vec<LogFile>) -> Vec<LogFile> {
    let name = |log: &LogFile| (log.tool.clone(), log.session_id.clone(), log.path.clone());
    logs.reverse();
    logs.sort_by_cached_key(name);
    logs.dedup_by_key(|log| name(log));
    logs
}
