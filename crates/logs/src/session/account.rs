//! What becomes of the strings that the model wrote: taken, taken away as quotes, or left out by a rule.

use std::collections::BTreeMap;
use std::ops::Range;

/// Why a string, or a part of one, that stands in a message of the model is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftOut {
    /// The same block, call or change was met before in the session.
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
}

impl LeftOut {
    /// What is left out, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::MetBefore => "met before",
            Self::RepeatedFile => "repeated from files by edits and patches",
            Self::Command => "commands",
            Self::Argument => "paths, patterns and other plain arguments",
            Self::OtherClass => "of classes that were left out",
            Self::Encrypted => "encrypted",
            Self::Placeholder => "placeholders",
            Self::Wrapping => "types, names, ids and marks",
        }
    }
}

/// What became of all strings in the messages of the model, in bytes that are no white space: line ends and blanks are
/// made uniform on the way.
///
/// `bytes + bytes_repeated == bytes_kept + bytes_subtracted +` the sum of `left_out`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StringAccount {
    /// All strings.
    pub bytes: u64,
    /// What one string gave more than once, such as a variable that a script uses twice.
    pub bytes_repeated: u64,
    /// Taken, and no quote.
    pub bytes_kept: u64,
    /// Taken, and then taken away as a quote.
    pub bytes_subtracted: u64,
    /// Not taken, by the reason.
    pub left_out: BTreeMap<LeftOut, u64>,
}

/// Bytes of a text that are no white space.
pub fn solid_len(text: &str) -> u64 {
    text.bytes().filter(|byte| !byte.is_ascii_whitespace()).count() as u64
}

/// Likewise, of some spans of a text.
pub(crate) fn solid_len_of(text: &str, spans: &[Range<usize>]) -> u64 {
    spans.iter().map(|span| solid_len(&text[span.clone()])).sum()
}
