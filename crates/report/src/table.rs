//! `findings.parquet`, written in row groups of bounded size.
//!
//! The same findings give the same bytes: no time, no thread and no hash map has a say in them.

use std::io::Write;

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use seepage_engine::FindingRow;

use crate::columns::{schema, to_batch};
use crate::summary::SCHEMA_VERSION;

/// Rows in a row group: few enough to be held while it grows, enough to compress well.
pub(crate) const GROUP_ROWS_MAX: usize = 8192;
/// Bytes held before a row group is written, however few the rows: ids and paths have no length limit of their own.
const GROUP_BYTES_MAX: usize = 16 << 20;
/// A row longer than this is refused. With [`GROUP_BYTES_MAX`] it keeps a batch far below the 2 GiB that the offsets
/// of Arrow can tell.
pub(crate) const ROW_LEN_MAX: usize = 1 << 30;

/// How the tables of a report are written.
pub(crate) fn writer_properties(index_digest: &str) -> Result<WriterProperties, ParquetError> {
    let properties = WriterProperties::builder()
        .set_created_by(concat!("seepage ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(Some(GROUP_ROWS_MAX))
        .set_key_value_metadata(Some(vec![
            KeyValue::new("seepage.schema_version".to_owned(), SCHEMA_VERSION.to_string()),
            KeyValue::new("seepage.index_digest".to_owned(), index_digest.to_owned()),
        ]));
    Ok(properties.build())
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
        let properties = writer_properties(index_digest)?;
        Ok(Self {
            writer: ArrowWriter::try_new(out, schema(), Some(properties))?,
            index_digest: index_digest.to_owned(),
            rows: vec![],
            rows_len: 0,
        })
    }

    /// Adds a row of at most [`ROW_LEN_MAX`] bytes.
    pub(crate) fn push(&mut self, row: FindingRow) -> Result<(), ParquetError> {
        let len = row.size();
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
