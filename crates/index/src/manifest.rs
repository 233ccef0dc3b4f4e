//! `MANIFEST.json`: what an index is, how it was built, and the checksums of its files.
//!
//! It holds no time and no path, so that the same logs give the same bytes; the hash of these bytes names the index.
//! A reader takes a manifest only in the one form that the writer gives it: whatever was changed in it shows.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use seepage_fingerprint::{Analyzer, Scheme, Stream};
use seepage_logs::Class;
use serde::{Deserialize, Serialize};

use crate::error::OpenError;
use crate::facts::BuildFacts;
use crate::segment::fingerprints::postings::LIST_BIT;
use crate::segment::sections::{Checksum, Flaw, Written};

pub(crate) const MANIFEST_FILE: &str = "MANIFEST.json";
/// Of all files of an index together.
pub const FORMAT_VERSION: u32 = 2;
/// What `format` says in the manifest of every index, of whatever version.
const FORMAT_NAME: &str = "seepage index";
/// A manifest is a few kilobytes a segment, most of them names of models, and what names the removals.
pub(crate) const MANIFEST_LEN_MAX: u64 = 64 << 20;
/// The section that a flaw of the entries is in.
pub(crate) const SEGMENTS: &str = "segments";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    format: String,
    version: u32,
    rules: u32,
    words: SchemeEntry,
    skeleton: SchemeEntry,
    /// How logs are read.
    pub(crate) reading: Reading,
    /// What was taken out and must not come back.
    pub(crate) removals: Removals,
    /// In the order of their numbers, which ascend.
    pub(crate) segments: Vec<SegmentEntry>,
    /// BLAKE3 of the manifest with zeros in this place.
    checksum: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "they are the keys in the file")]
struct SchemeEntry {
    kgram_len: u32,
    window_len: u32,
    guarantee_len: u32,
}

/// The part that every version has.
#[derive(Deserialize)]
pub(crate) struct ManifestHead {
    format: String,
    pub(crate) version: u64,
    #[serde(default)]
    rules: u64,
}

impl SchemeEntry {
    fn new(scheme: &Scheme) -> Self {
        Self {
            kgram_len: scheme.kgram_len(),
            window_len: scheme.window_len(),
            guarantee_len: scheme.guarantee_len(),
        }
    }

    fn scheme(&self, stream: Stream) -> Result<Scheme, Flaw> {
        let section = match stream {
            Stream::Words => "words",
            Stream::Skeleton => "skeleton",
        };
        Scheme::new(stream, self.kgram_len, self.window_len)
            .ok()
            .filter(|scheme| scheme.guarantee_len() == self.guarantee_len)
            .ok_or_else(|| Flaw::new(section, "has lengths that no scheme has"))
    }
}

impl Manifest {
    pub(crate) fn new(analyzer: &Analyzer, reading: Reading, segment: SegmentEntry) -> Self {
        Self {
            format: FORMAT_NAME.to_owned(),
            version: FORMAT_VERSION,
            rules: Stream::RULES_VERSION,
            words: SchemeEntry::new(analyzer.scheme(Stream::Words)),
            skeleton: SchemeEntry::new(analyzer.scheme(Stream::Skeleton)),
            reading,
            removals: Removals::default(),
            segments: vec![segment],
            checksum: String::new(),
        }
    }

