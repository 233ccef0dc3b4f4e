//! A large shard in pieces, so that many machines can share it, and a job that was cut short need not begin anew.
//!
//! Cut are plain JSON lines in local files, and Parquet between its row groups. What is compressed can be read from its
//! start only, and so can everything else: one piece. All pieces in order give exactly the rows of the shard.

use std::ops::Range;
use std::path::Path;

use crate::error::ShardError;
use crate::options::ReadOptions;
use crate::place::source::ShardSource;
use crate::shard::{Shard, open_shard};

/// A part of a shard that is read as if it were a shard of its own: its rows count from 0.
///
/// For the same content and the same [`ReadOptions::piece_len`] the pieces are the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Piece {
    /// From 0.
    pub number: u32,
    /// Of the shard's pieces.
    pub count: u32,
    /// What the piece stands for on disk. The pieces of a shard stand side by side, from its first byte to its last; a
    /// line belongs to the piece in which it begins. Empty for what is no file: a git repository.
    pub bytes: Range<u64>,
}

/// The pieces of a shard, in order; at least one. A shard of at most [`ReadOptions::piece_len`] bytes is not even opened.
pub fn pieces_of(path: &Path, options: &ReadOptions) -> Result<Vec<Piece>, ShardError> {
    let len = len_of(path)?;
    if len <= options.piece_len {
        return Ok(pieces(len, &[]));
    }
    let mut shard = open_shard(path, options)?;
    Ok(pieces(len, &shard.container().cuts(len, piece_len(len, options))))
}

/// Opens one of the [`pieces_of`] a shard, found with the same options. The text fields are those of the whole shard,
/// found in its first records. A shard that is cut otherwise by now is [`ShardError::Changed`].
pub fn open_piece(path: &Path, piece: &Piece, options: &ReadOptions) -> Result<Shard, ShardError> {
    let mut shard = open_shard(path, options)?;
    if piece.count > 1 {
        let len = len_of(path)?;
        let cuts = shard.container().cuts(len, piece_len(len, options));
        if pieces(len, &cuts).get(piece.number as usize) != Some(piece) {
            return Err(ShardError::changed(path, None));
        }
        shard.container().narrow(&piece.bytes)?;
    }
    Ok(shard)
}

/// As asked for, but never so short that the pieces could not be counted.
fn piece_len(len: u64, options: &ReadOptions) -> u64 {
    options.piece_len.max(len / u64::from(u32::MAX) + 1)
}

fn pieces(len: u64, cuts: &[u64]) -> Vec<Piece> {
    let count = u32::try_from(cuts.len() + 1).expect("no piece is so short");
    let ends = cuts.iter().copied().chain([len]);
    let mut start = 0;
    let bytes = ends.map(|end| std::mem::replace(&mut start, end)..end);
    bytes.zip(0..).map(|(bytes, number)| Piece { number, count, bytes }).collect()
}

/// In bytes; 0 for a directory.
fn len_of(path: &Path) -> Result<u64, ShardError> {
    if path.is_dir() {
        return Ok(0);
    }
    ShardSource::open(path)?
        .stamp()
        .map(|stamp| stamp.len())
        .map_err(|error| ShardError::io(path, error))
}
