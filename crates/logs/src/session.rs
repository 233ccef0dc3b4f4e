//! What a session read and wrote, and the subtraction of the one from the other.

pub(crate) mod account;
pub(crate) mod keys;
pub(crate) mod quotes;
pub(crate) mod tally;
pub(crate) mod transcript;
