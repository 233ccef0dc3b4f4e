//! Normalising with AVX-512: one lookup classifies a byte, one compression keeps some.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi8, _mm512_and_si512, _mm512_cmpeq_epi8_mask, _mm512_load_si512,
    _mm512_loadu_si512, _mm512_mask_mov_epi8, _mm512_maskz_compress_epi8, _mm512_movepi8_mask,
    _mm512_or_si512, _mm512_permutex2var_epi8, _mm512_permutexvar_epi8, _mm512_set1_epi8,
    _mm512_storeu_si512, _mm512_test_epi8_mask,
};

use super::Aligned;
use crate::Streams;
use crate::arch::blocks::{BLOCK_LEN, Block, Markup, Masks};
use crate::rules::{CLASSES, Class, markup};

/// The bits of [`FLAGS`]. The lowest two are the marks of the skeleton.
mod flag {
    pub(super) const WORD: u8 = 1 << 7;
    pub(super) const PUNCTUATION: u8 = 1 << 6;
    /// The bit that makes a capital letter small.
    pub(super) const CAPITAL: u8 = 1 << 5;
    pub(super) const LINE_END: u8 = 1 << 4;
    pub(super) const BACKSLASH: u8 = 1 << 3;
    pub(super) const NUMBER: u8 = super::Streams::MARK_NUMBER;
    pub(super) const LETTER: u8 = super::Streams::MARK_WORD;
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
            Class::Special if letter == b'\\' => flag::BACKSLASH,
            Class::Special => flag::PUNCTUATION,
            Class::Word => match letter {
                b'0'..=b'9' => flag::WORD | flag::NUMBER,
                b'A'..=b'Z' => flag::WORD | flag::LETTER | flag::CAPITAL,
                b'n' | b'r' | b't' => flag::WORD | flag::LETTER | flag::LINE_END,
                _ => flag::WORD | flag::LETTER,
            },
        };
        byte += 1;
    }
    Aligned(flags)
};

/// For the low six bits of a byte: it may be 1: the second of an entity, 2: its third, 4: the second of a tag, 8: its
/// third. Bytes that share the bits share the places, which makes a few more suspect.
static MARKUP_PLACES: Aligned<64> = {
    let mut places = [0; 64];
    let sets = [
        (1, markup::AND_SECOND),
        (2, markup::AND_THIRD),
        (4, markup::LESS_SECOND),
        (8, markup::LESS_THIRD),
    ];
    let mut set = 0;
    while set < sets.len() {
        let (place, bytes) = sets[set];
        let mut at = 0;
        while at < bytes.len() {
            places[bytes[at] as usize & 63] |= place;
            at += 1;
        }
        set += 1;
    }
    Aligned(places)
};

/// A block and its flags.
#[derive(Clone, Copy)]
pub(super) struct Bytes {
    bytes: __m512i,
    flags: __m512i,
}

impl Block for Bytes {
    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    unsafe fn load(bytes: &[u8; BLOCK_LEN]) -> Self {
        // SAFETY: both halves of the table and `bytes` are as long as what is read.
        let (bytes, low, high) = unsafe {
            (
                _mm512_loadu_si512(bytes.as_ptr().cast()),
                _mm512_load_si512(FLAGS.0.as_ptr().cast()),
                _mm512_load_si512(FLAGS.0.as_ptr().add(BLOCK_LEN).cast()),
            )
        };
        let ascii = _mm512_permutex2var_epi8(low, bytes, high);
        let other = _mm512_set1_epi8((flag::WORD | flag::LETTER) as i8);
        let flags = _mm512_mask_mov_epi8(ascii, _mm512_movepi8_mask(bytes), other);
        Self { bytes, flags }
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
            markup: self.markup().starts(),
            backslash: self.flagged(flag::BACKSLASH),
            line_end: self.flagged(flag::LINE_END),
            unicode: _mm512_cmpeq_epi8_mask(self.bytes, _mm512_set1_epi8(b'u' as i8)),
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
        let both = _mm512_set1_epi8((flag::NUMBER | flag::LETTER) as i8);
        let word = _mm512_movepi8_mask(self.flags);
        let marked = _mm512_mask_mov_epi8(self.bytes, word, _mm512_and_si512(self.flags, both));
        // SAFETY: the caller gives room for a block.
        unsafe { _mm512_storeu_si512(to.cast(), _mm512_maskz_compress_epi8(keep, marked)) }
    }
}

impl Bytes {
    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    fn markup(self) -> Markup {
        // SAFETY: the table is as long as what is read.
        let places = unsafe { _mm512_load_si512(MARKUP_PLACES.0.as_ptr().cast()) };
        let places = _mm512_permutexvar_epi8(self.bytes, places);
        let in_place = |place: u8| _mm512_test_epi8_mask(places, _mm512_set1_epi8(place as i8));
        let equal = |byte: u8| _mm512_cmpeq_epi8_mask(self.bytes, _mm512_set1_epi8(byte as i8));
        Markup {
            and: [equal(b'&'), in_place(1), in_place(2)],
            less: [equal(b'<'), in_place(4), in_place(8)],
        }
    }

    /// Which bytes have a flag.
    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    fn flagged(self, flag: u8) -> u64 {
        _mm512_test_epi8_mask(self.flags, _mm512_set1_epi8(flag as i8))
    }
}
