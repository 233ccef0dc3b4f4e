//! Selecting with AVX-512: `L` is one instruction.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi8, _mm512_add_epi32, _mm512_alignr_epi8, _mm512_alignr_epi32,
    _mm512_alignr_epi64, _mm512_and_si512, _mm512_castps_si512, _mm512_castsi512_ps,
    _mm512_castsi512_si128, _mm512_cmpeq_epi8_mask, _mm512_cvtepu8_epi32,
    _mm512_gf2p8affine_epi64_epi8, _mm512_load_si512, _mm512_loadu_si512,
    _mm512_mask_cmplt_epu32_mask, _mm512_mask_cmpneq_epi8_mask, _mm512_mask_mov_epi8,
    _mm512_maskz_compress_epi8, _mm512_maskz_compress_epi32, _mm512_max_epu8, _mm512_min_epu8,
    _mm512_min_epu16, _mm512_or_si512, _mm512_permutexvar_epi32, _mm512_set1_epi8,
    _mm512_set1_epi32, _mm512_set1_epi64, _mm512_setr_epi32, _mm512_shuffle_ps, _mm512_slli_epi32,
    _mm512_srli_epi32, _mm512_storeu_si512, _mm512_unpackhi_epi8, _mm512_unpackhi_epi64,
    _mm512_unpacklo_epi8, _mm512_unpacklo_epi64,
};

use crate::arch::lanes::Lanes;
use crate::arch::tables::Aligned;
use crate::kgrams::{MAP_CONSTANT, MAP_MATRIX, VOID};

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
pub(super) struct Avx512Lanes(__m512i);

impl Lanes for Avx512Lanes {
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
        Self(_mm512_mask_mov_epi8(self.0, equal, _mm512_set1_epi8(VOID as i8)))
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
    unsafe fn write_keys(four: [Self; 4], base: u32, to: *mut u32) {
        // SAFETY: the caller knows of the instruction set; the table is as long as what is read.
        let mut numbers = unsafe { _mm512_load_si512(NUMBERS.0.as_ptr().cast()) };
        // Eight numbers of 16 bits for each granule, the value above the lane.
        let [a, b, c, d] = four.map(|Self(values)| {
            let low = _mm512_unpacklo_epi8(numbers, values);
            let high = _mm512_unpackhi_epi8(numbers, values);
            numbers = _mm512_add_epi8(numbers, _mm512_set1_epi8(64));
            _mm512_min_epu16(low, high)
        });
        let fours = |one, other| {
            let low = _mm512_unpacklo_epi64(one, other);
            _mm512_min_epu16(low, _mm512_unpackhi_epi64(one, other))
        };
        let (one, other) = (_mm512_castsi512_ps(fours(a, b)), _mm512_castsi512_ps(fours(c, d)));
        let twos = _mm512_min_epu16(
            _mm512_castps_si512(_mm512_shuffle_ps::<0b10_00_10_00>(one, other)),
            _mm512_castps_si512(_mm512_shuffle_ps::<0b11_01_11_01>(one, other)),
        );
        // Each in the lower half of 32 bits, those of one vector in the same place of every four.
        let keys = _mm512_min_epu16(twos, _mm512_srli_epi32::<16>(twos));
        let order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        let keys = _mm512_permutexvar_epi32(order, keys);
        let values = _mm512_and_si512(
            _mm512_slli_epi32::<16>(keys),
            _mm512_set1_epi32(0xff00_0000_u32 as i32),
        );
        let lanes = _mm512_and_si512(keys, _mm512_set1_epi32(0xff));
        let places = _mm512_add_epi32(lanes, _mm512_set1_epi32(base as i32));
        // SAFETY: the caller gives room for sixteen numbers.
        unsafe { _mm512_storeu_si512(to.cast(), _mm512_or_si512(values, places)) }
    }

    #[inline]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
    )]
    unsafe fn write_places(keys: *const u32, wanted: u32, base: u32, to: *mut u32) -> usize {
        // SAFETY: the caller's promise.
        let keys = unsafe { _mm512_loadu_si512(keys.cast()) };
        let void = _mm512_set1_epi32((u32::from(VOID) << 24) as i32);
        let found = _mm512_mask_cmplt_epu32_mask(wanted as u16, keys, void);
        let places = _mm512_and_si512(keys, _mm512_set1_epi32(0x00ff_ffff));
        let places = _mm512_add_epi32(places, _mm512_set1_epi32(base as i32));
        // SAFETY: the caller gives room for sixteen numbers.
        unsafe { _mm512_storeu_si512(to.cast(), _mm512_maskz_compress_epi32(found, places)) };
        found.count_ones() as usize
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
