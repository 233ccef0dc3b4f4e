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

use crate::catch_decoder_panic::{DecodeFailure, catch_decoder_panic};
use crate::codec::expansion::ExpansionMax;
use crate::container::format::interface::{BlockRows, Container, Format, UnopenedShard};
use crate::container::format::row_sink::RowSink;
use crate::error::ShardError;
use crate::fields::path::FieldPath;
use crate::options::ReadOptions;
use messages::{IpcMessage, IpcMessages, check_batch, check_footer};
use rows::BatchRows;
use schema::{ArrowColumns, choose_columns};

pub(crate) static FORMAT: Format =
    Format { name: "arrow", about: Some("Arrow"), extensions: &["arrow", "feather"], open };

fn open(
    shard: &UnopenedShard,
    options: &ReadOptions,
) -> Result<Option<Box<dyn Container>>, ShardError> {
    if is_arrow(&shard.head()?.prefix) {
        return Ok(Some(Box::new(ArrowShard::open(shard, options)?)));
    }
    if shard.name.extension == "arrow" {
        let what = "it does not begin like Arrow IPC of version 0.15 or later";
        return Err(shard.not_as_named(what));
    }
    Ok(None)
}

/// A stream begins with the mark of a message, its length and that of a flat buffer's first offset; a file with its magic.
fn is_arrow(prefix: &[u8]) -> bool {
    const METADATA_LEN_MAX: u32 = 256 << 20;
    match prefix {
        [0xff, 0xff, 0xff, 0xff, l0, l1, l2, l3, ..] => {
            (8..METADATA_LEN_MAX).contains(&u32::from_le_bytes([*l0, *l1, *l2, *l3]))
        }
        _ => prefix.starts_with(b"ARROW1\0\0"),
    }
}

/// An open stream or file.
struct ArrowShard {
    path: Arc<Path>,
    messages: IpcMessages,
    schema: SchemaRef,
    columns: Arc<ArrowColumns>,
    dictionaries: Arc<HashMap<i64, ArrayRef>>,
    batch_next: usize,
    row_next: u64,
    /// What the batches so far hold, and what it takes in the stream.
    decoded: u64,
    encoded: u64,
    expansion_max: ExpansionMax,
}

impl ArrowShard {
    fn open(shard: &UnopenedShard, options: &ReadOptions) -> Result<Self, ShardError> {
        let path = &shard.path;
        let mut messages = IpcMessages::open(path, shard.stream(options)?)?;
        let damaged = |failure: DecodeFailure| failure.at(path, "its schema");
        let message = messages.next()?.ok_or_else(|| damaged(DecodeFailure::Fact("is missing")))?;
        let (schema, columns) = catch_decoder_panic(|| {
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
            batch_next: 0,
            row_next: 0,
            decoded: 0,
            encoded: 0,
            expansion_max: options.expansion_max,
        })
    }
}

impl Container for ArrowShard {
    fn text_fields(&self) -> &[FieldPath] {
        self.columns.fields()
    }

    fn fields_left(&self) -> &[FieldPath] {
        &self.columns.chosen.others
    }

    /// The next record batch. None is decoded here, but for the dictionaries that stand before it.
    fn next_block(&mut self) -> Result<Option<Box<dyn BlockRows>>, ShardError> {
        while let Some(message) = self.messages.next()? {
            let place = format!("record batch {}", self.batch_next);
            let damaged = |failure: DecodeFailure| failure.at(&self.path, &place);
            let header = message
                .header()
                .map_err(|error| damaged(DecodeFailure::Decoder(Box::new(error))))?;
            match header.header_type() {
                MessageHeader::RecordBatch => {
                    let rows = header.header_as_record_batch().map(|batch| batch.length());
                    let rows = rows
                        .and_then(|rows| u64::try_from(rows).ok())
                        .and_then(|rows| Some((rows, self.row_next.checked_add(rows)?)));
                    let (_, row_end) =
                        rows.ok_or_else(|| damaged(DecodeFailure::Fact("has no number of rows")))?;
                    // One that lies is an error where it is decoded, and hides none behind it.
                    let batch = header.header_as_record_batch();
                    let decoded = batch.and_then(|batch| check_batch(&batch, &message.body).ok());
                    self.decoded = self.decoded.saturating_add(decoded.unwrap_or(0));
                    self.encoded += message.body.len() as u64;
                    let within = self.expansion_max.check(self.decoded, self.encoded);
                    within.map_err(|expanded| ShardError::expands(&self.path, expanded))?;
                    let block = BatchBlock {
                        path: Arc::clone(&self.path),
                        schema: Arc::clone(&self.schema),
                        columns: Arc::clone(&self.columns),
                        dictionaries: Arc::clone(&self.dictionaries),
                        message,
                        number: self.batch_next,
                        row_start: self.row_next,
                    };
                    self.row_next = row_end;
                    self.batch_next += 1;
                    return Ok(Some(Box::new(block)));
                }
                MessageHeader::DictionaryBatch => {
                    let dictionaries = Arc::make_mut(&mut self.dictionaries);
                    read_one_dictionary(&message, &self.schema, dictionaries)
                        .map_err(|failure| failure.at(&self.path, "a dictionary"))?;
                }
                _ => return Err(damaged(DecodeFailure::Fact("follows a message of another kind"))),
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
    message: &IpcMessage,
    schema: &SchemaRef,
    dictionaries: &mut HashMap<i64, ArrayRef>,
) -> Result<(), DecodeFailure> {
    catch_decoder_panic(|| {
        let header = message.header()?;
        let missing = || ArrowError::IpcError("the message holds no dictionary".to_owned());
        let batch = header.header_as_dictionary_batch().ok_or_else(missing)?;
        check_batch(&batch.data().ok_or_else(missing)?, &message.body)?;
        read_dictionary(&message.body, batch, schema, dictionaries, &header.version())
    })
}

/// One record batch.
struct BatchBlock {
    path: Arc<Path>,
    /// Strings are bytes in it.
    schema: SchemaRef,
    columns: Arc<ArrowColumns>,
    dictionaries: Arc<HashMap<i64, ArrayRef>>,
    message: IpcMessage,
    number: usize,
    row_start: u64,
}

impl BlockRows for BatchBlock {
    /// Of the rows that are not suspect no record is made.
    fn read(&self, sink: &mut RowSink<'_>) -> Result<(), ShardError> {
        let batch = catch_decoder_panic(|| self.decode())
            .map_err(|failure| failure.at(&self.path, &format!("record batch {}", self.number)))?;
        let (columns, row_start) = (&*self.columns, self.row_start);
        BatchRows { batch: &batch, columns, row_start }.read(sink)
    }
}

impl BatchBlock {
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
