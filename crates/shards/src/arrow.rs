//! Arrow IPC, as a stream (what Hugging Face `datasets` writes) or as a file: one block is one record batch.
//!
//! A file is a stream between two magics and a footer, so both are read from front to back, compressed ones too. The
//! messages are cut out of the stream here, where every length is checked; what they hold is decoded where the block is
//! read. Strings are decoded as bytes, so that one bad byte of UTF-8 does not cost a batch.

mod messages;
mod rows;
mod schema;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use ::arrow::array::{ArrayRef, RecordBatch};
use ::arrow::datatypes::SchemaRef;
use ::arrow::error::ArrowError;
use ::arrow::ipc::reader::{read_dictionary, read_record_batch};
use ::arrow::ipc::{MessageHeader, MetadataVersion};

use crate::expansion::Expanded;
use crate::guard::{Failure, guard};
use crate::stream::Stream;
use crate::{ExpansionMax, FieldPath, Preview, ReadOptions, Row, ShardError};
use messages::{Message, Messages, check_batch, check_footer};
use rows::{BatchRows, read_batch};
use schema::{Columns, choose_columns};

/// An open stream or file.
pub(crate) struct ArrowShard {
    path: Arc<Path>,
    messages: Messages,
    schema: SchemaRef,
    columns: Arc<Columns>,
    dictionaries: Arc<HashMap<i64, ArrayRef>>,
    record_len_max: usize,
    batch_next: usize,
    row_next: u64,
    /// What the batches so far hold, and what it takes in the stream.
    decoded: u64,
    encoded: u64,
    expansion_max: ExpansionMax,
}

impl ArrowShard {
    pub(crate) fn open(
        path: &Arc<Path>,
        stream: Stream,
        options: &ReadOptions,
    ) -> Result<Self, ShardError> {
        let mut messages = Messages::open(path, stream)?;
        let damaged = |failure: Failure| failure.at(path, "its schema");
        let message = messages.next()?.ok_or_else(|| damaged(Failure::Fact("is missing")))?;
        let (schema, columns) = guard(|| {
            let header = message
                .header()?
                .header_as_schema()
                .ok_or_else(|| ArrowError::IpcError("the first message is no schema".to_owned()))?;
            choose_columns(path, header, options)
        })
        .map_err(damaged)?;
        Ok(Self {
            path: Arc::clone(path),
            messages,
            schema,
            columns: Arc::new(columns?),
            dictionaries: Arc::default(),
            record_len_max: options.record_len_max,
            batch_next: 0,
            row_next: 0,
            decoded: 0,
            encoded: 0,
            expansion_max: options.expansion_max,
        })
    }

    pub(crate) fn text_fields(&self) -> &[FieldPath] {
        self.columns.fields()
    }

    /// The next record batch. None is decoded here, but for the dictionaries that stand before it.
    pub(crate) fn next_block(&mut self) -> Result<Option<BatchBlock>, ShardError> {
        while let Some(message) = self.messages.next()? {
            let place = format!("record batch {}", self.batch_next);
            let damaged = |failure: Failure| failure.at(&self.path, &place);
            let header =
                message.header().map_err(|error| damaged(Failure::Decoder(Box::new(error))))?;
            match header.header_type() {
                MessageHeader::RecordBatch => {
                    let rows = header.header_as_record_batch().map(|batch| batch.length());
                    let rows = rows
                        .and_then(|rows| u64::try_from(rows).ok())
                        .and_then(|rows| Some((rows, self.row_next.checked_add(rows)?)));
                    let (_, row_end) =
                        rows.ok_or_else(|| damaged(Failure::Fact("has no number of rows")))?;
                    // One that lies is an error where it is decoded, and hides none behind it.
                    let batch = header.header_as_record_batch();
                    let decoded = batch.and_then(|batch| check_batch(&batch, &message.body).ok());
                    self.decoded = self.decoded.saturating_add(decoded.unwrap_or(0));
                    self.encoded += message.body.len() as u64;
                    self.expansion_max.check(self.decoded, self.encoded).map_err(
                        |Expanded { ratio }| ShardError::Expands {
                            path: self.path.to_path_buf(),
                            ratio,
                        },
                    )?;
                    let block = BatchBlock {
                        path: Arc::clone(&self.path),
                        schema: Arc::clone(&self.schema),
                        columns: Arc::clone(&self.columns),
                        dictionaries: Arc::clone(&self.dictionaries),
                        record_len_max: self.record_len_max,
                        message,
                        number: self.batch_next,
                        row_start: self.row_next,
                    };
                    self.row_next = row_end;
                    self.batch_next += 1;
                    return Ok(Some(block));
                }
                MessageHeader::DictionaryBatch => {
                    let dictionaries = Arc::make_mut(&mut self.dictionaries);
                    read_one_dictionary(&message, &self.schema, dictionaries)
                        .map_err(|failure| failure.at(&self.path, "a dictionary"))?;
                }
                _ => return Err(damaged(Failure::Fact("follows a message of another kind"))),
            }
        }
        if let Some(rest) = self.messages.rest()? {
            check_footer(&rest, self.batch_next)
                .map_err(|failure| failure.at(&self.path, "its footer"))?;
        }
        Ok(None)
    }
}

fn read_one_dictionary(
    message: &Message,
    schema: &SchemaRef,
    dictionaries: &mut HashMap<i64, ArrayRef>,
) -> Result<(), Failure> {
    guard(|| {
        let header = message.header()?;
        let missing = || ArrowError::IpcError("the message holds no dictionary".to_owned());
        let batch = header.header_as_dictionary_batch().ok_or_else(missing)?;
        check_batch(&batch.data().ok_or_else(missing)?, &message.body)?;
        read_dictionary(&message.body, batch, schema, dictionaries, &header.version())
    })
}

/// One record batch.
pub(crate) struct BatchBlock {
    path: Arc<Path>,
    /// Strings are bytes in it.
    schema: SchemaRef,
    columns: Arc<Columns>,
    dictionaries: Arc<HashMap<i64, ArrayRef>>,
    record_len_max: usize,
    message: Message,
    number: usize,
    row_start: u64,
}

impl BatchBlock {
    /// With a preview, of the rows that it does not point to no record is made.
    pub(crate) fn read_rows(
        &self,
        preview: Option<&mut dyn Preview>,
        each: &mut dyn FnMut(Row<'_>),
    ) -> Result<(), ShardError> {
        let batch = guard(|| self.decode())
            .map_err(|failure| failure.at(&self.path, &format!("record batch {}", self.number)))?;
        let rows = BatchRows {
            batch: &batch,
            columns: &self.columns,
            row_start: self.row_start,
            record_len_max: self.record_len_max,
        };
        read_batch(&rows, preview, each)
    }

    fn decode(&self) -> Result<RecordBatch, ArrowError> {
        let header = self.message.header()?;
        let missing = || ArrowError::IpcError("the message holds no record batch".to_owned());
        let batch = header.header_as_record_batch().ok_or_else(missing)?;
        check_batch(&batch, &self.message.body)?;
        let version: MetadataVersion = header.version();
        read_record_batch(
            &self.message.body,
            batch,
            Arc::clone(&self.schema),
            &self.dictionaries,
            Some(&self.columns.projection),
            &version,
        )
    }
}

impl std::fmt::Debug for BatchBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BatchBlock").field("number", &self.number).finish_non_exhaustive()
    }
}
