//! Passages and anchors to and from an index: a directory of immutable segments and a manifest.
//!
//! [`SegmentWriter`] writes an index or a further segment of one, [`Update`] changes one in place; [`Index`] opens it,
//! checks every byte of it, and answers probes. Both sides turn text into anchors with the one
//! [`Analyzer`](seepage_fingerprint::Analyzer), whose parameters are stamped into the index. The bytes on disk are
//! described in `FORMAT.md`.
#![deny(unsafe_code)]

mod background;
mod background_builder;
mod catalogue;
mod columns;
mod contents;
mod entries;
mod error;
mod evidence;
mod extract;
mod facts;
mod files;
mod fingerprints;
mod groups;
mod index;
mod lines;
mod lock;
mod log_cache;
mod log_files;
mod manifest;
mod mmap;
mod pairs;
mod passage;
mod place;
mod provenance;
mod removed;
mod sections;
mod segment;
mod sorter;
mod table;
mod update;
mod verify;
mod writer;

// The tests share files with those in `tests/`, which know the crate by this name.
#[cfg(test)]
extern crate self as seepage_index;
#[cfg(test)]
mod tests;

pub use background::{Background, BackgroundError};
pub use background_builder::BackgroundBuilder;
pub use entries::{Reading, Removals};
pub use error::{OpenError, WriteError};
pub use extract::{Extract, Extractor};
pub use facts::{BuildFacts, Sizes};
pub use index::{Index, SegmentSummary};
pub use log_cache::{FileStamp, LogCache, digest_of_file};
pub use log_files::LogFile;
pub use manifest::FORMAT_VERSION;
pub use passage::{Passage, PassageEntry, PassageId, PassageText};
/// Where a passage came from, as the readers of logs tell it.
pub use seepage_logs::Provenance;
pub use sorter::{Sortable, Sorted, Sorter};
pub use update::Update;
pub use verify::{CheckedFile, verify};
pub use writer::{Origin, Pushed, SegmentWriter, WrittenSegment};
