//! An opened index.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use seepage_fingerprint::{Analyzer, Fingerprint};
use seepage_logs::{Class, Provenance};

use crate::error::OpenError;
use crate::facts::{BuildFacts, Sizes};
use crate::manifest::{MANIFEST_FILE, Manifest, Reading, Removals};
use crate::passage::{Author, PassageEntry, PassageId, PassageText};
use crate::segment::Segment;
use crate::segment::files::Files;

/// Passages that a probe gives: more hold what everybody writes, and say little about any of them.
const PROBED_MAX: usize = 64;

/// How often an index is opened anew because it was merged between the reading of its manifest and that of its files.
const OPENED_MAX: usize = 5;

/// An opened index; cheap to share between threads (`Sync`).
pub struct Index {
    path: PathBuf,
    analyzer: Analyzer,
    reading: Reading,
    removals: Removals,
    /// What its passages were written as, at least those that are found.
    classes: BTreeSet<Class>,
    facts: BuildFacts,
    sizes: Sizes,
    digest: String,
    segments: Arc<[Arc<Segment>]>,
    /// Those of `segments` that are asked: all that hold a passage, but for a view.
    asked: Vec<Arc<Segment>>,
}

/// A segment of an index, in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentSummary {
    /// Of its directory.
    pub number: u32,
    /// BLAKE3, in hex: names its content, and what was removed from it.
    pub digest: String,
    /// The id of its first passage.
    pub base: u32,
    /// Passages, those that were removed among them.
    pub passages: u32,
    /// Passages that were removed.
    pub removed: u32,
    /// Bytes on disk.
    pub bytes: u64,
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index")
            .field("path", &self.path)
            .field("digest", &self.digest)
            .field("sizes", &self.sizes)
            .finish_non_exhaustive()
    }
}

