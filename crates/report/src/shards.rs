//! `shards.parquet`: what became of each shard.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;
use seepage_engine::ShardRow;

use crate::table::{GROUP_ROWS_MAX, writer_properties};

/// The value of a shard in a column.
enum ShardValue {
    Text(fn(&ShardRow) -> Option<&str>),
    Number(fn(&ShardRow) -> u64),
}

/// The columns: their names, whether they can be null, and their values.
static COLUMNS: [(&str, bool, ShardValue); 10] = [
    ("shard", false, ShardValue::Text(|row| Some(&row.shard))),
    ("bytes", false, ShardValue::Number(|row| row.bytes)),
    ("digest", true, ShardValue::Text(|row| row.digest.as_deref())),
    ("state", false, ShardValue::Text(|row| Some(row.outcome.name()))),
    ("why", true, ShardValue::Text(|row| row.why.as_deref())),
    ("format", true, ShardValue::Text(|row| row.format.as_deref())),
    ("records_read", false, ShardValue::Number(|row| row.records_read)),
    ("records_in_part", false, ShardValue::Number(|row| row.records_in_part)),
    ("records_skipped", false, ShardValue::Number(|row| row.records_skipped)),
    ("text_bytes", false, ShardValue::Number(|row| row.text_bytes)),
];

fn schema() -> Arc<Schema> {
    let fields = COLUMNS.iter().map(|(name, is_optional, value)| {
        let kind = match value {
            ShardValue::Text(_) => DataType::Utf8,
            ShardValue::Number(_) => DataType::UInt64,
        };
        Field::new(*name, kind, *is_optional)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// A table of shards on its way into `W`.
pub(crate) struct ShardTable<W: Write + Send> {
    writer: ArrowWriter<W>,
    rows: Vec<ShardRow>,
}

impl<W: Write + Send> ShardTable<W> {
    pub(crate) fn new(out: W, index_digest: &str) -> Result<Self, ParquetError> {
        let properties = writer_properties(index_digest)?;
        Ok(Self { writer: ArrowWriter::try_new(out, schema(), Some(properties))?, rows: vec![] })
    }

    pub(crate) fn push(&mut self, row: ShardRow) -> Result<(), ParquetError> {
        if self.rows.len() == GROUP_ROWS_MAX {
            self.flush()?;
        }
        self.rows.push(row);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ParquetError> {
        let columns = COLUMNS.iter().map(|(.., value)| -> ArrayRef {
            let rows = self.rows.iter();
            match value {
                ShardValue::Text(of) => Arc::new(rows.map(of).collect::<StringArray>()),
                ShardValue::Number(of) => Arc::new(UInt64Array::from_iter_values(rows.map(of))),
            }
        });
        self.writer.write(&RecordBatch::try_new(schema(), columns.collect())?)?;
        self.rows.clear();
        Ok(())
    }

    /// Writes what is left and the footer, and gives the output back.
    pub(crate) fn finish(mut self) -> Result<W, ParquetError> {
        self.flush()?;
        self.writer.into_inner()
    }
}
