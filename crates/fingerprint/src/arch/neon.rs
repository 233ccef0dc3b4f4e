//! NEON, on every 64-bit ARM processor.

mod block;
mod vector;

use std::arch::aarch64::{uint8x16_t, vld1q_u8};
use std::arch::is_aarch64_feature_detected;

use self::block::Quarters;
use self::vector::Vector;
use super::kernels::kernels;

/// Proof that this processor has all that the kernels need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Neon(());

impl Neon {
    pub(super) fn detect() -> Option<Self> {
        // The kernels take neighbouring lanes for one number, the first lane lowest.
        let found = cfg!(target_endian = "little") && is_aarch64_feature_detected!("neon");
        found.then_some(Self(()))
    }
}

kernels!(Neon, "neon", Quarters, Vector);

/// The bit of each of eight neighbouring lanes in a mask.
///
/// Bits of different places are collected by adding: three times two neighbours make a byte of eight lanes.
static BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];

/// A table of a vector's length.
#[inline]
#[target_feature(enable = "neon")]
fn table(bytes: &[u8; 16]) -> uint8x16_t {
    // SAFETY: the table is as long as what is read.
    unsafe { vld1q_u8(bytes.as_ptr()) }
}