impl Index {
    /// Opens an index and checks headers, lengths, checksums, and every number that leads somewhere.
    ///
    /// Reads all of it once. The files are mapped: they must not be changed while the index is open. Another program may
    /// add to the index or merge it meanwhile: what was opened stays as it was.
    ///
    /// # Errors
    /// No index, one of another version, or one that does not hold what was written.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let mut manifest = Manifest::read(path)?;
        for _ in 1..OPENED_MAX {
            let error = match Self::of(path, &manifest.0, &manifest.1) {
                Ok(index) => return Ok(index),
                Err(error) => error,
            };
            // The files that were named may be gone because others are named now.
            let read = manifest.1;
            manifest = Manifest::read(path)?;
            if manifest.1 == read {
                return Err(error);
            }
        }
        Self::of(path, &manifest.0, &manifest.1)
    }

    fn of(path: &Path, manifest: &Manifest, manifest_bytes: &[u8]) -> Result<Self, OpenError> {
        let in_manifest = Files { path }.damaged(MANIFEST_FILE);
        let analyzer = manifest.analyzer().map_err(&in_manifest)?;
        let bases = manifest.bases().map_err(&in_manifest)?;
        let mut facts = BuildFacts::default();
        let mut sizes = Sizes { bytes: manifest_bytes.len() as u64, ..Sizes::default() };
        let mut segments = vec![];
        for (entry, base) in manifest.segments.iter().zip(bases) {
            let segment = Segment::open(path, entry, base, &analyzer)?;
            facts.add(&entry.facts);
            let counts = segment.counts();
            sizes.passages += u64::from(counts.passages);
            sizes.removed += u64::from(segment.catalogue.removed().count());
            sizes.fingerprints += counts.fingerprints;
            sizes.postings += counts.postings;
            sizes.bytes += entry.len();
            segments.push(Arc::new(segment));
        }
        Ok(Self {
            path: path.to_path_buf(),
            analyzer,
            reading: manifest.reading.clone(),
            removals: manifest.removals.clone(),
            classes: manifest.reading.classes.clone(),
            facts,
            sizes,
            digest: blake3::hash(manifest_bytes).to_hex().to_string(),
            asked: asked(&segments),
            segments: segments.into(),
        })
    }

    /// A view of the same index that finds the passages of its segments from the one at place `from` on only. Ids are
    /// those of the index, and whatever is not about finding is as in the index.
    #[must_use]
    pub fn newest(&self, from: usize) -> Self {
        let segments = self.segments.get(from..).unwrap_or_default();
        Self {
            path: self.path.clone(),
            reading: self.reading.clone(),
            removals: self.removals.clone(),
            classes: self.classes.clone(),
            facts: self.facts.clone(),
            digest: self.digest.clone(),
            asked: asked(segments),
            segments: Arc::clone(&self.segments),
            ..*self
        }
    }

    /// The segments of the index, of which a view may ask some only.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = SegmentSummary> {
        self.segments.iter().map(|segment| SegmentSummary {
            number: segment.entry.number,
            digest: segment.entry.digest(),
            base: segment.catalogue.base(),
            passages: segment.catalogue.passages(),
            removed: segment.catalogue.removed().count(),
            bytes: segment.entry.len(),
        })
    }

    /// How its texts were analysed, and how a scanned text must be.
    pub fn analyzer(&self) -> &Analyzer {
        &self.analyzer
    }

    /// A view of the same index as if models had written its texts as these classes only: passages of which no such author
    /// is left are not found. Ids are those of the index.
    ///
    /// # Errors
    /// A table that cannot be decoded.
    pub fn of_classes(&self, classes: &BTreeSet<Class>) -> Result<Self, OpenError> {
        let keeps = |author: &Author| classes.contains(&author.provenance.class);
        let segments = self.segments.iter().map(|segment| segment.only(&keeps).map(Arc::new));
        let segments: Vec<_> = segments.collect::<Result<_, _>>()?;
        let not_found =
            segments.iter().map(|segment| u64::from(segment.catalogue.removed().count()));
        let not_found: u64 = not_found.sum();
        Ok(Self {
            path: self.path.clone(),
            reading: self.reading.clone(),
            removals: self.removals.clone(),
            classes: &self.classes & classes,
            facts: self.facts.clone(),
            digest: self.digest.clone(),
            sizes: Sizes { of_other_classes: not_found - self.sizes.removed, ..self.sizes },
            asked: asked(&segments),
            segments: segments.into(),
            analyzer: self.analyzer,
        })
    }

    /// What models wrote its passages as, of those that are found: all classes unless some were left out when the logs were
    /// read, or are left out by this view.
    pub fn classes(&self) -> &BTreeSet<Class> {
        &self.classes
    }

    /// Appends passages that hold `fingerprint`, ascending: up to 64, and of more than these the first of those that `may`
    /// be meant. No other limit cuts any off. Allocates nothing on a miss.
    ///
    /// A fingerprint that is in none gives one in 2^28 of the times that the filter lets it through, which is 1 in 100; both
    /// for each segment.
    #[inline]
    pub fn probe(
        &self,
        fingerprint: Fingerprint,
        may: &dyn Fn(PassageId) -> bool,
        passages: &mut Vec<PassageId>,
    ) {
        if self.asked.iter().any(|segment| segment.may_hold(fingerprint)) {
            self.probe_segments(fingerprint, may, passages);
        }
    }

    fn probe_segments(
        &self,
        fingerprint: Fingerprint,
        may: &dyn Fn(PassageId) -> bool,
        passages: &mut Vec<PassageId>,
    ) {
        let start = passages.len();
        let mut are_others = false;
        for are_meant in [true, false] {
            for segment in self.asked.iter().filter(|segment| segment.may_hold(fingerprint)) {
                segment.each_of(fingerprint, &mut |passage| {
                    if passages.len() - start == PROBED_MAX {
                        return ControlFlow::Break(());
                    }
                    if may(passage) == are_meant {
                        passages.push(passage);
                    } else {
                        are_others = true;
                    }
                    ControlFlow::Continue(())
                });
            }
            if !are_others {
                break;
            }
        }
        if !passages[start..].is_sorted_by(|a, b| a < b) {
            sort_and_dedup(passages, start);
        }
    }

    /// Asks for the memory that [`Index::sift`] reads for `fingerprints`. Worth its while some hundred nanoseconds before.
    #[inline]
    pub fn prefetch(&self, fingerprints: &[Fingerprint]) {
        for segment in &self.asked {
            segment.prefetch(fingerprints);
        }
    }

    /// Appends to `passed` the places in `fingerprints` of those that the index may hold, ascending: of a hundred others
    /// one is among them for each segment. Allocates nothing but for `passed`.
    pub fn sift(&self, fingerprints: &[Fingerprint], passed: &mut Vec<u32>) {
        let start = passed.len();
        for segment in &self.asked {
            segment.sift(fingerprints, passed);
        }
        if self.asked.len() > 1 {
            sort_and_dedup(passed, start);
        }
    }

    /// Whether [`Index::probe`] would give passages for a fingerprint that passed [`Index::sift`].
    pub fn holds(&self, fingerprint: Fingerprint) -> bool {
        self.asked.iter().any(|segment| segment.holds(fingerprint))
    }

    /// The passages that can be found, ascending: not those that were removed, and of a view those of its segments.
    pub fn passages(&self) -> impl Iterator<Item = PassageId> {
        let live = |segment| Segment::live(segment);
        self.asked.iter().map(Arc::as_ref).flat_map(live)
    }

    /// The text of a passage as written, and the spans of it that are authored.
    ///
    /// A passage that is not this index's, or was removed, has an empty text.
    pub fn text(&self, passage: PassageId) -> PassageText<'_> {
        self.segment_of(passage)
            .and_then(|segment| segment.text(passage))
            .unwrap_or(PassageText { text: &[], spans: vec![] })
    }

    /// Where the earliest author of a passage wrote it. Read from disk on first use.
    ///
    /// # Errors
    /// A passage that is not this index's, or a table that cannot be decoded.
    pub fn provenance(&self, passage: PassageId) -> Result<Provenance, OpenError> {
        self.entry(passage).map(|entry| entry.author.provenance)
    }

    /// What the index tells of a passage and of its earliest author, beside the text. Read from disk on first use.
    ///
    /// # Errors
    /// A passage that is not this index's, or a table that cannot be decoded.
    pub fn entry(&self, passage: PassageId) -> Result<PassageEntry, OpenError> {
        self.existing(passage)?.catalogue.entry(passage)
    }

    /// All authors of a passage, in canonical order; those that were removed are none. Read from disk on first use.
    ///
    /// # Errors
    /// A passage that is not this index's, or a table that cannot be decoded.
    pub fn authors(&self, passage: PassageId) -> Result<Vec<Author>, OpenError> {
        let authors = self.existing(passage)?.catalogue.authors(passage)?;
        Ok(authors.into_iter().map(|(_, author)| author).collect())
    }

    fn existing(&self, passage: PassageId) -> Result<&Segment, OpenError> {
        self.segment_of(passage).ok_or_else(|| OpenError::NoPassage {
            path: self.path.clone(),
            passage: passage.0,
            count: self.sizes.passages as u32,
        })
    }

    /// What a passage says, as [`crate::Passage::content`] has it; 0 for one that is not this index's.
    pub fn content(&self, passage: PassageId) -> u128 {
        let segment = self.segment_of(passage);
        let content = segment.and_then(|segment| segment.catalogue.content(passage));
        content.unwrap_or_default()
    }

    fn segment_of(&self, passage: PassageId) -> Option<&Segment> {
        let starts_before = |segment: &Arc<Segment>| segment.catalogue.base() <= passage.0;
        let behind = self.segments.partition_point(starts_before);
        let segment = self.segments.get(behind.checked_sub(1)?)?;
        let catalogue = &segment.catalogue;
        (passage.0 - catalogue.base() < catalogue.passages()).then_some(segment)
    }

    /// How the logs were read.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// What was taken out and must not come back.
    pub fn removals(&self) -> &Removals {
        &self.removals
    }

    /// What the builds of all segments read.
    pub fn facts(&self) -> &BuildFacts {
        &self.facts
    }

    /// Whether nothing can be found with it, so that every corpus would be clean: no passage is left, or none has a
    /// fingerprint. What models had read before they wrote it is no passage; if they wrote nothing else, that is known, and
    /// there is nothing to find.
    pub fn is_of_nothing(&self) -> bool {
        let Sizes { fingerprints, .. } = self.sizes;
        let passages = self.sizes.findable();
        let (facts, is_empty) = (self.facts(), passages == 0 || fingerprints == 0);
        let was_all_read =
            facts.bytes_authored > 0 && facts.bytes_subtracted == facts.bytes_authored;
        is_empty && (passages > 0 || !was_all_read)
    }

    /// Sizes and counts of the whole index.
    pub fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// BLAKE3 of the manifest, in hex: names the content of the whole index.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// The segments that hold a passage. An empty one has no answer to a probe.
fn asked(segments: &[Arc<Segment>]) -> Vec<Arc<Segment>> {
    let holds_any = |segment: &&Arc<Segment>| segment.catalogue.passages() > 0;
    segments.iter().filter(holds_any).cloned().collect()
}

/// Sorts what stands from `start` on, and drops repeats in it.
fn sort_and_dedup<T: Ord + Copy>(items: &mut Vec<T>, start: usize) {
    items[start..].sort_unstable();
    let mut kept = start;
    for at in start..items.len() {
        if kept == start || items[at] != items[kept - 1] {
            items[kept] = items[at];
            kept += 1;
        }
    }
    items.truncate(kept);
}
