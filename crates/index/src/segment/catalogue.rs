//! What is known of a segment's passages without their texts: where each came from, what it says as a hash, and whether it
//! was removed.

use std::path::{Path, PathBuf};

use crate::error::OpenError;
use crate::manifest::{CONTENTS_FILE, MANIFEST_FILE, PROVENANCE_FILE, SEGMENTS, SegmentEntry};
use crate::mmap::Mapping;
use crate::passage::{PassageEntry, PassageId};
use crate::segment::contents::Contents;
use crate::segment::files::Files;
use crate::segment::provenance::ProvenanceTable;
use crate::segment::removed::Removed;
use crate::segment::sections::Flaw;

/// The passages of one segment. Its ids are those of the index.
#[derive(Debug)]
pub(crate) struct Catalogue {
    /// Of the index.
    path: PathBuf,
    /// Of the table, inside of the index.
    table_file: String,
    base: u32,
    passages: u32,
    removed: Removed,
    provenance: ProvenanceTable,
    contents: Contents<Mapping>,
}

impl Catalogue {
    /// Opens the files and checks all of them; the passages of the segment are numbered from `base` on.
    pub(crate) fn open(path: &Path, entry: &SegmentEntry, base: u32) -> Result<Self, OpenError> {
        let files = Files { path };
        let in_segment = |name: &str| format!("{}/{name}", entry.directory());

        let file = in_segment(CONTENTS_FILE);
        let (map, checksum) = files.map(&file, &entry.contents)?;
        let contents =
            Contents::open(map, &checksum, entry.passages).map_err(files.damaged(&file))?;

        let file = in_segment(PROVENANCE_FILE);
        let checksum = files.checksum(&entry.provenance)?;
        let opened = files.open(&file, &entry.provenance)?;
        let len = entry.provenance.len;
        let provenance = ProvenanceTable::open(opened, len, &checksum, entry.passages)
            .map_err(|source| files.io(&file, source))?
            .map_err(files.damaged(&file))?;
        Ok(Self {
            path: path.to_path_buf(),
            table_file: file,
            base,
            passages: entry.passages,
            removed: open_removed(files, entry)?,
            provenance,
            contents,
        })
    }

    pub(crate) fn base(&self) -> u32 {
        self.base
    }

    /// How many there are, those that were removed among them.
    pub(crate) fn passages(&self) -> u32 {
        self.passages
    }

    pub(crate) fn removed(&self) -> &Removed {
        &self.removed
    }

    /// Those that were not removed, ascending.
    pub(crate) fn live(&self) -> impl Iterator<Item = PassageId> {
        let numbers = (0..self.passages).filter(|&number| !self.removed.contains(number));
        numbers.map(|number| PassageId(self.base + number))
    }

    /// Likewise, each with what it says.
    pub(crate) fn live_contents(&self) -> impl Iterator<Item = (PassageId, u128)> {
        let numbered = (0..).zip(self.contents.iter());
        let live = numbered.filter(|&(number, _)| !self.removed.contains(number));
        live.map(|(number, content)| (PassageId(self.base + number), content))
    }

    /// What a passage of this segment says.
    pub(crate) fn content(&self, passage: PassageId) -> Option<u128> {
        self.contents.get(passage.0.checked_sub(self.base)?)
    }

    /// What is told of a passage of this segment.
    pub(crate) fn entry(&self, passage: PassageId) -> Result<PassageEntry, OpenError> {
        let damaged = Files { path: &self.path }.damaged(&self.table_file);
        let number = passage.0.saturating_sub(self.base);
        let mut entry = self.provenance.get(number).map_err(&damaged)?;
        if entry.family.0 >= self.passages {
            let fact = "names a family whose first passage does not exist";
            return Err(damaged(Flaw::new("table", fact)));
        }
        entry.passage.0 += self.base;
        entry.family.0 += self.base;
        Ok(entry)
    }
}

fn open_removed(files: Files<'_>, entry: &SegmentEntry) -> Result<Removed, OpenError> {
    let Some(removed) = &entry.removed else {
        return Ok(Removed::default());
    };
    let file = format!("{}/{}", entry.directory(), removed.file_name());
    let (map, checksum) = files.map(&file, &removed.file)?;
    let opened = Removed::open(&map, &checksum, entry.passages).map_err(files.damaged(&file))?;
    if opened.count() != removed.passages {
        let fact = "counts other removed passages than their file";
        return Err(files.damaged(MANIFEST_FILE)(Flaw::new(SEGMENTS, fact)));
    }
    Ok(opened)
}
