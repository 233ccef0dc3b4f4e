//! Passages to an index.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use seepage_fingerprint::Analyzer;
use seepage_logs::Class;

use crate::background::{Background, BackgroundError};
use crate::error::{WriteError, io_error};
use crate::facts::BuildFacts;
use crate::logs::{self, LogFile};
use crate::manifest::{
    CONTENTS_FILE, EVIDENCE_FILE, FINGERPRINTS_FILE, FileEntry, LOGS_FILE, MANIFEST_FILE, Manifest,
    PROVENANCE_FILE, Reading, Removals, SegmentEntry,
};
use crate::passage::{Passage, PassageEntry, PassageId};
use crate::segment::columns;
use crate::segment::contents::ContentsWriter;
use crate::segment::evidence::EvidenceWriter;
use crate::segment::extract::{Extract, Extractor, check_passage};
use crate::segment::fingerprints::postings::{LIST_BIT, Pairs};
use crate::segment::fingerprints::write::Table;
use crate::segment::provenance::{ProvenanceTable, ProvenanceWriter, flaw_error};
use crate::sorter::{Pair, Sorter};
use crate::update::staging::Staging;

/// Beside the index, until it is finished.
const PAIRS_FILE: &str = "pairs";

/// Bytes of pairs that are held unless [`SegmentWriter::limit_memory`] says otherwise.
const PAIRS_MEMORY: usize = 1 << 30;

/// What became of a passage that was given to a [`SegmentWriter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It is in the index.
    Indexed(PassageId),
    /// Too short or too plain to be recognised: it has too few anchors of its own, and was left out.
    TooPlain,
}

/// Where the passages of a segment come from.
#[derive(Clone, Debug)]
pub struct SegmentOrigin {
    /// The log files that were read.
    pub logs: Vec<LogFile>,
    /// The classes of what the models wrote that were taken.
    pub classes: BTreeSet<Class>,
    /// What was taken out of the index that this one is made of.
    pub removals: Removals,
}

/// Of no log, and of no class that was left out.
impl Default for SegmentOrigin {
    fn default() -> Self {
        Self { logs: vec![], classes: Class::ALL.into(), removals: Removals::default() }
    }
}

/// A segment whose files are written, and that no index names yet. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub struct WrittenSegment {
    pub(crate) place: Staging,
    pub(crate) entry: SegmentEntry,
}

/// Writes an index of one segment, or a further segment of one. Nothing that looks like an index exists before
/// [`SegmentWriter::finish`] returns.
pub struct SegmentWriter {
    place: Staging,
    evidence: EvidenceWriter<BufWriter<File>>,
    provenance: ProvenanceWriter<BufWriter<File>>,
    contents: ContentsWriter<BufWriter<File>>,
    origin: SegmentOrigin,
    /// (fingerprint, passage), 16 bytes each until the end.
    pairs: Sorter<Pair>,
    passages: u32,
    /// A write failed: the files hold part of a passage.
    broken: bool,
    extractor: Extractor,
}

impl fmt::Debug for SegmentWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentWriter")
            .field("target", &self.place.target())
            .field("analyzer", self.extractor.analyzer())
            .field("passages", &self.passages)
            .finish_non_exhaustive()
    }
}

impl SegmentWriter {
    /// Starts an index at `path`, which must not exist, or be an index (it is replaced at the end).
    ///
    /// # Errors
    /// Something else stands at `path`, or its parent directory cannot be written to.
    pub fn create(path: &Path, analyzer: Analyzer) -> Result<Self, WriteError> {
        Self::at(Staging::create(path)?, analyzer)
    }

