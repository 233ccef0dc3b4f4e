//! Selecting with AVX2: `L` is looked up by halves of bytes.

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_add_epi8, _mm256_add_epi32, _mm256_alignr_epi8,
    _mm256_and_si256, _mm256_andnot_si256, _mm256_broadcastsi128_si256, _mm256_castps_si256,
    _mm256_castsi256_ps, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_max_epu8, _mm256_min_epu8,
    _mm256_min_epu16, _mm256_movemask_epi8, _mm256_or_si256, _mm256_permute2x128_si256,
    _mm256_permutevar8x32_epi32, _mm256_set_epi64x, _mm256_set1_epi8, _mm256_set1_epi32,
    _mm256_setr_epi32, _mm256_shuffle_epi8, _mm256_shuffle_ps, _mm256_slli_epi32,
    _mm256_srli_epi16, _mm256_srli_epi32, _mm256_storeu_si256, _mm256_unpackhi_epi8,
    _mm256_unpackhi_epi64, _mm256_unpacklo_epi8, _mm256_unpacklo_epi64, _mm256_xor_si256,
};

use crate::arch::lanes::Lanes;
use crate::arch::tables::{MAP_HIGH, MAP_LOW};
use crate::kgrams::VOID;

/// 32 byte lanes.
#[derive(Clone, Copy)]
pub(super) struct Avx2Lanes(__m256i);

impl Lanes for Avx2Lanes {
    const LEN: usize = 32;

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn read(from: *const u8) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self(_mm256_loadu_si256(from.cast())) }
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn write(self, to: *mut u8) {
        // SAFETY: the caller's promise.
        unsafe { _mm256_storeu_si256(to.cast(), self.0) }
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn shift<const N: i32>(self, next: Self) -> Self {
        let between = _mm256_permute2x128_si256::<0x21>(self.0, next.0);
        Self(_mm256_alignr_epi8::<N>(between, self.0))
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn map_and_add(self, other: Self) -> Self {
        let low = _mm256_and_si256(self.0, _mm256_set1_epi8(15));
        let mapped = _mm256_xor_si256(
            _mm256_shuffle_epi8(twice(&MAP_LOW), low),
            _mm256_shuffle_epi8(twice(&MAP_HIGH), high_halves(self.0)),
        );
        Self(_mm256_add_epi8(mapped, other.0))
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn min(self, other: Self) -> Self {
        Self(_mm256_min_epu8(self.0, other.0))
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn max(self, other: Self) -> Self {
        Self(_mm256_max_epu8(self.0, other.0))
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn void_if_equal(self, other: Self) -> Self {
        const { assert!(VOID == u8::MAX) };
        Self(_mm256_or_si256(self.0, _mm256_cmpeq_epi8(self.0, other.0)))
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn equal_and_not_void(self, other: Self) -> u64 {
        let equal = _mm256_cmpeq_epi8(self.0, other.0);
        let void = _mm256_cmpeq_epi8(self.0, _mm256_set1_epi8(VOID as i8));
        u64::from(_mm256_movemask_epi8(_mm256_andnot_si256(void, equal)) as u32)
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn write_keys(four: [Self; 4], base: u32, to: *mut u32) {
        let mut numbers = _mm256_set_epi64x(
            0x1f1e_1d1c_1b1a_1918,
            0x1716_1514_1312_1110,
            0x0f0e_0d0c_0b0a_0908,
            0x0706_0504_0302_0100,
        );
        // Eight numbers of 16 bits for each granule, the value above the lane.
        let [a, b, c, d] = four.map(|Self(values)| {
            let low = _mm256_unpacklo_epi8(numbers, values);
            let high = _mm256_unpackhi_epi8(numbers, values);
            numbers = _mm256_add_epi8(numbers, _mm256_set1_epi8(32));
            _mm256_min_epu16(low, high)
        });
        let fours = |one, other| {
            let low = _mm256_unpacklo_epi64(one, other);
            _mm256_min_epu16(low, _mm256_unpackhi_epi64(one, other))
        };
        let (one, other) = (_mm256_castsi256_ps(fours(a, b)), _mm256_castsi256_ps(fours(c, d)));
        let twos = _mm256_min_epu16(
            _mm256_castps_si256(_mm256_shuffle_ps::<0b10_00_10_00>(one, other)),
            _mm256_castps_si256(_mm256_shuffle_ps::<0b11_01_11_01>(one, other)),
        );
        // Each in the lower half of 32 bits, those of one vector in the same place of every four.
        let keys = _mm256_min_epu16(twos, _mm256_srli_epi32::<16>(twos));
        let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
        let keys = _mm256_permutevar8x32_epi32(keys, order);
        let values = _mm256_and_si256(
            _mm256_slli_epi32::<16>(keys),
            _mm256_set1_epi32(0xff00_0000_u32 as i32),
        );
        let lanes = _mm256_and_si256(keys, _mm256_set1_epi32(0xff));
        let places = _mm256_add_epi32(lanes, _mm256_set1_epi32(base as i32));
        // SAFETY: the caller gives room for eight numbers.
        unsafe { _mm256_storeu_si256(to.cast(), _mm256_or_si256(values, places)) }
    }
}

/// The same 16 bytes in both halves.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn twice(table: &[u8; 16]) -> __m256i {
    // SAFETY: the table is as long as what is read.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) })
}

/// The high half of each byte.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn high_halves(bytes: __m256i) -> __m256i {
    _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), _mm256_set1_epi8(15))
}
