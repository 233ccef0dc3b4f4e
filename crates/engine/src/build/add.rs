//! Further logs to an index that is there.
//!
//! Only sessions with a log that is new are read, and those whole: what is a quote depends on all that came before. What an
//! index of all logs would not hold any more, because more is known now, is taken out.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use seepage_index::{
    LogCache, OpenError, Passage, PassageEntry, PassageId, SegmentOrigin, SegmentWriter, Update,
};
use seepage_logs::LogOptions;

use crate::build::index_passages::index_passages;
use crate::build::known_logs::{KnownLogs, NewLogs};
use crate::build::log_files::LogMark;
use crate::build::report::BuildError;
use crate::build::report::BuildReport;
use crate::build::sessions::read_sessions;
use crate::build::spool::Spool;
use crate::build::writing::open_as_built;
use crate::build::writing::{Shares, equip, spill_error, write_cache};
use crate::jobs::progress::Progress;
use crate::jobs::threads;

/// What to add.
#[derive(Clone, Debug)]
pub struct AddPlan {
    /// Log files, and directories to walk: new ones among old ones.
    pub inputs: Vec<PathBuf>,
    /// The index.
    pub index: PathBuf,
    /// The files of backgrounds that the index was built with.
    pub backgrounds: Vec<PathBuf>,
    /// Bytes of memory to do with; some 40 a passage of the index come on top.
    pub memory: usize,
    /// 0: one a core.
    pub threads: usize,
}

/// What was added.
#[derive(Clone, Debug, Default)]
pub struct AddReport {
    /// What was read.
    pub read: BuildReport,
    /// Logs that were in the index already, and not read.
    pub logs_known: u64,
    /// Whether there was anything new, so that the index has a segment more.
    pub is_changed: bool,
    /// Passages in that segment.
    pub passages_added: u64,
    /// Passages of earlier segments that were taken out, because the logs tell them otherwise now.
    pub passages_replaced: u64,
}

/// Reads what is new among the logs, and adds a segment of it. The same logs give the same bytes, whatever the number of
/// threads.
pub fn add_to_index(plan: &AddPlan, progress: &Progress) -> Result<AddReport, BuildError> {
    let pool = threads::pool(plan.threads).map_err(BuildError::Threads)?;
    pool.install(|| add(plan, progress))
}

fn add(plan: &AddPlan, progress: &Progress) -> Result<AddReport, BuildError> {
    let mut update = Update::begin(&plan.index).map_err(BuildError::Write)?;
    let backgrounds = open_as_built(&plan.backgrounds, update.reading())?;
    let known = KnownLogs::of(update.logs().map_err(BuildError::open)?);
    let before = LogCache::read(&plan.index);
    let (mut cache, mut report) = (before.clone(), AddReport::default());
    let removals = update.removals().clone();
    let found = known.find_new(&plan.inputs, &removals, &mut cache, &mut report.read)?;
    report.logs_known = found.known;
    report.read.facts.files_failed = report.read.files_failed.len() as u64;
    if found.new.is_empty() {
        if cache != before {
            write_cache(&cache, &plan.index);
        }
        return Ok(report);
    }
    progress.add_files_total(found.logs.sessions.values().flatten().count() as u64);
    progress.add_bytes_total(found.logs.len());

    let shares = Shares::of(plan.memory);
    let mut writer = update.write_segment().map_err(BuildError::Write)?;
    equip(&mut writer, shares, backgrounds)?;
    let prose = update.reading().prose;
    let mut spool = Spool::new(writer.aside(), shares.texts);
    let read = read_sessions(
        &found.logs,
        LogOptions { prose },
        shares.logs,
        &mut spool,
        &mut report.read,
        progress,
    )
    .map_err(spill_error(&writer))?;
    report.read.facts.files_failed = report.read.files_failed.len() as u64;
    let mut held = Held::of(&update, &found, &read, &known).map_err(BuildError::open)?;
    let mut writer = write(spool, writer, shares, &update, &mut held, &mut report)?;

    for stale in held.stale() {
        update.remove(stale);
        report.passages_replaced += 1;
    }
    let new = read.iter().filter(|(at, _)| found.new.contains(at));
    let new = new.map(|(&at, mark)| (at, mark.clone())).collect();
    writer.set_origin(SegmentOrigin { logs: found.logs.listed(&new), ..SegmentOrigin::default() });
    writer
        .finish_segment(&report.read.facts)
        .and_then(|written| update.append(written))
        .and_then(|()| update.commit())
        .map_err(BuildError::Write)?;
    report.is_changed = true;
    write_cache(&cache, &plan.index);
    Ok(report)
}

