//! Where an index is written, and how it gets to where it belongs.
//!
//! Everything is written and synced below a hidden directory beside the target, and moved in one rename. An index that
//! stood there before is moved aside first: killed between these two renames, there is none at the target, and both
//! are whole in the hidden directory.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::WriteError;
use crate::manifest;

/// The one segment of an index.
pub(crate) const SEGMENT_DIRECTORY: &str = "segments/0";

/// A place to write to. Dropped before [`Place::publish`], it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Place {
    target: PathBuf,
    hidden: TempDir,
}

/// Makes a [`WriteError::Io`] that names `path`.
pub(crate) fn io_error(path: &Path) -> impl Fn(io::Error) -> WriteError + use<> {
    let path = path.to_path_buf();
    move |source| WriteError::Io {
        path: path.clone(),
        source,
    }
}

impl Place {
    /// Makes the directories, and checks that nothing but an index would be replaced.
    pub(crate) fn create(target: &Path) -> Result<Self, WriteError> {
        let name = target.file_name().ok_or_else(|| WriteError::NoName {
            path: target.to_path_buf(),
        })?;
        is_replaceable(target)?;
        let mut prefix = OsString::from(".");
        prefix.push(name);
        prefix.push(".partial-");
        let parent = parent_of(target);
        let hidden = tempfile::Builder::new()
            .prefix(&prefix)
            .tempdir_in(parent)
            .map_err(io_error(parent))?;
        let place = Self {
            target: target.to_path_buf(),
            hidden,
        };
        let segment = place.root().join(SEGMENT_DIRECTORY);
        fs::create_dir_all(&segment).map_err(io_error(&segment))?;
        Ok(place)
    }

    /// Where the index will be.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The directory that becomes the index.
    pub(crate) fn root(&self) -> PathBuf {
        self.hidden.path().join("new")
    }

    /// A directory for what is not part of the index and is removed with the rest.
    pub(crate) fn aside(&self) -> &Path {
        self.hidden.path()
    }

    /// A path inside of the segment.
    pub(crate) fn in_segment(&self, file: &str) -> PathBuf {
        self.root().join(SEGMENT_DIRECTORY).join(file)
    }

    /// Moves the index to where it belongs. Its files are synced already.
    pub(crate) fn publish(self) -> Result<(), WriteError> {
        let (root, old) = (self.root(), self.hidden.path().join("old"));
        let parent = parent_of(&self.target);
        for directory in [
            root.join(SEGMENT_DIRECTORY),
            root.join("segments"),
            root.clone(),
        ] {
            sync_directory(&directory)?;
        }
        // What stands there may have changed since the build began.
        let replaces = is_replaceable(&self.target)?;
        if replaces {
            fs::rename(&self.target, &old).map_err(io_error(&self.target))?;
        }
        if let Err(source) = fs::rename(&root, &self.target) {
            if replaces {
                fs::rename(&old, &self.target).map_err(io_error(&self.target))?;
            }
            return Err(io_error(&self.target)(source));
        }
        sync_directory(parent)?;
        let hidden = self.hidden.path().to_path_buf();
        self.hidden.close().map_err(io_error(&hidden))
    }
}

fn parent_of(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Whether there is an index at `target`; an error if there is something else.
fn is_replaceable(target: &Path) -> Result<bool, WriteError> {
    let occupied = || WriteError::Occupied {
        path: target.to_path_buf(),
    };
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
fn sync_directory(path: &Path) -> Result<(), WriteError> {
    if cfg!(unix) {
        File::open(path)
            .and_then(|directory| directory.sync_all())
            .map_err(io_error(path))?;
    }
    Ok(())
}
