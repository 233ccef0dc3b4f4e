//! Opening a shard, and reading it block by block.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::arrow::{ArrowShard, BatchBlock};
#[cfg(feature = "git")]
use crate::git::{GitBlock, GitShard};
use crate::jsonl::{JsonLines, LinesBlock};
use crate::mds::{MdsBlock, MdsPart, MdsShard};
use crate::parquet::{ParquetShard, RowGroupBlock};
use crate::recognise::{Kind, Name, PREFIX_LEN, recognise};
use crate::stream::{Codec, Stream};
use crate::stretch::StretchBlock;
use crate::text::{TextBlock, TextShard};
#[cfg(feature = "tokenized")]
use crate::tokens::{TokenBlock, TokenShard, layout_of};
use crate::webdataset::{TarBlock, TarShard};
use crate::{
    ExpansionMax, FieldPath, Piece, Preview, ReadOptions, Row, ShardError, SkipReason, text,
};

/// The container of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// JSON lines, plain or compressed.
    JsonLines,
    /// Parquet.
    Parquet,
    /// Arrow IPC, as a stream or as a file.
    Arrow,
    /// MosaicML's own.
    Mds,
    /// tar, as WebDataset writes it or any other.
    Tar,
    /// A git repository, read by its objects.
    #[cfg(feature = "git")]
    Git,
    /// Tokens, turned into text.
    #[cfg(feature = "tokenized")]
    Tokens,
    /// One file of text, one record: a source file, plain or compressed.
    Text,
    /// Bytes that are neither a container that is read nor text; read as one skipped record.
    Binary,
}

impl Format {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::JsonLines => "json-lines",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Mds => "mds",
            Self::Tar => "tar",
            #[cfg(feature = "git")]
            Self::Git => "git",
            #[cfg(feature = "tokenized")]
            Self::Tokens => "tokens",
            Self::Text => "text",
            Self::Binary => "binary",
        }
    }
}

/// An opened shard: a sequence of blocks.
pub struct Shard {
    path: Arc<Path>,
    content: Content,
    consumed: Arc<AtomicU64>,
    /// The end was reached, or an error given.
    ended: bool,
}

enum Content {
    Lines(Box<JsonLines>),
    Parquet(ParquetShard),
    Arrow(Box<ArrowShard>),
    Mds(Box<MdsShard>),
    Tar(Box<TarShard>),
    #[cfg(feature = "git")]
    Git(Box<GitShard>),
    #[cfg(feature = "tokenized")]
    Tokens(Box<TokenShard>),
    Text(TextShard),
    Skip(SkipReason),
}

/// A part of a shard that can be decoded alone. `Send`, and independent of the shard once produced.
#[derive(Debug)]
pub struct Block(BlockContent);

#[derive(Debug)]
enum BlockContent {
    Lines(LinesBlock),
    RowGroup(RowGroupBlock),
    Batch(BatchBlock),
    Samples(MdsBlock),
    Members(TarBlock),
    #[cfg(feature = "git")]
    Blobs(GitBlock),
    #[cfg(feature = "tokenized")]
    Documents(TokenBlock),
    Text(TextBlock),
    Stretch(StretchBlock),
    Skip(SkipReason),
}

/// Recognises and opens a shard. An empty file is [`ShardError::Empty`] unless it is a source file.
///
/// Parquet, gzip, zstd and the containers that are not read are told by their magic, text from other bytes by its first
/// 8 KiB. Text is read as JSON lines if its name ends in `.jsonl` or `.ndjson` (below `.gz` or `.zst`); otherwise, and
/// unless it is named like a source file, if at least half of its first lines are JSON objects. A `.json` of one object
/// without any text field is a document and no shard of lines; like all other text it is one record.
pub fn open_shard(path: &Path, options: &ReadOptions) -> Result<Shard, ShardError> {
    let path: Arc<Path> = Arc::from(path);
    #[cfg(feature = "tokenized")]
    if let Some(detokenizer) = &options.detokenizer
        && let Some(layout) = layout_of(&path)?
    {
        let tokens = TokenShard::open(&path, layout, detokenizer, options)?;
        return Ok(Shard {
            path,
            content: Content::Tokens(Box::new(tokens)),
            consumed: Arc::default(),
            ended: false,
        });
    }
    #[cfg(feature = "git")]
    if crate::git::is_repository(&path) {
        let git = GitShard::open(&path, options)?;
        return Ok(Shard {
            path,
            content: Content::Git(Box::new(git)),
            consumed: Arc::default(),
            ended: false,
        });
    }
    let name = Name::of(&path);
    let (codec, prefix) = read_first_bytes(&path)?;
    if prefix.is_empty() && (name.is_data() || codec != Codec::Plain) {
        return Err(ShardError::Empty { path: path.to_path_buf() });
    }

    let kind = recognise(&name, codec, &prefix);
    let (content, consumed) = open_content(&path, kind, codec, options)?;
    Ok(Shard { path, content, consumed, ended: false })
}

