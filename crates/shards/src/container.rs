//! The formats that shards are written in. A new one is a module here, and a row of the table.

mod arrow;
mod binary;
mod bookkeeping;
mod format;
#[cfg(feature = "git")]
pub(crate) mod git;
mod json_lines;
pub(crate) mod mds;
mod parquet;
mod placeholder;
mod tar;
mod text_file;
#[cfg(feature = "tokenized")]
pub(crate) mod tokens;

pub use format::interface::Format;
pub(crate) use format::interface::{BlockRows, Container, UnopenedShard};
pub(crate) use format::recognise::FileName;
pub(crate) use format::row_sink::RowSink;
pub use text_file::TEXT_FORMAT;

/// The formats, in the order in which a file is offered to them. The last one takes everything.
pub(crate) const CONTAINERS: &[&Format] = &[
    #[cfg(feature = "tokenized")]
    &tokens::FORMAT,
    #[cfg(feature = "git")]
    &git::FORMAT,
    &placeholder::FORMAT,
    &bookkeeping::FORMAT,
    &parquet::FORMAT,
    &arrow::FORMAT,
    &mds::FORMAT,
    &tar::FORMAT,
    &binary::FORMAT,
    &json_lines::FORMAT,
    &text_file::FORMAT,
];

/// The container formats that this build knows, for texts that list them.
pub fn formats() -> impl Iterator<Item = &'static Format> {
    CONTAINERS.iter().copied()
}
