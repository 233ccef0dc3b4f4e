//! A change of an index in place: one writer, any number of readers, and a whole index whenever the program may die.
//!
//! Files are only ever added. What counts is what the manifest names, and the manifest is replaced by one rename, after
//! all that it names is on the disk. What it named before is removed last; what a program left that died on the way, the
//! next writer removes.

pub(crate) mod lock;
pub(crate) mod staging;
pub(crate) mod verify;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use seepage_fingerprint::Analyzer;

use crate::error::{OpenError, WriteError, io_error};
use crate::logs::{self, LogFile};
use crate::manifest::{
    LOGS_FILE, MANIFEST_FILE, MANIFEST_LEN_MAX, Manifest, Reading, Removals, RemovedEntry,
    SegmentEntry,
};
use crate::passage::{Author, PassageId};
use crate::segment::catalogue::Catalogue;
use crate::segment::files::Files;
use crate::segment::fingerprints::postings::LIST_BIT;
use crate::segment::removed::Removed;
use crate::segment::write::{SegmentWriter, WrittenSegment, create_file, sync, write_synced};
use crate::update::lock::Lock;
use crate::update::staging::{
    HIDDEN_PREFIX, SEGMENTS_DIRECTORY, Staging, close, hidden_in, sync_directory,
};

/// A change of an index that is being made. It locks the index, so that there is no other at the same time, and nothing
/// is changed before [`Update::commit`].
#[derive(Debug)]
pub struct Update {
    path: PathBuf,
    analyzer: Analyzer,
    manifest: Manifest,
    catalogues: Vec<Catalogue>,
    /// By place of the segment, where authors were taken out.
    removed: Vec<Option<Removed>>,
    _lock: Lock,
}

impl Update {
    /// Locks the index at `path`, removes what an earlier writer left that died, and opens all but the fingerprints and the
    /// texts.
    ///
    /// # Errors
    /// Another writer, no index, or one that does not hold what was written.
    pub fn begin(path: &Path) -> Result<Self, WriteError> {
        // Says what is wrong with a path that is no index.
        Manifest::read(path)?;
        let lock = Lock::of(path)?;
        let (manifest, _) = Manifest::read(path)?;
        let damaged = Files { path }.damaged(MANIFEST_FILE);
        let analyzer = manifest.analyzer().map_err(&damaged)?;
        let bases = manifest.bases().map_err(&damaged)?;
        let entries = manifest.segments.iter().zip(bases);
        let catalogues = entries
            .map(|(entry, base)| Catalogue::open(path, entry, base))
            .collect::<Result<Vec<_>, _>>()?;
        sweep(path, &manifest).map_err(io_error(path))?;
        Ok(Self {
            path: path.to_path_buf(),
            analyzer,
            removed: vec![None; catalogues.len()],
            catalogues,
            manifest,
            _lock: lock,
        })
    }

    /// How the logs of the index are read.
    pub fn reading(&self) -> &Reading {
        &self.manifest.reading
    }

    /// What was taken out and must not come back.
    pub fn removals(&self) -> &Removals {
        &self.manifest.removals
    }

    /// The log files of all segments, in order of the segments.
    ///
    /// # Errors
    /// A list that is not there or is damaged.
    pub fn logs(&self) -> Result<Vec<LogFile>, OpenError> {
        let mut logs = vec![];
        for entry in &self.manifest.segments {
            logs.extend(self.logs_of(entry)?);
        }
        Ok(logs)
    }

    fn logs_of(&self, entry: &SegmentEntry) -> Result<Vec<LogFile>, OpenError> {
        let files = Files { path: &self.path };
        let file = format!("{}/{LOGS_FILE}", entry.directory());
        let (bytes, checksum) = (files.read(&file, &entry.logs)?, files.checksum(&entry.logs)?);
        logs::from_bytes(&bytes, &checksum).map_err(files.damaged(&file))
    }

    /// The passages that were not removed before this change, ascending.
    pub fn passages(&self) -> impl Iterator<Item = PassageId> {
        self.catalogues.iter().flat_map(Catalogue::live)
    }

