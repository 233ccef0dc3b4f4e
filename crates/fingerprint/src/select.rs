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

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::arch::Backend;
use crate::kgrams::{Fingerprint, HASHED_LEN, SelectScratch, Slab};
use crate::scheme::Scheme;

/// A selected k-gram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its identity.
    pub fingerprint: Fingerprint,
    /// In bytes, from the start of the normalised text.
    pub offset: u32,
}

/// Offsets in a slab: few enough that its two buffers stay in a first-level cache of 32 KiB, many beside the windows
/// that hang over into the next slab.
const SLAB_LEN: usize = 8192;

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

/// Appends the fingerprints of the k-grams of `kept` at `positions` to `found`, in their order.
///
/// # Panics
/// If a k-gram reaches behind the end of `kept`.
pub fn fingerprints(
    backend: Backend,
    scheme: &Scheme,
    kept: &[u8],
    positions: &[u32],
    found: &mut Vec<Fingerprint>,
) {
    let seed = scheme.stream().seed();
    match scheme.kgram_len() {
        // The lengths in use: with a length that the compiler knows, a hash is a dozen instructions.
        32 => backend.fingerprints::<32>(seed, kept, positions, found),
        48 => backend.fingerprints::<48>(seed, kept, positions, found),
        len => found.extend(positions.iter().map(|&offset| {
            let kgram = &kept[offset as usize..][..len as usize];
            Fingerprint(xxh3_64_with_seed(kgram, seed))
        })),
    }
}
