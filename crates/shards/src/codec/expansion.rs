//! How much a shard may grow when it is decoded.
//!
//! A few bytes can stand for terabytes of zeros. Text shrinks to a third or a tenth; ten thousand bytes that are repeated
//! for ever to a five-thousandth (zstd), zeros to a thousandth (gzip), a six-thousandth (xz), a thirty-thousandth (zstd)
//! and less (bzip2). So the ratio alone tells them apart where there is much of it, and little does no harm.

use std::error::Error;
use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a shard may grow to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpansionMax {
    /// Decoded bytes to one on disk.
    pub ratio: u64,
    /// This number of decoded bytes is free: the ratio of less is of no interest.
    pub free_len: u64,
}

impl Default for ExpansionMax {
    fn default() -> Self {
        Self { ratio: 1_000, free_len: 1 << 30 }
    }
}

impl ExpansionMax {
    /// With another ratio than by default.
    pub fn of_ratio(ratio: u64) -> Self {
        Self { ratio, ..Self::default() }
    }

    pub(crate) fn check(self, decoded: u64, on_disk: u64) -> Result<(), Expanded> {
        let Self { ratio, free_len } = self;
        if decoded > free_len && decoded / ratio.max(1) >= on_disk.max(1) {
            Err(Expanded { ratio })
        } else {
            Ok(())
        }
    }
}

/// It grew beyond the limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expanded {
    pub(crate) ratio: u64,
}

impl fmt::Display for Expanded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ratio = self.ratio;
        write!(
            f,
            "decompresses to more than {ratio} times its size; if it is what it should be, raise `--max-ratio`"
        )
    }
}

impl Error for Expanded {}

/// Ends with an error when a decoder gives too much.
pub(crate) struct Limited<R> {
    pub(crate) decoder: R,
    /// Bytes taken from the file.
    pub(crate) consumed: Arc<AtomicU64>,
    pub(crate) max: ExpansionMax,
    pub(crate) decoded: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.decoder.read(buffer)?;
        self.decoded += len as u64;
        self.max
            .check(self.decoded, self.consumed.load(Ordering::Relaxed))
            .map_err(io::Error::other)?;
        Ok(len)
    }
}
