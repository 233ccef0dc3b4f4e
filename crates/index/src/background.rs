//! Fingerprints that are common in human text: they tell nothing about who wrote a text, and are suppressed.
//!
//! A background counts *packages*, not files: what one project repeats in every file is still that project's own. It
//! keeps 40 bits of each fingerprint, so that a few hundred thousand take little more than a megabyte; a stranger is
//! taken for a common one once in a million (entries / 2^40).

pub(crate) mod builder;

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use seepage_fingerprint::{Analyzer, Fingerprint, Stream};

const MAGIC: &[u8; 8] = b"SEEPBACK";
const FORMAT_VERSION: u32 = 1;
const HEADER_LEN: usize = 40;
const CHECKSUM_LEN: usize = 8;
/// Bits of a fingerprint that are kept.
const KEY_BITS: u32 = 40;

/// Fingerprints of human text, each with the number of packages that it occurs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Background {
    // Invariant: keys ascend; counts are as many, each at least 1.
    keys: Vec<u64>,
    counts: Vec<u8>,
    /// Packages counted.
    packages: u32,
    parameters: BackgroundParameters,
}

/// What fingerprints have to have in common to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BackgroundParameters {
    rules_version: u32,
    words: (u32, u32),
    skeleton: (u32, u32),
}

impl BackgroundParameters {
    pub(crate) fn of(analyzer: &Analyzer) -> Self {
        let lens = |stream| {
            let scheme = analyzer.scheme(stream);
            (scheme.kgram_len(), scheme.window_len())
        };
        Self {
            rules_version: Stream::RULES_VERSION,
            words: lens(Stream::Words),
            skeleton: lens(Stream::Skeleton),
        }
    }
}

/// What is kept of a fingerprint.
pub(crate) fn key(fingerprint: Fingerprint) -> u64 {
    fingerprint.0 >> (64 - KEY_BITS)
}

/// Made by `scripts/make-background`; what it counts is said there.
static BUILT_IN: LazyLock<Option<Arc<Background>>> = LazyLock::new(|| {
    let bytes = include_bytes!("../built-in.background");
    Background::parse(bytes).ok().map(Arc::new)
});

impl Background {
    /// A background of `keys`, which ascend, with as many `counts` of 1 or more, counted in `packages` packages.
    pub(crate) fn of(
        keys: Vec<u64>,
        counts: Vec<u8>,
        packages: u32,
        parameters: BackgroundParameters,
    ) -> Self {
        Self { keys, counts, packages, parameters }
    }

    /// The one that comes with the program: licences and widely copied public code of before 2022.
    ///
    /// # Panics
    /// Never: a test reads it.
    pub fn built_in() -> Arc<Self> {
        BUILT_IN.clone().expect("the built-in background is read by a test")
    }

    /// Whether a fingerprint occurs in human text.
    pub fn is_common(&self, fingerprint: Fingerprint) -> bool {
        self.keys.binary_search(&key(fingerprint)).is_ok()
    }

    /// Whether its fingerprints can be compared with those of an analyzer.
    pub fn fits(&self, analyzer: &Analyzer) -> bool {
        self.parameters == BackgroundParameters::of(analyzer)
    }

    /// Its digest; `None` of the built-in one, which no file has to be named for.
    pub fn digest_of_file(self: &Arc<Self>) -> Option<String> {
        (!Arc::ptr_eq(self, &Self::built_in())).then(|| self.digest())
    }

    /// Fingerprints held.
    pub fn fingerprints(&self) -> usize {
        self.keys.len()
    }

    /// Packages counted.
    pub fn packages(&self) -> u32 {
        self.packages
    }

    /// Adds the counts of another background, which counted other packages.
    pub fn merge(&self, other: &Self) -> Result<Self, BackgroundError> {
        if self.parameters != other.parameters {
            return Err(BackgroundError::Parameters);
        }
        let both = |background: &Self| -> Vec<(u64, u8)> {
            background.keys.iter().copied().zip(background.counts.iter().copied()).collect()
        };
        let mut pairs = both(self);
        pairs.extend(both(other));
        pairs.sort_unstable();
        let (mut keys, mut counts) = (vec![], vec![]);
        for same in pairs.chunk_by(|a, b| a.0 == b.0) {
            keys.push(same[0].0);
            counts.push(same.iter().fold(0, |sum: u8, pair| sum.saturating_add(pair.1)));
        }
        let packages = self.packages.saturating_add(other.packages);
        Ok(Self { keys, counts, packages, parameters: self.parameters })
    }

