//! Files that writers of data sets leave beside their shards: they describe the shards, and hold no rows.
//!
//! Each is known by its name and by its content, so that nothing hides behind such a name.

use crate::codec::stream::Codec;
use crate::container::format::interface::{BlockRows, Container, Format, UnopenedShard};
use crate::error::ShardError;
use crate::options::ReadOptions;

pub(crate) static FORMAT: Format =
    Format { name: "bookkeeping", about: None, extensions: &[], open };

fn open(shard: &UnopenedShard, _: &ReadOptions) -> Result<Option<Box<dyn Container>>, ShardError> {
    let name = shard.path.file_name().unwrap_or_default().to_string_lossy();
    let folder = shard.path.parent().and_then(|folder| folder.file_name()).unwrap_or_default();
    let is_known: fn(&[u8]) -> bool = match (&*name, &*shard.name.extension) {
        ("_SUCCESS", _) => <[u8]>::is_empty,
        (".DS_Store", _) => |prefix| prefix.starts_with(b"\0\0\0\x01Bud1"),
        (_, "crc") => is_crc,
        (name, "idx") if name.contains(".tar.") => is_offsets,
        (_, "sqlite") if folder == ".nv-meta" => |prefix| prefix.starts_with(b"SQLite format 3\0"),
        _ => return Ok(None),
    };
    let head = shard.head()?;
    let is_plain = head.codec == Codec::Plain;
    Ok((is_plain && is_known(&head.prefix)).then(|| Box::new(NoRows) as _))
}

/// Checksums as Hadoop writes them: a mark, the bytes that each is of, and four bytes for each.
fn is_crc(prefix: &[u8]) -> bool {
    prefix.starts_with(b"crc\0") && prefix.len() >= 8 && prefix.len().is_multiple_of(4)
}

/// Where the samples of an archive begin, as Energon writes it: numbers of 64 bits that ascend from 0.
fn is_offsets(prefix: &[u8]) -> bool {
    let (numbers, rest) = prefix.as_chunks::<8>();
    let mut numbers = numbers.iter().map(|&number| u64::from_le_bytes(number));
    rest.is_empty() && numbers.next() == Some(0) && numbers.is_sorted()
}

/// A shard that has no rows.
pub(crate) struct NoRows;

impl Container for NoRows {
    fn next_block(&mut self) -> Result<Option<Box<dyn BlockRows>>, ShardError> {
        Ok(None)
    }
}
