//! What all targets do with their bytes.
//!
//! `cargo +nightly fuzz run arrow -- -max_total_time=600`, from `crates/fuzz`, with the shards of `fixtures/shards` as
//! seeds: copy them into `corpus/arrow`. On stable, `cargo test -p seepage-shards arbitrary_damage` does the same to the
//! fixtures, by chance and without a look at the code.
#![forbid(unsafe_code)]

use std::io::Write;

use seepage_shards::{ReadOptions, Row, open_shard};

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
    let options = ReadOptions {
        record_len_max: 1 << 20,
        block_len: 1 << 10,
        ..ReadOptions::default()
    };
    let Ok(mut shard) = open_shard(file.path(), &options) else {
        return;
    };
    let mut row_next = 0;
    while let Ok(Some(block)) = shard.next_block() {
        // A block that fails has given the rows before.
        let _ = block.read_rows(&mut |row| {
            let row = match row {
                Row::Record(record) => record.row,
                Row::Skipped { row, .. } => row,
            };
            // A row may be given in parts, and a sample beside what was not read of it.
            assert!(row + 1 >= row_next, "row {row} after {row_next}");
            row_next = row + 1;
        });
    }
}
