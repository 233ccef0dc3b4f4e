//! Passages as stage 2 reads them, kept from one text to the next: what is found once is found again.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use seepage_index::{Index, PassageId, PassageText};
use seepage_text::TokenScratch;

use crate::evidence::chain::{ChainKind, ChainStream};
use crate::evidence::tokenized::{TokenizedText, sorted_hashes};

/// Tokens of passages that are kept by one thread, at 40 bytes each, and 60 more where the passage was found.
const TOKENS_MAX: usize = 1 << 20;

/// A passage with all that is compared of it.
#[derive(Debug)]
pub(crate) struct ReadPassage {
    pub(crate) text: TokenizedText,
    /// The different hashes of its word grams, and of its blind ones, sorted.
    pub(crate) words: Vec<u64>,
    pub(crate) blind: Vec<u64>,
    streams: OnceLock<[PassageStream; 2]>,
}

/// The tokens of a passage for chains, and the sums of their bits: one more than tokens.
#[derive(Debug)]
pub(crate) struct PassageStream {
    pub(crate) stream: ChainStream,
    pub(crate) bits: Vec<f32>,
}

impl ReadPassage {
    pub(crate) fn of(evidence: &PassageText<'_>, scratch: &mut TokenScratch) -> Self {
        let mut text = TokenizedText::default();
        text.read_passage(evidence, scratch);
        // Where they stand does not count.
        let [words, blind] = [&mut text.words, &mut text.blind].map(std::mem::take);
        let (words, blind) = (sorted_hashes(&words), sorted_hashes(&blind));
        Self { text, words, blind, streams: OnceLock::new() }
    }

    /// By words, and by identifier-blind tokens.
    pub(crate) fn streams(&self, evidence: &PassageText<'_>) -> &[PassageStream; 2] {
        self.streams.get_or_init(|| {
            let [words, blind] = self.text.chain_streams(evidence.text, 1);
            [(ChainKind::Words, words), (ChainKind::Blind, blind)].map(|(kind, stream)| {
                let bits = stream.bits(kind, &self.text.tokens);
                PassageStream { stream, bits }
            })
        })
    }
}

/// The passages that were read last, of one detector.
#[derive(Debug, Default)]
pub(crate) struct ReadPassages {
    detector: u64,
    passages: HashMap<PassageId, Arc<ReadPassage>>,
    tokens: usize,
}

impl ReadPassages {
    /// Reads a passage, if it is not there. `detector` tells detectors apart: others have other passages of the same number.
    pub(crate) fn read(
        &mut self,
        detector: u64,
        index: &Index,
        passage: PassageId,
        scratch: &mut TokenScratch,
    ) -> Arc<ReadPassage> {
        if self.detector != detector || self.tokens > TOKENS_MAX {
            *self = Self { detector, ..Self::default() };
        }
        let tokens = &mut self.tokens;
        let read = self.passages.entry(passage).or_insert_with(|| {
            let read = ReadPassage::of(&index.text(passage), scratch);
            *tokens += read.text.tokens.len();
            Arc::new(read)
        });
        Arc::clone(read)
    }
}
