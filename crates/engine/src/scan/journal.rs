//! A journal: what the units of a scan came to, in whatever order they ended.
//!
//! Everything that a scan finds stands in a journal before it stands in a report. The journal is a temporary file without a
//! name, or the file in the directory of a checkpoint; the part of a partition is a journal, too. All of them hold the same
//! lines, and only this module writes and reads them.
//!
//! A line is a JSON object whose last member is `xxh3`: XXH3-64 of the bytes before it, in hex, seeded with the checksum of
//! the line before. So a line that was edited, removed, doubled or moved is found when the journal is opened, and what a
//! crash left half written is told from damage: it is the end of the file.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use seepage_index::BackgroundError;
use seepage_shards::SkipReason;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::scan::finding::RecordFinding;
use crate::scan::identity::Identity;
use crate::scan::plan::RunKey;
use crate::scan::unit::UnitResult;

/// Raised when the meaning of a line changes.
const VERSION: u32 = 5;

/// Lines that were appended are on the disk after this time at most, as long as more are appended.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// No line that is written comes near it; a longer one is damage, and is not read into memory.
const LINE_LEN_MAX: u64 = 1 << 30;

/// The name of the journal in the report of a part.
pub const PART_FILE: &str = "part.jsonl";

/// Findings go into lines of about this many bytes of JSON.
const FINDINGS_LEN: usize = 1 << 20;

const MARK: &[u8] = b",\"xxh3\":\"";
/// How the first line begins.
const FIRST: &[u8] = b"{\"journal\":";
/// The mark, 16 digits, and `"}`.
const TAIL_LEN: usize = MARK.len() + 16 + 2;

/// A line. `F` is how its findings are held: as they are read, as they are written, or not at all.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JournalLine<F> {
    /// The first one.
    Journal { version: u32 },
    /// What the units behind it that name its number depend on; runs are numbered from 0.
    Run(RunKey),
    /// What the whole journal is a part of.
    Part(PartHead),
    /// Findings of one unit, which lists the places of its lines.
    Findings(F),
    /// A unit is at its end. Lines of units without an end mean nothing.
    Unit(Box<UnitLine>),
    /// The last line of a part.
    Done { units: u64 },
}

/// What a part is of: the same in all parts of one scan, but for the number and the bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PartHead {
    /// From 1.
    pub(crate) number: u32,
    pub(crate) count: u32,
    /// BLAKE3, in hex, of all shards and their pieces.
    pub(crate) corpus: String,
    /// In all parts.
    pub(crate) shards: u64,
    pub(crate) units: u64,
    pub(crate) skips_accepted: Vec<SkipReason>,
    pub(crate) demote_at: Option<u32>,
    /// Fields that were named and that no shard shows when it is opened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) fields_unseen: Vec<String>,
    /// Directories named `.git` that were left out of the corpus.
    #[serde(default)]
    pub(crate) git_left_out: u64,
    /// Of the units of this part.
    pub(crate) bytes_on_disk: u64,
}

/// A unit that is at its end.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct UnitLine {
    /// Its number among the units of all partitions, and that of its shard.
    pub(crate) unit: u64,
    pub(crate) shard_number: u64,
    pub(crate) shard: String,
    /// Bytes on disk of the whole shard.
    pub(crate) shard_len: u64,
    /// The number of its run in this journal.
    pub(crate) run: u32,
    /// Which content it was; a journal that does not outlive the scan needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) identity: Option<Identity>,
    pub(crate) findings: Vec<LinePlace>,
    pub(crate) result: UnitResult,
}

/// Where a line stands, its end included, and the checksum of the line before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LinePlace {
    offset: u64,
    len: u64,
    seed: u64,
}

/// A line as it is checked when a journal is opened: its findings are not looked at.
pub(crate) type CheckedJournalLine = JournalLine<IgnoredAny>;

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    name: JournalName,
    file: File,
    len: u64,
    /// That of the last line.
    checksum: u64,
    synced: Instant,
}

impl Journal {
    /// Begins a journal in an empty file.
    pub(crate) fn begin(name: JournalName, file: File) -> Result<Self, JournalError> {
        let mut journal = Self { name, file, len: 0, checksum: 0, synced: Instant::now() };
        journal.append(&JournalLine::<()>::Journal { version: VERSION })?;
        Ok(journal)
    }

