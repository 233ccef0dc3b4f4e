//! A passage to the fingerprints that it is found by.

use std::collections::HashSet;
use std::sync::Arc;

use seepage_fingerprint::{AnalyzeScratch, Analyzer, SourceAnchor, Stream};
use seepage_text::{Token, TokenScratch, strip_comments, tokenize, word_grams};

use crate::background::{Background, BackgroundError};
use crate::error::WriteError;
use crate::passage::{Passage, are_spans};
use crate::segment::provenance::ROW_LEN_MAX;

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

/// What a passage is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extract {
    /// Ascending and different; `None` of a passage that is too short or too plain.
    fingerprints: Option<Vec<u64>>,
    /// Anchors that are not common in human text by the built-in background.
    pub anchors: u64,
    /// Those of them that other backgrounds suppressed.
    pub anchors_suppressed: u64,
}

impl Extract {
    pub(crate) fn fingerprints(&self) -> Option<&[u64]> {
        self.fingerprints.as_deref()
    }
}

/// Makes extracts, with the parameters and backgrounds of one [`crate::SegmentWriter`] and with buffers of its own.
#[derive(Clone, Debug)]
pub struct Extractor {
    analyzer: Analyzer,
    backgrounds: Vec<Arc<Background>>,
    buffers: Buffers,
}

#[derive(Debug, Default)]
struct Buffers {
    scratch: AnalyzeScratch,
    anchors: Vec<SourceAnchor>,
    /// An authored part without its comments.
    uncommented: Vec<u8>,
    token_scratch: TokenScratch,
    tokens: Vec<Token>,
}

/// Nothing in them is worth a copy.
impl Clone for Buffers {
    fn clone(&self) -> Self {
        Self::default()
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

impl Extractor {
    pub(crate) fn new(analyzer: Analyzer) -> Self {
        Self { analyzer, backgrounds: vec![], buffers: Buffers::default() }
    }

    pub(crate) fn analyzer(&self) -> &Analyzer {
        &self.analyzer
    }

    pub(crate) fn backgrounds(&self) -> &[Arc<Background>] {
        &self.backgrounds
    }

    /// See [`crate::SegmentWriter::suppress`].
    pub(crate) fn suppress(&mut self, background: Arc<Background>) -> Result<(), BackgroundError> {
        if !background.fits(&self.analyzer) {
            return Err(BackgroundError::Parameters);
        }
        self.backgrounds.push(background);
        Ok(())
    }

    /// Finds out what a passage can be found by.
    ///
    /// # Errors
    /// Spans that are none of the text's, or more bytes than an index can hold of one passage.
    pub fn extract(&mut self, passage: &Passage) -> Result<Extract, WriteError> {
        check_passage(passage)?;
        let (all, anchors_suppressed) = self.gather_anchors(passage);
        let words = |anchor: &&SourceAnchor| anchor.stream == Stream::Words;
        let anchors = self.buffers.anchors.iter().filter(words).count();
        if anchors < ANCHORS_MIN || self.count_grams(passage) < GRAMS_MIN {
            return Ok(Extract { fingerprints: None, anchors: all, anchors_suppressed });
        }
        self.gather_anchors_uncommented(passage);
        let fingerprints = self.buffers.anchors.iter();
        let fingerprints = fingerprints.map(|anchor| anchor.fingerprint.0).collect();
        let fingerprints = Some(fingerprints);
        Ok(Extract { fingerprints, anchors: all, anchors_suppressed })
    }

    /// Fills `anchors` with the different ones of the authored parts. Each part is analysed on its own, because an
    /// anchor across a border would hold words that the model did not write, or not in this order. Says how many are not common
    /// by the built-in background, and how many of these the others suppress.
    fn gather_anchors(&mut self, passage: &Passage) -> (u64, u64) {
        let Buffers { scratch, anchors, .. } = &mut self.buffers;
        anchors.clear();
        for span in &passage.spans {
            let part = &passage.text.as_bytes()[span.start as usize..span.end as usize];
            self.analyzer.analyze(part, scratch, anchors);
        }
        let [built_in, others] = [true, false].map(|is_built_in| {
            let of_kind = |one: &&Arc<Background>| one.digest_of_file().is_none() == is_built_in;
            self.backgrounds.iter().filter(of_kind).cloned().collect::<Vec<_>>()
        });
        anchors.retain(|anchor| is_indexable(anchor, &built_in));
        settle(anchors);
        let all = anchors.len() as u64;
        anchors.retain(|anchor| is_indexable(anchor, &others));
        (all, all - anchors.len() as u64)
    }

    /// Adds the anchors that the skeleton of the authored parts has without their comments: where every few lines are
    /// one, no anchor of what was written survives their removal.
    fn gather_anchors_uncommented(&mut self, passage: &Passage) {
        let first = passage.authors.first();
        let path = first.and_then(|author| author.provenance.file_path.as_deref());
        let Buffers { scratch, anchors, uncommented, .. } = &mut self.buffers;
        for span in &passage.spans {
            let part = &passage.text.as_bytes()[span.start as usize..span.end as usize];
            uncommented.clear();
            if strip_comments(part, path, uncommented) {
                let from = anchors.len();
                self.analyzer.analyze(uncommented, scratch, anchors);
                let mut skeleton = anchors.split_off(from);
                skeleton.retain(|anchor| {
                    anchor.stream == Stream::Skeleton && is_indexable(anchor, &self.backgrounds)
                });
                anchors.append(&mut skeleton);
            }
        }
        settle(anchors);
    }

    /// Counts the different rare word 8-grams of the authored parts.
    fn count_grams(&mut self, passage: &Passage) -> usize {
        let Buffers { token_scratch, tokens, .. } = &mut self.buffers;
        let mut grams = vec![];
        for span in &passage.spans {
            let part = &passage.text.as_bytes()[span.start as usize..span.end as usize];
            tokens.clear();
            tokenize(part, 0, token_scratch, tokens);
            word_grams(tokens, &mut grams);
        }
        let hashes: HashSet<u64> = grams.iter().map(|gram| gram.hash).collect();
        hashes.len()
    }
}

/// Each fingerprint once.
fn settle(anchors: &mut Vec<SourceAnchor>) {
    anchors.sort_unstable_by_key(|anchor| anchor.fingerprint);
    anchors.dedup_by_key(|anchor| anchor.fingerprint);
}

pub(crate) fn check_passage(passage: &Passage) -> Result<(), WriteError> {
    let Some(first) = passage.authors.first() else {
        return Err(WriteError::NoAuthor);
    };
    let from = &first.provenance;
    let too_long = |part, found, max| WriteError::PassageLen {
        log_path: from.log_path.clone(),
        log_line: from.log_line,
        part,
        found,
        max,
    };
    let text_len = u32::try_from(passage.text.len())
        .map_err(|_| too_long("text", passage.text.len() as u64, u64::from(u32::MAX)))?;
    for author in &passage.authors {
        let names_len = author.provenance.names_len() as u64;
        if names_len > ROW_LEN_MAX {
            return Err(too_long("provenance", names_len, ROW_LEN_MAX));
        }
    }
    if !are_spans(passage.spans.iter().cloned(), text_len) {
        return Err(WriteError::Spans { log_path: from.log_path.clone(), log_line: from.log_line });
    }
    Ok(())
}
