//! A text to tokens.

use std::ops::Range;

use seepage_fingerprint::{KeptBytes, Streams};
use xxhash_rust::xxh3::xxh3_64;

use crate::keywords::is_keyword;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An identifier, a keyword, a word of prose: the hash of its letters in lower case.
    Word(u64),
    /// A word that begins with a digit.
    Number,
    /// One byte of punctuation. Quotes, commas, semicolons and backslashes are no tokens.
    Punctuation(u8),
}

/// A token and the bytes of the text that it was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Offset of its first byte.
    pub start: u32,
    /// Offset behind its last byte, as far as the streams keep it: a number ends behind its first digit.
    pub end: u32,
    /// Of a word: it has capital letters and small ones.
    pub is_mixed: bool,
}

impl Token {
    /// Whether it is a word that may be renamed: no keyword of any language. `Type` and `forEach` are names, `type` and `SELECT`
    /// are none.
    pub fn is_name(&self) -> bool {
        matches!(self.kind, TokenKind::Word(hash) if self.is_mixed || !is_keyword(hash))
    }
}

/// The buffers of [`tokenize`], kept from one text to the next.
#[derive(Clone, Debug, Default)]
pub struct TokenScratch {
    streams: Streams,
}

/// Appends the tokens of `text`, in order, with offsets from `base`.
pub fn tokenize(text: &[u8], base: u32, scratch: &mut TokenScratch, tokens: &mut Vec<Token>) {
    let streams = &mut scratch.streams;
    streams.words.clear();
    streams.skeleton.clear();
    seepage_fingerprint::normalise(text, streams);
    let Streams { words, skeleton } = &scratch.streams;
    let mut word_from = 0;
    for (at, (&mark, &start)) in skeleton.bytes.iter().zip(&skeleton.sources).enumerate() {
        // A word's letters are those before the next mark.
        let next = skeleton.sources.get(at + 1).copied().unwrap_or(u32::MAX);
        let word_to = word_from
            + words.sources[word_from..].iter().take_while(|&&source| source < next).count();
        let letters = (words, word_from..word_to);
        tokens.push(token((text, base), (mark, start), letters));
        word_from = word_to;
    }
}

/// The token of a mark of the skeleton, with the letters that it stands for.
fn token(
    (text, base): (&[u8], u32),
    (mark, start): (u8, u32),
    (words, letters): (&KeptBytes, Range<usize>),
) -> Token {
    let sources = &words.sources[letters.clone()];
    let last = sources.last().copied().unwrap_or(start);
    let kind = match mark {
        Streams::MARK_WORD => TokenKind::Word(xxh3_64(&words.bytes[letters])),
        Streams::MARK_NUMBER => TokenKind::Number,
        punctuation => TokenKind::Punctuation(punctuation),
    };
    Token { kind, start: base + start, end: base + last + 1, is_mixed: is_mixed(text, sources) }
}

/// Whether there are capital letters and small ones at `sources`.
fn is_mixed(text: &[u8], sources: &[u32]) -> bool {
    let has = |is: fn(&u8) -> bool| sources.iter().any(|&source| is(&text[source as usize]));
    has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
}
