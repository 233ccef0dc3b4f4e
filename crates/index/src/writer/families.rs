//! Families that are known only when all passages are: they are compared with what was written, and put in afterwards.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use super::{EVIDENCE_FILE, PROVENANCE_FILE, SegmentWriter, create_file, sync};
use crate::error::WriteError;
use crate::passage::PassageId;
use crate::place::io_error;
use crate::provenance::{ProvenanceTable, ProvenanceWriter, flaw_error};

impl SegmentWriter {
    /// Reads a passage back that was pushed: appends its text to `text` and its authored parts to `spans`.
    ///
    /// # Errors
    /// A disk that refuses, or a passage that is not this index's.
    pub fn read_back(
        &mut self,
        passage: PassageId,
        text: &mut Vec<u8>,
        spans: &mut Vec<Range<u32>>,
    ) -> Result<(), WriteError> {
        let path = self.place.in_segment(EVIDENCE_FILE);
        let mut read = || {
            let place = self.evidence.find(passage.0, spans)?;
            let mut file = File::open(&path)?;
            file.seek(SeekFrom::Start(place.start))?;
            let len = place.end - place.start;
            let read = file.take(len).read_to_end(text)?;
            let is_whole = read as u64 == len;
            is_whole.then_some(()).ok_or(io::ErrorKind::UnexpectedEof.into())
        };
        read().map_err(io_error(&path))
    }

    /// Gives the passages that were pushed the families that `family_of` names, where each was a family of its own.
    ///
    /// # Errors
    /// A disk that refuses, and what `family_of` returns.
    pub fn set_families(
        self,
        mut family_of: impl FnMut(PassageId) -> io::Result<PassageId>,
    ) -> Result<Self, WriteError> {
        let path = self.place.in_segment(PROVENANCE_FILE);
        let old = self.place.aside().join(PROVENANCE_FILE);
        let before = self.provenance;
        let rewrite = || {
            let (out, written) = before.finish()?;
            sync(out)?;
            fs::rename(&path, &old)?;
            let file = File::open(&old)?;
            let table = ProvenanceTable::open(file, written.len, &written.checksum, self.passages)?;
            let mut after = ProvenanceWriter::new(create_file(&path)?)?;
            after.copy(&table.map_err(|flaw| flaw_error(&flaw))?, |passage| {
                family_of(PassageId(passage)).map(|family| family.0)
            })?;
            fs::remove_file(&old)?;
            Ok(after)
        };
        let provenance = rewrite().map_err(io_error(&path))?;
        Ok(Self { provenance, ..self })
    }
}
