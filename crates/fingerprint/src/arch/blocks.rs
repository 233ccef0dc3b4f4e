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

use super::prefetch::prefetch;
use crate::normalise::{ByteClass, CLASSES, may_be_special};
use crate::normalise::{Normaliser, Plain};

/// Bytes in a block, and bits in a mask.
pub(super) const BLOCK_LEN: usize = 64;
/// How far ahead text is asked for. A column that was decoded as a whole is out of the caches when its first text is looked at,
/// and the processor's own prefetching ends with each page: without this, a scan of Arrow runs at 0.64 of the speed of decoding
/// alone instead of 0.71 (`scripts/bench`). Half as far gains less, twice as far no more; text that is there anyway loses little.
const AHEAD: usize = 2048;
/// What a block is seen with: the two bytes behind it.
pub(super) const SEEN_LEN: usize = BLOCK_LEN + 2;

/// A block of text in the registers of one instruction set.
pub(super) trait ByteBlock: Copy {
    /// What bytes are looked up in, in registers.
    type Tables: Copy;

    /// Takes the tables into registers.
    ///
    /// # Safety
    /// The processor has the instruction set; so with all methods.
    unsafe fn tables() -> Self::Tables;

    /// Takes the bytes into registers.
    unsafe fn load(bytes: &[u8; SEEN_LEN], tables: Self::Tables) -> Self;

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
    /// `&`, `<` and backslashes that the next two bytes may make more than themselves.
    pub(super) special: u64,
    pub(super) backslash: u64,
    /// `n`, `r` and `t`, which vanish behind a backslash.
    pub(super) line_end: u64,
}

/// [`Normaliser::advance`] in blocks.
///
/// # Safety
/// The processor has the instruction set of `B`.
#[inline(always)]
pub(super) unsafe fn advance<B: ByteBlock>(
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
        while offset < until && CLASSES[text[offset] as usize] == ByteClass::Special {
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
unsafe fn take_blocks<B: ByteBlock>(
    state: &mut Normaliser,
    text: &[u8],
    range: Range<usize>,
    kept: &mut Plain,
) -> usize {
    // The last block may write BLOCK_LEN bytes where only few are kept.
    kept.words.reserve(range.len() + BLOCK_LEN);
    kept.skeleton.reserve(range.len() + BLOCK_LEN);
    let mut room = StreamRoom {
        words: kept.words.as_mut_ptr(),
        skeleton: kept.skeleton.as_mut_ptr(),
        words_len: kept.words.len(),
        skeleton_len: kept.skeleton.len(),
    };
    let mut carry = Carry {
        in_word: u64::from(state.in_word),
        in_number: u64::from(state.in_number),
        backslash: 0,
    };
    let mut last = [0; SEEN_LEN];
    let mut offset = range.start;
    while offset < range.end {
        // SAFETY: the caller's promise. At most one byte was kept for each that lies before `offset`, so that there is
        // room for what is left of the range and BLOCK_LEN more.
        offset = unsafe { take_whole_blocks::<B>(text, offset..range.end, &mut carry, &mut room) };
        if offset == range.end {
            break;
        }
        // SAFETY: the caller's promise.
        let (block, masks) = unsafe {
            let block = B::load(bytes_at(text, offset, &mut last), B::tables());
            (block, block.masks())
        };
        let (len, stopped) = masks.takes(&text[offset..], range.end - offset);
        if len == 0 {
            break;
        }
        // SAFETY: as above.
        unsafe { room.write(block, carry.keep(masks, len)) };
        offset += len;
        if stopped {
            break;
        }
    }
    // SAFETY: all bytes up to the new lengths were written, within the reserved room.
    unsafe {
        kept.words.set_len(room.words_len);
        kept.skeleton.set_len(room.skeleton_len);
    }
    state.in_word = carry.in_word != 0;
    state.in_number = carry.in_number != 0;
    offset
}

/// Takes blocks that do not end early, and returns where the first begins that does, or holds the end of `range`.
///
/// Nothing is called in here, so that all tables stay in registers. With the rare case in the same loop, each block waited for
/// a dozen of them to be read from the stack.
///
/// # Safety
/// The processor has the instruction set of `B`, and there is room for the range and a block more.
#[inline(always)]
unsafe fn take_whole_blocks<B: ByteBlock>(
    text: &[u8],
    range: Range<usize>,
    carry: &mut Carry,
    room: &mut StreamRoom,
) -> usize {
    // SAFETY: the caller's promise.
    let tables = unsafe { B::tables() };
    let mut offset = range.start;
    // No border is behind a backslash, so that the last block is looked at closely.
    while range.end - offset > BLOCK_LEN
        && let Some(bytes) = text[offset..].first_chunk::<SEEN_LEN>()
        && bytes[BLOCK_LEN - 1..=BLOCK_LEN] != *br"\\"
    {
        prefetch(text, offset + AHEAD);
        // SAFETY: the caller's promise.
        unsafe {
            let block = B::load(bytes, tables);
            let masks = block.masks();
            if masks.special != 0 {
                break;
            }
            room.write(block, carry.keep(masks, BLOCK_LEN));
        }
        offset += BLOCK_LEN;
    }
    offset
}

/// Where kept bytes go.
struct StreamRoom {
    words: *mut u8,
    skeleton: *mut u8,
    words_len: usize,
    skeleton_len: usize,
}

impl StreamRoom {
    /// Writes what is to be kept of a block.
    ///
    /// # Safety
    /// The processor has the instruction set of `B`, and there is room for a block.
    #[inline(always)]
    unsafe fn write<B: ByteBlock>(&mut self, block: B, keep: Keep) {
        // SAFETY: the caller's promise.
        unsafe {
            block.write_words(keep.words, self.words.add(self.words_len));
            block.write_skeleton(keep.skeleton, self.skeleton.add(self.skeleton_len));
        }
        self.words_len += keep.words.count_ones() as usize;
        self.skeleton_len += keep.skeleton.count_ones() as usize;
    }
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
    fn definition_needed(mut self, rest: &[u8]) -> Option<usize> {
        while self.special != 0 {
            let at = self.special.trailing_zeros() as usize;
            if may_be_special(&rest[at..]) {
                // Of a run of backslashes the definition has to see all.
                let run = (self.backslash << (BLOCK_LEN - 1 - at)).leading_ones() as usize;
                return Some(at + 1 - run.max(1));
            }
            self.special &= self.special - 1;
        }
        None
    }
}

/// What one block hands on to the next, each 0 or 1.
struct Carry {
    in_word: u64,
    /// So far the word consists of digits.
    in_number: u64,
    /// The byte before is a backslash, and not the first of two.
    backslash: u64,
}

/// The bytes that each stream keeps.
#[derive(Clone, Copy)]
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
        let behind_backslash = masks.backslash << 1 | self.backslash;
        let word = masks.word & !(masks.line_end & behind_backslash) & valid;
        let starts = word & !(word << 1 | self.in_word);
        let digits = masks.digit & word;
        // Adding the first digit of a word carries through all that follow it without a gap.
        let first = digits & (starts | (self.in_word & self.in_number));
        let leading = digits & !digits.wrapping_add(first);
        self.in_word = word >> last & 1;
        self.in_number = leading >> last & 1;
        self.backslash = masks.backslash >> last & 1;
        Keep { words: word & !leading, skeleton: (masks.punctuation & valid) | starts }
    }
}
