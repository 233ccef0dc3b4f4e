//! What a scan would read and how long it would take, before it is begun.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use seepage_index::Index;
use seepage_shards::{FoundShard, Shard, ShardError};

use crate::jobs::progress::Progress;
use crate::jobs::stop::Stop;
use crate::jobs::threads;
use crate::scan::plan::ScanPlan;
use crate::scan::record::block::{ScanBuffers, scan_block};
use crate::scan::record::finder::Finder;
use crate::scan::summary::FailedShard;
use crate::scan::unit::BlockOutcome;
use crate::scan::work::ScanError;

/// How long the sample takes, where there is enough to read.
const SAMPLE: Duration = Duration::from_secs(2);
/// Of each shard so many bytes on disk are sampled before the next one: many shards tell more than one.
const SHARD_SAMPLE_LEN: u64 = 8 << 20;

/// What a scan would read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Shards that can be opened, by container.
    pub formats: BTreeMap<String, Amount>,
    /// The text fields that would be scanned, with the number of shards.
    pub text_fields: BTreeMap<String, u64>,
    /// Shards that cannot be opened, in order.
    pub shards_failed: Vec<FailedShard>,
    /// Where there is an index to scan with.
    pub sample: Option<Sample>,
}

/// Shards of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// How many.
    pub shards: u64,
    /// On disk.
    pub bytes: u64,
}

/// A part of the corpus that was scanned to see how fast that goes. What it found is not kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Bytes on disk read.
    pub bytes: u64,
    /// Bytes of text scanned.
    pub text_bytes: u64,
    /// Wall time.
    pub seconds: f64,
    /// Threads used.
    pub threads: usize,
    /// How long a scan of everything would take at this pace.
    pub seconds_whole: Option<f64>,
}

impl Estimate {
    /// Shards and bytes of all kinds together.
    pub fn total(&self) -> Amount {
        let add = |sum: Amount, one: &Amount| Amount {
            shards: sum.shards + one.shards,
            bytes: sum.bytes + one.bytes,
        };
        self.formats.values().fold(Amount::default(), add)
    }
}

/// Opens every shard of `plan`, and with an index scans some of them for two seconds.
///
/// # Errors
/// As [`crate::scan_shards`]. A shard that cannot be opened is part of the estimate.
pub fn estimate_scan(
    plan: &ScanPlan,
    index: Option<&Index>,
    progress: &Progress,
) -> Result<Estimate, ScanError> {
    if index.is_some_and(Index::is_of_nothing) {
        return Err(ScanError::NoPassages);
    }
    let pool = threads::pool(plan.threads).map_err(ScanError::Threads)?;
    let found = plan.find_shards();
    let bytes = found.iter().flatten().map(|shard| shard.len).sum();
    progress.add_files_total(found.len() as u64);
    progress.add_bytes_total(bytes);
    let opened: Vec<_> = pool.install(|| {
        let open = |found: &Result<FoundShard, ShardError>| {
            let opened = open(plan, found);
            progress.add_files_done(1);
            progress.add_bytes_done(found.as_ref().map_or(0, |found| found.len));
            opened
        };
        found.par_iter().map(open).collect()
    });
    let mut estimate = Estimate::default();
    let mut shards = vec![];
    for (found, opened) in found.iter().zip(opened) {
        match (found, opened) {
            (Ok(found), Ok((format, fields))) => {
                let amount = estimate.formats.entry(format.to_owned()).or_default();
                amount.shards += 1;
                amount.bytes += found.len;
                for field in fields {
                    *estimate.text_fields.entry(field).or_default() += 1;
                }
                shards.push((found, format));
            }
            (_, Err(failed)) => estimate.shards_failed.push(failed),
            (Err(_), Ok(_)) => {}
        }
    }
    if let Some(index) = index {
        let backgrounds =
            crate::background::open_all(&plan.backgrounds).map_err(ScanError::Background)?;
        let finder = Finder::new(plan, index, &backgrounds)?;
        let sampler = Sampler {
            plan,
            finder,
            shards,
            taken: AtomicUsize::new(0),
            deadline: Instant::now() + SAMPLE,
            sampled: Mutex::default(),
        };
        estimate.sample = Some(sampler.run(&pool, &estimate.formats));
    }
    Ok(estimate)
}

/// The container of a shard and its text fields.
fn open(
    plan: &ScanPlan,
    found: &Result<FoundShard, ShardError>,
) -> Result<(&'static str, Vec<String>), FailedShard> {
    let failed =
        |shard: String, error: &ShardError| FailedShard { shard, why: crate::words_of(error) };
    let found =
        found.as_ref().map_err(|error| failed(error.path().display().to_string(), error))?;
    let shard = seepage_shards::open_shard(&found.path, &plan.read)
        .map_err(|error| failed(found.name.clone(), &error))?;
    let fields = shard.text_fields().iter().map(ToString::to_string);
    Ok((shard.format().name(), fields.collect()))
}

/// What the threads of a sample share.
struct Sampler<'s> {
    plan: &'s ScanPlan,
    finder: Finder<'s>,
    shards: Vec<(&'s FoundShard, &'static str)>,
    /// Shards that a thread has taken.
    taken: AtomicUsize,
    deadline: Instant,
    sampled: Mutex<BTreeMap<&'static str, Sampled>>,
}

