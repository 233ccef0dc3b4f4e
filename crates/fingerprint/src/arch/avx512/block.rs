//! Normalising with AVX-512: one lookup classifies a byte, one compression keeps some.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi8, _mm512_and_si512, _mm512_load_si512, _mm512_loadu_si512,
    _mm512_mask_max_epu8, _mm512_mask_mov_epi8, _mm512_maskz_compress_epi8, _mm512_movepi8_mask,
    _mm512_or_si512, _mm512_permutex2var_epi8, _mm512_permutexvar_epi8, _mm512_set1_epi8,
    _mm512_storeu_si512, _mm512_test_epi8_mask,
};
use std::hint::black_box;

use crate::arch::blocks::{BLOCK_LEN, ByteBlock, Masks, SEEN_LEN};
use crate::arch::tables::{FLAGS, SECONDS, THIRDS, flag};
use crate::normalise::Streams;

/// A block and its flags.
#[derive(Clone, Copy)]
pub(super) struct Vectors {
    bytes: __m512i,
    flags: __m512i,
    /// [`flag::AND`], [`flag::LESS`] and [`flag::BACKSLASH`] where the next two bytes leave it possible.
    special: __m512i,
}

impl ByteBlock for Vectors {
    type Tables = [__m512i; 4];

    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    unsafe fn tables() -> [__m512i; 4] {
        // Where they lie is kept from the compiler: it would load them once for all blocks of a text, and then spill them over
        // each rare case, to read them from the stack for each block.
        let (flags, seconds, thirds) = black_box((&FLAGS, &SECONDS, &THIRDS));
        // SAFETY: the halves of the first table and the other tables are as long as what is read.
        unsafe {
            [
                _mm512_load_si512(flags.0.as_ptr().cast()),
                _mm512_load_si512(flags.0.as_ptr().add(BLOCK_LEN).cast()),
                _mm512_load_si512(seconds.0.as_ptr().cast()),
                _mm512_load_si512(thirds.0.as_ptr().cast()),
            ]
        }
    }

    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    unsafe fn load(seen: &[u8; SEEN_LEN], tables: [__m512i; 4]) -> Self {
        let [low, high, seconds, thirds] = tables;
        let from = seen.as_ptr();
        // SAFETY: `seen` is two bytes longer than a vector.
        let [bytes, next, last] =
            unsafe { [0, 1, 2].map(|at| _mm512_loadu_si512(from.add(at).cast())) };
        let ascii = _mm512_permutex2var_epi8(low, bytes, high);
        let other = _mm512_set1_epi8((flag::WORD) as i8);
        let flags = _mm512_mask_mov_epi8(ascii, _mm512_movepi8_mask(bytes), other);
        let seconds = _mm512_permutexvar_epi8(next, seconds);
        let thirds = _mm512_permutexvar_epi8(last, thirds);
        Self { bytes, flags, special: _mm512_and_si512(flags, _mm512_and_si512(seconds, thirds)) }
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
