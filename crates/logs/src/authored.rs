//! What a log yields: texts that a model wrote, each with where it comes from.

use std::ops::Range;

use crate::provenance::Provenance;

/// What an authored text was written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A whole file (`Write`, `*** Add File`, `cat > f <<EOF`).
    File,
    /// The new text of an edit.
    Edit,
    /// The added lines of a patch.
    Patch,
    /// The source of a notebook cell.
    Notebook,
    /// A heredoc or here-string in a shell command, or a script for a browser, that is not a file of
    /// its own.
    Heredoc,
    /// A code fence in the assistant's text.
    Fence,
    /// The assistant's text outside of code fences; indexed only on request.
    Prose,
}

impl Kind {
    /// The name used in the index and in findings.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Edit => "edit",
            Self::Patch => "patch",
            Self::Notebook => "notebook",
            Self::Heredoc => "heredoc",
            Self::Fence => "fence",
            Self::Prose => "prose",
        }
    }
}

/// One text that the model wrote, with the spans of it that no one else wrote before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authored {
    /// Where it came from.
    pub provenance: Provenance,
    /// The text as written; line ends are `\n`. Of a patch, the added lines: its runs are separate
    /// spans, with a blank line between them that belongs to none.
    pub text: String,
    /// Byte ranges of `text`, ascending and disjoint, that the model wrote and the session had not
    /// seen: what is left after the subtraction of quotes. Whole lines.
    pub spans: Vec<Range<usize>>,
}
