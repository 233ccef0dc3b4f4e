//! What a search for shards finds: files, and what is none.

use std::fs::FileType;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::ShardError;

/// A file to scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundShard {
    /// Where it is.
    pub path: PathBuf,
    /// The name used in findings: the path below the root it was found under (the path itself, for a root that is a
    /// file), preceded by the root as it was given, so that two roots never share a name. Bytes of a name that are not
    /// UTF-8 stand as `\xNN`, so that two files never share a name either.
    pub name: String,
    /// In bytes, on disk.
    pub len: u64,
}

/// What a file that is neither regular nor a directory is.
pub(crate) fn irregular_kind(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        return None;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return Some("a named pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_block_device() || kind.is_char_device() {
            return Some("a device");
        }
    }
    Some(if kind.is_dir() { "a directory" } else { "no regular file" })
}

pub(crate) fn walk_error(root: &Path, error: ignore::Error) -> ShardError {
    let path = error_path(&error).unwrap_or(root).to_owned();
    let text = error.to_string();
    let source = error.into_io_error().unwrap_or_else(|| io::Error::other(text));
    ShardError::Io { path, source }
}

fn error_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            error_path(err)
        }
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}
