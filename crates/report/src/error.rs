//! What can keep a report from being written.

use std::fmt;
use std::io;
use std::path::PathBuf;

use parquet::errors::ParquetError;

/// A report could not be written.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReportError {
    /// A file stands where the directory should be.
    NotADirectory {
        /// The report.
        path: PathBuf,
    },
    /// Another scan writes there at this moment.
    Busy {
        /// The report.
        path: PathBuf,
    },
    /// The scan whose report it is has not come to its end: it runs, or was stopped.
    Running {
        /// The report.
        path: PathBuf,
    },
    /// The operating system refused.
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A table could not be encoded or written.
    Table {
        /// The file.
        path: PathBuf,
        /// What the writer said.
        source: ParquetError,
    },
    /// One finding is longer than a row may be.
    RowLen {
        /// The shard.
        shard: String,
        /// The row in the shard.
        row: u64,
        /// Bytes.
        len: usize,
        /// Bytes that a row may have.
        len_max: usize,
    },
}

impl ReportError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADirectory { path } => {
                write!(f, "report `{}` is a file; a report is a directory", path.display())
            }
            Self::Busy { path } => {
                write!(f, "report `{}` is being written by another scan", path.display())
            }
            Self::Running { path } => write!(
                f,
                "report `{}` is not whole: its scan is running, or was stopped before its end",
                path.display()
            ),
            Self::Io { path, .. } => write!(f, "`{}` could not be written", path.display()),
            Self::Table { path, .. } => {
                write!(f, "table `{}` could not be written", path.display())
            }
            Self::RowLen { shard, row, len, len_max } => write!(
                f,
                "the finding in `{shard}` row {row} is {len} bytes long; a row of a report has at most {len_max}"
            ),
        }
    }
}

impl std::error::Error for ReportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotADirectory { .. }
            | Self::Busy { .. }
            | Self::Running { .. }
            | Self::RowLen { .. } => None,
            Self::Io { source, .. } => Some(source),
            Self::Table { source, .. } => Some(source),
        }
    }
}

impl From<ReportError> for io::Error {
    fn from(error: ReportError) -> Self {
        Self::other(error)
    }
}
