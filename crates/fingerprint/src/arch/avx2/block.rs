//! Normalising with AVX2: a block is two vectors, and bytes are classified by their halves.

use std::arch::x86_64::{
    __m256i, _mm_castsi128_pd, _mm_storeh_pd, _mm_storel_epi64, _mm256_and_si256,
    _mm256_blendv_epi8, _mm256_castsi256_si128, _mm256_cmpeq_epi8, _mm256_extracti128_si256,
    _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set_epi64x,
    _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_sub_epi8,
};

use super::vector::{high_halves, twice};
use crate::arch::blocks::{ByteBlock, Masks, SEEN_LEN};
use crate::arch::tables::KEPT_BYTES;
use crate::normalise::Streams;
use crate::normalise::{ByteClass, CLASSES, special};

/// For each low half of a byte the high halves, one bit each, with which it makes an ASCII byte of a class.
const fn halves(class: ByteClass) -> [u8; 16] {
    let mut table = [0; 16];
    let mut byte = 0;
    while byte < 128 {
        if CLASSES[byte] as u8 == class as u8 {
            table[byte & 15] |= 1 << (byte >> 4);
        }
        byte += 1;
    }
    table
}

/// For each half of a byte, low and high, a bit of each set that a byte with it is in: a byte that has the bit in both is
/// in the set, or a stranger that looks like its bytes. The first set is of entities, the second of tags, the third of `\u`.
const fn special_halves(sets: [&[u8]; 3]) -> [[u8; 16]; 2] {
    let mut tables = [[0; 16]; 2];
    let mut set = 0;
    while set < sets.len() {
        let mut at = 0;
        while at < sets[set].len() {
            tables[0][(sets[set][at] & 15) as usize] |= 1 << set;
            tables[1][(sets[set][at] >> 4) as usize] |= 1 << set;
            at += 1;
        }
        set += 1;
    }
    tables
}

const FIRSTS: [[u8; 16]; 2] = special_halves([b"&", b"<", b"\\"]);
const SECONDS: [[u8; 16]; 2] =
    special_halves([special::AND_SECOND, special::LESS_SECOND, special::BACKSLASH_SECOND]);
const THIRDS: [[u8; 16]; 2] =
    special_halves([special::AND_THIRD, special::LESS_THIRD, special::BACKSLASH_THIRD]);

/// The sets that each byte may be in.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn sets(bytes: __m256i, tables: &[[u8; 16]; 2]) -> __m256i {
    // A byte that is not ASCII is looked up as 0 in the low table, and none of its high halves is in the other.
    let low = _mm256_shuffle_epi8(twice(&tables[0]), bytes);
    let high = _mm256_shuffle_epi8(twice(&tables[1]), high_halves(bytes));
    _mm256_and_si256(low, high)
}

const WORD_HALVES: [u8; 16] = halves(ByteClass::Word);
const PUNCTUATION_HALVES: [u8; 16] = halves(ByteClass::Punctuation);

/// The bit of each high half; those of bytes that are not ASCII have none.
const HIGH_HALF_BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0];

/// `n`, `r` and `t` where their low halves are; elsewhere what is not ASCII and so equals no byte that is looked up.
const LINE_ENDS: [u8; 16] = {
    let mut table = [0x80; 16];
    table[(b'n' & 15) as usize] = b'n';
    table[(b'r' & 15) as usize] = b'r';
    table[(b't' & 15) as usize] = b't';
    table
};

/// All ones where `least <= byte <= most`.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn within(bytes: __m256i, least: u8, most: u8) -> __m256i {
    let above = _mm256_sub_epi8(bytes, _mm256_set1_epi8(least as i8));
    let bounded = _mm256_min_epu8(above, _mm256_set1_epi8((most - least) as i8));
    _mm256_cmpeq_epi8(above, bounded)
}

/// All ones where the byte is this one.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn equal(bytes: __m256i, byte: u8) -> __m256i {
    _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte as i8))
}

/// The top bit of each byte.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn top_bits(bytes: __m256i) -> u64 {
    u64::from(_mm256_movemask_epi8(bytes) as u32)
}

/// Half a block.
#[derive(Clone, Copy)]
struct HalfBlock {
    bytes: __m256i,
    /// The top bit is set in word bytes.
    word: __m256i,
    /// All ones where the skeleton keeps nothing of the class [`ByteClass::Punctuation`].
    no_punctuation: __m256i,
    /// All zeros but where `&`, `<` or a backslash may begin more than itself.
    special: __m256i,
}

impl HalfBlock {
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn of(bytes: __m256i) -> Self {
        let zero = _mm256_setzero_si256();
        // A byte that is not ASCII has no bit, and is looked up as 0.
        let bit = _mm256_shuffle_epi8(twice(&HIGH_HALF_BITS), high_halves(bytes));
        let word = _mm256_shuffle_epi8(twice(&WORD_HALVES), bytes);
        let ascii_word = _mm256_cmpeq_epi8(_mm256_and_si256(word, bit), bit);
        let punctuation = _mm256_shuffle_epi8(twice(&PUNCTUATION_HALVES), bytes);
        Self {
            bytes,
            // Without a bit both sides are 0: what is not ASCII counts as a word byte too.
            word: ascii_word,
            no_punctuation: _mm256_cmpeq_epi8(_mm256_and_si256(punctuation, bit), zero),
            special: sets(bytes, &FIRSTS),
        }
    }

