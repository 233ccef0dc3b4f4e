//! Indexes and reports in object stores. Both need files while they are used: an index that is read is fetched into a
//! temporary directory first, and what is written is copied from one at the end.

use std::io;
use std::path::{Path, PathBuf};

use seepage_engine::is_remote;
use tempfile::TempDir;

use crate::screen::failure::Failure;

/// A directory of files on this machine, which may be the copy of one in a store.
#[derive(Debug)]
pub(crate) struct Stored {
    /// Where its files are.
    path: PathBuf,
    /// Where the directory belongs, if that is in a store.
    elsewhere: Option<Elsewhere>,
}

#[derive(Debug)]
struct Elsewhere {
    address: PathBuf,
    /// Only the owner may read it: it holds private text. Gone when this is dropped.
    directory: TempDir,
}

impl Stored {
    /// Fetches what lies at `path`, so that it can be read.
    pub(crate) fn fetch(path: &Path) -> Result<Self, Failure> {
        let stored = Self::new(path)?;
        if let Some(Elsewhere { address, directory }) = &stored.elsewhere {
            copy_from(address, directory.path()).map_err(|error| {
                let address = address.display();
                match error.kind() {
                    io::ErrorKind::NotFound => {
                        Failure::new(format!("there is nothing at `{address}`"))
                            .with_hint("check bucket and key")
                    }
                    io::ErrorKind::PermissionDenied => {
                        Failure::new(format!("no permission to read `{address}`: {error}"))
                            .with_hint("set the credentials that the store's own tools use")
                    }
                    _ => Failure::new(format!("`{address}` could not be fetched: {error}")),
                }
            })?;
        }
        Ok(stored)
    }

    /// Makes a place to write what belongs at `path`. Takes away the file `whole` first, which says that everything is there.
    pub(crate) fn begin(path: &Path, whole: &str) -> Result<Self, Failure> {
        let stored = Self::new(path)?;
        if let Some(Elsewhere { address, .. }) = &stored.elsewhere {
            remove_from(address, whole).map_err(|error| unwritable(address, &error))?;
        }
        Ok(stored)
    }

    fn new(path: &Path) -> Result<Self, Failure> {
        if !is_remote(path) {
            return Ok(Self { path: path.to_owned(), elsewhere: None });
        }
        refuse_unreadable(path)?;
        let directory = tempfile::Builder::new().prefix("seepage-").tempdir().map_err(|error| {
            Failure::new(format!(
                "no temporary directory could be made for `{}`: {error}",
                path.display()
            ))
            .with_hint("set TMPDIR to a directory with room")
        })?;
        Ok(Self {
            path: directory.path().join("copy"),
            elsewhere: Some(Elsewhere { address: path.to_owned(), directory }),
        })
    }

    /// Where its files are, or will be.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The name that people know it by.
    pub(crate) fn shown(&self) -> &Path {
        match &self.elsewhere {
            Some(Elsewhere { address, .. }) => address,
            None => &self.path,
        }
    }

    /// Copies what was written to where it belongs, and the file `whole` last.
    pub(crate) fn deliver(&self, whole: &str) -> Result<(), Failure> {
        match &self.elsewhere {
            Some(Elsewhere { address, .. }) => {
                copy_to(&self.path, address, whole).map_err(|error| unwritable(address, &error))
            }
            None => Ok(()),
        }
    }
}

fn unwritable(address: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("`{}` could not be written: {error}", address.display()))
        .with_hint("check that the bucket exists, and that the credentials may write there")
}

/// Refuses an address where this build has no client for stores.
pub(crate) fn refuse_unreadable(path: &Path) -> Result<(), Failure> {
    if cfg!(feature = "remote") || !is_remote(path) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "`{}` cannot be used: this build reads and writes files only",
        path.display()
    ))
    .with_hint("build it with `cargo install --path crates/cli --features remote`"))
}

#[cfg(feature = "remote")]
fn copy_from(address: &Path, directory: &Path) -> io::Result<()> {
    let copy = directory.join("copy");
    std::fs::create_dir(&copy)?;
    seepage_engine::copy_from_store(address, &copy)
}

#[cfg(feature = "remote")]
fn copy_to(directory: &Path, address: &Path, whole: &str) -> io::Result<()> {
    seepage_engine::copy_to_store(directory, address, &[whole])
}

#[cfg(feature = "remote")]
use seepage_engine::remove_from_store as remove_from;

/// Never returned: a build without clients refuses addresses in [`refuse_unreadable`].
#[cfg(not(feature = "remote"))]
fn unsupported() -> io::Error {
    io::ErrorKind::Unsupported.into()
}

#[cfg(not(feature = "remote"))]
fn copy_from(_: &Path, _: &Path) -> io::Result<()> {
    Err(unsupported())
}

#[cfg(not(feature = "remote"))]
fn copy_to(_: &Path, _: &Path, _: &str) -> io::Result<()> {
    Err(unsupported())
}

#[cfg(not(feature = "remote"))]
fn remove_from(_: &Path, _: &str) -> io::Result<()> {
    Err(unsupported())
}
