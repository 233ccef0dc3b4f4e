//! The parts of a scan, joined: as if one machine had done all of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use seepage_index::Index;
use seepage_shards::{FoundShard, SkipReason};

use crate::collect::FindingSink;
use crate::linefile::{LineFile, LineFlaw, Place};
use crate::list::{ListedShard, ShardList, Unit};
use crate::part::{PartEnd, PartHead, PartLine, VERSION, no_package};
use crate::parts_error::PartsError;
use crate::total::Total;
use crate::work::ScanError;
use crate::{RecordFinding, ScanSummary};

/// The name of the part file in the report of a part.
pub const PART_FILE: &str = "part.jsonl";
/// Its name until it is whole.
pub const PART_FILE_PARTIAL: &str = "part.jsonl.partial";

/// A report with a part in it.
#[derive(Clone, Copy, Debug)]
pub struct PartReport<'p> {
    /// Where its files are.
    pub directory: &'p Path,
    /// What it is called where something is wrong with it.
    pub name: &'p Path,
}

/// All parts of one scan: every unit is in exactly one of them.
#[derive(Debug)]
pub struct Parts {
    files: Vec<LineFile>,
    head: PartHead,
    bytes_on_disk: u64,
    /// By number in the whole plan.
    units: BTreeMap<u64, UnitPlace>,
    list: ShardList,
}

/// Where a unit stands.
#[derive(Debug, Default)]
struct UnitPlace {
    file: usize,
    findings: Vec<Place>,
    end: Place,
}

impl Parts {
    /// Opens the reports of all parts, in any order, and checks that they are all there is of one scan with `index`.
    ///
    /// # Errors
    /// A part that is missing, doubled, damaged, or of another corpus, index or options.
    pub fn open(reports: &[PartReport<'_>], index: &Index) -> Result<Self, PartsError> {
        let mut gathered = Gathered::default();
        for &report in reports {
            gathered.add(report)?;
        }
        let Some((head, _)) = gathered.heads.first().cloned() else {
            let (numbers, count) = (vec![1], 1);
            return Err(PartsError::Missing { numbers, count });
        };
        let given = |number: &u32| gathered.heads.iter().any(|(head, _)| head.number == *number);
        let numbers: Vec<u32> = (1..=head.count).filter(|number| !given(number)).collect();
        if !numbers.is_empty() {
            let count = head.count;
            return Err(PartsError::Missing { numbers, count });
        }
        if head.run.index != index.digest() {
            let digest = head.run.index;
            return Err(PartsError::OtherIndex { digest });
        }
        let bytes = gathered.heads.iter().map(|(head, _)| head.bytes_on_disk);
        let bytes_on_disk = bytes.sum();
        let list = gathered.list(&head)?;
        Ok(Self { files: gathered.files, head, bytes_on_disk, units: gathered.units, list })
    }

    /// Whether findings of widespread passages are demoted.
    pub fn demotes(&self) -> bool {
        self.head.demote_at.is_some()
    }

    /// Gives all findings in order to `sink`, and the sum of everything: the same as of one scan, but for times.
    ///
    /// # Errors
    /// A part that can no more be read, or a sink that takes no more.
    pub fn join(&self, sink: &mut dyn FindingSink) -> Result<ScanSummary, ScanError> {
        let accepted = self.head.skips_accepted.iter();
        let mut total = Total::new(
            sink,
            ScanSummary {
                bytes_on_disk: self.bytes_on_disk,
                skips_accepted: accepted.filter_map(|name| SkipReason::of_name(name)).collect(),
                demote_at: self.head.demote_at,
                ..ScanSummary::default()
            },
        );
        for (number, place) in self.units.values().enumerate() {
            let file = &self.files[place.file];
            let failed = |source| ScanError::Part { path: file.path().to_owned(), source };
            for chunk in &place.findings {
                let findings = read_findings(file, *chunk).map_err(failed)?;
                total.add_findings(findings, &self.list, number)?;
            }
            let end = read_end(file, place.end).map_err(failed)?;
            let end = end.result.end().ok_or_else(|| failed(unknown()))?;
            total.add_end(end, &self.list, number)?;
        }
        Ok(total.finish().0)
    }
}

fn unknown() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a line is of another kind")
}

fn read_findings(file: &LineFile, place: Place) -> io::Result<Vec<RecordFinding>> {
    match serde_json::from_slice(&file.read(place)?)? {
        PartLine::Findings(chunk) => {
            let findings = chunk.findings.into_iter();
            let findings = findings.map(|line| line.finding(no_package()).ok_or_else(unknown));
            findings.collect()
        }
        _ => Err(unknown()),
    }
}

