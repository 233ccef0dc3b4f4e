//! The files of an index, and errors that name them.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::error::OpenError;
use crate::manifest::{FileEntry, MANIFEST_FILE};
use crate::mmap::Mapping;
use crate::segment::sections::{Checksum, Flaw};

/// What is read whole is no longer than this: lists of log files and of passages.
const READ_LEN_MAX: u64 = 4 << 30;

#[derive(Clone, Copy)]
pub(crate) struct Files<'p> {
    pub(crate) path: &'p Path,
}

impl<'p> Files<'p> {
    pub(crate) fn damaged(&self, file: &str) -> impl Fn(Flaw) -> OpenError + use<'p> {
        let (path, file) = (self.path, file.to_owned());
        move |Flaw { section, fact }| OpenError::Damaged {
            path: path.to_path_buf(),
            file: file.clone(),
            section,
            fact,
        }
    }

    pub(crate) fn io(&self, file: &str, source: io::Error) -> OpenError {
        let path = self.path.join(file);
        OpenError::Io { path, source }
    }

    /// Opens a file that has the length in the manifest.
    pub(crate) fn open(&self, file: &str, entry: &FileEntry) -> Result<File, OpenError> {
        let path = self.path.join(file);
        // Asked before opening: a pipe would wait for a writer.
        let meta = match fs::metadata(&path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(OpenError::Missing {
                    path: self.path.to_path_buf(),
                    file: file.to_owned(),
                });
            }
            Err(source) => return Err(self.io(file, source)),
        };
        let found = meta.len();
        if !meta.is_file() {
            let flaw = Flaw::new("file", "is not a regular file");
            return Err(self.damaged(file)(flaw));
        }
        if found != entry.len {
            let fact = format!("has {found} bytes instead of {}", entry.len);
            return Err(self.damaged(file)(Flaw::new("file", fact)));
        }
        File::open(&path).map_err(|source| self.io(file, source))
    }

    pub(crate) fn map(
        &self,
        file: &str,
        entry: &FileEntry,
    ) -> Result<(Mapping, Checksum), OpenError> {
        let checksum = self.checksum(entry)?;
        let opened = self.open(file, entry)?;
        let len = usize::try_from(entry.len)
            .map_err(|_| self.io(file, io::ErrorKind::FileTooLarge.into()))?;
        let map = Mapping::new(&opened, len).map_err(|source| self.io(file, source))?;
        Ok((map, checksum))
    }

    /// The bytes of a file that is read whole.
    pub(crate) fn read(&self, file: &str, entry: &FileEntry) -> Result<Vec<u8>, OpenError> {
        if entry.len > READ_LEN_MAX {
            return Err(self.io(file, io::ErrorKind::FileTooLarge.into()));
        }
        let mut bytes = vec![];
        let opened = self.open(file, entry)?;
        let read = opened.take(entry.len).read_to_end(&mut bytes);
        read.map_err(|source| self.io(file, source))?;
        Ok(bytes)
    }

    pub(crate) fn checksum(&self, entry: &FileEntry) -> Result<Checksum, OpenError> {
        entry.checksum().map_err(self.damaged(MANIFEST_FILE))
    }
}
