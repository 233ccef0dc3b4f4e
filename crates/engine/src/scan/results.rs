//! What a scan came to, in its journals, and the one way from there to a report.
//!
//! A scan of one machine has one journal, and parts that are joined have one each; the rest is the same. The journals are
//! read several times, in the order of shard and row: to count in how many packages each passage was found, and then to give
//! the findings to the sinks, those of widespread passages behind all others. So the memory does not grow with the findings.

use std::sync::Arc;

use seepage_index::{Index, Provenance};

use crate::scan::finding::RecordFinding;
use crate::scan::journal::{Journal, LinePlace, UnitLine};
use crate::scan::packages::PackageId;
use crate::scan::packages::Packages;
use crate::scan::record::moment::last_millisecond;
use crate::scan::sink::FindingRow;
use crate::scan::sink::FindingSink;
use crate::scan::summary::{MODEL_UNKNOWN, ScanSummary};
use crate::scan::unit::{ShardRow, UnitResult};
use crate::scan::work::ScanError;

/// A scan that came to its end, or all parts of one.
#[derive(Debug)]
pub struct ScanResults {
    pub(crate) journals: Vec<Journal>,
    /// In the order of shard and piece, with the number of the shard of each.
    pub(crate) units: Vec<(usize, UnitPlace)>,
    /// The names of the shards by number.
    pub(crate) shards: Vec<Arc<str>>,
    /// The numbers and bytes of those that were not begun.
    pub(crate) unread: Vec<(usize, u64)>,
    /// What is known of the whole scan and stands in no unit.
    pub(crate) summary: ScanSummary,
}

/// Where the end of a unit stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnitPlace {
    pub(crate) journal: usize,
    pub(crate) line: LinePlace,
    /// The package of records that do not name theirs.
    pub(crate) package: PackageId,
}

/// How many rows of a shard lie before the unit in turn. A unit that failed counts without the rows that it lost.
#[derive(Debug, Default)]
pub(crate) struct RowsBefore {
    shard: usize,
    rows: u64,
}

impl RowsBefore {
    /// For a unit of the shard with this number.
    pub(crate) fn of(&self, shard: usize) -> u64 {
        if shard == self.shard { self.rows } else { 0 }
    }

    /// The unit in turn is at its end.
    pub(crate) fn leave(&mut self, shard: usize, rows: u64) {
        *self = Self { shard, rows: self.of(shard) + rows };
    }
}

/// Makes the rows of a finding, until now those of its unit, those of the shard, of which `base` lie before the unit.
pub(crate) fn locate(found: &mut RecordFinding, shard: &Arc<str>, base: u64) {
    found.shard = Arc::clone(shard);
    found.row += base;
    if let Some(other) = &mut found.other_row {
        *other += base;
        let rule = format!("{}, together with row {other}", found.finding.rule);
        found.finding.rule = rule.into();
    }
}

