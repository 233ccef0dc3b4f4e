//! Text in UTF-16 that says so by a byte order mark, decoded to UTF-8.
//!
//! Half of a surrogate pair becomes U+FFFD, as everywhere. Positions in the text are those of the decoded one.

use std::io::{self, BufRead, Read};

/// Which byte of a unit comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    Little,
    Big,
}

/// The order that the mark at the start of `prefix` tells, if what follows is text in UTF-16: other files may begin
/// with these two bytes, but then hold zeros or broken pairs.
pub(crate) fn byte_order(prefix: &[u8]) -> Option<ByteOrder> {
    let (order, text) = match prefix {
        [0xff, 0xfe, text @ ..] => (ByteOrder::Little, text),
        [0xfe, 0xff, text @ ..] => (ByteOrder::Big, text),
        _ => return None,
    };
    // The last unit may be the first half of a pair.
    let units: Vec<u16> = units(text, order).collect();
    let whole = match units.split_last() {
        Some((0xd800..=0xdbff, rest)) => rest,
        _ => &units,
    };
    let is_text = char::decode_utf16(whole.iter().copied()).all(|c| c.is_ok_and(|c| c != '\0'));
    (is_text && !units.is_empty()).then_some(order)
}

fn units(bytes: &[u8], order: ByteOrder) -> impl Iterator<Item = u16> {
    bytes.as_chunks().0.iter().map(move |&unit| match order {
        ByteOrder::Little => u16::from_le_bytes(unit),
        ByteOrder::Big => u16::from_be_bytes(unit),
    })
}

pub(crate) struct Utf16Reader<R> {
    reader: R,
    order: ByteOrder,
    /// Undecoded: half a unit, or half a pair.
    carry: Vec<u8>,
    decoded: Vec<u8>,
    /// Of `decoded`, given.
    given: usize,
    at_start: bool,
}

impl<R: BufRead> Utf16Reader<R> {
    pub(crate) fn new(reader: R, order: ByteOrder) -> Self {
        Self { reader, order, carry: vec![], decoded: vec![], given: 0, at_start: true }
    }

    /// Decodes what the reader has at hand. False at the end.
    fn fill(&mut self) -> io::Result<bool> {
        const STEP_LEN: usize = 64 << 10;
        let bytes = self.reader.fill_buf()?;
        let len = bytes.len().min(STEP_LEN);
        let at_end = len == 0;
        self.carry.extend_from_slice(&bytes[..len]);
        self.reader.consume(len);
        if at_end && self.carry.len() % 2 == 1 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut units: Vec<u16> = units(&self.carry, self.order).collect();
        if !at_end && matches!(units.last(), Some(0xd800..=0xdbff)) {
            units.pop();
        }
        self.carry.drain(..2 * units.len());
        self.decoded.clear();
        self.given = 0;
        for c in char::decode_utf16(units) {
            let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
            if !std::mem::take(&mut self.at_start) || c != '\u{feff}' {
                let mut utf8 = [0; 4];
                self.decoded.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
            }
        }
        Ok(!at_end || !self.decoded.is_empty())
    }
}

impl<R: BufRead> Read for Utf16Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.decoded.len() {
            if !self.fill()? {
                return Ok(0);
            }
        }
        let rest = &self.decoded[self.given..];
        let len = rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        self.given += len;
        Ok(len)
    }
}
