//! Many segments to one: what one build over all of their logs would have written, without the logs.
//!
//! Lines of a table hold half of a fingerprint, so tables cannot be joined. Passages are analysed again, from the evidence.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashSet};
use std::path::PathBuf;

use seepage_index::{
    BuildFacts, Index, LogFile, OpenError, Passage, PassageEntry, PassageId, SegmentOrigin, Update,
};

use crate::build::index_passages::index_passages;
use crate::build::report::BuildError;
use crate::build::writing::open_as_built;
use crate::build::writing::{Shares, equip};
use crate::jobs::progress::Progress;
use crate::jobs::threads;

/// What to merge.
#[derive(Clone, Debug)]
pub struct MergePlan {
    /// The index.
    pub index: PathBuf,
    /// The files of backgrounds that the index was built with.
    pub backgrounds: Vec<PathBuf>,
    /// Bytes of memory to do with; some 40 a passage of the index come on top.
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
    /// Passages that say what an earlier one says.
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
    if report.segments == 1 && report.removed == 0 {
        report.is_unchanged = true;
        return Ok(report);
    }
    let shares = Shares::of(plan.memory);
    let mut writer = update.write_segment().map_err(BuildError::Write)?;
    equip(&mut writer, shares, backgrounds)?;
    let logs = update.logs().map_err(BuildError::open)?;
    writer.set_origin(SegmentOrigin { logs: latest(logs), ..SegmentOrigin::default() });
    progress.add_files_total(sizes.passages);
    progress.add_bytes_total(sizes.bytes);

    let mut passages = InOrder::of(&index).map_err(BuildError::open)?;
    let mut facts = facts_of(&index);
    let bytes_plain = facts.bytes_plain;
    let mut next = |len| {
        let some = passages.next_few(len).map_err(BuildError::open)?;
        progress.add_files_done(some.len() as u64);
        let lens = some.iter().map(|passage| passage.text.len() as u64);
        progress.add_bytes_done(lens.sum());
        Ok(some)
    };
    let (writer, written) = index_passages(writer, shares, &mut facts, &mut next)?;
    // It was counted when the logs were read.
    facts.bytes_plain = bytes_plain;
    facts.duplicates += passages.duplicates;
    report.passages = written;
    report.duplicates = passages.duplicates;
    writer
        .finish_segment(&facts)
        .and_then(|written| update.replace(written))
        .and_then(|()| update.commit())
        .map_err(BuildError::Write)?;
    Ok(report)
}

/// What all builds read, but for what is counted anew.
fn facts_of(index: &Index) -> BuildFacts {
    BuildFacts {
        families: 0,
        authored_from: None,
        authored_to: None,
        tools: [].into(),
        models: [].into(),
        ..index.facts().clone()
    }
}

/// Of each log file what was read of it last, in the order of sessions and paths.
fn latest(mut logs: Vec<LogFile>) -> Vec<LogFile> {
    let name = |log: &LogFile| (log.tool.clone(), log.session_id.clone(), log.path.clone());
    logs.reverse();
    logs.sort_by_cached_key(name);
    logs.dedup_by_key(|log| name(log));
    logs
}

/// The first passage of a segment that was not written yet; the greatest is whose turn it is.
struct First {
    entry: PassageEntry,
    segment: usize,
}

impl Ord for First {
    fn cmp(&self, other: &Self) -> Ordering {
        let [own, others] = [self, other].map(|first| first.entry.provenance.authoring_order());
        others.cmp(&own).then(other.segment.cmp(&self.segment))
    }
}

impl PartialOrd for First {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for First {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for First {}

/// The passages of all segments in canonical order, each text once. Those of one segment are in this order already.
struct InOrder<'i> {
    index: &'i Index,
    /// Of each segment the passages behind its first.
    rests: Vec<std::vec::IntoIter<PassageId>>,
    firsts: BinaryHeap<First>,
    seen: HashSet<u128>,
    duplicates: u64,
}

impl<'i> InOrder<'i> {
    fn of(index: &'i Index) -> Result<Self, OpenError> {
        let mut by_segment: Vec<Vec<PassageId>> = index.segments().map(|_| vec![]).collect();
        let bases: Vec<u32> = index.segments().map(|segment| segment.base).collect();
        for passage in index.passages() {
            let behind = bases.partition_point(|&base| base <= passage.0);
            by_segment[behind - 1].push(passage);
        }
        let mut in_order = Self {
            index,
            rests: by_segment.into_iter().map(Vec::into_iter).collect(),
            firsts: BinaryHeap::new(),
            seen: HashSet::new(),
            duplicates: 0,
        };
        for segment in 0..in_order.rests.len() {
            in_order.advance(segment)?;
        }
        Ok(in_order)
    }

    fn advance(&mut self, segment: usize) -> Result<(), OpenError> {
        if let Some(passage) = self.rests[segment].next() {
            self.firsts.push(First { entry: self.index.entry(passage)?, segment });
        }
        Ok(())
    }

    /// The next passages, up to so many bytes of text, but at least one; none at the end.
    fn next_few(&mut self, len: usize) -> Result<Vec<Passage>, OpenError> {
        let (mut few, mut few_len) = (vec![], 0);
        while few_len < len.max(1) {
            let Some(first) = self.firsts.pop() else {
                break;
            };
            self.advance(first.segment)?;
            if !self.seen.insert(self.index.content(first.entry.passage)) {
                self.duplicates += 1;
                continue;
            }
            let evidence = self.index.text(first.entry.passage);
            let passage = Passage {
                provenance: first.entry.provenance,
                bytes_subtracted: first.entry.bytes_subtracted,
                text: String::from_utf8_lossy(evidence.text).into_owned(),
                spans: evidence.spans,
            };
            few_len += passage.text.len().max(1);
            few.push(passage);
        }
        Ok(few)
    }
}
