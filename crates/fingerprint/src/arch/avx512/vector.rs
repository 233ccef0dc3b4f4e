//! Selecting with AVX-512: `L` is one instruction.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi8, _mm512_add_epi32, _mm512_alignr_epi8, _mm512_alignr_epi32,
    _mm512_alignr_epi64, _mm512_castsi512_si128, _mm512_cmpeq_epi8_mask, _mm512_cvtepu8_epi32,
    _mm512_gf2p8affine_epi64_epi8, _mm512_load_si512, _mm512_loadu_si512,
    _mm512_mask_cmpneq_epi8_mask, _mm512_mask_mov_epi8, _mm512_maskz_compress_epi8,
    _mm512_max_epu8, _mm512_min_epu8, _mm512_set1_epi8, _mm512_set1_epi32, _mm512_set1_epi64,
    _mm512_storeu_si512,
};

use super::Aligned;
use crate::arch::lanes::Lanes;
use crate::select::{MAP_CONSTANT, MAP_MATRIX, VOID};

/// 0 to 63.
static NUMBERS: Aligned<64> = {
    let mut numbers = [0; 64];
    let mut number = 0;
    while number < 64 {
        numbers[number] = number as u8;
        number += 1;
    }
    Aligned(numbers)
};

/// 64 byte lanes.
#[derive(Clone, Copy)]
pub(super) struct Vector(__m512i);

impl Lanes for Vector {
    const LEN: usize = 64;

    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    unsafe fn read(from: *const u8) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self(_mm512_loadu_si512(from.cast())) }
    }

    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    unsafe fn write(self, to: *mut u8) {
        // SAFETY: the caller's promise.
        unsafe { _mm512_storeu_si512(to.cast(), self.0) }
    }

    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    unsafe fn shift<const N: i32>(self, next: Self) -> Self {
        // Across the whole vector there are shifts by whole words only.
        Self(match N {
            4 => _mm512_alignr_epi32::<1>(next.0, self.0),
            8 => _mm512_alignr_epi64::<1>(next.0, self.0),
            16 => _mm512_alignr_epi64::<2>(next.0, self.0),
            _ => {
                let sixteen_on = _mm512_alignr_epi64::<2>(next.0, self.0);
                _mm512_alignr_epi8::<N>(sixteen_on, self.0)
            }
        })
    }

    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    unsafe fn map_and_add(self, other: Self) -> Self {
        let matrix = _mm512_set1_epi64(MAP_MATRIX as i64);
        let mapped = _mm512_gf2p8affine_epi64_epi8::<{ MAP_CONSTANT as i32 }>(self.0, matrix);
        Self(_mm512_add_epi8(mapped, other.0))
    }

    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    unsafe fn min(self, other: Self) -> Self {
        Self(_mm512_min_epu8(self.0, other.0))
    }

    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    unsafe fn max(self, other: Self) -> Self {
        Self(_mm512_max_epu8(self.0, other.0))
    }

    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    unsafe fn void_if_equal(self, other: Self) -> Self {
        let equal = _mm512_cmpeq_epi8_mask(self.0, other.0);
        Self(_mm512_mask_mov_epi8(
            self.0,
            equal,
            _mm512_set1_epi8(VOID as i8),
        ))
    }

    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    unsafe fn equal_and_not_void(self, other: Self) -> u64 {
        let equal = _mm512_cmpeq_epi8_mask(self.0, other.0);
        _mm512_mask_cmpneq_epi8_mask(equal, self.0, _mm512_set1_epi8(VOID as i8))
    }

    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    unsafe fn write_offsets(mask: u64, base: u32, to: *mut u32) {
        // SAFETY: the caller knows of the instruction set, and gives room for 64 offsets.
        unsafe {
            let all = _mm512_load_si512(NUMBERS.0.as_ptr().cast());
            let mut numbers = _mm512_maskz_compress_epi8(mask, all);
            let base = _mm512_set1_epi32(base as i32);
            let mut written = 0;
            loop {
                let sixteen = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(numbers));
                _mm512_storeu_si512(to.add(written).cast(), _mm512_add_epi32(base, sixteen));
                written += 16;
                if written >= mask.count_ones() as usize {
                    break;
                }
                numbers = _mm512_alignr_epi64::<2>(numbers, numbers);
            }
        }
    }
}
