//! Brings what many threads found into one order, and adds it up.
//!
//! Units end in any order, scanned just now or taken from a journal; they reach the sink in the order of shard and piece,
//! so that the same input gives the same output whatever the number of threads. The unit in turn is handed on as its
//! blocks end. Findings of others wait: with a checkpoint in its journal and up to 1 MiB a unit in memory, without one
//! in memory up to [`WAITING_LEN_MAX`] and then in a temporary file. What else waits of a unit are its counts.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use crate::chunks::Chunks;
use crate::identity::Identity;
use crate::linefile::LineFile;
use crate::list::ShardList;
use crate::newest::Known;
use crate::part::PartWriter;
use crate::total::Total;
use crate::unit::UnitEnd;
use crate::work::ScanError;
use crate::{Checkpoint, CheckpointError, PackageId, RecordFinding, ScanSummary};

/// Takes the flagged findings, and those that would be but for the record's time, in order of shard and row, whatever the number of threads.
pub trait FindingSink: Send {
    /// Takes one. An error ends the scan.
    fn found(&mut self, finding: &RecordFinding) -> io::Result<()>;
}

/// Findings that wait in memory where there is no journal, in bytes of JSON.
const WAITING_LEN_MAX: usize = 64 << 20;

/// Puts units in order. They are numbered as in their list.
pub(crate) struct Collector<'s> {
    list: &'s ShardList,
    checkpoint: Option<Checkpoint>,
    /// Where findings wait when they have become many and there is no journal.
    temporary: Option<LineFile>,
    /// Bytes of findings in memory that wait.
    waiting_len: usize,
    waiting_len_max: usize,
    open: BTreeMap<usize, OpenUnit>,
    turn: usize,
    total: Total<'s>,
    error: Option<ScanError>,
}

/// A unit that has begun and was not handed on to its end.
#[derive(Debug, Default)]
struct OpenUnit {
    chunks: Chunks,
    /// All findings in `chunks` were handed on, and those that come are, too.
    in_turn: bool,
    end: Option<UnitEnd>,
}

impl<'s> Collector<'s> {
    pub(crate) fn new(
        sink: &'s mut dyn FindingSink,
        list: &'s ShardList,
        checkpoint: Option<Checkpoint>,
        summary: ScanSummary,
    ) -> Self {
        Self {
            list,
            checkpoint,
            temporary: None,
            waiting_len: 0,
            waiting_len_max: WAITING_LEN_MAX,
            open: BTreeMap::new(),
            turn: 0,
            total: Total::new(sink, summary),
            error: None,
        }
    }

    /// Whether there is a journal.
    pub(crate) fn keeps(&self) -> bool {
        self.checkpoint.is_some()
    }

    /// From now on writes all units into `part`, too.
    pub(crate) fn write_into(&mut self, part: PartWriter) {
        self.total.write_into(part);
    }

    /// Whether findings are still taken.
    pub(crate) fn is_open(&self) -> bool {
        self.error.is_none()
    }

    /// Begins a unit whose findings will come; `package` is that of records that do not name theirs.
    pub(crate) fn begin(&mut self, number: usize, package: PackageId) {
        let unit = self.checkpoint.as_mut().map_or(0, Checkpoint::begin_unit);
        self.open.insert(
            number,
            OpenUnit {
                chunks: Chunks::new(unit, package),
                in_turn: number == self.turn,
                end: None,
            },
        );
    }

    /// Takes the next findings of a unit.
    pub(crate) fn found(&mut self, number: usize, findings: Vec<RecordFinding>) {
        let Some(unit) = self.open.get_mut(&number) else {
            return;
        };
        let kept = match &mut self.checkpoint {
            Some(checkpoint) => {
                let file = &mut checkpoint.file;
                let kept = unit.chunks.push_into(&findings, file);
                kept.map_err(|error| failed_at(file.path(), error))
            }
            None if unit.in_turn => Ok(()),
            None => {
                let before = unit.chunks.rest_len();
                let kept = unit.chunks.push(&findings);
                self.waiting_len += unit.chunks.rest_len() - before;
                let kept = kept.and_then(|()| {
                    if self.waiting_len < self.waiting_len_max {
                        return Ok(());
                    }
                    self.waiting_len -= unit.chunks.rest_len();
                    unit.chunks.flush(temporary(&mut self.temporary)?)
                });
                kept.map_err(ScanError::Temporary)
            }
        };
        let handed_on = if unit.in_turn {
            self.total.add_findings(findings, self.list, number)
        } else {
            Ok(())
        };
        self.fail(kept.and(handed_on));
    }

