//! The header of a page, taken whole before the decoder sees it: see [`crate::container::parquet::thrift`].

use std::io::{self, Cursor, Read};

use ::parquet::errors::Result as ParquetResult;
use ::parquet::file::reader::{ChunkReader, Length};
use bytes::Bytes;

use crate::container::parquet::thrift::Thrift;
use crate::place::source::ShardSource;

/// Statistics may hold the smallest and the largest value of a page, whole.
const HEADER_LEN_MAX: u64 = 64 << 20;

/// The bytes of the page header that `reader` begins with, and nothing behind it.
///
/// The header is read and checked when the first byte is asked for, and not before: the decoder opens a reader at the
/// *data* of a page whose header it has peeked at already, and then reads nothing from it. What lies there is no header.
///
/// # Errors
/// Reading fails if the header breaks off, is none, or is longer than 64 MiB.
pub(crate) struct PageHeader<R> {
    /// `None` once the header was taken.
    reader: Option<R>,
    header: Cursor<Vec<u8>>,
}

impl<R> PageHeader<R> {
    pub(crate) fn at(reader: R) -> Self {
        Self { reader: Some(reader), header: Cursor::default() }
    }
}

impl<R: Read> Read for PageHeader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(reader) = self.reader.take() {
            let mut header = KeepingReader { reader, bytes: vec![] };
            Thrift::new(&mut header, HEADER_LEN_MAX).skip_struct()?;
            self.header = Cursor::new(header.bytes);
        }
        self.header.read(buffer)
    }
}

impl Length for ShardSource {
    fn len(&self) -> u64 {
        match self {
            Self::File(_, len) => *len,
            #[cfg(feature = "remote")]
            Self::Remote(shard) => shard.len(),
        }
    }
}

impl ChunkReader for ShardSource {
    type T = PageHeader<Box<dyn Read>>;

    /// The header of a page: the decoder reads no other thing in this way.
    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        let bytes: Box<dyn Read> = match self {
            Self::File(file, _) => Box::new(file.get_read(start)?),
            #[cfg(feature = "remote")]
            Self::Remote(shard) => Box::new(shard.read_from(start)),
        };
        Ok(PageHeader::at(bytes))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        match self {
            Self::File(file, _) => file.get_bytes(start, length),
            #[cfg(feature = "remote")]
            Self::Remote(shard) => Ok(shard.read_at(start..start.saturating_add(length as u64))?),
        }
    }
}

/// Keeps what is read.
struct KeepingReader<R> {
    reader: R,
    bytes: Vec<u8>,
}

impl<R: Read> Read for KeepingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.reader.read(buffer)?;
        self.bytes.extend_from_slice(&buffer[..len]);
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_page_header(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut header = vec![];
        PageHeader::at(bytes).read_to_end(&mut header).map(|_| header)
    }

    #[track_caller]
    fn check(header: &[u8]) {
        let with_page = [header, &[0xff; 40]].concat();
        let read = read_page_header(&with_page[..]);
        assert_eq!(read.ok().as_deref(), Some(header), "{header:x?}");
        for len in 0..header.len() {
            assert!(read_page_header(&header[..len]).is_err(), "{len}");
        }
    }

    #[test]
    fn a_header_is_taken_to_its_end_whatever_fields_it_has() {
        check(&[0]);
        // Type, two sizes, and a struct of two numbers and a truth.
        check(&[0x15, 0, 0x15, 0x80, 1, 0x15, 2, 0x2c, 0x15, 2, 0x11, 0, 0]);
        // A field by its number; a byte, a double and a text.
        check(&[0x03, 0x90, 1, 7, 0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0x18, 2, 1, 1, 0]);
        // A list of two numbers, a set of sixteen bytes, a map of a byte to a list, an empty map.
        let mut set = vec![0x19, 0x25, 1, 2, 0x1a, 0xf3, 16];
        set.extend([0; 16]);
        set.extend([0x1b, 1, 0x39, 9, 0x15, 4, 0x1b, 0, 0]);
        check(&set);
    }

    #[test]
    fn what_announces_more_than_there_is_or_takes_no_bytes_is_no_header() {
        let truths = [0x19, 0xf1, 0xff, 0xff, 0xff, 0xff, 7, 0];
        let text = [0x18, 0xff, 0xff, 0xff, 0xff, 7, 0];
        let number = [[0x15].as_slice(), &[0xff; 12]].concat();
        let deep = [0x1c; 100];
        for header in [&truths[..], &text, &number, &deep, &[0x1d, 0]] {
            assert!(read_page_header(header).is_err(), "{header:x?}");
        }
        // Each list takes a byte.
        let lists = [[0x19, 0xf9, 0xff, 0xff, 0xff, 0xff, 7].as_slice(), &[9; 1000]].concat();
        assert!(read_page_header(&lists[..]).is_err());
    }
}
