//! Where findings go once their passages are known: reports, screens, streams.

use std::io;

use seepage_index::{Index, PassageEntry, PassageId, Provenance};

use crate::scan::finding::RecordFinding;
use crate::scan::packages::Packages;
use crate::scan::summary::ScanSummary;
use crate::scan::unit::ShardRow;
use crate::scan::work::ScanError;

/// A finding with where its passage came from: one row of a report.
#[derive(Clone, Debug)]
pub struct FindingRow {
    /// The finding, and the record that it is in.
    pub found: RecordFinding,
    /// Where the passage came from.
    pub provenance: Provenance,
    /// The first passage of its family.
    pub family: PassageId,
    /// In how many packages of the corpus the passage was found, counted up to [`FindingRow::PACKAGES_MAX`]. `None` while
    /// the scan is going on: it is known at the end.
    pub packages: Option<u32>,
    /// The passage was found in so many packages that it was asked to flag nothing.
    pub demoted: bool,
}

impl FindingRow {
    /// Packages of a passage are counted up to here.
    pub const PACKAGES_MAX: u32 = Packages::COUNT_MAX as u32;

    /// A passage in so many packages is widespread: popular output, or what everybody writes. It comes last.
    pub const WIDESPREAD_MIN: u32 = 3;

    /// Bytes that it takes in memory, roughly, and at least those of its longest column.
    pub fn size(&self) -> usize {
        self.found.size() + self.provenance.names_len()
    }

    /// Asks the index where the passage came from.
    pub(crate) fn new(found: RecordFinding, index: &Index) -> Result<Self, ScanError> {
        let passage = found.finding.passage;
        let PassageEntry { author, family, .. } = index
            .entry(passage)
            .map_err(|source| ScanError::Provenance { passage: passage.0, source })?;
        Ok(Self { found, provenance: author.provenance, family, packages: None, demoted: false })
    }

    /// Whether it flags its record.
    pub fn is_flagged(&self) -> bool {
        self.found.is_flagged() && !self.demoted
    }

    /// Whether the passage was found in many packages.
    pub fn is_widespread(&self) -> bool {
        self.packages.is_some_and(Self::is_widespread_at)
    }

    pub(crate) fn is_widespread_at(packages: u32) -> bool {
        packages >= Self::WIDESPREAD_MIN
    }
}

/// Takes the flagged findings of a scan, and those that would be flagged but for the record's time or because they are
/// demoted. A report is written by a sink, and so is each other output; an error ends the scan.
///
/// Rows come in the order of shard and row, whatever the number of threads. Behind a scan those of widespread passages come
/// last; a sink that listens during the scan gets them in their place.
pub trait FindingSink: Send {
    /// Before the first row.
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Takes a row.
    fn found(&mut self, row: &FindingRow) -> io::Result<()>;

    /// Takes what became of a shard, in the order of shards.
    fn shard(&mut self, shard: ShardRow) -> io::Result<()> {
        let _ = shard;
        Ok(())
    }

    /// After the last row, with what the whole scan came to.
    fn finish(&mut self, summary: &ScanSummary) -> io::Result<()> {
        let _ = summary;
        Ok(())
    }
}
