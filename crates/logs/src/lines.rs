//! A log file to lines: plain, UTF-16, gzip or zstd by its first bytes, streamed, with lines of
//! bounded length.
//!
//! All members of a gzip file and all frames of a zstd file are read. What a decompression bomb
//! holds passes through one line buffer and is dropped.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// A longer line is skipped without being held: real ones (images, whole files) stay under 100 MB.
pub(crate) const LINE_LEN_MAX: usize = 256 << 20;

/// Large enough that a read is a few system calls a megabyte, small enough for the second-level
/// cache.
const BUFFER_LEN: usize = 128 << 10;

/// A log file could not be opened or recognised.
#[derive(Debug)]
#[non_exhaustive]
pub enum LogError {
    /// The operating system refused.
    Io {
        /// The log file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The compressed data ends or breaks before anything could be recognised.
    Damaged {
        /// The log file.
        path: PathBuf,
        /// What the decoder said.
        source: io::Error,
    },
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, .. } => write!(f, "log `{}` could not be read", path.display()),
            Self::Damaged { path, .. } => write!(
                f,
                "log `{}` is damaged before its first record; restore it from its source or remove it",
                path.display()
            ),
        }
    }
}

impl std::error::Error for LogError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } | Self::Damaged { source, .. } => Some(source),
        }
    }
}

/// One line without its line end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// The bytes.
    Bytes(&'a [u8]),
    /// It was longer than the limit, and skipped.
    TooLong,
}

/// Reads lines, one buffer for all.
pub(crate) struct LineReader {
    inner: Box<dyn BufRead>,
    line: Vec<u8>,
    line_len_max: usize,
    /// The number of the line last returned or failed in, from 1.
    pub(crate) number: u64,
    /// Bytes taken so far, after decompression.
    pub(crate) bytes: u64,
    /// Whether the file is compressed, so that an error means damage.
    pub(crate) compressed: bool,
}

/// Opens a log; only regular files, since opening a pipe would wait for ever.
pub(crate) fn open_lines(path: &Path, line_len_max: usize) -> Result<LineReader, LogError> {
    let refused = |source| LogError::Io { path: path.to_path_buf(), source };
    if !std::fs::metadata(path).map_err(refused)?.is_file() {
        return Err(refused(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")));
    }
    let mut file = BufReader::with_capacity(BUFFER_LEN, File::open(path).map_err(refused)?);
    let magic = file.fill_buf().map_err(refused)?;
    let gzip = magic.starts_with(&[0x1f, 0x8b]);
    let zstd = is_zstd(magic);
    let utf16 = utf16_order(magic);
    let inner: Box<dyn BufRead> = if gzip {
        Box::new(BufReader::with_capacity(BUFFER_LEN, flate2::bufread::MultiGzDecoder::new(file)))
    } else if zstd {
        let decoder = zstd::stream::read::Decoder::with_buffer(file).map_err(refused)?;
        Box::new(BufReader::with_capacity(BUFFER_LEN, decoder))
    } else if let Some(is_big_endian) = utf16 {
        Box::new(BufReader::with_capacity(BUFFER_LEN, Utf16Log::new(file, is_big_endian)))
    } else {
        Box::new(file)
    };
    Ok(LineReader { compressed: gzip || zstd, ..LineReader::new(inner, line_len_max) })
}

/// A zstd frame, or a skippable frame as parallel compressors put first.
fn is_zstd(magic: &[u8]) -> bool {
    magic.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
        || matches!(magic, [first, 0x2a, 0x4d, 0x18, ..] if (0x50..=0x5f).contains(first))
}

/// Whether a file is UTF-16, and then whether its order of bytes is big-endian: by its byte order
/// mark, or by a first brace. A shell of Windows writes it with `>`.
fn utf16_order(magic: &[u8]) -> Option<bool> {
    match magic {
        [0xff, 0xfe, ..] | [b'{' | b'[', 0, ..] => Some(false),
        [0xfe, 0xff, ..] | [0, b'{' | b'[', ..] => Some(true),
        _ => None,
    }
}

/// UTF-16 to UTF-8. Half of a surrogate pair becomes the replacement character.
struct Utf16Log<R> {
    inner: R,
    is_big_endian: bool,
    /// The first half of a surrogate pair whose second half is still to be read.
    kept: Option<u16>,
    /// What was decoded and not yet asked for, from the second field on.
    decoded: (Vec<u8>, usize),
}

impl<R: BufRead> Utf16Log<R> {
    fn new(inner: R, is_big_endian: bool) -> Self {
        Self { inner, is_big_endian, kept: None, decoded: (Vec::new(), 0) }
    }

    /// Reads units up to a buffer's length, and decodes them.
    fn decode(&mut self) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(BUFFER_LEN);
        self.inner.by_ref().take(BUFFER_LEN as u64).read_to_end(&mut bytes)?;
        let is_end = bytes.len() < BUFFER_LEN;
        let unit = if self.is_big_endian { u16::from_be_bytes } else { u16::from_le_bytes };
        let mut units: Vec<u16> = self.kept.take().into_iter().collect();
        // Half a unit at the end of the file is dropped with what else a cut took.
        units.extend(bytes.as_chunks::<2>().0.iter().map(|bytes| unit(*bytes)));
        if !is_end {
            self.kept = units.pop_if(|last| (0xd800..0xdc00).contains(last));
        }
        let chars = char::decode_utf16(units);
        let text: String = chars.map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        self.decoded = (text.into_bytes(), 0);
        Ok(())
    }
}

impl<R: BufRead> Read for Utf16Log<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.decoded.1 == self.decoded.0.len() {
            self.decode()?;
        }
        let (decoded, taken) = &mut self.decoded;
        let len = buffer.len().min(decoded.len() - *taken);
        buffer[..len].copy_from_slice(&decoded[*taken..*taken + len]);
        *taken += len;
        Ok(len)
    }
}

