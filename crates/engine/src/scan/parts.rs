//! Parts: a scan that several machines did, each with one partition of the units.
//!
//! The part of a partition is a journal in its report, with a head that says what it is a part of. It is copied there when
//! the scan of the partition has come to its end, in the order of the units, and has its name only once it is whole. All
//! parts together are the results of the scan, as if one machine had done all of it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use seepage_index::Index;

use crate::scan::journal::{
    CheckedJournalLine, Journal, JournalError, JournalLine, JournalName, LinePlace, PART_FILE,
    PartHead, UnitLine,
};
use crate::scan::plan::RunKey;
use crate::scan::results::{ScanResults, UnitPlace};
use crate::scan::summary::ScanSummary;

/// The name of a part until it is whole.
pub const PART_FILE_PARTIAL: &str = "part.jsonl.partial";

/// A report with a part in it.
#[derive(Clone, Copy, Debug)]
pub struct PartReport<'p> {
    /// Where its files are.
    pub directory: &'p Path,
    /// What it is called where something is wrong with it.
    pub name: &'p Path,
}

/// Writes the results of a partition into the report in `directory`, where nothing of an earlier scan is left.
pub(crate) fn write_part(
    results: &ScanResults,
    directory: &Path,
    head: PartHead,
    run: RunKey,
) -> Result<(), JournalError> {
    let (partial, path) = (directory.join(PART_FILE_PARTIAL), directory.join(PART_FILE));
    let name = JournalName::Part(partial.clone());
    let failed = |source| JournalError::Io { journal: name.clone(), source };
    // It follows no link that somebody may have put there.
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create_new(true).open(&partial).map_err(failed)?;
    let mut part = Journal::begin(name.clone(), file)?;
    part.append(&JournalLine::<()>::Run(run))?;
    part.append(&JournalLine::<()>::Part(head))?;
    for &(_, place) in &results.units {
        let from = &results.journals[place.journal];
        let mut unit = from.unit(place.line)?;
        for findings in &mut unit.findings {
            *findings = part.copy(from, *findings)?;
        }
        (unit.run, unit.identity, unit.result.package) = (0, None, place.package);
        part.append(&JournalLine::<()>::Unit(Box::new(unit)))?;
    }
    part.append(&JournalLine::<()>::Done { units: results.units.len() as u64 })?;
    part.sync()?;
    fs::rename(&partial, &path).map_err(failed)
}

