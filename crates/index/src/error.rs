//! Why an index could not be written or opened, in words for people.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// An index could not be written.
#[derive(Debug)]
#[non_exhaustive]
pub enum WriteError {
    /// The operating system refused.
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// Something else stands where the index should go.
    Occupied {
        /// Where.
        path: PathBuf,
    },
    /// A path that does not end in a name, such as `..`.
    NoName {
        /// Which.
        path: PathBuf,
    },
    /// The parts of a passage that are authored are not ascending, disjoint, non-empty ranges of its text.
    Spans {
        /// The log that it came from.
        log_path: String,
        /// The line in it.
        log_line: u64,
    },
    /// A passage that came from nowhere.
    NoAuthor,
    /// A passage has more bytes than an index can hold of one.
    PassageLen {
        /// The log that it came from.
        log_path: String,
        /// The line in it.
        log_line: u64,
        /// `text` or `provenance`.
        part: &'static str,
        /// Bytes of it.
        found: u64,
        /// Bytes allowed.
        max: u64,
    },
    /// More of something than an index can number.
    Full {
        /// `passages`, `authors`, `fingerprints` or `postings`.
        part: &'static str,
        /// The largest number that fits.
        max: u64,
    },
    /// Another program is writing to the index.
    Busy {
        /// The index.
        path: PathBuf,
    },
    /// The index that is to be changed could not be opened.
    Open(OpenError),
    /// A passage could not be written before, so the index cannot be finished.
    Broken {
        /// Where the index should have gone.
        path: PathBuf,
    },
}

/// An index could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The operating system refused.
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// There is something, but not an index.
    NotAnIndex {
        /// What was opened.
        path: PathBuf,
    },
    /// Written in another format.
    Version {
        /// The index.
        path: PathBuf,
        /// Its format.
        found: u64,
        /// The format that this build reads and writes.
        known: u32,
    },
    /// Its texts were normalised by rules that this build does not have.
    Rules {
        /// The index.
        path: PathBuf,
        /// Its rules.
        found: u64,
        /// The rules of this build.
        known: u32,
    },
    /// A file of it is not there.
    Missing {
        /// The index.
        path: PathBuf,
        /// The file, inside of it.
        file: String,
    },
    /// A file of it does not hold what was written.
    Damaged {
        /// The index.
        path: PathBuf,
        /// The file, inside of it.
        file: String,
        /// The part of the file.
        section: &'static str,
        /// What is wrong with it; goes on after the section's name.
        fact: Cow<'static, str>,
    },
    /// An id that this index did not give.
    NoPassage {
        /// The index.
        path: PathBuf,
        /// The id.
        passage: u32,
        /// Passages in the index.
        count: u32,
    },
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, .. } => write!(f, "`{}` could not be written", path.display()),
            Self::Occupied { path } => write!(
                f,
                "`{}` exists and is not an index, so it will not be replaced; remove it or choose another name",
                path.display()
            ),
            Self::NoName { path } => write!(
                f,
                "`{}` names no directory that an index could become; end the path with a name",
                path.display()
            ),
            Self::Spans { log_path, log_line } => write!(
                f,
                "passage of `{log_path}` line {log_line} has authored parts that are not ascending, disjoint ranges of its text"
            ),
            Self::NoAuthor => {
                write!(f, "passage has no author, so it cannot be said where it came from")
            }
            Self::PassageLen { log_path, log_line, part, found, max } => write!(
                f,
                "passage of `{log_path}` line {log_line} has {found} bytes of {part}; an index holds up to {max}"
            ),
            Self::Full { part, max } => write!(
                f,
                "index has more than {max} {part}; build several indexes from parts of the logs"
            ),
            Self::Busy { path } => write!(
                f,
                "index `{}` is being written by another program; wait until it is done",
                path.display()
            ),
            Self::Open(error) => error.fmt(f),
            Self::Broken { path } => write!(
                f,
                "index `{}` cannot be finished, because a passage could not be written before; build it again",
                path.display()
            ),
        }
    }
}

/// What to do with an index whose format, or whose rules, are `found` where `known` is what this build has.
fn cure_of_age(found: u64, known: u32) -> &'static str {
    if found < u64::from(known) {
        "make a new index from its texts with `seepage index upgrade OLD -o NEW`, or build it again from the logs"
    } else {
        "open it with the build that wrote it, or build it again from the logs"
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, .. } => write!(f, "`{}` could not be read", path.display()),
            Self::NotAnIndex { path } => write!(
                f,
                "`{}` is not an index: it has no `MANIFEST.json` of one; name a directory that was built as an index",
                path.display()
            ),
            Self::Version { path, found, known } => write!(
                f,
                "index `{}` has format {found}, and this build reads format {known}; {}",
                path.display(),
                cure_of_age(*found, *known)
            ),
            Self::Rules { path, found, known } => write!(
                f,
                "index `{}` was normalised by rules {found}, and this build has rules {known}; {}",
                path.display(),
                cure_of_age(*found, *known)
            ),
            Self::Missing { path, file } => write!(
                f,
                "index `{}` is incomplete: `{file}` is missing; build it again from the logs",
                path.display()
            ),
            Self::Damaged { path, file, section, fact } => write!(
                f,
                "index `{}` is damaged: section `{section}` of `{file}` {fact}; build it again from the logs",
                path.display()
            ),
            Self::NoPassage { path, passage, count } => {
                write!(f, "index `{}` has no passage {passage}: it holds {count}", path.display())
            }
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Open(error) => error.source(),
            _ => None,
        }
    }
}

impl From<OpenError> for WriteError {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Makes a [`WriteError::Io`] that names `path`.
pub(crate) fn io_error(path: &Path) -> impl Fn(io::Error) -> WriteError + use<> {
    let path = path.to_path_buf();
    move |source| WriteError::Io { path: path.clone(), source }
}
