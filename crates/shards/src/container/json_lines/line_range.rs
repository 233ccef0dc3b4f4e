//! The lines of a file that begin in a range of its bytes.
//!
//! A line belongs to the range in which it begins, so each line of a file is in exactly one of its pieces, whole.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::ShardError;

/// Read at once when a line end is looked for.
const STEP_LEN: usize = 64 << 10;

/// Gives the lines that begin in the range, the last one up to its end, wherever that lies.
pub(crate) struct LineRange {
    file: File,
    /// Of the next byte.
    at: u64,
    /// The first line end at or behind this byte is that of the last line.
    last: u64,
    ended: bool,
    consumed: Arc<AtomicU64>,
}

impl LineRange {
    /// Of a regular file. `bytes` is not empty. What is read is added to `consumed`.
    pub(crate) fn open(
        path: &Path,
        bytes: &Range<u64>,
        consumed: &Arc<AtomicU64>,
    ) -> Result<Self, ShardError> {
        let io_error = |source| ShardError::io(path, source);
        let mut lines = Self {
            file: File::open(path).map_err(io_error)?,
            at: bytes.start,
            last: bytes.end - 1,
            ended: false,
            consumed: Arc::clone(consumed),
        };
        lines.find_first_line().map_err(io_error)?;
        Ok(lines)
    }

    /// Steps to the first byte of the range that a line begins with. The line that goes on there is not ours.
    fn find_first_line(&mut self) -> io::Result<()> {
        let Some(mut at) = self.at.checked_sub(1) else {
            return Ok(());
        };
        self.file.seek(SeekFrom::Start(at))?;
        let mut step = vec![0; STEP_LEN];
        // A line end in the last byte of the range, or behind it, begins no line of ours.
        while at < self.last {
            let len_max = STEP_LEN.min(usize::try_from(self.last - at).unwrap_or(STEP_LEN));
            let len = read_some(&mut self.file, &mut step[..len_max])?;
            if len == 0 {
                break;
            }
            if let Some(offset) = memchr::memchr(b'\n', &step[..len]) {
                self.at = at + offset as u64 + 1;
                self.file.seek(SeekFrom::Start(self.at))?;
                return Ok(());
            }
            at += len as u64;
        }
        self.ended = true;
        Ok(())
    }
}

impl Read for LineRange {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        let mut len = read_some(&mut self.file, buffer)?;
        // Of what was read, the bytes from here on may hold the end.
        let open = usize::try_from(self.last.saturating_sub(self.at)).unwrap_or(usize::MAX);
        if let Some(rest) = buffer[..len].get(open..)
            && let Some(offset) = memchr::memchr(b'\n', rest)
        {
            len = open + offset + 1;
            self.ended = true;
        }
        self.at += len as u64;
        self.consumed.fetch_add(len as u64, Ordering::Relaxed);
        Ok(len)
    }
}

fn read_some(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}
