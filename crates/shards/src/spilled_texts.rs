//! The texts of one row that are too long or too many to be held, in a temporary file.

use std::error::Error;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use tempfile::SpooledTempFile;

use crate::windows::{WindowLen, window_field};

/// Up to this length texts stay in memory, and there is no file.
const HELD_LEN_MAX: usize = 64 << 10;

/// Read and written at once.
const STEP_LEN: usize = 64 << 10;

/// Texts with their fields, one behind the other. The file has no name, and is gone with the process.
///
/// An entry: the length of the field and that of the text, as `u64` · the field · the text.
#[derive(Debug)]
pub struct SpilledTexts {
    file: Mutex<SpooledTempFile>,
    entries: u64,
}

impl Default for SpilledTexts {
    fn default() -> Self {
        Self { file: Mutex::new(SpooledTempFile::new(HELD_LEN_MAX)), entries: 0 }
    }
}

impl SpilledTexts {
    /// Appends a text, all that `reader` gives; returns its length. What came before an error of the reader stays.
    pub(crate) fn append(&mut self, field: &str, reader: &mut dyn Read) -> io::Result<u64> {
        let file = self.file.get_mut().unwrap_or_else(PoisonError::into_inner);
        let (len, read) = append_entry(file, field, reader).map_err(SpillError::wrap)?;
        self.entries += 1;
        read.map(|()| len)
    }

    /// Gives every text with its field, until `each` breaks; those of more than `len_max` bytes in windows.
    pub(crate) fn for_each_window(
        &self,
        len_max: usize,
        each: &mut dyn FnMut(&str, &[u8]) -> ControlFlow<()>,
    ) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut field, mut window) = (String::new(), vec![]);
        let mut start = 0;
        for _ in 0..self.entries {
            file.seek(SeekFrom::Start(start))?;
            let (field_len, text_len) = (read_number(&mut *file)?, read_number(&mut *file)?);
            field.clear();
            (&mut *file).take(field_len).read_to_string(&mut field)?;
            let text_start = file.stream_position()?;
            let is_long = text_len > len_max as u64;
            let window_len = if is_long { WindowLen::of(len_max) } else { WindowLen::WHOLE };
            for place in window_len.places(text_len) {
                file.seek(SeekFrom::Start(text_start + place.start))?;
                window.resize((place.end - place.start) as usize, 0);
                file.read_exact(&mut window)?;
                let given = if is_long {
                    each(&window_field(&field, &place), &window)
                } else {
                    each(&field, &window)
                };
                if given.is_break() {
                    return Ok(());
                }
            }
            start = text_start + text_len;
        }
        Ok(())
    }
}

/// Appends an entry. The outer error is that of the file; the inner one, of the reader, leaves a whole entry behind.
fn append_entry(
    file: &mut SpooledTempFile,
    field: &str,
    reader: &mut dyn Read,
) -> io::Result<(u64, io::Result<()>)> {
    let start = file.seek(SeekFrom::End(0))?;
    file.write_all(&(field.len() as u64).to_le_bytes())?;
    file.write_all(&0_u64.to_le_bytes())?;
    file.write_all(field.as_bytes())?;
    let mut step = vec![0; STEP_LEN];
    let mut len = 0;
    let read = loop {
        match reader.read(&mut step) {
            Ok(0) => break Ok(()),
            Ok(read) => {
                file.write_all(&step[..read])?;
                len += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    file.seek(SeekFrom::Start(start + 8))?;
    file.write_all(&len.to_le_bytes())?;
    Ok((len, read))
}

fn read_number(file: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    file.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

/// The temporary file failed, and not the shard.
#[derive(Debug)]
pub(crate) struct SpillError(pub(crate) io::Error);

impl SpillError {
    fn wrap(error: io::Error) -> io::Error {
        io::Error::other(Self(error))
    }
}

impl fmt::Display for SpillError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the temporary file for a long record cannot be written")
    }
}

impl Error for SpillError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{FieldText, Record};

    type Windows = Vec<(String, Vec<u8>)>;

    fn windows(record: &Record<'_>, record_len_max: usize) -> Windows {
        let mut windows = vec![];
        let each = &mut |field: &str, text: &[u8]| {
            windows.push((field.to_owned(), text.to_vec()));
            ControlFlow::Continue(())
        };
        record.for_each_window(record_len_max, each).unwrap();
        windows
    }

    #[test]
    fn a_text_is_scanned_in_the_same_windows_whether_it_is_held_or_spilled() {
        for len in [101, 175, 176, 1000, 3 * HELD_LEN_MAX] {
            let text: Vec<u8> = (0..len).map(|byte: usize| byte.to_le_bytes()[0]).collect();
            let held = [FieldText { field: "a".into(), text: text.as_slice().into() }];
            let held = Record::of_texts(0, &held);
            let mut spilled = SpilledTexts::default();
            assert_eq!(spilled.append("a", &mut &text[..]).unwrap(), len as u64);
            let spilled = Record { spilled: Some(&spilled), ..Record::of_texts(0, &[]) };
            for record_len_max in [1, 7, 100] {
                let expected = windows(&held, record_len_max);
                assert!(expected.len() > 1);
                // More than once: a block may be read again.
                for _ in 0..2 {
                    assert_eq!(windows(&spilled, record_len_max), expected);
                }
            }
        }
    }

    #[test]
    fn short_texts_come_back_whole_with_their_fields() {
        let mut spilled = SpilledTexts::default();
        for (field, text) in [("a", "first"), ("", ""), ("b\u{e9}", "third")] {
            spilled.append(field, &mut text.as_bytes()).unwrap();
        }
        let record = Record { spilled: Some(&spilled), ..Record::of_texts(0, &[]) };
        let expected = [("a", "first"), ("", ""), ("b\u{e9}", "third")];
        let expected = expected.map(|(field, text)| (field.to_owned(), text.as_bytes().to_vec()));
        assert_eq!(windows(&record, 5), expected);
    }

    /// Gives some bytes, and then breaks.
    struct BreakingReader(usize);

    impl Read for BreakingReader {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let len = self.0.min(buffer.len());
            self.0 -= len;
            buffer[..len].fill(b'x');
            if len > 0 { Ok(len) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
        }
    }

    #[test]
    fn what_came_before_a_break_stays() {
        let mut spilled = SpilledTexts::default();
        let broken = spilled.append("a", &mut BreakingReader(100_000)).unwrap_err();
        assert_eq!(broken.kind(), io::ErrorKind::UnexpectedEof);
        let record = Record { spilled: Some(&spilled), ..Record::of_texts(0, &[]) };
        assert_eq!(windows(&record, 1 << 20), [("a".to_owned(), vec![b'x'; 100_000])]);
    }
}
