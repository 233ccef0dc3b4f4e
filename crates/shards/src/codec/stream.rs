//! The decoded bytes of a file: plain, or compressed, with all its members, frames and streams.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::Encoding;
use encoding_rs_io::DecodeReaderBytesBuilder;
use lzma_rust2::XzReader;

use crate::codec::encodings::declared;
use crate::codec::expansion::{ExpansionMax, Limited};
use crate::codec::gzip::GzipMembers;
use crate::codec::lz4::{self, Lz4Frames};
use crate::codec::utf16::{self, ByteOrder, Utf16Reader};
use crate::error::ShardError;
use crate::place::source::ShardSource;
use crate::spilled_texts::SpillError;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    Plain,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
    Lz4,
    /// Text in UTF-16 that begins with a byte order mark, as UTF-8.
    Utf16(ByteOrder),
    /// Text that says which other encoding it is in, as UTF-8.
    Declared(&'static Encoding),
}

impl Codec {
    /// By the first bytes of the file.
    pub(crate) fn of(prefix: &[u8]) -> Self {
        /// The head of a bzip2 block, and that of the end of a stream without any: a text may begin with `BZh1`.
        const BZIP2_BLOCKS: [&[u8]; 2] = [b"1AY&SY", b"\x17rE8P\x90"];
        match prefix {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A zstd frame, or a skippable frame that may stand before one.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..]
                if BZIP2_BLOCKS.iter().any(|head| rest.starts_with(head)) =>
            {
                Self::Bzip2
            }
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Lz4,
            _ => match utf16::byte_order(prefix) {
                Some(order) => Self::Utf16(order),
                None => declared(prefix).map_or(Self::Plain, Self::Declared),
            },
        }
    }

    fn stream_name(self) -> &'static str {
        match self {
            Self::Plain => "file",
            Self::Gzip => "gzip stream",
            Self::Zstd => "zstd stream",
            Self::Bzip2 => "bzip2 stream",
            Self::Xz => "xz stream",
            Self::Lz4 => "lz4 stream",
            Self::Utf16(_) => "UTF-16 text",
            Self::Declared(encoding) => encoding.name(),
        }
    }

    /// Tells a cut stream, a damaged one, one that grows without end and a disk that fails apart.
    pub(crate) fn error(self, path: &Path, error: io::Error) -> ShardError {
        if let Some(error) = ShardError::of_store(path, &error) {
            return error;
        }
        let path = path.to_owned();
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        if let Some(&expanded) = inner {
            return ShardError::expands(&path, expanded);
        }
        let error = match error.downcast::<SpillError>() {
            Ok(SpillError(source)) => return ShardError::Spill { path, source },
            Err(error) => error,
        };
        if self == Self::Plain || error.raw_os_error().is_some() {
            return ShardError::Io { path, source: error };
        }
        let what = self.stream_name();
        let unexpected_end = error.kind() == io::ErrorKind::UnexpectedEof;
        let source: Option<Box<dyn Error + Send + Sync>> = Some(Box::new(error));
        if unexpected_end {
            ShardError::Truncated { path, what, source }
        } else {
            ShardError::Damaged { path, what: format!("its {what} cannot be decoded"), source }
        }
    }
}

/// The decoded bytes of one file.
pub(crate) struct DecodedStream {
    pub(crate) codec: Codec,
    pub(crate) reader: Box<dyn Read + Send>,
}

impl DecodedStream {
    /// Opens a file anew. `consumed` is set to the bytes taken from it, and goes on being counted as it is read.
    pub(crate) fn open(
        path: &Path,
        codec: Codec,
        max: ExpansionMax,
        consumed: &Arc<AtomicU64>,
    ) -> Result<Self, ShardError> {
        /// Long enough that system calls do not count.
        const BUFFER_LEN: usize = 256 << 10;

        let io_error = |source| ShardError::io(path, source);
        let file = ShardSource::open(path)?.into_reader();
        consumed.store(0, Ordering::Relaxed);
        let counted = Counted { file, consumed: Arc::clone(consumed) };
        let reader: Box<dyn Read + Send> = match codec {
            Codec::Plain => Box::new(counted),
            _ => Box::new(Limited {
                decoder: codec
                    .decode(BufReader::with_capacity(BUFFER_LEN, counted))
                    .map_err(io_error)?,
                consumed: Arc::clone(consumed),
                max,
                decoded: 0,
            }),
        };
        Ok(Self { codec, reader })
    }
}

impl Codec {
    /// What `reader` holds, decoded as it is read.
    pub(crate) fn decode<'r>(
        self,
        reader: impl BufRead + Send + 'r,
    ) -> io::Result<Box<dyn Read + Send + 'r>> {
        /// zstd's own limit is 27; corpora packed with `--long=31` exist. The window is only touched as far as the
        /// frame has data, so a small hostile file does not get 2 GiB of memory by asking for it.
        const WINDOW_LOG_MAX: u32 = 31;
        /// `xz -9` asks for 65 MiB; no more than 1.5 GiB can be asked for by its options.
        const XZ_MEMORY_KIB_MAX: u32 = 1_600 << 10;

        Ok(match self {
            Self::Plain => Box::new(reader),
            Self::Gzip => Box::new(GzipMembers::new(reader)),
            // Frames to be skipped may stand before one of either kind.
            Self::Zstd => {
                let mut reader = reader;
                let head = lz4::skip_frames(&mut reader)?;
                if head == lz4::MAGIC {
                    return Ok(Box::new(Lz4Frames::new(head, reader)));
                }
                let reader = io::Cursor::new(head).chain(reader);
                let mut decoder = zstd::Decoder::with_buffer(reader)?;
                decoder.window_log_max(WINDOW_LOG_MAX)?;
                Box::new(decoder)
            }
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(reader)),
            Self::Xz => Box::new(XzReader::new_mem_limit(reader, true, XZ_MEMORY_KIB_MAX)),
            Self::Lz4 => Box::new(Lz4Frames::new(vec![], reader)),
            Self::Utf16(order) => Box::new(Utf16Reader::new(reader, order)),
            Self::Declared(encoding) => {
                Box::new(DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(reader))
            }
        })
    }
}

struct Counted {
    file: Box<dyn Read + Send>,
    consumed: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.file.read(buffer)?;
        self.consumed.fetch_add(len as u64, Ordering::Relaxed);
        Ok(len)
    }
}
