//! What is read closely: the text and the passages that were nominated for it.

pub(crate) mod chain;
pub(crate) mod changes;
pub(crate) mod judge;
pub(crate) mod mosaic;
pub(crate) mod passages;
pub(crate) mod share;
pub(crate) mod tokenized;