/// What was sampled of one container.
#[derive(Clone, Copy, Debug, Default)]
struct Sampled {
    bytes: u64,
    text_bytes: u64,
    /// Of all threads together.
    busy: Duration,
}

impl Sampled {
    fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.text_bytes += other.text_bytes;
        self.busy += other.busy;
    }
}

impl Sampler<'_> {
    fn run(self, pool: &rayon::ThreadPool, formats: &BTreeMap<String, Amount>) -> Sample {
        let started = Instant::now();
        let threads = pool.current_num_threads();
        pool.scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|_| self.sample());
            }
        });
        let seconds = started.elapsed().as_secs_f64();
        let sampled = self.sampled.into_inner().unwrap_or_default();
        let mut all = Sampled::default();
        for one in sampled.values() {
            all.add(*one);
        }
        Sample {
            bytes: all.bytes,
            text_bytes: all.text_bytes,
            seconds,
            threads,
            seconds_whole: seconds_whole(formats, &sampled, all, threads),
        }
    }

    /// Samples shard after shard until the time is up.
    fn sample(&self) {
        let mut buffers = ScanBuffers::default();
        while Instant::now() < self.deadline {
            let turn = self.taken.fetch_add(1, Ordering::Relaxed);
            let Some(&(found, format)) = nth_spread(&self.shards, turn) else {
                return;
            };
            let started = Instant::now();
            let mut sampled = self.sample_shard(found, &mut buffers);
            sampled.busy = started.elapsed();
            if let Ok(mut all) = self.sampled.lock() {
                all.entry(format).or_default().add(sampled);
            }
        }
    }

    /// Scans a shard from its start until enough of it is read. One that breaks off has been sampled so far.
    fn sample_shard(&self, found: &FoundShard, buffers: &mut ScanBuffers) -> Sampled {
        let mut sampled = Sampled::default();
        let Ok(mut shard) = seepage_shards::open_shard(&found.path, &self.plan.read) else {
            return sampled;
        };
        let is_enough = |shard: &Shard| {
            shard.bytes_consumed() >= SHARD_SAMPLE_LEN || Instant::now() >= self.deadline
        };
        let stop = Stop::default();
        loop {
            let Ok(Some(block)) = shard.next_block() else {
                // At its end all of it was read, whatever a reader of footers and columns counts.
                sampled.bytes = found.len;
                return sampled;
            };
            let mut outcome = BlockOutcome::default();
            scan_block(&self.finder, &stop, &block, buffers, &mut outcome);
            sampled.text_bytes += outcome.counts.text_bytes;
            if is_enough(&shard) {
                sampled.bytes = shard.bytes_consumed().min(found.len);
                return sampled;
            }
        }
    }
}

/// The place in `turn` of an order that is spread over all of `shards`: neighbours are alike.
fn nth_spread<T>(shards: &[T], turn: usize) -> Option<&T> {
    // Steps of the golden ratio, made coprime with the count so that each shard comes once.
    let count = shards.len();
    if turn >= count {
        return None;
    }
    let mut step = (count as f64 * 0.618) as usize;
    while step > 1 && gcd(step, count) > 1 {
        step -= 1;
    }
    shards.get(turn.wrapping_mul(step.max(1)) % count)
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Each container at its own pace, and one that was not sampled at that of all; `None` where nothing was sampled.
fn seconds_whole(
    formats: &BTreeMap<String, Amount>,
    sampled: &BTreeMap<&'static str, Sampled>,
    all: Sampled,
    threads: usize,
) -> Option<f64> {
    if all.bytes == 0 {
        return None;
    }
    let seconds = formats.iter().map(|(format, amount)| {
        let own = sampled.get(format.as_str()).filter(|own| own.bytes > 0);
        let pace = own.unwrap_or(&all);
        pace.busy.as_secs_f64() * amount.bytes as f64 / pace.bytes as f64
    });
    Some(seconds.sum::<f64>() / threads as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shard_has_its_turn_once_and_the_first_turns_are_far_apart() {
        for count in 0..200 {
            let shards: Vec<usize> = (0..count).collect();
            let mut turns: Vec<usize> =
                (0..count + 5).filter_map(|turn| nth_spread(&shards, turn).copied()).collect();
            if count >= 10 {
                assert!(turns[0].abs_diff(turns[1]) > count / 4, "{count}");
            }
            turns.sort_unstable();
            assert_eq!(turns, shards);
        }
    }

    #[test]
    fn each_container_counts_at_its_own_pace_and_an_unsampled_one_at_that_of_all() {
        let amount = |bytes| Amount { shards: 1, bytes };
        let formats = [("fast", 1000), ("slow", 1000), ("unseen", 300)]
            .map(|(name, bytes)| (name.to_owned(), amount(bytes)))
            .into();
        let sampled =
            |bytes, seconds| Sampled { bytes, text_bytes: 0, busy: Duration::from_secs(seconds) };
        let by_format = [("fast", sampled(100, 1)), ("slow", sampled(50, 4))].into();
        // 10 + 80 + 300 * 5 / 150 seconds of a thread.
        let whole = |threads| seconds_whole(&formats, &by_format, sampled(150, 5), threads);
        assert_eq!((whole(1), whole(4)), (Some(100.0), Some(25.0)));
        assert_eq!(seconds_whole(&formats, &[].into(), sampled(0, 0), 1), None);
    }
}
