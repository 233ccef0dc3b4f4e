//! What becomes of the strings that the model wrote: taken, taken away as quotes, or left out by a rule.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Why a string, or a part of one, that stands in a message of the model is not indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// The session had been shown it before.
    Quote,
    /// The same block, call or change was met before in the session, or the same text in any.
    MetBefore,
    /// It repeats a file, and says so: the old text of an edit, the context and the removed lines of a patch.
    RepeatedFile,
    /// It is a command, without the texts in it.
    Command,
    /// It is a plain argument of a call: a path, a pattern, a name, a query.
    Argument,
    /// It is of a class that was not asked for.
    OtherClass,
    /// It is encrypted, or the signature of what is.
    Encrypted,
    /// It stands for a text that was taken out of the log, or the session has more text than is read.
    Placeholder,
    /// It is a type, a name or an id, or the marks around a fence.
    Wrapping,
    /// It tells nothing about who wrote it: licences, imports, generated text.
    Plain,
    /// It is too short, or too plain, to be recognised.
    TooShort,
    /// It was taken out of the index before.
    Removed,
}

impl LeftOut {
    /// What is left out, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Quote => "quotes of what the session had read",
            Self::MetBefore => "met before",
            Self::RepeatedFile => "repeated from files by edits and patches",
            Self::Command => "commands",
            Self::Argument => "paths, patterns and other plain arguments",
            Self::OtherClass => "of classes that were left out",
            Self::Encrypted => "encrypted",
            Self::Placeholder => "placeholders",
            Self::Wrapping => "types, names, ids and marks",
            Self::Plain => "licences, imports, generated text",
            Self::TooShort => "too short to be recognised",
            Self::Removed => "taken out of the index before",
        }
    }
}

/// What became of all strings in the messages of the model, in bytes that are no white space: line ends and blanks are
/// made uniform on the way.
///
/// `bytes + bytes_repeated` is `bytes_kept` and all of `left_out`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StringAccount {
    /// All strings.
    pub bytes: u64,
    /// What one string gave more than once, such as a variable that a script uses twice.
    pub bytes_repeated: u64,
    /// Not left out.
    pub bytes_kept: u64,
    /// By the reason.
    pub left_out: BTreeMap<LeftOut, u64>,
}

impl StringAccount {
    /// Adds what became of other strings.
    pub fn add(&mut self, other: &Self) {
        let Self { bytes, bytes_repeated, bytes_kept, left_out } = other;
        self.bytes += bytes;
        self.bytes_repeated += bytes_repeated;
        self.bytes_kept += bytes_kept;
        for (why, bytes) in left_out {
            *self.left_out.entry(*why).or_default() += bytes;
        }
    }

    /// Leaves out some of what was kept so far.
    pub fn take_out(&mut self, why: LeftOut, bytes: u64) {
        if bytes > 0 {
            self.bytes_kept -= bytes;
            *self.left_out.entry(why).or_default() += bytes;
        }
    }
}

/// Bytes of a text that are no white space.
pub fn solid_len(text: &str) -> u64 {
    text.bytes().filter(|byte| !byte.is_ascii_whitespace()).count() as u64
}

/// Likewise, of some spans of a text.
pub(crate) fn solid_len_of(text: &str, spans: &[Range<usize>]) -> u64 {
    spans.iter().map(|span| solid_len(&text[span.clone()])).sum()
}