/// Opens the reports of all parts, in any order, and checks that they are all there is of one scan with `index`.
///
/// # Errors
/// A part that is missing, doubled, damaged, or of another corpus, index or options.
pub fn open_parts(reports: &[PartReport<'_>], index: &Index) -> Result<ScanResults, JournalError> {
    let mut parts = GatheredParts::default();
    for report in reports {
        parts.add(report)?;
    }
    parts.finish(index)
}

/// What was read of the part files so far.
#[derive(Default)]
struct GatheredParts {
    journals: Vec<Journal>,
    /// What each is a part of, and where it lies.
    heads: Vec<(PartHead, RunKey, PathBuf)>,
    /// By number in the whole corpus.
    units: BTreeMap<u64, PartUnit>,
    /// The ends of units that were read; more than `units` if one is in two parts.
    ends: u64,
}

/// A unit, and the number and name of its shard.
struct PartUnit {
    place: UnitPlace,
    shard_number: u64,
    shard: String,
}

impl GatheredParts {
    fn add(&mut self, report: &PartReport<'_>) -> Result<(), JournalError> {
        let path = report.name.join(PART_FILE);
        let name = JournalName::Part(path.clone());
        let file =
            File::open(report.directory.join(PART_FILE)).map_err(|source| match source.kind() {
                io::ErrorKind::NotFound => {
                    JournalError::Unfinished { path: report.name.to_owned() }
                }
                _ => JournalError::Io { journal: name.clone(), source },
            })?;
        let (mut head, mut run, mut done) = (None, None, None);
        let before = self.ends;
        let (journal, torn) = Journal::open(name.clone(), file, &mut |line, place| match line {
            _ if done.is_some() => Err("it lies behind the end of the part".to_owned()),
            JournalLine::Run(line) if run.is_none() => {
                run = Some(line);
                Ok(())
            }
            JournalLine::Part(line) if head.is_none() => {
                head = Some(line);
                Ok(())
            }
            JournalLine::Done { units } => {
                done = Some(units);
                Ok(())
            }
            line => self.take(line, place),
        })?;
        let damaged = |fact: &str| JournalError::Damaged {
            journal: name.clone(),
            line: None,
            fact: fact.to_owned(),
        };
        let (Some(head), Some(run)) = (head, run) else {
            return Err(damaged("it does not begin as a part"));
        };
        if torn > 0 {
            return Err(damaged("something lies behind its last line"));
        }
        if done != Some(self.ends - before) {
            return Err(damaged("its end is missing"));
        }
        self.check(&head, &run, &path)?;
        self.journals.push(journal);
        self.heads.push((head, run, path));
        Ok(())
    }

    fn take(&mut self, line: CheckedJournalLine, place: LinePlace) -> Result<(), String> {
        match line {
            JournalLine::Findings(_) => Ok(()),
            JournalLine::Unit(unit) => {
                let UnitLine { unit: number, shard_number, shard, result, .. } = *unit;
                let journal = self.journals.len();
                let place = UnitPlace { journal, line: place, package: result.package };
                self.ends += 1;
                self.units.insert(number, PartUnit { place, shard_number, shard });
                Ok(())
            }
            _ => Err("a part within a part".to_owned()),
        }
    }

    /// Compares a part with those before it.
    fn check(&self, head: &PartHead, run: &RunKey, path: &Path) -> Result<(), JournalError> {
        let Some((first, first_run, _)) = self.heads.first() else {
            return Ok(());
        };
        let options = |head: &PartHead| (head.skips_accepted.clone(), head.demote_at);
        for (what, is_same) in [
            ("number of parts", head.count == first.count),
            ("index", run.index == first_run.index),
            ("corpus", head.corpus == first.corpus),
            ("options", run == first_run && options(head) == options(first)),
        ] {
            if !is_same {
                return Err(JournalError::Foreign { path: path.to_owned(), what });
            }
        }
        if self.heads.iter().any(|(other, ..)| other.number == head.number) {
            return Err(JournalError::Doubled { number: head.number, path: path.to_owned() });
        }
        Ok(())
    }

    fn finish(self, index: &Index) -> Result<ScanResults, JournalError> {
        let Some((head, run, _)) = self.heads.first() else {
            return Err(JournalError::Missing { numbers: vec![1], count: 1 });
        };
        let given = |number: &u32| self.heads.iter().any(|(head, ..)| head.number == *number);
        let numbers: Vec<u32> = (1..=head.count).filter(|number| !given(number)).collect();
        if !numbers.is_empty() {
            return Err(JournalError::Missing { numbers, count: head.count });
        }
        if run.index != index.digest() {
            return Err(JournalError::OtherIndex { digest: run.index.clone() });
        }
        let summary = ScanSummary {
            bytes_on_disk: self.heads.iter().map(|(head, ..)| head.bytes_on_disk).sum(),
            skips_accepted: head.skips_accepted.clone(),
            demote_at: head.demote_at,
            fields_missing: head.fields_unseen.clone(),
            git_left_out: head.git_left_out,
            ..ScanSummary::default()
        };
        let is_whole = self.units.keys().copied().eq(0..head.units) && self.ends == head.units;
        let (mut shards, mut units) = (Vec::<Arc<str>>::new(), vec![]);
        for unit in self.units.into_values() {
            if shards.len() as u64 == unit.shard_number {
                shards.push(unit.shard.into());
            }
            units.push((usize::try_from(unit.shard_number).unwrap_or(usize::MAX), unit.place));
        }
        let is_known = units.iter().all(|&(shard, _)| shard < shards.len());
        if !is_whole || !is_known || shards.len() as u64 != head.shards {
            return Err(JournalError::Units { found: self.ends, expected: head.units });
        }
        Ok(ScanResults { journals: self.journals, units, shards, unread: vec![], summary })
    }
}
