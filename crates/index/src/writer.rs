//! Passages to an index.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use seepage_fingerprint::Stream;
use seepage_text::{Token, TokenScratch, strip_comments, tokenize, word_grams};

use crate::analyze::{AnalyzeScratch, Analyzer, SourceAnchor};
use crate::background::{Background, BackgroundError};
use crate::columns::{self, Row};
use crate::error::WriteError;
use crate::evidence::EvidenceWriter;
use crate::facts::BuildFacts;
use crate::groups::LIST_BIT;
use crate::manifest::{MANIFEST_FILE, Manifest, SegmentEntry};
use crate::pairs::Pairs;
use crate::passage::{Passage, PassageId, are_spans};
use crate::place::{Place, io_error};
use crate::provenance::{ProvenanceWriter, ROW_LEN_MAX};
use crate::sorter::{Pair, Sorter};
use crate::table::Table;

pub(crate) const FINGERPRINTS_FILE: &str = "fingerprints.bin";
pub(crate) const EVIDENCE_FILE: &str = "evidence.bin";
pub(crate) const PROVENANCE_FILE: &str = "provenance.parquet";
/// Beside the index, until it is finished.
const PAIRS_FILE: &str = "pairs";

/// Bytes of pairs that are held unless [`SegmentWriter::limit_memory`] says otherwise.
const PAIRS_MEMORY: usize = 1 << 30;

/// Different bytes in a k-gram of the words that is worth keeping: rulers and tables of zeros have fewer, and stand in
/// everybody's text.
pub(crate) const VARIETY_MIN: u8 = 8;
/// The same for the skeleton, which has few bytes to choose from: the fields of a struct and the cases of a switch have
/// five to seven different ones, runs of brackets and lists of numbers fewer.
pub(crate) const SKELETON_VARIETY_MIN: u8 = 5;
/// Different anchors of the words without which a passage is left out: the detector asks for two.
pub(crate) const ANCHORS_MIN: usize = 2;
/// Different rare word 8-grams without which a passage is left out: no rule of the detector fires on fewer, so that
/// every passage of an index is found where it stands whole.
pub(crate) const GRAMS_MIN: usize = 6;

/// What became of a passage that was given to a [`SegmentWriter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It is in the index.
    Indexed(PassageId),
    /// Too short or too plain to be recognised: it has too few anchors of its own, and was left out.
    TooPlain,
}

/// Writes an index of one segment. Nothing that looks like an index exists before [`SegmentWriter::finish`] returns.
pub struct SegmentWriter {
    place: Place,
    analyzer: Analyzer,
    evidence: EvidenceWriter<BufWriter<File>>,
    provenance: ProvenanceWriter<BufWriter<File>>,
    /// (fingerprint, passage), 16 bytes each until the end.
    pairs: Sorter<Pair>,
    passages: u32,
    /// A write failed: the files hold part of a passage.
    broken: bool,
    scratch: AnalyzeScratch,
    anchors: Vec<SourceAnchor>,
    /// An authored part without its comments.
    uncommented: Vec<u8>,
    token_scratch: TokenScratch,
    tokens: Vec<Token>,
    backgrounds: Vec<Arc<Background>>,
}

impl fmt::Debug for SegmentWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentWriter")
            .field("target", &self.place.target())
            .field("analyzer", &self.analyzer)
            .field("passages", &self.passages)
            .finish_non_exhaustive()
    }
}

/// Different bytes in a k-gram of a stream that is worth keeping.
pub(crate) fn variety_min(stream: Stream) -> u8 {
    match stream {
        Stream::Words => VARIETY_MIN,
        Stream::Skeleton => SKELETON_VARIETY_MIN,
    }
}

/// Whether an anchor of a passage says anything about who wrote it. What must never be indexed is decided here.
fn is_indexable(anchor: &SourceAnchor, backgrounds: &[Arc<Background>]) -> bool {
    let is_common = |background: &Arc<Background>| background.is_common(anchor.fingerprint);
    anchor.variety >= variety_min(anchor.stream) && !backgrounds.iter().any(is_common)
}

