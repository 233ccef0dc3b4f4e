//! Tokenised shards: Megatron's `.bin` with its `.idx`, and datatrove's `.ds` with its index, turned back into text.
//!
//! Which tokenizer made the tokens does not stand in the files (Megatron) or by a name only (datatrove), so it has to be
//! given; one that does not give a probe back as it was is refused, for what it decodes is not what was written.

mod layout;

use std::fs::{self, File};
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use tokenizers::Tokenizer;

use crate::guard::Failure;
use crate::{Row, ShardError, SkipReason};
pub(crate) use layout::{Layout, beside, layout_of};

/// Code as it is found: capitals, tabs, a line end of Windows, indents, a blank that does not break, accents, scripts, emoji.
const PROBE: &str = "fn Main() {\n\tlet Café\u{a0}= \"X\";\r\n    // Ü 漢字 \u{1f980}  \n}\n";

/// Turns tokens back into text.
pub struct Detokenizer {
    tokenizer: Tokenizer,
    digest: String,
}

impl Detokenizer {
    /// Reads a `tokenizer.json`, and refuses one that does not give text back as it was.
    pub fn open(path: &Path) -> Result<Self, ShardError> {
        let bytes = fs::read(path).map_err(|error| ShardError::io(path, error))?;
        let tokenizer = Tokenizer::from_bytes(&bytes)
            .map_err(|error| Failure::Decoder(error).at(path, "the tokenizer"))?;
        let tokens = tokenizer.encode(PROBE, false);
        let probe = tokens.and_then(|tokens| tokenizer.decode(tokens.get_ids(), true));
        if probe.is_ok_and(|probe| probe == PROBE) {
            Ok(Self { tokenizer, digest: blake3::hash(&bytes).to_hex().to_string() })
        } else {
            Err(ShardError::Unsupported {
                path: path.to_owned(),
                what: "a tokenizer that does not give text back as it was",
            })
        }
    }

    /// BLAKE3, in hex, of the `tokenizer.json`.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Without special tokens, such as those that end a document.
    fn text(&self, tokens: &[u32]) -> Result<String, Failure> {
        // The decoder passes over what it does not know.
        if tokens.iter().any(|&token| self.tokenizer.id_to_token(token).is_none()) {
            return Err(Failure::Fact("holds a token that the tokenizer has not"));
        }
        self.tokenizer.decode(tokens, true).map_err(Failure::Decoder)
    }
}

impl std::fmt::Debug for Detokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Detokenizer").finish_non_exhaustive()
    }
}

/// An open shard.
pub(crate) struct TokenShard {
    path: Arc<Path>,
    detokenizer: Arc<Detokenizer>,
    reader: BufReader<File>,
    layout: Layout,
    document_next: usize,
    block_len: usize,
    record_len_max: usize,
}

impl TokenShard {
    pub(crate) fn open(
        path: &Arc<Path>,
        layout: Layout,
        detokenizer: &Arc<Detokenizer>,
        options: &crate::ReadOptions,
    ) -> Result<Self, ShardError> {
        let file = File::open(path).map_err(|error| ShardError::io(path, error))?;
        Ok(Self {
            path: Arc::clone(path),
            detokenizer: Arc::clone(detokenizer),
            reader: BufReader::new(file),
            layout,
            document_next: 0,
            block_len: options.block_len,
            record_len_max: options.record_len_max,
        })
    }

    /// Some documents; `None` at the end.
    pub(crate) fn next_block(&mut self) -> Result<Option<TokenBlock>, ShardError> {
        let mut block = TokenBlock {
            path: Arc::clone(&self.path),
            detokenizer: Arc::clone(&self.detokenizer),
            record_len_max: self.record_len_max,
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
                Failure::Fact("holds numbers that are no tokens").at(&self.path, "it")
            })?;
            block.documents.push(Some(tokens));
            len += bytes_len + 1;
        }
        Ok((!block.documents.is_empty()).then_some(block))
    }
}

/// Some documents, as tokens.
pub(crate) struct TokenBlock {
    path: Arc<Path>,
    detokenizer: Arc<Detokenizer>,
    record_len_max: usize,
    row_start: u64,
    /// `None`: too long.
    documents: Vec<Option<Vec<u32>>>,
}

impl TokenBlock {
    pub(crate) fn read_rows(&self, each: &mut dyn FnMut(Row<'_>)) -> Result<(), ShardError> {
        for (tokens, row) in self.documents.iter().zip(self.row_start..) {
            let text = match tokens {
                Some(tokens) => self
                    .detokenizer
                    .text(tokens)
                    .map_err(|failure| failure.at(&self.path, &format!("document {row}")))?,
                None => String::new(),
            };
            if tokens.is_none() {
                let reason = SkipReason::TooLong;
                each(Row::Skipped { row, reason });
            } else {
                crate::text::read_row(row, text.as_bytes(), self.record_len_max, each);
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for TokenBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenBlock").field("row_start", &self.row_start).finish_non_exhaustive()
    }
}
