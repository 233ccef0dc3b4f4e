//! Records what the threads of a scan find, and streams it.
//!
//! Findings go into the journal as their blocks end, and nothing of them stays in memory. Where somebody listens, they are
//! also handed on in the order of shard and row: those of the unit in turn at once, those of later units from the journal
//! when their turn comes.

use std::collections::HashMap;

use seepage_index::Index;

use crate::scan::checkpoint::Checkpoint;
use crate::scan::checkpoint::KnownUnit;
use crate::scan::finding::RecordFinding;
use crate::scan::identity::Identity;
use crate::scan::journal::{Journal, JournalError, JournalLine, LinePlace, UnitLine};
use crate::scan::packages::PackageId;
use crate::scan::results::{RowsBefore, UnitPlace, locate};
use crate::scan::shard_list::ShardList;
use crate::scan::sink::FindingRow;
use crate::scan::sink::FindingSink;
use crate::scan::unit::UnitResult;
use crate::scan::work::ScanError;

/// Why a shard that a stopped scan had begun to read is not read.
pub(crate) const STOPPED: &str = "the scan was stopped before its end";

/// Takes what units came to, under one lock. Units are numbered as in their list.
pub(crate) struct Recorder<'s> {
    list: &'s ShardList,
    store: Store,
    /// Of units that have begun and are not at their end, the lines with their findings.
    open: HashMap<usize, Vec<LinePlace>>,
    ended: Vec<Option<UnitPlace>>,
    stream: Option<FindingStream<'s>>,
    error: Option<ScanError>,
}

/// Where the journal is.
enum Store {
    Temporary(Journal),
    Checkpoint(Checkpoint),
}

impl Store {
    fn journal(&mut self) -> &mut Journal {
        match self {
            Self::Temporary(journal) => journal,
            Self::Checkpoint(checkpoint) => &mut checkpoint.journal,
        }
    }
}

/// What hands findings on during the scan.
struct FindingStream<'s> {
    sink: &'s mut dyn FindingSink,
    index: &'s Index,
    /// The unit whose findings are handed on, and how many of its lines were.
    turn: usize,
    lines: usize,
    rows: RowsBefore,
}

impl<'s> Recorder<'s> {
    /// Records into `checkpoint`, or else into a temporary file; `listener` gets the findings as they come.
    pub(crate) fn new(
        list: &'s ShardList,
        checkpoint: Option<Checkpoint>,
        listener: Option<(&'s mut dyn FindingSink, &'s Index)>,
    ) -> Result<Self, ScanError> {
        let store = match checkpoint {
            Some(checkpoint) => Store::Checkpoint(checkpoint),
            None => Store::Temporary(Journal::temporary()?),
        };
        let stream = |(sink, index)| FindingStream {
            sink,
            index,
            turn: 0,
            lines: 0,
            rows: RowsBefore::default(),
        };
        Ok(Self {
            list,
            store,
            open: HashMap::new(),
            ended: list.units.iter().map(|_| None).collect(),
            stream: listener.map(stream),
            error: None,
        })
    }

    /// Whether results outlive the scan, so that units have to be identified.
    pub(crate) fn keeps(&self) -> bool {
        matches!(self.store, Store::Checkpoint(_))
    }

    /// Whether findings are still taken.
    pub(crate) fn is_open(&self) -> bool {
        self.error.is_none()
    }

    /// Takes the next findings of a unit.
    pub(crate) fn found(&mut self, number: usize, findings: Vec<RecordFinding>) {
        let places = self.open.entry(number).or_default();
        let kept = self.store.journal().append_findings(&findings, places);
        let lines = places.len();
        let handed_on = match &mut self.stream {
            Some(stream) if stream.turn == number => {
                stream.lines = lines;
                stream.hand_on(self.list, findings)
            }
            _ => Ok(()),
        };
        self.fail(kept.map_err(ScanError::from).and(handed_on));
    }

    /// Takes the end of a unit. With an identity it can be used again, unless it failed.
    pub(crate) fn ended(&mut self, number: usize, result: UnitResult, identity: Option<Identity>) {
        let unit = self.list.units[number];
        let run = match &self.store {
            Store::Temporary(_) => 0,
            Store::Checkpoint(checkpoint) => checkpoint.run,
        };
        let package = result.package;
        let line = UnitLine {
            unit: self.list.number_of(number),
            shard_number: unit.shard as u64,
            shard: self.list.shards[unit.shard].name.to_string(),
            shard_len: self.list.shards[unit.shard].len(),
            run,
            identity,
            findings: self.open.remove(&number).unwrap_or_default(),
            result,
        };
        let keeps = self.keeps();
        let journal = self.store.journal();
        let kept = journal.append(&JournalLine::<()>::Unit(Box::new(line)));
        let synced = if keeps { journal.sync_by_and_by() } else { Ok(()) };
        match kept {
            Ok(line) => self.ended[number] = Some(UnitPlace { journal: 0, line, package }),
            Err(error) => self.fail(Err(error.into())),
        }
        self.fail(synced.map_err(ScanError::from));
        let streamed = self.stream();
        self.fail(streamed);
    }

