//! XXH3 of eight k-grams at once, of the two lengths in use.
//!
//! A k-gram of up to 128 bytes is some pairs of 8-byte words; each pair is mixed with two words of the secret, multiplied
//! to 128 bits and folded; the sum is stirred once more (`XXH3_len_17to128_64b` of xxHash 0.8). The words of eight k-grams
//! are transposed into vectors, and a product is made of four of 32 bits each.

use std::arch::x86_64::{
    __m512i, _mm256_loadu_si256, _mm512_add_epi64, _mm512_and_si512, _mm512_castsi256_si512,
    _mm512_inserti64x4, _mm512_mul_epu32, _mm512_set1_epi64, _mm512_shuffle_epi32,
    _mm512_shuffle_i64x2, _mm512_slli_epi64, _mm512_srli_epi64, _mm512_storeu_si512,
    _mm512_unpackhi_epi64, _mm512_unpacklo_epi64, _mm512_xor_si512,
};

use crate::arch::scalar;
use crate::kgrams::Fingerprint;

/// K-grams in a vector.
const LANES: usize = 8;
/// Bytes of a k-gram that are read at once: four words.
const QUAD_LEN: usize = 32;

/// The upper half of each word in its lower one.
const HIGH_DOWN: i32 = 0b11_11_01_01;

const PRIME_1: u64 = 0x9e37_79b1_85eb_ca87;
const PRIME_STIR: u64 = 0x1656_6791_9e37_79f9;
/// The first words of XXH3's secret.
const SECRET: [u64; 8] = [
    0xbe4b_a423_396c_feb8,
    0x1cad_21f7_2c81_017c,
    0xdb97_9083_e96d_d4de,
    0x1f67_b3b7_a4a4_4072,
    0x78e5_c0cc_4ee6_79cb,
    0x2172_ffcc_7dd0_5a82,
    0x8e24_43f7_7446_08b8,
    0x4c26_3a81_e690_35e0,
];

/// [`scalar::fingerprints`].
///
/// # Panics
/// If a k-gram reaches behind the end of `kept`.
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
)]
pub(super) fn fingerprints<const LEN: usize>(
    seed: u64,
    kept: &[u8],
    positions: &[u32],
    found: &mut Vec<Fingerprint>,
) {
    const { assert!(LEN == 32 || LEN == 48) };
    let (vectors, rest) = positions.as_chunks::<LANES>();
    let count = vectors.len() * LANES;
    found.reserve(positions.len());
    let mut to = found.spare_capacity_mut().as_mut_ptr();
    for offsets in vectors {
        let last = offsets.iter().fold(0, |last, &offset| last.max(offset)) as usize;
        assert!(last + LEN <= kept.len(), "a k-gram lies in the text");
        // SAFETY: `LEN` bytes lie in `kept` from each offset, as they do from the last one.
        let hashes = unsafe { hash::<LEN>(seed, kept.as_ptr(), offsets) };
        // SAFETY: there is room for `count`, of which those of the vectors before are written.
        unsafe {
            _mm512_storeu_si512(to.cast(), hashes);
            to = to.add(LANES);
        }
    }
    // SAFETY: all up to the new length were written, and any 64 bits are a fingerprint.
    unsafe { found.set_len(found.len() + count) };
    scalar::fingerprints::<LEN>(seed, kept, rest, found);
}

/// The hashes of the `LEN` bytes at each of `offsets`.
///
/// # Safety
/// They may be read.
#[inline]
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
)]
unsafe fn hash<const LEN: usize>(seed: u64, kept: *const u8, offsets: &[u32; LANES]) -> __m512i {
    // SAFETY: the caller's promise; `LEN` is at least QUAD_LEN.
    let [first, second, third, fourth] = unsafe { words(kept, offsets) };
    let sum = splat((LEN as u64).wrapping_mul(PRIME_1));
    let sum = _mm512_add_epi64(sum, mixed(first, second, 0, seed));
    if LEN == QUAD_LEN {
        return stirred(_mm512_add_epi64(sum, mixed(third, fourth, 2, seed)));
    }
    // The middle of 48 bytes counts twice, as what stands 16 bytes from the start and 32 from the end.
    let sum = _mm512_add_epi64(sum, mixed(third, fourth, 4, seed));
    let sum = _mm512_add_epi64(sum, mixed(third, fourth, 6, seed));
    // SAFETY: as above; the last four words end where the k-gram does.
    let [_, _, fifth, sixth] = unsafe { words(kept.add(LEN - QUAD_LEN), offsets) };
    stirred(_mm512_add_epi64(sum, mixed(fifth, sixth, 2, seed)))
}

