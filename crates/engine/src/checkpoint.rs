//! A checkpoint: a directory with a journal of finished units, so that a scan that died goes on where it was.
//!
//! The journal is only ever appended to. A unit counts once its `end` line stands there; what a crash left of others is
//! never looked at. Each result belongs to a *run*: an index, and all options that change what is found.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use seepage_index::{BackgroundError, Index};

use crate::chunks::Chunks;
use crate::identity::Identity;
use crate::journal::{Entry, JournalEnd, Line, Reading, VERSION, key};
use crate::linefile::{LineFile, LineFlaw, Place};
use crate::newest::Known;
use crate::options::RunLine;
use crate::partition::Partition;
use crate::unit::UnitEnd;
use crate::wire::EndLine;
use crate::{PackageId, ScanPlan};

/// How many finished units there are.
#[derive(Clone, Copy, Debug, Default)]
struct Results {
    own: u64,
    /// Of earlier runs, and not among the own ones.
    earlier: u64,
    others: u64,
}

/// An open checkpoint. Nobody else can open it meanwhile.
#[derive(Debug)]
pub struct Checkpoint {
    pub(crate) file: LineFile,
    /// By run and identity.
    entries: HashMap<(u32, u128), Entry>,
    runs: Vec<RunLine>,
    run: u32,
    /// Runs with the same options whose segments are the first ones of this index, with their number; the most first.
    earlier: Vec<(u32, usize)>,
    is_incremental: bool,
    unit_next: u64,
    torn: u64,
    results: Results,
}

impl Checkpoint {
    /// Opens the checkpoint in the directory `dir`, or begins one there; a partition has a journal of its own.
    ///
    /// Reads all of the journal once.
    pub fn open(
        dir: &Path,
        partition: Option<Partition>,
        plan: &ScanPlan,
        index: &Index,
    ) -> Result<Self, CheckpointError> {
        fs::create_dir_all(dir).map_err(CheckpointError::io(dir))?;
        let path = dir.join(match partition {
            None => "journal.jsonl".to_owned(),
            Some(of) => format!("journal-{}-of-{}.jsonl", of.number(), of.count()),
        });
        let file = lock(&path)?;
        let run = RunLine::of(plan, index).map_err(CheckpointError::Background)?;
        let mut checkpoint = Self::read(file, &path)?;
        checkpoint.begin(run).map_err(CheckpointError::io(&path))?;
        Ok(checkpoint)
    }

    /// Finished units of this index and these options.
    pub fn results(&self) -> u64 {
        self.results.own
    }

    /// Finished units of another index or other options: they are of no use to this scan, nor to an incremental one.
    pub fn results_of_others(&self) -> u64 {
        self.results.others
    }

    /// Finished units of this index when it had fewer segments, which are not finished for all of it.
    pub fn results_of_earlier(&self) -> u64 {
        self.results.earlier
    }

    fn count_results(&self) -> Results {
        let mut results = Results::default();
        let mut earlier = HashSet::new();
        for &(run, key) in self.entries.keys() {
            if run == self.run {
                results.own += 1;
            } else if !self.earlier.iter().any(|&(earlier, _)| earlier == run) {
                results.others += 1;
            } else if !self.entries.contains_key(&(self.run, key)) {
                earlier.insert(key);
            }
        }
        results.earlier = earlier.len() as u64;
        results
    }

    /// From now on a unit that was scanned when the index had fewer segments is looked at for the new ones only. What is
    /// found is what the whole index finds.
    pub fn use_earlier(&mut self) {
        self.is_incremental = true;
    }

    /// How many segments the runs knew that [`Checkpoint::find_earlier`] looks at.
    pub(crate) fn earlier_segments(&self) -> impl Iterator<Item = usize> {
        self.used().iter().map(|&(_, segments)| segments)
    }

    fn used(&self) -> &[(u32, usize)] {
        if self.is_incremental { &self.earlier } else { &[] }
    }

    /// What is known of a unit that is not there for the whole index.
    pub(crate) fn find_earlier(&self, identity: &Identity) -> io::Result<Option<Known>> {
        let key = key(identity);
        for &(run, segments) in self.used() {
            if let Some(entry) = self.entries.get(&(run, key)) {
                let loud = self.read_end(entry)?.loud;
                return Ok(Some(Known { segments, loud }));
            }
        }
        Ok(None)
    }

    /// Bytes of a line that was not written to its end, and was cut off.
    pub fn bytes_torn(&self) -> u64 {
        self.torn
    }

    fn read(file: File, path: &Path) -> Result<Self, CheckpointError> {
        let mut reading = Reading::default();
        let checked = LineFile::check(&file, &mut |object, place| reading.line(object, place));
        let checked = checked.map_err(|flaw| match flaw {
            LineFlaw::Io(source) => CheckpointError::io(path)(source),
            LineFlaw::Damaged(line, fact) => {
                CheckpointError::Damaged { path: path.to_owned(), line, fact }
            }
        })?;
        if let Some(found) = reading.version.filter(|&found| found != VERSION) {
            return Err(CheckpointError::Version { path: path.to_owned(), found });
        }
        if checked.torn > 0 {
            file.set_len(checked.len).map_err(CheckpointError::io(path))?;
        }
        let mut file = LineFile::new(file, path, checked.len);
        if checked.len == 0 {
            append(&mut file, &Line::Journal { version: VERSION })
                .map_err(CheckpointError::io(path))?;
        }
        Ok(Self {
            file,
            entries: reading.entries,
            runs: reading.runs,
            run: 0,
            earlier: vec![],
            is_incremental: false,
            unit_next: reading.unit_next,
            torn: checked.torn,
            results: Results::default(),
        })
    }

