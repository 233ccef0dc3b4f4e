//! Normalising with AVX-512: one lookup classifies a byte, one compression keeps some.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi8, _mm512_and_si512, _mm512_load_si512, _mm512_loadu_si512,
    _mm512_mask_max_epu8, _mm512_mask_mov_epi8, _mm512_maskz_compress_epi8, _mm512_movepi8_mask,
    _mm512_or_si512, _mm512_permutex2var_epi8, _mm512_permutexvar_epi8, _mm512_set1_epi8,
    _mm512_storeu_si512, _mm512_test_epi8_mask,
};

use super::Aligned;
use crate::Streams;
use crate::arch::blocks::{BLOCK_LEN, Block, Masks, SEEN_LEN};
use crate::rules::{CLASSES, Class, special};

/// The bits of [`FLAGS`].
mod flag {
    pub(super) const WORD: u8 = 1 << 7;
    pub(super) const PUNCTUATION: u8 = 1 << 6;
    /// The bit that makes a capital letter small.
    pub(super) const CAPITAL: u8 = 1 << 5;
    pub(super) const LINE_END: u8 = 1 << 4;
    pub(super) const LESS: u8 = 1 << 3;
    pub(super) const AND: u8 = 1 << 2;
    /// The mark of the skeleton for what has it; other words have [`super::Streams::MARK_WORD`], which is less.
    pub(super) const NUMBER: u8 = super::Streams::MARK_NUMBER;
    pub(super) const BACKSLASH: u8 = 1 << 0;
}

/// What each ASCII byte is.
static FLAGS: Aligned<128> = {
    let mut flags = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        let letter = byte as u8;
        flags[byte] = match CLASSES[byte] {
            Class::Dropped => 0,
            Class::Punctuation => flag::PUNCTUATION,
            Class::Special => match letter {
                b'&' => flag::PUNCTUATION | flag::AND,
                b'<' => flag::PUNCTUATION | flag::LESS,
                b'\\' => flag::BACKSLASH,
                _ => 0,
            },
            Class::Word => match letter {
                b'0'..=b'9' => flag::WORD | flag::NUMBER,
                b'A'..=b'Z' => flag::WORD | flag::CAPITAL,
                b'n' | b'r' | b't' => flag::WORD | flag::LINE_END,
                _ => flag::WORD,
            },
        };
        byte += 1;
    }
    Aligned(flags)
};

/// By its low six bits, whether a byte may be the second or the third of an entity, [`flag::AND`], of a tag,
/// [`flag::LESS`], or of a `\u`, [`flag::BACKSLASH`]. Bytes that share the bits share the flags, which makes a few more suspect.
static SECONDS: Aligned<64> = special_flags([
    special::AND_SECOND,
    special::LESS_SECOND,
    special::BACKSLASH_SECOND,
]);
static THIRDS: Aligned<64> = special_flags([
    special::AND_THIRD,
    special::LESS_THIRD,
    special::BACKSLASH_THIRD,
]);

const fn special_flags(sets: [&[u8]; 3]) -> Aligned<64> {
    let of_sets = [flag::AND, flag::LESS, flag::BACKSLASH];
    let mut flags = [0; 64];
    let mut set = 0;
    while set < sets.len() {
        let mut at = 0;
        while at < sets[set].len() {
            flags[sets[set][at] as usize & 63] |= of_sets[set];
            at += 1;
        }
        set += 1;
    }
    Aligned(flags)
}

/// A block and its flags.
#[derive(Clone, Copy)]
pub(super) struct Vectors {
    bytes: __m512i,
    flags: __m512i,
    /// [`flag::AND`], [`flag::LESS`] and [`flag::BACKSLASH`] where the next two bytes leave it possible.
    special: __m512i,
}

impl Block for Vectors {
    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    unsafe fn load(seen: &[u8; SEEN_LEN]) -> Self {
        let from = seen.as_ptr();
        // SAFETY: the halves of the first table and the other tables are as long as what is read, and `seen` is two
        // bytes longer.
        let ([bytes, next, last], [low, high, seconds, thirds]) = unsafe {
            (
                [0, 1, 2].map(|at| _mm512_loadu_si512(from.add(at).cast())),
                [
                    _mm512_load_si512(FLAGS.0.as_ptr().cast()),
                    _mm512_load_si512(FLAGS.0.as_ptr().add(BLOCK_LEN).cast()),
                    _mm512_load_si512(SECONDS.0.as_ptr().cast()),
                    _mm512_load_si512(THIRDS.0.as_ptr().cast()),
                ],
            )
        };
        let ascii = _mm512_permutex2var_epi8(low, bytes, high);
        let other = _mm512_set1_epi8((flag::WORD) as i8);
        let flags = _mm512_mask_mov_epi8(ascii, _mm512_movepi8_mask(bytes), other);
        let seconds = _mm512_permutexvar_epi8(next, seconds);
        let thirds = _mm512_permutexvar_epi8(last, thirds);
        Self {
            bytes,
            flags,
            special: _mm512_and_si512(flags, _mm512_and_si512(seconds, thirds)),
        }
    }

    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    unsafe fn masks(self) -> Masks {
        Masks {
            word: _mm512_movepi8_mask(self.flags),
            digit: self.flagged(flag::NUMBER),
            punctuation: _mm512_movepi8_mask(_mm512_add_epi8(self.flags, self.flags)),
            // The tables have no other flags.
            special: _mm512_test_epi8_mask(self.special, self.special),
            backslash: self.flagged(flag::BACKSLASH),
            line_end: self.flagged(flag::LINE_END),
        }
    }

    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    unsafe fn write_words(self, keep: u64, to: *mut u8) {
        let capital = _mm512_and_si512(self.flags, _mm512_set1_epi8(flag::CAPITAL as i8));
        let small = _mm512_or_si512(self.bytes, capital);
        // SAFETY: the caller gives room for a block.
        unsafe { _mm512_storeu_si512(to.cast(), _mm512_maskz_compress_epi8(keep, small)) }
    }

    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    unsafe fn write_skeleton(self, keep: u64, to: *mut u8) {
        const { assert!(Streams::MARK_NUMBER > Streams::MARK_WORD) };
        let number = _mm512_and_si512(self.flags, _mm512_set1_epi8(flag::NUMBER as i8));
        let word = _mm512_movepi8_mask(self.flags);
        let mark = _mm512_set1_epi8(Streams::MARK_WORD as i8);
        let marked = _mm512_mask_max_epu8(self.bytes, word, number, mark);
        // SAFETY: the caller gives room for a block.
        unsafe { _mm512_storeu_si512(to.cast(), _mm512_maskz_compress_epi8(keep, marked)) }
    }
}

impl Vectors {
    /// Which bytes have a flag.
    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    fn flagged(self, flag: u8) -> u64 {
        _mm512_test_epi8_mask(self.flags, _mm512_set1_epi8(flag as i8))
    }
}
