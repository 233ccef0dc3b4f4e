//! Selecting with NEON: `L` is looked up by halves of bytes.

use std::arch::aarch64::{
    uint8x16_t, vaddq_u8, vaddq_u32, vandq_u8, vandq_u32, vbicq_u8, vceqq_u8, vdupq_n_u8,
    vdupq_n_u32, veorq_u8, vextq_u8, vget_low_u16, vgetq_lane_u64, vld1q_u8, vmaxq_u8, vminq_u8,
    vminq_u16, vmovl_u16, vorrq_u8, vorrq_u32, vpaddq_u8, vpminq_u16, vqtbl1q_u8,
    vreinterpretq_u16_u8, vreinterpretq_u64_u8, vshlq_n_u32, vshrq_n_u8, vst1q_u8, vst1q_u32,
    vzip1q_u8, vzip2q_u8,
};

use crate::arch::lanes::Lanes;
use crate::arch::tables::{MAP_HIGH, MAP_LOW};
use crate::kgrams::VOID;

/// The numbers of the lanes.
static NUMBERS: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// 16 byte lanes.
#[derive(Clone, Copy)]
pub(super) struct NeonLanes(uint8x16_t);

impl Lanes for NeonLanes {
    const LEN: usize = 16;

    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn read(from: *const u8) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self(vld1q_u8(from)) }
    }

    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn write(self, to: *mut u8) {
        // SAFETY: the caller's promise.
        unsafe { vst1q_u8(to, self.0) }
    }

    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn shift<const N: i32>(self, next: Self) -> Self {
        const { assert!(matches!(N, 1 | 2 | 4 | 8 | 16)) };
        Self(match N {
            1 => vextq_u8::<1>(self.0, next.0),
            2 => vextq_u8::<2>(self.0, next.0),
            4 => vextq_u8::<4>(self.0, next.0),
            8 => vextq_u8::<8>(self.0, next.0),
            _ => next.0,
        })
    }

    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn map_and_add(self, other: Self) -> Self {
        let low = vandq_u8(self.0, vdupq_n_u8(15));
        let mapped = veorq_u8(
            vqtbl1q_u8(table(&MAP_LOW), low),
            vqtbl1q_u8(table(&MAP_HIGH), vshrq_n_u8::<4>(self.0)),
        );
        Self(vaddq_u8(mapped, other.0))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn min(self, other: Self) -> Self {
        Self(vminq_u8(self.0, other.0))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn max(self, other: Self) -> Self {
        Self(vmaxq_u8(self.0, other.0))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn void_if_equal(self, other: Self) -> Self {
        const { assert!(VOID == u8::MAX) };
        Self(vorrq_u8(self.0, vceqq_u8(self.0, other.0)))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn equal_and_not_void(self, other: Self) -> u64 {
        let equal = vceqq_u8(self.0, other.0);
        let void = vceqq_u8(self.0, vdupq_n_u8(VOID));
        let bits = vandq_u8(vbicq_u8(equal, void), table(&BITS));
        let twos = vpaddq_u8(bits, bits);
        let fours = vpaddq_u8(twos, twos);
        let eights = vreinterpretq_u64_u8(vpaddq_u8(fours, fours));
        vgetq_lane_u64::<0>(eights) & 0xffff
    }

    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn write_keys(four: [Self; 4], base: u32, to: *mut u32) {
        let mut numbers = table(&NUMBERS);
        // Eight numbers of 16 bits for each granule, the value above the lane.
        let [a, b, c, d] = four.map(|Self(values)| {
            let low = vreinterpretq_u16_u8(vzip1q_u8(numbers, values));
            let high = vreinterpretq_u16_u8(vzip2q_u8(numbers, values));
            numbers = vaddq_u8(numbers, vdupq_n_u8(16));
            vminq_u16(low, high)
        });
        // Three times the smaller of two neighbours is the smallest of eight.
        let twos = vpminq_u16(vpminq_u16(a, b), vpminq_u16(c, d));
        let keys = vmovl_u16(vget_low_u16(vpminq_u16(twos, twos)));
        let values = vandq_u32(vshlq_n_u32::<16>(keys), vdupq_n_u32(0xff00_0000));
        let lanes = vandq_u32(keys, vdupq_n_u32(0xff));
        // SAFETY: the caller gives room for four numbers.
        unsafe { vst1q_u32(to, vorrq_u32(values, vaddq_u32(lanes, vdupq_n_u32(base)))) }
    }
}

/// The bit of each of eight neighbouring lanes in a mask.
///
/// Bits of different places are collected by adding: three times two neighbours make a byte of eight lanes.
pub(super) static BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];

/// A table of a vector's length.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn table(bytes: &[u8; 16]) -> uint8x16_t {
    // SAFETY: the table is as long as what is read.
    unsafe { vld1q_u8(bytes.as_ptr()) }
}
