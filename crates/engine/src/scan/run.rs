//! A corpus against an index: many units at a time, and many blocks of one unit.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use seepage_index::Index;
use seepage_shards::{
    Block, FoundShard, Shard, ShardChange, ShardError, Stamp, open_piece, read_beside, stamp_of,
};

use crate::jobs::progress::Progress;
use crate::jobs::stop::Stop;
use crate::jobs::threads;
use crate::scan::checkpoint::KnownUnit;
use crate::scan::identity::{Identity, Whole, identify};
use crate::scan::incremental::{IncrementalFinders, IncrementalIndex};
use crate::scan::named_fields::{NamedField, met_in};
use crate::scan::packages::package_of;
use crate::scan::parts::write_part;
use crate::scan::plan::RunKey;
use crate::scan::plan::ScanPlan;
use crate::scan::record::block::{ScanBuffers, scan_block};
use crate::scan::record::finder::Finder;
use crate::scan::recorder::{Recorder, STOPPED};
use crate::scan::results::ScanResults;
use crate::scan::shard_list::{ShardList, Unit};
use crate::scan::sink::FindingSink;
use crate::scan::summary::ScanSummary;
use crate::scan::unit::{BlockOutcome, UnitBlocks, UnitResult};
use crate::scan::work::{ScanError, ScanWork};

/// Blocks of one unit that wait for a thread. When so many wait, the reader scans the next one itself: it never
/// blocks, and memory stays bounded.
const BLOCKS_WAITING_MAX: usize = 4;

/// Scans all shards of `plan`, or those of one partition. Who listens gets the findings while the scan goes on; all of it
/// is in the results. A shard that cannot be read is in the results, too, and never an error of the scan.
pub fn scan_shards(
    plan: &ScanPlan,
    index: &Index,
    work: ScanWork<'_>,
    listener: Option<&mut dyn FindingSink>,
) -> Result<ScanResults, ScanError> {
    let started = Instant::now();
    if index.is_of_nothing() {
        return Err(ScanError::NoPassages);
    }
    let pool = threads::pool(plan.threads).map_err(ScanError::Threads)?;
    let partition = work.partition.as_ref().map(|(partition, _)| *partition);
    let (list, unseen) = pool.install(|| {
        let list = ShardList::of(plan, partition);
        let unseen = NamedField::unseen(&list, &plan.read);
        (list, unseen)
    });
    let fields_unseen: Vec<String> = unseen.iter().map(NamedField::words).collect();
    let (bytes_on_disk, shards) = (list.bytes(), list.shards_count() as u64);
    tracing::info!(shards, bytes = bytes_on_disk, "scan begins");
    work.progress.add_files_total(shards);
    work.progress.add_bytes_total(bytes_on_disk);

    let incremental = IncrementalIndex::all(index, work.checkpoint.as_ref());
    let threads = pool.current_num_threads();
    // The cast shortens the sink's lifetime to that of what the threads share.
    let listener = listener.map(|sink| (sink as &mut dyn FindingSink, index));
    let recorder = Recorder::new(&list, work.checkpoint, listener)?;
    let scan = Scan {
        plan,
        finders: IncrementalFinders::new(plan, index, &incremental)?,
        list: &list,
        unseen: &unseen,
        states: ShardState::of(&list),
        replayed: AtomicU64::new(0),
        incremental: AtomicU64::new(0),
        progress: work.progress,
        stop: work.stop,
        keeps: recorder.keeps(),
        is_interrupted: AtomicBool::new(false),
        is_closed: AtomicBool::new(false),
        buffers: Mutex::default(),
        recorder: Mutex::new(recorder),
    };
    let next = AtomicUsize::new(0);
    pool.scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|_| scan.units(&next));
        }
    });
    let is_stopped = work.stop.asked().is_some();
    let is_interrupted = scan.is_interrupted.load(Ordering::Relaxed);
    let summary = ScanSummary {
        threads,
        bytes_on_disk,
        skips_accepted: plan.skips_accepted.clone(),
        demote_at: plan.demote_at,
        fields_missing: fields_unseen.clone(),
        git_left_out: list.git_left_out,
        // Of a corpus of nothing no part is clean either.
        is_part: partition.is_some() && list.units_all > 0,
        pieces_replayed: scan.replayed.into_inner(),
        pieces_incremental: scan.incremental.into_inner(),
        ..ScanSummary::default()
    };
    let recorder = scan.recorder.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut results = results_of(recorder, &list, summary, is_stopped)?;
    results.summary.is_stopped |= is_interrupted;
    if let Some((partition, report)) = &work.partition
        && !results.summary.is_stopped
    {
        let run = RunKey::of(plan, index).map_err(ScanError::Background)?;
        write_part(&results, report, list.part_head(*partition, plan, fields_unseen), run)?;
    }
    results.summary.seconds = started.elapsed().as_secs_f64();
    Ok(results)
}

