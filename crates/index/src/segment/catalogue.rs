//! What is known of a segment's passages without their texts: where each came from, what it says as a hash, and whether it
//! was removed.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::OpenError;
use crate::manifest::{
    CONTENTS_FILE, FORMAT_VERSION, MANIFEST_FILE, PROVENANCE_FILE, SEGMENTS, SegmentEntry,
};
use crate::mmap::Mapping;
use crate::passage::{Author, PassageEntry, PassageId};
use crate::segment::columns;
use crate::segment::contents::Contents;
use crate::segment::files::Files;
use crate::segment::provenance::ProvenanceTable;
use crate::segment::removed::Removed;
use crate::segment::sections::Flaw;

/// The passages of one segment, and their authors. Its ids are those of the index; authors have the numbers of their rows.
#[derive(Clone, Debug)]
pub(crate) struct Catalogue {
    /// Of the index.
    path: PathBuf,
    /// Of the table, inside of the index.
    table_file: String,
    base: u32,
    passages: u32,
    removed_authors: Removed,
    /// The passages of which no author is left.
    removed: Removed,
    provenance: Arc<ProvenanceTable>,
    contents: Arc<Contents<Mapping>>,
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
        let provenance =
            ProvenanceTable::open(opened, len, &checksum, contents.authors(), &columns::schema())
                .map_err(|source| files.io(&file, source))?
                .map_err(files.damaged(&file))?;
        let mut catalogue = Self {
            path: path.to_path_buf(),
            table_file: file,
            base,
            passages: entry.passages,
            removed_authors: Removed::default(),
            removed: Removed::default(),
            provenance: Arc::new(provenance),
            contents: Arc::new(contents),
        };
        catalogue.remove(open_removed(files, entry, catalogue.contents.authors())?);
        Ok(catalogue)
    }

    /// Takes these authors out, and no others.
    pub(crate) fn remove(&mut self, authors: Removed) {
        self.removed = Removed::default();
        if authors.count() > 0 {
            for passage in 0..self.passages {
                if self.rows_of(passage).all(|row| authors.contains(row)) {
                    self.removed.insert(passage);
                }
            }
        }
        self.removed_authors = authors;
    }

    /// The rows of the authors of the passage with this number in the segment.
    fn rows_of(&self, number: u32) -> Range<u32> {
        self.contents.rows_of(number).unwrap_or_default()
    }

    pub(crate) fn base(&self) -> u32 {
        self.base
    }

    /// How many there are, those that were removed among them.
    pub(crate) fn passages(&self) -> u32 {
        self.passages
    }

    /// The passages of which no author is left.
    pub(crate) fn removed(&self) -> &Removed {
        &self.removed
    }

    pub(crate) fn removed_authors(&self) -> &Removed {
        &self.removed_authors
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

    /// What is told of a passage of this segment and of the earliest of its authors that are left; of one that was removed,
    /// of its first.
    pub(crate) fn entry(&self, passage: PassageId) -> Result<PassageEntry, OpenError> {
        let rows = self.rows_of(passage.0.saturating_sub(self.base));
        let left = rows.clone().find(|&row| !self.removed_authors.contains(row));
        self.entry_at(passage, left.unwrap_or(rows.start))
    }

    /// The authors of a passage of this segment that are left, in canonical order, each with its number.
    pub(crate) fn authors(&self, passage: PassageId) -> Result<Vec<(u32, Author)>, OpenError> {
        let rows = self.rows_of(passage.0.saturating_sub(self.base));
        let left = rows.filter(|&row| !self.removed_authors.contains(row));
        left.map(|row| Ok((row, self.entry_at(passage, row)?.author))).collect()
    }

    /// What is told in a row, which is one of the passage's.
    fn entry_at(&self, passage: PassageId, row: u32) -> Result<PassageEntry, OpenError> {
        let damaged = Files { path: &self.path }.damaged(&self.table_file);
        let number = passage.0.saturating_sub(self.base);
        let mut entry = self.provenance.get(row, number).map_err(&damaged)?;
        if entry.family.0 >= self.passages {
            let fact = "names a family whose first passage does not exist";
            return Err(damaged(Flaw::new("table", fact)));
        }
        entry.passage.0 += self.base;
        entry.family.0 += self.base;
        Ok(entry)
    }
}

fn open_removed(
    files: Files<'_>,
    entry: &SegmentEntry,
    authors: u32,
) -> Result<Removed, OpenError> {
    let Some(removed) = &entry.removed else {
        return Ok(Removed::default());
    };
    let file = format!("{}/{}", entry.directory(), removed.file_name());
    let (map, checksum) = files.map(&file, &removed.file)?;
    let opened =
        Removed::open(&map, &checksum, authors, FORMAT_VERSION).map_err(files.damaged(&file))?;
    if opened.count() != removed.authors {
        let fact = "counts other removed authors than their file";
        return Err(files.damaged(MANIFEST_FILE)(Flaw::new(SEGMENTS, fact)));
    }
    Ok(opened)
}