impl ScanResults {
    /// Gives all findings to the sinks, from their beginning to their end, and the sum of everything. `index` is the one
    /// that the scan was done with.
    ///
    /// # Errors
    /// A journal that can no more be read, an index that cannot say where a passage came from, or a sink that takes no
    /// more.
    pub fn report(
        &self,
        index: &Index,
        sinks: &mut [&mut dyn FindingSink],
    ) -> Result<ScanSummary, ScanError> {
        for sink in &mut *sinks {
            sink.begin().map_err(ScanError::Sink)?;
        }
        let packages = self.packages()?;
        let mut summary = self.summary.clone();
        let give = |sinks: &mut [&mut dyn FindingSink], row: FindingRow| {
            sinks.iter_mut().try_for_each(|sink| sink.found(&row)).map_err(ScanError::Sink)
        };
        let mut widespread = false;
        let mut shard = UnitResult::default();
        self.each_unit(|unit| {
            summary.pieces += 1;
            shard.append(unit.result.clone());
            if unit.is_last_of_shard {
                let all = std::mem::take(&mut shard);
                let row = unit.shard_row(&all);
                sinks
                    .iter_mut()
                    .try_for_each(|sink| sink.shard(row.clone()))
                    .map_err(ScanError::Sink)?;
                summary.add_shard(unit.shard, all);
            }
            unit.each_record(|record| {
                let rows = record.into_iter().map(|found| {
                    let count = packages.count(found.finding.passage);
                    self.row(found, count, index)
                });
                let rows = rows.collect::<Result<Vec<_>, _>>()?;
                add_record(&mut summary, &rows);
                for row in rows {
                    if row.is_widespread() {
                        widespread = true;
                    } else {
                        give(sinks, row)?;
                    }
                }
                Ok(())
            })
        })?;
        if widespread {
            self.each_finding(|found, _| match packages.count(found.finding.passage) {
                count if FindingRow::is_widespread_at(count) => {
                    give(sinks, self.row(found, count, index)?)
                }
                _ => Ok(()),
            })?;
        }
        for (number, bytes) in &self.unread {
            let row = ShardRow::unread(&self.shards[*number], *bytes);
            sinks
                .iter_mut()
                .try_for_each(|sink| sink.shard(row.clone()))
                .map_err(ScanError::Sink)?;
        }
        for sink in sinks {
            sink.finish(&summary).map_err(ScanError::Sink)?;
        }
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

    /// Whether the scan was stopped before its end. Then it is told of what was read.
    pub fn is_stopped(&self) -> bool {
        self.summary.is_stopped
    }

    /// Shards that were begun, and all.
    pub fn shards_done(&self) -> (u64, u64) {
        let all = self.shards.len() as u64;
        (all - self.summary.shards_unread, all)
    }

    /// Threads used.
    pub fn threads(&self) -> usize {
        self.summary.threads
    }

    /// Pieces of shards that there were.
    pub fn pieces(&self) -> u64 {
        self.units.len() as u64
    }

    /// Pieces whose results were taken from a checkpoint.
    pub fn pieces_replayed(&self) -> u64 {
        self.summary.pieces_replayed
    }

    /// Pieces that a checkpoint knew from a scan with the first segments of the index, so that they were looked at for the
    /// others only.
    pub fn pieces_incremental(&self) -> u64 {
        self.summary.pieces_incremental
    }

    /// Gives all findings to `sink` in the order of shard and row, as a scan does that is listened to.
    ///
    /// # Errors
    /// See [`ScanResults::report`].
    pub fn stream(&self, index: &Index, sink: &mut dyn FindingSink) -> Result<(), ScanError> {
        self.each_finding(|found, _| {
            sink.found(&FindingRow::new(found, index)?).map_err(ScanError::Sink)
        })
    }

    fn row(
        &self,
        found: RecordFinding,
        packages: u32,
        index: &Index,
    ) -> Result<FindingRow, ScanError> {
        let demoted = self.summary.demote_at.is_some_and(|demote_at| packages >= demote_at);
        Ok(FindingRow { packages: Some(packages), demoted, ..FindingRow::new(found, index)? })
    }

    fn packages(&self) -> Result<Packages, ScanError> {
        let mut packages = Packages::default();
        self.each_finding(|found, package| {
            packages.add(found.finding.passage, package);
            Ok(())
        })?;
        Ok(packages)
    }

    /// Gives each finding, and the package of its record, in the order of shard and row.
    fn each_finding(
        &self,
        mut each: impl FnMut(RecordFinding, PackageId) -> Result<(), ScanError>,
    ) -> Result<(), ScanError> {
        self.each_unit(|unit| {
            unit.each_record(|record| {
                record.into_iter().try_for_each(|found| {
                    let package = found.package.unwrap_or(unit.package);
                    each(found, package)
                })
            })
        })
    }

    fn each_unit(
        &self,
        mut each: impl FnMut(&UnitInTurn<'_>) -> Result<(), ScanError>,
    ) -> Result<(), ScanError> {
        let mut rows = RowsBefore::default();
        for (at, &(shard, place)) in self.units.iter().enumerate() {
            let journal = &self.journals[place.journal];
            let UnitLine { findings, result, shard_len, identity, .. } =
                journal.unit(place.line)?;
            let next = self.units.get(at + 1).map(|&(shard, _)| shard);
            let is_first = at == 0 || self.units[at - 1].0 != shard;
            let is_alone = is_first && next != Some(shard);
            let row_count = result.counts.rows();
            each(&UnitInTurn {
                journal,
                shard: &self.shards[shard],
                rows_before: rows.of(shard),
                is_last_of_shard: next != Some(shard),
                package: place.package,
                shard_len,
                digest: identity.filter(|_| is_alone).map(|identity| identity.content),
                findings,
                result,
            })?;
            rows.leave(shard, row_count);
        }
        Ok(())
    }
}

/// Adds the findings of one record to the sums.
fn add_record(summary: &mut ScanSummary, findings: &[FindingRow]) {
    for row in findings {
        if row.found.predates {
            summary.findings_predating += 1;
        } else if row.demoted && row.found.is_flagged() {
            summary.findings_demoted += 1;
        } else {
            summary.findings_older += u64::from(row.is_flagged() && is_older(row));
            *summary.findings.entry(row.found.finding.tier).or_default() += 1;
        }
        if row.is_flagged() {
            add_origin(summary, &row.provenance);
        }
    }
    summary.records_flagged += u64::from(findings.iter().any(FindingRow::is_flagged));
}

/// Counts where a flagged finding comes from.
pub(crate) fn add_origin(summary: &mut ScanSummary, from: &Provenance) {
    for (counts, name) in [
        (&mut summary.tools, from.tool.as_str()),
        (&mut summary.models, from.model.as_deref().unwrap_or(MODEL_UNKNOWN)),
        (&mut summary.sessions, &from.session_id),
        (&mut summary.classes, from.class.name()),
    ] {
        match counts.get_mut(name) {
            Some(count) => *count += 1,
            None => {
                counts.insert(name.to_owned(), 1);
            }
        }
    }
}

/// Whether the record says that it is older than the passage.
fn is_older(row: &FindingRow) -> bool {
    let record = row.found.record_date.as_deref().and_then(last_millisecond);
    record.zip(row.provenance.authored_at).is_some_and(|(record, authored)| record < authored)
}

/// A unit whose turn it is.
struct UnitInTurn<'r> {
    journal: &'r Journal,
    shard: &'r Arc<str>,
    rows_before: u64,
    is_last_of_shard: bool,
    package: PackageId,
    shard_len: u64,
    /// Of a shard in one piece that was identified.
    digest: Option<String>,
    findings: Vec<LinePlace>,
    result: UnitResult,
}

impl UnitInTurn<'_> {
    /// What all units of the shard came to.
    fn shard_row(&self, all: &UnitResult) -> ShardRow {
        let counts = &all.counts;
        ShardRow {
            shard: Arc::clone(self.shard),
            bytes: self.shard_len,
            digest: self.digest.clone(),
            outcome: all.outcome(),
            why: all.failure.clone(),
            format: all.format.clone(),
            records_read: counts.records_read,
            records_in_part: counts.records_in_part(),
            records_skipped: counts.records_skipped(),
            text_bytes: counts.text_bytes,
        }
    }

    /// Gives the findings of each record together; they stand side by side.
    fn each_record(
        &self,
        mut each: impl FnMut(Vec<RecordFinding>) -> Result<(), ScanError>,
    ) -> Result<(), ScanError> {
        let mut record: Vec<RecordFinding> = vec![];
        for &place in &self.findings {
            for mut found in self.journal.findings(place)? {
                locate(&mut found, self.shard, self.rows_before);
                if record.first().is_some_and(|first| first.row != found.row) {
                    each(std::mem::take(&mut record))?;
                }
                record.push(found);
            }
        }
        if record.is_empty() { Ok(()) } else { each(record) }
    }
}
