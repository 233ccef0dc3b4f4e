//! A register-blocked Bloom filter: says of nearly all fingerprints that are not in an index that they are not.
//!
//! A fingerprint has [`BITS_SET`] bits in one 64-bit word, so that a miss costs one memory access.

/// 12 bits a key let about 1 % of the misses through; more cost cache, which is what a miss consists of.
pub(crate) const BITS_PER_KEY: u64 = 12;
/// Bits of one word that a fingerprint sets. Measured over 2 million keys, misses that pass: 3 bits 1.52 %, 4 bits
/// 1.15 %, 5 bits 1.03 %, 6 bits 1.05 %; the fifth would cost each probe more than it spares a few.
pub(crate) const BITS_SET: u32 = 4;

/// Words of a filter of so many keys.
pub(crate) fn word_count(keys: u64) -> u64 {
    (keys * BITS_PER_KEY).div_ceil(64)
}

/// The place of a fingerprint among `count` words or lines: the high half decides, and `count` may be any number.
#[inline]
pub(crate) fn place(fingerprint: u64, count: u64) -> usize {
    // Both factors are below 2^32.
    (((fingerprint >> 32) * count) >> 32) as usize
}

/// The bits of a fingerprint in its word: six bits of the low half for each.
#[inline]
fn mask(fingerprint: u64) -> u64 {
    (0..BITS_SET).fold(0, |mask, bit| mask | 1 << ((fingerprint >> (6 * bit)) & 63))
}

/// Sets the bits of `fingerprint`.
pub(crate) fn insert(words: &mut [u64], fingerprint: u64) {
    words[place(fingerprint, words.len() as u64)] |= mask(fingerprint);
}

/// Where in `words` the word of `fingerprint` stands.
#[inline]
pub(crate) fn home(words: &[u8], fingerprint: u64) -> usize {
    place(fingerprint, (words.len() / 8) as u64) * 8
}

/// Whether `fingerprint` may be in; `false` is certain. A filter of no words holds nothing.
#[inline]
pub(crate) fn may_hold(words: &[u8], fingerprint: u64) -> bool {
    let (words, _) = words.as_chunks::<8>();
    let mask = mask(fingerprint);
    words
        .get(place(fingerprint, words.len() as u64))
        .is_some_and(|word| u64::from_le_bytes(*word) & mask == mask)
}
