//! What all targets do with their bytes.
//!
//! `scripts/fuzz 600` runs each of them for ten minutes, with the fixtures as seeds. On stable, `cargo run --release
//! --no-default-features --bin soak -- 600` changes the fixtures by chance for ten minutes each, without a look at the
//! code.
#![forbid(unsafe_code)]

#[cfg(feature = "git")]
mod git;
#[cfg(any(feature = "git", feature = "tokenized"))]
mod sets;
#[cfg(feature = "tokenized")]
mod tokens;

use std::cell::Cell;
use std::io::Write;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind, set_hook};
use std::path::Path;
use std::sync::Once;

use seepage_logs::{LogOptions, LogTally, read_session};
use seepage_shards::{Preview, ReadOptions, Row, ShardError, open_piece, open_shard, pieces_of};
use tempfile::NamedTempFile;

#[cfg(feature = "git")]
pub use git::read_repository;
#[cfg(feature = "tokenized")]
pub use tokens::read_tokens;

/// Reads `bytes` as a shard that begins with `magic`, which is put before them where they do not, and has a name that
/// ends in `extension`. Rows and errors are both fine; a panic, a hang and memory without bound are not.
pub fn read_shard(extension: &str, magic: &[u8], bytes: &[u8]) {
    let file = written(extension, magic, bytes);
    tell_of_panic(|| read_file(file.path()));
}

fn read_file(path: &Path) {
    // With records that fit, and with all of them too long to be held.
    for record_len_max in [1 << 20, 100] {
        let options = ReadOptions {
            record_len_max,
            block_len: 1 << 10,
            piece_len: 1 << 10,
            ..ReadOptions::default()
        };
        let whole = read_whole(path, &options);
        // Of a shard that fails, its pieces fail, too; elsewhere than the whole does.
        if let (Ok(whole), Ok(pieces)) = (whole, read_pieces(path, &options)) {
            assert_eq!(pieces, whole, "rows in pieces, and in the whole");
        }
    }
}

/// Reads `bytes` as a log. Whatever a tool says that it authored has to lie inside its text.
pub fn read_log(bytes: &[u8]) {
    let file = written(".jsonl", b"", bytes);
    tell_of_panic(|| read_as_log(file.path()));
}

fn read_as_log(path: &Path) {
    let (mut authored, mut tally) = (vec![], LogTally::default());
    let paths = [path.to_owned()];
    let read = read_session(&paths, &LogOptions::default(), &mut authored, &mut tally);
    if read.is_ok() {
        for each in &authored {
            assert!(
                each.spans
                    .iter()
                    .all(|span| each.text.get(span.clone()).is_some())
            );
        }
    }
}

thread_local! {
    static LAST_PANIC: Cell<String> = const { Cell::new(String::new()) };
}

/// Decoders of others may panic under the readers' guard, so that the first word of a panic must not end the run, as
/// libfuzzer has it. One that gets through is told here, and goes on.
fn tell_of_panic(read: impl FnOnce()) {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| set_hook(Box::new(|panic| LAST_PANIC.set(panic.to_string()))));
    if let Err(panic) = catch_unwind(AssertUnwindSafe(read)) {
        eprintln!("{}", LAST_PANIC.take());
        resume_unwind(panic);
    }
}

fn written(extension: &str, magic: &[u8], bytes: &[u8]) -> NamedTempFile {
    let mut file = tempfile::Builder::new()
        .suffix(extension)
        .tempfile()
        .expect("a temporary file can be made");
    let magic = if bytes.starts_with(magic) { b"" } else { magic };
    file.write_all(magic)
        .and_then(|()| file.write_all(bytes))
        .expect("a temporary file can be written");
    file
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
            // A sample is given beside what was not read of it.
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

    fn passed(&mut self, _: u64, _: u64) {
        self.passed += 1;
    }
}
