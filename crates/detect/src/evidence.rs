//! What is read closely: the text and the passages that were nominated for it.

pub(crate) mod align;
pub(crate) mod changes;
pub(crate) mod judge;
