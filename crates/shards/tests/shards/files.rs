//! Writing shards, and reading them into something that can be compared.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use seepage_shards::{
    FieldPath, ReadOptions, Record, Row, Shard, ShardError, SkipReason, open_shard,
};
use tempfile::TempDir;

/// A row, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Row, id, texts with their fields, repaired.
    Record(u64, Option<String>, Vec<(String, String)>, bool),
    Skipped(u64, SkipReason),
}

impl Seen {
    pub(crate) fn row(&self) -> u64 {
        match self {
            Self::Record(row, ..) | Self::Skipped(row, _) => *row,
        }
    }
}

/// Everything that a shard gave.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) rows: Vec<Seen>,
    pub(crate) errors: Vec<ShardError>,
    /// The records that were read in part.
    pub(crate) unread: Vec<(u64, SkipReason)>,
    /// Bytes that are known to hold no text.
    pub(crate) bytes_not_text: u64,
}

impl Reading {
    /// The texts of all records, without fields.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let mut texts = vec![];
        for row in &self.rows {
            if let Seen::Record(_, _, row_texts, _) = row {
                texts.extend(row_texts.iter().map(|(_, text)| text.as_str()));
            }
        }
        texts
    }

    pub(crate) fn skips(&self) -> Vec<(u64, SkipReason)> {
        self.rows
            .iter()
            .filter_map(
                |row| {
                    if let Seen::Skipped(row, why) = row { Some((*row, *why)) } else { None }
                },
            )
            .collect()
    }
}

/// Reads all of a shard, going on past row groups that fail.
pub(crate) fn read(path: &Path, options: &ReadOptions) -> Reading {
    let mut reading = Reading::default();
    match open_shard(path, options) {
        Ok(shard) => read_on(shard, &mut reading),
        Err(error) => reading.errors.push(error),
    }
    reading
}

/// Reads what was opened.
pub(crate) fn read_on(mut shard: Shard, reading: &mut Reading) {
    loop {
        match shard.next_block() {
            Ok(None) => break,
            Err(error) => {
                reading.errors.push(error);
                assert!(
                    matches!(shard.next_block(), Ok(None)),
                    "after an error a shard is at its end"
                );
                break;
            }
            Ok(Some(block)) => {
                let len_max = block.record_len_max();
                let each = &mut |row: Row<'_>| {
                    if let Row::Record(record) = &row {
                        reading.bytes_not_text += record.bytes_not_text;
                        reading.unread.extend(record.unread.map(|reason| (record.row, reason)));
                    }
                    reading.rows.push(seen_within(&row, len_max));
                };
                if let Err(error) = block.read_rows(each) {
                    reading.errors.push(error);
                }
            }
        }
    }
}

pub(crate) fn seen(row: &Row<'_>) -> Seen {
    seen_within(row, usize::MAX)
}

/// As it is scanned: of a record that is longer than that the windows.
fn seen_within(row: &Row<'_>, record_len_max: usize) -> Seen {
    match row {
        Row::Skipped { row, reason } => Seen::Skipped(*row, *reason),
        Row::Record(record) => {
            let id = record.id.as_deref().map(str::to_owned);
            Seen::Record(record.row, id, windows(record, record_len_max), record.repaired)
        }
    }
}

/// What is scanned of a record, with its fields.
pub(crate) fn windows(record: &Record<'_>, record_len_max: usize) -> Vec<(String, String)> {
    let mut windows = vec![];
    record
        .for_each_window(record_len_max, &mut |field, text| {
            windows.push((field.to_owned(), String::from_utf8_lossy(text).into_owned()));
            ControlFlow::Continue(())
        })
        .unwrap();
    windows
}

/// A directory with one file in it.
pub(crate) fn file(name: &str, content: &[u8]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, content).unwrap();
    (dir, path)
}

pub(crate) fn read_bytes(name: &str, content: &[u8], options: &ReadOptions) -> Reading {
    let (_dir, path) = file(name, content);
    read(&path, options)
}

/// Options with these fields; none: found by themselves.
pub(crate) fn fields(paths: &[&str]) -> ReadOptions {
    let text_fields = paths.iter().map(|path| FieldPath::parse(path).unwrap()).collect();
    ReadOptions { text_fields, ..ReadOptions::default() }
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zst(content: &[u8]) -> Vec<u8> {
    // With the checksum, as the zstd program writes it.
    let mut encoder = zstd::Encoder::new(vec![], 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}
