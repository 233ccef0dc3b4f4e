//! What names the content of a unit, so that its result can be known again.

use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};

use blake3::Hasher;
use seepage_shards::{FoundShard, Piece, Shard, ShardError, Stamp, read_range, stamp_of};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::jobs::stop::Stop;

/// The content of a unit, which together with the name of its shard is known again. Times are no part of it: clocks jump.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// Bytes on disk of the whole shard.
    pub(crate) len: u64,
    /// `blake3:` and a digest of all that the unit is read from, or `etag:` and what the store calls the shard.
    pub(crate) content: String,
    pub(crate) piece: u32,
}

impl Identity {
    /// Names the unit in 128 bits: two of 10^12 units meet in one once in 10^14 journals.
    pub(crate) fn key(&self, shard: &str) -> u128 {
        let Self { len, content, piece } = self;
        xxh3_128(format!("{len} {piece} {content} {shard}").as_bytes())
    }
}

/// What a shard is read from.
pub(crate) struct Whole<'f> {
    pub(crate) found: &'f FoundShard,
    pub(crate) stamp: &'f Stamp,
    /// See [`seepage_shards::read_beside`].
    pub(crate) beside: Option<Vec<PathBuf>>,
}

/// Identifies a piece of `whole`; `shard` is that piece, opened, where the shard has more of them. `None` once the scan is
/// asked to stop.
pub(crate) fn identify(
    whole: &Whole,
    (piece, shard): (&Piece, Option<&Shard>),
    stop: &Stop,
) -> Result<Option<Identity>, ShardError> {
    let content = match whole.stamp.version() {
        Some(version) => format!("etag:{version}"),
        None => match digest(whole, (piece, shard), stop)? {
            Some(digest) => format!("blake3:{digest}"),
            None => return Ok(None),
        },
    };
    Ok(Some(Identity { len: whole.stamp.len(), content, piece: piece.number }))
}

fn digest(
    whole: &Whole,
    (piece, shard): (&Piece, Option<&Shard>),
    stop: &Stop,
) -> Result<Option<String>, ShardError> {
    let (found, len) = (whole.found, whole.stamp.len());
    let mut hasher = Hasher::new();
    // The first records of a shard, or its schema, choose what is read of every piece.
    if let Some(shard) = shard {
        hasher.update(shard.format().name().as_bytes());
        for field in shard.text_fields() {
            hasher.update(&[0]);
            hasher.update(field.as_str().as_bytes());
        }
    }
    // A line that begins in the piece may end behind it, and whether one begins at its start the byte before says.
    let end = piece.bytes.end.min(len);
    let own = piece.bytes.start.saturating_sub(1).min(end)..end;
    let tail = len - tail_len(found, len)?;
    for (range, to_line_end) in [(own, false), (end..len, true), (end.max(tail)..len, false)] {
        feed(&mut hasher, (&found.path, range), to_line_end, stop)?;
    }
    if let Some(beside) = &whole.beside {
        hasher.update(b"with");
        for path in beside {
            let len = stamp_of(path)?.len();
            hasher.update(&len.to_le_bytes());
            feed(&mut hasher, (path, 0..len), false, stop)?;
        }
    }
    let digest = hasher.finalize().to_hex().to_string();
    Ok(stop.asked().is_none().then_some(digest))
}

/// Feeds a range of a file, if asked so to the first line end only; less once the scan is asked to stop.
fn feed(
    hasher: &mut Hasher,
    (path, range): (&Path, Range<u64>),
    to_line_end: bool,
    stop: &Stop,
) -> Result<(), ShardError> {
    read_range(path, range, &mut |bytes| {
        let line_end = bytes.iter().position(|&byte| to_line_end && byte == b'\n');
        hasher.update(&bytes[..line_end.unwrap_or(bytes.len())]);
        if stop.asked().is_some() || line_end.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })
}

/// The bytes at the end that say how all others are read: the footer of a Parquet file.
fn tail_len(found: &FoundShard, len: u64) -> Result<u64, ShardError> {
    const MAGIC: &[u8] = b"PAR1";
    /// The length of the footer, and the magic.
    const END_LEN: u64 = 8;
    let mut end = vec![];
    read_range(&found.path, len - END_LEN.min(len)..len, &mut |bytes| {
        end.extend_from_slice(bytes);
        ControlFlow::Continue(())
    })?;
    Ok(match end.strip_suffix(MAGIC) {
        Some(&[a, b, c, d]) => len.min(u64::from(u32::from_le_bytes([a, b, c, d])) + END_LEN),
        _ => 0,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use seepage_shards::ReadOptions;

    use super::*;

    fn identity(
        content: &[u8],
        (name, bytes): (&str, Range<u64>),
        stop: &Stop,
    ) -> Option<Identity> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        fs::write(&path, content).unwrap();
        let stamp = stamp_of(&path).unwrap();
        let found = FoundShard { path, name: "a".to_owned(), len: content.len() as u64 };
        let is_whole = bytes == (0..found.len);
        let piece = Piece { number: 0, count: 1, bytes };
        let shard = seepage_shards::open_shard(&found.path, &ReadOptions::default());
        let shard = (!is_whole).then(|| shard.unwrap());
        let whole = Whole { found: &found, stamp: &stamp, beside: None };
        identify(&whole, (&piece, shard.as_ref()), stop).unwrap()
    }

    /// The identities of a piece of two contents.
    #[track_caller]
    fn check(name: &str, bytes: Range<u64>, left: &[u8], right: &[u8], same: bool) {
        let [left, right] = [left, right]
            .map(|content| identity(content, (name, bytes.clone()), &Stop::default()).unwrap());
        assert_eq!(left == right, same);
    }

    #[test]
    fn a_piece_is_known_by_all_that_is_read_for_it_and_by_the_length_of_its_shard() {
        check("a.rs", 0..4, b"abcd", b"abcd", true);
        check("a.rs", 0..4, b"abcd", b"abce", false);
        check("a.rs", 0..0, b"", b"", true);
        check("a.rs", 0..2, b"a\nb\nc\nd", b"a\nb\nc\ne", true);
        check("a.rs", 0..2, b"a\nb\nc\nd", b"a\nb\nc\nde", false);
        // Whether a line begins there.
        check("a.rs", 4..6, b"a\nb\nc\nd", b"a\nb.c\nd", false);
        check("a.rs", 4..6, b"a\nb\nc\nd", b"a\nx\nc\nd", true);
    }

    #[test]
    fn a_line_that_ends_behind_its_piece_counts_whole() {
        let lines = |text: &str| format!("{{\"text\":\"a\"}}\n{{\"text\":\"{text}\"}}\n");
        let (left, right) = (lines("b"), lines("c"));
        // The first line has 13 bytes.
        for (end, same) in [(6, true), (14, false), (20, false)] {
            check("a.jsonl", 0..end, left.as_bytes(), right.as_bytes(), same);
        }
    }

    #[test]
    fn the_fields_that_the_first_records_choose_count_in_every_piece() {
        let shard = |field: &str| format!("{{\"{field}\":\"a\"}}\n{{\"code\":\"c\"}}\n");
        let check_fields = |left: &str, right: &str, same| {
            let (left, right) = (shard(left), shard(right));
            let second = 13..26;
            check("a.jsonl", second, left.as_bytes(), right.as_bytes(), same);
        };
        check_fields("text", "text", true);
        check_fields("note", "when", true);
        check_fields("text", "note", false);
    }

    #[test]
    fn who_is_asked_to_stop_gives_no_identity() {
        let stop = Stop::default();
        stop.flag().store(15, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(identity(b"abcd", ("a.rs", 0..4), &stop), None);
    }
}