    /// Likewise, each with what it says.
    pub fn contents(&self) -> impl Iterator<Item = (PassageId, u128)> {
        self.catalogues.iter().flat_map(Catalogue::live_contents)
    }

    /// The authors that were not removed before this change and wrote into one of the log files at `paths`, each by its
    /// passage and number, ascending.
    ///
    /// # Errors
    /// A table that cannot be decoded.
    pub fn authors_of_logs(
        &self,
        paths: &BTreeSet<String>,
    ) -> Result<Vec<(PassageId, u32)>, OpenError> {
        let mut found = vec![];
        for (entry, catalogue) in self.manifest.segments.iter().zip(&self.catalogues) {
            // The list of log files is short; the table is not read for nothing.
            let logs = self.logs_of(entry)?;
            if !logs.iter().any(|log| paths.contains(&log.path)) {
                continue;
            }
            for passage in catalogue.live() {
                let mut authors = catalogue.authors(passage)?;
                authors.retain(|(_, author)| paths.contains(&author.provenance.log_path));
                found.extend(authors.into_iter().map(|(number, _)| (passage, number)));
            }
        }
        Ok(found)
    }

    /// Whether any author was removed before this change.
    pub fn has_removed(&self) -> bool {
        self.catalogues.iter().any(|catalogue| catalogue.removed_authors().count() > 0)
    }

    /// The authors of a passage that were not removed before this change, in canonical order, each with its number.
    ///
    /// # Errors
    /// A passage that is not this index's, or a table that cannot be decoded.
    pub fn authors(&self, passage: PassageId) -> Result<Vec<(u32, Author)>, OpenError> {
        match self.place_of(passage) {
            Some(place) => self.catalogues[place].authors(passage),
            None => Err(OpenError::NoPassage {
                path: self.path.clone(),
                passage: passage.0,
                count: self.count(),
            }),
        }
    }

    /// The place of a passage's segment.
    fn place_of(&self, passage: PassageId) -> Option<usize> {
        let starts_before = |catalogue: &Catalogue| catalogue.base() <= passage.0;
        let place = self.catalogues.partition_point(starts_before).checked_sub(1)?;
        let catalogue = &self.catalogues[place];
        (passage.0 - catalogue.base() < catalogue.passages()).then_some(place)
    }

    /// All passages, those that were removed among them.
    fn count(&self) -> u32 {
        let last = self.catalogues.last();
        last.map_or(0, |last| last.base() + last.passages())
    }

    /// Takes an author of a passage out, if the passage is one of this index. A passage of which no author is left is found
    /// no more, and a merge leaves it out.
    pub fn remove(&mut self, passage: PassageId, author: u32) {
        if let Some(place) = self.place_of(passage) {
            let before = self.catalogues[place].removed_authors();
            self.removed[place].get_or_insert_with(|| before.clone()).insert(author);
        }
    }

    /// Remembers what must not come back.
    pub fn remember(&mut self, removals: Removals) {
        self.manifest.removals.add(removals);
    }

    /// Starts a further segment of this index.
    ///
    /// # Errors
    /// A disk that refuses.
    pub fn write_segment(&self) -> Result<SegmentWriter, WriteError> {
        SegmentWriter::at(Staging::within(&self.path)?, self.analyzer)
    }

    /// Adds a segment behind all others.
    ///
    /// # Errors
    /// A disk that refuses, or more passages than an index can hold.
    pub fn append(&mut self, written: WrittenSegment) -> Result<(), WriteError> {
        let sum = self.count().checked_add(written.entry.passages);
        if sum.is_none_or(|sum| sum > LIST_BIT) {
            return Err(WriteError::Full { part: "passages", max: u64::from(LIST_BIT) });
        }
        let entry = self.settle(written)?;
        self.manifest.segments.push(entry);
        Ok(())
    }

