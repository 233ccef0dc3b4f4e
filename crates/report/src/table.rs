//! `findings.parquet`, written in row groups of bounded size.
//!
//! The same findings give the same bytes: no time, no thread and no hash map has a say in them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;

use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use seepage_index::PassageId;

use crate::columns::{schema, to_batch, with_packages};
use crate::row::FindingRow;
use crate::summary::SCHEMA_VERSION;

/// Rows in a row group: few enough to be held while it grows, enough to compress well.
pub(crate) const GROUP_ROWS_MAX: usize = 8192;
/// Bytes held before a row group is written, however few the rows: ids and paths have no length limit of their own.
const GROUP_BYTES_MAX: usize = 16 << 20;
/// A row longer than this is refused. With [`GROUP_BYTES_MAX`] it keeps a batch far below the 2 GiB that the offsets
/// of Arrow can tell.
pub(crate) const ROW_LEN_MAX: usize = 1 << 30;

/// Copies a table that was written to its end, now that the packages of each passage are counted: first the findings of
/// passages in few packages, then those of widespread ones, each in the order of the scan. One row group is held at a
/// time.
pub(crate) fn copy_with_packages<W: Write + Send>(
    from: &File,
    out: W,
    index_digest: &str,
    packages: &BTreeMap<PassageId, u32>,
) -> Result<W, ParquetError> {
    let metadata = ArrowReaderMetadata::load(from, ArrowReaderOptions::new())?;
    let mut table = FindingTable::new(out, index_digest)?;
    let groups = metadata.metadata().num_row_groups();
    for (widespread, group) in
        [false, true].into_iter().flat_map(|w| (0..groups).map(move |g| (w, g)))
    {
        let batches =
            ParquetRecordBatchReaderBuilder::new_with_metadata(from.try_clone()?, metadata.clone())
                .with_row_groups(vec![group])
                .with_batch_size(GROUP_ROWS_MAX)
                .build()?;
        for batch in batches {
            let rows = with_packages(&batch?, packages, widespread)?;
            table.writer.write(&rows)?;
        }
        table.writer.flush()?;
    }
    table.finish()
}

/// A table of findings on its way into `W`.
pub(crate) struct FindingTable<W: Write + Send> {
    writer: ArrowWriter<W>,
    index_digest: String,
    rows: Vec<FindingRow>,
    rows_len: usize,
}

impl<W: Write + Send> FindingTable<W> {
    pub(crate) fn new(out: W, index_digest: &str) -> Result<Self, ParquetError> {
        let properties = WriterProperties::builder()
            .set_created_by(concat!("seepage ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_max_row_group_row_count(Some(GROUP_ROWS_MAX))
            .set_key_value_metadata(Some(vec![
                KeyValue::new("seepage.schema_version".to_owned(), SCHEMA_VERSION.to_string()),
                KeyValue::new("seepage.index_digest".to_owned(), index_digest.to_owned()),
            ]))
            .build();
        Ok(Self {
            writer: ArrowWriter::try_new(out, schema(), Some(properties))?,
            index_digest: index_digest.to_owned(),
            rows: vec![],
            rows_len: 0,
        })
    }

    /// Adds a row of at most [`ROW_LEN_MAX`] bytes.
    pub(crate) fn push(&mut self, row: FindingRow) -> Result<(), ParquetError> {
        let len = row.len();
        if self.rows.len() == GROUP_ROWS_MAX || self.rows_len + len > GROUP_BYTES_MAX {
            self.flush()?;
        }
        self.rows_len += len;
        self.rows.push(row);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ParquetError> {
        if !self.rows.is_empty() {
            self.writer.write(&to_batch(&self.rows, &self.index_digest)?)?;
            self.writer.flush()?;
            self.rows.clear();
            self.rows_len = 0;
        }
        Ok(())
    }

    /// Writes what is left and the footer, and gives the output back.
    pub(crate) fn finish(mut self) -> Result<W, ParquetError> {
        self.flush()?;
        self.writer.into_inner()
    }
}
