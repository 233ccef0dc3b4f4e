//! Where a segment is written, and how it gets to where it belongs.
//!
//! Everything is written and synced below a hidden directory and moved in one rename. That of a new index is beside the
//! target; an index that stood there before is moved aside first: killed between these two renames, there is none at the
//! target, and both are whole in the hidden directory. That of a further segment is inside of the index, and what was
//! moved counts for nothing before the manifest names it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{WriteError, io_error};
use crate::manifest;
use crate::update::lock::Lock;

/// Below an index.
pub(crate) const SEGMENTS_DIRECTORY: &str = "segments";
/// What the names of hidden directories inside of an index begin with.
pub(crate) const HIDDEN_PREFIX: &str = ".partial-";

/// A place to write a segment to. Dropped before it is moved, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Staging {
    /// The index.
    target: PathBuf,
    hidden: TempDir,
    /// Where the segment's files are written.
    segment: PathBuf,
    /// Of the index that will be replaced.
    lock: Option<Lock>,
}

impl Staging {
    /// Makes the directories, and checks that nothing but an index would be replaced.
    pub(crate) fn create(target: &Path) -> Result<Self, WriteError> {
        let name =
            target.file_name().ok_or_else(|| WriteError::NoName { path: target.to_path_buf() })?;
        let lock = is_replaceable(target)?.then(|| Lock::of(target));
        let mut prefix = OsString::from(".");
        prefix.push(name);
        prefix.push(HIDDEN_PREFIX);
        let parent = parent_of(target);
        let hidden = tempfile::Builder::new()
            .prefix(&prefix)
            .tempdir_in(parent)
            .map_err(io_error(parent))?;
        let segment = root_in(&hidden).join(SEGMENTS_DIRECTORY).join("0");
        fs::create_dir_all(&segment).map_err(io_error(&segment))?;
        Ok(Self { target: target.to_path_buf(), hidden, segment, lock: lock.transpose()? })
    }

    /// A place for a further segment of the index at `target`, which its writer has locked.
    pub(crate) fn within(target: &Path) -> Result<Self, WriteError> {
        let hidden = hidden_in(target)?;
        let segment = root_in(&hidden);
        fs::create_dir(&segment).map_err(io_error(&segment))?;
        Ok(Self { target: target.to_path_buf(), hidden, segment, lock: None })
    }

    /// Where the index is or will be.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The directory that becomes a new index.
    pub(crate) fn root(&self) -> PathBuf {
        root_in(&self.hidden)
    }

    /// A directory for what is not part of the index and is removed with the rest.
    pub(crate) fn aside(&self) -> &Path {
        self.hidden.path()
    }

    /// A path inside of the segment.
    pub(crate) fn in_segment(&self, file: &str) -> PathBuf {
        self.segment.join(file)
    }

    /// Moves the segment into the index, whose manifest does not name it yet. Its files are synced already.
    pub(crate) fn settle(self, directory: &str) -> Result<(), WriteError> {
        sync_directory(&self.segment)?;
        let to = self.target.join(directory);
        fs::rename(&self.segment, &to).map_err(io_error(&to))?;
        sync_directory(&self.target.join(SEGMENTS_DIRECTORY))?;
        close(self.hidden)
    }

    /// Moves the new index to where it belongs. Its files are synced already.
    pub(crate) fn publish(mut self) -> Result<(), WriteError> {
        let (root, old) = (self.root(), self.hidden.path().join("old"));
        let parent = parent_of(&self.target);
        for directory in [self.segment.clone(), root.join(SEGMENTS_DIRECTORY), root.clone()] {
            sync_directory(&directory)?;
        }
        // What stands there may have changed since the build began.
        let replaces = is_replaceable(&self.target)?;
        if replaces {
            if self.lock.is_none() {
                self.lock = Some(Lock::of(&self.target)?);
            }
            fs::rename(&self.target, &old).map_err(io_error(&self.target))?;
        }
        if let Err(source) = fs::rename(&root, &self.target) {
            if replaces {
                fs::rename(&old, &self.target).map_err(io_error(&self.target))?;
            }
            return Err(io_error(&self.target)(source));
        }
        sync_directory(parent)?;
        close(self.hidden)
    }
}

fn root_in(hidden: &TempDir) -> PathBuf {
    hidden.path().join("new")
}

/// A hidden directory inside of the index at `target`.
pub(crate) fn hidden_in(target: &Path) -> Result<TempDir, WriteError> {
    tempfile::Builder::new().prefix(HIDDEN_PREFIX).tempdir_in(target).map_err(io_error(target))
}

/// Removes a hidden directory and what is left in it.
pub(crate) fn close(hidden: TempDir) -> Result<(), WriteError> {
    let path = hidden.path().to_path_buf();
    hidden.close().map_err(io_error(&path))
}

fn parent_of(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Whether there is an index at `target`; an error if there is something else.
fn is_replaceable(target: &Path) -> Result<bool, WriteError> {
    let occupied = || WriteError::Occupied { path: target.to_path_buf() };
    match fs::symlink_metadata(target) {
        // A symbolic link is not followed: what would be moved aside is the link.
        Ok(meta) if meta.is_dir() => match manifest::is_index(target) {
            Ok(true) => Ok(true),
            Ok(false) => Err(occupied()),
            Err(source) => Err(io_error(target)(source)),
        },
        Ok(_) => Err(occupied()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(io_error(target)(error)),
    }
}

/// Makes the names in a directory last. Only Unix can; elsewhere the rename has to do.
pub(crate) fn sync_directory(path: &Path) -> Result<(), WriteError> {
    if cfg!(unix) {
        File::open(path).and_then(|directory| directory.sync_all()).map_err(io_error(path))?;
    }
    Ok(())
}
