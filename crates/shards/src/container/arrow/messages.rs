//! The messages of a stream: metadata, and a body of buffers.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use ::arrow::buffer::Buffer;
use ::arrow::error::ArrowError;
use ::arrow::ipc::{self, root_as_footer, root_as_message};

use crate::ShardError;
use crate::catch_decoder_panic::DecodeFailure;
use crate::codec::stream::{Codec, DecodedStream};

/// At both ends of a file, with two bytes of padding behind the first.
const MAGIC: &[u8] = b"ARROW1";
const FILE_START_LEN: usize = 8;
const PADDING_LEN_MAX: usize = 64;

/// Before the length of each message.
const MARK: [u8; 4] = [0xff; 4];

/// Longer metadata, or a longer footer, is refused.
const METADATA_LEN_MAX: usize = 256 << 20;

/// A longer batch is refused: it is decoded as a whole. Hugging Face writes 1,000 rows a batch.
const BODY_LEN_MAX: u64 = 2 << 30;

/// One message. Memory grows only as far as there are bytes, whatever the lengths say.
pub(super) struct IpcMessage {
    metadata: Vec<u8>,
    pub(super) body: Buffer,
}

impl IpcMessage {
    pub(super) fn header(&self) -> Result<ipc::Message<'_>, ArrowError> {
        root_as_message(&self.metadata).map_err(|error| ArrowError::ParseError(error.to_string()))
    }
}

pub(super) struct IpcMessages {
    path: Arc<Path>,
    codec: Codec,
    reader: Box<dyn Read + Send>,
    is_file: bool,
    ended: bool,
}

impl IpcMessages {
    /// `stream` begins like a stream or like a file.
    pub(super) fn open(path: &Arc<Path>, stream: DecodedStream) -> Result<Self, ShardError> {
        let mut messages = Self {
            path: Arc::clone(path),
            codec: stream.codec,
            reader: stream.reader,
            is_file: false,
            ended: false,
        };
        let mut start = messages.read(MARK.len())?;
        if start != MARK {
            messages.is_file = true;
            messages.read(FILE_START_LEN - start.len())?;
            // Some writers align what follows to 64 bytes.
            let mut padding_len = 0;
            while start != MARK && padding_len <= PADDING_LEN_MAX {
                start = messages.read(MARK.len())?;
                padding_len += start.len();
            }
        }
        messages.reader = Box::new(io::Cursor::new(start).chain(messages.reader));
        Ok(messages)
    }

    /// The next message; `None` at the mark of the end, without which the stream is cut.
    pub(super) fn next(&mut self) -> Result<Option<IpcMessage>, ShardError> {
        if self.ended {
            return Ok(None);
        }
        let start = self.read(2 * MARK.len())?;
        let (mark, len) = start.split_at(MARK.len());
        let len = len.try_into().map_or(0, |len| u32::from_le_bytes(len) as usize);
        if mark != MARK || len > METADATA_LEN_MAX {
            return Err(
                self.damaged(DecodeFailure::Fact("does not begin with its mark and length"))
            );
        }
        if len == 0 {
            self.ended = true;
            return Ok(None);
        }
        let mut message =
            IpcMessage { metadata: self.read(len)?, body: Buffer::from_vec(Vec::<u8>::new()) };
        let body_len = message.header().map(|header| header.bodyLength());
        let body_len =
            body_len.map_err(|error| self.damaged(DecodeFailure::Decoder(Box::new(error))))?;
        let body_len = u64::try_from(body_len)
            .ok()
            .filter(|&len| len <= BODY_LEN_MAX)
            .ok_or_else(|| self.damaged(DecodeFailure::Fact("is longer than 2 GiB")))?;
        message.body = Buffer::from_vec(self.read(body_len as usize)?);
        Ok(Some(message))
    }

    /// What stands behind the end: of a file its footer, of a stream nothing.
    pub(super) fn rest(&mut self) -> Result<Option<Vec<u8>>, ShardError> {
        let mut rest = vec![];
        let read = (&mut self.reader).take(METADATA_LEN_MAX as u64).read_to_end(&mut rest);
        read.map_err(|error| self.codec.error(&self.path, error))?;
        if !self.is_file && !rest.is_empty() {
            // Perhaps another stream: its rows would be lost.
            return Err(DecodeFailure::Fact("is followed by other bytes")
                .at(&self.path, "the end of its stream"));
        }
        Ok(self.is_file.then_some(rest))
    }

    fn read(&mut self, len: usize) -> Result<Vec<u8>, ShardError> {
        let mut bytes = vec![];
        let read = (&mut self.reader).take(len as u64).read_to_end(&mut bytes);
        read.map_err(|error| self.codec.error(&self.path, error))?;
        if bytes.len() < len {
            return Err(ShardError::Truncated {
                path: self.path.to_path_buf(),
                what: "Arrow stream",
                source: None,
            });
        }
        Ok(bytes)
    }

    fn damaged(&self, failure: DecodeFailure) -> ShardError {
        failure.at(&self.path, "a message")
    }
}

/// Checks the lengths that the decoder would take on trust: those of compressed buffers, once they are decoded.
///
/// Gives the bytes that they hold in all, as they say.
pub(super) fn check_batch(batch: &ipc::RecordBatch<'_>, body: &Buffer) -> Result<u64, ArrowError> {
    let damaged = |what: &str| ArrowError::IpcError(what.to_owned());
    if batch.compression().is_none() {
        return Ok(body.len() as u64);
    }
    let mut len: u64 = 0;
    for buffer in batch.buffers().into_iter().flatten() {
        let (Ok(start), Ok(buffer_len)) =
            (usize::try_from(buffer.offset()), usize::try_from(buffer.length()))
        else {
            return Err(damaged("a buffer lies before its body"));
        };
        if buffer_len == 0 {
            continue;
        }
        let head = start
            .checked_add(8)
            .and_then(|end| body.get(start..end))
            .and_then(|head| head.try_into().ok());
        let head = head.ok_or_else(|| damaged("a buffer lies behind its body"))?;
        // -1: it is not compressed.
        len = len.saturating_add(i64::from_le_bytes(head).max(0).unsigned_abs());
    }
    if len > BODY_LEN_MAX {
        return Err(damaged("its buffers hold more than 2 GiB"));
    }
    Ok(len)
}

/// The footer of a file must count the batches that were read, or some were lost.
pub(super) fn check_footer(rest: &[u8], batches_read: usize) -> Result<(), DecodeFailure> {
    let cut = DecodeFailure::Fact("is cut short");
    let Some((len, footer)) = rest
        .strip_suffix(MAGIC)
        .and_then(|rest| rest.split_last_chunk::<4>())
        .map(|(footer, len)| (u32::from_le_bytes(*len) as usize, footer))
    else {
        return Err(cut);
    };
    match footer.len().checked_sub(len) {
        None => return Err(cut),
        Some(0) => {}
        // Perhaps another file: its rows would be lost.
        Some(_) => return Err(DecodeFailure::Fact("is not all that follows its batches")),
    }
    let footer = root_as_footer(footer);
    let footer = footer.map_err(|error| DecodeFailure::Decoder(error.to_string().into()))?;
    let batches = footer.recordBatches().map_or(0, |blocks| blocks.len());
    if batches == batches_read {
        Ok(())
    } else {
        Err(DecodeFailure::Fact("counts other record batches than the file holds"))
    }
}
