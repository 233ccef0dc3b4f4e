//! Selecting in the windows of a grid: vectors give the smallest k-gram of each granule, and these that of each window.
//!
//! Nothing slides, so that the hashes stay in registers: of 64 of them four numbers are written.
#![expect(
    clippy::inline_always,
    reason = "a function that is not inlined into one with the instruction set cannot use it"
)]

use super::lanes::{Hashes, Lanes};
use crate::kgrams::SelectScratch;
use crate::kgrams::{GRANULE_LEN, MARGIN, Windows};

/// Vectors of hashes that are made into keys together.
const TOGETHER: usize = 4;

/// Appends the offset of the smallest k-gram in each of `windows`, the first of several, where one is not void.
///
/// # Safety
/// The processor has the instruction set of `L`.
#[inline(always)]
pub(super) unsafe fn select_in_windows<L: Lanes>(
    windows: &Windows,
    scratch: &mut SelectScratch,
    positions: &mut Vec<u32>,
) {
    let (kgrams, keys) = (windows.kgrams(), &mut scratch.keys);
    let granules = kgrams / GRANULE_LEN;
    // SAFETY: the caller's promise.
    unsafe { smallest_of_granules::<L>(windows.text, kgrams, keys) };
    let mut folded = 1;
    while folded < windows.window_len / GRANULE_LEN {
        smaller_of_pairs(&mut keys[..granules], folded);
        folded *= 2;
    }
    // SAFETY: the caller's promise.
    unsafe { write_wanted::<L>(windows, keys, positions) };
}

/// Writes to the start of `keys` the smallest hash of each granule of the first `kgrams`, above the offset in `text` of
/// the first that has it.
///
/// # Safety
/// The processor has the instruction set of `L`.
#[inline(always)]
unsafe fn smallest_of_granules<L: Lanes>(text: &[u8], kgrams: usize, keys: &mut Vec<u32>) {
    const {
        // As many as may be read behind the last k-gram: to fill the last vectors, and by the hashes.
        assert!(L::LEN * (TOGETHER + Hashes::<L>::LAG + 1) <= MARGIN);
        assert!(L::LEN % GRANULE_LEN == 0 && L::LEN * TOGETHER <= 256);
    }
    let len = kgrams.next_multiple_of(TOGETHER * L::LEN);
    assert!(kgrams + MARGIN <= text.len() && kgrams < 1 << 24);
    keys.resize(len / GRANULE_LEN, 0);
    let keys = keys.as_mut_ptr();
    // SAFETY: the caller's promise; the margin is as long as what is read, and there is a key for each granule.
    unsafe {
        let mut hashes = Hashes::<L>::of(text.as_ptr());
        for at in (0..len).step_by(TOGETHER * L::LEN) {
            let four = [hashes.next(), hashes.next(), hashes.next(), hashes.next()];
            L::write_keys(four, at as u32, keys.add(at / GRANULE_LEN));
        }
    }
}

/// Replaces `keys[i]` by the smaller of `keys[i]` and `keys[i + step]`, as far as there are so many.
#[inline(always)]
fn smaller_of_pairs(keys: &mut [u32], step: usize) {
    let len = keys.len().saturating_sub(step);
    let mut start = 0;
    // What is read next is written soon: the compiler makes vectors of that only if it is copied first.
    while let Some(&there) = keys[start + step..].first_chunk::<16>() {
        for (here, there) in keys[start..].iter_mut().zip(there) {
            *here = there.min(*here);
        }
        start += there.len();
    }
    for at in start..len {
        keys[at] = keys[at].min(keys[at + step]);
    }
}

/// Appends the offsets in the keys of the granules where `windows` begin, as far as they are not void.
///
/// # Safety
/// The processor has the instruction set of `L`.
#[inline(always)]
unsafe fn write_wanted<L: Lanes>(windows: &Windows, keys: &[u32], positions: &mut Vec<u32>) {
    let step = windows.step / GRANULE_LEN;
    let end = (windows.count - 1) * step + 1;
    let chunk = L::KEYS.max(step);
    let beginnings = (0..L::KEYS).step_by(step).fold(0, |mask, at| mask | 1 << at);
    assert!(end <= keys.len() && keys.len().is_multiple_of(L::KEYS));
    positions.reserve(windows.count + L::KEYS);
    let to = positions.as_mut_ptr();
    let mut count = positions.len();
    for at in (0..end).step_by(chunk) {
        let wanted =
            if end - at < L::KEYS { beginnings & ((1 << (end - at)) - 1) } else { beginnings };
        // SAFETY: the caller's promise. There are keys for whole vectors, and of at most one of each window written
        // there is room for `KEYS` more.
        count += unsafe {
            L::write_places(keys.as_ptr().add(at), wanted, windows.offset, to.add(count))
        };
    }
    // SAFETY: all up to the new length were written, within the reserved room.
    unsafe { positions.set_len(count) };
}
