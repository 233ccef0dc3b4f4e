//! What keeps parts from being joined.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::parts::PART_FILE;

/// Parts that cannot be joined.
#[derive(Debug)]
#[non_exhaustive]
pub enum PartsError {
    /// There is no part file, so that the part is not finished.
    Unfinished {
        /// The report of the part.
        path: PathBuf,
    },
    /// The operating system refused.
    Io {
        /// The part file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// It is not what was written.
    Damaged {
        /// The part file.
        path: PathBuf,
        /// What is wrong with it.
        fact: String,
    },
    /// It is of another scan than the first one.
    Foreign {
        /// The part file.
        path: PathBuf,
        /// What is another: `index`, `corpus`, `options` or `number of parts`.
        what: &'static str,
    },
    /// The parts were made with another index than the one that was named.
    OtherIndex {
        /// The digest of theirs.
        digest: String,
    },
    /// A part was given twice.
    Doubled {
        /// From 1.
        number: u32,
        /// The second one.
        path: PathBuf,
    },
    /// Parts were not given.
    Missing {
        /// From 1.
        numbers: Vec<u32>,
        /// How many parts there are.
        count: u32,
    },
    /// Units that are in no part, or in two.
    Units {
        /// How many units the parts have.
        found: u64,
        /// How many there are.
        expected: u64,
    },
}

impl fmt::Display for PartsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfinished { path } => write!(
                f,
                "`{}` is no finished part: it has no `{PART_FILE}`; scan it with `--partition` to its end",
                path.display()
            ),
            Self::Io { path, .. } => write!(f, "part `{}` cannot be read", path.display()),
            Self::Damaged { path, fact } => {
                write!(f, "part `{}` is damaged: {fact}; scan it again", path.display())
            }
            Self::Foreign { path, what } => write!(
                f,
                "part `{}` was made with another {what} than the first one",
                path.display()
            ),
            Self::OtherIndex { digest } => {
                write!(f, "the parts were made with another index, whose digest is {digest}")
            }
            Self::Doubled { number, path } => {
                write!(f, "part {number} was given twice: `{}`", path.display())
            }
            Self::Missing { numbers, count } => {
                let names: Vec<String> = numbers.iter().map(u32::to_string).collect();
                let word = if numbers.len() == 1 { "part" } else { "parts" };
                write!(f, "{word} {} of {count} missing", names.join(", "))
            }
            Self::Units { found, expected } => write!(
                f,
                "the parts have {found} pieces of shards, but the corpus has {expected}; scan all of them again"
            ),
        }
    }
}

impl std::error::Error for PartsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