    /// Takes the end of a unit. With an identity it is put into the journal, unless it failed.
    pub(crate) fn ended(&mut self, number: usize, end: UnitEnd, identity: Option<Identity>) {
        let unit = self.open.entry(number).or_default();
        if let Some(checkpoint) = &mut self.checkpoint {
            let kept = match identity {
                Some(identity) if end.failure.is_none() => {
                    checkpoint.end_unit(identity, &mut unit.chunks, &end)
                }
                _ => unit.chunks.flush(&mut checkpoint.file),
            };
            let kept = kept.map_err(|error| failed_at(checkpoint.file.path(), error));
            unit.end = Some(end);
            self.fail(kept);
        } else {
            unit.end = Some(end);
        }
        self.hand_on();
    }

    /// What the journal has of a unit; it is taken as if it were scanned. `None`: nothing.
    pub(crate) fn replay(
        &mut self,
        number: usize,
        identity: &Identity,
        package_of: &dyn Fn(&str) -> PackageId,
    ) -> Option<UnitEnd> {
        let checkpoint = self.checkpoint.as_ref()?;
        match checkpoint.find(identity, package_of) {
            Ok(None) => None,
            Ok(Some((end, chunks))) => {
                let unit = OpenUnit { chunks, in_turn: false, end: Some(end.clone()) };
                self.open.insert(number, unit);
                self.hand_on();
                Some(end)
            }
            Err(error) => self.fail_at_journal(error),
        }
    }

    /// What the journal knows of a unit from a scan with fewer segments.
    pub(crate) fn known(&mut self, identity: &Identity) -> Option<Known> {
        let checkpoint = self.checkpoint.as_ref()?;
        let known = checkpoint.find_earlier(identity);
        known.unwrap_or_else(|error| self.fail_at_journal(error))
    }

    fn fail_at_journal<T>(&mut self, error: io::Error) -> Option<T> {
        if let Some(checkpoint) = &self.checkpoint {
            let error = failed_at(checkpoint.file.path(), error);
            self.fail(Err(error));
        }
        None
    }

    /// Hands on all that is in turn.
    fn hand_on(&mut self) {
        while let Some(mut unit) = self.open.remove(&self.turn) {
            let number = self.turn;
            if !unit.in_turn {
                unit.in_turn = true;
                let handed_on = self.hand_on_waiting(&mut unit);
                self.fail(handed_on);
            }
            let Some(end) = unit.end.take() else {
                self.open.insert(number, unit);
                return;
            };
            let added = self.total.add_end(end, self.list, number);
            self.fail(added);
            self.turn += 1;
        }
    }

    /// Hands on the findings of the unit in turn that came before its turn.
    fn hand_on_waiting(&mut self, unit: &mut OpenUnit) -> Result<(), ScanError> {
        let file = match &self.checkpoint {
            Some(checkpoint) => Some(&checkpoint.file),
            None => self.temporary.as_ref(),
        };
        let mut handed_on = Ok(());
        let read = unit.chunks.read(file, &mut |findings| {
            if handed_on.is_ok() {
                handed_on = self.total.add_findings(findings, self.list, self.turn);
            }
        });
        let read = read.map_err(|error| match &self.checkpoint {
            Some(checkpoint) => failed_at(checkpoint.file.path(), error),
            None => ScanError::Temporary(error),
        });
        if self.checkpoint.is_none() {
            self.waiting_len -= unit.chunks.rest_len();
            unit.chunks = Chunks::default();
        }
        read.and(handed_on)
    }

    fn fail(&mut self, result: Result<(), ScanError>) {
        if let Err(error) = result {
            self.error.get_or_insert(error);
        }
    }

    /// The sum of everything, and whether every unit was handed on.
    pub(crate) fn finish(mut self) -> Result<(ScanSummary, bool), ScanError> {
        if let Some(checkpoint) = &mut self.checkpoint {
            let synced = checkpoint.file.sync();
            let synced = synced.map_err(|error| failed_at(checkpoint.file.path(), error));
            self.fail(synced);
        }
        if let Some(error) = self.error {
            return Err(error);
        }
        let is_whole = self.turn == self.list.units.len();
        let (summary, part) = self.total.finish();
        match part {
            Some(part) if is_whole => part.finish()?,
            _ => {}
        }
        Ok((summary, is_whole))
    }
}

fn temporary(file: &mut Option<LineFile>) -> io::Result<&mut LineFile> {
    let opened = match file.take() {
        Some(file) => file,
        None => LineFile::new(tempfile::tempfile()?, Path::new(""), 0),
    };
    Ok(file.insert(opened))
}

fn failed_at(path: &Path, error: io::Error) -> ScanError {
    ScanError::Checkpoint(CheckpointError::io(path)(error))
}

#[cfg(test)]
mod tests;
