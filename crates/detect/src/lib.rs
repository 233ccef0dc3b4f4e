//! One text and an index to findings: no file, no thread, no clock.
//!
//! [`Detector::detect`] looks at every byte (`sieve`), nominates passages (`nominate`), reads the windows round their
//! anchors (`evidence::judge`), and shares them out among the passages (`evidence::share`). On request it also compares whole
//! texts (`alike`).
//!
//! ```
//! use seepage_detect::Detector;
//! use seepage_fingerprint::Analyzer;
//! use seepage_index::{BuildFacts, Index, Passage, PassageId, Provenance, SegmentWriter};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // What the model wrote goes into an index.
//! let text = "fn moored(ships: &[Ship], quay: &Quay) -> Vec<Name> {
//!     let berths = quay.berths.iter().filter(|berth| berth.is_taken);
//!     berths.filter_map(|berth| ships.get(berth.ship)).map(|ship| ship.name.clone()).collect()
//! }";
//! let directory = tempfile::tempdir()?;
//! let path = directory.path().join("outputs.seepage");
//! let mut writer = SegmentWriter::create(&path, Analyzer::default())?;
//! writer.push(&Passage::by(Provenance::default(), text.to_owned(), std::iter::once(0..text.len() as u32).collect()))?;
//! writer.finish(&BuildFacts::default())?;
//!
//! // The detector finds it in another text, here as a string of JSON.
//! let index = Index::open(&path)?;
//! let detector = Detector::builder(&index).build()?;
//! let record = format!("{{\"stars\": 7, \"content\": {text:?}}}");
//! let findings = detector.detect(record.as_bytes());
//! assert_eq!(PassageId(0), findings[0].passage);
//! assert!(findings[0].tier.is_flagged());
//! assert!(detector.detect(b"The committee met on Tuesday.").is_empty());
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod alike;
mod detector;
mod evidence;
mod finding;
mod nominate;
mod ranges;
mod rules;
mod scratch;
mod sieve;
mod sources;
#[cfg(test)]
mod tests;
mod together;

pub use alike::resemblance::{
    PASSAGES_A_BAND_MAX, ResemblanceError, ResemblanceMin, ShingleScratch, Shingles, SketchTable,
};
pub use detector::{Detector, DetectorBuilder, Effort};
pub use finding::{Changes, Finding, Span, Tier};
pub use rules::Rules;
pub use scratch::Scratch;
pub use sieve::Sieve;
pub use together::Leftover;