    pub(crate) fn at(place: Staging, analyzer: Analyzer) -> Result<Self, WriteError> {
        let evidence = place.in_segment(EVIDENCE_FILE);
        let provenance = place.in_segment(PROVENANCE_FILE);
        let contents = place.in_segment(CONTENTS_FILE);
        Ok(Self {
            evidence: create_file(&evidence)
                .and_then(|out| EvidenceWriter::new(out, place.aside()))
                .map_err(io_error(&evidence))?,
            provenance: create_file(&provenance)
                .and_then(ProvenanceWriter::new)
                .map_err(io_error(&provenance))?,
            contents: create_file(&contents)
                .and_then(|out| ContentsWriter::new(out, place.aside()))
                .map_err(io_error(&contents))?,
            origin: SegmentOrigin::default(),
            pairs: Sorter::new(place.aside(), PAIRS_MEMORY).in_parallel(),
            place,
            passages: 0,
            broken: false,
            extractor: Extractor::new(analyzer),
        })
    }

    /// Says where the passages come from.
    pub fn set_origin(&mut self, origin: SegmentOrigin) {
        self.origin = origin;
    }

    /// Holds at most `memory` bytes of what grows with the index, 16 bytes for each fingerprint of each passage; what is
    /// more goes to the disk, sorted, and is merged at the end. Without a limit it is 1 GiB. Buffers come on top: some 10 MB,
    /// and four times what the names of 4,096 passages take.
    pub fn limit_memory(&mut self, memory: usize) {
        self.pairs.limit_memory(memory);
    }

    /// A directory beside the index for what is needed until it is finished. It goes away with the writer.
    pub fn aside(&self) -> &Path {
        self.place.aside()
    }

    /// From now on leaves out the anchors that are common in human text.
    ///
    /// # Errors
    /// The background was made with other parameters than the index.
    pub fn suppress(&mut self, background: Arc<Background>) -> Result<(), BackgroundError> {
        self.extractor.suppress(background)
    }

    /// Adds a passage. The order of the calls is the order of the ids.
    ///
    /// # Errors
    /// Spans that are none of the text's, more bytes or passages than an index can hold, or a disk that refuses. A
    /// passage that was refused for what it is leaves the writer as it was.
    pub fn push(&mut self, passage: &Passage) -> Result<Pushed, WriteError> {
        let extract = self.extractor.extract(passage)?;
        self.push_extracted(passage, &extract)
    }

    /// What makes of passages what [`SegmentWriter::push_extracted`] takes. Each thread can have its own.
    pub fn extractor(&self) -> Extractor {
        self.extractor.clone()
    }

    /// As [`SegmentWriter::push`], with what an extractor of this writer made of the passage.
    ///
    /// # Errors
    /// See there.
    pub fn push_extracted(
        &mut self,
        passage: &Passage,
        extract: &Extract,
    ) -> Result<Pushed, WriteError> {
        check_passage(passage)?;
        let Some(fingerprints) = extract.fingerprints() else {
            return Ok(Pushed::TooPlain);
        };
        let id = self.passages;
        if id == LIST_BIT {
            return Err(WriteError::Full { part: "passages", max: LIST_BIT.into() });
        }
        let authors = u64::from(self.contents.authors()) + passage.authors.len() as u64;
        if authors > u64::from(u32::MAX) {
            return Err(WriteError::Full { part: "authors", max: u32::MAX.into() });
        }
        self.broken = true;
        self.evidence
            .push(passage.text.as_bytes(), &passage.spans)
            .map_err(|error| self.write_error(EVIDENCE_FILE, error))?;
        for author in &passage.authors {
            let entry = PassageEntry {
                passage: PassageId(id),
                author: author.clone(),
                family: PassageId(id),
                text_len: passage.text.len() as u32,
            };
            self.provenance
                .push(entry)
                .map_err(|error| self.write_error(PROVENANCE_FILE, error))?;
        }
        self.contents
            .push(passage.content(), passage.authors.len() as u32)
            .map_err(|error| self.write_error(CONTENTS_FILE, error))?;
        for fingerprint in fingerprints {
            let pushed = self.pairs.push((*fingerprint, id));
            pushed.map_err(io_error(self.place.aside()))?;
        }
        self.broken = false;
        self.passages += 1;
        Ok(Pushed::Indexed(PassageId(id)))
    }

