//! What can go wrong with a shard as a whole.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::codec::expansion::Expanded;
use crate::place::stamp::ShardChange;
#[cfg(feature = "remote")]
use crate::place::stamp::StoreError;

/// A shard could not be found or read, or not to its end.
#[derive(Debug)]
#[non_exhaustive]
pub enum ShardError {
    /// Nothing in it: no byte, or no byte once decompressed, or blank lines only.
    Empty {
        /// The shard.
        path: PathBuf,
    },
    /// The operating system said no; `source.kind()` tells permission from absence.
    Io {
        /// The shard or directory.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A data set lists it, and it is not there.
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// It breaks off.
    Truncated {
        /// The shard.
        path: PathBuf,
        /// What breaks off, e.g. `gzip stream`.
        what: &'static str,
        /// What the decoder said.
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// It is not what its magic or its name says, or its parts contradict each other.
    Damaged {
        /// The shard.
        path: PathBuf,
        /// The part and the fact, e.g. ``row group 3, column `text`: ...``.
        what: String,
        /// What the decoder said.
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// It holds far more than text can be packed into so few bytes; it was given up, and the rest not read.
    Expands {
        /// The shard.
        path: PathBuf,
        /// The limit, see [`ExpansionMax::ratio`](crate::ExpansionMax::ratio).
        ratio: u64,
    },
    /// A record is too long to be held, and the temporary file that it has to wait in cannot be written or read.
    Spill {
        /// The shard.
        path: PathBuf,
        /// What the operating system said of the temporary file.
        source: io::Error,
    },
    /// None of the records looked at has one of the text fields.
    NoTextField {
        /// The shard.
        path: PathBuf,
        /// The fields that were asked for; empty where they were to be found by themselves.
        fields_wanted: Vec<String>,
        /// Keys that the records have, in order of appearance; the first of them.
        keys_seen: Vec<String>,
        /// How many records were looked at.
        records_seen: u64,
    },
    /// It stands in the place of data that is not here: a pointer to it, or a page that a server sent instead.
    Placeholder {
        /// The shard.
        path: PathBuf,
        /// What it is, e.g. `a Git LFS pointer`.
        what: &'static str,
        /// What brings the data.
        cure: &'static str,
    },
    /// A known kind that this program does not read.
    Unsupported {
        /// The shard.
        path: PathBuf,
        /// The kind, e.g. `encrypted Parquet`.
        what: &'static str,
    },
    /// A named pipe, socket or device; never opened.
    NotRegular {
        /// Where it is.
        path: PathBuf,
        /// What it is, e.g. `a named pipe`.
        kind: &'static str,
    },
    /// A symbolic link to a directory outside all roots; not followed, so what lies behind it was not scanned.
    LinkedDirectory {
        /// The link.
        path: PathBuf,
    },
    /// It was replaced or written to while it was read.
    Changed {
        /// The shard.
        path: PathBuf,
        /// What it was and what it is, where both are known.
        change: Option<Box<ShardChange>>,
    },
}

impl ShardError {
    /// The shard or directory.
    pub fn path(&self) -> &Path {
        match self {
            Self::Empty { path }
            | Self::Io { path, .. }
            | Self::Missing { path }
            | Self::Truncated { path, .. }
            | Self::Damaged { path, .. }
            | Self::Expands { path, .. }
            | Self::Spill { path, .. }
            | Self::NoTextField { path, .. }
            | Self::Placeholder { path, .. }
            | Self::Unsupported { path, .. }
            | Self::NotRegular { path, .. }
            | Self::LinkedDirectory { path }
            | Self::Changed { path, .. } => path,
        }
    }

    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::of_store(path, &source).unwrap_or_else(|| Self::Io { path: path.to_owned(), source })
    }

    pub(crate) fn changed(path: &Path, change: Option<ShardChange>) -> Self {
        Self::Changed { path: path.to_owned(), change: change.map(Box::new) }
    }

    /// What the store of an object said, or what was wrong with its answer, below all that decoders made of it; `None`
    /// where the store is not to blame.
    pub(crate) fn of_store(path: &Path, error: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(change) = cause_of::<ShardChange>(error) {
            return Some(Self::changed(path, Some(change.clone())));
        }
        #[cfg(feature = "remote")]
        if let Some(error) = cause_of::<StoreError>(error) {
            return Some(Self::Io { path: path.to_owned(), source: error.clone().into() });
        }
        None
    }

    pub(crate) fn expands(path: &Path, Expanded { ratio }: Expanded) -> Self {
        Self::Expands { path: path.to_owned(), ratio }
    }
}

impl fmt::Display for ShardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path().display();
        match self {
            Self::Empty { .. } => write!(f, "shard `{path}` is empty"),
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied => write!(f, "no permission to read `{path}`"),
                io::ErrorKind::NotFound => write!(f, "there is no `{path}`"),
                _ => write!(f, "`{path}` cannot be read"),
            },
            Self::Missing { .. } => write!(
                f,
                "there is no `{path}`, which the `index.json` beside it lists; fetch it, or write the index again"
            ),
            Self::Truncated { what, .. } => {
                write!(
                    f,
                    "shard `{path}` is cut short: unexpected end of {what}; fetch or write it again"
                )
            }
            Self::Damaged { what, .. } => write!(f, "shard `{path}` is damaged: {what}"),
            &Self::Expands { ratio, .. } => write!(f, "shard `{path}` {}", Expanded { ratio }),
            Self::Spill { .. } => write!(
                f,
                "shard `{path}` holds a record that is too long to be held, and its temporary file cannot be used; free some space, or set `TMPDIR`"
            ),
            Self::NoTextField { fields_wanted, keys_seen, records_seen, .. } => {
                write!(f, "shard `{path}`: ")?;
                write_no_text_field(f, fields_wanted, keys_seen, *records_seen)
            }
            Self::Unsupported { what, .. } => {
                write!(f, "shard `{path}` is {what}, which is not read")
            }
            Self::Placeholder { what, cure, .. } => {
                write!(f, "shard `{path}` is {what}, and the data is not here; {cure}")
            }
            Self::NotRegular { kind, .. } => {
                write!(f, "`{path}` is {kind}; only regular files are read")
            }
            Self::LinkedDirectory { .. } => write!(
                f,
                "`{path}` links to a directory outside the roots and is not followed; name that directory as a root"
            ),
            Self::Changed { change, .. } => {
                write!(f, "shard `{path}` was changed while it was read")?;
                if let Some(change) = change {
                    write!(f, ": {change}")?;
                }
                f.write_str("; scan it again when it is no longer written to")
            }
        }
    }
}

