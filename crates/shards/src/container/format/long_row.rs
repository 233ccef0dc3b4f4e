//! A row that is too long to be held, as it lies in its shard.

use std::io::{self, Read};

use crate::container::format::interface::BlockRows;
use crate::container::format::row_sink::RowSink;
use crate::error::ShardError;
use crate::record::{Record, Row};
use crate::spilled_texts::SpilledTexts;

/// A block of one row that was not parsed: it waits in a temporary file.
pub(crate) struct LongRow {
    pub(crate) row: u64,
    text: SpilledTexts,
}

impl LongRow {
    /// Takes all that `bytes` gives. Where they break off, the row is what came before, and the error comes with it.
    pub(crate) fn read(row: u64, bytes: &mut dyn Read) -> (Self, io::Result<u64>) {
        let mut text = SpilledTexts::default();
        let read = text.append("", bytes);
        (Self { row, text }, read)
    }
}

impl BlockRows for LongRow {
    fn read(&self, sink: &mut RowSink<'_>) -> Result<(), ShardError> {
        let record = Record { spilled: Some(&self.text), ..Record::of_texts(self.row, &[]) };
        sink.give(Row::Record(record));
        Ok(())
    }
}
