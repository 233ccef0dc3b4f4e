//! One opened segment.

pub(crate) mod catalogue;
pub(crate) mod columns;
pub(crate) mod contents;
pub(crate) mod evidence;
pub(crate) mod extract;
pub(crate) mod files;
pub(crate) mod fingerprints;
pub(crate) mod provenance;
pub(crate) mod removed;
pub(crate) mod sections;
pub(crate) mod write;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use seepage_fingerprint::{Analyzer, Fingerprint};

use crate::error::OpenError;
use crate::logs;
use crate::manifest::{
    EVIDENCE_FILE, FINGERPRINTS_FILE, FORMAT_VERSION, LOGS_FILE, MANIFEST_FILE, SEGMENTS,
    SegmentEntry,
};
use crate::mmap::Mapping;
use crate::passage::{Author, PassageId, PassageText};
use crate::segment::catalogue::Catalogue;
use crate::segment::evidence::Evidence;
use crate::segment::files::Files;
use crate::segment::fingerprints::Fingerprints;
use crate::segment::fingerprints::header::TableCounts;
use crate::segment::sections::Flaw;

/// A segment of an opened index. What it gives and takes are ids of the index. A copy shares the files.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) entry: SegmentEntry,
    pub(crate) catalogue: Catalogue,
    fingerprints: Arc<Fingerprints<Mapping>>,
    evidence: Arc<Evidence<Mapping>>,
}

impl Segment {
    /// Opens all files of the segment and checks them.
    pub(crate) fn open(
        path: &Path,
        entry: &SegmentEntry,
        base: u32,
        analyzer: &Analyzer,
    ) -> Result<Self, OpenError> {
        let files = Files { path };
        let in_segment = |name: &str| format!("{}/{name}", entry.directory());

        let file = in_segment(FINGERPRINTS_FILE);
        let (map, checksum) = files.map(&file, &entry.fingerprints)?;
        let fingerprints = Fingerprints::open(map, &checksum, analyzer)
            .map_err(|source| files.io(&file, source))?
            .map_err(files.damaged(&file))?;
        let file = in_segment(EVIDENCE_FILE);
        let (map, checksum) = files.map(&file, &entry.evidence)?;
        let evidence =
            Evidence::open(map, &checksum, FORMAT_VERSION).map_err(files.damaged(&file))?;
        let counts = fingerprints.counts();
        if counts.passages != entry.passages || evidence.passages() != entry.passages {
            let fact = "counts other passages than its files";
            return Err(files.damaged(MANIFEST_FILE)(Flaw::new(SEGMENTS, fact)));
        }
        let file = in_segment(LOGS_FILE);
        let checksum = files.checksum(&entry.logs)?;
        let bytes = files.read(&file, &entry.logs)?;
        logs::check(&bytes, &checksum).map_err(files.damaged(&file))?;
        Ok(Self {
            catalogue: Catalogue::open(path, entry, base)?,
            entry: entry.clone(),
            fingerprints: Arc::new(fingerprints),
            evidence: Arc::new(evidence),
        })
    }

    /// The same segment with those authors only that `keeps` wants.
    pub(crate) fn only(&self, keeps: &dyn Fn(&Author) -> bool) -> Result<Self, OpenError> {
        let mut removed = self.catalogue.removed_authors().clone();
        for passage in self.live() {
            for (number, author) in self.catalogue.authors(passage)? {
                if !keeps(&author) {
                    removed.insert(number);
                }
            }
        }
        let mut only = self.clone();
        only.catalogue.remove(removed);
        Ok(only)
    }

    pub(crate) fn counts(&self) -> TableCounts {
        self.fingerprints.counts()
    }

    /// Whether a passage may hold `fingerprint`: so it is for one in a hundred of those that none holds.
    #[inline]
    pub(crate) fn may_hold(&self, fingerprint: Fingerprint) -> bool {
        self.fingerprints.may_hold(fingerprint)
    }

    /// Gives the passages that hold `fingerprint` and were not removed to `each`, until it breaks off: nearly always each
    /// once and ascending.
    pub(crate) fn each_of(
        &self,
        fingerprint: Fingerprint,
        each: &mut dyn FnMut(PassageId) -> ControlFlow<()>,
    ) {
        let (base, removed) = (self.catalogue.base(), self.catalogue.removed());
        self.fingerprints.each_of(fingerprint, &mut |number| {
            if removed.count() > 0 && removed.contains(number) {
                return ControlFlow::Continue(());
            }
            each(PassageId(base + number))
        });
    }

    /// See [`crate::Index::prefetch`].
    #[inline]
    pub(crate) fn prefetch(&self, fingerprints: &[Fingerprint]) {
        self.fingerprints.prefetch(fingerprints);
    }

    /// See [`crate::Index::sift`].
    pub(crate) fn sift(&self, fingerprints: &[Fingerprint], passed: &mut Vec<u32>) {
        self.fingerprints.sift(fingerprints, passed);
    }

    /// See [`crate::Index::holds`].
    pub(crate) fn holds(&self, fingerprint: Fingerprint) -> bool {
        let removed = self.catalogue.removed();
        if removed.count() == 0 {
            self.fingerprints.holds(fingerprint)
        } else {
            let is_live = |number| !removed.contains(number);
            self.fingerprints.holds_any(fingerprint, is_live)
        }
    }

    /// The passages that were not removed, ascending.
    pub(crate) fn live(&self) -> impl Iterator<Item = PassageId> {
        self.catalogue.live()
    }

    /// The text of a passage of this segment that was not removed.
    pub(crate) fn text(&self, passage: PassageId) -> Option<PassageText<'_>> {
        let number = passage.0.checked_sub(self.catalogue.base())?;
        if self.catalogue.removed().contains(number) {
            return None;
        }
        self.evidence.get(number)
    }
}