    /// With only those special bytes which the two bytes behind leave possible.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn before(self, next: __m256i, last: __m256i) -> Self {
        let others = _mm256_and_si256(sets(next, &SECONDS), sets(last, &THIRDS));
        Self { special: _mm256_and_si256(self.special, others), ..self }
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn masks(self) -> Masks {
        let itself = _mm256_or_si256(equal(self.bytes, b'&'), equal(self.bytes, b'<'));
        let no_special = _mm256_cmpeq_epi8(self.special, _mm256_setzero_si256());
        let line_end = _mm256_shuffle_epi8(twice(&LINE_ENDS), self.bytes);
        Masks {
            word: top_bits(self.word),
            digit: top_bits(within(self.bytes, b'0', b'9')),
            punctuation: (top_bits(self.no_punctuation) ^ u64::from(u32::MAX)) | top_bits(itself),
            special: top_bits(no_special) ^ u64::from(u32::MAX),
            backslash: top_bits(equal(self.bytes, b'\\')),
            line_end: top_bits(_mm256_cmpeq_epi8(self.bytes, line_end)),
        }
    }

    /// The bytes with letters in lower case.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn small(self) -> __m256i {
        let capital = within(self.bytes, b'A', b'Z');
        _mm256_or_si256(self.bytes, _mm256_and_si256(capital, _mm256_set1_epi8(0x20)))
    }

    /// The bytes with the marks of the skeleton in the place of word bytes.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn marked(self) -> __m256i {
        const { assert!(Streams::MARK_NUMBER == Streams::MARK_WORD + 1) };
        let digit = within(self.bytes, b'0', b'9');
        // All ones are -1.
        let mark = _mm256_sub_epi8(_mm256_set1_epi8(Streams::MARK_WORD as i8), digit);
        _mm256_blendv_epi8(self.bytes, mark, self.word)
    }
}

/// Writes the bytes under `keep` one behind the other to `to`, and returns where the next goes.
///
/// # Safety
/// 32 bytes may be written at `to`.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn write_kept(bytes: __m256i, keep: u32, to: *mut u8) -> *mut u8 {
    let [a, b, c, d] = keep.to_le_bytes();
    let front = |mask: u8| KEPT_BYTES[mask as usize] as i64;
    // The upper 8 bytes of each 16 are looked up from 8 on.
    let upper = 0x0808_0808_0808_0808;
    let order = _mm256_set_epi64x(front(d) + upper, front(c), front(b) + upper, front(a));
    let packed = _mm256_shuffle_epi8(bytes, order);
    let low = _mm256_castsi256_si128(packed);
    let high = _mm256_extracti128_si256::<1>(packed);
    // SAFETY: each write of 8 bytes begins behind at most 8 for each one before it.
    unsafe {
        _mm_storel_epi64(to.cast(), low);
        let to = to.add(a.count_ones() as usize);
        _mm_storeh_pd(to.cast(), _mm_castsi128_pd(low));
        let to = to.add(b.count_ones() as usize);
        _mm_storel_epi64(to.cast(), high);
        let to = to.add(c.count_ones() as usize);
        _mm_storeh_pd(to.cast(), _mm_castsi128_pd(high));
        to.add(d.count_ones() as usize)
    }
}

/// A block.
#[derive(Clone, Copy)]
pub(super) struct Halves {
    low: HalfBlock,
    high: HalfBlock,
}

impl ByteBlock for Halves {
    /// There are more tables than registers.
    type Tables = ();

    unsafe fn tables() {}

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn load(seen: &[u8; SEEN_LEN], (): ()) -> Self {
        let from = seen.as_ptr();
        let read = |at: usize| {
            // SAFETY: two vectors are as long as the block, and `seen` is two bytes longer.
            unsafe { _mm256_loadu_si256(from.add(at).cast()) }
        };
        Self {
            low: HalfBlock::of(read(0)).before(read(1), read(2)),
            high: HalfBlock::of(read(32)).before(read(33), read(34)),
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn masks(self) -> Masks {
        let (low, high) = (self.low.masks(), self.high.masks());
        Masks {
            word: low.word | high.word << 32,
            digit: low.digit | high.digit << 32,
            punctuation: low.punctuation | high.punctuation << 32,
            special: low.special | high.special << 32,
            backslash: low.backslash | high.backslash << 32,
            line_end: low.line_end | high.line_end << 32,
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn write_words(self, keep: u64, to: *mut u8) {
        // SAFETY: the caller gives room for a block, and the first half fills at most a half.
        unsafe {
            let to = write_kept(self.low.small(), keep as u32, to);
            write_kept(self.high.small(), (keep >> 32) as u32, to);
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn write_skeleton(self, keep: u64, to: *mut u8) {
        // SAFETY: the caller gives room for a block, and the first half fills at most a half.
        unsafe {
            let to = write_kept(self.low.marked(), keep as u32, to);
            write_kept(self.high.marked(), (keep >> 32) as u32, to);
        }
    }
}
