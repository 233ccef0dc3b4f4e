//! Reads sessions side by side, and adds up what became of them in a way that does not depend on which ended first.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, PoisonError};

use rayon::prelude::*;
use seepage_index::{Passage, Provenance, UnreadUnit};
use seepage_logs::{
    AuthoringOrder, BrokenLine, LeftOut, LogError, LogOptions, LogTally, ToolCalls,
};

use crate::build::log_files::{LogMark, Logs, len_of};
use crate::build::passages::{bytes_plain, passage, solid_len_of};
use crate::build::report::BuildReport;
use crate::build::spool::Spool;
use crate::jobs::progress::Progress;

/// Broken lines that are listed; the others are counted.
const BROKEN_LISTED_MAX: usize = 1000;
/// Names of types, and of models, that are told apart; the others are counted under one.
const NAMES_MAX: usize = 1000;
/// Bytes of such a name.
const NAME_LEN_MAX: usize = 256;
/// What is not told apart counts under this name.
const OTHERS: &str = "(others)";

/// Counts by name, of which the first ones in order of the alphabet are kept, so that it does not matter which came first.
#[derive(Debug, Default)]
pub(crate) struct NameCounts {
    counts: BTreeMap<String, u64>,
    others: u64,
}

impl NameCounts {
    pub(crate) fn add(&mut self, name: &str, count: u64) {
        let name = &name[..name.floor_char_boundary(NAME_LEN_MAX)];
        if let Some(sum) = self.counts.get_mut(name) {
            *sum += count;
            return;
        }
        self.counts.insert(name.to_owned(), count);
        if self.counts.len() > NAMES_MAX {
            self.others += self.counts.pop_last().map_or(0, |(_, count)| count);
        }
    }

    pub(crate) fn finish(mut self) -> BTreeMap<String, u64> {
        if self.others > 0 {
            *self.counts.entry(OTHERS.to_owned()).or_default() += self.others;
        }
        self.counts
    }
}

/// What the sessions came to so far.
struct Sum<'s> {
    spool: &'s mut Spool,
    /// Why the spool takes no more.
    error: Option<io::Error>,
    report: &'s mut BuildReport,
    records_unknown: NameCounts,
    /// Of tools that are not known.
    tool_calls: NameCounts,
    tool_bytes: NameCounts,
    /// By session and number: the first ones.
    lines_broken: BTreeMap<(usize, usize), BrokenLine>,
    /// By session.
    failed: BTreeMap<usize, (PathBuf, String)>,
    /// By place of the log.
    read: BTreeMap<usize, LogMark>,
}

impl Sum<'_> {
    /// Adds the session at this place of all.
    fn add(&mut self, at: usize, tally: LogTally, result: Result<(), LogError>) {
        let facts = &mut self.report.facts;
        facts.bytes_read += tally.bytes_read;
        facts.lines_read += tally.lines_read;
        facts.lines_broken += tally.lines_broken.len() as u64 + tally.lines_broken_unlisted;
        facts.bytes_authored += tally.bytes_authored;
        facts.bytes_subtracted += tally.bytes_subtracted;
        facts.texts_subtracted += tally.texts_subtracted;
        facts.duplicates += tally.duplicates;
        facts.strings.add(&tally.strings);
        for line in &tally.lines_broken {
            let log = line.path.to_string_lossy();
            facts.add_unread(UnreadUnit::Lines, line.reason(), 1, Some(&log));
        }
        if tally.lines_broken_unlisted > 0 {
            let reason = "in a log of more than 1,000 such lines";
            facts.add_unread(UnreadUnit::Lines, reason, tally.lines_broken_unlisted, None);
        }
        for (number, line) in tally.lines_broken.into_iter().enumerate() {
            self.lines_broken.insert((at, number), line);
            if self.lines_broken.len() > BROKEN_LISTED_MAX {
                self.lines_broken.pop_last();
            }
        }
        for (name, ToolCalls { calls, bytes }) in tally.tools_unknown {
            self.tool_calls.add(&name, calls);
            self.tool_bytes.add(&name, bytes);
        }
        for (kind, count) in tally.records_unknown {
            self.records_unknown.add(&kind, count);
        }
        if let Err(error) = result
            && let LogError::Io { path, .. } = &error
        {
            let failed = (path.clone(), crate::words_of(&error));
            self.failed.insert(at, failed);
        }
    }

    /// Adds the logs of a session, but for those that could not be read.
    fn add_marks(
        &mut self,
        logs: &Logs,
        places: &[usize],
        marks: Vec<io::Result<LogMark>>,
        error: Option<&LogError>,
    ) {
        let is_failed = |at: usize| match error {
            Some(LogError::Io { path, .. } | LogError::Damaged { path, .. }) => {
                *path == logs.files[at]
            }
            _ => false,
        };
        let marked = places.iter().zip(marks);
        let read = marked.filter(|(at, _)| !is_failed(**at));
        self.read.extend(read.filter_map(|(&at, mark)| Some((at, mark.ok()?))));
    }

    fn take(&mut self, passage: Passage, order: &dyn Fn(&Provenance) -> AuthoringOrder<u64>) {
        if passage.spans.is_empty() {
            // All that say nothing say the same, and none of them is another's copy.
            self.report.facts.texts_short += 1;
            self.report.facts.bytes_plain += bytes_plain(&passage);
        } else if self.error.is_none() {
            self.error = self.spool.push(passage, order).err();
        }
    }

    fn finish(self) -> io::Result<BTreeMap<usize, LogMark>> {
        self.report.records_unknown = self.records_unknown.finish();
        let bytes = self.tool_bytes.finish();
        let calls = self.tool_calls.finish().into_iter();
        self.report.facts.tools_unknown = calls
            .map(|(name, calls)| {
                let bytes = bytes.get(&name).copied().unwrap_or_default();
                (name, ToolCalls { calls, bytes })
            })
            .collect();
        self.report.lines_broken = self.lines_broken.into_values().collect();
        self.report.files_failed.extend(self.failed.into_values());
        self.error.map_or(Ok(self.read), Err)
    }
}

