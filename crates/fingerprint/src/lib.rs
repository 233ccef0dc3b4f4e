//! Bytes to streams, anchors and sketches: pure functions, and the only home of SIMD.
//!
//! A text is *normalised* into two [`Stream`]s of kept bytes; each stream is hashed in k-grams; winnowing selects some of
//! them as *anchors*. Everything here depends on a bounded stretch of bytes only, so that a passage gives the same
//! anchors wherever it stands. It is done by a [`Backend`], chosen at run time; all give the same bytes.
#![deny(unsafe_code)]

#[cfg_attr(
    any(target_arch = "x86_64", target_arch = "aarch64"),
    expect(
        unsafe_code,
        reason = "instruction sets that not every processor has; each use says how it is known to be there"
    )
)]
mod arch;
pub mod filter;
mod fingerprint;
mod grid;
mod normalise;
mod rules;
mod scheme;
mod select;
mod sketch;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_backends;
#[cfg(test)]
mod tests_filter;
#[cfg(test)]
mod tests_grid;
#[cfg(test)]
mod tests_positions;
#[cfg(test)]
mod tests_sketch;
#[cfg(test)]
mod tests_streams;

pub use arch::{Backend, BackendError, prefetch};
pub use fingerprint::{Fingerprint, fingerprints};
pub use grid::{Grid, select_on_grid};
pub use normalise::{Kept, Normaliser, Streams, normalise};
pub use scheme::{Scheme, SchemeError, Stream};
pub use select::{Anchor, SelectScratch, select_anchors, select_positions};
pub use sketch::{BINS, BottomK, SKETCH_LEN, Sketch};
