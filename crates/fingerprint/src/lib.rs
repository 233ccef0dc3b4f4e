//! Bytes to streams, anchors and sketches: pure functions, and the only home of SIMD.
//!
//! A text is *normalised* into two [`Stream`]s of kept bytes; each stream is hashed in k-grams; winnowing selects some of
//! them as *anchors*. Everything here depends on a bounded stretch of bytes only, so that a passage gives the same
//! anchors wherever it stands.
#![forbid(unsafe_code)]

mod normalise;
mod scheme;
mod select;
mod sketch;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_sketch;

pub use normalise::{Kept, Streams, normalise};
pub use scheme::{Scheme, SchemeError, Stream};
pub use select::{Anchor, Fingerprint, SelectScratch, select_anchors};
pub use sketch::{BINS, BottomK, Sketch};
