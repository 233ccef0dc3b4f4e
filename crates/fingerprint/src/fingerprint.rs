//! The identity of k-grams.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::scheme::Scheme;

/// The hash of one k-gram. Equal text gives equal fingerprints; the converse is not promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Fingerprint(pub u64);

/// Gives the fingerprints of the k-grams of `kept` at `positions`, in their order, each as soon as it is there: so that
/// the memory that it will be looked up in can be asked for.
///
/// # Panics
/// If a k-gram reaches behind the end of `kept`.
#[inline]
pub fn fingerprints(
    scheme: &Scheme,
    kept: &[u8],
    positions: &[u32],
    mut each: impl FnMut(Fingerprint),
) {
    let seed = scheme.stream().seed();
    match scheme.kgram_len() {
        // The lengths in use: with a length that the compiler knows, a hash is a dozen instructions.
        32 => of_length::<32>(seed, kept, positions, each),
        48 => of_length::<48>(seed, kept, positions, each),
        len => {
            for &offset in positions {
                let kgram = &kept[offset as usize..][..len as usize];
                each(Fingerprint(xxh3_64_with_seed(kgram, seed)));
            }
        }
    }
}

fn of_length<const LEN: usize>(
    seed: u64,
    kept: &[u8],
    positions: &[u32],
    mut each: impl FnMut(Fingerprint),
) {
    for &offset in positions {
        let kgram: &[u8; LEN] = kept[offset as usize..]
            .first_chunk()
            .expect("a k-gram lies in the text");
        each(Fingerprint(xxh3_64_with_seed(kgram, seed)));
    }
}
