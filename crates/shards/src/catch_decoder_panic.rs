//! Decoders of others on hostile bytes: they may panic, and a panic there is damage like any other.
//!
//! The panic's message still goes where the program sends such messages.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::ShardError;

/// Why a part of a shard cannot be decoded.
pub(crate) enum DecodeFailure {
    Decoder(Box<dyn Error + Send + Sync>),
    Panic,
    Fact(&'static str),
}

impl DecodeFailure {
    pub(crate) fn at(self, path: &Path, place: &str) -> ShardError {
        if let Self::Decoder(error) = &self
            && let Some(error) = ShardError::of_store(path, &**error)
        {
            return error;
        }
        let (what, source) = match self {
            Self::Decoder(error) => (format!("{place} cannot be decoded"), Some(error)),
            Self::Panic => (format!("{place} makes the decoder panic"), None),
            Self::Fact(fact) => (format!("{place} {fact}"), None),
        };
        ShardError::Damaged { path: path.to_owned(), what, source }
    }
}

/// Runs a part of a decoder. What it was working on must not be used again after a failure.
pub(crate) fn catch_decoder_panic<T, E: Error + Send + Sync + 'static>(
    decode: impl FnOnce() -> Result<T, E>,
) -> Result<T, DecodeFailure> {
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(Ok(decoded)) => Ok(decoded),
        Ok(Err(error)) => Err(DecodeFailure::Decoder(Box::new(error))),
        Err(_) => Err(DecodeFailure::Panic),
    }
}
