//! A file of text as one record, such as a source file.

use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::codec::expansion::ExpansionMax;
use crate::codec::stream::{Codec, DecodedStream};
use crate::container::binary::SkippedFile;
use crate::container::format::interface::{BlockRows, Container, Format, UnopenedShard};
use crate::container::format::long_row::LongRow;
use crate::container::format::recognise::has_binary_part;
use crate::container::format::row_sink::RowSink;
use crate::error::ShardError;
use crate::options::ReadOptions;
use crate::record::{FieldText, Record, Row, SkipReason};

pub(crate) static FORMAT: Format =
    Format { name: "text", about: Some("source files (one record a file)"), extensions: &[], open };

/// The name of the format.
pub const TEXT_FORMAT: &str = FORMAT.name;

/// Takes what is of no other format.
fn open(
    shard: &UnopenedShard,
    options: &ReadOptions,
) -> Result<Option<Box<dyn Container>>, ShardError> {
    Ok(Some(Box::new(TextFile {
        path: Arc::clone(&shard.path),
        codec: shard.head()?.codec,
        record_len_max: options.record_len_max,
        expansion_max: options.expansion_max,
        consumed: Arc::clone(&shard.consumed),
        is_read: false,
        broken: None,
        has_binary_part: false,
    })))
}

/// An open file.
struct TextFile {
    path: Arc<Path>,
    codec: Codec,
    record_len_max: usize,
    expansion_max: ExpansionMax,
    consumed: Arc<AtomicU64>,
    is_read: bool,
    /// An error behind a long text that broke off.
    broken: Option<io::Error>,
    /// Parts of it are no text, which is to be said behind the text.
    has_binary_part: bool,
}

impl Container for TextFile {
    fn next_block(&mut self) -> Result<Option<Box<dyn BlockRows>>, ShardError> {
        let error = |error| self.codec.error(&self.path, error);
        if let Some(broken) = self.broken.take() {
            return Err(error(broken));
        }
        if std::mem::take(&mut self.has_binary_part) {
            return Ok(Some(Box::new(SkippedFile(SkipReason::Binary))));
        }
        if std::mem::replace(&mut self.is_read, true) {
            return Ok(None);
        }
        let mut stream =
            DecodedStream::open(&self.path, self.codec, self.expansion_max, &self.consumed)?;
        let mut text = vec![];
        let mut head = (&mut stream.reader).take((self.record_len_max as u64).saturating_add(1));
        head.read_to_end(&mut text).map_err(error)?;
        self.has_binary_part = has_binary_part(&text);
        if text.len() <= self.record_len_max {
            return Ok(Some(Box::new(TextBlock(text))));
        }
        let mut all = io::Cursor::new(text).chain(stream.reader);
        let (long_row, read) = LongRow::read(0, &mut all);
        self.broken = read.err();
        Ok(Some(Box::new(long_row)))
    }
}

/// The text of a file.
struct TextBlock(Vec<u8>);

impl BlockRows for TextBlock {
    fn read(&self, sink: &mut RowSink<'_>) -> Result<(), ShardError> {
        give_text(0, &self.0, sink);
        Ok(())
    }
}

/// Gives `text` as the record that it is. Its bytes are given as they are, UTF-8 or not.
pub(crate) fn give_text(row: u64, text: &[u8], sink: &mut RowSink<'_>) {
    let texts = [FieldText { field: "".into(), text: text.into() }];
    sink.give(Row::Record(Record::of_texts(row, &texts)));
}