/// The first words at all offsets, the second ones, the third and the fourth.
///
/// # Safety
/// They may be read.
#[inline]
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
)]
unsafe fn words(from: *const u8, offsets: &[u32; LANES]) -> [__m512i; 4] {
    const LOW: i32 = 0b10_00_10_00;
    const HIGH: i32 = 0b11_01_11_01;
    let two = |low: usize, high: usize| {
        // SAFETY: the caller's promise.
        let [low, high] = unsafe {
            [
                _mm256_loadu_si256(from.add(offsets[low] as usize).cast()),
                _mm256_loadu_si256(from.add(offsets[high] as usize).cast()),
            ]
        };
        _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high)
    };
    let (zero_two, one_three, four_six, five_seven) = (two(0, 2), two(1, 3), two(4, 6), two(5, 7));
    let even = _mm512_unpacklo_epi64(zero_two, one_three);
    let even_behind = _mm512_unpacklo_epi64(four_six, five_seven);
    let odd = _mm512_unpackhi_epi64(zero_two, one_three);
    let odd_behind = _mm512_unpackhi_epi64(four_six, five_seven);
    [
        _mm512_shuffle_i64x2::<LOW>(even, even_behind),
        _mm512_shuffle_i64x2::<LOW>(odd, odd_behind),
        _mm512_shuffle_i64x2::<HIGH>(even, even_behind),
        _mm512_shuffle_i64x2::<HIGH>(odd, odd_behind),
    ]
}

/// Two words of each k-gram, mixed with two of the secret from `place` on: the halves of their product, one on the other.
#[inline]
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
)]
fn mixed(low: __m512i, high: __m512i, place: usize, seed: u64) -> __m512i {
    let one = _mm512_xor_si512(low, splat(SECRET[place].wrapping_add(seed)));
    let other = _mm512_xor_si512(high, splat(SECRET[place + 1].wrapping_sub(seed)));
    // Not by a shift: the compiler would see the high half of a product, and make it with eight scalar multiplications.
    let (one_high, other_high) =
        (_mm512_shuffle_epi32::<HIGH_DOWN>(one), _mm512_shuffle_epi32::<HIGH_DOWN>(other));
    let lowest = _mm512_mul_epu32(one, other);
    let middle = _mm512_mul_epu32(one, other_high);
    let other_middle = _mm512_mul_epu32(one_high, other);
    let highest = _mm512_mul_epu32(one_high, other_high);
    let half = splat(u64::from(u32::MAX));
    // At most 2 (2^32 - 1) + (2^32 - 1)^2, which is less than 2^64.
    let cross = _mm512_add_epi64(
        _mm512_add_epi64(_mm512_srli_epi64::<32>(lowest), other_middle),
        _mm512_and_si512(middle, half),
    );
    let upper = _mm512_add_epi64(
        _mm512_add_epi64(_mm512_srli_epi64::<32>(middle), highest),
        _mm512_srli_epi64::<32>(cross),
    );
    let lower = _mm512_xor_si512(_mm512_slli_epi64::<32>(cross), _mm512_and_si512(lowest, half));
    _mm512_xor_si512(upper, lower)
}

/// The last step of the hash.
#[inline]
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
)]
fn stirred(sum: __m512i) -> __m512i {
    let sum = _mm512_xor_si512(sum, _mm512_srli_epi64::<37>(sum));
    let (prime, prime_high) = (splat(PRIME_STIR), splat(PRIME_STIR >> 32));
    let cross = _mm512_add_epi64(
        _mm512_mul_epu32(sum, prime_high),
        _mm512_mul_epu32(_mm512_srli_epi64::<32>(sum), prime),
    );
    let product = _mm512_add_epi64(_mm512_mul_epu32(sum, prime), _mm512_slli_epi64::<32>(cross));
    _mm512_xor_si512(product, _mm512_srli_epi64::<32>(product))
}

#[inline]
#[target_feature(
    enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt"
)]
fn splat(word: u64) -> __m512i {
    _mm512_set1_epi64(word as i64)
}
