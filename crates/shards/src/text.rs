//! A file of text as one record, a source file; a long one in stretches.

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::stream::{Codec, Stream};
use crate::stretch::{StretchLen, Stretches, cut_texts, give_stretch};
use crate::{ExpansionMax, Extent, FieldText, ReadOptions, Record, Row, ShardError, SkipReason};

/// An open file.
pub(crate) struct TextShard {
    path: Arc<Path>,
    codec: Codec,
    record_len_max: usize,
    expansion_max: ExpansionMax,
    state: State,
}

enum State {
    Start,
    /// It is longer than `record_len_max`.
    Long {
        stretches: Stretches,
        reader: Box<dyn Read + Send>,
        extent_next: Extent,
    },
    End,
}

impl TextShard {
    pub(crate) fn new(path: &Arc<Path>, codec: Codec, options: &ReadOptions) -> Self {
        Self {
            path: Arc::clone(path),
            codec,
            record_len_max: options.record_len_max,
            expansion_max: options.expansion_max,
            state: State::Start,
        }
    }

    /// The file, or the next stretch of it. What is read from here on is counted in `consumed`.
    pub(crate) fn next_block(
        &mut self,
        consumed: &mut Arc<AtomicU64>,
    ) -> Result<Option<TextBlock>, ShardError> {
        let state = std::mem::replace(&mut self.state, State::End);
        let error = |error| self.codec.error(&self.path, error);
        let (mut stretches, mut reader, extent) = match state {
            State::End => return Ok(None),
            State::Long { stretches, reader, extent_next } => (stretches, reader, extent_next),
            State::Start => {
                let mut stream = Stream::open(&self.path, self.codec, self.expansion_max)?;
                *consumed = Arc::clone(&stream.consumed);
                let mut text = vec![];
                let mut head =
                    (&mut stream.reader).take((self.record_len_max as u64).saturating_add(1));
                head.read_to_end(&mut text).map_err(error)?;
                if text.len() <= self.record_len_max {
                    return Ok(Some(TextBlock { extent: Extent::Whole, at: 0, text }));
                }
                let stretches = Stretches::new(StretchLen::of(self.record_len_max));
                let reader = io::Cursor::new(text).chain(stream.reader);
                (stretches, Box::new(reader) as _, Extent::First)
            }
        };
        let Some(stretch) = stretches.next(&mut reader).map_err(error)? else {
            return Ok(None);
        };
        self.state = State::Long { stretches, reader, extent_next: Extent::Next };
        Ok(Some(TextBlock { extent, at: stretch.at, text: stretch.bytes }))
    }
}

/// A file, or a stretch of it.
#[derive(Debug)]
pub(crate) struct TextBlock {
    extent: Extent,
    at: u64,
    text: Vec<u8>,
}

impl TextBlock {
    pub(crate) fn read_rows(&self, each: &mut dyn FnMut(Row<'_>)) {
        if self.extent == Extent::Whole {
            read_row(0, &self.text, self.text.len(), each);
        } else {
            give_stretch(0, self.extent, "", (self.at, &self.text), each);
        }
    }
}

/// Gives `text` as the record that it is. Its bytes are given as they are, UTF-8 or not.
pub(crate) fn read_row(
    row: u64,
    text: &[u8],
    record_len_max: usize,
    each: &mut dyn FnMut(Row<'_>),
) {
    let mut texts = vec![FieldText { field: Cow::Borrowed(""), text: Cow::Borrowed(text) }];
    let extent = cut_texts(&mut texts, record_len_max);
    each(Row::Record(Record::of_texts(row, &texts, extent)));
}

/// Up to `len` decoded bytes, and the error that came before more could be read.
pub(crate) fn read_prefix(stream: Stream, len: usize) -> (Vec<u8>, Option<io::Error>) {
    let mut prefix = Vec::with_capacity(len);
    let error = stream.reader.take(len as u64).read_to_end(&mut prefix).err();
    (prefix, error)
}

/// The one skip that a file of an unread kind ends as.
pub(crate) fn skip_row(reason: SkipReason, each: &mut dyn FnMut(Row<'_>)) {
    each(Row::Skipped { row: 0, reason });
}
