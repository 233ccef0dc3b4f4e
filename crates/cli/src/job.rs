//! What all long jobs have in common: how they work, and how they are watched.

pub(crate) mod args;
pub(crate) mod log;
pub(crate) mod memory;
pub(crate) mod metrics;
pub(crate) mod progress;
pub(crate) mod signals;
pub(crate) mod snapshot;
