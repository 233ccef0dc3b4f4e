//! NEON, on every 64-bit ARM processor.

mod block;
mod vector;

use std::arch::aarch64::{uint8x16_t, vld1q_u8};
use std::arch::is_aarch64_feature_detected;

use self::block::Quarters;
use self::vector::Vector;
use super::{blocks, granules, slabs};
use crate::grid::Windows;
use crate::normalise::{Normaliser, Plain};
use crate::select::{SelectScratch, Slab};

/// Proof that this processor has all that the kernels need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Neon(());

impl Neon {
    pub(super) fn detect() -> Option<Self> {
        // The kernels take neighbouring lanes for one number, the first lane lowest.
        let found = cfg!(target_endian = "little") && is_aarch64_feature_detected!("neon");
        found.then_some(Self(()))
    }

    #[expect(clippy::unused_self, reason = "self is the proof")]
    pub(super) fn advance(
        self,
        state: &mut Normaliser,
        text: &[u8],
        offset: usize,
        until: usize,
        kept: &mut Plain,
    ) -> usize {
        // SAFETY: `self` exists, so `detect` saw all features on this processor.
        unsafe { advance(state, text, offset, until, kept) }
    }

    #[expect(clippy::unused_self, reason = "self is the proof")]
    pub(super) fn select_in_windows(
        self,
        windows: &Windows,
        scratch: &mut SelectScratch,
        positions: &mut Vec<u32>,
    ) {
        // SAFETY: `self` exists, so `detect` saw all features on this processor.
        unsafe { select_in_windows(windows, scratch, positions) }
    }

    #[expect(clippy::unused_self, reason = "self is the proof")]
    pub(super) fn select(self, slab: &Slab, scratch: &mut SelectScratch, positions: &mut Vec<u32>) {
        // SAFETY: `self` exists, so `detect` saw all features on this processor.
        unsafe { select(slab, scratch, positions) }
    }
}

#[target_feature(enable = "neon")]
fn advance(
    state: &mut Normaliser,
    text: &[u8],
    offset: usize,
    until: usize,
    kept: &mut Plain,
) -> usize {
    // SAFETY: whoever called this knows of all features.
    unsafe { blocks::advance::<Quarters>(state, text, offset, until, kept) }
}

#[target_feature(enable = "neon")]
fn select_in_windows(windows: &Windows, scratch: &mut SelectScratch, positions: &mut Vec<u32>) {
    // SAFETY: whoever called this knows of all features.
    unsafe { granules::select_in_windows::<Vector>(windows, scratch, positions) }
}

#[target_feature(enable = "neon")]
fn select(slab: &Slab, scratch: &mut SelectScratch, positions: &mut Vec<u32>) {
    // SAFETY: whoever called this knows of all features.
    unsafe { slabs::select::<Vector>(slab, scratch, positions) }
}

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
