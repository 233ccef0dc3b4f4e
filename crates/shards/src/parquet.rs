//! Parquet: one block is one row group, decoded where the block is read.
//!
//! Columns are read below the level of Arrow: byte arrays are taken from the pages as they lie, so that text need not be
//! UTF-8 (one bad byte must not cost a row group), string, binary and dictionary columns are the same, and lists need no
//! array types. Memory is bounded by pages and not by row groups.
//!
//! The decoder may panic on hostile bytes. It runs under a guard, and a panic there is a damaged row group.

mod columns;
mod footer;
mod header;
mod scalar;
mod schema;
mod thrift;

pub(crate) use header::PageHeader;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::parquet::file::metadata::ParquetMetaData;

use crate::guard::Failure;
use crate::source::{Source, Stamp};
use crate::{ExpansionMax, FieldPath, Preview, ReadOptions, Row, ShardError};
use columns::read_group;
use footer::read_footer;
use schema::{Columns, choose_columns};

/// An open Parquet file.
pub(crate) struct ParquetShard {
    file: Arc<ParquetFile>,
    group_next: usize,
    group_end: usize,
    row_next: u64,
    /// On disk, of what is read.
    len: u64,
    consumed: Arc<AtomicU64>,
}

/// What the blocks share.
struct ParquetFile {
    path: Arc<Path>,
    stamp: Stamp,
    metadata: ParquetMetaData,
    columns: Columns,
    record_len_max: usize,
    expansion_max: ExpansionMax,
}

impl ParquetShard {
    pub(crate) fn open(
        path: &Arc<Path>,
        options: &ReadOptions,
        consumed: &Arc<AtomicU64>,
    ) -> Result<Self, ShardError> {
        let io_error = |source| ShardError::io(path, source);
        let source = Source::open(path)?;
        let stamp = source.stamp().map_err(io_error)?;
        let metadata = read_footer(path, &source, stamp.len())?;
        let columns = choose_columns(path, &metadata, options)?;
        let record_len_max = options.record_len_max;
        let file = Arc::new(ParquetFile {
            path: Arc::clone(path),
            stamp,
            metadata,
            columns,
            record_len_max,
            expansion_max: options.expansion_max,
        });
        Ok(Self {
            group_next: 0,
            group_end: file.metadata.num_row_groups(),
            row_next: 0,
            len: file.stamp.len(),
            file,
            consumed: Arc::clone(consumed),
        })
    }

    pub(crate) fn text_fields(&self) -> &[FieldPath] {
        self.file.columns.fields()
    }

    /// Pieces begin with a row group, and are of whole ones. Writers put them one behind the other; where they did not,
    /// no range of bytes stands for some of them.
    pub(crate) fn cuts(&self, piece_len: u64) -> Vec<u64> {
        let starts: Option<Vec<u64>> = self.starts().collect();
        cuts_at(&starts.unwrap_or_default(), self.len, piece_len)
    }

    /// Leaves the row groups that begin in `bytes` of the file, of which each is in one piece.
    pub(crate) fn narrow(&mut self, bytes: &Range<u64>) {
        let begins = |start: Option<u64>| start.is_some_and(|start| bytes.contains(&start));
        let before = self.starts().take_while(|&start| !begins(start)).count();
        let inside = self.starts().skip(before).take_while(|&start| begins(start));
        self.group_end = before + inside.count();
        self.group_next = before;
        self.len = bytes.end - bytes.start;
    }

    /// Where each row group begins; `None`: it has no columns.
    fn starts(&self) -> impl Iterator<Item = Option<u64>> {
        let groups = self.file.metadata.row_groups().iter();
        groups.map(|group| {
            let starts = group.columns().iter().map(|column| column.byte_range().0);
            starts.min()
        })
    }

    /// The next row group. None is read here, so a damaged one does not hide those behind it.
    pub(crate) fn next_block(&mut self) -> Option<RowGroupBlock> {
        if self.group_next >= self.group_end {
            self.consumed.store(self.len, Ordering::Relaxed);
            return None;
        }
        let group = self.group_next;
        let metadata = self.file.metadata.row_group(group);
        let row_start = self.row_next;
        self.group_next += 1;
        // The footer was checked: no count is negative, and the counts add up.
        self.row_next += metadata.num_rows().unsigned_abs();
        let share = metadata.columns().iter().map(|column| column.compressed_size().unsigned_abs());
        let consumed = share.fold(self.consumed.load(Ordering::Relaxed), u64::saturating_add);
        self.consumed.store(consumed.min(self.len), Ordering::Relaxed);
        Some(RowGroupBlock { file: Arc::clone(&self.file), group, row_start })
    }
}

/// One row group.
pub(crate) struct RowGroupBlock {
    file: Arc<ParquetFile>,
    group: usize,
    row_start: u64,
}

impl RowGroupBlock {
    /// With a preview, of the rows that it does not point to no text is copied.
    pub(crate) fn read_rows(
        &self,
        preview: Option<&mut dyn Preview>,
        each: &mut dyn FnMut(Row<'_>),
    ) -> Result<(), ShardError> {
        let io_error = |source| ShardError::io(&self.file.path, source);
        let source = Source::open(&self.file.path)?;
        if source.stamp().map_err(io_error)? != self.file.stamp {
            return Err(ShardError::Changed { path: self.file.path.to_path_buf() });
        }
        read_group(self, source, preview, each)
    }

    /// The error for what the decoder said, or for a fact that it did not mind.
    fn damaged(&self, field: Option<&FieldPath>, failure: Failure) -> ShardError {
        let place = match field {
            Some(field) => format!("row group {}, field `{field}`", self.group),
            None => format!("row group {}", self.group),
        };
        failure.at(&self.file.path, &place)
    }
}

impl std::fmt::Debug for RowGroupBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowGroupBlock").field("group", &self.group).finish_non_exhaustive()
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
