//! Which files are logs, and which of them belong to one session.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rayon::prelude::*;
use seepage_logs::{LogHead, Tool};

use crate::{BuildError, BuildReport};

/// Log files by session.
#[derive(Debug)]
pub(crate) struct Logs {
    /// All files that were found, sorted.
    pub(crate) files: Vec<PathBuf>,
    /// The places of each session's logs among them, ascending.
    pub(crate) sessions: BTreeMap<(Tool, String), Vec<usize>>,
}

impl Logs {
    /// The logs below the inputs. Files that are none, and those that could not be read, are added to `report`.
    pub(crate) fn find(inputs: &[PathBuf], report: &mut BuildReport) -> Result<Self, BuildError> {
        let files = find_files(inputs, &mut report.files_failed)?;
        let sessions = group_sessions(&files, report)?;
        Ok(Self { files, sessions })
    }

    /// Bytes on disk.
    pub(crate) fn len(&self) -> u64 {
        let logs = self.sessions.values().flatten();
        len_of(logs.map(|&log| &self.files[log]))
    }
}

/// Bytes of files on disk.
pub(crate) fn len_of<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> u64 {
    let lens = paths.into_iter().filter_map(|path| path.metadata().ok());
    lens.map(|meta| meta.len()).sum()
}

/// Every regular file below the inputs, sorted and without repeats.
fn find_files(
    inputs: &[PathBuf],
    failed: &mut Vec<(PathBuf, String)>,
) -> Result<Vec<PathBuf>, BuildError> {
    let mut files = vec![];
    for input in inputs {
        input.metadata().map_err(|source| BuildError::Input {
            path: input.clone(),
            source,
        })?;
        for entry in ignore::WalkBuilder::new(input)
            .standard_filters(false)
            .build()
        {
            match entry {
                Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                    files.push(entry.into_path());
                }
                // A named symbolic link to a file is followed, one met on the way is not: its target is met too.
                Ok(entry) if entry.depth() == 0 && entry.path().is_file() => {
                    files.push(entry.into_path());
                }
                Ok(_) => {}
                Err(error) => failed.push((input.clone(), error.to_string())),
            }
        }
    }
    files.sort_unstable();
    files.dedup();
    Ok(files)
}

/// The log files among `files`, by session. Files of other content are counted.
fn group_sessions(
    files: &[PathBuf],
    report: &mut BuildReport,
) -> Result<BTreeMap<(Tool, String), Vec<usize>>, BuildError> {
    let heads: Vec<_> = files
        .par_iter()
        .map(|path| seepage_logs::sniff_log(path))
        .collect();
    let mut sessions = BTreeMap::<_, Vec<_>>::new();
    for (at, (path, head)) in files.iter().zip(heads).enumerate() {
        match head {
            Ok(Some(LogHead { tool, session_id })) => {
                report.facts.logs_read += 1;
                sessions.entry((tool, session_id)).or_default().push(at);
            }
            Ok(None) => report.facts.files_unknown += 1,
            Err(error) => report
                .files_failed
                .push((path.clone(), crate::words_of(&error))),
        }
    }
    if sessions.is_empty() {
        return Err(BuildError::NoLogs {
            files: files.len() as u64,
        });
    }
    Ok(sessions)
}
