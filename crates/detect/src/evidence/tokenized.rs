//! A text as stage 2 reads it: tokens, grams, and streams for chains.

use std::ops::Range;

use seepage_index::PassageText;
use seepage_text::{
    Gram, Token, TokenKind, TokenScratch, blind_faces, blind_grams, tokenize, word_grams,
};

use crate::evidence::chain::{ChainKind, ChainStream};

/// A text as the judge sees it: tokens, and the grams of each window or span. Grams never cross a border.
#[derive(Clone, Debug, Default)]
pub(crate) struct TokenizedText {
    pub(crate) tokens: Vec<Token>,
    /// Of each part: its bytes, and its tokens.
    parts: Vec<(Range<usize>, Range<usize>)>,
    pub(crate) words: Vec<Gram>,
    pub(crate) blind: Vec<Gram>,
}

/// Between the grams of one part and of the next, so that no run goes on across a border.
const PLACE_GAP: u32 = 1000;

impl TokenizedText {
    fn clear(&mut self) {
        self.tokens.clear();
        self.parts.clear();
        self.words.clear();
        self.blind.clear();
    }

    /// Reads the given parts of `text`, which are ascending and disjoint.
    pub(crate) fn read(
        &mut self,
        text: &[u8],
        parts: impl Iterator<Item = Range<usize>>,
        scratch: &mut TokenScratch,
    ) {
        self.clear();
        for part in parts {
            let (from, base) = (self.tokens.len(), part.start as u32);
            let text = &text[part.clone()];
            tokenize(text, base, scratch, &mut self.tokens);
            self.parts.push((part, from..self.tokens.len()));
            let tokens = &self.tokens[from..];
            append_part(from as u32, &mut self.words, |grams| {
                word_grams(tokens, grams);
            });
            append_part(from as u32, &mut self.blind, |grams| {
                blind_grams(text, base, tokens, grams);
            });
        }
    }

    /// The words and the identifier-blind tokens for chains. The texts of two sides have different `side`s.
    pub(crate) fn chain_streams(&self, text: &[u8], side: u64) -> [ChainStream; 2] {
        let [mut words, mut blind] = [ChainStream::default(), ChainStream::default()];
        for (bytes, tokens) in &self.parts {
            let (from, base) = (tokens.start as u32, bytes.start as u32);
            let tokens = &self.tokens[tokens.clone()];
            for (at, token) in (from..).zip(tokens) {
                if let TokenKind::Word(hash) = token.kind {
                    words.push(hash, at);
                }
            }
            for (at, face) in blind_faces(&text[bytes.clone()], base, tokens) {
                blind.push(face, from + at);
            }
            words.end_part(side);
            blind.end_part(side);
        }
        words.finish(ChainKind::Words);
        blind.finish(ChainKind::Blind);
        [words, blind]
    }

    /// Reads the authored spans of a passage.
    pub(crate) fn read_passage(&mut self, passage: &PassageText<'_>, scratch: &mut TokenScratch) {
        let spans = passage.spans.iter().map(|span| span.start as usize..span.end as usize);
        self.read(passage.text, spans, scratch);
    }
}

fn append_part(from: u32, grams: &mut Vec<Gram>, append: impl Fn(&mut Vec<Gram>)) {
    let place = grams.last().map_or(0, |gram| gram.place + PLACE_GAP);
    let start = grams.len();
    append(grams);
    for gram in &mut grams[start..] {
        gram.place += place;
        gram.first += from;
        gram.last += from;
    }
}

/// The different hashes of grams, sorted.
pub(crate) fn sorted_hashes(grams: &[Gram]) -> Vec<u64> {
    let mut hashes: Vec<u64> = grams.iter().map(|gram| gram.hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}
