//! The kernels in plain Rust: what every other backend must agree with, and the only one on other processors.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::prefetch::prefetch;
use crate::filter::{home, may_hold};
use crate::kgrams::Fingerprint;
use crate::kgrams::Windows;
use crate::kgrams::{HASHED_LEN, MAP, SelectScratch, Slab, VOID};
use crate::normalise::{Normaliser, Plain};

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

/// Asks for the words of all `fingerprints`.
pub(super) fn prefetch_words(words: &[u8], fingerprints: &[Fingerprint]) {
    for &fingerprint in fingerprints {
        prefetch(words, home(words, fingerprint));
    }
}

/// Appends the places, counted from `first`, of those `fingerprints` that may be in the filter.
pub(super) fn passing(
    words: &[u8],
    fingerprints: &[Fingerprint],
    first: u32,
    passed: &mut Vec<u32>,
) {
    for (&fingerprint, at) in fingerprints.iter().zip(first..) {
        if may_hold(words, fingerprint) {
            passed.push(at);
        }
    }
}

/// Appends the fingerprints of the k-grams of `LEN` bytes at `positions`.
pub(super) fn fingerprints<const LEN: usize>(
    seed: u64,
    kept: &[u8],
    positions: &[u32],
    found: &mut Vec<Fingerprint>,
) {
    found.extend(positions.iter().map(|&offset| {
        let kgram: &[u8; LEN] =
            kept[offset as usize..].first_chunk().expect("a k-gram lies in the text");
        Fingerprint(xxh3_64_with_seed(kgram, seed))
    }));
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
    // Every offset is written and most are written over: a branch that is taken once in sixteen costs more.
    let start = positions.len();
    positions.resize(start + slab.len, 0);
    let found = &mut positions[start..];
    let mut count = 0;
    for (offset, (&hash, &largest)) in (slab.offset..).zip(hashes.iter().zip(&*opened)) {
        found[count] = offset;
        count += usize::from(hash == largest && hash != VOID);
    }
    positions.truncate(start + count);
}

/// Appends the offset of the smallest k-gram in each of `windows`, the first of several, where one is not void.
pub(super) fn select_in_windows(
    windows: &Windows,
    scratch: &mut SelectScratch,
    positions: &mut Vec<u32>,
) {
    let hashes = &mut scratch.hashes;
    hash_positions(&windows.text[..windows.kgrams() + HASHED_LEN], hashes);
    for start in (0..windows.count).map(|number| number * windows.step) {
        let of_window = &hashes[start..start + windows.window_len];
        positions.extend(smallest(of_window, windows.offset + start as u32));
    }
}

/// The same for the windows that begin at each step of a text's last k-grams, the first at `offset`, and hang over its end.
pub(crate) fn select_hanging(
    text: &[u8],
    offset: u32,
    step: usize,
    scratch: &mut SelectScratch,
    positions: &mut Vec<u32>,
) {
    let hashes = &mut scratch.hashes;
    hash_positions(text, hashes);
    for start in (0..hashes.len()).step_by(step) {
        positions.extend(smallest(&hashes[start..], offset + start as u32));
    }
}

/// Where the first of the smallest of `hashes` stands, counted from `offset`, if they are not all void.
fn smallest(hashes: &[u8], offset: u32) -> Option<u32> {
    let (position, &hash) = (offset..).zip(hashes).min_by_key(|&(_, &hash)| hash)?;
    (hash != VOID).then_some(position)
}

/// The selection hashes of all k-grams in `text` whose next one's hash is known too.
fn hash_positions(text: &[u8], hashes: &mut Vec<u8>) {
    hashes.clear();
    hashes.extend_from_slice(text);
    for step in [1, 2, 4, 8] {
        fold_pairs(hashes, step, |here, there| map(here).wrapping_add(there));
    }
    // A run of one byte would be selected at every position: its k-grams are void unless the run ends.
    fold_pairs(hashes, 1, |here, next| if here == next { VOID } else { here });
}

/// `L` of each single bit, without the constant.
const BIT_MAPS: [u8; 8] = {
    let mut maps = [0; 8];
    let mut bit = 0;
    while bit < 8 {
        maps[bit] = MAP[1 << bit] ^ MAP[0];
        bit += 1;
    }
    maps
};

/// `L`, bit by bit: the compiler makes vectors of this, and not of a table.
#[inline]
fn map(byte: u8) -> u8 {
    let bits = BIT_MAPS.iter().enumerate();
    bits.fold(MAP[0], |mapped, (bit, of_bit)| {
        mapped ^ (of_bit & 0_u8.wrapping_sub(byte >> bit & 1))
    })
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
/// What is read next is written soon: the compiler makes vectors of that only if it is copied first.
fn fold_pairs(values: &mut Vec<u8>, step: usize, fold: impl Fn(u8, u8) -> u8) {
    let len = values.len() - step;
    let mut start = 0;
    while let Some(&there) = values[start + step..].first_chunk::<64>() {
        for (here, there) in values[start..].iter_mut().zip(there) {
            *here = fold(*here, there);
        }
        start += there.len();
    }
    for at in start..len {
        values[at] = fold(values[at], values[at + step]);
    }
    values.truncate(len);
}
