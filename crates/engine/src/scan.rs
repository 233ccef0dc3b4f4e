//! A corpus against an index: many shards at a time, and many blocks of one shard.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use seepage_detect::ResemblanceMin;
use seepage_index::{BackgroundError, Index, OpenError, Pace};
use seepage_shards::{Block, FoundShard, Ignored, ReadOptions, Shard, ShardError, SkipReason};

use crate::collect::{BlockOutcome, Collector, FindingSink, ShardEnd};
use crate::equipment::Equipment;
use crate::packages::package_of;
use crate::records::{Buffers, Finder, Origin, scan_block};
use crate::threads::{self, ThreadsError};
use crate::{Progress, ScanSummary};

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
        let ignored = if self.respect_gitignore {
            Ignored::LeftOut
        } else {
            Ignored::Found
        };
        let mut found = seepage_shards::find_shards(&self.inputs, ignored);
        for shard in found.iter_mut().flatten() {
            if Some(&shard.path) == self.stdin.as_ref() {
                "-".clone_into(&mut shard.name);
            }
        }
        found
    }
}

/// A scan could not be carried through.
#[derive(Debug)]
#[non_exhaustive]
pub enum ScanError {
    /// A background could not be read or used.
    Background(BackgroundError),
    /// The index could not say where its passages come from.
    Index(OpenError),
    /// The sink could not take a finding.
    Sink(io::Error),
    /// The thread pool could not be started.
    Threads(ThreadsError),
}

/// Blocks of one shard that wait for a thread. When so many wait, the reader scans the next one itself: it never
/// blocks, and memory stays bounded.
const BLOCKS_WAITING_MAX: usize = 4;

/// Scans all shards of `plan`. A shard that cannot be read is in the summary and never an error of the scan.
pub fn scan_shards(
    plan: &ScanPlan,
    index: &Index,
    progress: &Progress,
    sink: &mut dyn FindingSink,
) -> Result<ScanSummary, ScanError> {
    let started = Instant::now();
    let pool = threads::pool(plan.threads).map_err(ScanError::Threads)?;
    let shards = plan.find_shards();
    let bytes_on_disk = shards.iter().flatten().map(|shard| shard.len).sum();
    tracing::info!(shards = shards.len(), bytes = bytes_on_disk, "scan begins");
    progress.add_files_total(shards.len() as u64);
    progress.add_bytes_total(bytes_on_disk);

    let equipment = Equipment::read(plan, index)?;
    let threads = pool.current_num_threads();
    let blank = ScanSummary {
        threads,
        bytes_on_disk,
        skips_accepted: plan.skips_accepted.clone(),
        demote_at: plan.demote_at,
        ..ScanSummary::default()
    };
    let scan = Scan {
        plan,
        finder: equipment.finder(plan, index)?,
        progress,
        buffers: Mutex::default(),
        collector: Mutex::new(Collector::new(sink, blank)),
    };
    let next = AtomicUsize::new(0);
    pool.scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|_| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(found) = shards.get(number) else {
                        break;
                    };
                    scan.shard(number, found);
                }
            });
        }
    });
    let collector = scan
        .collector
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let mut summary = collector.finish().map_err(ScanError::Sink)?;
    summary.seconds = started.elapsed().as_secs_f64();
    tracing::info!(
        verdict = summary.verdict().name(),
        shards_read = summary.shards_read,
        shards_skipped = summary.shards_skipped,
        shards_failed = summary.shards_failed.len(),
        records_read = summary.records_read,
        records_flagged = summary.records_flagged,
        seconds = summary.seconds,
        "scan ends"
    );
    Ok(summary)
}

/// What the threads of one scan share.
struct Scan<'s> {
    plan: &'s ScanPlan,
    finder: Finder<'s>,
    progress: &'s Progress,
    /// Buffers that no thread uses just now.
    buffers: Mutex<Vec<Buffers>>,
    collector: Mutex<Collector<'s>>,
}