/// What the units of `list` came to that have an end: all of them, unless the scan `is_stopped`.
fn results_of(
    mut recorder: Recorder<'_>,
    list: &ShardList,
    mut summary: ScanSummary,
    is_stopped: bool,
) -> Result<ScanResults, ScanError> {
    if is_stopped {
        recorder.end_begun();
    }
    let (journal, places) = recorder.finish()?;
    let units = list.units.iter().map(|unit| unit.shard).zip(places);
    let units: Vec<_> = units.filter_map(|(shard, place)| Some((shard, place?))).collect();
    let begun: BTreeSet<usize> = units.iter().map(|(shard, _)| *shard).collect();
    let shards: Vec<_> = list.shards.iter().map(|shard| Arc::clone(&shard.name)).collect();
    let ours: BTreeSet<usize> = list.units.iter().map(|unit| unit.shard).collect();
    let unread = ours.difference(&begun).map(|&shard| (shard, list.shards[shard].len()));
    let unread: Vec<_> = unread.collect();
    summary.shards_unread = unread.len() as u64;
    // A scan that was asked to stop behind its last shard was not stopped.
    summary.is_stopped = units.len() < list.units.len();
    Ok(ScanResults { journals: vec![journal], units, shards, unread, summary })
}

/// How far the units of one shard have come.
#[derive(Debug, Default)]
struct ShardState {
    units_left: AtomicU32,
    has_failed: AtomicBool,
}

impl ShardState {
    /// Of all shards, before any unit has begun.
    fn of(list: &ShardList) -> Vec<Self> {
        let mut states = vec![];
        states.resize_with(list.shards.len(), Self::default);
        for unit in &list.units {
            *states[unit.shard].units_left.get_mut() += 1;
        }
        states
    }
}

/// What the threads of one scan share.
struct Scan<'s> {
    plan: &'s ScanPlan,
    finders: IncrementalFinders<'s>,
    list: &'s ShardList,
    /// Fields to look for in all records.
    unseen: &'s [NamedField],
    states: Vec<ShardState>,
    /// Units that were taken from the journal.
    replayed: AtomicU64,
    /// Units that were looked at for the new segments only.
    incremental: AtomicU64,
    progress: &'s Progress,
    stop: &'s Stop,
    /// There is a journal, so that units have to be identified.
    keeps: bool,
    /// A unit was left before its end, because the scan was asked to stop.
    is_interrupted: AtomicBool,
    /// The recorder takes no more.
    is_closed: AtomicBool,
    /// Buffers that no thread uses just now.
    buffers: Mutex<Vec<ScanBuffers>>,
    recorder: Mutex<Recorder<'s>>,
}

impl<'s> Scan<'s> {
    /// Scans units until none is left.
    fn units(&self, next: &AtomicUsize) {
        while !self.is_over() {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(&unit) = self.list.units.get(number) else {
                break;
            };
            self.unit(number, unit);
        }
    }

    /// Scans one unit, or takes it from the journal, and tells the recorder. A unit that is interrupted has no end.
    fn unit(&self, number: usize, unit: Unit) {
        let listed = &self.list.shards[unit.shard];
        let ended = match &listed.found {
            Ok(found) => self.piece(number, unit, found),
            Err(error) => Ok(Some((UnitResult::failed(crate::words_of(error)), None))),
        };
        let (end, identity) = match ended {
            Ok(None) => return,
            Ok(Some(ended)) => ended,
            Err(error) => {
                self.progress.add_bytes_done(self.list.len_of(unit));
                (UnitResult::failed(crate::words_of(&error)), None)
            }
        };
        if let Some(why) = &end.failure {
            tracing::warn!(shard = &*listed.name, piece = unit.piece, why, "shard failed");
            self.states[unit.shard].has_failed.store(true, Ordering::Relaxed);
        }
        self.tell(|recorder| recorder.ended(number, end, identity));
        self.unit_done(unit);
    }

