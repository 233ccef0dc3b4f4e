//! What the judge reads: words and identifier-blind tokens of a text, with the way back to its bytes.
//!
//! Tokens are made of the same streams that anchors are made of, so that escapes, entities and highlighting mean the
//! same to the stage that nominates and to the stage that judges.
#![forbid(unsafe_code)]

mod comments;
mod grams;
mod hygiene;
mod keywords;
#[cfg(test)]
mod tests;
mod tokens;
mod uncommented;

pub use grams::{
    BLIND_GRAM_LEN, Gram, SHINGLE_LEN, WORD_GRAM_LEN, blind_grams, shingles, word_grams,
};
pub use hygiene::{is_foreign_path, is_generated, telling_spans};
pub use tokens::{Token, TokenKind, TokenScratch, tokenize};
pub use uncommented::strip_comments;
