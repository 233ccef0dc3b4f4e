//! Log files to an index.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use seepage_fingerprint::Analyzer;
use seepage_index::{Background, BuildFacts, LogCache, SegmentOrigin, SegmentWriter, WriteError};
use seepage_logs::{Class, LogOptions};

use crate::build::index_passages::index_passages;
use crate::build::log_files::Logs;
use crate::build::report::{BuildError, BuildReport};
use crate::build::sessions::read_sessions;
use crate::build::spool::Spool;
use crate::build::writing::{Shares, equip, spill_error, write_cache};
use crate::jobs::progress::Progress;
use crate::jobs::threads;

/// What to build.
#[derive(Clone, Debug)]
pub struct BuildPlan {
    /// Log files, and directories to walk.
    pub inputs: Vec<PathBuf>,
    /// Where the index goes.
    pub output: PathBuf,
    /// Index what the models wrote as these classes.
    pub classes: BTreeSet<Class>,
    /// Files of fingerprints that are common in human text, beside the built-in one.
    pub backgrounds: Vec<PathBuf>,
    /// Write the index although these suppress more than half of what the models wrote.
    pub accept_suppressed: bool,
    /// Bytes of memory to do with. A single session and the names of all log files are held, however large.
    pub memory: usize,
    /// 0: one a core.
    pub threads: usize,
}

/// Bytes on disk for each byte of authored text: the text twice, of the fingerprints (one in 15 bytes) 24 bytes while they
/// are sorted and 13 in the index.
const ROOM_PER_BYTE: u128 = 5;
/// With more of what models wrote suppressed, a clean corpus means little.
pub const SUPPRESSED_MAX: f64 = 0.5;
/// An index of next to nothing takes so much.
const ROOM_MIN: u64 = 1 << 20;

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
    let options = LogOptions { classes: plan.classes.clone() };
    let read = read_sessions(logs, &options, shares.logs, &mut spool, report, progress)
        .map_err(spill_error(&writer))?;
    report.settle();
    writer.set_origin(SegmentOrigin {
        logs: logs.listed(&read),
        classes: plan.classes.clone(),
        ..SegmentOrigin::default()
    });
    write(spool, writer, shares, plan.accept_suppressed, &mut report.facts)?;
    let mut cache = LogCache::default();
    logs.note(&read, &mut cache);
    write_cache(&cache, &plan.output);
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

/// Writes the passages in the order of their writing. A text met again is the first one's: whoever wrote it later copied.
fn write(
    spool: Spool,
    writer: SegmentWriter,
    shares: Shares,
    accept_suppressed: bool,
    facts: &mut BuildFacts,
) -> Result<(), BuildError> {
    let spilled = spill_error(&writer);
    let mut passages = spool.finish().map_err(&spilled)?;
    let mut next = |len| passages.next_few(len).map_err(&spilled);
    let (writer, indexed) = index_passages(writer, shares, facts, &mut next)?;
    indexed.note(facts);
    facts.duplicates += passages.duplicates;
    let share = facts.suppressed_share();
    if share > SUPPRESSED_MAX && !accept_suppressed {
        return Err(BuildError::Suppressed { share });
    }
    writer.finish(facts).map_err(BuildError::Write)
}
