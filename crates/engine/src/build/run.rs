//! Log files to an index.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use seepage_fingerprint::Analyzer;
use seepage_index::{
    Background, BackgroundError, BuildFacts, LogCache, OpenError, SegmentOrigin, SegmentWriter,
    WriteError,
};
use seepage_logs::{BrokenLine, LogOptions};

use crate::build::filing::file_passages;
use crate::build::log_files::Logs;
use crate::build::sessions::read_sessions;
use crate::build::spool::Spool;
use crate::jobs::progress::Progress;
use crate::jobs::threads::{self, ThreadsError};

/// What to build.
#[derive(Clone, Debug)]
pub struct BuildPlan {
    /// Log files, and directories to walk.
    pub inputs: Vec<PathBuf>,
    /// Where the index goes.
    pub output: PathBuf,
    /// Index the models' prose too.
    pub prose: bool,
    /// Files of fingerprints that are common in human text, beside the built-in one.
    pub backgrounds: Vec<PathBuf>,
    /// Bytes of memory to do with. A single session and the names of all log files are held, however large.
    pub memory: usize,
    /// 0: one a core.
    pub threads: usize,
}

/// Bytes on disk for each byte of authored text: the text twice, of the fingerprints (one in 15 bytes) 24 bytes while they
/// are sorted and 13 in the index.
const ROOM_PER_BYTE: u128 = 5;
/// An index of next to nothing takes so much.
const ROOM_MIN: u64 = 1 << 20;

/// Bytes of texts that threads work at between two waits for each other, where there is memory for them and what is made of
/// them: enough to keep many busy.
const AT_ONCE_MAX: usize = 16 << 20;

/// Bytes that a build takes whatever it builds: the program, its background, buffers.
const MEMORY_FIXED: usize = 32 << 20;

