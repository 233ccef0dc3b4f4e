//! Tokens to k-grams: of words, and of identifier-blind tokens; and to shingles, which count for whole texts.

use std::collections::HashMap;

use crate::code_tokens::code_tokens;
use crate::{Token, TokenKind};

/// Words in a word gram.
pub const WORD_GRAM_LEN: usize = 8;
/// Tokens in an identifier-blind gram.
pub const BLIND_GRAM_LEN: usize = 25;
/// Words in a shingle.
pub const SHINGLE_LEN: usize = 5;

/// A word gram with fewer different words says nothing: `0, 0, 0, 0`, `end end end`.
const WORDS_DISTINCT_MIN: usize = 6;
/// A blind gram with fewer different tokens is a table or a list.
const BLIND_DISTINCT_MIN: usize = 9;

/// A k-gram of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gram {
    /// Equal tokens give equal hashes.
    pub hash: u64,
    /// Its place in the sequence of k-grams, the plain ones counted: neighbours differ by one.
    pub place: u32,
    /// Index of its first token.
    pub first: u32,
    /// Index of its last token.
    pub last: u32,
}

/// Appends the rare 8-grams of the words among `tokens`: those with at least 6 different words. Numbers and
/// punctuation between the words do not count.
pub fn word_grams(tokens: &[Token], grams: &mut Vec<Gram>) {
    let words = tokens.iter().enumerate().filter_map(|(at, token)| match token.kind {
        TokenKind::Word(hash) => Some((at as u32, hash)),
        _ => None,
    });
    roll(words, WORD_GRAM_LEN, WORDS_DISTINCT_MIN, grams);
}

/// The identifier-blind faces of the code among `tokens`, which were made of `text` from `base` on, each with the place of its
/// token: every identifier is the same, keywords and punctuation are themselves, and comments are left out.
pub fn blind_faces<'t>(
    text: &'t [u8],
    base: u32,
    tokens: &'t [Token],
) -> impl Iterator<Item = (u32, u64)> {
    const IDENTIFIER: u64 = 1;
    const NUMBER: u64 = 2;
    const PUNCTUATION: u64 = 0x100;
    code_tokens(text, base, tokens).map(|(at, token)| {
        let face = match token.kind {
            TokenKind::Word(_) if token.is_name() => IDENTIFIER,
            TokenKind::Word(hash) => hash,
            TokenKind::Number => NUMBER,
            TokenKind::Punctuation(byte) => PUNCTUATION | u64::from(byte),
        };
        (at as u32, face)
    })
}

/// Appends the rare identifier-blind 25-grams of `tokens`, which were made of `text` from `base` on: every identifier is
/// the same, keywords and punctuation are themselves, and at least 9 of the tokens differ. Comments do not count: who
/// hides where code came from strips them first.
pub fn blind_grams(text: &[u8], base: u32, tokens: &[Token], grams: &mut Vec<Gram>) {
    roll(blind_faces(text, base, tokens), BLIND_GRAM_LEN, BLIND_DISTINCT_MIN, grams);
}

/// Appends the hashes of all 5-grams of the words among `tokens`, in order: plain ones and repeats, too, because what
/// two whole texts have in common is a share of all that they hold.
pub fn shingles(tokens: &[Token], hashes: &mut Vec<u64>) {
    let mut window = [0_u64; SHINGLE_LEN];
    let words = tokens.iter().filter_map(|token| match token.kind {
        TokenKind::Word(hash) => Some(hash),
        _ => None,
    });
    for (at, word) in words.enumerate() {
        window.rotate_left(1);
        window[SHINGLE_LEN - 1] = word;
        if at + 1 >= SHINGLE_LEN {
            hashes.push(
                window.iter().fold(0, |hash, &word| spread(hash ^ word.wrapping_mul(ROLL_BASE))),
            );
        }
    }
}

/// Odd, and without structure that a run of equal tokens could meet (the golden ratio).
const ROLL_BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// Rolls a polynomial hash over the faces (Karp, Rabin 1987), and counts the different ones in the window.
fn roll(
    faces: impl Iterator<Item = (u32, u64)>,
    len: usize,
    distinct_min: usize,
    grams: &mut Vec<Gram>,
) {
    let drop_factor = (0..len).fold(1_u64, |power, _| power.wrapping_mul(ROLL_BASE));
    let mut window: std::collections::VecDeque<(u32, u64)> =
        std::collections::VecDeque::with_capacity(len + 1);
    let mut counts: HashMap<u64, u32> = HashMap::with_capacity(len + 1);
    let (mut hash, mut place) = (0_u64, 0_u32);
    for (at, face) in faces {
        hash = hash.wrapping_mul(ROLL_BASE).wrapping_add(spread(face));
        window.push_back((at, face));
        *counts.entry(face).or_default() += 1;
        if window.len() > len
            && let Some((_, gone)) = window.pop_front()
        {
            hash = hash.wrapping_sub(spread(gone).wrapping_mul(drop_factor));
            if let Some(count) = counts.get_mut(&gone) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(&gone);
                }
            }
        }
        if window.len() == len {
            if counts.len() >= distinct_min {
                grams.push(Gram { hash: spread(hash), place, first: window[0].0, last: at });
            }
            place += 1;
        }
    }
}

/// Mixes all bits (the finaliser of `SplitMix64`: Steele, Lea, Flood, OOPSLA 2014).
fn spread(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
