//! Normalising with NEON: a block is four vectors, and two lookups of 64 bytes classify a byte.

use std::arch::aarch64::{
    uint8x16_t, uint8x16x4_t, vandq_u8, vbslq_u8, vcreate_u8, vdupq_n_u8, veorq_u8, vget_high_u8,
    vget_low_u8, vgetq_lane_u64, vld1q_u8, vld1q_u8_x4, vmaxq_u8, vorrq_u8, vpaddq_u8, vqtbl4q_u8,
    vqtbx4q_u8, vreinterpretq_u64_u8, vst1_u8, vtbl1_u8, vtstq_u8,
};

use super::vector::{BITS, table};
use crate::arch::blocks::{BLOCK_LEN, ByteBlock, Masks, SEEN_LEN};
use crate::arch::tables::{FLAGS, KEPT_BYTES, SECONDS, THIRDS, flag};
use crate::normalise::Streams;

/// Bytes in a vector.
const LEN: usize = 16;

/// The 64 bytes of a table from the `N`th on.
#[inline]
#[target_feature(enable = "neon")]
fn part<const N: usize, const ALL: usize>(bytes: &[u8; ALL]) -> uint8x16x4_t {
    const { assert!(N + BLOCK_LEN <= ALL) };
    // SAFETY: these bytes are there.
    unsafe { vld1q_u8_x4(bytes.as_ptr().add(N)) }
}

/// A block, its flags, and [`flag::AND`], [`flag::LESS`] and [`flag::BACKSLASH`] where the next two bytes leave it possible.
#[derive(Clone, Copy)]
pub(super) struct Quarters {
    bytes: [uint8x16_t; 4],
    flags: [uint8x16_t; 4],
    special: [uint8x16_t; 4],
}

impl ByteBlock for Quarters {
    type Tables = ();

    unsafe fn tables() {}

    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn load(seen: &[u8; SEEN_LEN], (): ()) -> Self {
        let [bytes, next, last] = [0, 1, 2].map(|behind| {
            [0, 1, 2, 3].map(|quarter| {
                // SAFETY: four vectors are as long as the block, and `seen` is two bytes longer.
                unsafe { vld1q_u8(seen.as_ptr().add(quarter * LEN + behind)) }
            })
        });
        let (low, high) = (part::<0, 128>(&FLAGS.0), part::<64, 128>(&FLAGS.0));
        let (seconds, thirds) = (part::<0, 64>(&SECONDS.0), part::<0, 64>(&THIRDS.0));
        // What is not in the first table gives 0, and what is not in the second leaves that. Bytes that are not ASCII are in
        // neither, and their highest bit is the flag of a word byte.
        const { assert!(flag::WORD == 0x80) };
        let flags = bytes.map(|bytes| {
            let first = vqtbl4q_u8(low, bytes);
            let ascii = vqtbx4q_u8(first, high, veorq_u8(bytes, vdupq_n_u8(64)));
            vorrq_u8(ascii, vandq_u8(bytes, vdupq_n_u8(flag::WORD)))
        });
        let low_bits = |bytes| vandq_u8(bytes, vdupq_n_u8(63));
        let special = [0, 1, 2, 3].map(|at| {
            let second = vqtbl4q_u8(seconds, low_bits(next[at]));
            let third = vqtbl4q_u8(thirds, low_bits(last[at]));
            vandq_u8(flags[at], vandq_u8(second, third))
        });
        Self { bytes, flags, special }
    }

    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn masks(self) -> Masks {
        Masks {
            word: flagged(self.flags, flag::WORD),
            digit: flagged(self.flags, flag::NUMBER),
            punctuation: flagged(self.flags, flag::PUNCTUATION),
            // The tables have no other flags.
            special: flagged(self.special, u8::MAX),
            backslash: flagged(self.flags, flag::BACKSLASH),
            line_end: flagged(self.flags, flag::LINE_END),
        }
    }

    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn write_words(self, keep: u64, to: *mut u8) {
        let small = [0, 1, 2, 3].map(|at| {
            let capital = vandq_u8(self.flags[at], vdupq_n_u8(flag::CAPITAL));
            vorrq_u8(self.bytes[at], capital)
        });
        // SAFETY: the caller gives room for a block.
        unsafe { write_kept(small, keep, to) }
    }

    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn write_skeleton(self, keep: u64, to: *mut u8) {
        const { assert!(Streams::MARK_NUMBER > Streams::MARK_WORD) };
        let marked = [0, 1, 2, 3].map(|at| {
            let number = vandq_u8(self.flags[at], vdupq_n_u8(flag::NUMBER));
            let mark = vmaxq_u8(number, vdupq_n_u8(Streams::MARK_WORD));
            let word = vtstq_u8(self.flags[at], vdupq_n_u8(flag::WORD));
            vbslq_u8(word, mark, self.bytes[at])
        });
        // SAFETY: the caller gives room for a block.
        unsafe { write_kept(marked, keep, to) }
    }
}

/// Which bytes have one of these flags.
#[inline]
#[target_feature(enable = "neon")]
fn flagged(flags: [uint8x16_t; 4], wanted: u8) -> u64 {
    let bits = table(&BITS);
    let [a, b, c, d] = flags.map(|flags| vandq_u8(vtstq_u8(flags, vdupq_n_u8(wanted)), bits));
    let twos = [vpaddq_u8(a, b), vpaddq_u8(c, d)];
    let fours = vpaddq_u8(twos[0], twos[1]);
    vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(fours, fours)))
}

/// Writes the bytes under `keep` one behind the other to `to`.
///
/// # Safety
/// `BLOCK_LEN` bytes may be written at `to`.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn write_kept(bytes: [uint8x16_t; 4], keep: u64, to: *mut u8) {
    let mut to = to;
    let eights = bytes.iter().flat_map(|&bytes| [vget_low_u8(bytes), vget_high_u8(bytes)]);
    for (eight, mask) in eights.zip(keep.to_le_bytes()) {
        let order = vcreate_u8(KEPT_BYTES[mask as usize]);
        // SAFETY: each write of 8 bytes begins behind at most 8 for each one before it.
        unsafe {
            vst1_u8(to, vtbl1_u8(eight, order));
            to = to.add(mask.count_ones() as usize);
        }
    }
}
