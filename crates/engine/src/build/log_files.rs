//! Which files are logs, and which of them belong to one session.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use seepage_index::{FileStamp, LogCache, LogFile, Passage, Removals, digest_of_file};
use seepage_logs::{Session, is_read_with_log};

use crate::build::report::BuildError;
use crate::build::report::BuildReport;

/// Log files by session.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    /// All files that were found, sorted.
    pub(crate) files: Vec<PathBuf>,
    /// The places of each session's logs among them, ascending.
    pub(crate) sessions: BTreeMap<Session, Vec<usize>>,
    /// What is known of some of them already.
    pub(crate) marks: BTreeMap<usize, LogMark>,
    /// Sessions that an index holds some of already.
    pub(crate) grown: BTreeSet<Session>,
    /// What must not be read back.
    pub(crate) removals: Removals,
}

/// A log as it was when it was looked at.
#[derive(Clone, Debug)]
pub(crate) struct LogMark {
    pub(crate) stamp: FileStamp,
    /// BLAKE3 of its bytes, in hex.
    pub(crate) digest: String,
}

impl LogMark {
    /// Reads a file for its digest. What is written to it from now on makes it another one.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let stamp = FileStamp::of(path)?;
        let digest = digest_of_file(path)?;
        Ok(Self { stamp, digest })
    }
}

impl Logs {
    /// The logs below the inputs. Files that are none, and those that could not be read, are added to `report`.
    pub(crate) fn find(inputs: &[PathBuf], report: &mut BuildReport) -> Result<Self, BuildError> {
        let files = find_files(inputs, &mut report.files_failed)?;
        let sessions = group_sessions(&files, inputs, report)?;
        Ok(Self { files, sessions, ..Self::default() })
    }

    /// Whether what each of its authors wrote was taken out of the index: this text, or all of such an origin.
    pub(crate) fn are_removed(&self, passage: &Passage) -> bool {
        let removals = &self.removals;
        passage.authors.iter().all(|author| {
            let from = &author.provenance;
            let text = || Removals::text_of(&from.session_id, passage.content());
            removals.cover(&from.session_id, &from.log_path, from.authored_at)
                || is_removed_log(removals, &from.log_path)
                || !removals.texts.is_empty() && removals.texts.contains(&text())
        })
    }

    /// What is known of a log, or what a look at it says.
    pub(crate) fn mark(&self, at: usize) -> io::Result<LogMark> {
        let known = self.marks.get(&at).cloned();
        known.map_or_else(|| LogMark::of(&self.files[at]), Ok)
    }

    /// The logs that were read, as an index lists them.
    pub(crate) fn listed(&self, read: &BTreeMap<usize, LogMark>) -> Vec<LogFile> {
        let mut listed = vec![];
        for (session, places) in &self.sessions {
            for &at in places {
                if let Some(mark) = read.get(&at) {
                    listed.push(LogFile {
                        path: self.files[at].to_string_lossy().into_owned(),
                        len: mark.stamp.len,
                        digest: mark.digest.clone(),
                        tool: session.tool.clone(),
                        session_id: session.id.clone(),
                    });
                }
            }
        }
        listed
    }

    /// Notes in `cache` what was read.
    pub(crate) fn note(&self, read: &BTreeMap<usize, LogMark>, cache: &mut LogCache) {
        for (&at, mark) in read {
            // A name that is not UTF-8 may be that of two files.
            if let Some(path) = self.files[at].to_str() {
                cache.insert(path, mark.stamp, Some(mark.digest.clone()));
            }
        }
    }

    /// Bytes on disk.
    pub(crate) fn len(&self) -> u64 {
        let logs = self.sessions.values().flatten();
        len_of(logs.map(|&log| &self.files[log]))
    }
}

/// Whether a log was taken out of an index, by its name or by its place: one file may be spelled in two ways.
pub(crate) fn is_removed_log(removals: &Removals, path: &str) -> bool {
    removals.logs.contains(path) || removals.logs.contains(&place_of(path))
}

