//! The formats that shards are written in: each is a module with a reader, and a row of the table.

mod arrow;
mod binary;
#[cfg(feature = "git")]
pub(crate) mod git;
mod interface;
mod json_lines;
mod long_row;
pub(crate) mod mds;
mod parquet;
mod recognise;
mod row_sink;
mod table;
mod tar;
mod text_file;
#[cfg(feature = "tokenized")]
pub(crate) mod tokens;

pub use interface::Format;
pub(crate) use interface::{Container, Rows, UnopenedShard};
pub(crate) use recognise::FileName;
pub(crate) use row_sink::RowSink;
pub(crate) use table::CONTAINERS;
pub use table::formats;
pub use text_file::TEXT_FORMAT;
