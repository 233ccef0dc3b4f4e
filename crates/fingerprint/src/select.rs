//! Selects the anchors of a normalised text.
//!
//! An *anchor* is a k-gram whose selection hash is the smallest in some window of `w` neighbouring k-grams (winnowing:
//! Schleimer, Wilkerson, Aiken, SIGMOD 2003; equal hashes are all selected). Windows may hang over both ends of the
//! text, so that a passage's anchors contain all those that it could get in the middle of any other text.
//!
//! The selection hash is 8 bits wide and computed at every position independently: h1 = byte, then
//! `h2[i] = L(h1[i]) + h1[i+1]`, h4, h8 and h16 likewise, with `L` a fixed invertible affine map over GF(2). It only
//! selects; identity is the xxh3 hash of the whole k-gram.
//!
//! A position is selected if its hash equals the largest of the minima of the windows that hold it (a morphological
//! opening), which takes `log2 w` passes of minima and of maxima. The text goes through them in slabs.

use crate::Backend;
use crate::fingerprint::{Fingerprint, fingerprints};
use crate::scheme::Scheme;

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
    pub(crate) hashes: Vec<u8>,
    pub(crate) opened: Vec<u8>,
    /// Of a grid.
    pub(crate) keys: Vec<u32>,
    /// The end of a text and a margin.
    pub(crate) tail: Vec<u8>,
    positions: Vec<u32>,
    fingerprints: Vec<Fingerprint>,
}

/// The linear part of `L`, one row a byte, the row of bit 7 lowest: the layout of `GF2P8AFFINEQB`.
pub(crate) const MAP_MATRIX: u64 = 0x2b32_95e1_6c3c_aae6;
pub(crate) const MAP_CONSTANT: u8 = 0x5b;

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

/// `L` of every byte.
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

/// A selection hash depends on so many bytes.
pub(crate) const HASHED_LEN: usize = 16;

/// Offsets in a slab: few enough that its two buffers stay in a first-level cache of 32 KiB, many beside the windows
/// that hang over into the next slab.
const SLAB_LEN: usize = 8192;

/// Some neighbouring k-grams of a text, and all that decides which of them are selected.
pub(crate) struct Slab<'t> {
    /// The bytes of the k-grams in all windows that hold one of the slab's, and the 16 of the selection hash behind.
    pub(crate) text: &'t [u8],
    /// K-grams of windows that hang over the start of the text.
    pub(crate) void_before: usize,
    /// K-grams of windows that hang over the end of the text.
    pub(crate) void_behind: usize,
    pub(crate) window_len: usize,
    /// The first k-gram.
    pub(crate) offset: u32,
    /// How many there are, 1 at least.
    pub(crate) len: usize,
}

/// Appends the anchors of `normalised` to `anchors`, in order of offset.
///
/// Appends, and never clears, so that one buffer can serve a whole shard.
///
/// # Panics
/// If `normalised` is 4 GiB or longer.
pub fn select_anchors(
    scheme: &Scheme,
    normalised: &[u8],
    scratch: &mut SelectScratch,
    anchors: &mut Vec<Anchor>,
) {
    let (mut positions, mut found) =
        (std::mem::take(&mut scratch.positions), std::mem::take(&mut scratch.fingerprints));
    positions.clear();
    found.clear();
    let backend = Backend::current();
    select_positions(backend, scheme, normalised, scratch, &mut positions);
    fingerprints(backend, scheme, normalised, &positions, &mut found);
    let pairs = positions.iter().zip(&found);
    anchors.extend(pairs.map(|(&offset, &fingerprint)| Anchor { fingerprint, offset }));
    scratch.positions = positions;
    scratch.fingerprints = found;
}

/// Appends the offsets of the selected k-grams of `kept` to `positions`, ascending.
///
/// # Panics
/// If `kept` is 4 GiB or longer.
pub fn select_positions(
    backend: Backend,
    scheme: &Scheme,
    kept: &[u8],
    scratch: &mut SelectScratch,
    positions: &mut Vec<u32>,
) {
    assert!(
        u32::try_from(kept.len()).is_ok(),
        "a stream of {} bytes; offsets are 32 bits wide",
        kept.len()
    );
    let window_len = scheme.window_len() as usize;
    let kgrams = (kept.len() + 1).saturating_sub(scheme.kgram_len() as usize);
    for offset in (0..kgrams).step_by(SLAB_LEN) {
        let len = SLAB_LEN.min(kgrams - offset);
        let first = offset.saturating_sub(window_len - 1);
        let behind = (offset + len + window_len - 1).min(kgrams);
        let slab = Slab {
            // A k-gram is longer than HASHED_LEN, so that the hash behind the last one lies in the text as well.
            text: &kept[first..behind + HASHED_LEN],
            void_before: first + window_len - 1 - offset,
            void_behind: offset + len + window_len - 1 - behind,
            window_len,
            offset: offset as u32,
            len,
        };
        backend.select(&slab, scratch, positions);
    }
}
