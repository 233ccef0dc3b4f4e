//! Further logs to an index that is there.
//!
//! Only sessions with a log that is new are read, and those whole: what is a quote depends on all that came before. What an
//! index of all logs would not hold any more, because more is known now, is taken out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use seepage_index::{
    LogCache, OpenError, Passage, PassageId, SegmentOrigin, SegmentWriter, Update,
};
use seepage_logs::{LeftOut, LogOptions};

use crate::build::index_passages::index_passages;
use crate::build::known_logs::{KnownLogs, NewLogs};
use crate::build::log_files::LogMark;
use crate::build::passages::solid_len_of;
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
    /// Authors of passages of earlier segments that were taken out, because the logs tell them otherwise now.
    pub authors_replaced: u64,
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
    if found.new.is_empty() {
        report.read.settle();
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
    let classes = update.reading().classes.clone();
    let mut spool = Spool::new(writer.aside(), shares.texts);
    let read = read_sessions(
        &found.logs,
        &LogOptions { classes },
        shares.logs,
        &mut spool,
        &mut report.read,
        progress,
    )
    .map_err(spill_error(&writer))?;
    report.read.settle();
    let mut held = Held::of(&update, &found, &read, &known).map_err(BuildError::open)?;
    let mut writer = write(spool, writer, shares, &update, &mut held, &mut report)?;

    // What the logs do not tell any more.
    for (passage, author) in held.unconfirmed {
        update.remove(passage, author);
        report.authors_replaced += 1;
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

/// Writes the passages that the index does not hold yet, and those that it holds of other authors.
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
    // What the index holds of the same authors.
    let mut bytes_held = 0;
    let mut next = |len| {
        // None at all would be the end.
        loop {
            let mut some = passages.next_few(len).map_err(&spilled)?;
            if some.is_empty() {
                return Ok(some);
            }
            for passage in &mut some {
                let authors = passage.authors.len();
                held.confirm(update, passage).map_err(BuildError::open)?;
                bytes_held += solid_len_of(passage) * (authors - passage.authors.len()) as u64;
            }
            some.retain(|passage| !passage.authors.is_empty());
            if !some.is_empty() {
                return Ok(some);
            }
        }
    };
    let (writer, indexed) = index_passages(writer, shares, facts, &mut next)?;
    indexed.note(facts);
    facts.strings.take_out(LeftOut::MetBefore, bytes_held);
    facts.duplicates += passages.duplicates;
    report.passages_added = indexed.passages;
    Ok(writer)
}

/// What the index holds already.
struct Held {
    /// What each passage says, sorted.
    contents: Vec<(u128, PassageId)>,
    /// Passages and authors, by number, of the logs that were read again, and that these did not tell again so far.
    unconfirmed: BTreeSet<(PassageId, u32)>,
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
        let again = update.authors_of_logs(&paths)?;
        Ok(Self { contents, unconfirmed: again.into_iter().collect() })
    }

    /// Takes those authors out of a passage that the index holds already.
    fn confirm(&mut self, update: &Update, passage: &mut Passage) -> Result<(), OpenError> {
        let content = passage.content();
        let from = self.contents.partition_point(|(other, _)| *other < content);
        let same = self.contents[from..].iter();
        for &(_, id) in same.take_while(|(other, _)| *other == content) {
            for (number, held) in update.authors(id)? {
                let before = passage.authors.len();
                passage.authors.retain(|author| *author != held);
                if passage.authors.len() < before {
                    self.unconfirmed.remove(&(id, number));
                }
            }
        }
        Ok(())
    }
}
