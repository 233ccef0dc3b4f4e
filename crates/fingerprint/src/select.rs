//! Selects the anchors of a normalised text.
//!
//! An *anchor* is a k-gram whose selection hash is the smallest in some window of `w` neighbouring k-grams (winnowing:
//! Schleimer, Wilkerson, Aiken, SIGMOD 2003; equal hashes are all selected). Windows may hang over both ends of the
//! text, so that a passage's anchors contain all those that it could get in the middle of any other text.
//!
//! The selection hash is 8 bits wide and computed at every position independently: h1 = byte, then
//! `h2[i] = L(h1[i]) + h1[i+1]`, h4, h8 and h16 likewise, with `L` a fixed invertible affine map over GF(2). It only
//! selects; identity is the xxh3 hash of the whole k-gram.

use crate::scheme::Scheme;

/// The hash of one k-gram. Equal text gives equal fingerprints; the converse is not promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u64);

/// A selected k-gram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its identity.
    pub fingerprint: Fingerprint,
    /// In bytes, from the start of the normalised text.
    pub offset: u32,
}

/// The buffers of a selection, kept from one text to the next.
#[derive(Clone, Debug, Default)]
pub struct SelectScratch {
    hashes: Vec<u8>,
    minima: Vec<u8>,
}

/// The linear part of `L`, one row a byte, the row of bit 7 lowest: the layout of `GF2P8AFFINEQB`.
const MAP_MATRIX: u64 = 0x2b32_95e1_6c3c_aae6;
const MAP_CONSTANT: u8 = 0x5b;

const fn map(byte: u8) -> u8 {
    let mut mapped = 0;
    let mut bit = 0;
    while bit < 8 {
        let row = (MAP_MATRIX >> (8 * (7 - bit))) as u8;
        mapped |= (((row & byte).count_ones() & 1) as u8) << bit;
        bit += 1;
    }
    mapped ^ MAP_CONSTANT
}

pub(crate) const MAP: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = map(byte as u8);
        byte += 1;
    }
    table
};

/// Marks a k-gram that is never selected: one that begins with a repeated byte, or lies outside of the text.
pub(crate) const VOID: u8 = u8::MAX;

/// Appends the anchors of `normalised` to `anchors`, in order of offset.
///
/// Appends, and never clears, so that one buffer can serve a whole shard.
pub fn select_anchors(
    scheme: &Scheme,
    normalised: &[u8],
    scratch: &mut SelectScratch,
    anchors: &mut Vec<Anchor>,
) {
    let kgram_len = scheme.kgram_len() as usize;
    if normalised.len() < kgram_len {
        return;
    }
    let positions = normalised.len() - kgram_len + 1;
    hash_positions(normalised, positions, &mut scratch.hashes);
    windows_opened(
        &scratch.hashes,
        scheme.window_len() as usize,
        &mut scratch.minima,
    );
    for (offset, (&hash, &opened)) in scratch.hashes.iter().zip(&scratch.minima).enumerate() {
        if hash == opened && hash != VOID {
            let kgram = &normalised[offset..offset + kgram_len];
            anchors.push(Anchor {
                fingerprint: fingerprint(scheme, kgram),
                offset: offset as u32,
            });
        }
    }
}

pub(crate) fn fingerprint(scheme: &Scheme, kgram: &[u8]) -> Fingerprint {
    Fingerprint(xxhash_rust::xxh3::xxh3_64_with_seed(
        kgram,
        scheme.stream().seed(),
    ))
}

/// The selection hash of the first `positions` k-grams. Needs 17 bytes from each position; a k-gram is as long.
fn hash_positions(text: &[u8], positions: usize, hashes: &mut Vec<u8>) {
    hashes.clear();
    hashes.extend_from_slice(&text[..positions + 16]);
    for step in [1, 2, 4, 8] {
        for offset in 0..hashes.len() - step {
            hashes[offset] = MAP[hashes[offset] as usize].wrapping_add(hashes[offset + step]);
        }
        hashes.truncate(hashes.len() - step);
    }
    // A run of one byte would be selected at every position: its k-grams are void unless the run ends.
    for offset in 0..positions {
        if hashes[offset] == hashes[offset + 1] {
            hashes[offset] = VOID;
        }
    }
    hashes.truncate(positions);
}

/// For each position the largest of the minima of the windows that hold it (a morphological opening): a hash equal to
/// it is the smallest of some window. `log2 w` passes of minima and of maxima, each over whole slices.
fn windows_opened(hashes: &[u8], window_len: usize, minima: &mut Vec<u8>) {
    minima.clear();
    minima.resize(window_len - 1, VOID);
    minima.extend_from_slice(hashes);
    minima.resize(minima.len() + window_len - 1, VOID);
    fold_windows(minima, window_len, u8::min);
    fold_windows(minima, window_len, u8::max);
    debug_assert_eq!(minima.len(), hashes.len());
}

/// Replaces `values[i]` by the fold of `values[i..i + window_len]`, and drops the positions that have no such window.
fn fold_windows(values: &mut Vec<u8>, window_len: usize, fold: impl Fn(u8, u8) -> u8) {
    let mut step = 1;
    while step < window_len {
        let len = values.len() - step;
        for offset in 0..len {
            values[offset] = fold(values[offset], values[offset + step]);
        }
        values.truncate(len);
        step *= 2;
    }
}