    /// What the checkpoint has of a unit; it is taken as if it were scanned. `package_of` gives the package of records
    /// that do not name theirs, by the format of the shard: it depends on what else is scanned.
    pub(crate) fn replay(
        &mut self,
        number: usize,
        identity: &Identity,
        package_of: &dyn Fn(&str) -> PackageId,
    ) -> Option<UnitResult> {
        let (unit, line) =
            self.ask(number, |checkpoint, shard| checkpoint.find(shard, identity))?;
        let package = package_of(unit.result.format.as_deref().unwrap_or_default());
        self.ended[number] = Some(UnitPlace { journal: 0, line, package });
        let streamed = self.stream();
        self.fail(streamed);
        Some(unit.result)
    }

    /// What the checkpoint knows of a unit from a scan with fewer segments.
    pub(crate) fn known(&mut self, number: usize, identity: &Identity) -> Option<KnownUnit> {
        self.ask(number, |checkpoint, shard| checkpoint.find_earlier(shard, identity))
    }

    fn ask<T>(
        &mut self,
        number: usize,
        find: impl FnOnce(&Checkpoint, &str) -> Result<Option<T>, JournalError>,
    ) -> Option<T> {
        let Store::Checkpoint(checkpoint) = &self.store else {
            return None;
        };
        let shard = &self.list.shards[self.list.units[number].shard].name;
        match find(checkpoint, shard) {
            Ok(found) => found,
            Err(error) => {
                self.fail(Err(error.into()));
                None
            }
        }
    }

    /// Hands on all that is in turn.
    fn stream(&mut self) -> Result<(), ScanError> {
        let Some(stream) = &mut self.stream else {
            return Ok(());
        };
        let journal = self.store.journal();
        while let Some(Some(ended)) = self.ended.get(stream.turn) {
            let unit = journal.unit(ended.line)?;
            for &place in &unit.findings[stream.lines..] {
                stream.hand_on(self.list, journal.findings(place)?)?;
            }
            stream.rows.leave(self.list.units[stream.turn].shard, unit.result.counts.rows());
            (stream.turn, stream.lines) = (stream.turn + 1, 0);
            for &place in self.open.get(&stream.turn).map_or(&[][..], Vec::as_slice) {
                stream.lines += 1;
                stream.hand_on(self.list, journal.findings(place)?)?;
            }
        }
        Ok(())
    }

    fn fail(&mut self, result: Result<(), ScanError>) {
        if let Err(error) = result {
            self.error.get_or_insert(error);
        }
    }

    /// Ends each shard that was begun and not read to its end where it was left, because the scan was asked to stop.
    pub(crate) fn end_begun(&mut self) {
        let mut from = 0;
        while from < self.list.units.len() {
            let shard = self.list.units[from].shard;
            let count =
                self.list.units[from..].iter().take_while(|unit| unit.shard == shard).count();
            let ended = &self.ended[from..from + count];
            let first = ended.iter().position(Option::is_none);
            if let Some(first) = first.filter(|_| ended.iter().any(Option::is_some)) {
                self.ended(from + first, UnitResult::failed(STOPPED.to_owned()), None);
                // Where the rows of later pieces lie is not known.
                self.ended[from + first + 1..from + count].fill(None);
            }
            from += count;
        }
    }

    /// The journal and the place in it of each unit that has an end.
    pub(crate) fn finish(mut self) -> Result<(Journal, Vec<Option<UnitPlace>>), ScanError> {
        if self.keeps() {
            let synced = self.store.journal().sync();
            self.fail(synced.map_err(ScanError::from));
        }
        if let Some(error) = self.error {
            return Err(error);
        }
        let journal = match self.store {
            Store::Temporary(journal) => journal,
            Store::Checkpoint(checkpoint) => checkpoint.journal,
        };
        Ok((journal, self.ended))
    }
}

impl FindingStream<'_> {
    /// Hands on findings of the unit in turn.
    fn hand_on(&mut self, list: &ShardList, findings: Vec<RecordFinding>) -> Result<(), ScanError> {
        let shard = list.units[self.turn].shard;
        let (name, base) = (&list.shards[shard].name, self.rows.of(shard));
        for mut found in findings {
            locate(&mut found, name, base);
            let row = FindingRow::new(found, self.index)?;
            self.sink.found(&row).map_err(ScanError::Sink)?;
        }
        Ok(())
    }
}
