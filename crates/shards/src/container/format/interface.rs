//! What a container format is to the rest of the crate: a row of the table of formats, an open shard, and its blocks.

use std::cell::OnceCell;
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::codec::expansion::ExpansionMax;
use crate::codec::stream::{Codec, DecodedStream};
use crate::container::format::recognise::{FileName, PREFIX_LEN, is_text};
use crate::container::format::row_sink::RowSink;
use crate::error::ShardError;
use crate::fields::path::FieldPath;
use crate::options::ReadOptions;

/// A container format.
#[derive(Debug)]
pub struct Format {
    pub(crate) name: &'static str,
    pub(crate) about: Option<&'static str>,
    /// A file whose name ends so is meant to hold data: an empty one is an error.
    pub(crate) extensions: &'static [&'static str],
    pub(crate) open: OpenFormat,
}

/// Opens a file that is of a format; gives `None` for one that is not, and an error for one that has the name of the
/// format and not its content.
pub(crate) type OpenFormat =
    fn(&UnopenedShard, &ReadOptions) -> Result<Option<Box<dyn Container>>, ShardError>;

impl Format {
    /// The name used in reports, such as `json-lines`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What the format is, in a few words for people; `None` if it is not read.
    pub const fn about(&self) -> Option<&'static str> {
        self.about
    }
}

/// An open shard: a sequence of blocks. Producing them is cheap; what is dear is done where a block is read.
pub(crate) trait Container: Send {
    /// The fields that are scanned, given or found.
    fn text_fields(&self) -> &[FieldPath] {
        &[]
    }

    /// Fields that hold text and are not scanned, because others were named.
    fn fields_left(&self) -> &[FieldPath] {
        &[]
    }

    /// Where the shard, of `len` bytes on disk, can be cut into pieces: their ends but the last, ascending.
    fn cuts(&self, len: u64, piece_len: u64) -> Vec<u64> {
        let _ = (len, piece_len);
        vec![]
    }

    /// Leaves only what belongs to a piece, which lies between two of the cuts. No block was read yet.
    fn narrow(&mut self, bytes: &Range<u64>) -> Result<(), ShardError> {
        let _ = bytes;
        Ok(())
    }

    /// The next block, in order; `None` at the end. It is not asked again after an error or the end.
    fn next_block(&mut self) -> Result<Option<Box<dyn BlockRows>>, ShardError>;
}

/// A block: rows that one thread decodes. It can be read more than once.
pub(crate) trait BlockRows: Send + Sync {
    /// Puts each row into `sink`, in order. Texts that can be had without making records of them are shown to the sink
    /// first, and only the rows that it wants are parsed.
    fn read(&self, sink: &mut RowSink<'_>) -> Result<(), ShardError>;
}

/// A shard of which it is not known yet what it is.
pub(crate) struct UnopenedShard {
    pub(crate) path: Arc<Path>,
    pub(crate) name: FileName,
    /// Its name is that of a file with data, so it must not be empty.
    pub(crate) is_data: bool,
    /// Bytes taken from the file by whatever reads it.
    pub(crate) consumed: Arc<AtomicU64>,
    head: OnceCell<FileHead>,
}

/// What a file begins with.
pub(crate) struct FileHead {
    /// How the file is compressed or encoded.
    pub(crate) codec: Codec,
    /// The first decoded bytes, or all of them if there are no more.
    pub(crate) prefix: Vec<u8>,
    pub(crate) is_text: bool,
}

impl UnopenedShard {
    pub(crate) fn new(path: &Path, name: FileName, is_data: bool) -> Self {
        let (path, consumed) = (Arc::from(path), Arc::default());
        Self { path, name, is_data, consumed, head: OnceCell::new() }
    }

    /// Reads the first bytes, once. That there are none where there must be some is an error.
    pub(crate) fn head(&self) -> Result<&FileHead, ShardError> {
        if let Some(head) = self.head.get() {
            return Ok(head);
        }
        let (codec, prefix) = read_first_bytes(&self.path)?;
        if prefix.is_empty() && (self.is_data || codec != Codec::Plain) {
            return Err(ShardError::Empty { path: self.path.to_path_buf() });
        }
        let is_text = is_text(&prefix);
        Ok(self.head.get_or_init(|| FileHead { codec, prefix, is_text }))
    }

    /// The decoded bytes of the file, from its start.
    pub(crate) fn stream(&self, options: &ReadOptions) -> Result<DecodedStream, ShardError> {
        DecodedStream::open(&self.path, self.head()?.codec, options.expansion_max, &self.consumed)
    }

    /// The error for a file that is not what its name says.
    pub(crate) fn not_as_named(&self, what: &str) -> ShardError {
        ShardError::Damaged { path: self.path.to_path_buf(), what: what.to_owned(), source: None }
    }
}

/// How the file is compressed, and its first decoded bytes.
fn read_first_bytes(path: &Path) -> Result<(Codec, Vec<u8>), ShardError> {
    let read_prefix = |codec| {
        let stream = DecodedStream::open(path, codec, ExpansionMax::default(), &Arc::default())?;
        let mut prefix = Vec::with_capacity(PREFIX_LEN);
        let error = stream.reader.take(PREFIX_LEN as u64).read_to_end(&mut prefix).err();
        Ok((prefix, error))
    };
    let (raw, error) = read_prefix(Codec::Plain)?;
    if let Some(error) = error {
        return Err(ShardError::io(path, error));
    }
    let codec = Codec::of(&raw);
    if codec == Codec::Plain {
        return Ok((codec, raw));
    }
    match read_prefix(codec)? {
        // An error behind some bytes comes back when they are read.
        (prefix, Some(error)) if prefix.is_empty() => Err(codec.error(path, error)),
        (prefix, _) => Ok((codec, prefix)),
    }
}
