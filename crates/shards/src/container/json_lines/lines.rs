//! Cuts a stream of lines into blocks of whole lines, and lines that are too long for one.
//!
//! Needs at most `record_len_max` and one block of memory, however long a line is.

use std::io::{self, Read};
use std::sync::Arc;

use crate::buffer_pool::{Buffer, BufferPool};

/// Read at once; blocks may be a little longer than asked by this.
const STEP_LEN_MAX: usize = 256 << 10;

/// What a stream is cut into.
pub(crate) enum Cut<'c, R> {
    Lines(Lines),
    LongLine(LongLine<'c, R>),
}

/// Whole lines, some of them perhaps blank.
pub(crate) struct Lines {
    /// Of the first line that is not blank.
    pub(crate) row_start: u64,
    pub(crate) bytes: Buffer,
}

/// Cuts what `reader` gives. After an error or the end there is nothing more.
pub(crate) struct LineCutter<R> {
    reader: R,
    block_len: usize,
    record_len_max: usize,
    /// Begun and not yet given.
    carry: Buffer,
    pool: Arc<BufferPool>,
    row_next: u64,
    state: CutterState,
    /// What broke the stream, behind bytes that were read.
    broken: Option<io::Error>,
}

enum CutterState {
    /// Nothing was read yet; a byte order mark may come.
    Start,
    Lines,
    /// The carry begins a line that is too long.
    LongLine,
    /// The stream broke, and what stood before the break is given; the error is due.
    Broken(io::Error),
    End,
}

impl<R: Read> LineCutter<R> {
    pub(crate) fn new(reader: R, block_len: usize, record_len_max: usize) -> Self {
        let pool = Arc::new(BufferPool::default());
        Self {
            reader,
            block_len: block_len.max(1),
            record_len_max,
            carry: pool.take(),
            pool,
            row_next: 0,
            state: CutterState::Start,
            broken: None,
        }
    }

    /// For lines that begin in the middle of a file, where no byte order mark can be.
    pub(crate) fn inside(reader: R, block_len: usize, record_len_max: usize) -> Self {
        Self { state: CutterState::Lines, ..Self::new(reader, block_len, record_len_max) }
    }

    /// The next cut, or `None` at the end. A stream that breaks gives the whole lines before the break first. A long line
    /// has to be read to its end before the next cut is asked for.
    pub(crate) fn next_cut(&mut self) -> io::Result<Option<Cut<'_, R>>> {
        loop {
            match std::mem::replace(&mut self.state, CutterState::End) {
                CutterState::End => return Ok(None),
                CutterState::Broken(error) => return Err(error),
                CutterState::Start => {
                    self.skip_byte_order_mark()?;
                    self.state = CutterState::Lines;
                }
                CutterState::LongLine => {
                    let row = self.row_next;
                    let line = LongLine {
                        cutter: self,
                        carry_given: 0,
                        row,
                        is_blank: true,
                        ended: false,
                    };
                    return Ok(Some(Cut::LongLine(line)));
                }
                CutterState::Lines => {
                    let bytes = self.read_lines()?;
                    let row_count = lines_of(&bytes).count() as u64;
                    // Blank lines alone need no cut.
                    if row_count > 0 {
                        let row_start = self.row_next;
                        self.row_next += row_count;
                        return Ok(Some(Cut::Lines(Lines { row_start, bytes })));
                    }
                }
            }
        }
    }

    fn skip_byte_order_mark(&mut self) -> io::Result<()> {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        let mut first = vec![];
        (&mut self.reader).take(MARK.len() as u64).read_to_end(&mut first)?;
        if first != MARK {
            self.carry.extend(&first)?;
        }
        Ok(())
    }

    /// Reads whole lines of about `block_len`, and sets the state that follows. May give nothing.
    fn read_lines(&mut self) -> io::Result<Buffer> {
        let mut lines = std::mem::replace(&mut self.carry, self.pool.take());
        // The carry holds a newline only where a line that was too long ended in the middle of a block.
        let mut lines_end = memchr::memrchr(b'\n', &lines).map_or(0, |offset| offset + 1);
        loop {
            if lines.len() - lines_end > self.record_len_max {
                self.state = CutterState::LongLine;
                return self.give_lines(lines, lines_end);
            }
            if lines_end > 0 && lines.len() >= self.block_len {
                self.state = CutterState::Lines;
                return self.give_lines(lines, lines_end);
            }
            let len_before = lines.len();
            let read = self.read_step(&mut lines);
            if let Some(offset) = memchr::memrchr(b'\n', &lines[len_before..]) {
                lines_end = len_before + offset + 1;
            }
            match read {
                Err(error) => {
                    // The last line has no end, so it is not known to be whole.
                    lines.truncate(lines_end);
                    self.state = CutterState::Broken(error);
                    return Ok(lines);
                }
                Ok(0) if lines.len() - lines_end <= self.record_len_max => return Ok(lines),
                Ok(_) => {}
            }
        }
    }

    /// Appends as many bytes as are read at once, fewer at the end, and 0 behind it. What comes before an error is given
    /// first, and the error by the next call.
    ///
    /// Where blocks are cut must not depend on how many bytes a decoder or a network gives at a time: a scan looks into
    /// windows that are counted from the start of a block.
    fn read_step(&mut self, lines: &mut Buffer) -> io::Result<usize> {
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        let step_len = self.block_len.min(STEP_LEN_MAX);
        // A record just under its limit must not cost twice the limit.
        let len_max = self.block_len.saturating_add(self.record_len_max);
        let len_before = lines.len();
        if let Err(error) = lines.read_from(&mut self.reader, step_len, len_max) {
            if lines.len() == len_before {
                return Err(error);
            }
            self.broken = Some(error);
        }
        Ok(lines.len() - len_before)
    }

    /// What ends at `lines_end`; the rest is kept.
    fn give_lines(&mut self, mut lines: Buffer, lines_end: usize) -> io::Result<Buffer> {
        if lines_end == 0 {
            // Nothing to give, and all to keep: a long line is not copied.
            return Ok(std::mem::replace(&mut self.carry, lines));
        }
        self.carry.extend(&lines[lines_end..])?;
        lines.truncate(lines_end);
        Ok(lines)
    }
}