impl SegmentWriter {
    /// Starts an index at `path`, which must not exist, or be an index (it is replaced at the end).
    ///
    /// # Errors
    /// Something else stands at `path`, or its parent directory cannot be written to.
    pub fn create(path: &Path, analyzer: Analyzer) -> Result<Self, WriteError> {
        let place = Place::create(path)?;
        let evidence = place.in_segment(EVIDENCE_FILE);
        let provenance = place.in_segment(PROVENANCE_FILE);
        Ok(Self {
            evidence: create_file(&evidence)
                .and_then(|out| EvidenceWriter::new(out, place.aside()))
                .map_err(io_error(&evidence))?,
            provenance: create_file(&provenance)
                .and_then(ProvenanceWriter::new)
                .map_err(io_error(&provenance))?,
            pairs: Sorter::new(place.aside(), PAIRS_MEMORY).in_parallel(),
            place,
            analyzer,
            passages: 0,
            broken: false,
            scratch: AnalyzeScratch::default(),
            anchors: vec![],
            uncommented: vec![],
            token_scratch: TokenScratch::default(),
            tokens: vec![],
            backgrounds: vec![],
        })
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
        if !background.fits(&self.analyzer) {
            return Err(BackgroundError::Parameters);
        }
        self.backgrounds.push(background);
        Ok(())
    }

    /// Adds a passage. The order of the calls is the order of the ids.
    ///
    /// # Errors
    /// Spans that are none of the text's, more bytes or passages than an index can hold, or a disk that refuses. A
    /// passage that was refused for what it is leaves the writer as it was.
    pub fn push(&mut self, passage: &Passage) -> Result<Pushed, WriteError> {
        check_passage(passage)?;
        self.gather_anchors(passage);
        let words = |anchor: &&SourceAnchor| anchor.stream == Stream::Words;
        let anchors = self.anchors.iter().filter(words).count();
        if anchors < ANCHORS_MIN || self.count_grams(passage) < GRAMS_MIN {
            return Ok(Pushed::TooPlain);
        }
        self.gather_anchors_uncommented(passage);
        let id = self.passages;
        if id == LIST_BIT {
            let part = "passages";
            let max = u64::from(LIST_BIT);
            return Err(WriteError::Full { part, max });
        }
        self.broken = true;
        self.evidence
            .push(passage.text.as_bytes(), &passage.spans)
            .map_err(|error| self.write_error(EVIDENCE_FILE, error))?;
        let row = Row {
            passage: id,
            provenance: passage.provenance.clone(),
            text_len: passage.text.len() as u32,
        };
        self.provenance
            .push(row)
            .map_err(|error| self.write_error(PROVENANCE_FILE, error))?;
        for anchor in &self.anchors {
            let pushed = self.pairs.push((anchor.fingerprint.0, id));
            pushed.map_err(io_error(self.place.aside()))?;
        }
        self.broken = false;
        self.passages += 1;
        Ok(Pushed::Indexed(PassageId(id)))
    }

    /// Fills `anchors` with the different ones of the authored parts. Each part is analysed on its own, because an
    /// anchor across a border would hold words that the model did not write, or not in this order.
    fn gather_anchors(&mut self, passage: &Passage) {
        self.anchors.clear();
        for span in &passage.spans {
            let part = &passage.text.as_bytes()[span.start as usize..span.end as usize];
            self.analyzer
                .analyze(part, &mut self.scratch, &mut self.anchors);
        }
        self.settle_anchors();
    }

