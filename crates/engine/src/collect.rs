//! Brings what many threads found into one order, and adds it up.
//!
//! Blocks end in any order; they reach the sink in the order of shard and block, so that the same input gives the same
//! output whatever the number of threads. What waits is bounded by the shards that are read at one time.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use seepage_detect::Tier;
use seepage_shards::SkipReason;

use crate::demotion::{Pending, Settled};
use crate::held_row::HeldRow;
use crate::packages::Packages;
use crate::{FailedShard, RecordFinding, ScanSummary, SkippedRow};

/// Takes the flagged findings, and those that would be but for the record's time, in order of shard and row, whatever the number of threads.
pub trait FindingSink: Send {
    /// Takes one. An error ends the scan.
    fn found(&mut self, finding: &RecordFinding) -> io::Result<()>;
}

/// What one block came to.
#[derive(Debug, Default)]
pub(crate) struct BlockOutcome {
    pub(crate) findings: Vec<RecordFinding>,
    pub(crate) records_read: u64,
    pub(crate) records_repaired: u64,
    pub(crate) records_flagged: u64,
    pub(crate) records_undated: u64,
    pub(crate) records_judged: u64,
    pub(crate) text_bytes: u64,
    pub(crate) bytes_judged: u64,
    pub(crate) weak: u64,
    pub(crate) skipped: BTreeMap<SkipReason, u64>,
    /// The first of them, at most [`ScanSummary::SKIPPED_FIRST_MAX`].
    pub(crate) skipped_first: Vec<SkippedRow>,
    /// The block could not be read, or not to its end.
    pub(crate) failure: Option<String>,
}

/// How a shard ended.
#[derive(Debug)]
pub(crate) struct ShardEnd {
    pub(crate) name: Arc<str>,
    /// Blocks given, whatever became of them.
    pub(crate) blocks: usize,
    /// The shard could not be opened, or not read to its end.
    pub(crate) failure: Option<String>,
    pub(crate) format: Option<&'static str>,
    pub(crate) text_fields: Vec<String>,
}

/// Puts blocks and shards in order. Shards and blocks are numbered from 0.
pub(crate) struct Collector<'s> {
    sink: &'s mut dyn FindingSink,
    summary: ScanSummary,
    packages: Packages,
    /// Flagged findings, where those of widespread passages are to be demoted.
    pending: Option<Pending>,
    blocks: BTreeMap<(usize, usize), BlockOutcome>,
    ends: BTreeMap<usize, ShardEnd>,
    shard: usize,
    block: usize,
    current: CurrentShard,
    error: Option<io::Error>,
}

/// What the shard in turn has come to so far.
#[derive(Default)]
struct CurrentShard {
    records_read: u64,
    records_skipped: u64,
    failure: Option<String>,
    /// Findings of its last row so far.
    held: HeldRow,
}

impl<'s> Collector<'s> {
    pub(crate) fn new(sink: &'s mut dyn FindingSink, summary: ScanSummary) -> Self {
        Self {
            sink,
            packages: Packages::default(),
            pending: summary.demote_at.map(|_| Pending::default()),
            summary,
            blocks: BTreeMap::new(),
            ends: BTreeMap::new(),
            shard: 0,
            block: 0,
            current: CurrentShard::default(),
            error: None,
        }
    }

    pub(crate) fn block_done(&mut self, shard: usize, block: usize, outcome: BlockOutcome) {
        self.blocks.insert((shard, block), outcome);
        self.drain();
    }

    pub(crate) fn shard_done(&mut self, shard: usize, end: ShardEnd) {
        self.ends.insert(shard, end);
        self.drain();
    }

    /// Whether the sink still takes findings.
    pub(crate) fn is_open(&self) -> bool {
        self.error.is_none()
    }

    /// The sum of everything, once every shard is done.
    pub(crate) fn finish(self) -> Result<ScanSummary, io::Error> {
        debug_assert!(self.error.is_some() || (self.blocks.is_empty() && self.ends.is_empty()));
        let mut summary = self.summary;
        summary.packages = self.packages.counts();
        if let Some(pending) = self.pending {
            let Settled {
                records_flagged,
                findings,
                findings_demoted,
            } = pending.settle(|passage| summary.is_demoted(passage));
            summary.records_flagged = records_flagged;
            summary.findings_demoted = findings_demoted;
            summary.findings.extend(findings);
        }
        self.error.map_or(Ok(summary), Err)
    }

    /// Hands on all that is in turn.
    fn drain(&mut self) {
        loop {
            if let Some(outcome) = self.blocks.remove(&(self.shard, self.block)) {
                self.block += 1;
                self.add_block(outcome);
            } else if self
                .ends
                .get(&self.shard)
                .is_some_and(|end| end.blocks == self.block)
            {
                if let Some(end) = self.ends.remove(&self.shard) {
                    self.add_shard(end);
                }
                self.shard += 1;
                self.block = 0;
            } else {
                return;
            }
        }
    }

    fn add_block(&mut self, outcome: BlockOutcome) {
        let summary = &mut self.summary;
        summary.records_read += outcome.records_read;
        summary.records_repaired += outcome.records_repaired;
        summary.records_flagged += outcome.records_flagged;
        summary.records_undated += outcome.records_undated;
        summary.records_judged += outcome.records_judged;
        summary.text_bytes += outcome.text_bytes;
        summary.bytes_judged += outcome.bytes_judged;
        if outcome.weak > 0 {
            *summary.findings.entry(Tier::Weak).or_default() += outcome.weak;
        }
        self.current.records_read += outcome.records_read;
        for (reason, count) in outcome.skipped {
            *summary.records_skipped.entry(reason).or_default() += count;
            self.current.records_skipped += count;
        }
        let room = ScanSummary::SKIPPED_FIRST_MAX - summary.skipped_first.len();
        summary
            .skipped_first
            .extend(outcome.skipped_first.into_iter().take(room));
        self.current.failure = self.current.failure.take().or(outcome.failure);
        let (findings, flagged_twice) = self.current.held.push(outcome.findings);
        summary.records_flagged -= flagged_twice;
        self.add_findings(&findings);
    }

    /// Adds the findings of a block: those of a record come one after the other.
    fn add_findings(&mut self, findings: &[RecordFinding]) {
        if let Some(pending) = &mut self.pending {
            for record in findings.chunk_by(|a, b| a.row == b.row) {
                pending.add_record(record);
            }
        }
        let summary = &mut self.summary;
        for finding in findings {
            self.packages.add(finding.finding.passage, finding.package);
            if finding.predates {
                summary.findings_predating += 1;
            } else if self.pending.is_none() {
                *summary.findings.entry(finding.finding.tier).or_default() += 1;
            }
            if self.error.is_none()
                && let Err(error) = self.sink.found(finding)
            {
                self.error = Some(error);
            }
        }
    }

    fn add_shard(&mut self, end: ShardEnd) {
        let left = self.current.held.take();
        self.add_findings(&left);
        let current = std::mem::take(&mut self.current);
        let summary = &mut self.summary;
        if let Some(format) = end.format {
            *summary.formats.entry(format.to_owned()).or_default() += 1;
        }
        for field in end.text_fields {
            *summary.text_fields.entry(field).or_default() += 1;
        }
        if let Some(why) = current.failure.or(end.failure) {
            summary.shards_failed.push(FailedShard {
                shard: end.name.to_string(),
                why,
            });
        } else if current.records_read == 0 && current.records_skipped > 0 {
            summary.shards_skipped += 1;
        } else {
            summary.shards_read += 1;
        }
    }
}
