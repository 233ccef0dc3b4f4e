//! An opened index.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use seepage_fingerprint::Fingerprint;

use crate::analyze::Analyzer;
use crate::error::OpenError;
use crate::evidence::Evidence;
use crate::facts::{BuildFacts, Sizes};
use crate::fingerprints::Fingerprints;
use crate::manifest::{FileEntry, MANIFEST_FILE, Manifest};
use crate::mmap::Mapping;
use crate::passage::{PassageId, PassageText, Provenance};
use crate::provenance::ProvenanceTable;
use crate::sections::Flaw;

const FINGERPRINTS: &str = "segments/0/fingerprints.bin";
const EVIDENCE: &str = "segments/0/evidence.bin";
const PROVENANCE: &str = "segments/0/provenance.parquet";

/// An opened index; cheap to share between threads (`Sync`).
pub struct Index {
    path: PathBuf,
    analyzer: Analyzer,
    facts: BuildFacts,
    sizes: Sizes,
    digest: String,
    fingerprints: Fingerprints<Mapping>,
    evidence: Evidence<Mapping>,
    provenance: ProvenanceTable,
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
    /// Reads all of it once. The files are mapped: they must not be changed while the index is open.
    ///
    /// # Errors
    /// No index, one of another version, or one that does not hold what was written.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let (manifest, manifest_bytes) = Manifest::read(path)?;
        let index = Files { path };
        let in_manifest = index.damaged(MANIFEST_FILE);
        let analyzer = manifest.analyzer().map_err(&in_manifest)?;
        let segment = manifest.segment().map_err(&in_manifest)?;

        let (map, checksum) = index.map(FINGERPRINTS, &segment.fingerprints)?;
        let fingerprints = Fingerprints::open(map, &checksum, &analyzer)
            .map_err(|source| index.io(FINGERPRINTS, source))?
            .map_err(index.damaged(FINGERPRINTS))?;
        let (map, checksum) = index.map(EVIDENCE, &segment.evidence)?;
        let evidence = Evidence::open(map, &checksum).map_err(index.damaged(EVIDENCE))?;
        let counts = fingerprints.counts();
        if counts.passages != segment.passages || evidence.passages() != segment.passages {
            let fact = "counts other passages than its files";
            return Err(in_manifest(Flaw::new("segments", fact)));
        }
        let entry = &segment.provenance;
        let checksum = entry.checksum().map_err(&in_manifest)?;
        let file = index.open(PROVENANCE, entry)?;
        let provenance = ProvenanceTable::open(file, entry.len, &checksum, segment.passages)
            .map_err(|source| index.io(PROVENANCE, source))?
            .map_err(index.damaged(PROVENANCE))?;

