//! The findings of one unit, as lines of a file and a rest in memory.
//!
//! A chunk is one line with some findings in their order. Chunks of units that are scanned at one time may lie between
//! each other: each names its unit, and counts only once a later line ends the unit.

use std::io;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::linefile::{LineFile, Place};
use crate::wire::FindingLine;
use crate::{PackageId, RecordFinding};

/// Findings are written when they are so many bytes of JSON.
const CHUNK_LEN: usize = 1 << 20;

/// As it is read.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ChunkLine<F> {
    Chunk(Chunk<F>),
}

/// A chunk whose findings are not looked at.
pub(crate) type ChunkHead = Chunk<IgnoredAny>;

/// Some findings of a unit.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Chunk<F> {
    pub(crate) unit: u64,
    findings: F,
}

#[derive(Debug, Default)]
pub(crate) struct Chunks {
    /// Its number among the units of the file.
    unit: u64,
    /// Of the unit's records that do not name theirs.
    package: PackageId,
    /// Findings as JSON, with a comma behind each.
    rest: Vec<u8>,
    places: Vec<Place>,
}

impl Chunks {
    pub(crate) fn new(unit: u64, package: PackageId) -> Self {
        Self { unit, package, ..Self::default() }
    }

    /// Chunks that are in a file already.
    pub(crate) fn written(package: PackageId, places: Vec<Place>) -> Self {
        Self { package, places, ..Self::default() }
    }

    pub(crate) fn unit(&self) -> u64 {
        self.unit
    }

    /// How many chunks are in the file.
    pub(crate) fn written_count(&self) -> u64 {
        self.places.len() as u64
    }

    /// Bytes in memory.
    pub(crate) fn rest_len(&self) -> usize {
        self.rest.len()
    }

    /// Takes the next findings, into memory.
    pub(crate) fn push(&mut self, findings: &[RecordFinding]) -> io::Result<()> {
        for finding in findings {
            serde_json::to_writer(&mut self.rest, &FindingLine::of(finding, self.package))?;
            self.rest.push(b',');
        }
        Ok(())
    }

    /// As [`Chunks::push`], and into `file` when they have become many.
    pub(crate) fn push_into(
        &mut self,
        findings: &[RecordFinding],
        file: &mut LineFile,
    ) -> io::Result<()> {
        for finding in findings {
            self.push(std::slice::from_ref(finding))?;
            if self.rest.len() >= CHUNK_LEN {
                self.flush(file)?;
            }
        }
        Ok(())
    }

    /// Writes what is in memory.
    pub(crate) fn flush(&mut self, file: &mut LineFile) -> io::Result<()> {
        if !self.rest.is_empty() {
            let object = self.rest_as_object();
            self.places.push(file.append(object)?);
            self.rest = vec![];
        }
        Ok(())
    }

    fn rest_as_object(&self) -> Vec<u8> {
        let mut object =
            format!("{{\"chunk\":{{\"unit\":{},\"findings\":[", self.unit).into_bytes();
        object.extend_from_slice(self.rest.strip_suffix(b",").unwrap_or(&self.rest));
        object.extend_from_slice(b"]}}");
        object
    }

    /// Gives all findings in their order, but for their shard, chunk by chunk. `file` is the one that they were written
    /// to, if they were.
    pub(crate) fn read(
        &self,
        file: Option<&LineFile>,
        each: &mut dyn FnMut(Vec<RecordFinding>),
    ) -> io::Result<()> {
        for &place in &self.places {
            let file = file.ok_or(io::ErrorKind::NotFound)?;
            each(self.parse(&file.read(place)?)?);
        }
        if !self.rest.is_empty() {
            each(self.parse(&self.rest_as_object())?);
        }
        Ok(())
    }

    fn parse(&self, object: &[u8]) -> io::Result<Vec<RecordFinding>> {
        let ChunkLine::Chunk(chunk): ChunkLine<Vec<FindingLine>> = serde_json::from_slice(object)?;
        let finding = |line: FindingLine| {
            let unknown = || io::Error::new(io::ErrorKind::InvalidData, "a tier without a name");
            line.finding(self.package).ok_or_else(unknown)
        };
        chunk.findings.into_iter().map(finding).collect()
    }
}
