//! Parquet: one block is one row group, decoded where the block is read.
//!
//! Columns are read below the level of Arrow: byte arrays are taken from the pages as they lie, so that text need not be
//! UTF-8 (one bad byte must not cost a row group), string, binary and dictionary columns are the same, and lists need no
//! array types. Memory is bounded by pages and not by row groups.
//!
//! The decoder may panic on hostile bytes. A panic there is caught, and is a damaged row group.

mod column;
mod footer;
mod header;
mod row_group;
mod scalar;
mod schema;
mod thrift;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::codec::stream::Codec;
use crate::container::bookkeeping::NoRows;
use crate::container::format::interface::{BlockRows, Container, Format, UnopenedShard};
use crate::container::parquet::footer::{has_rows_elsewhere, read_footer};
use crate::container::parquet::row_group::{ParquetFile, RowGroup};
use crate::container::parquet::schema::choose_columns;
use crate::error::ShardError;
use crate::fields::path::FieldPath;
use crate::options::ReadOptions;
use crate::place::source::ShardSource;

pub(crate) static FORMAT: Format = Format {
    name: "parquet",
    about: Some("Parquet"),
    extensions: &["parquet", "parq", "pq"],
    open,
};

/// Opens a plain file. Parquet is read from its end, which a compressed stream does not allow.
fn open(
    shard: &UnopenedShard,
    options: &ReadOptions,
) -> Result<Option<Box<dyn Container>>, ShardError> {
    let head = shard.head()?;
    if head.codec != Codec::Plain {
        return Ok(None);
    }
    if head.prefix.starts_with(b"PAR1") {
        return ParquetShard::open(shard, options).map(Some);
    }
    if head.prefix.starts_with(b"PARE") && !head.is_text {
        let path = shard.path.to_path_buf();
        return Err(ShardError::Unsupported { path, what: "encrypted Parquet" });
    }
    if FORMAT.extensions.contains(&shard.name.extension.as_str()) {
        return Err(shard.not_as_named("it does not begin with `PAR1`, as Parquet does"));
    }
    Ok(None)
}

/// An open Parquet file.
struct ParquetShard {
    file: Arc<ParquetFile>,
    group_next: usize,
    group_end: usize,
    row_next: u64,
    /// On disk, of what is read.
    len: u64,
    consumed: Arc<AtomicU64>,
}

impl ParquetShard {
    fn open(
        shard: &UnopenedShard,
        options: &ReadOptions,
    ) -> Result<Box<dyn Container>, ShardError> {
        let path = &shard.path;
        let source = ShardSource::open(path)?;
        let stamp = source.stamp().map_err(|error| ShardError::io(path, error))?;
        let metadata = read_footer(path, &source, stamp.len())?;
        // `_metadata` and `_common_metadata` of Spark, Dask and pyarrow describe the files beside them.
        if has_rows_elsewhere(&metadata) {
            if shard.path.file_name().is_some_and(|name| name == "_metadata") {
                return Ok(Box::new(NoRows));
            }
            let what = "a Parquet file of which columns lie in other files";
            return Err(ShardError::Unsupported { path: path.to_path_buf(), what });
        }
        let columns = match choose_columns(path, &metadata, options) {
            // There is nothing to be read in any field.
            Err(ShardError::NoTextField { .. }) if metadata.file_metadata().num_rows() == 0 => {
                return Ok(Box::new(NoRows));
            }
            columns => columns?,
        };
        let file = Arc::new(ParquetFile {
            path: Arc::clone(path),
            stamp,
            metadata,
            columns,
            record_len_max: options.record_len_max,
            expansion_max: options.expansion_max,
        });
        Ok(Box::new(Self {
            group_next: 0,
            group_end: file.metadata.num_row_groups(),
            row_next: 0,
            len: file.stamp.len(),
            file,
            consumed: Arc::clone(&shard.consumed),
        }))
    }

    /// Where each row group begins; `None`: it has no columns.
    fn starts(&self) -> impl Iterator<Item = Option<u64>> {
        let groups = self.file.metadata.row_groups().iter();
        groups.map(|group| {
            let starts = group.columns().iter().map(|column| column.byte_range().0);
            starts.min()
        })
    }
}

impl Container for ParquetShard {
    fn text_fields(&self) -> &[FieldPath] {
        self.file.columns.fields()
    }

    fn fields_left(&self) -> &[FieldPath] {
        &self.file.columns.chosen.others
    }

    /// Pieces begin with a row group, and are of whole ones. Writers put them one behind the other; where they did not,
    /// no range of bytes stands for some of them.
    fn cuts(&self, _: u64, piece_len: u64) -> Vec<u64> {
        let starts: Option<Vec<u64>> = self.starts().collect();
        cuts_at(&starts.unwrap_or_default(), self.len, piece_len)
    }

    /// Leaves the row groups that begin in `bytes` of the file, of which each is in one piece.
    fn narrow(&mut self, bytes: &Range<u64>) -> Result<(), ShardError> {
        let begins = |start: Option<u64>| start.is_some_and(|start| bytes.contains(&start));
        let before = self.starts().take_while(|&start| !begins(start)).count();
        let inside = self.starts().skip(before).take_while(|&start| begins(start));
        self.group_end = before + inside.count();
        self.group_next = before;
        self.len = bytes.end - bytes.start;
        Ok(())
    }

    /// The next row group. None is read here, so a damaged one does not hide those behind it.
    fn next_block(&mut self) -> Result<Option<Box<dyn BlockRows>>, ShardError> {
        if self.group_next >= self.group_end {
            self.consumed.store(self.len, Ordering::Relaxed);
            return Ok(None);
        }
        let number = self.group_next;
        let metadata = self.file.metadata.row_group(number);
        let row_start = self.row_next;
        self.group_next += 1;
        // The footer was checked: no count is negative, and the counts add up.
        self.row_next += metadata.num_rows().unsigned_abs();
        let share = metadata.columns().iter().map(|column| column.compressed_size().unsigned_abs());
        let consumed = share.fold(self.consumed.load(Ordering::Relaxed), u64::saturating_add);
        self.consumed.store(consumed.min(self.len), Ordering::Relaxed);
        Ok(Some(Box::new(RowGroup { file: Arc::clone(&self.file), number, row_start })))
    }
}

/// Where a file of `len` bytes is cut whose row groups begin at `starts`: nowhere, unless each of them would be in one
/// piece.
fn cuts_at(starts: &[u64], len: u64, piece_len: u64) -> Vec<u64> {
    let is_ascending = starts.is_sorted_by(|a, b| a < b);
    if !is_ascending || starts.last().is_some_and(|&last| last >= len) {
        return vec![];
    }
    let mut cuts = vec![];
    let mut piece_start = 0;
    for &start in starts {
        if start - piece_start >= piece_len {
            cuts.push(start);
            piece_start = start;
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_cut_only_where_every_row_group_falls_into_a_piece() {
        assert_eq!(cuts_at(&[4, 10, 20, 30], 40, 10), [10, 20, 30]);
        assert_eq!(cuts_at(&[4, 10, 20, 30], 40, 15), [20]);
        assert_eq!(cuts_at(&[], 40, 1), [0; 0]);
        for odd in [[4, 20, 10], [4, 10, 10], [4, 10, 40], [4, 10, 50]] {
            assert_eq!(cuts_at(&odd, 40, 5), [0; 0], "{odd:?}");
        }
    }
}
