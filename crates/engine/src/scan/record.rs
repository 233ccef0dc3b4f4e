//! A block: its records through the detector.

pub(crate) mod block;
mod facts;
pub(crate) mod finder;
pub(crate) mod moment;
mod neighbours;
mod times;