    /// The bytes of the file. The checksum is set on the way, whatever it was.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut manifest = self.clone();
        manifest.checksum = "0".repeat(64);
        let checksum = blake3::hash(&manifest.to_json());
        manifest.checksum = checksum.to_hex().to_string();
        manifest.to_json()
    }

    fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self)
            .expect("numbers, and maps with names as keys, have a form in JSON");
        json.push(b'\n');
        json
    }

    pub(crate) fn analyzer(&self) -> Result<Analyzer, Flaw> {
        let words = self.words.scheme(Stream::Words)?;
        let skeleton = self.skeleton.scheme(Stream::Skeleton)?;
        Ok(Analyzer::new(words, skeleton))
    }

    /// The first passage of each segment, if the segments are such as a writer leaves them.
    pub(crate) fn bases(&self) -> Result<Vec<u32>, Flaw> {
        let ascend = |pair: &[SegmentEntry]| pair[0].number < pair[1].number;
        if self.segments.is_empty() || !self.segments.windows(2).all(ascend) {
            return Err(Flaw::new(SEGMENTS, "is empty or has numbers that do not ascend"));
        }
        let mut passages = 0_u32;
        let mut base = |segment: &SegmentEntry| {
            let base = passages;
            let sum = base.checked_add(segment.passages);
            passages = sum.filter(|sum| *sum <= LIST_BIT)?;
            Some(base)
        };
        let bases = self.segments.iter().map(&mut base).collect::<Option<_>>();
        bases.ok_or_else(|| Flaw::new(SEGMENTS, "counts more passages than an index can hold"))
    }

    /// The number of the next segment: never one that was there before.
    pub(crate) fn next_number(&self) -> u32 {
        let last = self.segments.last();
        last.map_or(0, |last| last.number.saturating_add(1))
    }

    /// Reads the manifest of the index at `path`, and its bytes.
    pub(crate) fn read(path: &Path) -> Result<(Self, Vec<u8>), OpenError> {
        let (head, bytes) = ManifestHead::read(path)?;
        if head.version != u64::from(FORMAT_VERSION) {
            return Err(OpenError::Version {
                path: path.to_path_buf(),
                found: head.version,
                known: FORMAT_VERSION,
            });
        }
        if head.rules != u64::from(Stream::RULES_VERSION) {
            return Err(OpenError::Rules {
                path: path.to_path_buf(),
                found: head.rules,
                known: Stream::RULES_VERSION,
            });
        }
        Self::parse(path, &bytes).map(|manifest| (manifest, bytes))
    }

    /// The manifest of the index at `path`, of this format and of whatever rules, in the one form that it can have.
    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, OpenError> {
        match serde_json::from_slice::<Self>(bytes) {
            Ok(manifest) if manifest.to_bytes() == bytes => Ok(manifest),
            _ => Err(OpenError::Damaged {
                path: path.to_path_buf(),
                file: MANIFEST_FILE.to_owned(),
                section: "manifest",
                fact: "fails its checksum".into(),
            }),
        }
    }

    /// The version of the normalisation rules.
    pub(crate) fn rules(&self) -> u32 {
        self.rules
    }
}

impl ManifestHead {
    /// Reads what the manifest of the index at `path` says of its version, and all of its bytes.
    pub(crate) fn read(path: &Path) -> Result<(Self, Vec<u8>), OpenError> {
        let io_error = |path: &Path| {
            let path = path.to_path_buf();
            |source| OpenError::Io { path, source }
        };
        let not_an_index = || OpenError::NotAnIndex { path: path.to_path_buf() };
        let file = path.join(MANIFEST_FILE);
        if !fs::metadata(path).map_err(io_error(path))?.is_dir() {
            return Err(not_an_index());
        }
        let bytes = read_bytes(&file).map_err(io_error(&file))?.ok_or_else(not_an_index)?;
        let head: Self = serde_json::from_slice(&bytes).map_err(|_| not_an_index())?;
        if head.format != FORMAT_NAME {
            return Err(not_an_index());
        }
        Ok((head, bytes))
    }
}

/// The bytes of a manifest; `None` if there is none, or something that cannot be one.
fn read_bytes(file: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::metadata(file) {
        Ok(meta) if meta.is_file() && meta.len() <= MANIFEST_LEN_MAX => {}
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut bytes = vec![];
    File::open(file)?.take(MANIFEST_LEN_MAX).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Whether a directory is an index, of whatever version, so that it may be replaced by another.
pub(crate) fn is_index(directory: &Path) -> io::Result<bool> {
    let bytes = read_bytes(&directory.join(MANIFEST_FILE))?;
    let head = bytes.and_then(|bytes| serde_json::from_slice::<ManifestHead>(&bytes).ok());
    Ok(head.is_some_and(|head| head.format == FORMAT_NAME))
}

/// How the logs of an index are read; the same for all of its segments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// What the models wrote as these classes is indexed.
    pub classes: BTreeSet<Class>,
    /// BLAKE3, in hex, of the backgrounds that were used beside the built-in one.
    pub backgrounds: BTreeSet<String>,
}

/// What was taken out of an index, so that nothing brings it back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removals {
    /// Ids of sessions.
    pub sessions: BTreeSet<String>,
    /// Paths of log files.
    pub logs: BTreeSet<String>,
    /// What passages of these log files said, as [`Removals::text_of`] names it: a log may be moved, or packed, and go on.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub texts: BTreeSet<String>,
    /// All that was written before this moment, in milliseconds since 1970-01-01 UTC.
    pub before: Option<i64>,
}

impl Removals {
    /// Whether a passage of this origin was taken out. One without a time is never before anything.
    pub fn cover(&self, session_id: &str, log_path: &str, authored_at: Option<i64>) -> bool {
        let is_before = |before| authored_at.is_some_and(|authored_at| authored_at < before);
        self.sessions.contains(session_id)
            || self.logs.contains(log_path)
            || self.before.is_some_and(is_before)
    }

