//! Turning tokens back into text.

use std::fs;
use std::path::Path;

use tokenizers::Tokenizer;

use crate::catch_decoder_panic::DecodeFailure;
use crate::error::ShardError;

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
            .map_err(|error| DecodeFailure::Decoder(error).at(path, "the tokenizer"))?;
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
    pub(super) fn text(&self, tokens: &[u32]) -> Result<String, DecodeFailure> {
        // The decoder passes over what it does not know.
        if tokens.iter().any(|&token| self.tokenizer.id_to_token(token).is_none()) {
            return Err(DecodeFailure::Fact("holds a token that the tokenizer has not"));
        }
        self.tokenizer.decode(tokens, true).map_err(DecodeFailure::Decoder)
    }
}

impl std::fmt::Debug for Detokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Detokenizer").finish_non_exhaustive()
    }
}
