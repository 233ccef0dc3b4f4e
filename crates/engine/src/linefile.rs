//! An append-only file of JSON lines, each with a checksum of its own.
//!
//! A line is an object whose last member is `xxh3`: XXH3-64 of all bytes before it, in hex. So any line can be checked by
//! itself, and what a crash left half written is told from damage: it is the end of the file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use xxhash_rust::xxh3::xxh3_64;

/// Where a line stands, its end included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) offset: u64,
    pub(crate) len: u64,
}

/// What was written is on its way to the disk for so long at most, while lines are appended.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// No line that is written comes near it; a longer one is damage, and is not read into memory.
const LINE_LEN_MAX: u64 = 1 << 30;

const MARK: &[u8] = b",\"xxh3\":\"";
/// The mark, 16 digits, and `"}`.
const TAIL_LEN: usize = MARK.len() + 16 + 2;

#[derive(Debug)]
pub(crate) struct LineFile {
    file: File,
    path: PathBuf,
    len: u64,
    synced: Instant,
}

/// What [`LineFile::check`] found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Bytes of whole lines.
    pub(crate) len: u64,
    /// Bytes behind them: a line that was not written to its end.
    pub(crate) torn: u64,
}

/// Takes a line as an object without its checksum, with where it stands, and may say what is wrong with it.
pub(crate) type EachLine<'e> = dyn FnMut(&[u8], Place) -> Result<(), String> + 'e;

/// A line that is not what was written.
#[derive(Debug)]
pub(crate) enum LineFlaw {
    Io(io::Error),
    /// From 1; and what is wrong with it.
    Damaged(u64, String),
}

impl From<io::Error> for LineFlaw {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl LineFile {
    /// A file whose whole lines are `len` bytes long; `path` is for errors.
    pub(crate) fn new(file: File, path: &Path, len: u64) -> Self {
        Self { file, path: path.to_owned(), len, synced: Instant::now() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends `object`, whole or not at all: after an error the file is as long as before.
    pub(crate) fn append(&mut self, mut object: Vec<u8>) -> io::Result<Place> {
        debug_assert!(object.len() > 2 && object.ends_with(b"}"));
        object.pop();
        let checksum = xxh3_64(&object);
        object.extend_from_slice(MARK);
        object.extend_from_slice(format!("{checksum:016x}\"}}\n").as_bytes());
        let place = Place { offset: self.len, len: object.len() as u64 };
        let written =
            self.file.seek(SeekFrom::Start(self.len)).and_then(|_| self.file.write_all(&object));
        if let Err(error) = written {
            // Where even that fails, the next run cuts it off.
            let _ = self.file.set_len(self.len);
            return Err(error);
        }
        self.len += place.len;
        Ok(place)
    }

    /// The object that was appended, without its checksum.
    pub(crate) fn read(&self, place: Place) -> io::Result<Vec<u8>> {
        let mut line = vec![];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(place.offset))?;
        file.take(place.len).read_to_end(&mut line)?;
        line.pop();
        unwrap(&mut line).map_err(|fact| io::Error::new(io::ErrorKind::InvalidData, fact))?;
        Ok(line)
    }

    /// Makes what was written durable.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.synced = Instant::now();
        self.file.sync_data()
    }

    /// As [`LineFile::sync`], unless that was done a moment ago. It may count on no clock that can be set.
    pub(crate) fn sync_by_and_by(&mut self) -> io::Result<()> {
        if self.synced.elapsed() < SYNC_EVERY {
            return Ok(());
        }
        self.sync()
    }