    /// The name of what a passage of a session says ([`Passage::content`](crate::Passage::content)): 32 hex digits.
    pub fn text_of(session_id: &str, content: u128) -> String {
        let mut hasher = xxhash_rust::xxh3::Xxh3::new();
        hasher.update(&content.to_le_bytes());
        hasher.update(session_id.as_bytes());
        format!("{:032x}", hasher.digest128())
    }

    /// Adds others.
    pub fn add(&mut self, other: Self) {
        self.sessions.extend(other.sessions);
        self.logs.extend(other.logs);
        self.texts.extend(other.texts);
        self.before = self.before.max(other.before);
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SegmentEntry {
    /// It lies in `segments/NUMBER`.
    pub(crate) number: u32,
    pub(crate) passages: u32,
    pub(crate) facts: BuildFacts,
    #[serde(rename = "fingerprints.bin")]
    pub(crate) fingerprints: FileEntry,
    #[serde(rename = "evidence.bin")]
    pub(crate) evidence: FileEntry,
    #[serde(rename = "provenance.parquet")]
    pub(crate) provenance: FileEntry,
    #[serde(rename = "contents.bin")]
    pub(crate) contents: FileEntry,
    #[serde(rename = "logs.jsonl")]
    pub(crate) logs: FileEntry,
    pub(crate) removed: Option<RemovedEntry>,
}

/// Authors that were taken out lie in `removed-NUMBER.bin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemovedEntry {
    pub(crate) number: u32,
    pub(crate) authors: u32,
    pub(crate) file: FileEntry,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileEntry {
    pub(crate) len: u64,
    checksum: String,
}

impl From<Written> for FileEntry {
    fn from(written: Written) -> Self {
        let checksum = blake3::Hash::from_bytes(written.checksum);
        Self { len: written.len, checksum: checksum.to_hex().to_string() }
    }
}

impl FileEntry {
    /// Of a file that has no header.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { len: bytes.len() as u64, checksum: blake3::hash(bytes).to_hex().to_string() }
    }

    pub(crate) fn checksum(&self) -> Result<Checksum, Flaw> {
        blake3::Hash::from_hex(&self.checksum)
            .map(Into::into)
            .map_err(|_| Flaw::new(SEGMENTS, "has a checksum that is not one"))
    }
}

pub(crate) const FINGERPRINTS_FILE: &str = "fingerprints.bin";
pub(crate) const EVIDENCE_FILE: &str = "evidence.bin";
pub(crate) const PROVENANCE_FILE: &str = "provenance.parquet";
pub(crate) const CONTENTS_FILE: &str = "contents.bin";
pub(crate) const LOGS_FILE: &str = "logs.jsonl";

impl RemovedEntry {
    pub(crate) fn file_name(&self) -> String {
        Self::name(self.number)
    }

    pub(crate) fn name(number: u32) -> String {
        format!("removed-{number}.bin")
    }

    pub(crate) fn is_name(name: &str) -> bool {
        let number = name.strip_prefix("removed-");
        let number = number.and_then(|rest| rest.strip_suffix(".bin"));
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    }
}

impl SegmentEntry {
    /// Below the index.
    pub(crate) fn directory(&self) -> String {
        format!("segments/{}", self.number)
    }

    /// Its files, by name.
    pub(crate) fn files(&self) -> Vec<(String, &FileEntry)> {
        let fixed = [
            (FINGERPRINTS_FILE, &self.fingerprints),
            (EVIDENCE_FILE, &self.evidence),
            (PROVENANCE_FILE, &self.provenance),
            (CONTENTS_FILE, &self.contents),
            (LOGS_FILE, &self.logs),
        ];
        let mut files: Vec<_> = fixed.map(|(name, entry)| (name.to_owned(), entry)).into();
        files.extend(self.removed.iter().map(|removed| (removed.file_name(), &removed.file)));
        files
    }

    /// Bytes of all its files.
    pub(crate) fn len(&self) -> u64 {
        self.files().iter().map(|(_, entry)| entry.len).sum()
    }

    /// BLAKE3 of the entry, in hex: names every byte of the segment, and what was removed from it.
    pub(crate) fn digest(&self) -> String {
        let json = serde_json::to_vec(self)
            .expect("numbers, and maps with names as keys, have a form in JSON");
        blake3::hash(&json).to_hex().to_string()
    }
}