/// A line that is too long to be held, without its end. Reading it to its end makes the cutter go on behind it.
pub(crate) struct LongLine<'c, R> {
    cutter: &'c mut LineCutter<R>,
    /// Of the carry.
    carry_given: usize,
    pub(crate) row: u64,
    /// Nothing but white space was read so far. A blank line is no row.
    pub(crate) is_blank: bool,
    ended: bool,
}

impl<R: Read> LongLine<'_, R> {
    /// What was read of the stream and not given. Empty at the end of the stream.
    fn rest_of_carry(&mut self) -> io::Result<&[u8]> {
        let cutter = &mut *self.cutter;
        if self.carry_given == cutter.carry.len() {
            let mut carry = std::mem::replace(&mut cutter.carry, cutter.pool.take());
            carry.truncate(0);
            self.carry_given = 0;
            let read = cutter.read_step(&mut carry);
            cutter.carry = carry;
            read?;
        }
        Ok(&self.cutter.carry[self.carry_given..])
    }
}

impl<R: Read> Read for LongLine<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        let rest = self.rest_of_carry()?;
        let rest = &rest[..rest.len().min(buffer.len())];
        let end = memchr::memchr(b'\n', rest);
        let len = end.unwrap_or(rest.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        self.ended = end.is_some() || rest.is_empty();
        self.carry_given += len + usize::from(end.is_some());
        if self.is_blank && !is_blank(&buffer[..len]) {
            self.is_blank = false;
            self.cutter.row_next = self.row + 1;
        }
        if self.ended {
            let mut carry = self.cutter.pool.take();
            carry.extend(&self.cutter.carry[self.carry_given..])?;
            self.cutter.carry = carry;
            self.cutter.state = CutterState::Lines;
        }
        Ok(len)
    }
}

/// The lines that are not blank, without their ends.
pub(crate) fn lines_of(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &rest[..end];
            rest = &rest[(end + 1).min(rest.len())..];
            if !is_blank(line) {
                return Some(line);
            }
        }
        None
    })
}

pub(crate) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives at most this many bytes at a time.
    struct Drops<'t>(&'t [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let len = self.1.min(buffer.len());
            self.0.read(&mut buffer[..len])
        }
    }

    #[test]
    fn blocks_are_cut_at_the_same_lines_however_few_bytes_come_at_a_time() {
        let lines = (0..900).map(|number| "x".repeat(number * 7 % 50) + "\n");
        let text = lines.collect::<String>();
        let cuts = |at_a_time| {
            let reader = Drops(text.as_bytes(), at_a_time);
            let mut cutter = LineCutter::new(reader, 1000, 10_000);
            let mut starts = vec![];
            while let Some(Cut::Lines(lines)) = cutter.next_cut().unwrap() {
                starts.push((lines.row_start, lines.bytes.len()));
            }
            starts
        };
        let expected = cuts(usize::MAX);
        assert!(expected.len() > 10);
        for at_a_time in [1, 7, 999, 1000, 1001] {
            assert_eq!(expected, cuts(at_a_time), "{at_a_time}");
        }
    }
}
