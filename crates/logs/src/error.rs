//! Why a log could not be read at all.

use std::io;
use std::path::PathBuf;

/// A log file could not be opened or recognised.
#[derive(Debug)]
#[non_exhaustive]
pub enum LogError {
    /// The operating system refused.
    Io {
        /// The log file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The compressed data ends or breaks before anything could be recognised.
    Damaged {
        /// The log file.
        path: PathBuf,
        /// What the decoder said.
        source: io::Error,
    },
}

impl std::fmt::Display for LogError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io { path, .. } => write!(f, "log `{}` could not be read", path.display()),
            Self::Damaged { path, .. } => write!(
                f,
                "log `{}` is damaged before its first record; restore it from its source or remove it",
                path.display()
            ),
        }
    }
}

impl std::error::Error for LogError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } | Self::Damaged { source, .. } => Some(source),
        }
    }
}
