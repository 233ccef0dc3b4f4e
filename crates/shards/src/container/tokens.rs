//! Tokenised shards: Megatron's `.bin` with its `.idx`, and datatrove's `.ds` with its index, turned back into text.
//!
//! Which tokenizer made the tokens does not stand in the files (Megatron) or by a name only (datatrove), so it has to be
//! given; one that does not give a probe back as it was is refused, for what it decodes is not what was written.

mod detokenizer;
mod layout;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use crate::catch_decoder_panic::DecodeFailure;
use crate::container::format::interface::{BlockRows, Container, Format, UnopenedShard};
use crate::container::format::row_sink::RowSink;
use crate::container::text_file::give_text;
use crate::container::tokens::layout::{Layout, layout_of};
use crate::error::ShardError;
use crate::options::ReadOptions;
use crate::record::{Row, SkipReason};

pub use detokenizer::Detokenizer;
pub(crate) use layout::beside;

pub(crate) static FORMAT: Format = Format {
    name: "tokens",
    about: Some("tokens of Megatron and datatrove"),
    extensions: &[],
    open,
};

/// Opens files of tokens, and the files beside them, where there is a tokenizer.
fn open(
    shard: &UnopenedShard,
    options: &ReadOptions,
) -> Result<Option<Box<dyn Container>>, ShardError> {
    let Some(detokenizer) = &options.detokenizer else { return Ok(None) };
    let Some(layout) = layout_of(&shard.path)? else { return Ok(None) };
    let path = &shard.path;
    let file = File::open(path).map_err(|error| ShardError::io(path, error))?;
    Ok(Some(Box::new(TokenShard {
        path: Arc::clone(path),
        detokenizer: Arc::clone(detokenizer),
        reader: BufReader::new(file),
        layout,
        document_next: 0,
        block_len: options.block_len,
        record_len_max: options.record_len_max,
    })))
}

/// An open shard.
struct TokenShard {
    path: Arc<Path>,
    detokenizer: Arc<Detokenizer>,
    reader: BufReader<File>,
    layout: Layout,
    document_next: usize,
    block_len: usize,
    record_len_max: usize,
}

impl Container for TokenShard {
    /// Some documents; `None` at the end.
    fn next_block(&mut self) -> Result<Option<Box<dyn BlockRows>>, ShardError> {
        let mut block = TokenBlock {
            path: Arc::clone(&self.path),
            detokenizer: Arc::clone(&self.detokenizer),
            row_start: self.document_next as u64,
            documents: vec![],
        };
        let io_error = |error| ShardError::io(&self.path, error);
        let mut len = 0;
        while len < self.block_len {
            let Some(range) = self.layout.documents.get(self.document_next) else {
                break;
            };
            self.document_next += 1;
            let bytes_len = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
            if bytes_len > self.record_len_max {
                block.documents.push(None);
                len += 1;
                continue;
            }
            let mut bytes = vec![0; bytes_len];
            self.reader.seek(SeekFrom::Start(range.start)).map_err(io_error)?;
            self.reader.read_exact(&mut bytes).map_err(io_error)?;
            let tokens = self.layout.kind.tokens(&bytes);
            let tokens = tokens.ok_or_else(|| {
                DecodeFailure::Fact("holds numbers that are no tokens").at(&self.path, "it")
            })?;
            block.documents.push(Some(tokens));
            len += bytes_len + 1;
        }
        Ok((!block.documents.is_empty()).then(|| Box::new(block) as _))
    }
}

/// Some documents, as tokens.
struct TokenBlock {
    path: Arc<Path>,
    detokenizer: Arc<Detokenizer>,
    row_start: u64,
    /// `None`: too long.
    documents: Vec<Option<Vec<u32>>>,
}

impl BlockRows for TokenBlock {
    fn read(&self, sink: &mut RowSink<'_>) -> Result<(), ShardError> {
        for (tokens, row) in self.documents.iter().zip(self.row_start..) {
            let Some(tokens) = tokens else {
                sink.give(Row::Skipped { row, reason: SkipReason::TooLong });
                continue;
            };
            let text = self.detokenizer.text(tokens);
            let text =
                text.map_err(|failure| failure.at(&self.path, &format!("document {row}")))?;
            give_text(row, text.as_bytes(), sink);
        }
        Ok(())
    }
}
