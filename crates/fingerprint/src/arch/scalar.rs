//! The kernels in plain Rust: what every other backend must agree with, and the only one on other processors.

use std::cell::Cell;

use crate::normalise::{Normaliser, Plain};
use crate::select::{MAP, SelectScratch, Slab, VOID};

/// [`Normaliser::advance`], byte by byte.
pub(super) fn advance(
    state: &mut Normaliser,
    text: &[u8],
    offset: usize,
    until: usize,
    kept: &mut Plain,
) -> usize {
    let mut offset = offset;
    while offset < until {
        offset = state.step(text, offset, kept);
    }
    offset
}

/// Appends the offsets that are selected in a slab.
pub(super) fn select(slab: &Slab, scratch: &mut SelectScratch, positions: &mut Vec<u32>) {
    let SelectScratch { hashes, opened, .. } = scratch;
    hash_positions(slab.text, hashes);
    opened.clear();
    opened.resize(slab.void_before, VOID);
    opened.extend_from_slice(hashes);
    opened.resize(opened.len() + slab.void_behind, VOID);
    fold_windows(opened, slab.window_len, u8::min);
    fold_windows(opened, slab.window_len, u8::max);
    debug_assert_eq!(opened.len(), slab.len);
    let hashes = &hashes[slab.window_len - 1 - slab.void_before..];
    for (offset, (&hash, &largest)) in (slab.offset..).zip(hashes.iter().zip(&*opened)) {
        if hash == largest && hash != VOID {
            positions.push(offset);
        }
    }
}

/// The selection hashes of all k-grams in `text` whose next one's hash is known too.
fn hash_positions(text: &[u8], hashes: &mut Vec<u8>) {
    hashes.clear();
    hashes.extend_from_slice(text);
    for step in [1, 2, 4, 8] {
        fold_pairs(hashes, step, |here, there| {
            MAP[here as usize].wrapping_add(there)
        });
    }
    // A run of one byte would be selected at every position: its k-grams are void unless the run ends.
    fold_pairs(
        hashes,
        1,
        |here, next| if here == next { VOID } else { here },
    );
}

/// Replaces `values[i]` by the fold of `values[i..i + window_len]`, and drops the positions that have no such window:
/// `log2 window_len` passes.
fn fold_windows(values: &mut Vec<u8>, window_len: usize, fold: impl Fn(u8, u8) -> u8) {
    let mut step = 1;
    while step < window_len {
        fold_pairs(values, step, &fold);
        step *= 2;
    }
}

/// Replaces `values[i]` by the fold of `values[i]` and `values[i + step]`, and drops the last `step`.
///
/// In a form that the compiler makes vectors of: cells, since what is read is written later.
fn fold_pairs(values: &mut Vec<u8>, step: usize, fold: impl Fn(u8, u8) -> u8) {
    let len = values.len() - step;
    let cells = Cell::from_mut(values.as_mut_slice()).as_slice_of_cells();
    for (here, there) in cells[..len].iter().zip(&cells[step..]) {
        here.set(fold(here.get(), there.get()));
    }
    values.truncate(len);
}