/// Opens what was recognised; with the count of the bytes that it takes from its file.
fn open_content(
    path: &Arc<Path>,
    kind: Kind,
    codec: Codec,
    options: &ReadOptions,
) -> Result<(Content, Arc<AtomicU64>), ShardError> {
    let text = Content::Text(TextShard::new(path, codec, options));
    match kind {
        Kind::NotAsNamed(what) => {
            return Err(ShardError::Damaged {
                path: path.to_path_buf(),
                what: what.to_owned(),
                source: None,
            });
        }
        Kind::Skip(reason) => return Ok((Content::Skip(reason), Arc::default())),
        Kind::Text => return Ok((text, Arc::default())),
        Kind::Parquet => {
            let consumed = Arc::default();
            let parquet = ParquetShard::open(path, options, &consumed)?;
            return Ok((Content::Parquet(parquet), consumed));
        }
        Kind::Arrow | Kind::Mds | Kind::Tar | Kind::Lines { .. } => {}
    }
    let stream = Stream::open(path, codec, options.expansion_max)?;
    let mut consumed = Arc::clone(&stream.consumed);
    let content = match kind {
        Kind::Arrow => Content::Arrow(Box::new(ArrowShard::open(path, stream, options)?)),
        Kind::Mds => Content::Mds(Box::new(MdsShard::open(path, stream, options)?)),
        Kind::Tar => Content::Tar(Box::new(TarShard::open(path, stream, options)?)),
        kind => {
            let named = kind == Kind::Lines { named: true };
            match JsonLines::open(path, stream, options, named)? {
                Some(lines) => {
                    consumed = Arc::clone(lines.consumed());
                    Content::Lines(Box::new(lines))
                }
                None => return Ok((text, Arc::default())),
            }
        }
    };
    Ok((content, consumed))
}

/// How the file is compressed, and its first decoded bytes; none if it has none.
fn read_first_bytes(path: &Arc<Path>) -> Result<(Codec, Vec<u8>), ShardError> {
    let (raw, error) =
        text::read_prefix(Stream::open(path, Codec::Plain, ExpansionMax::default())?, PREFIX_LEN);
    if let Some(error) = error {
        return Err(ShardError::io(path, error));
    }
    let codec = Codec::of(&raw);
    if codec == Codec::Plain {
        return Ok((codec, raw));
    }
    match text::read_prefix(Stream::open(path, codec, ExpansionMax::default())?, PREFIX_LEN) {
        // An error behind some bytes comes back when they are read.
        (prefix, Some(error)) if prefix.is_empty() => Err(codec.error(path, error)),
        (prefix, _) => Ok((codec, prefix)),
    }
}

impl Shard {
    /// The container.
    pub fn format(&self) -> Format {
        match self.content {
            Content::Lines(_) => Format::JsonLines,
            Content::Parquet(_) => Format::Parquet,
            Content::Arrow(_) => Format::Arrow,
            Content::Mds(_) => Format::Mds,
            Content::Tar(_) => Format::Tar,
            #[cfg(feature = "git")]
            Content::Git(_) => Format::Git,
            #[cfg(feature = "tokenized")]
            Content::Tokens(_) => Format::Tokens,
            Content::Text(_) => Format::Text,
            Content::Skip(_) => Format::Binary,
        }
    }

    /// The fields that are scanned, given or found. None for text.
    pub fn text_fields(&self) -> &[FieldPath] {
        match &self.content {
            Content::Lines(lines) => lines.text_fields(),
            Content::Parquet(parquet) => parquet.text_fields(),
            Content::Arrow(arrow) => arrow.text_fields(),
            Content::Mds(mds) => mds.text_fields(),
            Content::Tar(tar) => tar.text_fields(),
            #[cfg(feature = "git")]
            Content::Git(git) => git.text_fields(),
            #[cfg(feature = "tokenized")]
            Content::Tokens(_) => &[],
            Content::Text(_) | Content::Skip(_) => &[],
        }
    }

    /// Where the shard, of `len` bytes on disk, can be cut into pieces: their ends but the last, ascending.
    pub(crate) fn cuts(&self, len: u64, piece_len: u64) -> Vec<u64> {
        match &self.content {
            Content::Lines(lines) => lines.cuts(len, piece_len),
            Content::Parquet(parquet) => parquet.cuts(piece_len),
            _ => vec![],
        }
    }

