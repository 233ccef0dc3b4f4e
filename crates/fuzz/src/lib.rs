//! What all targets do with their bytes.
//!
//! `cargo +nightly fuzz run arrow -- -max_total_time=600`, from `crates/fuzz`, with the shards of `fixtures/shards` as
//! seeds: copy them into `corpus/arrow`. On stable, `cargo run --release --no-default-features --bin soak -- 600` changes
//! the fixtures by chance for ten minutes each, without a look at the code.
#![forbid(unsafe_code)]

use std::io::Write;
use std::ops::Range;
use std::path::Path;

use seepage_shards::{Preview, ReadOptions, Row, ShardError, open_piece, open_shard, pieces_of};

/// Reads `bytes` as a shard that begins with `magic` and has a name that ends in `extension`. Rows and errors are both
/// fine; a panic, a hang and memory without bound are not.
pub fn read_shard(extension: &str, magic: &[u8], bytes: &[u8]) {
    let mut file = tempfile::Builder::new()
        .suffix(extension)
        .tempfile()
        .expect("a temporary file can be made");
    file.write_all(magic)
        .and_then(|()| file.write_all(bytes))
        .expect("a temporary file can be written");
    // With records that fit, and with all of them in stretches.
    for record_len_max in [1 << 20, 100] {
        let options = ReadOptions {
            record_len_max,
            block_len: 1 << 10,
            piece_len: 1 << 10,
            ..ReadOptions::default()
        };
        let whole = read_whole(file.path(), &options);
        // Of a shard that fails, its pieces fail, too; elsewhere than the whole does.
        if let (Ok(whole), Ok(pieces)) = (whole, read_pieces(file.path(), &options)) {
            assert_eq!(pieces, whole, "rows in pieces, and in the whole");
        }
    }
}

/// The number of rows. As far as blocks can be read, they are read with a preview that passes what it may.
fn read_whole(path: &Path, options: &ReadOptions) -> Result<u64, ShardError> {
    let mut shard = open_shard(path, options)?;
    let mut rows = 0;
    let mut failed = None;
    while let Some(block) = shard.next_block()? {
        let mut given = 0;
        // A block that fails has given the rows before.
        let read = block.read_rows(&mut |row| {
            let row = number_of(&row);
            // A row may be given in parts, and a sample beside what was not read of it.
            assert!(row + 1 >= rows, "row {row} after {rows}");
            rows = row + 1;
            given += 1;
        });
        let mut passing = Passing::default();
        let mut looked_at = 0;
        let previewed = block.read_rows_previewed(&mut passing, &mut |_| looked_at += 1);
        if read.is_ok() && previewed.is_ok() {
            assert_eq!(looked_at + passing.passed, given, "rows given and passed");
        }
        failed = failed.or(read.err());
    }
    failed.map_or(Ok(rows), Err)
}

fn read_pieces(path: &Path, options: &ReadOptions) -> Result<u64, ShardError> {
    let mut base = 0;
    for piece in pieces_of(path, options)? {
        let mut shard = open_piece(path, &piece, options)?;
        let mut rows = 0;
        while let Some(block) = shard.next_block()? {
            block.read_rows(&mut |row| rows = number_of(&row) + 1)?;
        }
        base += rows;
    }
    Ok(base)
}

fn number_of(row: &Row<'_>) -> u64 {
    match row {
        Row::Record(record) => record.row,
        Row::Skipped { row, .. } => *row,
    }
}

/// Points to nothing.
#[derive(Default)]
struct Passing {
    passed: u64,
}

impl Preview for Passing {
    fn feed(&mut self, _: &[u8]) {}

    fn end(&mut self) {}

    fn is_suspect(&mut self, _: Range<u64>) -> bool {
        false
    }

    fn passed(&mut self, _: u64) {
        self.passed += 1;
    }
}
