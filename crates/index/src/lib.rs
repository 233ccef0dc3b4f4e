//! Passages and anchors to and from an index: a directory of immutable segments and a manifest.
//!
//! [`SegmentWriter`] writes an index once; [`Index`] opens it, checks every byte of it, and answers probes. Both sides
//! turn text into anchors with the one [`Analyzer`], whose parameters are stamped into the index. The bytes on disk are
//! described in `FORMAT.md`.
#![deny(unsafe_code)]

mod analyze;
mod background;
mod background_builder;
mod columns;
mod error;
mod evidence;
mod extract;
mod facts;
mod fingerprints;
mod groups;
mod index;
mod lines;
mod manifest;
mod mmap;
mod pairs;
mod passage;
mod place;
mod provenance;
mod sections;
mod sieve;
mod sorter;
mod table;
mod writer;

// The tests share files with those in `tests/`, which know the crate by this name.
#[cfg(test)]
extern crate self as seepage_index;
#[cfg(test)]
mod tests;

pub use analyze::{AnalyzeScratch, Analyzer, Pace, SourceAnchor};
pub use background::{Background, BackgroundError};
pub use background_builder::BackgroundBuilder;
pub use error::{OpenError, WriteError};
pub use extract::{Extract, Extractor};
pub use facts::{BuildFacts, Sizes};
pub use index::Index;
pub use manifest::FORMAT_VERSION;
pub use passage::{Passage, PassageId, PassageText, Provenance};
/// Which instructions of the processor are used; the same for everything that one program does.
pub use seepage_fingerprint::{Backend, BackendError};
pub use sieve::Sieve;
pub use sorter::{Sortable, Sorted, Sorter};
pub use writer::{Pushed, SegmentWriter};
