//! A file of text as one record: a source file.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use crate::stream::Stream;
use crate::{Row, ShardError, SkipReason};

/// Reads the whole of `stream` as row 0. `None`: it is longer than `record_len_max`; the rest is not read.
pub(crate) fn read_text(
    path: &Arc<Path>,
    stream: Stream,
    record_len_max: usize,
) -> Result<Option<Vec<u8>>, ShardError> {
    let mut text = vec![];
    let mut head = stream.reader.take(record_len_max.saturating_add(1) as u64);
    match head.read_to_end(&mut text) {
        Ok(_) if text.len() <= record_len_max => Ok(Some(text)),
        Ok(_) => Ok(None),
        Err(error) => Err(stream.codec.error(path, error)),
    }
}

/// Gives `text` as the record that it is. Its bytes are given as they are, UTF-8 or not.
pub(crate) fn read_row(row: u64, text: &[u8], each: &mut dyn FnMut(Row<'_>)) {
    use std::borrow::Cow;
    let texts = [crate::FieldText {
        field: Cow::Borrowed(""),
        text: Cow::Borrowed(text),
    }];
    each(Row::Record(crate::Record {
        row,
        id: None,
        time: None,
        package: None,
        kept: vec![],
        texts: &texts,
        repaired: false,
    }));
}

/// Up to `len` decoded bytes, and the error that came before more could be read.
pub(crate) fn read_prefix(stream: Stream, len: usize) -> (Vec<u8>, Option<io::Error>) {
    let mut prefix = Vec::with_capacity(len);
    let error = stream
        .reader
        .take(len as u64)
        .read_to_end(&mut prefix)
        .err();
    (prefix, error)
}

/// The one skip that a file of an unread kind ends as.
pub(crate) fn skip_row(reason: SkipReason, each: &mut dyn FnMut(Row<'_>)) {
    each(Row::Skipped { row: 0, reason });
}
