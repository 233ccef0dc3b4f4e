//! What long jobs have in common: threads, progress, and being asked to stop.

pub(crate) mod progress;
pub(crate) mod stop;
pub(crate) mod threads;
