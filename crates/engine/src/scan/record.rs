//! A block: its records through the detector.

pub(crate) mod block;
pub(crate) mod held_row;
pub(crate) mod moment;
mod neighbours;
mod times;
