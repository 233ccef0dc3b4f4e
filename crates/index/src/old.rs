//! Indexes of an older format, or of other rules: of these only texts and provenance are read, to make a new index of them.

mod v1;

use std::path::{Path, PathBuf};

use seepage_fingerprint::Stream;

use crate::error::OpenError;
use crate::facts::BuildFacts;
use crate::logs::{self, LogFile};
use crate::manifest::{
    EVIDENCE_FILE, FORMAT_VERSION, FileEntry, LOGS_FILE, MANIFEST_FILE, Manifest, ManifestHead,
    Reading, Removals,
};
use crate::mmap::Mapping;
use crate::old::v1::ManifestV1;
use crate::passage::{Author, Passage, PassageId};
use crate::segment::catalogue::Catalogue;
use crate::segment::evidence::Evidence;
use crate::segment::files::Files;

/// An index that is opened for its texts, whatever its rules, in this format or an older one.
#[derive(Debug)]
pub struct OldIndex {
    path: PathBuf,
    /// Its format.
    pub format: u32,
    /// Its normalisation rules.
    pub rules: u32,
    /// How its logs were read. Its backgrounds are of its rules.
    pub reading: Reading,
    /// What was taken out and must not come back.
    pub removals: Removals,
    /// What the builds of all its segments read.
    pub facts: BuildFacts,
    /// The log files of all segments, in order of the segments.
    pub logs: Vec<LogFile>,
    segments: Vec<OldSegment>,
}

#[derive(Debug)]
struct OldSegment {
    evidence: Evidence<Mapping>,
    authors: OldAuthors,
}

/// Who wrote the passages of a segment.
#[derive(Debug)]
enum OldAuthors {
    V1(v1::Authors),
    /// As today.
    Catalogue(Catalogue),
}

/// One segment's files, whatever its format.
struct SegmentFiles<'m> {
    directory: String,
    evidence: &'m FileEntry,
    logs: &'m FileEntry,
}

impl OldIndex {
    /// Opens an index of this format or an older one, and checks every byte of what is read.
    ///
    /// # Errors
    /// No index, one of a newer format, or one that does not hold what was written.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let (head, bytes) = ManifestHead::read(path)?;
        match u32::try_from(head.version) {
            Ok(1) => Self::of_v1(path, &ManifestV1::parse(path, &bytes)?),
            Ok(FORMAT_VERSION) => Self::of_today(path, &Manifest::parse(path, &bytes)?),
            _ => Err(OpenError::Version {
                path: path.to_path_buf(),
                found: head.version,
                known: FORMAT_VERSION,
            }),
        }
    }

    /// Whether it is as this build writes it, so that there is nothing to be made anew.
    pub fn is_current(&self) -> bool {
        self.format == FORMAT_VERSION && self.rules == Stream::RULES_VERSION
    }

    fn of_v1(path: &Path, manifest: &ManifestV1) -> Result<Self, OpenError> {
        let mut old = Self {
            path: path.to_path_buf(),
            format: 1,
            rules: manifest.rules,
            reading: manifest.reading(),
            removals: manifest.removals.clone(),
            facts: BuildFacts::default(),
            logs: vec![],
            segments: vec![],
        };
        for entry in &manifest.segments {
            let files = SegmentFiles {
                directory: entry.directory(),
                evidence: &entry.evidence,
                logs: &entry.logs,
            };
            let authors = OldAuthors::V1(v1::Authors::open(path, entry)?);
            old.add_segment(&files, 1, authors)?;
            old.facts.add(&entry.facts);
        }
        Ok(old)
    }

    fn of_today(path: &Path, manifest: &Manifest) -> Result<Self, OpenError> {
        let bases = manifest.bases().map_err(Files { path }.damaged(MANIFEST_FILE))?;
        let mut old = Self {
            path: path.to_path_buf(),
            format: FORMAT_VERSION,
            rules: manifest.rules(),
            reading: manifest.reading.clone(),
            removals: manifest.removals.clone(),
            facts: BuildFacts::default(),
            logs: vec![],
            segments: vec![],
        };
        for (entry, base) in manifest.segments.iter().zip(bases) {
            let files = SegmentFiles {
                directory: entry.directory(),
                evidence: &entry.evidence,
                logs: &entry.logs,
            };
            let authors = OldAuthors::Catalogue(Catalogue::open(path, entry, base)?);
            old.add_segment(&files, FORMAT_VERSION, authors)?;
            old.facts.add(&entry.facts);
        }
        Ok(old)
    }

    fn add_segment(
        &mut self,
        of: &SegmentFiles<'_>,
        version: u32,
        authors: OldAuthors,
    ) -> Result<(), OpenError> {
        let files = Files { path: &self.path };
        let file = format!("{}/{EVIDENCE_FILE}", of.directory);
        let (map, checksum) = files.map(&file, of.evidence)?;
        let evidence = Evidence::open(map, &checksum, version).map_err(files.damaged(&file))?;
        let file = format!("{}/{LOGS_FILE}", of.directory);
        let (bytes, checksum) = (files.read(&file, of.logs)?, files.checksum(of.logs)?);
        self.logs.extend(logs::from_bytes(&bytes, &checksum).map_err(files.damaged(&file))?);
        self.segments.push(OldSegment { evidence, authors });
        Ok(())
    }

    /// How many passages there are, those that were removed among them.
    pub fn count(&self) -> u64 {
        self.segments.iter().map(|segment| u64::from(segment.evidence.passages())).sum()
    }

    /// All passages that were not removed, segment by segment, each with the authors that the format kept.
    pub fn passages(&self) -> impl Iterator<Item = Result<Passage, OpenError>> {
        self.segments.iter().flat_map(|segment| {
            (0..segment.evidence.passages()).filter_map(move |number| {
                let authors = match segment.authors(number) {
                    Ok(authors) => authors,
                    Err(error) => return Some(Err(error)),
                };
                let said = segment.evidence.get(number)?;
                let text = String::from_utf8_lossy(said.text).into_owned();
                let is_left = !authors.is_empty();
                is_left.then_some(Ok(Passage { authors, text, spans: said.spans }))
            })
        })
    }
}

impl OldSegment {
    /// The authors of a passage that are left.
    fn authors(&self, number: u32) -> Result<Vec<Author>, OpenError> {
        match &self.authors {
            OldAuthors::V1(authors) => authors.of(number),
            OldAuthors::Catalogue(catalogue) => {
                let authors = catalogue.authors(PassageId(catalogue.base() + number))?;
                Ok(authors.into_iter().map(|(_, author)| author).collect())
            }
        }
    }
}