    /// Goes on with the run that is the same, or begins a new one.
    fn begin(&mut self, run: RunLine) -> io::Result<()> {
        let same = self.runs.iter().position(|other| *other == run);
        self.run = same.unwrap_or(self.runs.len()) as u32;
        if same.is_none() {
            let number = self.run;
            let line = Line::Run { number, run: Box::new(run.clone()) };
            append(&mut self.file, &line)?;
            self.runs.push(run);
        }
        let newer = &self.runs[self.run as usize];
        let known = |(run, older): (u32, &RunLine)| Some((run, older.known_to(newer)?));
        self.earlier = (0..).zip(&self.runs).filter_map(known).collect();
        self.earlier.sort_by_key(|&(_, segments)| Reverse(segments));
        self.results = self.count_results();
        self.file.sync()
    }

    /// What stands there of a unit. `package_of` gives the package of records that do not name theirs, by the format of
    /// the shard: it depends on what else is scanned.
    pub(crate) fn find(
        &self,
        identity: &Identity,
        package_of: &dyn Fn(&str) -> PackageId,
    ) -> io::Result<Option<(UnitEnd, Chunks)>> {
        let Some(entry) = self.entries.get(&(self.run, key(identity))) else {
            return Ok(None);
        };
        let line = self.read_end(entry)?;
        let mut end = line.result.end().ok_or_else(no_end)?;
        end.package = package_of(end.format.as_deref().unwrap_or_default());
        let chunks = Chunks::written(end.package, entry.chunks.to_vec());
        Ok(Some((end, chunks)))
    }

    fn read_end(&self, entry: &Entry) -> io::Result<Box<JournalEnd>> {
        match serde_json::from_slice(&self.file.read(entry.end)?)? {
            Line::End(end) => Ok(end),
            Line::Journal { .. } | Line::Run { .. } | Line::Chunk(_) => Err(no_end()),
        }
    }

    /// A number for the chunks of a unit, that no other has.
    pub(crate) fn begin_unit(&mut self) -> u64 {
        self.unit_next += 1;
        self.unit_next - 1
    }

    /// Writes the end of a unit whose chunks are written but for the last.
    pub(crate) fn end_unit(
        &mut self,
        identity: Identity,
        chunks: &mut Chunks,
        end: &UnitEnd,
    ) -> io::Result<()> {
        chunks.flush(&mut self.file)?;
        let line = Line::End(Box::new(JournalEnd {
            unit: chunks.unit(),
            chunks: chunks.written_count(),
            run: self.run,
            shard: identity.shard,
            len: identity.len,
            content: identity.content,
            piece: identity.piece,
            loud: end.loud.clone(),
            result: EndLine::of(end),
        }));
        append(&mut self.file, &line)?;
        self.file.sync_by_and_by()
    }
}

fn no_end() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is no end of a unit")
}

fn append(file: &mut LineFile, line: &Line) -> io::Result<Place> {
    file.append(serde_json::to_vec(line)?)
}

/// Opens the journal and locks it; a file system without locks goes unlocked.
fn lock(path: &Path) -> Result<File, CheckpointError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = options.open(path).map_err(CheckpointError::io(path))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(CheckpointError::Busy { path: path.to_owned() }),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// A checkpoint could not be opened or written.
#[derive(Debug)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Another scan works with it.
    Busy {
        /// The journal.
        path: PathBuf,
    },
    /// The operating system refused.
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A line in the middle of the journal is not what was written.
    Damaged {
        /// The journal.
        path: PathBuf,
        /// From 1.
        line: u64,
        /// What is wrong with it.
        fact: String,
    },
    /// Another version of this program wrote it.
    Version {
        /// The journal.
        path: PathBuf,
        /// The version that it says.
        found: u32,
    },
    /// A background, whose content is one of the options, could not be read.
    Background(BackgroundError),
}

impl CheckpointError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy { path } => write!(
                f,
                "checkpoint `{}` is in use by another scan; give each scan a directory of its own",
                path.display()
            ),
            Self::Io { path, .. } => write!(f, "checkpoint `{}` cannot be used", path.display()),
            Self::Damaged { path, line, fact } => write!(
                f,
                "checkpoint `{}` is damaged: line {line}: {fact}; delete it to scan everything anew",
                path.display()
            ),
            Self::Version { path, found } => write!(
                f,
                "checkpoint `{}` has format {found}, but this build reads {VERSION}; delete it to scan everything anew",
                path.display()
            ),
            Self::Background(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CheckpointError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Background(error) => error.source(),
            Self::Busy { .. } | Self::Damaged { .. } | Self::Version { .. } => None,
        }
    }
}
