//! The identity of k-grams.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::arch::Backend;
use crate::scheme::Scheme;

/// The hash of one k-gram. Equal text gives equal fingerprints; the converse is not promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Fingerprint(pub u64);

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
