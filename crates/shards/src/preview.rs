//! A look at the texts of many rows before any of them is decoded.
//!
//! Nearly all rows of a corpus are of no interest to a search for something rare. A preview sees them as they lie
//! in the shard, and only those that it points to are parsed and given as records.

use std::ops::Range;

/// Reads texts, and says where a closer look is worth it.
///
/// Texts are fed, then ended, then asked about in their order; and so on with the next ones. A place among them is given
/// in bytes from the start of the first one.
pub trait Preview {
    /// Takes the next text, as it stands in the shard: a value of a column, or many lines of JSON.
    fn feed(&mut self, text: &[u8]);

    /// Ends what was fed since the last end.
    fn end(&mut self);

    /// Whether something at `place` in what was ended last is worth a look. Places ascend.
    fn is_suspect(&mut self, place: Range<u64>) -> bool;

    /// A row was of no interest and is not given. `len` is its length in bytes: of a line of JSON all of it, else of its
    /// texts; `bytes_not_text` is the length of values that are known to hold no text.
    fn passed(&mut self, len: u64, bytes_not_text: u64);
}