    /// Adds the anchors that the skeleton of the authored parts has without their comments: where every few lines are
    /// one, no anchor of what was written survives their removal.
    fn gather_anchors_uncommented(&mut self, passage: &Passage) {
        let path = passage.provenance.file_path.as_deref();
        for span in &passage.spans {
            let part = &passage.text.as_bytes()[span.start as usize..span.end as usize];
            self.uncommented.clear();
            if strip_comments(part, path, &mut self.uncommented) {
                let from = self.anchors.len();
                self.analyzer
                    .analyze(&self.uncommented, &mut self.scratch, &mut self.anchors);
                let mut skeleton = self.anchors.split_off(from);
                skeleton.retain(|anchor| anchor.stream == Stream::Skeleton);
                self.anchors.append(&mut skeleton);
            }
        }
        self.settle_anchors();
    }

    fn settle_anchors(&mut self) {
        self.anchors
            .retain(|anchor| is_indexable(anchor, &self.backgrounds));
        self.anchors
            .sort_unstable_by_key(|anchor| anchor.fingerprint);
        self.anchors.dedup_by_key(|anchor| anchor.fingerprint);
    }

    /// Counts the different rare word 8-grams of the authored parts.
    fn count_grams(&mut self, passage: &Passage) -> usize {
        let mut grams = vec![];
        for span in &passage.spans {
            let part = &passage.text.as_bytes()[span.start as usize..span.end as usize];
            self.tokens.clear();
            tokenize(part, 0, &mut self.token_scratch, &mut self.tokens);
            word_grams(&self.tokens, &mut grams);
        }
        let hashes: HashSet<u64> = grams.iter().map(|gram| gram.hash).collect();
        hashes.len()
    }

    fn write_error(&self, file: &str, source: io::Error) -> WriteError {
        io_error(&self.place.in_segment(file))(source)
    }

    /// Writes everything, syncs it, and moves it into place.
    ///
    /// # Errors
    /// A disk that refuses, now or at an earlier [`SegmentWriter::push`], or something that came to stand at the target
    /// since the start. Then there is nothing new at the target.
    pub fn finish(self, facts: &BuildFacts) -> Result<(), WriteError> {
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

        let path = place.aside().join(PAIRS_FILE);
        let pairs = Pairs::gather(self.pairs, &path).map_err(io_error(&path))?;
        let table = Table::measure(self.passages, &pairs).map_err(io_error(&path))?;
        table.check()?;
        let (out, fingerprints) = create_file(&place.in_segment(FINGERPRINTS_FILE))
            .and_then(|out| table.write(&self.analyzer, out))
            .map_err(failed(FINGERPRINTS_FILE))?;
        sync(out).map_err(failed(FINGERPRINTS_FILE))?;

        let segment = SegmentEntry {
            passages: self.passages,
            fingerprints: fingerprints.into(),
            evidence: evidence.into(),
            provenance: provenance.into(),
        };
        let manifest = Manifest::new(&self.analyzer, facts, segment).to_bytes();
        let path = place.root().join(MANIFEST_FILE);
        create_file(&path)
            .and_then(|mut out| out.write_all(&manifest).map(|()| out))
            .and_then(sync)
            .map_err(io_error(&path))?;
        place.publish()
    }
}

fn check_passage(passage: &Passage) -> Result<(), WriteError> {
    let from = &passage.provenance;
    let too_long = |part, found, max| WriteError::PassageLen {
        log_path: from.log_path.clone(),
        log_line: from.log_line,
        part,
        found,
        max,
    };
    let text_len = u32::try_from(passage.text.len())
        .map_err(|_| too_long("text", passage.text.len() as u64, u64::from(u32::MAX)))?;
    let names_len = columns::names_len(from) as u64;
    if names_len > ROW_LEN_MAX {
        return Err(too_long("provenance", names_len, ROW_LEN_MAX));
    }
    if !are_spans(passage.spans.iter().cloned(), text_len) {
        return Err(WriteError::Spans {
            log_path: from.log_path.clone(),
            log_line: from.log_line,
        });
    }
    Ok(())
}

fn create_file(path: &Path) -> io::Result<BufWriter<File>> {
    File::create_new(path).map(|file| BufWriter::with_capacity(1 << 20, file))
}

/// Waits until everything is on the disk.
fn sync(out: BufWriter<File>) -> io::Result<()> {
    out.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()
}