/// The first error of this type among `error` and its causes.
fn cause_of<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            // An `io::Error` passes over the error that it was made of.
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

fn write_no_text_field(
    f: &mut fmt::Formatter<'_>,
    fields_wanted: &[String],
    keys_seen: &[String],
    records_seen: u64,
) -> fmt::Result {
    if fields_wanted.is_empty() {
        write!(f, "no text field was found in the first {records_seen} records")?;
    } else {
        write!(f, "none of the first {records_seen} records has {}", quoted(fields_wanted))?;
    }
    if keys_seen.is_empty() {
        f.write_str("; none of them is a JSON object with a key")
    } else {
        write!(
            f,
            "; they have {}: name the one that holds the text with `--text-field`",
            quoted(keys_seen)
        )
    }
}

/// Keys come from the shard: control characters in them must not reach a terminal, nor a long one fill it.
fn quoted(names: &[String]) -> String {
    const NAME_LEN_MAX: usize = 64;
    let mut line = String::new();
    for name in names {
        let separator = if line.is_empty() { "" } else { ", " };
        let shown: String = name.chars().take(NAME_LEN_MAX).flat_map(char::escape_debug).collect();
        line.push_str(separator);
        line.push('`');
        line.push_str(&shown);
        line.push('`');
    }
    line
}

impl Error for ShardError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } | Self::Spill { source, .. } => Some(source),
            Self::Truncated { source, .. } | Self::Damaged { source, .. } => {
                source.as_deref().map(|source| source as &(dyn Error + 'static))
            }
            _ => None,
        }
    }
}
