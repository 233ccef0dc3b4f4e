//! One writer of an index at a time.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use crate::error::WriteError;
use crate::error::io_error;

/// The right to change an index, until it is dropped or the program dies.
#[derive(Debug)]
pub(crate) struct Lock {
    /// The directory, locked. `None` where a directory cannot be opened like a file (Windows).
    _directory: Option<File>,
}

impl Lock {
    /// Locks the index at `path`, which exists. A file system without locks goes unlocked.
    pub(crate) fn of(path: &Path) -> Result<Self, WriteError> {
        if cfg!(windows) {
            return Ok(Self { _directory: None });
        }
        let busy = || WriteError::Busy { path: path.to_path_buf() };
        let directory = File::open(path).map_err(io_error(path))?;
        match directory.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(busy()),
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        // Between the opening and the locking another index may have been put in its place.
        if !is_still(&directory, path).map_err(io_error(path))? {
            return Err(busy());
        }
        Ok(Self { _directory: Some(directory) })
    }
}

#[cfg(unix)]
fn is_still(directory: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (locked, there) = (directory.metadata()?, fs::metadata(path)?);
    Ok((locked.dev(), locked.ino()) == (there.dev(), there.ino()))
}

#[cfg(not(unix))]
fn is_still(_: &File, path: &Path) -> io::Result<bool> {
    fs::metadata(path).map(|_| true)
}
