//! What to scan, how the work is carried out, and what can keep it from its end.

use std::fmt;
use std::io;
use std::path::PathBuf;

use seepage_detect::ResemblanceMin;
use seepage_fingerprint::Pace;
use seepage_index::{BackgroundError, OpenError};
use seepage_shards::{FoundShard, Ignored, ReadOptions, ShardError, SkipReason};

use crate::threads::ThreadsError;
use crate::{Checkpoint, JournalError, Partition, Progress, Stop};

/// What to scan.
#[derive(Clone, Debug)]
pub struct ScanPlan {
    /// Shards, and directories to walk.
    pub inputs: Vec<PathBuf>,
    /// The input that holds what came on standard input; its name in findings is `-`.
    pub stdin: Option<PathBuf>,
    /// Leave out what git would not track below the inputs.
    pub respect_gitignore: bool,
    /// How shards are read. With a `time_field`, records older than a passage are not flagged for it.
    pub read: ReadOptions,
    /// Skips of these kinds do not count against the verdict.
    pub skips_accepted: Vec<SkipReason>,
    /// Files of fingerprints that are common in human text, beside the built-in one.
    pub backgrounds: Vec<PathBuf>,
    /// Report records that resemble a passage as a whole at least so much, too.
    pub resemblance: Option<ResemblanceMin>,
    /// How many anchors of each text are looked up.
    pub pace: Pace,
    /// Passages found in so many packages, at most 1,000, flag nothing.
    pub demote_at: Option<u32>,
    /// 0: one a core.
    pub threads: usize,
}

impl ScanPlan {
    /// The shards to scan, in their order.
    pub fn find_shards(&self) -> Vec<Result<FoundShard, ShardError>> {
        let ignored = if self.respect_gitignore { Ignored::LeftOut } else { Ignored::Found };
        let mut found = seepage_shards::find_shards(&self.inputs, ignored);
        for shard in found.iter_mut().flatten() {
            if Some(&shard.path) == self.stdin.as_ref() {
                "-".clone_into(&mut shard.name);
            }
        }
        found
    }
}

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
    /// Somebody asked it to stop.
    Stopped {
        /// Shards that were read to their end, or given up.
        shards_done: u64,
        /// All shards.
        shards: u64,
    },
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Background(error) => error.fmt(f),
            Self::Index(_) => f.write_str("the index could not say where its passages come from"),
            Self::Provenance { passage, .. } => {
                write!(f, "the index could not say where passage {passage} came from")
            }
            Self::Sink(_) => f.write_str("a finding could not be written"),
            Self::Threads(error) => error.fmt(f),
            Self::Journal(error) => error.fmt(f),
            Self::Stopped { shards_done, shards } => {
                write!(f, "stopped: {shards_done} of {shards} shards are done")
            }
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
            Self::Threads(_) | Self::Stopped { .. } => None,
        }
    }
}

impl From<JournalError> for ScanError {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}
