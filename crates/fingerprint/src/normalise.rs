//! A text to its two streams.
//!
//! What differs between a text and the same text in a container is dropped here, alike on both sides: white space,
//! quotes, case, diff marks and comment leaders; a run of backslashes with the `n`, `r` or `t` behind it; line numbers
//! (digits that begin a word). `\uXXXX` and the common HTML entities count as the character that they mean, and the
//! `<span …>` tags of highlighters as nothing. So JSON strings of any depth, notebooks, diffs and HTML need no parser.
//!
//! Every rule looks at a bounded stretch of bytes (runs of backslashes and of digits apart), so that the same bytes
//! give the same streams wherever they stand.
//!
//! [`normalise`] gives each kept byte its source; [`Normaliser`] does without, piece by piece and many times as fast.

use crate::Backend;
use crate::rules::Sink;

/// The kept bytes of one stream, and where each came from.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// The normalised text.
    pub bytes: Vec<u8>,
    /// For each of `bytes` the offset of its source in the text; non-decreasing.
    pub sources: Vec<u32>,
}

impl Kept {
    fn push(&mut self, byte: u8, source: usize) {
        self.bytes.push(byte);
        self.sources.push(source as u32);
    }

    /// Forgets the content and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.sources.clear();
    }
}

/// Both streams of a text.
#[derive(Clone, Debug, Default)]
pub struct Streams {
    /// [`Stream::Words`](crate::Stream::Words).
    pub words: Kept,
    /// [`Stream::Skeleton`](crate::Stream::Skeleton).
    pub skeleton: Kept,
}

impl Streams {
    /// What the skeleton holds for a word.
    pub const MARK_WORD: u8 = 1;
    /// What the skeleton holds for a word that begins with a digit.
    pub const MARK_NUMBER: u8 = 2;
}

impl Sink for Streams {
    #[inline]
    fn word(&mut self, byte: u8, source: usize) {
        self.words.push(byte, source);
    }

    #[inline]
    fn skeleton(&mut self, byte: u8, source: usize) {
        self.skeleton.push(byte, source);
    }
}

/// Appends the streams of `text` to `streams`.
///
/// # Panics
/// If `text` is 4 GiB or longer; records are capped far below.
pub fn normalise(text: &[u8], streams: &mut Streams) {
    assert!(
        u32::try_from(text.len()).is_ok(),
        "a text of {} bytes; offsets are 32 bits wide",
        text.len()
    );
    let mut state = Normaliser::default();
    let mut offset = 0;
    while offset < text.len() {
        offset = state.step(text, offset, streams);
    }
}

/// The state of normalising one text piece by piece. A new text begins with the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Normaliser {
    /// The byte before belongs to a word.
    pub(crate) in_word: bool,
    /// So far the word consists of digits. Says nothing outside of a word.
    pub(crate) in_number: bool,
}

impl Normaliser {
    /// Appends what the streams keep of `text`, from `offset` to the first border at or behind `until`, and returns that
    /// border: the length of `text` if `until` is as large.
    ///
    /// A border is where no escape, entity, tag or run of backslashes is cut; each is whole in one piece, however far
    /// it reaches. The first `offset` is 0 and each further one the border that was returned, and `text` is always the
    /// same: then the pieces together are what [`normalise`] gives, wherever they are cut.
    ///
    /// Allocates where the vectors have no room for `until - offset` further bytes and 64 more.
    ///
    /// # Panics
    /// If `offset` lies behind the end of `text`.
    pub fn advance(
        &mut self,
        backend: Backend,
        text: &[u8],
        offset: usize,
        until: usize,
        words: &mut Vec<u8>,
        skeleton: &mut Vec<u8>,
    ) -> usize {
        assert!(offset <= text.len(), "offset {offset} in a text of {} bytes", text.len());
        let until = until.min(text.len());
        backend.advance(self, text, offset, until, &mut Plain { words, skeleton })
    }
}

/// Both streams without sources.
pub(crate) struct Plain<'p> {
    pub(crate) words: &'p mut Vec<u8>,
    pub(crate) skeleton: &'p mut Vec<u8>,
}

impl Sink for Plain<'_> {
    #[inline]
    fn word(&mut self, byte: u8, _source: usize) {
        self.words.push(byte);
    }

    #[inline]
    fn skeleton(&mut self, byte: u8, _source: usize) {
        self.skeleton.push(byte);
    }
}
