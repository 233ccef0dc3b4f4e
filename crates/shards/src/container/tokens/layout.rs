//! Where the documents of a file of tokens lie: its neighbour says so.
//!
//! Megatron: `MMIDIDX\0\0` · `u64` version 1 · `u8` kind of token · `u64` sequences · `u64` ends of documents · their
//! `i32` lengths · their `i64` places in bytes · `i64` first sequence of each document and, last, one past the end.
//! datatrove: `.ds.index`, the `u64` end of each document in tokens; `.ds.metadata`, in whose first line the length of
//! a token stands behind the last `|`. Everything is little-endian.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::ShardError;
use crate::catch_decoder_panic::DecodeFailure;

/// A longer index is refused: it is read as a whole. It has 20 bytes a sequence.
const INDEX_LEN_MAX: u64 = 4 << 30;

/// How tokens are written.
#[derive(Clone, Copy)]
pub(crate) enum TokenWidth {
    U16,
    U32,
    I64,
}

pub(crate) struct Layout {
    pub(crate) kind: TokenWidth,
    /// Where each document lies, in bytes; in order.
    pub(crate) documents: Vec<Range<u64>>,
}

/// What a path is where there is a tokenizer.
enum TokenFile {
    /// Tokens, with their index at this path.
    Megatron(PathBuf),
    Datatrove(PathBuf),
    /// It was read with its neighbour, and holds no rows.
    Index,
}

/// The layout of a file of tokens; of the files beside it, which have no rows of their own, one of no documents. `None`
/// for all other files.
pub(crate) fn layout_of(path: &Path) -> Result<Option<Layout>, ShardError> {
    Ok(match token_file_of(path) {
        None => None,
        Some(TokenFile::Index) => Some(Layout { kind: TokenWidth::U16, documents: vec![] }),
        Some(TokenFile::Megatron(index)) => {
            let bytes = read_index(&index)?;
            let layout = megatron(&bytes)
                .ok_or_else(|| DecodeFailure::Fact("contradicts itself").at(&index, "the index"))?;
            check_len(path, &layout)?;
            Some(layout)
        }
        Some(TokenFile::Datatrove(index)) => {
            let metadata = path.with_extension("ds.metadata");
            let kind = fs::read_to_string(&metadata)
                .map_err(|error| ShardError::io(&metadata, error))?
                .lines()
                .next()
                .and_then(|line| line.rsplit('|').next())
                .and_then(|len| match len.trim() {
                    "2" => Some(TokenWidth::U16),
                    "4" => Some(TokenWidth::U32),
                    _ => None,
                })
                .ok_or_else(|| {
                    DecodeFailure::Fact("does not say how long a token is").at(&metadata, "it")
                })?;
            let bytes = read_index(&index)?;
            let layout = datatrove(&bytes, kind)
                .ok_or_else(|| DecodeFailure::Fact("contradicts itself").at(&index, "the index"))?;
            check_len(path, &layout)?;
            Some(layout)
        }
    })
}

/// The files that say how a file of tokens is read; of those files themselves, none. `None` for all other files.
pub(crate) fn beside(path: &Path) -> Option<Vec<PathBuf>> {
    Some(match token_file_of(path)? {
        TokenFile::Megatron(index) => vec![index],
        TokenFile::Datatrove(index) => vec![index, path.with_extension("ds.metadata")],
        TokenFile::Index => vec![],
    })
}

/// The documents must fill the file: tokens behind the last one would be lost.
fn check_len(path: &Path, layout: &Layout) -> Result<(), ShardError> {
    let len = path.metadata().map_err(|error| ShardError::io(path, error))?.len();
    let ends = layout.documents.iter().map(|document| document.end);
    match ends.max().unwrap_or(0).cmp(&len) {
        Ordering::Equal => Ok(()),
        Ordering::Greater => {
            Err(ShardError::Truncated { path: path.to_owned(), what: "token file", source: None })
        }
        Ordering::Less => Err(DecodeFailure::Fact("holds tokens of no document").at(path, "it")),
    }
}

fn token_file_of(path: &Path) -> Option<TokenFile> {
    let name = path.file_name()?.to_str()?;
    let beside = |ending: &str, other: &str| -> Option<PathBuf> {
        let stem = name.strip_suffix(ending)?;
        let neighbour = path.with_file_name(format!("{stem}{other}"));
        neighbour.is_file().then_some(neighbour)
    };
    if let Some(index) = beside(".bin", ".idx") {
        return Some(TokenFile::Megatron(index));
    }
    if let Some(index) = beside(".ds", ".ds.index") {
        return Some(TokenFile::Datatrove(index));
    }
    let is_index = beside(".idx", ".bin").is_some()
        || beside(".ds.index", ".ds").is_some()
        || beside(".ds.metadata", ".ds").is_some();
    is_index.then_some(TokenFile::Index)
}

