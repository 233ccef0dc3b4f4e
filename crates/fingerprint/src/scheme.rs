//! What is kept of a text and how densely it is fingerprinted.

use std::fmt;

/// Which bytes of a text are kept, and how.
///
/// Version 2 of both rules is [`normalise`](crate::normalise); an index names the version that it was built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// ASCII letters in lower case, digits, `_` and all bytes from 0x80, without the digits that begin a word.
    Words,
    /// One marker byte a word, and the punctuation between them.
    Skeleton,
}

impl Stream {
    /// The version of the normalisation rules, stamped into every index.
    pub const RULES_VERSION: u32 = 2;

    /// Keeps the fingerprints of the streams apart, so that both can share one table.
    pub(crate) fn seed(self) -> u64 {
        match self {
            Self::Words => 0x5ee9_a6e0_0000_0001,
            Self::Skeleton => 0x5ee9_a6e0_0000_0002,
        }
    }
}

/// A stream, the length of its k-grams and the width of the window that selects among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheme {
    // Invariant: kgram_len >= KGRAM_LEN_MIN, window_len is a power of two, both at most LEN_MAX.
    stream: Stream,
    kgram_len: u32,
    window_len: u32,
}

/// The selection hash sees 17 bytes from the start of a k-gram; a shorter k-gram would look past its own end.
const KGRAM_LEN_MIN: u32 = 17;
/// Far above any sensible length, and small enough that sums of lengths cannot overflow.
const LEN_MAX: u32 = 4096;

impl Scheme {
    /// The words of a text, as the evaluation uses them: k-grams of 32 kept bytes, one anchor in 32 at least.
    pub const WORDS: Self = Self { stream: Stream::Words, kgram_len: 32, window_len: 32 };
    /// The skeleton of a text: 48 kept bytes say as much as 32 of the words.
    pub const SKELETON: Self = Self { stream: Stream::Skeleton, kgram_len: 48, window_len: 32 };

    /// Checks the lengths, in kept bytes and in k-grams.
    pub fn new(stream: Stream, kgram_len: u32, window_len: u32) -> Result<Self, SchemeError> {
        if !(KGRAM_LEN_MIN..=LEN_MAX).contains(&kgram_len) {
            return Err(SchemeError::KgramLen { found: kgram_len });
        }
        if !window_len.is_power_of_two() || window_len > LEN_MAX {
            return Err(SchemeError::WindowLen { found: window_len });
        }
        Ok(Self { stream, kgram_len, window_len })
    }

    /// The scheme of a window `times` as wide, as far as there is one. Windows nest: its anchors are some of this
    /// scheme's, and there is one in any shared run of its own [`guarantee_len`](Self::guarantee_len).
    ///
    /// # Panics
    /// If `times` is no power of two.
    #[must_use]
    pub fn widened(&self, times: u32) -> Self {
        assert!(times.is_power_of_two(), "windows nest by powers of two, and {times} is none");
        Self { window_len: self.window_len.saturating_mul(times).min(LEN_MAX), ..*self }
    }

    /// With a window of `len` k-grams, a power of two, if its own is smaller.
    pub(crate) fn of_window_at_least(&self, len: u32) -> Self {
        Self { window_len: self.window_len.max(len), ..*self }
    }

    /// Which bytes are kept.
    pub fn stream(&self) -> Stream {
        self.stream
    }

    /// Kept bytes in a k-gram.
    pub fn kgram_len(&self) -> u32 {
        self.kgram_len
    }

    /// Neighbouring k-grams in a window.
    pub fn window_len(&self) -> u32 {
        self.window_len
    }

    /// The number of kept bytes in a run that makes two texts which share it share an anchor, unless the run repeats one byte
    /// throughout.
    pub fn guarantee_len(&self) -> u32 {
        self.kgram_len + self.window_len - 1
    }
}

/// Lengths that no scheme can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemeError {
    /// Too short or too long a k-gram.
    KgramLen {
        /// What was asked for, in bytes.
        found: u32,
    },
    /// Not a power of two, or too wide.
    WindowLen {
        /// What was asked for, in k-grams.
        found: u32,
    },
}

impl fmt::Display for SchemeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KgramLen { found } => {
                write!(f, "k-gram length is {found}; it must be {KGRAM_LEN_MIN} to {LEN_MAX} bytes")
            }
            Self::WindowLen { found } => {
                write!(f, "window length is {found}; it must be a power of two up to {LEN_MAX}")
            }
        }
    }
}

impl std::error::Error for SchemeError {}
