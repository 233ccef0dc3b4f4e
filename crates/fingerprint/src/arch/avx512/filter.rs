//! Asking the filter for eight fingerprints at once.

use std::arch::x86_64::{
    __m512i, _MM_HINT_T1, _mm_prefetch, _mm512_and_si512, _mm512_cmpeq_epi64_mask,
    _mm512_i64gather_epi64, _mm512_loadu_si512, _mm512_mul_epu32, _mm512_or_si512,
    _mm512_set1_epi64, _mm512_sllv_epi64, _mm512_srli_epi64, _mm512_storeu_si512,
};

use crate::arch::scalar;
use crate::filter::WORD_LEN;
use crate::kgrams::Fingerprint;

/// Fingerprints in a vector.
const LANES: usize = 8;

/// [`scalar::prefetch_words`], with 1 to 2^32 - 1 words.
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
)]
pub(super) fn prefetch_words(words: &[u8], fingerprints: &[Fingerprint]) {
    let count = (words.len() / WORD_LEN) as u64;
    assert!(count > 0 && count >> 32 == 0);
    let (vectors, rest) = fingerprints.as_chunks::<LANES>();
    for vector in vectors {
        let mut places = [0_u64; LANES];
        // SAFETY: a fingerprint is a number of 64 bits, and there are eight; as many places.
        unsafe {
            let hashes = _mm512_loadu_si512(vector.as_ptr().cast());
            _mm512_storeu_si512(places.as_mut_ptr().cast(), places_of(hashes, count));
        }
        for place in places {
            // SAFETY: the word at each place lies in `words`.
            unsafe {
                _mm_prefetch::<_MM_HINT_T1>(words.as_ptr().add(place as usize * WORD_LEN).cast());
            };
        }
    }
    scalar::prefetch_words(words, rest);
}

/// Where the words of fingerprints stand among `count`, 1 to 2^32 - 1.
#[inline]
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
)]
fn places_of(hashes: __m512i, count: u64) -> __m512i {
    let high = _mm512_srli_epi64::<32>(hashes);
    // A product of two numbers below 2^32, of which one is `count`, is below `count << 32`: all places are below `count`.
    _mm512_srli_epi64::<32>(_mm512_mul_epu32(high, _mm512_set1_epi64(count as i64)))
}

/// [`scalar::passing`], with 1 to 2^32 - 1 words.
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
)]
pub(super) fn passing(
    words: &[u8],
    fingerprints: &[Fingerprint],
    first: u32,
    passed: &mut Vec<u32>,
) {
    let count = (words.len() / WORD_LEN) as u64;
    assert!(count > 0 && count >> 32 == 0);
    let (vectors, rest) = fingerprints.as_chunks::<LANES>();
    let (one, six_bits) = (_mm512_set1_epi64(1), _mm512_set1_epi64(63));
    let mut at = first;
    for vector in vectors {
        // SAFETY: a fingerprint is a number of 64 bits, and there are eight.
        let hashes = unsafe { _mm512_loadu_si512(vector.as_ptr().cast()) };
        let places = places_of(hashes, count);
        // SAFETY: all places are below `count`, so that the eight bytes at each lie in `words`.
        let found = unsafe { _mm512_i64gather_epi64::<8>(places, words.as_ptr().cast()) };
        let bit = |shifted| _mm512_sllv_epi64(one, _mm512_and_si512(shifted, six_bits));
        let low = _mm512_or_si512(bit(hashes), bit(_mm512_srli_epi64::<6>(hashes)));
        let next = _mm512_or_si512(
            bit(_mm512_srli_epi64::<12>(hashes)),
            bit(_mm512_srli_epi64::<18>(hashes)),
        );
        let mask = _mm512_or_si512(low, next);
        let mut all_set = _mm512_cmpeq_epi64_mask(_mm512_and_si512(found, mask), mask);
        while all_set != 0 {
            passed.push(at + all_set.trailing_zeros());
            all_set &= all_set - 1;
        }
        at += LANES as u32;
    }
    scalar::passing(words, rest, at, passed);
}