impl<'s> Scan<'s> {
    /// Reads one shard to its end, and tells the collector.
    fn shard(&self, number: usize, found: &Result<FoundShard, ShardError>) {
        let end = match found {
            Ok(found) => self.blocks(number, found),
            Err(error) => ShardEnd::unopened(error.path().display().to_string().into(), error),
        };
        if let Some(why) = &end.failure {
            tracing::warn!(shard = &*end.name, why, "shard failed");
        } else {
            tracing::debug!(shard = &*end.name, "shard read");
        }
        self.progress
            .add_files_failed(u64::from(end.failure.is_some()));
        self.progress.add_files_done(1);
        self.collector().shard_done(number, end);
    }

    fn blocks(&self, number: usize, found: &FoundShard) -> ShardEnd {
        let name: Arc<str> = found.name.as_str().into();
        let mut shard = match seepage_shards::open_shard(&found.path, &self.plan.read) {
            Ok(shard) => shard,
            Err(error) => {
                self.progress.add_bytes_done(found.len);
                return ShardEnd::unopened(name, &error);
            }
        };
        let origin = Origin {
            name: Arc::clone(&name),
            package: package_of(&self.plan.inputs, found, shard.format()),
        };
        let (mut blocks, mut failure, mut consumed) = (0, None, 0);
        let waiting = AtomicUsize::new(0);
        rayon::scope(|scope| {
            while self.collector().is_open() {
                let block = match shard.next_block() {
                    Ok(Some(block)) => block,
                    Ok(None) => break,
                    Err(error) => {
                        failure = Some(crate::words_of(&error));
                        break;
                    }
                };
                let place = (number, blocks);
                blocks += 1;
                self.report_bytes(&shard, &mut consumed);
                if waiting.load(Ordering::Relaxed) >= BLOCKS_WAITING_MAX {
                    self.block(place, &origin, &block);
                    continue;
                }
                waiting.fetch_add(1, Ordering::Relaxed);
                let (origin, waiting) = (&origin, &waiting);
                scope.spawn(move |_| {
                    self.block(place, origin, &block);
                    waiting.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        self.progress
            .add_bytes_done(found.len.saturating_sub(consumed));
        let text_fields = shard
            .text_fields()
            .iter()
            .map(|field| field.as_str().to_owned())
            .collect();
        ShardEnd {
            name,
            blocks,
            failure,
            format: Some(shard.format().name()),
            text_fields,
        }
    }

    fn report_bytes(&self, shard: &Shard, consumed: &mut u64) {
        let now = shard.bytes_consumed();
        self.progress.add_bytes_done(now.saturating_sub(*consumed));
        *consumed = now.max(*consumed);
    }

    /// Scans one block with buffers of its own.
    fn block(&self, (shard, number): (usize, usize), origin: &Origin, block: &Block) {
        let mut buffers = self.buffers().pop().unwrap_or_default();
        let mut outcome = BlockOutcome::default();
        scan_block(&self.finder, origin, block, &mut buffers, &mut outcome);
        self.buffers().push(buffers);
        self.progress.add_records_done(outcome.records_read);
        self.progress.add_text_bytes_done(outcome.text_bytes);
        self.progress.add_records_flagged(outcome.records_flagged);
        self.progress
            .add_records_skipped(outcome.skipped.values().sum());
        let flagged = outcome.findings.iter().filter(|found| found.is_flagged());
        self.progress.add_findings(flagged.count() as u64);
        self.collector().block_done(shard, number, outcome);
    }

    // A thread that panicked left no half-made state behind: both locks guard whole insertions.
    fn collector(&self) -> MutexGuard<'_, Collector<'s>> {
        self.collector
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn buffers(&self) -> MutexGuard<'_, Vec<Buffers>> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ShardEnd {
    fn unopened(name: Arc<str>, error: &ShardError) -> Self {
        let failure = Some(crate::words_of(error));
        Self {
            name,
            blocks: 0,
            failure,
            format: None,
            text_fields: vec![],
        }
    }
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Background(error) => error.fmt(f),
            Self::Index(_) => f.write_str("the index could not say where its passages come from"),
            Self::Sink(_) => f.write_str("a finding could not be written"),
            Self::Threads(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ScanError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Background(error) => error.source(),
            Self::Index(source) => Some(source),
            Self::Sink(source) => Some(source),
            Self::Threads(_) => None,
        }
    }
}
