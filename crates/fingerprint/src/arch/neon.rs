//! NEON, on every 64-bit ARM processor.

mod block;
mod vector;

use std::arch::is_aarch64_feature_detected;

use self::block::Quarters;
use self::vector::NeonLanes;
use super::kernels::kernels;

/// Proof that this processor has all that the kernels need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Neon(());

impl Neon {
    pub(super) fn detect() -> Option<Self> {
        // The kernels take neighbouring lanes for one number, the first lane lowest.
        let found = cfg!(target_endian = "little") && is_aarch64_feature_detected!("neon");
        found.then_some(Self(()))
    }
}

kernels!(Neon, "neon", Quarters, NeonLanes);
