//! How files are compressed and encoded: from their bytes to decoded ones.

mod encodings;
pub(crate) mod expansion;
mod gzip;
mod lz4;
pub(crate) mod stream;
mod utf16;

pub use expansion::ExpansionMax;
