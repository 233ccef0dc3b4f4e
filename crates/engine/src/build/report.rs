//! What a build came to, or why it did not.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::PathBuf;

use seepage_index::{BackgroundError, BuildFacts, OpenError, UnreadUnit, WriteError};
use seepage_logs::BrokenLine;

use crate::jobs::threads::ThreadsError;

/// What a build read, and what it could not read.
#[derive(Clone, Debug, Default)]
pub struct BuildReport {
    /// The numbers, as kept in the index.
    pub facts: BuildFacts,
    /// Lines that could not be parsed, in order of session and line; the first 1,000.
    pub lines_broken: Vec<BrokenLine>,
    /// Files that are no log of a known tool, sorted.
    pub files_unknown: Vec<PathBuf>,
    /// Files that could not be read, and why, in words.
    pub files_failed: Vec<(PathBuf, String)>,
    /// Records of types that this build does not know, by type; the first 1,000 in order of the alphabet, and the others.
    pub records_unknown: BTreeMap<String, u64>,
    /// Texts that were taken out of the index before, and that nothing brings back.
    pub texts_removed: u64,
}

impl BuildReport {
    /// Puts into the facts what is known by name once all logs were read.
    pub(crate) fn settle(&mut self) {
        let Self { facts, files_failed, files_unknown, records_unknown, .. } = self;
        facts.files_failed = files_failed.len() as u64;
        let failed = files_failed.iter().map(|(path, why)| (path, why.as_str()));
        let unknown = files_unknown.iter().map(|path| (path, "not a log of a known tool"));
        for (path, why) in failed.chain(unknown) {
            facts.add_unread(UnreadUnit::Files, why, 1, Some(&path.to_string_lossy()));
        }
        for (kind, count) in records_unknown {
            facts.add_unread(UnreadUnit::Records, &format!("type `{kind}`"), *count, None);
        }
    }
}

/// An index could not be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// A path that was named does not exist or could not be entered.
    Input {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that was named is no log of a known tool.
    NotALog {
        /// Which.
        path: PathBuf,
    },
    /// No log of a known tool among the inputs.
    NoLogs {
        /// Files looked at.
        files: u64,
    },
    /// A background could not be read or used.
    Background(BackgroundError),
    /// An index is added to or merged with the backgrounds that it was built with, and with no others.
    OtherBackgrounds {
        /// BLAKE3, in hex, of those that were not given.
        missing: Vec<String>,
        /// Those that the index was not built with.
        foreign: Vec<PathBuf>,
    },
    /// The backgrounds suppress this share of what the models wrote, which is too much.
    Suppressed {
        /// From 0 to 1.
        share: f64,
    },
    /// The index could not be written.
    Write(WriteError),
    /// The disk is full.
    NoRoom {
        /// What could not be written.
        path: PathBuf,
        /// Bytes that the index and what is kept aside for it may take together, by what was read so far.
        needed: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The thread pool could not be started.
    Threads(ThreadsError),
}

impl BuildError {
    pub(crate) fn open(error: OpenError) -> Self {
        Self::Write(WriteError::Open(error))
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input { path, .. } => {
                write!(f, "log path `{}` could not be read", path.display())
            }
            Self::NotALog { path } => {
                write!(f, "`{}` is not a log of a known tool", path.display())
            }
            Self::NoLogs { files } => {
                write!(f, "none of the {files} files is a log of a known tool")
            }
            Self::Background(error) => error.fmt(f),
            Self::OtherBackgrounds { missing, foreign } => {
                f.write_str("the index was built with other backgrounds")?;
                for digest in missing {
                    write!(f, "; the one with the BLAKE3 hash {digest} is missing")?;
                }
                for path in foreign {
                    write!(f, "; `{}` is not one of its own", path.display())?;
                }
                Ok(())
            }
            Self::Suppressed { share } => write!(
                f,
                "the backgrounds suppress {:.1} % of what the models wrote, which is more than half",
                100.0 * share
            ),
            Self::Write(_) => f.write_str("the index could not be written"),
            Self::NoRoom { path, .. } => {
                write!(f, "no room for the index: `{}` could not be written", path.display())
            }
            Self::Threads(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Input { source, .. } | Self::NoRoom { source, .. } => Some(source),
            Self::Background(error) => error.source(),
            Self::Write(source) => Some(source),
            Self::NotALog { .. }
            | Self::NoLogs { .. }
            | Self::OtherBackgrounds { .. }
            | Self::Suppressed { .. }
            | Self::Threads(_) => None,
        }
    }
}