    /// Begins one that ends with the process.
    pub(crate) fn temporary() -> Result<Self, JournalError> {
        let file = tempfile::tempfile().map_err(JournalName::Temporary.failed())?;
        Self::begin(JournalName::Temporary, file)
    }

    /// Opens a journal that has a first line, checks all lines, and gives each but the first to `each`, which may say what
    /// is wrong with it. Also gives the bytes of a last line that was not written to its end; they are cut off when the
    /// next line is appended.
    ///
    /// # Errors
    /// A journal of another version, a damaged line, or a disk that refuses.
    pub(crate) fn open(
        name: JournalName,
        file: File,
        each: &mut dyn FnMut(CheckedJournalLine, LinePlace) -> Result<(), String>,
    ) -> Result<(Self, u64), JournalError> {
        let mut journal = Self { name, file, len: 0, checksum: 0, synced: Instant::now() };
        let torn = journal.check(each)?;
        Ok((journal, torn))
    }

    fn check(
        &mut self,
        each: &mut dyn FnMut(CheckedJournalLine, LinePlace) -> Result<(), String>,
    ) -> Result<u64, JournalError> {
        let io_error = |source| self.name.failed()(source);
        let file_len = self.file.metadata().map_err(io_error)?.len();
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0)).map_err(io_error)?;
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let (mut number, mut line) = (0, vec![]);
        loop {
            line.clear();
            number += 1;
            let read = (&mut reader).take(LINE_LEN_MAX).read_until(b'\n', &mut line);
            let len = read.map_err(io_error)? as u64;
            let is_last = self.len + len >= file_len;
            let is_whole = line.pop() == Some(b'\n');
            let checksum = match take_checksum(&mut line, self.checksum) {
                _ if len == 0 => break,
                Ok(checksum) if is_whole => checksum,
                // What a crash leaves. The first line tells a journal from any other file.
                _ if is_last && number > 1 => break,
                Err(_) if number == 1 && !line.starts_with(FIRST) => {
                    return Err(self.another_format(None));
                }
                Ok(_) => return Err(self.damaged(number, "it is too long")),
                Err(fact) => return Err(self.damaged(number, fact)),
            };
            let place = LinePlace { offset: self.len, len, seed: self.checksum };
            let parsed = serde_json::from_slice(&line).map_err(|error| error.to_string());
            match parsed {
                Ok(JournalLine::Journal { version }) if number == 1 => {
                    self.check_version(version)?;
                }
                _ if number == 1 => return Err(self.another_format(None)),
                Ok(JournalLine::Journal { .. }) => {
                    return Err(self.damaged(number, "a journal within a journal"));
                }
                Ok(line) => each(line, place).map_err(|fact| self.damaged(number, fact))?,
                Err(fact) => return Err(self.damaged(number, fact)),
            }
            self.len += len;
            self.checksum = checksum;
        }
        Ok(file_len - self.len)
    }

    fn check_version(&self, found: u32) -> Result<(), JournalError> {
        match found {
            VERSION => Ok(()),
            _ => Err(self.another_format(Some(found))),
        }
    }

    fn another_format(&self, found: Option<u32>) -> JournalError {
        JournalError::Version { journal: self.name.clone(), found }
    }

    fn damaged(&self, line: u64, fact: impl Into<String>) -> JournalError {
        JournalError::Damaged { journal: self.name.clone(), line: Some(line), fact: fact.into() }
    }

    /// Appends a line, whole or not at all: after an error the journal is as long as before.
    pub(crate) fn append<F: Serialize>(
        &mut self,
        line: &JournalLine<F>,
    ) -> Result<LinePlace, JournalError> {
        let written =
            serde_json::to_vec(line).map_err(io::Error::from).and_then(|line| self.write(line));
        written.map_err(|error| self.name.failed()(error))
    }

    /// Appends findings of one unit in their order, and the places of their lines to `places`.
    pub(crate) fn append_findings(
        &mut self,
        findings: &[RecordFinding],
        places: &mut Vec<LinePlace>,
    ) -> Result<(), JournalError> {
        let mut rest = findings;
        while !rest.is_empty() {
            // Few findings are long, so a line is measured by its first ones.
            let (mut len, mut count) = (0, 0);
            while count < rest.len() && len < FINDINGS_LEN {
                len += rest[count].size();
                count += 1;
            }
            let (line, behind) = rest.split_at(count);
            places.push(self.append(&JournalLine::Findings(line))?);
            rest = behind;
        }
        Ok(())
    }

    fn write(&mut self, mut object: Vec<u8>) -> io::Result<LinePlace> {
        debug_assert!(object.len() > 2 && object.ends_with(b"}"));
        object.pop();
        let checksum = xxh3_64_with_seed(&object, self.checksum);
        object.extend_from_slice(MARK);
        object.extend_from_slice(format!("{checksum:016x}\"}}\n").as_bytes());
        let place = LinePlace { offset: self.len, len: object.len() as u64, seed: self.checksum };
        let written =
            self.file.seek(SeekFrom::Start(self.len)).and_then(|_| self.file.write_all(&object));
        if let Err(error) = written {
            // Where even that fails, it is the torn end of the next run.
            let _ = self.file.set_len(self.len);
            return Err(error);
        }
        self.len += place.len;
        self.checksum = checksum;
        Ok(place)
    }

    /// The object of a line without its checksum.
    fn read_object(&self, place: LinePlace) -> io::Result<Vec<u8>> {
        let mut line = vec![];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(place.offset))?;
        file.take(place.len.min(LINE_LEN_MAX)).read_to_end(&mut line)?;
        line.pop();
        let damaged = |fact| io::Error::new(io::ErrorKind::InvalidData, fact);
        take_checksum(&mut line, place.seed).map_err(damaged)?;
        Ok(line)
    }

    fn read<F: DeserializeOwned>(&self, place: LinePlace) -> Result<JournalLine<F>, JournalError> {
        let object = self.read_object(place);
        let line = object.and_then(|object| Ok(serde_json::from_slice(&object)?));
        line.map_err(self.name.failed())
    }

    /// The end of a unit that stands at `place`.
    pub(crate) fn unit(&self, place: LinePlace) -> Result<UnitLine, JournalError> {
        match self.read::<IgnoredAny>(place)? {
            JournalLine::Unit(unit) => Ok(*unit),
            _ => Err(self.name.failed()(another_kind())),
        }
    }

    /// The findings in the line at `place`.
    pub(crate) fn findings(&self, place: LinePlace) -> Result<Vec<RecordFinding>, JournalError> {
        match self.read(place)? {
            JournalLine::Findings(findings) => Ok(findings),
            _ => Err(self.name.failed()(another_kind())),
        }
    }

    /// Appends a line of another journal as it stands there.
    pub(crate) fn copy(
        &mut self,
        from: &Self,
        place: LinePlace,
    ) -> Result<LinePlace, JournalError> {
        let object = from.read_object(place).map_err(from.name.failed())?;
        self.write(object).map_err(|error| self.name.failed()(error))
    }

    /// Cuts off what a crash left behind the last line.
    pub(crate) fn cut_torn_end(&mut self) -> Result<(), JournalError> {
        self.file.set_len(self.len).map_err(self.name.failed())
    }

    /// Makes what was written durable.
    pub(crate) fn sync(&mut self) -> Result<(), JournalError> {
        self.synced = Instant::now();
        self.file.sync_data().map_err(self.name.failed())
    }

    /// As [`Journal::sync`], unless that was done a moment ago by a clock that cannot be set.
    pub(crate) fn sync_by_and_by(&mut self) -> Result<(), JournalError> {
        if self.synced.elapsed() < SYNC_EVERY { Ok(()) } else { self.sync() }
    }
}

