//! Buffers that go round: taken for a block, and given back when the block is done with.
//!
//! A fresh megabyte for each block would cost the system a page fault every four thousand bytes, which is as much time as
//! looking at the bytes.

use std::io::{self, Read};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// Buffers that are not in use.
#[derive(Debug, Default)]
pub(crate) struct BufferPool(Mutex<Vec<Vec<u8>>>);

/// More unused buffers than this are let go.
const WAITING_MAX: usize = 16;
/// A buffer that had to grow further, for a long record, is let go.
const LEN_MAX: usize = 4 << 20;
/// So much memory is taken because a header says so; more, because it is there.
const TRUSTED_LEN: usize = 1 << 20;

/// Bytes that grow, on memory that was used before.
#[derive(Debug)]
pub(crate) struct Buffer {
    /// All of it is initialised; the content ends at `len`.
    bytes: Vec<u8>,
    len: usize,
    pool: Arc<BufferPool>,
}

impl BufferPool {
    /// An empty buffer.
    pub(crate) fn take(self: &Arc<Self>) -> Buffer {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Buffer { bytes: waiting.pop().unwrap_or_default(), len: 0, pool: Arc::clone(self) }
    }
}

impl Buffer {
    /// Room behind the content: at least `more` bytes of any value. Doubles like `Vec` does, but not past `len_max`.
    pub(crate) fn room(&mut self, more: usize, len_max: usize) -> io::Result<&mut [u8]> {
        let needed = self.len + more;
        if self.bytes.len() < needed {
            let len = (2 * self.bytes.len()).min(len_max).max(needed);
            let reserved = self.bytes.try_reserve_exact(len - self.bytes.len());
            reserved.map_err(|_| io::ErrorKind::OutOfMemory)?;
            self.bytes.resize(len, 0);
        }
        Ok(&mut self.bytes[self.len..])
    }

    /// Says that the next `more` bytes of the room are content now.
    pub(crate) fn grow(&mut self, more: usize) {
        self.len += more;
        assert!(self.len <= self.bytes.len(), "there was room for what was read");
    }

    pub(crate) fn extend(&mut self, bytes: &[u8]) -> io::Result<()> {
        let room = self.room(bytes.len(), usize::MAX)?;
        room[..bytes.len()].copy_from_slice(bytes);
        self.grow(bytes.len());
        Ok(())
    }

    /// Appends `len` bytes of `reader`, fewer at its end; before an error what came before it. Returns how many. Doubles as
    /// [`Self::room`] does.
    pub(crate) fn read_from(
        &mut self,
        reader: &mut impl Read,
        len: usize,
        len_max: usize,
    ) -> io::Result<usize> {
        let mut left = len;
        while left > 0 {
            let step = left.min(TRUSTED_LEN);
            let room = self.room(step, len_max)?;
            let (filled, ended) = fill(reader, &mut room[..step]);
            self.grow(filled);
            left -= filled;
            ended?;
            if filled < step {
                break;
            }
        }
        Ok(len - left)
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        let mut waiting = self.pool.0.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes.len() <= LEN_MAX && waiting.len() < WAITING_MAX {
            waiting.push(bytes);
        }
    }
}

/// Fills `bytes`, or as much of it as there still is; returns how much, and the error that came before the rest.
pub(crate) fn fill(reader: &mut impl Read, bytes: &mut [u8]) -> (usize, io::Result<()>) {
    let mut filled = 0;
    while filled < bytes.len() {
        match reader.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(len) => filled += len,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Err(error)),
        }
    }
    (filled, Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_empty_on_the_same_memory() {
        let pool = Arc::new(BufferPool::default());
        let mut first = pool.take();
        first.extend(b"what stood here before").unwrap();
        let memory = first.as_ptr();
        drop(first);
        let mut second = pool.take();
        assert!(second.is_empty());
        second.extend(b"new").unwrap();
        assert_eq!((&*second, second.as_ptr()), (b"new".as_slice(), memory));
        second.truncate(1);
        second.extend(b"ow").unwrap();
        assert_eq!(&*second, b"now");
    }

    #[test]
    fn a_buffer_of_a_long_record_is_let_go() {
        let pool = Arc::new(BufferPool::default());
        let mut long = pool.take();
        long.room(LEN_MAX + 1, usize::MAX).unwrap();
        drop(long);
        assert!(pool.0.lock().unwrap().is_empty());
    }

    #[test]
    fn room_does_not_double_past_what_can_be_needed() {
        let mut buffer = Arc::new(BufferPool::default()).take();
        for (more, len_max, expected) in [(10, 100, 10), (11, 100, 20), (30, 35, 35), (40, 35, 40)]
        {
            buffer.truncate(0);
            assert_eq!(buffer.room(more, len_max).unwrap().len(), expected);
        }
    }
}
