//! A register-blocked Bloom filter: says of nearly all fingerprints that are not in a set that they are not.
//!
//! A fingerprint has [`BITS_SET`] bits in one 64-bit word, so that a miss costs one memory access (Putze, Sanders,
//! Singler, *Cache-, Hash- and Space-Efficient Bloom Filters*, WEA 2007). The words are kept as bytes, little-endian, as
//! they lie in a file.

use crate::kgrams::Fingerprint;

/// 12 bits a key let about 1 % of the misses through; more cost cache, which is what a miss consists of.
pub const BITS_PER_KEY: u64 = 12;
/// Bits of one word that a fingerprint sets. Measured over 2 million keys, misses that pass: 3 bits 1.52 %, 4 bits
/// 1.15 %, 5 bits 1.03 %, 6 bits 1.05 %; the fifth would cost each probe more than it spares a few.
///
/// One bit in each of the eight words of a cache line would let 0.42 % pass: what that spares a scan at 10^8 it costs at
/// 10^6, and twice as much time without AVX-512.
pub const BITS_SET: u32 = 4;

/// Bytes of a word.
pub(crate) const WORD_LEN: usize = 8;

/// The number of words of a filter of `keys` keys.
pub fn word_count(keys: u64) -> u64 {
    (keys * BITS_PER_KEY).div_ceil(64)
}

/// The place of a fingerprint among `count` words or lines, fewer than 2^32: the high half decides, and `count` may be
/// any number.
#[inline]
pub fn place(fingerprint: Fingerprint, count: u64) -> usize {
    // Both factors are below 2^32.
    (((fingerprint.0 >> 32) * count) >> 32) as usize
}

/// The bits of a fingerprint in its word: six bits of the low half for each.
#[inline]
fn mask(fingerprint: Fingerprint) -> u64 {
    (0..BITS_SET).fold(0, |mask, bit| mask | 1 << ((fingerprint.0 >> (6 * bit)) & 63))
}

/// Sets the bits of `fingerprint`.
///
/// # Panics
/// If there is no word.
pub fn insert(words: &mut [u64], fingerprint: Fingerprint) {
    words[place(fingerprint, words.len() as u64)] |= mask(fingerprint);
}

/// Where in `words` the word of `fingerprint` stands.
#[inline]
pub(crate) fn home(words: &[u8], fingerprint: Fingerprint) -> usize {
    place(fingerprint, (words.len() / WORD_LEN) as u64) * WORD_LEN
}

/// Whether `fingerprint` may be in; `false` is certain. A filter of no words holds nothing.
#[inline]
pub fn may_hold(words: &[u8], fingerprint: Fingerprint) -> bool {
    let (words, _) = words.as_chunks::<WORD_LEN>();
    let mask = mask(fingerprint);
    words
        .get(place(fingerprint, words.len() as u64))
        .is_some_and(|word| u64::from_le_bytes(*word) & mask == mask)
}
