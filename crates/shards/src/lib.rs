//! Corpus shards to records. One file a container format.
//!
//! A *shard* is a file; [`open_shard`] recognises its container by content, with the name as a hint. A shard is read as
//! a sequence of *blocks* (some whole lines, a Parquet row group, a source file): the sequence is cheap to produce, and
//! each block can be decoded on a thread of its own. Every row of a block ends as a [`Record`] or as a named skip, never
//! in silence; a shard that breaks off gives what stands before the break, and then an error. A large one may be cut into
//! [`Piece`]s, each read as if it were a shard of its own.
#![forbid(unsafe_code)]

mod arrow;
mod choose;
mod declared;
mod error;
mod expansion;
mod field;
mod find;
#[cfg(feature = "git")]
mod git;
mod glob;
mod guard;
mod identity;
mod jsonl;
mod leaves;
mod lines;
mod lz4;
mod mds;
mod moment;
mod notebook;
mod once;
mod options;
mod parquet;
mod parts;
mod pick;
mod piece;
mod place;
mod plan;
mod preview;
mod recognise;
mod record;
mod recycle;
#[cfg(feature = "remote")]
mod remote;
mod repair;
mod shard;
mod source;
mod stream;
mod stretch;
mod text;
#[cfg(feature = "tokenized")]
mod tokens;
mod utf16;
mod webdataset;
mod within;

pub use error::ShardError;
pub use expansion::ExpansionMax;
pub use field::FieldPath;
pub use find::{FoundShard, Ignored, find_shards};
pub use glob::{expand_pattern, is_pattern};
pub use identity::{read_beside, read_range, stamp_of};
pub use notebook::cell_at;
pub use options::ReadOptions;
pub use piece::{Piece, open_piece, pieces_of};
pub use place::is_remote;
pub use preview::Preview;
pub use record::{Extent, FieldText, Kept, Record, Row, SkipReason};
#[cfg(feature = "remote")]
pub use remote::{copy_from_store, copy_to_store, remove_from_store};
pub use shard::{Block, Format, Shard, open_shard};
pub use source::Stamp;
#[cfg(feature = "tokenized")]
pub use tokens::Detokenizer;
