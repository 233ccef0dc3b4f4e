//! The log files of an index: those that a segment was made from, and what is known of all that were looked at.
//!
//! `logs.jsonl` names the former by their content: what is in there need not be read again. `logs.cache` is only a hint, and
//! no part of the index: no checksum names it, and what is damaged in it is passed over. A file counts as unchanged if its
//! length and its time of modification are; logs grow, so that one of them is another.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufRead, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::segment::sections::{Checksum, Flaw};
use crate::update::staging::HIDDEN_PREFIX;

/// A log file that was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogFile {
    /// Where it lay.
    pub path: String,
    /// Bytes of it, as they lay on the disk.
    pub len: u64,
    /// BLAKE3 of them, in hex.
    pub digest: String,
    /// The tool that wrote it.
    pub tool: String,
    /// The session that it is of.
    pub session_id: String,
}

/// The lines of the file, sorted.
pub(crate) fn to_bytes(logs: &[LogFile]) -> Vec<u8> {
    let mut sorted: Vec<&LogFile> = logs.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut bytes = vec![];
    for log in sorted {
        serde_json::to_writer(&mut bytes, log).expect("strings and numbers have a form in JSON");
        bytes.push(b'\n');
    }
    bytes
}

/// Checks the checksum of the file. Its lines are read only when logs are added to the index.
pub(crate) fn check(bytes: &[u8], expected: &Checksum) -> Result<(), Flaw> {
    if blake3::hash(bytes) != *expected {
        return Err(Flaw::new(LINES, "fails its checksum"));
    }
    Ok(())
}

/// Checks the file, and reads its lines.
pub(crate) fn from_bytes(bytes: &[u8], expected: &Checksum) -> Result<Vec<LogFile>, Flaw> {
    check(bytes, expected)?;
    let lines = bytes.lines();
    lines.map(|line| parse_log(&line)).collect()
}

/// The section that a flaw is in.
pub(crate) const LINES: &str = "lines";

fn parse_log(line: &io::Result<String>) -> Result<LogFile, Flaw> {
    let line = line.as_ref().ok();
    line.and_then(|line| serde_json::from_str(line).ok())
        .ok_or_else(|| Flaw::new(LINES, "has one that is not a log file's"))
}

const CACHE_FILE: &str = "logs.cache";
const FIRST_LINE: &str = "seepage logs 2";
/// Stands in the place of a digest of what is no log. The number goes up when more kinds of logs are read: what was no
/// log to an earlier version may be one now.
const NO_LOG: &str = "-2";

/// What changes when a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    /// In bytes.
    pub len: u64,
    /// Nanoseconds since 1970-01-01 UTC, or before it.
    modified: i128,
    /// When the file was changed last in any way, likewise; a program that sets `modified` cannot set this. 0 where the
    /// system does not say: there the other two are all there is.
    changed: i128,
    /// The number of the file in its file system, or 0.
    inode: u64,
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
        let (changed, inode) = changed_and_inode(&meta);
        Ok(Self { len: meta.len(), modified: nanoseconds(modified), changed, inode })
    }
}

#[cfg(unix)]
fn changed_and_inode(meta: &fs::Metadata) -> (i128, u64) {
    use std::os::unix::fs::MetadataExt;

    (i128::from(meta.ctime()) * 1_000_000_000 + i128::from(meta.ctime_nsec()), meta.ino())
}

#[cfg(not(unix))]
fn changed_and_inode(_: &fs::Metadata) -> (i128, u64) {
    (0, 0)
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
        let files = lines.filter_map(parse_cached).collect();
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
        for (file, (FileStamp { len, modified, changed, inode }, digest)) in &self.files {
            let digest = digest.as_deref().unwrap_or(NO_LOG);
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{len} {modified} {changed} {inode} {digest} {file}");
        }
        let mut file = tempfile::Builder::new().prefix(HIDDEN_PREFIX).tempfile_in(path)?;
        file.write_all(text.as_bytes())?;
        file.persist(path.join(CACHE_FILE))?;
        Ok(())
    }
}

fn parse_cached(line: &str) -> Option<(String, (FileStamp, Option<String>))> {
    let mut parts = line.splitn(6, ' ');
    let stamp = FileStamp {
        len: parts.next()?.parse().ok()?,
        modified: parts.next()?.parse().ok()?,
        changed: parts.next()?.parse().ok()?,
        inode: parts.next()?.parse().ok()?,
    };
    let digest = parts.next()?;
    let is_digest = digest.len() == 64;
    if digest != NO_LOG && !is_digest {
        return None;
    }
    let file = parts.next()?.to_owned();
    Some((file, (stamp, is_digest.then(|| digest.to_owned()))))
}
