//! Cuts a stream of lines into stretches of whole lines.
//!
//! Needs at most `record_len_max` and one block of memory, however long a line is: a longer line is cut itself.

use std::io::{self, Read};
use std::sync::Arc;

use crate::Extent;
use crate::recycle::{Buffer, Pool};
use crate::stretch::{Stretch, StretchLen, Stretches};

/// Read at once; blocks may be a little longer than asked by this.
const STEP_LEN_MAX: usize = 256 << 10;

/// Some rows of a shard.
#[derive(Debug)]
pub(crate) enum Cut {
    /// Whole lines, some of them perhaps blank.
    Lines {
        /// Of the first line that is not blank.
        row_start: u64,
        bytes: Buffer,
    },
    /// Of a line longer than `record_len_max`.
    Stretch { row: u64, extent: Extent, stretch: Stretch },
}

/// Cuts what `reader` gives. After an error or the end there is nothing more.
pub(crate) struct LineCutter<R> {
    reader: R,
    block_len: usize,
    record_len_max: usize,
    /// Begun and not yet given.
    carry: Buffer,
    /// Of the carry, given as stretches.
    carry_given: usize,
    pool: Arc<Pool>,
    row_next: u64,
    state: State,
}

enum State {
    /// Nothing was read yet; a byte order mark may come.
    Start,
    Lines,
    /// Inside of a line that is too long.
    Stretches(LongLine),
    /// The stream broke, and what stood before the break is given; the error is due.
    Broken(io::Error),
    End,
}

struct LongLine {
    stretches: Stretches,
    /// Its end was met.
    ended: bool,
    /// Stretches that are blank are passed over, as lines are.
    extent_next: Extent,
}

impl<R: Read> LineCutter<R> {
    pub(crate) fn new(reader: R, block_len: usize, record_len_max: usize) -> Self {
        let pool = Arc::new(Pool::default());
        Self {
            reader,
            block_len: block_len.max(1),
            record_len_max,
            carry: pool.take(),
            carry_given: 0,
            pool,
            row_next: 0,
            state: State::Start,
        }
    }

    /// For lines that begin in the middle of a file, where no byte order mark can be.
    pub(crate) fn inside(reader: R, block_len: usize, record_len_max: usize) -> Self {
        Self { state: State::Lines, ..Self::new(reader, block_len, record_len_max) }
    }

    /// The next cut, or `None` at the end. A stream that breaks gives the whole lines before the break first.
    pub(crate) fn next_cut(&mut self) -> io::Result<Option<Cut>> {
        loop {
            match std::mem::replace(&mut self.state, State::End) {
                State::End => return Ok(None),
                State::Broken(error) => return Err(error),
                State::Start => {
                    self.skip_byte_order_mark()?;
                    self.state = State::Lines;
                }
                State::Stretches(mut line) => {
                    let Some(stretch) = self.next_stretch(&mut line)? else {
                        self.row_next += u64::from(line.extent_next == Extent::Next);
                        self.carry = self.rest_of_carry()?;
                        self.carry_given = 0;
                        self.state = State::Lines;
                        continue;
                    };
                    let extent = line.extent_next;
                    let is_blank = is_blank(&stretch.bytes);
                    if !is_blank {
                        line.extent_next = Extent::Next;
                    }
                    self.state = State::Stretches(line);
                    if !is_blank {
                        let row = self.row_next;
                        return Ok(Some(Cut::Stretch { row, extent, stretch }));
                    }
                }
                State::Lines => {
                    let bytes = self.read_lines()?;
                    let row_count = lines_of(&bytes).count() as u64;
                    // Blank lines alone need no cut.
                    if row_count > 0 {
                        let row_start = self.row_next;
                        self.row_next += row_count;
                        return Ok(Some(Cut::Lines { row_start, bytes }));
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
                self.state = State::Stretches(LongLine {
                    stretches: Stretches::new(StretchLen::of(self.record_len_max)),
                    ended: false,
                    extent_next: Extent::First,
                });
                return self.give_lines(lines, lines_end);
            }
            if lines_end > 0 && lines.len() >= self.block_len {
                self.state = State::Lines;
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
                    self.state = State::Broken(error);
                    return Ok(lines);
                }
                Ok(0) if lines.len() - lines_end <= self.record_len_max => return Ok(lines),
                Ok(_) => {}
            }
        }
    }

    /// Appends as many bytes as are read at once, fewer at the end, and 0 behind it; before an error what came before it.
    ///
    /// Where blocks are cut must not depend on how many bytes a decoder or a network gives at a time: a scan looks into
    /// windows that are counted from the start of a block.
    fn read_step(&mut self, lines: &mut Buffer) -> io::Result<usize> {
        let step_len = self.block_len.min(STEP_LEN_MAX);
        // A record just under its limit must not cost twice the limit.
        let len_max = self.block_len.saturating_add(self.record_len_max);
        lines.read_from(&mut self.reader, step_len, len_max)
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

    fn next_stretch(&mut self, line: &mut LongLine) -> io::Result<Option<Stretch>> {
        let mut reader = RestOfLine {
            carry: &mut self.carry,
            carry_given: &mut self.carry_given,
            reader: &mut self.reader,
            ended: &mut line.ended,
        };
        line.stretches.next(&mut reader)
    }

    fn rest_of_carry(&self) -> io::Result<Buffer> {
        let mut rest = self.pool.take();
        rest.extend(&self.carry[self.carry_given..])?;
        Ok(rest)
    }
}

/// Reads to the end of the line, and keeps what follows it.
struct RestOfLine<'c, R> {
    carry: &'c mut Buffer,
    carry_given: &'c mut usize,
    reader: &'c mut R,
    ended: &'c mut bool,
}

impl<R: Read> Read for RestOfLine<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if *self.ended {
            return Ok(0);
        }
        if *self.carry_given == self.carry.len() {
            self.carry.truncate(0);
            *self.carry_given = 0;
            let step_len = buffer.len().min(STEP_LEN_MAX);
            // Once: what comes before an error must be given.
            let room = self.carry.room(step_len, STEP_LEN_MAX)?;
            let len = self.reader.read(&mut room[..step_len])?;
            self.carry.grow(len);
        }
        let rest = &self.carry[*self.carry_given..];
        let rest = &rest[..rest.len().min(buffer.len())];
        let end = memchr::memchr(b'\n', rest);
        let len = end.unwrap_or(rest.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        *self.ended = end.is_some();
        *self.carry_given += len + usize::from(end.is_some());
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

    /// Gives so many bytes at a time.
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
            while let Some(Cut::Lines { row_start, bytes }) = cutter.next_cut().unwrap() {
                starts.push((row_start, bytes.len()));
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
