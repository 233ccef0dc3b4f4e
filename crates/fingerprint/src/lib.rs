//! Bytes to streams, anchors and sketches: pure functions, and the only home of SIMD.
//!
//! A text is *normalised* into two [`Stream`]s of kept bytes; each stream is hashed in k-grams; winnowing selects some of
//! them as *anchors*. Everything here depends on a bounded stretch of bytes only, so that a passage gives the same
//! anchors wherever it stands. A [`Backend`] does the work, chosen at run time; all of them give the same bytes.
//!
//! An [`Analyzer`] takes a text the whole way. Two texts that share some lines share anchors, whatever stands around
//! the lines and however they are quoted:
//!
//! ```
//! use seepage_fingerprint::{AnalyzeScratch, Analyzer, Fingerprint};
//!
//! let analyzer = Analyzer::default();
//! let mut scratch = AnalyzeScratch::default();
//! let mut fingerprints_of = |text: &str| -> Vec<Fingerprint> {
//!     let mut anchors = vec![];
//!     analyzer.analyze(text.as_bytes(), &mut scratch, &mut anchors);
//!     anchors.iter().map(|anchor| anchor.fingerprint).collect()
//! };
//!
//! let written = "fn moored(ships: &[Ship]) -> usize {\n    ships.iter().filter(|ship| ship.is_moored).count()\n}\n";
//! let in_json = format!("{{\"text\": {written:?}, \"stars\": 7}}");
//! let (written, in_json) = (fingerprints_of(written), fingerprints_of(&in_json));
//! assert!(written.iter().any(|fingerprint| in_json.contains(fingerprint)));
//! ```
#![deny(unsafe_code)]

mod analyzer;
#[cfg_attr(
    any(target_arch = "x86_64", target_arch = "aarch64"),
    expect(
        unsafe_code,
        reason = "instruction sets that not every processor has; each use says how it is known to be there"
    )
)]
mod arch;
pub mod filter;
mod grid;
mod kgrams;
mod normalise;
mod respell;
mod scheme;
mod select;
mod sketch;
#[cfg(test)]
mod tests;

pub use analyzer::{AnalyzeScratch, Analyzer, Pace, SourceAnchor};
pub use arch::{Backend, BackendError, prefetch};
pub use grid::{Grid, select_on_grid};
pub use kgrams::{Fingerprint, SelectScratch};
pub use normalise::{KeptBytes, Normaliser, Streams, normalise};
pub use respell::respell;
pub use scheme::{Scheme, SchemeError, Stream};
pub use select::{Anchor, fingerprints, select_anchors, select_positions};
pub use sketch::{BINS, SKETCH_LEN, Sketch};