    /// Gives each line of `file`. A last line that is cut or fails its checksum was not written to its end, and is no error.
    pub(crate) fn check(file: &File, each: &mut EachLine<'_>) -> Result<Checked, LineFlaw> {
        let file_len = file.metadata()?.len();
        let mut file = file;
        file.seek(SeekFrom::Start(0))?;
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let (mut offset, mut number, mut line) = (0, 0, vec![]);
        loop {
            line.clear();
            number += 1;
            let len = (&mut reader).take(LINE_LEN_MAX).read_until(b'\n', &mut line)? as u64;
            let is_whole = line.pop() == Some(b'\n');
            let is_last = offset + len >= file_len;
            match unwrap(&mut line) {
                _ if len == 0 => break,
                Ok(()) if is_whole => {}
                _ if is_last => break,
                Err(fact) => return Err(LineFlaw::Damaged(number, fact.to_owned())),
                Ok(()) => {
                    return Err(LineFlaw::Damaged(number, "it is too long".to_owned()));
                }
            }
            each(&line, Place { offset, len }).map_err(|fact| LineFlaw::Damaged(number, fact))?;
            offset += len;
        }
        Ok(Checked { len: offset, torn: file_len - offset })
    }
}

/// Takes the checksum off a line, if it is right.
fn unwrap(line: &mut Vec<u8>) -> Result<(), &'static str> {
    let Some(len) = line.len().checked_sub(TAIL_LEN) else {
        return Err("it is too short");
    };
    let (body, tail) = line.split_at(len);
    let digits = tail.strip_prefix(MARK).and_then(|tail| tail.strip_suffix(b"\"}"));
    if digits != Some(format!("{:016x}", xxh3_64(body)).as_bytes()) {
        return Err("it fails its checksum");
    }
    line.truncate(len);
    line.push(b'}');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECTS: [&str; 3] = [r#"{"a":1}"#, r#"{"b":"two"}"#, r#"{"c":[3]}"#];

    fn written() -> (LineFile, Vec<Place>) {
        let file = tempfile::tempfile().unwrap();
        let mut lines = LineFile::new(file, Path::new("a"), 0);
        let append = |object: &str| lines.append(object.into()).unwrap();
        let places = OBJECTS.map(append).to_vec();
        (lines, places)
    }

    fn content(lines: &LineFile) -> Vec<u8> {
        let mut content = vec![];
        let mut file = &lines.file;
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_end(&mut content).unwrap();
        content
    }

    /// How many whole lines the bytes hold and how many bytes are torn off, or the number of the damaged line.
    fn check(content: &[u8]) -> Result<(usize, u64), u64> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        let mut seen = 0;
        let checked = LineFile::check(&file, &mut |object, _| {
            assert_eq!(object, OBJECTS[seen].as_bytes());
            seen += 1;
            Ok(())
        });
        match checked {
            Ok(checked) => Ok((seen, checked.torn)),
            Err(LineFlaw::Damaged(line, _)) => Err(line),
            Err(LineFlaw::Io(error)) => panic!("{error}"),
        }
    }

    #[test]
    fn lines_come_back_as_they_were_written_and_are_json() {
        let (lines, places) = written();
        for (place, object) in places.iter().zip(OBJECTS) {
            assert_eq!(lines.read(*place).unwrap(), object.as_bytes());
        }
        let content = content(&lines);
        assert_eq!(check(&content), Ok((3, 0)));
        for line in content.split(|&byte| byte == b'\n').take(3) {
            let value: serde_json::Value = serde_json::from_slice(line).unwrap();
            assert_eq!(value["xxh3"].as_str().unwrap().len(), 16);
        }
    }

    #[test]
    fn a_file_cut_anywhere_gives_its_whole_lines() {
        let (lines, places) = written();
        let content = content(&lines);
        for len in 0..=content.len() {
            let whole = places.iter().filter(|place| place.offset + place.len <= len as u64);
            let whole_len: u64 = whole.clone().map(|place| place.len).sum();
            let expected = (whole.count(), len as u64 - whole_len);
            assert_eq!(check(&content[..len]), Ok(expected), "{len}");
        }
    }

    #[test]
    fn a_flipped_byte_is_damage_in_the_middle_and_a_torn_tail_at_the_end() {
        let (lines, places) = written();
        let content = content(&lines);
        let last = places[2];
        for at in 0..content.len() {
            let mut damaged = content.clone();
            damaged[at] ^= 1;
            let line = places.iter().rposition(|place| place.offset <= at as u64);
            let line = line.unwrap();
            // Without the end of the line before it, the last line begins there.
            let joins_last = at as u64 + 1 == last.offset;
            let expected = match line {
                2 => Ok((2, last.len)),
                1 if joins_last => Ok((1, places[1].len + last.len)),
                line => Err(line as u64 + 1),
            };
            assert_eq!(check(&damaged), expected, "{at}");
        }
    }
}