fn another_kind() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a line is of another kind")
}

/// Takes the checksum off a line, if it is right, and gives it.
fn take_checksum(line: &mut Vec<u8>, seed: u64) -> Result<u64, &'static str> {
    let Some(len) = line.len().checked_sub(TAIL_LEN) else {
        return Err("it is too short");
    };
    let (body, tail) = line.split_at(len);
    let digits = tail.strip_prefix(MARK).and_then(|tail| tail.strip_suffix(b"\"}"));
    let checksum = xxh3_64_with_seed(body, seed);
    if digits != Some(format!("{checksum:016x}").as_bytes()) {
        return Err("it fails its checksum, or the line before it is missing");
    }
    line.truncate(len);
    line.push(b'}');
    Ok(checksum)
}

/// Which journal it is, for errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalName {
    /// A file without a name.
    Temporary,
    /// The file in the directory of a checkpoint.
    Checkpoint(PathBuf),
    /// The file in the report of a part.
    Part(PathBuf),
}

impl JournalName {
    fn failed(&self) -> impl Fn(io::Error) -> JournalError + use<> {
        let journal = self.clone();
        move |source| JournalError::Io { journal: journal.clone(), source }
    }

    fn cure(&self) -> &'static str {
        match self {
            Self::Temporary => "scan again",
            Self::Checkpoint(_) => "delete it to scan everything anew",
            Self::Part(_) => "scan it again",
        }
    }
}

