//! Format 1, in which a text had one author.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use seepage_logs::Class;
use serde::Deserialize;

use crate::error::OpenError;
use crate::facts::BuildFacts;
use crate::manifest::{FileEntry, MANIFEST_FILE, PROVENANCE_FILE, Reading, Removals, RemovedEntry};
use crate::passage::Author;
use crate::segment::columns;
use crate::segment::files::Files;
use crate::segment::provenance::ProvenanceTable;
use crate::segment::removed::Removed;
use crate::segment::sections::Flaw;

/// As far as it is needed.
#[derive(Debug, Deserialize)]
pub(crate) struct ManifestV1 {
    pub(crate) rules: u32,
    reading: ReadingV1,
    pub(crate) removals: Removals,
    pub(crate) segments: Vec<SegmentEntryV1>,
}

#[derive(Debug, Deserialize)]
struct ReadingV1 {
    prose: bool,
    backgrounds: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SegmentEntryV1 {
    number: u32,
    passages: u32,
    pub(crate) facts: BuildFacts,
    #[serde(rename = "evidence.bin")]
    pub(crate) evidence: FileEntry,
    #[serde(rename = "provenance.parquet")]
    provenance: FileEntry,
    #[serde(rename = "logs.jsonl")]
    pub(crate) logs: FileEntry,
    removed: Option<RemovedEntryV1>,
}

#[derive(Debug, Deserialize)]
struct RemovedEntryV1 {
    number: u32,
    file: FileEntry,
}

impl ManifestV1 {
    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, OpenError> {
        let damaged = Files { path }.damaged(MANIFEST_FILE);
        if !has_right_checksum(bytes) {
            return Err(damaged(Flaw::new("manifest", "fails its checksum")));
        }
        serde_json::from_slice(bytes).map_err(|error| {
            damaged(Flaw::new("manifest", format!("is none of format 1 ({error})")))
        })
    }

    pub(crate) fn reading(&self) -> Reading {
        let ReadingV1 { prose, ref backgrounds } = self.reading;
        let is_read = |class: &Class| match class {
            Class::File | Class::Edit | Class::Notebook | Class::Shell | Class::Fence => true,
            Class::Prose => prose,
            _ => false,
        };
        let classes = Class::ALL.into_iter().filter(is_read).collect();
        Reading { classes, backgrounds: backgrounds.clone() }
    }
}

/// Whether the manifest's last value is its checksum, made with zeros in that place.
fn has_right_checksum(bytes: &[u8]) -> bool {
    const END: &[u8] = b"\"\n}\n";
    let Some((body, checksum)) = bytes.strip_suffix(END).and_then(|rest| {
        let start = rest.len().checked_sub(64)?;
        Some(rest.split_at(start))
    }) else {
        return false;
    };
    let mut hasher = blake3::Hasher::new();
    hasher.update(body).update(&[b'0'; 64]).update(END);
    hasher.finalize().to_hex().as_bytes() == checksum
}

impl SegmentEntryV1 {
    pub(crate) fn directory(&self) -> String {
        format!("segments/{}", self.number)
    }
}

/// The author of each passage of a segment.
#[derive(Debug)]
pub(crate) struct Authors {
    /// Of the index.
    path: PathBuf,
    /// Of the table, inside of the index.
    table_file: String,
    table: ProvenanceTable,
    /// The passages that were taken out.
    removed: Removed,
}

impl Authors {
    pub(crate) fn open(path: &Path, entry: &SegmentEntryV1) -> Result<Self, OpenError> {
        let files = Files { path };
        let file = format!("{}/{PROVENANCE_FILE}", entry.directory());
        let checksum = files.checksum(&entry.provenance)?;
        let opened = files.open(&file, &entry.provenance)?;
        let table = ProvenanceTable::open(
            opened,
            entry.provenance.len,
            &checksum,
            entry.passages,
            &columns::schema_v1(),
        )
        .map_err(|source| files.io(&file, source))?
        .map_err(files.damaged(&file))?;
        let removed = match &entry.removed {
            None => Removed::default(),
            Some(removed) => {
                let name = RemovedEntry::name(removed.number);
                let file = format!("{}/{name}", entry.directory());
                let (map, checksum) = files.map(&file, &removed.file)?;
                Removed::open(&map, &checksum, entry.passages, 1).map_err(files.damaged(&file))?
            }
        };
        Ok(Self { path: path.to_path_buf(), table_file: file, table, removed })
    }

    /// The author of a passage; none if the passage was taken out.
    pub(crate) fn of(&self, passage: u32) -> Result<Vec<Author>, OpenError> {
        if self.removed.contains(passage) {
            return Ok(vec![]);
        }
        let damaged = Files { path: &self.path }.damaged(&self.table_file);
        Ok(vec![self.table.get(passage, passage).map_err(damaged)?.author])
    }
}
