//! Which logs an index was made from, and which of those that were found now are new to it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use seepage_index::{FileStamp, LogCache, LogFile, Removals, digest_of_file};
use seepage_logs::{LogError, Session, sniff_log};

use crate::build::log_files::{LogMark, Logs, find_files, is_removed_log, note_unknown};
use crate::build::report::BuildError;
use crate::build::report::BuildReport;

/// The logs of an index, by content.
#[derive(Debug, Default)]
pub(crate) struct KnownLogs {
    logs: HashMap<String, LogFile>,
    /// By path: the longest that a log was.
    lens: HashMap<String, u64>,
    sessions: BTreeSet<Session>,
}

/// The logs that have to be read.
#[derive(Debug)]
pub(crate) struct NewLogs {
    /// The sessions that have a new log, with all of their logs.
    pub(crate) logs: Logs,
    /// The places of the new ones.
    pub(crate) new: BTreeSet<usize>,
    /// Logs that were found and are in the index already.
    pub(crate) known: u64,
}

/// What a look at a file says.
enum Looked {
    /// `is_new`: nobody looked at it before.
    NoLog {
        stamp: FileStamp,
        is_new: bool,
    },
    Log {
        session: Session,
        mark: LogMark,
        is_known: bool,
    },
}

impl KnownLogs {
    pub(crate) fn of(logs: Vec<LogFile>) -> Self {
        let mut known = Self::default();
        for log in logs {
            let len = known.lens.entry(log.path.clone()).or_default();
            *len = log.len.max(*len);
            known.sessions.insert(session_of(&log));
            known.logs.insert(log.digest.clone(), log);
        }
        known
    }

    /// Whether the log at `path` is shorter now than it was: what it told then is not refuted by
    /// its silence.
    pub(crate) fn is_shorter(&self, path: &str, len: u64) -> bool {
        self.lens.get(path).is_some_and(|&then| len < then)
    }

    /// Looks at all files below `inputs`, and notes in `cache` what they are. What is new and
    /// cannot be read, or is no log, is added to `report`.
    pub(crate) fn find_new(
        &self,
        inputs: &[PathBuf],
        removals: &Removals,
        cache: &mut LogCache,
        report: &mut BuildReport,
    ) -> Result<NewLogs, BuildError> {
        let files = find_files(inputs, &mut report.files_failed)?;
        let looked: Vec<_> = files.par_iter().map(|path| self.look(path, cache)).collect();
        let (mut sessions, mut marks) = (BTreeMap::<_, Vec<usize>>::new(), BTreeMap::new());
        let (mut new, mut known) = (BTreeSet::new(), 0);
        for (at, (path, looked)) in files.iter().zip(looked).enumerate() {
            let name = path.to_str();
            match looked {
                Ok(Looked::NoLog { stamp, is_new }) => {
                    if is_new || inputs.contains(path) {
                        note_unknown(path, inputs, report)?;
                    }
                    name.inspect(|name| cache.insert(name, stamp, None));
                }
                Ok(Looked::Log { session, mark, is_known }) => {
                    name.inspect(|name| cache.insert(name, mark.stamp, Some(mark.digest.clone())));
                    let is_removed = removals.sessions.contains(&session.id)
                        || name.is_some_and(|name| is_removed_log(removals, name));
                    known += u64::from(is_known);
                    if !is_known && !is_removed {
                        new.insert(at);
                    }
                    sessions.entry(session).or_default().push(at);
                    marks.insert(at, mark);
                }
                Err(error) => {
                    let words = crate::words_of(&error);
                    report.files_failed.push((path.clone(), words));
                }
            }
        }
        if sessions.is_empty() {
            let files = files.len() as u64;
            return Err(BuildError::NoLogs { files });
        }
        sessions.retain(|_, places| places.iter().any(|place| new.contains(place)));
        report.facts.logs_read = new.len() as u64;
        let grown = sessions.keys().filter(|session| self.sessions.contains(session));
        Ok(NewLogs {
            logs: Logs {
                grown: grown.cloned().collect(),
                files,
                sessions,
                marks,
                removals: removals.clone(),
            },
            new,
            known,
        })
    }

    /// Opens a file only if neither its name and times nor its content are known.
    fn look(&self, path: &Path, cache: &LogCache) -> Result<Looked, LogError> {
        let refused = |source| LogError::Io { path: path.to_path_buf(), source };
        let stamp = FileStamp::of(path).map_err(refused)?;
        let cached = path.to_str().and_then(|name| cache.get(name, stamp));
        if cached == Some(None) {
            let is_new = false;
            return Ok(Looked::NoLog { stamp, is_new });
        }
        let digest = cached.flatten();
        if let Some(digest) = digest
            && let Some(log) = self.logs.get(digest)
            // One that was moved may be of another session: some are named by their file.
            && Path::new(&log.path) == path
        {
            let session = session_of(log);
            let digest = digest.to_owned();
            let mark = LogMark { stamp, digest };
            let is_known = true;
            return Ok(Looked::Log { session, mark, is_known });
        }
        let Some(session) = sniff_log(path)? else {
            let is_new = true;
            return Ok(Looked::NoLog { stamp, is_new });
        };
        let digest = match digest {
            Some(digest) => digest.to_owned(),
            None => digest_of_file(path).map_err(refused)?,
        };
        let is_known = self.logs.contains_key(&digest);
        let mark = LogMark { stamp, digest };
        Ok(Looked::Log { session, mark, is_known })
    }
}

fn session_of(log: &LogFile) -> Session {
    Session { tool: log.tool.clone(), id: log.session_id.clone() }
}
