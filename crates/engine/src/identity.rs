//! What names the content of a unit, so that its result can be known again.

use std::ops::{ControlFlow, Range};

use seepage_shards::{FoundShard, ShardError, Stamp, read_range};

use crate::Stop;

/// A unit by its place and content. Times are no part of it: clocks jump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) shard: String,
    /// Bytes on disk of the whole shard.
    pub(crate) len: u64,
    /// `blake3:` and a digest of the bytes that the unit is read from, or `etag:` and what the store calls the shard.
    pub(crate) content: String,
    pub(crate) piece: u32,
}

/// The first records of a shard choose its text fields, whatever piece is read: they lie within so many bytes.
const HEAD_LEN: u64 = 4 << 20;

/// Identifies a piece of `found`, `range` of its bytes; `None` once the scan is asked to stop.
pub(crate) fn identify(
    found: &FoundShard,
    stamp: &Stamp,
    (piece, range): (u32, Range<u64>),
    stop: &Stop,
) -> Result<Option<Identity>, ShardError> {
    let content = match stamp.version() {
        Some(version) => format!("etag:{version}"),
        None => match digest(found, stamp.len(), range, stop)? {
            Some(digest) => format!("blake3:{digest}"),
            None => return Ok(None),
        },
    };
    Ok(Some(Identity {
        shard: found.name.clone(),
        len: stamp.len(),
        content,
        piece,
    }))
}

fn digest(
    found: &FoundShard,
    len: u64,
    range: Range<u64>,
    stop: &Stop,
) -> Result<Option<String>, ShardError> {
    let mut hasher = blake3::Hasher::new();
    let tail = tail_len(found, len)?;
    let end = range.end.min(len);
    let head = 0..HEAD_LEN.min(range.start.min(end));
    let behind = end.max(len - tail)..len;
    for range in [head, range.start.min(end)..end, behind] {
        read_range(&found.path, range, &mut |bytes| {
            hasher.update(bytes);
            match stop.asked() {
                Some(_) => ControlFlow::Break(()),
                None => ControlFlow::Continue(()),
            }
        })?;
    }
    Ok(stop
        .asked()
        .is_none()
        .then(|| hasher.finalize().to_hex().to_string()))
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

    use super::*;

    /// The identities of a piece of two contents.
    #[track_caller]
    fn check(range: Range<u64>, left: &[u8], right: &[u8], same: bool) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        let [left, right] = [left, right].map(|content| {
            fs::write(&path, content).unwrap();
            let found = FoundShard {
                path: path.clone(),
                name: "a".to_owned(),
                len: content.len() as u64,
            };
            let stamp = seepage_shards::stamp_of(&path).unwrap();
            let identity = identify(&found, &stamp, (0, range.clone()), &Stop::default());
            identity.unwrap().unwrap()
        });
        assert_eq!(left == right, same);
    }

    #[test]
    fn a_piece_is_known_by_its_bytes_the_length_of_its_shard_and_what_says_how_it_is_read() {
        check(0..4, b"abcd", b"abcd", true);
        check(0..4, b"abcd", b"abce", false);
        check(0..2, b"abcd", b"abce", true);
        check(0..2, b"abcd", b"abcde", false);
        // The head chooses the fields.
        check(2..4, b"abcd", b"xbcd", false);
        // The footer names the columns.
        check(0..2, b"abcX\x02\0\0\0PAR1", b"abcY\x02\0\0\0PAR1", false);
        check(0..2, b"abXc\x01\0\0\0PAR1", b"abYc\x01\0\0\0PAR1", true);
        check(0..9, b"", b"", true);
    }

    #[test]
    fn who_is_asked_to_stop_gives_no_identity() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        fs::write(&path, b"abcd").unwrap();
        let found = FoundShard {
            path: path.clone(),
            name: "a".to_owned(),
            len: 4,
        };
        let stamp = seepage_shards::stamp_of(&path).unwrap();
        let stop = Stop::default();
        stop.flag().store(15, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(identify(&found, &stamp, (0, 0..4), &stop).unwrap(), None);
    }
}
