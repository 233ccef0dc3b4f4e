//! Numbered entries of one length, in memory as long as they are few and in a file without a name otherwise.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::SpooledTempFile;

/// Entries of `LEN` bytes.
#[derive(Debug)]
pub(crate) struct SpilledArray<const LEN: usize> {
    file: SpooledTempFile,
    count: u64,
}

impl<const LEN: usize> SpilledArray<LEN> {
    /// Holds so many bytes; what is more goes to `directory`.
    pub(crate) fn new(directory: &Path, memory: usize) -> Self {
        Self { file: tempfile::spooled_tempfile_in(memory, directory), count: 0 }
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Adds an entry; its number is the count before.
    pub(crate) fn push(&mut self, entry: &[u8; LEN]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.count * LEN as u64))?;
        self.file.write_all(entry)?;
        self.count += 1;
        Ok(())
    }

    /// Reads the entry with a number.
    pub(crate) fn get(&mut self, number: u64) -> io::Result<[u8; LEN]> {
        let mut entry = [[0; LEN]];
        self.read(number, &mut entry)?;
        Ok(entry[0])
    }

    /// Reads the entries from a number on.
    pub(crate) fn read(&mut self, first: u64, entries: &mut [[u8; LEN]]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(first * LEN as u64))?;
        self.file.read_exact(entries.as_flattened_mut())
    }
}
