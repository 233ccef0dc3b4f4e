//! How shards are read.

#[cfg(feature = "tokenized")]
use std::sync::Arc;

#[cfg(feature = "tokenized")]
use crate::Detokenizer;
use crate::{ExpansionMax, FieldPath};

/// How shards are read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// The fields to scan. Empty: found by themselves, shard by shard. Of the entries below the first is taken of which
    /// some of the first records have a string (for Parquet: which the schema has), with all its fields:
    ///
    /// 1. `text`
    /// 2. `content`
    /// 3. `raw_content`
    /// 4. `code`
    /// 5. `messages[].content`, `messages[].content[].text`
    /// 6. `conversations[].value`
    /// 7. `conversation[].human`, `conversation[].assistant`
    /// 8. `old_contents`, `new_contents`
    /// 9. `instruction`, `input`, `output`
    /// 10. `prompt`, `completion`, `response`
    pub text_fields: Vec<FieldPath>,
    /// Where a record says when it was written. Never guessed.
    pub time_field: Option<FieldPath>,
    /// Where a record says which repository or site it is from. Never guessed.
    pub package_field: Option<FieldPath>,
    /// What else is carried into findings: urls, paths, licences.
    pub keep_fields: Vec<FieldPath>,
    /// What turns tokenised shards into text; without it they are skipped.
    #[cfg(feature = "tokenized")]
    pub detokenizer: Option<Arc<Detokenizer>>,
    /// A longer record is not held or scanned as one, but in windows, see
    /// [`Record::for_each_window`](crate::Record::for_each_window); in bytes.
    pub record_len_max: usize,
    /// Blocks of lines are about this long; in bytes.
    pub block_len: usize,
    /// Shards are cut into pieces of about this length on disk, where their format allows; in bytes.
    pub piece_len: u64,
    /// A shard that grows further when it is decoded ends with [`ShardError::Expands`](crate::ShardError::Expands).
    pub expansion_max: ExpansionMax,
}

impl ReadOptions {
    /// BLAKE3, in hex, of the tokenizer that tokenised shards are read with.
    pub fn tokenizer_digest(&self) -> Option<&str> {
        #[cfg(feature = "tokenized")]
        if let Some(detokenizer) = &self.detokenizer {
            return Some(detokenizer.digest());
        }
        None
    }
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            text_fields: vec![],
            time_field: None,
            package_field: None,
            keep_fields: vec![],
            #[cfg(feature = "tokenized")]
            detokenizer: None,
            record_len_max: 64 << 20,
            block_len: 256 << 10,
            piece_len: 256 << 20,
            expansion_max: ExpansionMax::default(),
        }
    }
}
