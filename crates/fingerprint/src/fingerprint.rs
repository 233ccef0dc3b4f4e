//! The identity of k-grams.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::scheme::Scheme;

/// The hash of one k-gram. Equal text gives equal fingerprints; the converse is not promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u64);

/// Appends the fingerprints of the k-grams of `kept` at `positions` to `out`.
///
/// # Panics
/// If a k-gram reaches behind the end of `kept`.
pub fn fingerprints(scheme: &Scheme, kept: &[u8], positions: &[u32], out: &mut Vec<Fingerprint>) {
    let seed = scheme.stream().seed();
    match scheme.kgram_len() {
        // The lengths in use: with a length that the compiler knows, a hash is a dozen instructions.
        32 => out.extend(of_length::<32>(seed, kept, positions)),
        48 => out.extend(of_length::<48>(seed, kept, positions)),
        len => out.extend(positions.iter().map(|&offset| {
            let kgram = &kept[offset as usize..][..len as usize];
            Fingerprint(xxh3_64_with_seed(kgram, seed))
        })),
    }
}

fn of_length<const LEN: usize>(
    seed: u64,
    kept: &[u8],
    positions: &[u32],
) -> impl Iterator<Item = Fingerprint> {
    positions.iter().map(move |&offset| {
        let kgram: &[u8; LEN] = kept[offset as usize..]
            .first_chunk()
            .expect("a k-gram lies in the text");
        Fingerprint(xxh3_64_with_seed(kgram, seed))
    })
}
