//! How a scan is carried out, and what can keep it from its end.

use std::fmt;
use std::io;
use std::path::PathBuf;

use seepage_index::{BackgroundError, OpenError};

use crate::jobs::progress::Progress;
use crate::jobs::stop::Stop;
use crate::jobs::threads::ThreadsError;
use crate::scan::checkpoint::Checkpoint;
use crate::scan::journal::JournalError;
use crate::scan::partition::Partition;

/// How a scan is carried out; nothing of it changes what is found.
#[derive(Debug)]
pub struct ScanWork<'w> {
    /// Raised as the work goes on.
    pub progress: &'w Progress,
    /// Looked at between records.
    pub stop: &'w Stop,
    /// Finished units are taken from it, and put into it.
    pub checkpoint: Option<Checkpoint>,
    /// Scan this partition only, and write its results as a part into the report in this directory.
    pub partition: Option<(Partition, PathBuf)>,
}

/// A scan could not be carried through.
#[derive(Debug)]
#[non_exhaustive]
pub enum ScanError {
    /// A background could not be read or used.
    Background(BackgroundError),
    /// The index holds no passage that can be found, so that every corpus would be clean.
    NoPassages,
    /// The index could not say where its passages come from.
    Index(OpenError),
    /// The index could not say where one passage comes from.
    Provenance {
        /// The passage.
        passage: u32,
        /// What the index said.
        source: OpenError,
    },
    /// The sink could not take a finding.
    Sink(io::Error),
    /// The thread pool could not be started.
    Threads(ThreadsError),
    /// What was found could not be written down or read back.
    Journal(JournalError),
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Background(error) => error.fmt(f),
            Self::NoPassages => f.write_str("the index holds no passage that can be found"),
            Self::Index(_) => f.write_str("the index could not say where its passages come from"),
            Self::Provenance { passage, .. } => {
                write!(f, "the index could not say where passage {passage} came from")
            }
            Self::Sink(_) => f.write_str("a finding could not be written"),
            Self::Threads(error) => error.fmt(f),
            Self::Journal(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ScanError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Background(error) => error.source(),
            Self::Journal(error) => error.source(),
            Self::Index(source) | Self::Provenance { source, .. } => Some(source),
            Self::Sink(source) => Some(source),
            Self::NoPassages | Self::Threads(_) => None,
        }
    }
}

impl From<JournalError> for ScanError {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}