    fn unit_done(&self, unit: Unit) {
        let state = &self.states[unit.shard];
        if state.units_left.fetch_sub(1, Ordering::Relaxed) == 1 {
            let has_failed = state.has_failed.load(Ordering::Relaxed);
            if !has_failed {
                let name = &*self.list.shards[unit.shard].name;
                tracing::debug!(shard = name, "shard read");
            }
            self.progress.add_files_failed(u64::from(has_failed));
            self.progress.add_files_done(1);
        }
    }

    /// `None`: interrupted, or taken from the journal.
    fn piece(
        &self,
        number: usize,
        unit: Unit,
        found: &FoundShard,
    ) -> Result<Option<(UnitResult, Option<Identity>)>, ShardError> {
        let stamp = self.stamp(unit, found)?;
        let piece = self.list.piece(unit);
        let open = || open_piece(&found.path, piece, &self.plan.read);
        let (mut opened, mut identity, mut known) = (None, None, None);
        if let (true, Some(stamp)) = (self.keeps, &stamp) {
            // How a piece is read, is said by the whole shard.
            if piece.count > 1 {
                opened = Some(open()?);
            }
            let whole = Whole { found, stamp, beside: read_beside(&found.path, &self.plan.read) };
            let Some(identified) = identify(&whole, (piece, opened.as_ref()), self.stop)? else {
                return Ok(None);
            };
            if self.replayed(number, unit, found, &identified) {
                return Ok(None);
            }
            known = self.tell(|recorder| recorder.known(number, &identified));
            identity = Some(identified);
        }
        let shard = match opened {
            Some(shard) => shard,
            None => open()?,
        };
        let end = self.blocks((number, unit), found, shard, known.as_ref());
        if self.is_over() {
            self.is_interrupted.store(true, Ordering::Relaxed);
            // What was found up to here is not lost.
            let stopped = UnitResult { failure: Some(STOPPED.to_owned()), ..end };
            return Ok(self.stop.asked().map(|_| (stopped, None)));
        }
        self.incremental.fetch_add(u64::from(known.is_some()), Ordering::Relaxed);
        // It says so itself where the shard is not what it was.
        let end = match self.stamp(unit, found) {
            Err(error) if end.failure.is_none() => {
                UnitResult { failure: Some(crate::words_of(&error)), ..end }
            }
            _ => end,
        };
        Ok(Some((end, identity)))
    }

    /// What the shard is now: an error if it was something else when it was listed, or when its first unit was read. A
    /// repository is a directory, and has no stamp.
    fn stamp(&self, unit: Unit, found: &FoundShard) -> Result<Option<Stamp>, ShardError> {
        if found.path.is_dir() {
            return Ok(None);
        }
        let stamp = stamp_of(&found.path)?;
        let first = self.list.shards[unit.shard].stamp.get_or_init(|| stamp.clone());
        if *first != stamp || stamp.len() != found.len {
            let change = ShardChange { had: first.clone(), has: stamp };
            // No more than the length is known of what was listed; the first stamp may be too late.
            let change = (change.had != change.has).then(|| Box::new(change));
            return Err(ShardError::Changed { path: found.path.clone(), change });
        }
        Ok(Some(stamp))
    }

    fn replayed(&self, number: usize, unit: Unit, found: &FoundShard, identity: &Identity) -> bool {
        let package_of = |format: &str| package_of(&self.plan.inputs, found, format);
        let replay = |recorder: &mut Recorder<'s>| recorder.replay(number, identity, &package_of);
        let Some(end) = self.tell(replay) else {
            return false;
        };
        self.progress.add_bytes_done(self.list.len_of(unit));
        self.progress.add_records_done(end.counts.records_read);
        self.progress.add_text_bytes_done(end.counts.text_bytes);
        self.progress.add_records_flagged(end.counts.records_flagged);
        self.replayed.fetch_add(1, Ordering::Relaxed);
        self.unit_done(unit);
        true
    }

