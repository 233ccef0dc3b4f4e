//! Whole texts that resemble each other.

pub(crate) mod lookalikes;
pub(crate) mod resemblance;