fn read_index(path: &Path) -> Result<Vec<u8>, ShardError> {
    let io_error = |error| ShardError::io(path, error);
    let mut bytes = vec![];
    let file = File::open(path).map_err(io_error)?;
    file.take(INDEX_LEN_MAX + 1).read_to_end(&mut bytes).map_err(io_error)?;
    if bytes.len() as u64 > INDEX_LEN_MAX {
        return Err(DecodeFailure::Fact("is longer than 4 GiB").at(path, "the index"));
    }
    Ok(bytes)
}

/// `None`: it contradicts itself.
fn datatrove(index: &[u8], kind: TokenWidth) -> Option<Layout> {
    let (ends, rest) = index.as_chunks::<8>();
    let mut start = 0;
    let mut documents = vec![];
    for &end in ends {
        let end = u64::from_le_bytes(end).checked_mul(kind.len())?;
        documents.push(start..(end >= start).then_some(end)?);
        start = end;
    }
    rest.is_empty().then_some(Layout { kind, documents })
}

/// `None`: it contradicts itself.
fn megatron(index: &[u8]) -> Option<Layout> {
    let mut rest = index.strip_prefix(b"MMIDIDX\0\0")?;
    let number = |rest: &mut &[u8]| -> Option<u64> {
        let (number, after) = rest.split_first_chunk::<8>()?;
        *rest = after;
        Some(u64::from_le_bytes(*number))
    };
    if number(&mut rest)? != 1 {
        return None;
    }
    let kind = match rest.split_off_first()? {
        8 => TokenWidth::U16,
        4 => TokenWidth::U32,
        5 => TokenWidth::I64,
        _ => return None,
    };
    let sequences = usize::try_from(number(&mut rest)?).ok()?;
    let ends = usize::try_from(number(&mut rest)?).ok()?;
    let lens = rest.split_off(..sequences.checked_mul(4)?)?.as_chunks::<4>().0;
    let places = rest.split_off(..sequences.checked_mul(8)?)?.as_chunks::<8>().0;
    let firsts = rest.split_off(..ends.checked_mul(8)?)?.as_chunks::<8>().0;
    if !rest.is_empty() {
        return None;
    }
    let place = |sequence: usize| u64::try_from(i64::from_le_bytes(*places.get(sequence)?)).ok();
    let end = |sequence: usize| {
        let len = u64::try_from(i32::from_le_bytes(*lens.get(sequence)?)).ok()?;
        place(sequence)?.checked_add(len.checked_mul(kind.len())?)
    };
    let firsts: Vec<usize> = firsts
        .iter()
        .map(|&first| usize::try_from(i64::from_le_bytes(first)).ok())
        .collect::<Option<_>>()?;
    // Every sequence must be in a document, or its text would be lost in silence.
    if firsts.first() != Some(&0) || firsts.last() != Some(&sequences) {
        return None;
    }
    let mut documents = vec![];
    for pair in firsts.windows(2) {
        // A document of no sequence is one without a text.
        let range = match (pair[0], pair[1]) {
            (first, behind) if first == behind => 0..0,
            (first, behind) => {
                // Its sequences lie one behind the other.
                for sequence in first..behind.checked_sub(1)? {
                    if end(sequence)? != place(sequence + 1)? {
                        return None;
                    }
                }
                place(first)?..end(behind - 1)?
            }
        };
        documents.push(range);
    }
    Some(Layout { kind, documents })
}

impl TokenWidth {
    /// In bytes.
    fn len(self) -> u64 {
        match self {
            Self::U16 => 2,
            Self::U32 => 4,
            Self::I64 => 8,
        }
    }

    /// `None`: a number is below 0, or too large for a token.
    pub(crate) fn tokens(self, bytes: &[u8]) -> Option<Vec<u32>> {
        match self {
            Self::U16 => {
                let units = bytes.as_chunks().0.iter();
                Some(units.map(|&unit| u16::from_le_bytes(unit).into()).collect())
            }
            Self::U32 => {
                let units = bytes.as_chunks().0.iter();
                Some(units.map(|&unit| u32::from_le_bytes(unit)).collect())
            }
            Self::I64 => {
                let units = bytes.as_chunks().0.iter();
                units.map(|&unit| u32::try_from(i64::from_le_bytes(unit)).ok()).collect()
            }
        }
    }
}
