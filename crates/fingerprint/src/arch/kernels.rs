//! The way into the kernels that every instruction set of vectors has.

/// Gives `$proof` the kernels that are written in `$block` and `$lanes`, compiled for `$features`.
///
/// Only `$proof::detect` may make one, and only where the processor has all of `$features`.
macro_rules! kernels {
    ($proof:ident, $features:literal, $block:ty, $lanes:ty) => {
        impl $proof {
            pub(super) fn advance(
                self,
                state: &mut $crate::normalise::Normaliser,
                text: &[u8],
                offset: usize,
                until: usize,
                kept: &mut $crate::normalise::Plain,
            ) -> usize {
                #[target_feature(enable = $features)]
                fn kernel(
                    state: &mut $crate::normalise::Normaliser,
                    text: &[u8],
                    offset: usize,
                    until: usize,
                    kept: &mut $crate::normalise::Plain,
                ) -> usize {
                    // SAFETY: the caller knows of all features.
                    unsafe { super::blocks::advance::<$block>(state, text, offset, until, kept) }
                }
                // SAFETY: `self` exists, so `detect` saw all features on this processor.
                unsafe { kernel(state, text, offset, until, kept) }
            }

            pub(super) fn select_in_windows(
                self,
                windows: &$crate::kgrams::Windows,
                scratch: &mut $crate::kgrams::SelectScratch,
                positions: &mut Vec<u32>,
            ) {
                #[target_feature(enable = $features)]
                fn kernel(
                    windows: &$crate::kgrams::Windows,
                    scratch: &mut $crate::kgrams::SelectScratch,
                    positions: &mut Vec<u32>,
                ) {
                    // SAFETY: the caller knows of all features.
                    unsafe {
                        super::granules::select_in_windows::<$lanes>(windows, scratch, positions);
                    }
                }
                // SAFETY: `self` exists, so `detect` saw all features on this processor.
                unsafe { kernel(windows, scratch, positions) }
            }

            pub(super) fn select(
                self,
                slab: &$crate::kgrams::Slab,
                scratch: &mut $crate::kgrams::SelectScratch,
                positions: &mut Vec<u32>,
            ) {
                #[target_feature(enable = $features)]
                fn kernel(
                    slab: &$crate::kgrams::Slab,
                    scratch: &mut $crate::kgrams::SelectScratch,
                    positions: &mut Vec<u32>,
                ) {
                    // SAFETY: the caller knows of all features.
                    unsafe { super::slabs::select::<$lanes>(slab, scratch, positions) }
                }
                // SAFETY: `self` exists, so `detect` saw all features on this processor.
                unsafe { kernel(slab, scratch, positions) }
            }
        }
    };
}

pub(super) use kernels;