/// What a build read, and what it could not read.
#[derive(Clone, Debug, Default)]
pub struct BuildReport {
    /// The numbers, as kept in the index.
    pub facts: BuildFacts,
    /// Lines that could not be parsed, in order of session and line; the first 1,000.
    pub lines_broken: Vec<BrokenLine>,
    /// Files that could not be read, and why, in words.
    pub files_failed: Vec<(PathBuf, String)>,
    /// Records of types that this build does not know, by type; the first 1,000 in order of the alphabet, and the others.
    pub records_unknown: BTreeMap<String, u64>,
    /// Texts that were taken out of the index before, and that nothing brings back.
    pub texts_removed: u64,
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

/// Reads the logs and writes the index. The same logs give the same bytes, whatever the number of threads.
pub fn build_index(plan: &BuildPlan, progress: &Progress) -> Result<BuildReport, BuildError> {
    let pool = threads::pool(plan.threads).map_err(BuildError::Threads)?;
    pool.install(|| build(plan, progress))
}

fn build(plan: &BuildPlan, progress: &Progress) -> Result<BuildReport, BuildError> {
    let backgrounds =
        crate::background::open_all(&plan.backgrounds).map_err(BuildError::Background)?;
    let mut report = BuildReport::default();
    let logs = Logs::find(&plan.inputs, &mut report)?;
    progress.add_files_total(report.facts.logs_read);
    progress.add_bytes_total(logs.len());

    let built = read_and_write(plan, backgrounds, &logs, &mut report, progress);
    built.map_err(|error| name_room(error, &report.facts, progress))?;
    Ok(report)
}

fn read_and_write(
    plan: &BuildPlan,
    backgrounds: Vec<Arc<Background>>,
    logs: &Logs,
    report: &mut BuildReport,
    progress: &Progress,
) -> Result<(), BuildError> {
    let shares = Shares::of(plan.memory);
    let mut writer =
        SegmentWriter::create(&plan.output, Analyzer::default()).map_err(BuildError::Write)?;
    equip(&mut writer, shares, backgrounds)?;
    let mut spool = Spool::new(writer.aside(), shares.texts);
    let options = LogOptions { prose: plan.prose };
    let read = read_sessions(logs, options, shares.logs, &mut spool, report, progress)
        .map_err(spill_error(&writer))?;
    report.facts.files_failed = report.files_failed.len() as u64;
    writer.set_origin(SegmentOrigin {
        logs: logs.listed(&read),
        prose: plan.prose,
        ..SegmentOrigin::default()
    });
    write(spool, writer, shares, &mut report.facts)?;
    let mut cache = LogCache::default();
    logs.note(&read, &mut cache);
    write_cache(&cache, &plan.output);
    Ok(())
}

/// Tells a new writer what memory it has, and what is common in human text.
pub(crate) fn equip(
    writer: &mut SegmentWriter,
    shares: Shares,
    backgrounds: Vec<Arc<Background>>,
) -> Result<(), BuildError> {
    writer.limit_memory(shares.pairs);
    for background in backgrounds {
        let suppressed = writer.suppress(background);
        suppressed.map_err(BuildError::Background)?;
    }
    Ok(())
}

/// Says how much room a build needs that found none.
fn name_room(error: BuildError, facts: &BuildFacts, progress: &Progress) -> BuildError {
    let is_full = |source: &io::Error| {
        matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    };
    match error {
        BuildError::Write(WriteError::Io { path, source }) if is_full(&source) => {
            // What the logs that were read hold, they all hold.
            let read = u128::from(progress.bytes_done()).max(1);
            let texts = u128::from(facts.bytes_authored - facts.bytes_subtracted);
            let texts = texts * u128::from(progress.bytes_total()).max(read) / read;
            let needed = u64::try_from(texts * ROOM_PER_BYTE).unwrap_or(u64::MAX);
            BuildError::NoRoom { path, needed: needed.max(ROOM_MIN), source }
        }
        error => error,
    }
}

/// Without the cache an index is whole, and adding to it takes longer.
pub(crate) fn write_cache(cache: &LogCache, index: &Path) {
    if let Err(error) = cache.write(index) {
        tracing::warn!(index = %index.display(), %error, "the cache of the logs could not be written");
    }
}

/// Writes the passages in the order of their writing. A text met again is the first one's: whoever wrote it later copied.
fn write(
    spool: Spool,
    writer: SegmentWriter,
    shares: Shares,
    facts: &mut BuildFacts,
) -> Result<(), BuildError> {
    let spilled = spill_error(&writer);
    let mut passages = spool.finish().map_err(&spilled)?;
    let mut next = |len| passages.next_few(len).map_err(&spilled);
    let (writer, _) = file_passages(writer, shares, facts, &mut next)?;
    facts.duplicates += passages.duplicates;
    writer.finish(facts).map_err(BuildError::Write)
}

/// An error of what is kept aside of an index until it is written.
pub(crate) fn spill_error(writer: &SegmentWriter) -> impl Fn(io::Error) -> BuildError + use<> {
    let path = writer.aside().to_owned();
    move |source| {
        let path = path.clone();
        BuildError::Write(WriteError::Io { path, source })
    }
}

/// What the memory of a build is for, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shares {
    /// Logs that are being read.
    pub(crate) logs: usize,
    /// Texts that wait for their turn.
    pub(crate) texts: usize,
    /// Fingerprints with their passages.
    pub(crate) pairs: usize,
    /// What families are found with.
    pub(crate) families: usize,
    /// Texts that all threads work at before they are written.
    pub(crate) at_once: usize,
}

impl Shares {
    /// Reading is over when fingerprints are made, so that both take the same half.
    pub(crate) fn of(memory: usize) -> Self {
        let memory = memory.saturating_sub(MEMORY_FIXED);
        Self {
            logs: memory / 2,
            texts: memory / 4,
            pairs: memory / 2,
            families: memory / 8,
            at_once: (memory / 32).min(AT_ONCE_MAX),
        }
    }
}

impl BuildError {
    pub(crate) fn open(error: OpenError) -> Self {
        Self::Write(WriteError::Open(error))
    }
}

impl std::fmt::Display for BuildError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Input { path, .. } => {
                write!(f, "log path `{}` could not be read", path.display())
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
            Self::NoLogs { .. } | Self::OtherBackgrounds { .. } | Self::Threads(_) => None,
        }
    }
}
