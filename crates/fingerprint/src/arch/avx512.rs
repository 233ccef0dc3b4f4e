//! AVX-512 with the byte permutations, compressions and Galois-field maps of Ice Lake and Zen 4.

mod block;
mod filter;
mod hash;
mod vector;

use self::block::Vectors;
use self::vector::Avx512Lanes;
use super::kernels::kernels;
use crate::kgrams::Fingerprint;

/// Proof that this processor has all that the kernels need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Avx512(());

impl Avx512 {
    pub(super) fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi")
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("gfni")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt");
        found.then_some(Self(()))
    }

    #[expect(clippy::unused_self, reason = "self is the proof")]
    pub(super) fn fingerprints<const LEN: usize>(
        self,
        seed: u64,
        kept: &[u8],
        positions: &[u32],
        found: &mut Vec<Fingerprint>,
    ) {
        // SAFETY: `self` exists, so `detect` saw all features on this processor.
        unsafe { hash::fingerprints::<LEN>(seed, kept, positions, found) }
    }

    #[expect(clippy::unused_self, reason = "self is the proof")]
    pub(super) fn prefetch_words(self, words: &[u8], fingerprints: &[Fingerprint]) {
        // SAFETY: `self` exists, so `detect` saw all features on this processor.
        unsafe { filter::prefetch_words(words, fingerprints) }
    }

    #[expect(clippy::unused_self, reason = "self is the proof")]
    pub(super) fn passing(
        self,
        words: &[u8],
        fingerprints: &[Fingerprint],
        first: u32,
        passed: &mut Vec<u32>,
    ) {
        // SAFETY: `self` exists, so `detect` saw all features on this processor.
        unsafe { filter::passing(words, fingerprints, first, passed) }
    }
}

kernels!(
    Avx512,
    "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,gfni,bmi1,bmi2,lzcnt,popcnt",
    Vectors,
    Avx512Lanes
);