    fn write_error(&self, file: &str, source: io::Error) -> WriteError {
        io_error(&self.place.in_segment(file))(source)
    }

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
            let table = ProvenanceTable::open(
                file,
                written.len,
                &written.checksum,
                self.contents.authors(),
                &columns::schema(),
            )?;
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

    /// Writes everything, syncs it, and moves it into place.
    ///
    /// # Errors
    /// A disk that refuses, now or at an earlier [`SegmentWriter::push`], or something that came to stand at the target
    /// since the start. Then there is nothing new at the target.
    pub fn finish(self, facts: &BuildFacts) -> Result<(), WriteError> {
        let analyzer = *self.extractor.analyzer();
        let removals = self.origin.removals.clone();
        let reading = Reading {
            classes: self.origin.classes.clone(),
            backgrounds: self
                .extractor
                .backgrounds()
                .iter()
                .filter_map(Background::digest_of_file)
                .collect(),
        };
        let WrittenSegment { place, entry } = self.finish_segment(facts)?;
        let mut manifest = Manifest::new(&analyzer, reading, entry);
        manifest.removals = removals;
        write_synced(&place.root().join(MANIFEST_FILE), &manifest.to_bytes())?;
        place.publish()
    }

    /// Writes everything and syncs it, for [`crate::Update::append`] or [`crate::Update::replace`].
    ///
    /// # Errors
    /// As of [`SegmentWriter::finish`].
    pub fn finish_segment(self, facts: &BuildFacts) -> Result<WrittenSegment, WriteError> {
        if self.broken {
            let path = self.place.target().to_path_buf();
            return Err(WriteError::Broken { path });
        }
        let place = self.place;
        let failed = |file: &str| io_error(&place.in_segment(file));

        let (out, evidence) = self.evidence.finish().map_err(failed(EVIDENCE_FILE))?;
        sync(out).map_err(failed(EVIDENCE_FILE))?;
        let (out, provenance) = self.provenance.finish().map_err(failed(PROVENANCE_FILE))?;
        sync(out).map_err(failed(PROVENANCE_FILE))?;
        let (out, contents) = self.contents.finish().map_err(failed(CONTENTS_FILE))?;
        sync(out).map_err(failed(CONTENTS_FILE))?;
        let logs = logs::to_bytes(&self.origin.logs);
        write_synced(&place.in_segment(LOGS_FILE), &logs)?;

        let path = place.aside().join(PAIRS_FILE);
        let pairs = Pairs::gather(self.pairs, &path).map_err(io_error(&path))?;
        let table = Table::measure(self.passages, &pairs).map_err(io_error(&path))?;
        table.check()?;
        let (out, fingerprints) = create_file(&place.in_segment(FINGERPRINTS_FILE))
            .and_then(|out| table.write(self.extractor.analyzer(), out))
            .map_err(failed(FINGERPRINTS_FILE))?;
        sync(out).map_err(failed(FINGERPRINTS_FILE))?;

        let entry = SegmentEntry {
            number: 0,
            passages: self.passages,
            facts: facts.clone(),
            fingerprints: fingerprints.into(),
            evidence: evidence.into(),
            provenance: provenance.into(),
            contents: contents.into(),
            logs: FileEntry::of(&logs),
            removed: None,
        };
        Ok(WrittenSegment { place, entry })
    }
}

/// Writes a file of a few bytes, and waits until they are on the disk.
pub(crate) fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    create_file(path)
        .and_then(|mut out| out.write_all(bytes).map(|()| out))
        .and_then(sync)
        .map_err(io_error(path))
}

pub(crate) fn create_file(path: &Path) -> io::Result<BufWriter<File>> {
    File::create_new(path).map(|file| BufWriter::with_capacity(1 << 20, file))
}

/// Waits until everything is on the disk.
pub(crate) fn sync(out: BufWriter<File>) -> io::Result<()> {
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}
