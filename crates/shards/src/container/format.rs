//! What every format implements, and what it is given for that.

pub(crate) mod interface;
pub(crate) mod long_row;
pub(crate) mod recognise;
pub(crate) mod row_sink;
