//! What the judge reads: words and identifier-blind tokens of a text, with the way back to its bytes.
//!
//! Tokens are made of the same streams that anchors are made of, so that escapes, entities and highlighting mean the
//! same to the stage that nominates and to the stage that judges.
#![forbid(unsafe_code)]

mod boilerplate;
mod code_tokens;
mod grams;
mod keywords;
mod strip_comments;
#[cfg(test)]
mod tests;
mod tokens;

pub use boilerplate::{is_foreign_path, is_generated, telling_spans};
pub use grams::{
    BLIND_GRAM_LEN, Gram, SHINGLE_LEN, WORD_GRAM_LEN, blind_faces, blind_grams, shingles,
    word_grams,
};
pub use strip_comments::strip_comments;
pub use tokens::{Token, TokenKind, TokenScratch, tokenize};
