//! Opens an index, wherever it lies.

use std::ops::Deref;
use std::path::Path;

use seepage_index::{Index, OpenError};

use crate::screen::failure::Failure;
use crate::stored::Stored;

/// An opened index, and its files where they had to be fetched.
#[derive(Debug)]
pub(crate) struct OpenedIndex {
    index: Index,
    _files: Stored,
}

impl Deref for OpenedIndex {
    type Target = Index;

    fn deref(&self) -> &Index {
        &self.index
    }
}

/// Opens an index, wherever it lies, or says how to come by one.
pub(crate) fn open(path: &Path) -> Result<OpenedIndex, Failure> {
    let files = Stored::fetch(path)?;
    let index = Index::open(files.path()).map_err(|error: OpenError| {
        Failure::from(error)
            .with_hint(format!("build it with `seepage index build LOGS... -o {}`", path.display()))
    })?;
    Ok(OpenedIndex { index, _files: files })
}
