//! Corpus shards to records. One module a container format.
//!
//! A *shard* is a file; [`open_shard`] recognises its container by content, with the name as a hint. A shard is read as
//! a sequence of *blocks* (some whole lines, a Parquet row group, a source file): the sequence is cheap to produce, and
//! each block can be decoded on a thread of its own. Every row of a block ends as a [`Record`] or as a named skip, never
//! in silence; a shard that breaks off gives what stands before the break, and then an error. A large one may be cut into
//! [`Piece`]s, each read as if it were a shard of its own.
//!
//! ```
//! use std::io::Write as _;
//!
//! use seepage_shards::{ReadOptions, Row, open_shard};
//!
//! let mut file = tempfile::Builder::new().suffix(".jsonl").tempfile()?;
//! writeln!(file, r#"{{"id": "a", "text": "the first"}}"#)?;
//! writeln!(file, r#"{{"id": "b", "text": "the second"}}"#)?;
//! writeln!(file, r#"{{"id": "c"}}"#)?;
//!
//! let mut shard = open_shard(file.path(), &ReadOptions::default())?;
//! assert_eq!(shard.format().name(), "json-lines");
//! assert_eq!(shard.text_fields()[0].as_str(), "text");
//!
//! let mut rows = vec![];
//! while let Some(block) = shard.next_block()? {
//!     block.read_rows(&mut |row| match row {
//!         Row::Record(record) => {
//!             let text = record.texts.first().map(|text| String::from_utf8_lossy(&text.text));
//!             rows.push(format!("{}: {}", record.row, text.unwrap_or_default()));
//!         }
//!         Row::Skipped { row, reason } => rows.push(format!("{row}: {}", reason.name())),
//!     })?;
//! }
//! assert_eq!(rows, ["0: the first", "1: the second", "2: "]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A new container format is a module in `container/` and a row of the table there. A record is whole, however long its
//! row is: what is too long to be held waits in a temporary file, and [`Record::for_each_window`] walks over it. To look
//! at texts before they are made records, read blocks with a [`Preview`].
#![forbid(unsafe_code)]

mod buffer_pool;
mod catch_decoder_panic;
mod codec;
mod container;
mod error;
mod fields;
mod options;
mod piece;
mod place;
mod preview;
mod record;
mod shard;
mod spilled_texts;
mod windows;

pub use codec::ExpansionMax;
#[cfg(feature = "tokenized")]
pub use container::tokens::Detokenizer;
pub use container::{Format, TEXT_FORMAT, formats};
pub use error::ShardError;
pub use fields::{FieldPath, cell_at};
pub use options::ReadOptions;
pub use piece::{Piece, open_piece, pieces_of};
pub use place::{
    FoundShard, Ignored, ShardChange, Stamp, expand_pattern, find_shards, git_left_out, is_pattern,
    is_remote, read_beside, read_range, stamp_of,
};
#[cfg(feature = "remote")]
pub use place::{copy_from_store, copy_to_store, remove_from_store};
pub use preview::Preview;
pub use record::{FieldText, Kept, Record, Row, SkipReason};
pub use shard::{Block, Shard, open_shard};
pub use spilled_texts::SpilledTexts;