fn read_end(file: &LineFile, place: Place) -> io::Result<Box<PartEnd>> {
    match serde_json::from_slice(&file.read(place)?)? {
        PartLine::End(end) => Ok(end),
        _ => Err(unknown()),
    }
}

/// What was read of the part files so far.
#[derive(Default)]
struct Gathered {
    files: Vec<LineFile>,
    heads: Vec<(PartHead, PathBuf)>,
    units: BTreeMap<u64, UnitPlace>,
    /// Name and number of each unit's shard.
    shards: BTreeMap<u64, (u64, String)>,
    ends: u64,
}

impl Gathered {
    fn add(&mut self, report: PartReport<'_>) -> Result<(), PartsError> {
        let path = report.name.join(PART_FILE);
        let file =
            File::open(report.directory.join(PART_FILE)).map_err(|source| match source.kind() {
                io::ErrorKind::NotFound => PartsError::Unfinished { path: report.name.to_owned() },
                _ => PartsError::Io { path: path.clone(), source },
            })?;
        let damaged = |fact: String| PartsError::Damaged { path: path.clone(), fact };
        let (mut head, mut done, before) = (None, None, self.ends);
        let number = self.files.len();
        let checked = LineFile::check(&file, &mut |object, place| {
            let line = serde_json::from_slice(object).map_err(|error| error.to_string())?;
            match line {
                PartLine::Part(line) if head.is_none() => head = Some(*line),
                PartLine::Done { units } => done = Some(units),
                line => self.take(number, line, place)?,
            }
            Ok(())
        });
        let checked = checked.map_err(|flaw| match flaw {
            LineFlaw::Io(source) => PartsError::Io { path: path.clone(), source },
            LineFlaw::Damaged(line, fact) => damaged(format!("line {line}: {fact}")),
        })?;
        let head = head.ok_or_else(|| damaged("it does not begin as a part".to_owned()))?;
        if head.version != VERSION {
            return Err(damaged(format!("it has format {}", head.version)));
        }
        if done != Some(self.ends - before) {
            return Err(damaged("its end is missing".to_owned()));
        }
        self.check(&head, &path)?;
        self.files.push(LineFile::new(file, &path, checked.len));
        self.heads.push((head, path));
        Ok(())
    }

    fn take(&mut self, file: usize, line: PartLine, place: Place) -> Result<(), String> {
        match line {
            PartLine::Findings(chunk) => {
                let unit = self.units.entry(chunk.unit).or_default();
                unit.findings.push(place);
            }
            PartLine::End(end) => {
                self.ends += 1;
                // A unit that is in two parts shows in the sum.
                let shard = (end.shard_number, end.shard);
                self.shards.insert(end.unit, shard);
                let unit = self.units.entry(end.unit).or_default();
                (unit.file, unit.end) = (file, place);
            }
            PartLine::Part(_) | PartLine::Done { .. } => {
                return Err("a part within a part".to_owned());
            }
        }
        Ok(())
    }

    /// Compares a part with those before it.
    fn check(&self, head: &PartHead, path: &Path) -> Result<(), PartsError> {
        let Some((first, _)) = self.heads.first() else {
            return Ok(());
        };
        let path = path.to_owned();
        for (what, is_same) in [
            ("number of parts", head.count == first.count),
            ("index", head.run.index == first.run.index),
            ("corpus", head.plan == first.plan),
            (
                "options",
                head.run == first.run
                    && head.demote_at == first.demote_at
                    && head.skips_accepted == first.skips_accepted,
            ),
        ] {
            if !is_same {
                return Err(PartsError::Foreign { path, what });
            }
        }
        if self.heads.iter().any(|(other, _)| other.number == head.number) {
            let number = head.number;
            return Err(PartsError::Doubled { number, path });
        }
        Ok(())
    }

    /// The shards and units of the whole plan, without what is only known of files.
    fn list(&self, head: &PartHead) -> Result<ShardList, PartsError> {
        let is_whole = self.shards.keys().copied().eq(0..head.units)
            && [self.ends, self.units.len() as u64] == [head.units; 2];
        let mut shards: Vec<ListedShard> = vec![];
        let mut units = vec![];
        for (number, name) in self.shards.values() {
            if shards.len() as u64 == *number {
                shards.push(ListedShard {
                    name: name.as_str().into(),
                    found: Ok(FoundShard { path: name.into(), name: name.clone(), len: 0 }),
                    pieces: vec![],
                    stamp: OnceLock::new(),
                });
            }
            units.push(Unit { shard: usize::try_from(*number).unwrap_or(usize::MAX), piece: 0 });
        }
        let is_known = units.iter().all(|unit| unit.shard < shards.len());
        if !is_whole || !is_known || shards.len() as u64 != head.shards {
            return Err(PartsError::Units { found: self.ends, expected: head.units });
        }
        Ok(ShardList::joined(shards, units))
    }
}
