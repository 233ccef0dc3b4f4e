//! One text and an index to findings: no file, no thread, no clock.
//!
//! [`Detector::detect`] looks at every byte and nominates passages (`nominate`), reads the windows round
//! their anchors (`judge`), and pairs the bytes of both sides (`align`). With [`Lookalikes`] it also compares whole texts
//! (`resemble`).
#![forbid(unsafe_code)]

mod align;
mod changes;
mod detector;
mod finding;
mod first;
mod judge;
mod lookalikes;
mod nominate;
mod ranges;
mod resemble;
mod rules;
mod sources;
mod together;

pub use changes::Changes;
pub use detector::{Detector, Effort, Scratch};
pub use finding::{Finding, Span, Tier};
pub use first::FirstLook;
pub use lookalikes::Lookalikes;
pub use resemble::{
    PASSAGES_A_BAND_MAX, ResemblanceError, ResemblanceMin, ShingleScratch, Shingles, SketchTable,
};
pub use rules::Rules;
/// What [`Shingles::sketch`] gives.
pub use seepage_fingerprint::{SKETCH_LEN, Sketch};
pub use sources::SourceTable;
pub use together::Leftover;
