//! Which content a shard has: whether it is still the same as before.

use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};

use crate::place::source::ShardSource;
use crate::place::stamp::Stamp;
use crate::{ReadOptions, ShardError};

/// Length, time of change and version of a shard at this moment. Two stamps serve to see that a shard was written to
/// between them; that two are equal proves nothing, for clocks jump.
pub fn stamp_of(path: &Path) -> Result<Stamp, ShardError> {
    let stamp = ShardSource::open(path)?.stamp();
    stamp.map_err(|error| ShardError::io(path, error))
}

/// Gives the bytes of `range`, in order and in pieces of at most 1 MiB, until `each` breaks.
pub fn read_range(
    path: &Path,
    range: Range<u64>,
    each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
) -> Result<(), ShardError> {
    const STEP_LEN: u64 = 1 << 20;
    let source = ShardSource::open(path)?;
    let mut start = range.start;
    while start < range.end {
        let end = range.end.min(start + STEP_LEN);
        let bytes = source.read_at(start..end);
        let bytes = bytes.map_err(|error| ShardError::io(path, error))?;
        if each(&bytes).is_break() {
            break;
        }
        start = end;
    }
    Ok(())
}

/// The files beside a file of tokens that say how it is read, and none for such a file itself. `None` for all that is read by
/// itself: everything else, and everything where there is no tokenizer.
pub fn read_beside(path: &Path, options: &ReadOptions) -> Option<Vec<PathBuf>> {
    #[cfg(feature = "tokenized")]
    if options.detokenizer.is_some() {
        return crate::container::tokens::beside(path);
    }
    let _ = (path, options);
    None
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[track_caller]
    fn check(range: Range<u64>, expected: Option<&[u8]>) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        fs::write(&path, b"0123456789").unwrap();
        let mut read = vec![];
        let result = read_range(&path, range, &mut |bytes| {
            read.extend_from_slice(bytes);
            ControlFlow::Continue(())
        });
        assert_eq!(result.is_ok(), expected.is_some());
        assert_eq!(read, expected.unwrap_or_default());
    }

    #[test]
    fn a_range_is_read_whole_or_it_is_an_error() {
        check(0..10, Some(b"0123456789"));
        check(3..5, Some(b"34"));
        check(5..5, Some(b""));
        check(5..11, None);
    }

    #[test]
    fn a_stamp_tells_another_length_and_names_no_version_of_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        fs::write(&path, b"0123").unwrap();
        let stamp = stamp_of(&path).unwrap();
        assert!(stamp == stamp_of(&path).unwrap());
        assert_eq!((stamp.len(), stamp.version()), (4, None));
        fs::write(&path, b"01234").unwrap();
        assert!(stamp != stamp_of(&path).unwrap());
        assert!(stamp_of(&directory.path().join("b")).is_err());
    }
}
