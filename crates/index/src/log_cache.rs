//! `logs.cache`: which files are known to be as they were, so that they need not be read to be recognised.
//!
//! Only a hint, and no part of the index: no checksum names it, and what is damaged in it is passed over. A file counts as
//! unchanged if its length and its time of modification are; logs grow, so that one of them is another.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::place::HIDDEN_PREFIX;

const CACHE_FILE: &str = "logs.cache";
const FIRST_LINE: &str = "seepage logs 1";
/// Stands in the place of a digest of what is no log.
const NO_LOG: &str = "-";

/// What changes when a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    /// In bytes.
    pub len: u64,
    /// Nanoseconds since 1970-01-01 UTC, or before it.
    modified: i128,
}

/// Files that were looked at, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogCache {
    files: BTreeMap<String, (FileStamp, Option<String>)>,
}

impl FileStamp {
    /// That of the file at `path`.
    ///
    /// # Errors
    /// The system does not say.
    pub fn of(path: &Path) -> io::Result<Self> {
        let meta = fs::metadata(path)?;
        let modified = meta.modified()?;
        Ok(Self { len: meta.len(), modified: nanoseconds(modified) })
    }
}

fn nanoseconds(moment: SystemTime) -> i128 {
    let nanoseconds = |span: std::time::Duration| span.as_nanos() as i128;
    match moment.duration_since(UNIX_EPOCH) {
        Ok(since) => nanoseconds(since),
        Err(error) => -nanoseconds(error.duration()),
    }
}

/// BLAKE3 of a file, in hex.
///
/// # Errors
/// The file cannot be read.
pub fn digest_of_file(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

impl LogCache {
    /// That of the index at `path`; empty if there is none that can be read.
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path.join(CACHE_FILE)).unwrap_or_default();
        let mut lines = text.lines();
        if lines.next() != Some(FIRST_LINE) {
            return Self::default();
        }
        let files = lines.filter_map(parse).collect();
        Self { files }
    }

    /// What the file at `path` is, if it is as it was: a log with this digest, or no log (`Some(None)`).
    pub fn get(&self, path: &str, stamp: FileStamp) -> Option<Option<&str>> {
        let (then, digest) = self.files.get(path)?;
        (*then == stamp).then_some(digest.as_deref())
    }

    /// Notes what a file is. A path that fills more than a line is not noted.
    pub fn insert(&mut self, path: &str, stamp: FileStamp, digest: Option<String>) {
        if !path.contains(['\n', '\r']) {
            self.files.insert(path.to_owned(), (stamp, digest));
        }
    }

    /// Writes it into the index at `path`, whole or not at all.
    ///
    /// # Errors
    /// A disk that refuses. The index is whole without it.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut text = format!("{FIRST_LINE}\n");
        for (file, (FileStamp { len, modified }, digest)) in &self.files {
            let digest = digest.as_deref().unwrap_or(NO_LOG);
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{len} {modified} {digest} {file}");
        }
        let mut file = tempfile::Builder::new().prefix(HIDDEN_PREFIX).tempfile_in(path)?;
        file.write_all(text.as_bytes())?;
        file.persist(path.join(CACHE_FILE))?;
        Ok(())
    }
}

fn parse(line: &str) -> Option<(String, (FileStamp, Option<String>))> {
    let mut parts = line.splitn(4, ' ');
    let stamp =
        FileStamp { len: parts.next()?.parse().ok()?, modified: parts.next()?.parse().ok()? };
    let digest = parts.next()?;
    let is_digest = digest.len() == 64;
    if digest != NO_LOG && !is_digest {
        return None;
    }
    let file = parts.next()?.to_owned();
    Some((file, (stamp, is_digest.then(|| digest.to_owned()))))
}