/// Writes the passages that the index does not hold yet.
fn write(
    spool: Spool,
    writer: SegmentWriter,
    shares: Shares,
    update: &Update,
    held: &mut Held,
    report: &mut AddReport,
) -> Result<SegmentWriter, BuildError> {
    let facts = &mut report.read.facts;
    let spilled = spill_error(&writer);
    let mut passages = spool.finish().map_err(&spilled)?;
    let mut earlier = 0;
    let mut next = |len| {
        // None at all would be the end.
        loop {
            let mut some = passages.next_few(len).map_err(&spilled)?;
            if some.is_empty() {
                return Ok(some);
            }
            let mut met = Ok(());
            some.retain(|passage| match held.meet(update, passage) {
                Ok(Met::New) => true,
                Ok(Met::Known) => false,
                Ok(Met::Earlier) => {
                    earlier += 1;
                    false
                }
                Err(error) => {
                    met = Err(error);
                    false
                }
            });
            met.map_err(BuildError::open)?;
            if !some.is_empty() {
                return Ok(some);
            }
        }
    };
    let (writer, added) = index_passages(writer, shares, facts, &mut next)?;
    facts.duplicates += passages.duplicates + earlier;
    report.passages_added = added;
    Ok(writer)
}

/// What the index holds already.
struct Held {
    /// What each passage says, sorted.
    contents: Vec<(u128, PassageId)>,
    /// Passages of the logs that were read again.
    again: HashMap<PassageId, PassageEntry>,
    /// Those of them that were told again as before.
    confirmed: HashSet<PassageId>,
}

/// What the index holds of a passage.
enum Met {
    /// The passage itself.
    Known,
    /// One that says the same and was written before.
    Earlier,
    /// Nothing, or one that was written later: a merge will tell.
    New,
}

impl Held {
    fn of(
        update: &Update,
        found: &NewLogs,
        read: &BTreeMap<usize, LogMark>,
        known: &KnownLogs,
    ) -> Result<Self, OpenError> {
        let contents = update.contents().map(|(passage, content)| (content, passage));
        let mut contents: Vec<_> = contents.collect();
        contents.sort_unstable();
        let paths = read.iter().filter_map(|(&at, mark)| {
            let path = found.logs.files[at].to_string_lossy().into_owned();
            (!known.is_shorter(&path, mark.stamp.len)).then_some(path)
        });
        let paths: BTreeSet<String> = paths.collect();
        let again = update.passages_of_logs(&paths)?.into_iter();
        Ok(Self {
            contents,
            again: again.map(|entry| (entry.passage, entry)).collect(),
            confirmed: HashSet::new(),
        })
    }

    fn meet(&mut self, update: &Update, passage: &Passage) -> Result<Met, OpenError> {
        let content = passage.content();
        let from = self.contents.partition_point(|(other, _)| *other < content);
        let same = self.contents[from..].iter();
        let mut met = Met::New;
        for &(_, id) in same.take_while(|(other, _)| *other == content) {
            if let Some(known) = self.again.get(&id) {
                if is_same(known, passage) {
                    self.confirmed.insert(id);
                    met = Met::Known;
                }
            } else if matches!(met, Met::New) {
                let other = update.entry(id)?.provenance;
                if other.authoring_order() <= passage.provenance.authoring_order() {
                    met = Met::Earlier;
                }
            }
        }
        Ok(met)
    }

    /// Passages that the logs do not tell any more, ascending.
    fn stale(&self) -> Vec<PassageId> {
        let again = self.again.keys().copied();
        let mut stale: Vec<_> = again.filter(|id| !self.confirmed.contains(id)).collect();
        stale.sort_unstable();
        stale
    }
}

/// Whether a passage of the index came from the same place as another, told in the same words.
fn is_same(known: &PassageEntry, passage: &Passage) -> bool {
    known.provenance == passage.provenance
        && known.bytes_written == passage.text.len() as u64
        && known.bytes_subtracted == passage.bytes_subtracted
}
