//! The part file of one partition: what each of its units came to, so that all parts can be joined without the shards.
//!
//! Lines as of a journal, each with its checksum: a head, for each unit its findings and its end in the order of units, and
//! a last line. The file has its name only once that line is on the disk.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use seepage_index::Index;
use serde::{Deserialize, Serialize};

use crate::linefile::LineFile;
use crate::list::ShardList;
use crate::options::RunLine;
use crate::parts::{PART_FILE, PART_FILE_PARTIAL};
use crate::unit::UnitEnd;
use crate::wire::{EndLine, FindingLine};
use crate::{PackageId, Partition, RecordFinding, ScanError, ScanPlan};

/// Raised when the meaning of a line changes.
pub(crate) const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PartLine {
    Part(Box<PartHead>),
    Findings(PartFindings),
    End(Box<PartEnd>),
    Done { units: u64 },
}

/// What a part is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PartHead {
    pub(crate) version: u32,
    pub(crate) number: u32,
    pub(crate) count: u32,
    /// BLAKE3, in hex, of all shards and their pieces.
    pub(crate) plan: String,
    /// In all parts.
    pub(crate) shards: u64,
    pub(crate) units: u64,
    pub(crate) run: RunLine,
    pub(crate) skips_accepted: Vec<String>,
    pub(crate) demote_at: Option<u32>,
    /// Of this part's units.
    pub(crate) bytes_on_disk: u64,
}

/// Some findings of a unit, which name their package each.
#[derive(Serialize, Deserialize)]
pub(crate) struct PartFindings {
    pub(crate) unit: u64,
    pub(crate) findings: Vec<FindingLine>,
}

/// A unit by its number in the whole plan, and what it came to.
#[derive(Serialize, Deserialize)]
pub(crate) struct PartEnd {
    pub(crate) unit: u64,
    pub(crate) shard_number: u64,
    pub(crate) shard: String,
    pub(crate) result: EndLine,
}

/// Findings of a part name no other package than their own.
pub(crate) fn no_package() -> PackageId {
    PackageId::default()
}

/// Writes a part file as the units come to their ends, in order.
#[derive(Debug)]
pub(crate) struct PartWriter {
    file: LineFile,
    /// Of the report.
    directory: PathBuf,
    units: u64,
}

impl PartWriter {
    /// Begins the part file of the report in `directory`, where nothing of an earlier scan is left.
    pub(crate) fn begin(
        directory: &Path,
        partition: Partition,
        (plan, index, list): (&ScanPlan, &Index, &ShardList),
    ) -> Result<Self, ScanError> {
        let head = PartLine::Part(Box::new(PartHead {
            version: VERSION,
            number: partition.number(),
            count: partition.count(),
            plan: list.digest(),
            shards: list.shards.len() as u64,
            units: list.units_all,
            run: RunLine::of(plan, index).map_err(ScanError::Background)?,
            skips_accepted: plan
                .skips_accepted
                .iter()
                .map(|reason| reason.name().to_owned())
                .collect(),
            demote_at: plan.demote_at,
            bytes_on_disk: list.bytes(),
        }));
        let partial = directory.join(PART_FILE_PARTIAL);
        // It follows no link that someone may have put there.
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        let file = options.open(&partial).map_err(failed(&partial))?;
        let mut writer = Self {
            file: LineFile::new(file, &partial, 0),
            directory: directory.to_owned(),
            units: 0,
        };
        writer.append(&head)?;
        Ok(writer)
    }

    fn append(&mut self, line: &PartLine) -> Result<(), ScanError> {
        let written = serde_json::to_vec(line).map_err(io::Error::from);
        let written = written.and_then(|line| self.file.append(line));
        written.map(|_| ()).map_err(failed(self.file.path()))
    }

    /// Takes findings of the unit in turn, whose rows count from its start.
    pub(crate) fn findings(
        &mut self,
        unit: u64,
        findings: &[RecordFinding],
    ) -> Result<(), ScanError> {
        let lines = findings.iter();
        let lines = lines.map(|found| FindingLine::of(found, no_package()));
        self.append(&PartLine::Findings(PartFindings { unit, findings: lines.collect() }))
    }

    /// Takes the end of the unit in turn.
    pub(crate) fn end(
        &mut self,
        (unit, shard_number): (u64, u64),
        shard: &str,
        end: &UnitEnd,
    ) -> Result<(), ScanError> {
        self.units += 1;
        self.append(&PartLine::End(Box::new(PartEnd {
            unit,
            shard_number,
            shard: shard.to_owned(),
            result: EndLine::of(end),
        })))
    }

    /// Gives the file its name.
    pub(crate) fn finish(mut self) -> Result<(), ScanError> {
        let units = self.units;
        self.append(&PartLine::Done { units })?;
        self.file.sync().map_err(failed(self.file.path()))?;
        let path = self.directory.join(PART_FILE);
        fs::rename(self.file.path(), &path).map_err(failed(&path))
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> ScanError + use<> {
    let path = path.to_owned();
    move |source| ScanError::Part { path, source }
}
