//! What people read: tables, numbers, errors.

pub(crate) mod failure;
pub(crate) mod listing;
pub(crate) mod print;
pub(crate) mod quantity;
pub(crate) mod style;
