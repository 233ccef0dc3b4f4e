//! AVX2, on every x86-64 processor since Haswell and Excavator.

mod block;
mod vector;

use self::block::Halves;
use self::vector::Avx2Lanes;
use super::kernels::kernels;

/// Proof that this processor has all that the kernels need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Avx2(());

impl Avx2 {
    pub(super) fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt");
        found.then_some(Self(()))
    }
}

kernels!(Avx2, "avx2,bmi1,bmi2,lzcnt,popcnt", Halves, Avx2Lanes);