    /// Leaves only what belongs to a piece, which lies between two of the [`Shard::cuts`]. Nothing was read yet.
    pub(crate) fn narrow(&mut self, piece: &Piece) -> Result<(), ShardError> {
        match &mut self.content {
            Content::Lines(lines) => {
                lines.narrow(&piece.bytes)?;
                self.consumed = Arc::clone(lines.consumed());
            }
            Content::Parquet(parquet) => parquet.narrow(&piece.bytes),
            _ => {}
        }
        Ok(())
    }

    /// Bytes of the file consumed so far (compressed bytes, for progress); of a piece those of the piece.
    pub fn bytes_consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    /// The next block, in order. After an error the shard is at its end; blocks given before stay valid.
    pub fn next_block(&mut self) -> Result<Option<Block>, ShardError> {
        if self.ended {
            return Ok(None);
        }
        let block = self.read_block();
        let is_single = matches!(self.content, Content::Skip(_));
        self.ended = is_single || !matches!(block, Ok(Some(_)));
        block
    }

    fn read_block(&mut self) -> Result<Option<Block>, ShardError> {
        let content = match &mut self.content {
            Content::Lines(lines) => lines.next_block()?.map(BlockContent::Lines),
            Content::Parquet(parquet) => parquet.next_block().map(BlockContent::RowGroup),
            Content::Arrow(arrow) => arrow.next_block()?.map(BlockContent::Batch),
            Content::Mds(mds) => mds.next_block()?.map(|part| match part {
                MdsPart::Samples(block) => BlockContent::Samples(block),
                MdsPart::Stretch(block) => BlockContent::Stretch(block),
            }),
            Content::Tar(tar) => tar.next_block()?.map(BlockContent::Members),
            #[cfg(feature = "git")]
            Content::Git(git) => git.next_block()?.map(BlockContent::Blobs),
            #[cfg(feature = "tokenized")]
            Content::Tokens(tokens) => tokens.next_block()?.map(BlockContent::Documents),
            &mut Content::Skip(reason) => Some(BlockContent::Skip(reason)),
            Content::Text(text) => {
                let block = text.next_block(&mut self.consumed)?;
                block.map(BlockContent::Text)
            }
        };
        Ok(content.map(Block))
    }
}

impl std::fmt::Debug for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shard")
            .field("path", &self.path)
            .field("format", &self.format())
            .finish_non_exhaustive()
    }
}

impl Block {
    /// Decodes the block and gives each row, in order. After an error the rows given before stay valid; the rest of the
    /// block is lost, and other blocks of the shard can still be read.
    pub fn read_rows(&self, each: &mut dyn FnMut(Row<'_>)) -> Result<(), ShardError> {
        match &self.0 {
            BlockContent::Lines(lines) => lines.read_rows(None, each),
            BlockContent::RowGroup(group) => return group.read_rows(None, each),
            BlockContent::Batch(batch) => return batch.read_rows(None, each),
            BlockContent::Samples(samples) => return samples.read_rows(None, each),
            BlockContent::Members(members) => return members.read_rows(None, each),
            #[cfg(feature = "git")]
            BlockContent::Blobs(blobs) => return blobs.read_rows(each),
            #[cfg(feature = "tokenized")]
            BlockContent::Documents(documents) => return documents.read_rows(each),
            BlockContent::Text(text) => text.read_rows(each),
            BlockContent::Stretch(stretch) => stretch.read_rows(each),
            &BlockContent::Skip(reason) => text::skip_row(reason, each),
        }
        Ok(())
    }

    /// As [`Block::read_rows`], but lets `preview` read the texts first, and tells it alone of the rows that it does not
    /// point to. Containers whose texts cannot be had without decoding give all their rows.
    ///
    /// A row of JSON lines that passes was read as a whole and not parsed: it has braces and a key of a text field, and
    /// nothing else of it was checked.
    pub fn read_rows_previewed(
        &self,
        preview: &mut dyn Preview,
        each: &mut dyn FnMut(Row<'_>),
    ) -> Result<(), ShardError> {
        match &self.0 {
            BlockContent::Lines(lines) => lines.read_rows(Some(preview), each),
            BlockContent::RowGroup(group) => return group.read_rows(Some(preview), each),
            BlockContent::Batch(batch) => return batch.read_rows(Some(preview), each),
            BlockContent::Samples(samples) => return samples.read_rows(Some(preview), each),
            BlockContent::Members(members) => return members.read_rows(Some(preview), each),
            _ => return self.read_rows(each),
        }
        Ok(())
    }
}