impl fmt::Display for JournalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Temporary => {
                write!(f, "a temporary file in `{}`", std::env::temp_dir().display())
            }
            Self::Checkpoint(path) => write!(f, "checkpoint `{}`", path.display()),
            Self::Part(path) => write!(f, "part `{}`", path.display()),
        }
    }
}

/// What keeps a journal from being used: that of a checkpoint, of a part, or the temporary one.
#[derive(Debug)]
#[non_exhaustive]
pub enum JournalError {
    /// The operating system refused.
    Io {
        /// The journal.
        journal: JournalName,
        /// What it said.
        source: io::Error,
    },
    /// It is not what was written.
    Damaged {
        /// The journal.
        journal: JournalName,
        /// From 1, where one line is at fault.
        line: Option<u64>,
        /// What is wrong with it.
        fact: String,
    },
    /// Another version of this program wrote it, or something else did.
    Version {
        /// The journal.
        journal: JournalName,
        /// The version that it says, if it does.
        found: Option<u32>,
    },
    /// Another scan works with the checkpoint.
    Busy {
        /// The journal.
        path: PathBuf,
    },
    /// A background, whose content is one of the options, could not be read.
    Background(BackgroundError),
    /// A report has no part file, so that the part is not finished.
    Unfinished {
        /// The report of the part.
        path: PathBuf,
    },
    /// A part is of another scan than the first one.
    Foreign {
        /// The part file.
        path: PathBuf,
        /// What is another: `index`, `corpus`, `options` or `number of parts`.
        what: &'static str,
    },
    /// The parts were made with another index than the one that was named.
    OtherIndex {
        /// The digest of theirs.
        digest: String,
    },
    /// A part was given twice.
    Doubled {
        /// From 1.
        number: u32,
        /// The second one.
        path: PathBuf,
    },
    /// Parts were not given.
    Missing {
        /// From 1.
        numbers: Vec<u32>,
        /// How many parts there are.
        count: u32,
    },
    /// Units that are in no part, or in two.
    Units {
        /// How many units the parts have.
        found: u64,
        /// How many there are.
        expected: u64,
    },
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { journal: JournalName::Temporary, .. } => {
                write!(f, "{} for findings could not be written", JournalName::Temporary)
            }
            Self::Io { journal, .. } => write!(f, "{journal} cannot be used"),
            Self::Damaged { journal, line, fact } => {
                let place = line.map(|line| format!("line {line}: "));
                let place = place.unwrap_or_default();
                write!(f, "{journal} is damaged: {place}{fact}; {}", journal.cure())
            }
            Self::Version { journal, found } => {
                let found =
                    found.map_or("another format".to_owned(), |found| format!("format {found}"));
                write!(
                    f,
                    "{journal} has {found}, but this build reads {VERSION}; {}",
                    journal.cure()
                )
            }
            Self::Busy { path } => write!(
                f,
                "checkpoint `{}` is in use by another scan; give each scan a directory of its own",
                path.display()
            ),
            Self::Background(error) => error.fmt(f),
            Self::Unfinished { path } => write!(
                f,
                "`{}` is no finished part: it has no `{}`; scan it with `--partition` to its end",
                path.display(),
                PART_FILE
            ),
            Self::Foreign { path, what } => write!(
                f,
                "part `{}` was made with another {what} than the first one",
                path.display()
            ),
            Self::OtherIndex { digest } => {
                write!(f, "the parts were made with another index, whose digest is {digest}")
            }
            Self::Doubled { number, path } => {
                write!(f, "part {number} was given twice: `{}`", path.display())
            }
            Self::Missing { numbers, count } => {
                let names: Vec<String> = numbers.iter().map(u32::to_string).collect();
                let word = if numbers.len() == 1 { "part" } else { "parts" };
                write!(f, "{word} {} of {count} missing", names.join(", "))
            }
            Self::Units { found, expected } => write!(
                f,
                "the parts have {found} pieces of shards, but the corpus has {expected}; scan all of them again"
            ),
        }
    }
}

impl std::error::Error for JournalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Background(error) => error.source(),
            _ => None,
        }
    }
}