/// Memory for what is being read. Who needs more than there is waits until nobody else has any.
pub(crate) struct Room {
    size: u64,
    taken: Mutex<u64>,
    given_back: Condvar,
}

impl Room {
    pub(crate) fn new(size: u64) -> Self {
        Self { size, taken: Mutex::new(0), given_back: Condvar::new() }
    }

    pub(crate) fn take(&self, len: u64) {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = |taken: &mut u64| *taken > 0 && *taken + len > self.size;
        let mut taken =
            self.given_back.wait_while(taken, waits).unwrap_or_else(PoisonError::into_inner);
        *taken += len;
    }

    pub(crate) fn give_back(&self, len: u64) {
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) -= len;
        self.given_back.notify_all();
    }
}

/// Puts what the models wrote in all sessions into `spool`, and adds to `report` what was read. Sessions are read side by
/// side whose logs are `memory` bytes together; one that is larger is read alone. Gives the logs that were read, by place.
///
/// # Errors
/// The spool could not be written.
pub(crate) fn read_sessions(
    logs: &Logs,
    options: &LogOptions,
    memory: usize,
    spool: &mut Spool,
    report: &mut BuildReport,
    progress: &Progress,
) -> io::Result<BTreeMap<usize, LogMark>> {
    let room = Room::new(memory as u64);
    let sum = Mutex::new(Sum {
        spool,
        error: None,
        report,
        records_unknown: NameCounts::default(),
        tool_calls: NameCounts::default(),
        tool_bytes: NameCounts::default(),
        lines_broken: BTreeMap::new(),
        failed: BTreeMap::new(),
        read: BTreeMap::new(),
    });
    let locked = || sum.lock().unwrap_or_else(PoisonError::into_inner);
    let sessions: Vec<_> = logs.sessions.iter().collect();
    sessions.par_iter().enumerate().for_each(|(at, (session, places))| {
        if locked().error.is_some() {
            return;
        }
        let paths: Vec<PathBuf> = places.iter().map(|&at| logs.files[at].clone()).collect();
        let len = len_of(&paths);
        room.take(len);
        // Looked at before they are read: of one that grows meanwhile more is read than its mark says, never less.
        let marks: Vec<_> = places.iter().map(|&at| logs.mark(at)).collect();
        let (mut authored, mut tally) = (vec![], LogTally::default());
        let names = places.iter().map(|&at| (logs.files[at].to_string_lossy(), at as u64));
        let places_by_name: HashMap<_, _> = names.collect();
        let result = seepage_logs::read_session(&paths, options, &mut authored, &mut tally);
        let is_new = !authored.is_empty() && !logs.grown.contains(session);
        locked().report.facts.sessions += u64::from(is_new);
        locked().add_marks(logs, places, marks, result.as_ref().err());
        locked().add(at, tally, result);
        for (number, text) in (0..).zip(authored) {
            let kept = text.solid_len();
            let passage = passage(text);
            if logs.are_removed(&passage) {
                let mut sum = locked();
                sum.report.texts_removed += 1;
                sum.report.facts.strings.take_out(LeftOut::Removed, kept);
                continue;
            }
            let plain = kept - solid_len_of(&passage);
            locked().report.facts.strings.take_out(LeftOut::Plain, plain);
            let order = |from: &Provenance| {
                let log = places_by_name.get(from.log_path.as_str()).copied();
                AuthoringOrder::of(from, log.unwrap_or(u64::MAX), number)
            };
            locked().take(passage, &order);
        }
        room.give_back(len);
        for path in &paths {
            tracing::debug!(log = %path.display(), "log read");
        }
        progress.add_files_done(paths.len() as u64);
        progress.add_bytes_done(len);
    });
    let sum = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    sum.finish()
}
