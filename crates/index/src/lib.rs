//! An index of what AI tools wrote: a directory of immutable segments, and a manifest that names them.
//!
//! [`SegmentWriter`] writes an index, or a further segment of one. [`Update`] changes an index in place. [`Index`] opens
//! one, checks every byte of it, and says which passages hold a fingerprint, what they say and where they came from.
//! Both sides turn text into fingerprints with the one [`Analyzer`](seepage_fingerprint::Analyzer), whose parameters
//! stand in the manifest. `FORMAT.md` describes the bytes on disk.
//!
//! ```
//! use seepage_fingerprint::{AnalyzeScratch, Analyzer};
//! use seepage_index::{BuildFacts, Index, Passage, PassageId, Provenance, SegmentWriter};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let home = tempfile::tempdir()?;
//! let path = home.path().join("outputs.seepage");
//! let text: String = (0..40).map(|n| format!("let tide_{n} = gauge.read(harbour[{n}], depth);\n")).collect();
//!
//! let mut writer = SegmentWriter::create(&path, Analyzer::default())?;
//! let provenance = Provenance { tool: "codex".to_owned(), ..Provenance::default() };
//! writer.push(&Passage::by(provenance, text.clone(), vec![0..text.len() as u32]))?;
//! writer.finish(&BuildFacts::default())?;
//!
//! let index = Index::open(&path)?;
//! let (mut anchors, mut passages) = (vec![], vec![]);
//! index.analyzer().analyze(&text.as_bytes()[..900], &mut AnalyzeScratch::default(), &mut anchors);
//! for anchor in &anchors {
//!     index.probe(anchor.fingerprint, &|_| true, &mut passages);
//! }
//! assert!(passages.contains(&PassageId(0)));
//! assert_eq!(index.provenance(PassageId(0))?.tool, "codex");
//! # Ok(())
//! # }
//! ```
//!
//! | module | does |
//! |---|---|
//! | `passage` | a passage on its way into an index, and what the index tells of it |
//! | `segment` | the files of one segment: their format, how they are written and how they are read |
//! | `update` | one writer at a time, hidden directories and renames, so that an index is whole at every moment |
//! | `background` | fingerprints that are common in human text, which tell nothing |
//! | `manifest`, `facts`, `logs` | what an index is made of and how it came to be |
//! | `index` | all segments as one |
//! | `old` | indexes of older formats and rules, of which a new one can be made |
//! | `sorter` | sorts more than fits into memory |
//! | `mmap` | maps files; the only unsafe code of the crate |
#![deny(unsafe_code)]

mod background;
mod error;
mod facts;
mod index;
mod logs;
mod manifest;
mod mmap;
mod old;
mod passage;
mod segment;
mod sorter;
mod update;

// The tests share files with those in `tests/`, which know the crate by this name.
#[cfg(test)]
extern crate self as seepage_index;
#[cfg(test)]
mod tests;

pub use background::builder::BackgroundBuilder;
pub use background::{Background, BackgroundError};
pub use error::{OpenError, WriteError};
pub use facts::{BuildFacts, Sizes, Unread, UnreadReasons, UnreadUnit};
pub use index::{Index, SegmentSummary};
pub use logs::{FileStamp, LogCache, LogFile, digest_of_file};
pub use manifest::{FORMAT_VERSION, Reading, Removals};
pub use old::OldIndex;
pub use passage::{Author, Passage, PassageEntry, PassageId, PassageText};
/// Where a passage came from, as the readers of logs tell it.
pub use seepage_logs::{Class, Provenance};
pub use segment::extract::{Extract, Extractor};
pub use segment::write::{Pushed, SegmentOrigin, SegmentWriter, WrittenSegment};
pub use sorter::{Sortable, Sorted, Sorter};
pub use update::Update;
pub use update::verify::{CheckedFile, verify};
