//! Normalising 64 bytes at a time, for every instruction set that makes masks of them.
//!
//! Plain bytes and simple escapes (a run of backslashes with or without `n`, `r`, `t` behind it) are arithmetic on
//! masks, one bit a byte, lowest first. Where something more complicated begins, the block ends, the definition takes
//! one step, and blocks go on behind it.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into one with the instruction set cannot use it"
)]

use std::ops::Range;

use crate::normalise::{Normaliser, Plain};
use crate::rules::{CLASSES, Class, may_be_markup};

/// Bytes in a block, and bits in a mask.
pub(super) const BLOCK_LEN: usize = 64;
/// What a block is seen with: the two bytes behind it.
pub(super) const SEEN_LEN: usize = BLOCK_LEN + 2;

/// A block of text in the registers of one instruction set.
pub(super) trait Block: Copy {
    /// Takes the bytes into registers.
    ///
    /// # Safety
    /// The processor has the instruction set; so with all methods.
    unsafe fn load(bytes: &[u8; SEEN_LEN]) -> Self;

    /// Which byte is what.
    unsafe fn masks(self) -> Masks;

    /// Writes the bytes under `keep`, letters in lower case, one behind the other to `to`.
    ///
    /// # Safety
    /// `BLOCK_LEN` bytes may be written at `to`; those behind the kept ones get any value.
    unsafe fn write_words(self, keep: u64, to: *mut u8);

    /// Writes the bytes under `keep` like [`write_words`](Self::write_words), with the marks for words and numbers in
    /// the place of word bytes.
    unsafe fn write_skeleton(self, keep: u64, to: *mut u8);
}

/// What the bytes of a block are. A byte may be in several masks.
#[derive(Clone, Copy)]
pub(super) struct Masks {
    /// Word bytes, `digit` among them.
    pub(super) word: u64,
    pub(super) digit: u64,
    /// What the skeleton keeps of itself, `&` and `<` among it.
    pub(super) punctuation: u64,
    /// `&` and `<` that the next two bytes may make more than themselves.
    pub(super) markup: u64,
    pub(super) backslash: u64,
    /// `n`, `r` and `t`, which vanish behind a backslash.
    pub(super) line_end: u64,
    /// `u`.
    pub(super) unicode: u64,
}

/// [`Normaliser::advance`] in blocks.
///
/// # Safety
/// The processor has the instruction set of `B`.
#[inline(always)]
pub(super) unsafe fn advance<B: Block>(
    state: &mut Normaliser,
    text: &[u8],
    offset: usize,
    until: usize,
    kept: &mut Plain,
) -> usize {
    let mut offset = offset;
    while offset < until {
        // SAFETY: the caller's promise.
        offset = unsafe { take_blocks::<B>(state, text, offset..until, kept) };
        while offset < until && CLASSES[text[offset] as usize] == Class::Special {
            offset = state.step(text, offset, kept);
        }
    }
    offset
}

/// Takes blocks up to the end of `range`, or to the first special byte that needs the definition, and returns where
/// that is.
///
/// # Safety
/// The processor has the instruction set of `B`.
#[inline(always)]
unsafe fn take_blocks<B: Block>(
    state: &mut Normaliser,
    text: &[u8],
    range: Range<usize>,
    kept: &mut Plain,
) -> usize {
    // The last block may write BLOCK_LEN bytes where only few are kept.
    kept.words.reserve(range.len() + BLOCK_LEN);
    kept.skeleton.reserve(range.len() + BLOCK_LEN);
    let (words, skeleton) = (kept.words.as_mut_ptr(), kept.skeleton.as_mut_ptr());
    let (mut words_len, mut skeleton_len) = (kept.words.len(), kept.skeleton.len());
    let mut carry = Carry {
        in_word: u64::from(state.in_word),
        in_number: u64::from(state.in_number),
    };
    let mut last = [0; SEEN_LEN];
    let mut offset = range.start;
    let mut stopped = false;
    while offset < range.end && !stopped {
        // SAFETY: the caller's promise.
        let block = unsafe { B::load(bytes_at(text, offset, &mut last)) };
        // SAFETY: as before.
        let masks = unsafe { block.masks() };
        let mut len = BLOCK_LEN;
        if masks.is_cut() || range.end - offset < BLOCK_LEN {
            // Apart, so that elsewhere the next block's place does not wait for this one's masks.
            (len, stopped) = masks.takes(&text[offset..], range.end - offset);
            if len == 0 {
                break;
            }
        }
        let keep = carry.keep(masks, len);
        // SAFETY: as before. At most one byte was kept for each that lies before `offset`, so that there is room for
        // what is left of the range and BLOCK_LEN more.
        unsafe {
            block.write_words(keep.words, words.add(words_len));
            block.write_skeleton(keep.skeleton, skeleton.add(skeleton_len));
        }
        words_len += keep.words.count_ones() as usize;
        skeleton_len += keep.skeleton.count_ones() as usize;
        offset += len;
    }
    // SAFETY: so many bytes were written, within the reserved room.
    unsafe {
        kept.words.set_len(words_len);
        kept.skeleton.set_len(skeleton_len);
    }
    state.in_word = carry.in_word != 0;
    state.in_number = carry.in_number != 0;
    offset
}