    /// Puts a segment in the place of all others.
    ///
    /// # Errors
    /// A disk that refuses.
    pub fn replace(&mut self, written: WrittenSegment) -> Result<(), WriteError> {
        let entry = self.settle(written)?;
        self.manifest.segments = vec![entry];
        self.removed.clear();
        Ok(())
    }

    fn settle(&self, written: WrittenSegment) -> Result<SegmentEntry, WriteError> {
        let WrittenSegment { place, mut entry } = written;
        entry.number = self.manifest.next_number();
        place.settle(&entry.directory())?;
        Ok(entry)
    }

    /// Makes the change. Readers that have the index open keep what they opened.
    ///
    /// # Errors
    /// A disk that refuses. Then the index is as it was, or as it should be: the manifest is replaced by one rename.
    pub fn commit(mut self) -> Result<(), WriteError> {
        for (entry, removed) in self.manifest.segments.iter_mut().zip(&self.removed) {
            if let Some(removed) = removed {
                let entry_removed = write_removed(&self.path, entry, removed)?;
                entry.removed = Some(entry_removed);
            }
        }
        let bytes = self.manifest.to_bytes();
        if bytes.len() as u64 > MANIFEST_LEN_MAX {
            return Err(WriteError::Full { part: "bytes of manifest", max: MANIFEST_LEN_MAX });
        }
        let hidden = hidden_in(&self.path)?;
        let (new, path) = (hidden.path().join(MANIFEST_FILE), self.path.join(MANIFEST_FILE));
        write_synced(&new, &bytes)?;
        fs::rename(&new, &path).map_err(io_error(&path))?;
        sync_directory(&self.path)?;
        close(hidden)?;
        sweep(&self.path, &self.manifest).map_err(io_error(&self.path))
    }
}

/// Writes what was removed from a segment, under a name that the segment did not have yet.
fn write_removed(
    path: &Path,
    segment: &SegmentEntry,
    removed: &Removed,
) -> Result<RemovedEntry, WriteError> {
    let before = segment.removed.as_ref();
    let number = before.map_or(0, |before| before.number.saturating_add(1));
    let name = format!("{}/{}", segment.directory(), RemovedEntry::name(number));
    let file = path.join(name);
    let (out, written) =
        create_file(&file).and_then(|out| removed.write(out)).map_err(io_error(&file))?;
    sync(out).map_err(io_error(&file))?;
    sync_directory(&path.join(segment.directory()))?;
    Ok(RemovedEntry { number, authors: removed.count(), file: written.into() })
}

/// Removes what only a writer can have left that the manifest does not name: hidden directories, segments, and lists of
/// removed authors. Any other file stays: another program put it there.
fn sweep(path: &Path, manifest: &Manifest) -> io::Result<()> {
    let named: BTreeSet<String> = manifest.segments.iter().map(SegmentEntry::directory).collect();
    for entry in names_in(path)?.filter(|name| name.starts_with(HIDDEN_PREFIX)) {
        let left = path.join(entry);
        if left.is_dir() {
            fs::remove_dir_all(left)?;
        } else {
            fs::remove_file(left)?;
        }
    }
    for name in names_in(&path.join(SEGMENTS_DIRECTORY))? {
        let directory = format!("{SEGMENTS_DIRECTORY}/{name}");
        if name.parse::<u32>().is_ok() && !named.contains(&directory) {
            fs::remove_dir_all(path.join(directory))?;
        }
    }
    for segment in &manifest.segments {
        let files = segment.files();
        let directory = path.join(segment.directory());
        for name in names_in(&directory)? {
            let is_named = files.iter().any(|(file, _)| *file == name);
            if RemovedEntry::is_name(&name) && !is_named {
                fs::remove_file(directory.join(name))?;
            }
        }
    }
    Ok(())
}

/// The names in a directory that are UTF-8: the program gives no others.
fn names_in(directory: &Path) -> io::Result<impl Iterator<Item = String>> {
    let entries = fs::read_dir(directory)?.collect::<io::Result<Vec<_>>>()?;
    let names = entries.into_iter().map(|entry| entry.file_name());
    Ok(names.filter_map(|name| name.to_str().map(str::to_owned)))
}
