//! Opening a shard, and reading it block by block.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::container::{
    BlockRows, CONTAINERS, Container, FileName, Format, RowSink, UnopenedShard,
};
use crate::error::ShardError;
use crate::fields::FieldPath;
use crate::options::ReadOptions;
use crate::preview::Preview;
use crate::record::Row;

/// An opened shard: a sequence of blocks.
pub struct Shard {
    path: Arc<Path>,
    format: &'static Format,
    container: Box<dyn Container>,
    consumed: Arc<AtomicU64>,
    record_len_max: usize,
    /// The end was reached, or an error given.
    ended: bool,
}

/// A part of a shard that can be decoded alone. `Send`, and independent of the shard once produced.
pub struct Block {
    rows: Box<dyn BlockRows>,
    record_len_max: usize,
}

/// Recognises and opens a shard. An empty file is [`ShardError::Empty`] unless it is a source file.
///
/// Parquet, gzip, zstd and the containers that are not read are told by their magic, text from other bytes by its first
/// 8 KiB. Text is read as JSON lines if its name ends in `.jsonl` or `.ndjson` (below `.gz` or `.zst`); otherwise, and
/// unless it is named like a source file, if at least half of its first lines are JSON objects. A `.json` of one object
/// without any text field is a document and no shard of lines; like all other text it is one record.
pub fn open_shard(path: &Path, options: &ReadOptions) -> Result<Shard, ShardError> {
    let name = FileName::of(path);
    let holds_data = |format: &&Format| format.extensions.contains(&name.extension.as_str());
    let is_data = name.compressed || CONTAINERS.iter().any(holds_data);
    let unopened = UnopenedShard::new(path, name, is_data);
    for &format in CONTAINERS {
        if let Some(container) = (format.open)(&unopened, options)? {
            return Ok(Shard {
                path: unopened.path,
                format,
                container,
                consumed: unopened.consumed,
                record_len_max: options.record_len_max,
                ended: false,
            });
        }
    }
    unreachable!("the last format takes everything")
}

impl Shard {
    /// The container format.
    pub fn format(&self) -> &'static Format {
        self.format
    }

    /// The fields that are scanned: those that were named; else all that the schema has, or of lines of JSON, where every
    /// string is scanned, those that come first. None for text.
    pub fn text_fields(&self) -> &[FieldPath] {
        self.container.text_fields()
    }

    /// Fields that hold text and are not scanned, because others were named.
    pub fn fields_left(&self) -> &[FieldPath] {
        self.container.fields_left()
    }

    /// What was opened, for cutting it into pieces.
    pub(crate) fn container(&mut self) -> &mut dyn Container {
        &mut *self.container
    }

    /// Bytes of the file consumed so far (compressed bytes, for progress); of a piece those of the piece.
    pub fn bytes_consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    /// The next block, in order. After an error the shard is at its end; blocks given before stay valid.
    pub fn next_block(&mut self) -> Result<Option<Block>, ShardError> {
        if self.ended {
            return Ok(None);
        }
        let rows = self.container.next_block();
        self.ended = !matches!(rows, Ok(Some(_)));
        Ok(rows?.map(|rows| Block { rows, record_len_max: self.record_len_max }))
    }
}

impl std::fmt::Debug for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shard")
            .field("path", &self.path)
            .field("format", &self.format.name())
            .finish_non_exhaustive()
    }
}

impl Block {
    /// Decodes the block and gives each row, in order. After an error the rows given before stay valid; the rest of the
    /// block is lost, and other blocks of the shard can still be read.
    pub fn read_rows(&self, each: &mut dyn FnMut(Row<'_>)) -> Result<(), ShardError> {
        self.rows.read(&mut RowSink::new(None, each))
    }

    /// As [`Block::read_rows`], but lets `preview` read the texts first, and tells it alone of the rows that it does not
    /// point to. Containers whose texts cannot be had without decoding give all their rows.
    ///
    /// A row of JSON lines that passes was read as a whole and not parsed: it has braces and a key of a text field, and
    /// nothing else of it was checked.
    pub fn read_rows_previewed(
        &self,
        preview: &mut dyn Preview,
        each: &mut dyn FnMut(Row<'_>),
    ) -> Result<(), ShardError> {
        self.rows.read(&mut RowSink::new(Some(preview), each))
    }

    /// The [`ReadOptions::record_len_max`] that the shard was opened with.
    pub fn record_len_max(&self) -> usize {
        self.record_len_max
    }
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Block").finish_non_exhaustive()
    }
}