/// The bytes from `offset`, behind the end of `text` zeros, which neither stream keeps.
#[inline(always)]
fn bytes_at<'b>(text: &'b [u8], offset: usize, last: &'b mut [u8; SEEN_LEN]) -> &'b [u8; SEEN_LEN] {
    let rest = &text[offset..];
    rest.first_chunk().unwrap_or_else(|| {
        last[..rest.len()].copy_from_slice(rest);
        last[rest.len()..].fill(0);
        last
    })
}

impl Masks {
    /// Whether the block may have to end early: it ends with a backslash, or holds more than plain bytes and simple
    /// escapes.
    #[inline(always)]
    fn is_cut(self) -> bool {
        let unicode = self.backslash & self.unicode >> 1;
        (self.backslash >> (BLOCK_LEN - 1) | unicode | self.markup) != 0
    }

    /// How much of the block at the start of `rest`, of which `len` bytes are wanted, can be taken, and whether the
    /// definition has to take what comes then.
    #[cold]
    #[inline(never)]
    fn takes(self, rest: &[u8], len: usize) -> (usize, bool) {
        let len = len.min(BLOCK_LEN);
        // What a run of backslashes at the end means shows behind it. The next block begins with it.
        let run = (self.backslash << (BLOCK_LEN - len)).leading_ones() as usize;
        let uncut = len - run.min(len);
        match self.definition_needed(rest) {
            Some(stop) if stop < uncut => (stop, true),
            _ => (uncut, uncut == 0),
        }
    }

    /// The first byte of the block at the start of `rest` that begins what the masks do not suffice for.
    fn definition_needed(self, rest: &[u8]) -> Option<usize> {
        let unicode = self.backslash & self.unicode >> 1;
        let escape = (unicode != 0).then(|| {
            // The last backslash of the first run that a `u` follows, and the last start of a run up to there.
            let end = unicode & unicode.wrapping_neg();
            let starts = self.backslash & !(self.backslash << 1);
            (starts & (end | (end - 1))).ilog2() as usize
        });
        let markup = first_markup(rest, self.markup);
        escape.into_iter().chain(markup).min()
    }
}

/// The first `&` or `<` under `markup` that may be more than itself.
fn first_markup(rest: &[u8], mut markup: u64) -> Option<usize> {
    while markup != 0 {
        let at = markup.trailing_zeros() as usize;
        if may_be_markup(&rest[at..]) {
            return Some(at);
        }
        markup &= markup - 1;
    }
    None
}

/// What one block hands on to the next, each 0 or 1.
struct Carry {
    in_word: u64,
    /// So far the word consists of digits.
    in_number: u64,
}

/// The bytes that each stream keeps.
struct Keep {
    words: u64,
    skeleton: u64,
}

impl Carry {
    /// Takes the first `len` bytes of a block, 1 to 64.
    #[inline(always)]
    fn keep(&mut self, masks: Masks, len: usize) -> Keep {
        let valid = u64::MAX >> (BLOCK_LEN - len);
        let last = len - 1;
        let word = masks.word & !(masks.line_end & masks.backslash << 1) & valid;
        let starts = word & !(word << 1 | self.in_word);
        let digits = masks.digit & word;
        // Adding the first digit of a word carries through all that follow it without a gap.
        let first = digits & (starts | (self.in_word & self.in_number));
        let leading = digits & !digits.wrapping_add(first);
        self.in_word = word >> last & 1;
        self.in_number = leading >> last & 1;
        Keep {
            words: word & !leading,
            skeleton: (masks.punctuation & valid) | starts,
        }
    }
}
