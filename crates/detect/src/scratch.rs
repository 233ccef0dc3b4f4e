//! The buffers of a detector.

use std::ops::Range;

use seepage_fingerprint::{AnalyzeScratch, SourceAnchor};
use seepage_index::PassageId;
use seepage_text::TokenScratch;

use crate::alike::resemblance::ShingleScratch;
use crate::evidence::passages::ReadPassages;
use crate::evidence::tokenized::TokenizedText;
use crate::nominate::{Candidate, Hit};
use crate::sieve::Sieve;

/// The buffers of a [`Detector`](crate::Detector), kept from one text to the next. Each thread has its own.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) sieve: Option<Sieve>,
    pub(crate) analyze: AnalyzeScratch,
    pub(crate) anchors: Vec<SourceAnchor>,
    pub(crate) passages: Vec<PassageId>,
    pub(crate) hits: Vec<Hit>,
    /// The hits of passages that the text was not flagged for.
    pub(crate) leftover: Vec<Hit>,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) windows: Vec<Range<usize>>,
    pub(crate) tokens: TokenScratch,
    pub(crate) record: TokenizedText,
    pub(crate) read: ReadPassages,
    pub(crate) shingles: ShingleScratch,
}