/// The path from the root, without asking the disk.
pub(crate) fn place_of(path: &str) -> String {
    let place = std::path::absolute(path);
    place.map_or_else(|_| path.to_owned(), |place| place.to_string_lossy().into_owned())
}

/// Bytes of files on disk.
pub(crate) fn len_of<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> u64 {
    let lens = paths.into_iter().filter_map(|path| path.metadata().ok());
    lens.map(|meta| meta.len()).sum()
}

/// Every regular file below the inputs, sorted and without repeats, but for those that are read with the log of their
/// session. Links are followed; a file that is met under several names is read under one, its own if that is below the
/// inputs. A link that leads nowhere or back to where it stands is added to `failed`.
pub(crate) fn find_files(
    inputs: &[PathBuf],
    failed: &mut Vec<(PathBuf, String)>,
) -> Result<Vec<PathBuf>, BuildError> {
    let (mut files, mut linked) = (BTreeSet::new(), vec![]);
    for input in inputs {
        input.metadata().map_err(|source| BuildError::Input { path: input.clone(), source })?;
        let walk =
            ignore::WalkBuilder::new(input).standard_filters(false).follow_links(true).build();
        let mut below_link: Option<PathBuf> = None;
        for entry in walk {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    failed.push((input.clone(), error.to_string()));
                    continue;
                }
            };
            let path = entry.path();
            let is_below = below_link.as_ref().is_some_and(|link| path.starts_with(link));
            if entry.path_is_symlink() && !is_below {
                below_link = Some(path.to_path_buf());
            }
            let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
            if !is_file || entry.depth() > 0 && is_read_with_log(path) {
                continue;
            }
            if is_below || entry.path_is_symlink() && entry.depth() > 0 {
                linked.push(entry.into_path());
            } else {
                files.insert(entry.into_path());
            }
        }
    }
    let real = |path: &PathBuf| path.canonicalize().ok();
    let mut known: BTreeSet<PathBuf> =
        if linked.is_empty() { BTreeSet::new() } else { files.iter().filter_map(real).collect() };
    linked.sort_unstable();
    for path in linked {
        // One that cannot be named so is named as it was met.
        if real(&path).is_none_or(|real| known.insert(real)) {
            files.insert(path);
        }
    }
    Ok(files.into_iter().collect())
}

/// Adds a file to `report` that is no log.
///
/// # Errors
/// It is one of the inputs.
pub(crate) fn note_unknown(
    path: &Path,
    inputs: &[PathBuf],
    report: &mut BuildReport,
) -> Result<(), BuildError> {
    if inputs.iter().any(|input| input == path) {
        return Err(BuildError::NotALog { path: path.to_path_buf() });
    }
    report.facts.files_unknown += 1;
    report.files_unknown.push(path.to_path_buf());
    Ok(())
}

/// The log files among `files`, by session. Files of other content are named.
fn group_sessions(
    files: &[PathBuf],
    inputs: &[PathBuf],
    report: &mut BuildReport,
) -> Result<BTreeMap<Session, Vec<usize>>, BuildError> {
    let sniffed: Vec<_> = files.par_iter().map(|path| seepage_logs::sniff_log(path)).collect();
    let mut sessions: BTreeMap<Session, Vec<usize>> = BTreeMap::new();
    for (at, (path, session)) in files.iter().zip(sniffed).enumerate() {
        match session {
            Ok(Some(session)) => {
                report.facts.logs_read += 1;
                sessions.entry(session).or_default().push(at);
            }
            Ok(None) => note_unknown(path, inputs, report)?,
            Err(error) => report.files_failed.push((path.clone(), crate::words_of(&error))),
        }
    }
    if sessions.is_empty() {
        return Err(BuildError::NoLogs { files: files.len() as u64 });
    }
    Ok(sessions)
}