    /// Reads an opened piece to its end.
    fn blocks(
        &self,
        (number, unit): (usize, Unit),
        found: &FoundShard,
        mut shard: Shard,
        known: Option<&KnownUnit>,
    ) -> UnitResult {
        let (mut blocks_count, mut failure, mut consumed) = (0, None, 0);
        let blocks = Mutex::new(UnitBlocks::default());
        let is_lines = shard.format().name() == "json-lines";
        let waiting = AtomicUsize::new(0);
        rayon::scope(|scope| {
            while !self.is_over() {
                let block = match shard.next_block() {
                    Ok(Some(block)) => block,
                    Ok(None) => break,
                    Err(error) => {
                        failure = Some(crate::words_of(&error));
                        break;
                    }
                };
                let place = (number, blocks_count);
                blocks_count += 1;
                self.report_bytes(&shard, &mut consumed);
                if waiting.load(Ordering::Relaxed) >= BLOCKS_WAITING_MAX {
                    self.block(place, known, (&block, is_lines), &blocks);
                    continue;
                }
                waiting.fetch_add(1, Ordering::Relaxed);
                let (waiting, blocks) = (&waiting, &blocks);
                scope.spawn(move |_| {
                    self.block(place, known, (&block, is_lines), blocks);
                    waiting.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        let len = self.list.len_of(unit);
        self.progress.add_bytes_done(len.saturating_sub(consumed));
        let blocks = blocks.into_inner().unwrap_or_else(PoisonError::into_inner);
        let end = blocks.finish();
        let text_fields = shard.text_fields().iter();
        let format = shard.format().name();
        UnitResult {
            failure: end.failure.or(failure),
            format: Some(format.to_owned()),
            text_fields: text_fields.map(|field| field.as_str().to_owned()).collect(),
            fields_left: shard.fields_left().iter().map(ToString::to_string).collect(),
            package: package_of(&self.plan.inputs, found, format),
            ..end
        }
    }

    fn report_bytes(&self, shard: &Shard, consumed: &mut u64) {
        let now = shard.bytes_consumed();
        self.progress.add_bytes_done(now.saturating_sub(*consumed));
        *consumed = now.max(*consumed);
    }

    /// Scans one block with buffers of its own.
    fn block(
        &self,
        (unit, number): (usize, usize),
        known: Option<&KnownUnit>,
        (block, is_lines): (&Block, bool),
        blocks: &Mutex<UnitBlocks>,
    ) {
        let mut buffers = self.buffers().pop().unwrap_or_default();
        let mut scan = |finder: &Finder<'s>| {
            let mut outcome = BlockOutcome::default();
            scan_block(finder, self.stop, block, &mut buffers, &mut outcome);
            outcome
        };
        let mut outcome = self.finders.scan(known, number as u64, &mut scan);
        if !self.unseen.is_empty() {
            outcome.fields_met = met_in(block, number, is_lines, self.unseen);
        }
        self.buffers().push(buffers);
        self.progress.add_records_done(outcome.counts.records_read);
        self.progress.add_text_bytes_done(outcome.counts.text_bytes);
        self.progress.add_records_flagged(outcome.counts.records_flagged);
        let skipped = outcome.counts.records_skipped();
        self.progress.add_records_skipped(skipped);
        let flagged = outcome.findings.iter().filter(|found| found.is_flagged());
        self.progress.add_findings(flagged.count() as u64);
        // Held while the findings are handed on, so that those of the next block come behind them.
        let mut blocks = blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let findings = blocks.block_done(number, outcome);
        if !findings.is_empty() {
            self.tell(|recorder| recorder.found(unit, findings));
        }
    }

    /// Whether there is no point in going on.
    fn is_over(&self) -> bool {
        self.stop.asked().is_some() || self.is_closed.load(Ordering::Relaxed)
    }

    // A thread that panicked left no half-made state behind: both locks guard whole insertions.
    fn tell<T>(&self, what: impl FnOnce(&mut Recorder<'s>) -> T) -> T {
        let recorder = self.recorder.lock();
        let mut recorder = recorder.unwrap_or_else(PoisonError::into_inner);
        let told = what(&mut recorder);
        self.is_closed.fetch_or(!recorder.is_open(), Ordering::Relaxed);
        told
    }

    fn buffers(&self) -> MutexGuard<'_, Vec<ScanBuffers>> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