    /// Writes it to a file that is whole or not there.
    ///
    /// # Errors
    /// The disk refuses, or what is there is no regular file: a device or a pipe is not replaced.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        if path.metadata().is_ok_and(|there| !there.is_file()) {
            return Err(io::Error::other("what is there is no regular file"));
        }
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        file.write_all(&self.to_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    }

    /// Reads a file that [`Background::write`] wrote.
    pub fn read(path: &Path) -> Result<Self, BackgroundError> {
        let bytes = fs::read(path)
            .map_err(|source| BackgroundError::Io { path: path.to_owned(), source })?;
        Self::parse(&bytes).map_err(|what| BackgroundError::Damaged { path: path.to_owned(), what })
    }

    /// BLAKE3, in hex, of the file that it is written as.
    pub fn digest(&self) -> String {
        blake3::hash(&self.to_bytes()).to_hex().to_string()
    }

    /// The bytes of a background: see `FORMAT.md`.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let BackgroundParameters { rules_version, words, skeleton } = self.parameters;
        let mut bytes = MAGIC.to_vec();
        for value in [FORMAT_VERSION, rules_version, words.0, words.1, skeleton.0, skeleton.1] {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        bytes.extend_from_slice(&(self.keys.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&self.packages.to_le_bytes());
        let mut before = 0;
        for (&key, &count) in self.keys.iter().zip(&self.counts) {
            push_varint(&mut bytes, key - before);
            bytes.push(count);
            before = key;
        }
        let checksum = xxhash_rust::xxh3::xxh3_64(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes
    }

    fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        if !bytes.starts_with(MAGIC) {
            return Err("it is not a background");
        }
        let (content, checksum) =
            bytes.split_last_chunk::<CHECKSUM_LEN>().ok_or("it is cut short")?;
        if content.len() < HEADER_LEN {
            return Err("it is cut short");
        }
        let word = |at: usize| {
            u32::from_le_bytes([content[at], content[at + 1], content[at + 2], content[at + 3]])
        };
        if word(8) != FORMAT_VERSION {
            return Err("it has a format that this build does not read");
        }
        if xxhash_rust::xxh3::xxh3_64(content) != u64::from_le_bytes(*checksum) {
            return Err("it fails its checksum");
        }
        let parameters = BackgroundParameters {
            rules_version: word(12),
            words: (word(16), word(20)),
            skeleton: (word(24), word(28)),
        };
        let (keys, counts) = parse_entries(&content[HEADER_LEN..], word(32) as usize)?;
        Ok(Self { keys, counts, packages: word(36), parameters })
    }
}

fn parse_entries(mut rest: &[u8], entries: usize) -> Result<(Vec<u64>, Vec<u8>), &'static str> {
    // An entry has two bytes at least; more are not believed.
    let capacity = entries.min(rest.len() / 2);
    let (mut keys, mut counts) = (Vec::with_capacity(capacity), Vec::with_capacity(capacity));
    let mut before: u64 = 0;
    for _ in 0..entries {
        let step = take_varint(&mut rest).ok_or("an entry is cut short")?;
        let (&count, after) = rest.split_first().ok_or("an entry is cut short")?;
        rest = after;
        let key = before
            .checked_add(step)
            .filter(|key| key >> KEY_BITS == 0)
            .ok_or("a key is too large")?;
        if count == 0 || (step == 0 && !keys.is_empty()) {
            return Err("its entries are not in order");
        }
        keys.push(key);
        counts.push(count);
        before = key;
    }
    if rest.is_empty() { Ok((keys, counts)) } else { Err("it goes on behind its last entry") }
}

/// Seven bits a byte, the lowest first, the high bit set on all but the last (LEB128, DWARF specification).
fn push_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..KEY_BITS + 2).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// A background could not be read, or not used.
#[derive(Debug)]
#[non_exhaustive]
pub enum BackgroundError {
    /// The operating system refused.
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// Not a background, or not a whole one.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Two backgrounds, or a background and an index, were made with other parameters.
    Parameters,
}

impl fmt::Display for BackgroundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, .. } => write!(f, "background `{}` could not be read", path.display()),
            Self::Damaged { path, what } => {
                write!(f, "background `{}` cannot be used: {what}; build it again", path.display())
            }
            Self::Parameters => {
                f.write_str("the background was made with other parameters; build it again")
            }
        }
    }
}

impl std::error::Error for BackgroundError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Damaged { .. } | Self::Parameters => None,
        }
    }
}