impl LineReader {
    pub(crate) fn new(inner: Box<dyn BufRead>, line_len_max: usize) -> Self {
        Self { inner, line: Vec::new(), line_len_max, number: 0, bytes: 0, compressed: false }
    }

    /// The next line; `None` at the end. After an error the reader is not to be used further.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        self.number += 1;
        let mut too_long = false;
        loop {
            let chunk = match self.inner.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                if self.line.is_empty() && !too_long {
                    return Ok(None);
                }
                break;
            }
            let end = memchr::memchr(b'\n', chunk);
            let part = &chunk[..end.unwrap_or(chunk.len())];
            too_long |= self.line.len() + part.len() > self.line_len_max;
            if too_long {
                self.line = Vec::new();
            } else {
                self.line.extend_from_slice(part);
            }
            let taken = part.len() + usize::from(end.is_some());
            self.bytes += taken as u64;
            self.inner.consume(taken);
            if end.is_some() {
                break;
            }
        }
        if too_long {
            return Ok(Some(Line::TooLong));
        }
        let mut line = self.line.as_slice();
        if self.number == 1 {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        Ok(Some(Line::Bytes(line.strip_suffix(b"\r").unwrap_or(line))))
    }

    /// The first bytes, without taking them.
    pub(crate) fn peek(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    /// All that is left, up to `len_max` bytes, and what stopped it early. For a log that is one
    /// document.
    pub(crate) fn read_rest(&mut self, len_max: usize) -> (Vec<u8>, io::Result<()>) {
        let mut rest = Vec::new();
        let limit = len_max as u64 + 1;
        let mut outcome = self.inner.by_ref().take(limit).read_to_end(&mut rest).map(drop);
        self.bytes += rest.len() as u64;
        if rest.len() > len_max {
            rest.truncate(len_max);
            outcome = Err(io::Error::other(format!("the document is longer than {len_max} bytes")));
        }
        (rest, outcome)
    }
}

#[cfg(test)]
mod tests;
