//! A checkpoint: a directory with a journal of finished units, so that a scan that died goes on where it was.
//!
//! The journal is only ever appended to. Each result belongs to a *run*: an index, and all options that change what is
//! found. What a crash left of a unit without an end is never looked at, and a unit that failed is tried again.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use seepage_index::Index;

use crate::scan::identity::Identity;
use crate::scan::journal::{
    CheckedJournalLine, Journal, JournalError, JournalLine, JournalName, LinePlace, UnitLine,
};
use crate::scan::partition::Partition;
use crate::scan::plan::RunKey;
use crate::scan::plan::ScanPlan;
use crate::scan::unit::SuspectBlocks;

/// What is known of a unit from before.
#[derive(Debug)]
pub(crate) struct KnownUnit {
    /// It was scanned with so many segments, the first ones of the index.
    pub(crate) segments: usize,
    /// Blocks whose outcome the new segments alone cannot tell.
    pub(crate) suspect_blocks: SuspectBlocks,
}

/// How many finished units there are.
#[derive(Clone, Copy, Debug, Default)]
struct Results {
    own: u64,
    /// Of earlier runs, and not among the own ones.
    earlier: u64,
    others: u64,
}

/// An open checkpoint. It is locked, so that no other scan opens it meanwhile.
#[derive(Debug)]
pub struct Checkpoint {
    pub(crate) journal: Journal,
    /// The ends of units by run, shard and content. There may be very many, so nothing else of them is held in memory.
    units: HashMap<(u32, u128), LinePlace>,
    runs: Vec<RunKey>,
    pub(crate) run: u32,
    /// Runs with the same options whose segments are the first ones of this index, with their number; the most first.
    earlier: Vec<(u32, usize)>,
    is_incremental: bool,
    torn: u64,
    results: Results,
}

impl Checkpoint {
    /// Opens the checkpoint in the directory `dir`, or begins one there; a partition has a journal of its own.
    ///
    /// Reads all of the journal once.
    ///
    /// # Errors
    /// A checkpoint that is in use, damaged, or of another version; or a background that cannot be read.
    pub fn open(
        dir: &Path,
        partition: Option<Partition>,
        plan: &ScanPlan,
        index: &Index,
    ) -> Result<Self, JournalError> {
        let path = dir.join(match partition {
            None => "journal.jsonl".to_owned(),
            Some(of) => format!("journal-{}-of-{}.jsonl", of.number(), of.count()),
        });
        let name = JournalName::Checkpoint(path.clone());
        fs::create_dir_all(dir).map_err(|source| JournalError::Io {
            journal: JournalName::Checkpoint(dir.to_owned()),
            source,
        })?;
        let opened = open_file(&path)
            .map_err(|source| JournalError::Io { journal: name.clone(), source })?;
        let file = opened.ok_or(JournalError::Busy { path })?;
        let run = RunKey::of(plan, index).map_err(JournalError::Background)?;
        let mut checkpoint = Self::read(name, file)?;
        checkpoint.begin(run)?;
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

    /// Bytes of a line that was not written to its end, and was cut off.
    pub fn bytes_torn(&self) -> u64 {
        self.torn
    }

    /// From now on a unit that was scanned when the index had fewer segments is looked at for the new ones only. What is
    /// found is what the whole index finds.
    pub fn use_earlier(&mut self) {
        self.is_incremental = true;
    }

    fn read(name: JournalName, file: File) -> Result<Self, JournalError> {
        let (mut units, mut runs) = (HashMap::new(), vec![]);
        let mut take = |line: CheckedJournalLine, place| {
            match line {
                JournalLine::Run(run) => runs.push(run),
                JournalLine::Unit(unit) if unit.run as usize >= runs.len() => {
                    return Err("a run is missing before it".to_owned());
                }
                JournalLine::Unit(unit) => {
                    let identity = unit.identity.filter(|_| unit.result.failure.is_none());
                    if let Some(identity) = identity {
                        units.insert((unit.run, identity.key(&unit.shard)), place);
                    }
                }
                JournalLine::Findings(_) => {}
                _ => return Err("it does not belong into a checkpoint".to_owned()),
            }
            Ok(())
        };
        let is_new = file.metadata().is_ok_and(|metadata| metadata.len() == 0);
        let (mut journal, torn) = if is_new {
            (Journal::begin(name, file)?, 0)
        } else {
            Journal::open(name, file, &mut take)?
        };
        if torn > 0 {
            journal.cut_torn_end()?;
        }
        Ok(Self {
            journal,
            units,
            runs,
            run: 0,
            earlier: vec![],
            is_incremental: false,
            torn,
            results: Results::default(),
        })
    }

    /// Goes on with the run that is the same, or begins a new one.
    fn begin(&mut self, run: RunKey) -> Result<(), JournalError> {
        let same = self.runs.iter().position(|other| *other == run);
        self.run = same.unwrap_or(self.runs.len()) as u32;
        let known = |(number, older): (u32, &RunKey)| Some((number, older.known_to(&run)?));
        self.earlier = (0..).zip(&self.runs).filter_map(known).collect();
        self.earlier.sort_by_key(|&(_, segments)| Reverse(segments));
        if same.is_none() {
            self.journal.append(&JournalLine::<()>::Run(run.clone()))?;
            self.runs.push(run);
        }
        self.results = self.count_results();
        self.journal.sync()
    }

    fn count_results(&self) -> Results {
        let mut results = Results::default();
        let mut earlier = HashSet::new();
        for &(run, key) in self.units.keys() {
            if run == self.run {
                results.own += 1;
            } else if !self.earlier.iter().any(|&(earlier, _)| earlier == run) {
                results.others += 1;
            } else if !self.units.contains_key(&(self.run, key)) {
                earlier.insert(key);
            }
        }
        results.earlier = earlier.len() as u64;
        results
    }

    /// How many segments the earlier runs knew whose results are made use of.
    pub(crate) fn earlier_segments(&self) -> impl Iterator<Item = usize> {
        self.earlier_runs().iter().map(|&(_, segments)| segments)
    }

    fn earlier_runs(&self) -> &[(u32, usize)] {
        if self.is_incremental { &self.earlier } else { &[] }
    }

    /// What stands there of a unit, and where.
    pub(crate) fn find(
        &self,
        shard: &str,
        identity: &Identity,
    ) -> Result<Option<(UnitLine, LinePlace)>, JournalError> {
        let place = self.units.get(&(self.run, identity.key(shard)));
        place.map(|&place| Ok((self.journal.unit(place)?, place))).transpose()
    }

    /// What is known of a unit that is not there for the whole index.
    pub(crate) fn find_earlier(
        &self,
        shard: &str,
        identity: &Identity,
    ) -> Result<Option<KnownUnit>, JournalError> {
        let key = identity.key(shard);
        for &(run, segments) in self.earlier_runs() {
            if let Some(&place) = self.units.get(&(run, key)) {
                let suspect_blocks = self.journal.unit(place)?.result.suspect_blocks;
                return Ok(Some(KnownUnit { segments, suspect_blocks }));
            }
        }
        Ok(None)
    }
}

/// Opens and locks the file, and makes it where it is not there. `None` if another program holds the lock; a file system
/// without locks goes unlocked.
fn open_file(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).open(path)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(None),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(file)),
    }
}
