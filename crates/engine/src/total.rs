//! The sum of the units, in the order of shard and piece, and the one way to a sink.

use std::collections::BTreeSet;
use std::sync::Arc;

use seepage_detect::Tier;

use crate::collect::FindingSink;
use crate::demotion::{Pending, Settled};
use crate::list::ShardList;
use crate::packages::Packages;
use crate::part::PartWriter;
use crate::unit::UnitEnd;
use crate::work::ScanError;
use crate::{FailedShard, RecordFinding, ScanSummary, SkippedRow};

/// The sum of all units so far.
pub(crate) struct Total<'s> {
    sink: &'s mut dyn FindingSink,
    summary: ScanSummary,
    packages: Packages,
    /// Flagged findings, where those of widespread passages are to be demoted.
    pending: Option<Pending>,
    current: CurrentShard,
    /// Where the units are written, too, as one part of a scan.
    part: Option<PartWriter>,
}

/// What the shard in turn has come to so far.
#[derive(Default)]
struct CurrentShard {
    /// Of the units before the one in turn.
    rows: u64,
    records_read: u64,
    failure: Option<String>,
    format: Option<String>,
    text_fields: BTreeSet<String>,
}

impl<'s> Total<'s> {
    pub(crate) fn new(sink: &'s mut dyn FindingSink, summary: ScanSummary) -> Self {
        Self {
            sink,
            packages: Packages::default(),
            pending: summary.demote_at.map(|_| Pending::default()),
            summary,
            current: CurrentShard::default(),
            part: None,
        }
    }

    /// From now on writes all units into `part`, too.
    pub(crate) fn write_into(&mut self, part: PartWriter) {
        self.part = Some(part);
    }

    /// Adds findings of the unit in turn: those of a record come one after the other, and together. Their rows, until now
    /// those of the unit, become those of the shard. Rows behind a unit that failed are counted without those it lost.
    pub(crate) fn add_findings(
        &mut self,
        mut findings: Vec<RecordFinding>,
        list: &ShardList,
        number: usize,
    ) -> Result<(), ScanError> {
        let shard = &list.shards[list.units[number].shard];
        if let Some(part) = &mut self.part {
            part.findings(list.number_of(number), &findings)?;
        }
        for finding in &mut findings {
            finding.shard = Arc::clone(&shard.name);
            finding.row += self.current.rows;
            if let Some(other) = &mut finding.other_row {
                *other += self.current.rows;
                let rule = format!("{}, together with row {other}", finding.finding.rule);
                finding.finding.rule = rule.into();
            }
        }
        if let Some(pending) = &mut self.pending {
            for record in findings.chunk_by(|a, b| a.row == b.row) {
                pending.add_record(record);
            }
        }
        let summary = &mut self.summary;
        for finding in &findings {
            self.packages.add(finding.finding.passage, finding.package);
            if finding.predates {
                summary.findings_predating += 1;
            } else if self.pending.is_none() {
                *summary.findings.entry(finding.finding.tier).or_default() += 1;
            }
            self.sink.found(finding).map_err(ScanError::Sink)?;
        }
        Ok(())
    }

    /// Adds what the unit in turn came to, once all its findings are added.
    pub(crate) fn add_end(
        &mut self,
        end: UnitEnd,
        list: &ShardList,
        number: usize,
    ) -> Result<(), ScanError> {
        if let Some(part) = &mut self.part {
            let unit = list.units[number];
            let name = &list.shards[unit.shard].name;
            part.end((list.number_of(number), unit.shard as u64), name, &end)?;
        }
        let UnitEnd { counts, .. } = end;
        let (summary, current) = (&mut self.summary, &mut self.current);
        summary.pieces += 1;
        let shard = &list.shards[list.units[number].shard];
        let room = ScanSummary::SKIPPED_FIRST_MAX - summary.skipped_first.len();
        let first = end.skipped_first.into_iter().take(room);
        summary.skipped_first.extend(first.map(|(row, reason)| SkippedRow {
            shard: Arc::clone(&shard.name),
            row: current.rows + row,
            reason,
        }));
        current.rows += counts.rows();
        current.records_read += counts.records_read;
        current.failure = current.failure.take().or(end.failure);
        current.format = current.format.take().or(end.format);
        current.text_fields.extend(end.text_fields);
        summary.records_read += counts.records_read;
        summary.records_repaired += counts.records_repaired;
        summary.records_flagged += counts.records_flagged;
        summary.records_undated += counts.records_undated;
        summary.records_judged += counts.records_judged;
        summary.text_bytes += counts.text_bytes;
        summary.bytes_judged += counts.bytes_judged;
        if counts.weak > 0 {
            *summary.findings.entry(Tier::Weak).or_default() += counts.weak;
        }
        for (reason, count) in counts.skipped {
            *summary.records_skipped.entry(reason).or_default() += count;
        }
        if list.is_last_of_shard(number) {
            self.add_shard(&shard.name);
        }
        Ok(())
    }

    fn add_shard(&mut self, name: &str) {
        let current = std::mem::take(&mut self.current);
        let summary = &mut self.summary;
        if let Some(format) = current.format {
            *summary.formats.entry(format).or_default() += 1;
        }
        for field in current.text_fields {
            *summary.text_fields.entry(field).or_default() += 1;
        }
        if let Some(why) = current.failure {
            summary.shards_failed.push(FailedShard { shard: name.to_owned(), why });
        } else if current.records_read == 0 && current.rows > 0 {
            summary.shards_skipped += 1;
        } else {
            summary.shards_read += 1;
        }
    }

    /// The sum, and the part that was written.
    pub(crate) fn finish(self) -> (ScanSummary, Option<PartWriter>) {
        let mut summary = self.summary;
        summary.packages = self.packages.counts();
        if let Some(pending) = self.pending {
            let Settled { records_flagged, findings, findings_demoted } =
                pending.settle(|passage| summary.is_demoted(passage));
            summary.records_flagged = records_flagged;
            summary.findings_demoted = findings_demoted;
            summary.findings.extend(findings);
        }
        (summary, self.part)
    }
}