        let files = [&segment.fingerprints, &segment.evidence, entry];
        let files_len: u64 = files.iter().map(|entry| entry.len).sum();
        Ok(Self {
            path: path.to_path_buf(),
            analyzer,
            sizes: Sizes {
                passages: u64::from(counts.passages),
                fingerprints: counts.fingerprints,
                postings: counts.postings,
                postings_capped: counts.postings_capped,
                bytes: files_len + manifest_bytes.len() as u64,
            },
            digest: blake3::hash(&manifest_bytes).to_hex().to_string(),
            facts: manifest.facts,
            fingerprints,
            evidence,
            provenance,
        })
    }

    /// How its texts were analysed, and how a scanned text must be.
    pub fn analyzer(&self) -> &Analyzer {
        &self.analyzer
    }

    /// Appends the passages that hold `fingerprint`, ascending. Allocates nothing on a miss.
    ///
    /// Of a fingerprint in more than 64 passages, the first 64. A fingerprint that is in none gives one in 2^28 of the
    /// times that the filter lets it through, which is 1 in 100.
    #[inline]
    pub fn probe(&self, fingerprint: Fingerprint, passages: &mut Vec<PassageId>) {
        self.fingerprints.probe(fingerprint, passages);
    }

    /// Asks for the memory that [`Index::sift`] reads for `fingerprint`. Worth its while some hundred nanoseconds before.
    #[inline]
    pub fn prefetch(&self, fingerprint: Fingerprint) {
        self.fingerprints.prefetch(fingerprint);
    }

    /// Appends to `passed` the places in `fingerprints` of those that the index may hold: of a hundred others one is among
    /// them. Allocates nothing but for `passed`.
    pub fn sift(&self, fingerprints: &[Fingerprint], passed: &mut Vec<u32>) {
        self.fingerprints.sift(fingerprints, passed);
    }

    /// Whether [`Index::probe`] would give passages for a fingerprint that passed [`Index::sift`].
    pub fn holds(&self, fingerprint: Fingerprint) -> bool {
        self.fingerprints.holds(fingerprint)
    }

    /// The text of a passage as written, and the spans of it that are authored.
    ///
    /// A passage that is not this index's has an empty text.
    pub fn text(&self, passage: PassageId) -> PassageText<'_> {
        self.evidence.get(passage.0).unwrap_or(PassageText {
            text: &[],
            spans: vec![],
        })
    }

    /// Where a passage came from. Read from disk on first use.
    ///
    /// # Errors
    /// A passage that is not this index's, or a table that cannot be decoded.
    pub fn provenance(&self, passage: PassageId) -> Result<Arc<Provenance>, OpenError> {
        let count = self.evidence.passages();
        if passage.0 >= count {
            return Err(OpenError::NoPassage {
                path: self.path.clone(),
                passage: passage.0,
                count,
            });
        }
        let files = Files { path: &self.path };
        let damaged = files.damaged(PROVENANCE);
        self.provenance
            .get(passage.0)
            .map(Arc::new)
            .map_err(damaged)
    }

    /// What the build read.
    pub fn facts(&self) -> &BuildFacts {
        &self.facts
    }

    /// Sizes and counts.
    pub fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// BLAKE3 of the manifest, in hex: names the content of the whole index.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// The files of an index, and errors that name them.
struct Files<'p> {
    path: &'p Path,
}

impl Files<'_> {
    fn damaged(&self, file: &'static str) -> impl Fn(Flaw) -> OpenError {
        let path = self.path;
        move |Flaw { section, fact }| OpenError::Damaged {
            path: path.to_path_buf(),
            file,
            section,
            fact,
        }
    }

    fn io(&self, file: &str, source: io::Error) -> OpenError {
        let path = self.path.join(file);
        OpenError::Io { path, source }
    }

    /// Opens a file that has the length in the manifest.
    fn open(&self, file: &'static str, entry: &FileEntry) -> Result<File, OpenError> {
        let path = self.path.join(file);
        // Asked before opening: a pipe would wait for a writer.
        let meta = match fs::metadata(&path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let path = self.path.to_path_buf();
                return Err(OpenError::Missing { path, file });
            }
            Err(source) => return Err(self.io(file, source)),
        };
        let found = meta.len();
        if !meta.is_file() {
            let flaw = Flaw::new("file", "is not a regular file");
            return Err(self.damaged(file)(flaw));
        }
        if found != entry.len {
            let fact = format!("has {found} bytes instead of {}", entry.len);
            return Err(self.damaged(file)(Flaw::new("file", fact)));
        }
        File::open(&path).map_err(|source| self.io(file, source))
    }

    fn map(
        &self,
        file: &'static str,
        entry: &FileEntry,
    ) -> Result<(Mapping, crate::sections::Checksum), OpenError> {
        let checksum = entry.checksum().map_err(self.damaged(MANIFEST_FILE))?;
        let opened = self.open(file, entry)?;
        let len = usize::try_from(entry.len)
            .map_err(|_| self.io(file, io::ErrorKind::FileTooLarge.into()))?;
        let map = Mapping::new(&opened, len).map_err(|source| self.io(file, source))?;
        Ok((map, checksum))
    }
}
