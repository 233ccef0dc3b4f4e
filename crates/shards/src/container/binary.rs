//! Files that are neither text nor a container that is read: one row, which is skipped by name unless it is known to hold
//! no text.

use crate::container::format::interface::{BlockRows, Container, Format, UnopenedShard};
use crate::container::format::recognise::{is_container, is_media};
use crate::container::format::row_sink::RowSink;
use crate::error::ShardError;
use crate::options::ReadOptions;
use crate::place::identity::stamp_of;
use crate::record::{Record, Row, SkipReason};

pub(crate) static FORMAT: Format = Format { name: "binary", about: None, extensions: &[], open };

fn open(shard: &UnopenedShard, _: &ReadOptions) -> Result<Option<Box<dyn Container>>, ShardError> {
    let head = shard.head()?;
    if !head.is_text && is_media(&head.prefix) {
        let len = stamp_of(&shard.path)?.len();
        return Ok(Some(Box::new(BinaryFile(Some(Box::new(NoText(len)))))));
    }
    // Compressed Parquet: it is read from its end, which a compressed stream does not allow.
    let is_parquet = head.prefix.starts_with(b"PAR1");
    let reason = if is_parquet || is_container(&head.prefix, head.is_text) {
        SkipReason::Unsupported
    } else if head.is_text || shard.name.is_json_lines() {
        return Ok(None);
    } else {
        SkipReason::Binary
    };
    Ok(Some(Box::new(BinaryFile(Some(Box::new(SkippedFile(reason)))))))
}

/// Holds the one row until it is given.
struct BinaryFile(Option<Box<dyn BlockRows>>);

/// A record of so many bytes that are known to hold no text.
struct NoText(u64);

/// A row that is skipped.
pub(crate) struct SkippedFile(pub(crate) SkipReason);

impl Container for BinaryFile {
    fn next_block(&mut self) -> Result<Option<Box<dyn BlockRows>>, ShardError> {
        Ok(self.0.take())
    }
}

impl BlockRows for NoText {
    fn read(&self, sink: &mut RowSink<'_>) -> Result<(), ShardError> {
        sink.give(Row::Record(Record { bytes_not_text: self.0, ..Record::of_texts(0, &[]) }));
        Ok(())
    }
}

impl BlockRows for SkippedFile {
    fn read(&self, sink: &mut RowSink<'_>) -> Result<(), ShardError> {
        sink.give(Row::Skipped { row: 0, reason: self.0 });
        Ok(())
    }
}
