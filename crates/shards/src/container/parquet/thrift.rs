//! Just enough of the compact protocol of Apache Thrift to step over a struct
//! (`doc/specs/thrift-compact-protocol.md`).
//!
//! The decoder of Parquet passes over fields that it does not know as long as they say. Truths in a list take it no bytes,
//! and the end of a file counts for as many as are asked for: six bytes that announce 2^31 of them keep it busy for seconds,
//! and a header or a footer may hold millions of such lists. So both are walked before, and each step takes a byte.

use std::io::{self, Read};

/// What a field, or an element of a list, is.
pub(super) mod kind {
    pub(crate) const STOP: u8 = 0;
    pub(crate) const TRUE: u8 = 1;
    pub(crate) const FALSE: u8 = 2;
    pub(crate) const BYTE: u8 = 3;
    pub(crate) const I16: u8 = 4;
    pub(crate) const I32: u8 = 5;
    pub(crate) const I64: u8 = 6;
    pub(crate) const DOUBLE: u8 = 7;
    pub(crate) const BINARY: u8 = 8;
    pub(crate) const LIST: u8 = 9;
    pub(crate) const SET: u8 = 10;
    pub(crate) const MAP: u8 = 11;
    pub(crate) const STRUCT: u8 = 12;
}

/// As deep as the decoder goes.
const DEPTH_MAX: u32 = 64;

/// A struct that is stepped over.
pub(super) struct Thrift<R> {
    reader: R,
    /// The bytes that it may still have.
    left: u64,
}

impl<R: Read> Thrift<R> {
    /// One of `len_max` bytes at most.
    pub(super) fn new(reader: R, len_max: u64) -> Self {
        Self { reader, left: len_max }
    }

    /// The kind of the next field; its id replaces that of the one before.
    pub(super) fn field(&mut self, id: &mut i64) -> io::Result<u8> {
        let byte = self.byte()?;
        let kind = byte & 0x0f;
        match i64::from(byte >> 4) {
            _ if kind == kind::STOP => {}
            0 => {
                let zigzag = self.number()?;
                *id = (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed();
            }
            delta => *id = id.checked_add(delta).ok_or_else(unreadable)?,
        }
        Ok(kind)
    }

    /// The length of the next list and the kind of its elements.
    pub(super) fn list(&mut self) -> io::Result<(u64, u8)> {
        let byte = self.byte()?;
        let len = match byte >> 4 {
            15 => self.number()?,
            len => u64::from(len),
        };
        Ok((len, byte & 0x0f))
    }

    /// Unsigned, of seven bits a byte.
    pub(super) fn number(&mut self) -> io::Result<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(unreadable())
    }

    /// Steps over all of a struct.
    pub(super) fn skip_struct(&mut self) -> io::Result<()> {
        self.fields(DEPTH_MAX)
    }

    /// Steps over the value of a field.
    pub(super) fn skip(&mut self, kind: u8) -> io::Result<()> {
        self.field_value(kind, DEPTH_MAX)
    }

    fn fields(&mut self, depth: u32) -> io::Result<()> {
        let mut id = 0;
        loop {
            match self.field(&mut id)? {
                kind::STOP => return Ok(()),
                kind => self.field_value(kind, depth)?,
            }
        }
    }

    fn field_value(&mut self, kind: u8, depth: u32) -> io::Result<()> {
        match kind {
            // Those of fields are in the kind.
            kind::TRUE | kind::FALSE => Ok(()),
            kind => self.value(kind, depth),
        }
    }

    fn value(&mut self, kind: u8, depth: u32) -> io::Result<()> {
        let depth = depth.checked_sub(1).ok_or_else(unreadable)?;
        match kind {
            kind::BYTE => self.pass(1),
            kind::I16 | kind::I32 | kind::I64 => self.number().map(|_| ()),
            kind::DOUBLE => self.pass(8),
            kind::BINARY => {
                let len = self.number()?;
                self.pass(len)
            }
            kind::LIST | kind::SET => {
                let (len, kind) = self.list()?;
                (0..len).try_for_each(|_| self.value(kind, depth))
            }
            kind::MAP => {
                let len = self.number()?;
                let kinds = if len == 0 { 0 } else { self.byte()? };
                (0..len).try_for_each(|_| {
                    self.value(kinds >> 4, depth)?;
                    self.value(kinds & 0x0f, depth)
                })
            }
            kind::STRUCT => self.fields(depth),
            // Truths as elements, too: the decoder and the specification are not of one mind about their bytes.
            _ => Err(unreadable()),
        }
    }

    fn byte(&mut self) -> io::Result<u8> {
        self.left = self.left.checked_sub(1).ok_or_else(unreadable)?;
        let mut byte = [0];
        self.reader.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    fn pass(&mut self, len: u64) -> io::Result<()> {
        self.left = self.left.checked_sub(len).ok_or_else(unreadable)?;
        let mut passed = (&mut self.reader).take(len);
        if io::copy(&mut passed, &mut io::sink())? < len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

fn unreadable() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "no readable metadata")
}
