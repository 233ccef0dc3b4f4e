//! Which content a shard had, and what a store says where it is another by now.

use std::error::Error;
use std::fmt;
#[cfg(feature = "remote")]
use std::io;
use std::time::SystemTime;

/// Which content it was. Blocks open their shard anew, for a file has one position and they are read at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub(crate) len: u64,
    pub(crate) modified: Option<SystemTime>,
    /// Of an object: its `ETag`.
    pub(crate) version: Option<String>,
}

impl Stamp {
    /// Bytes on disk.
    #[expect(clippy::len_without_is_empty, reason = "a stamp is no list")]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// What the store of the shard calls this content; `None` where it names none, and of a file.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }
}

/// That a shard is another one than it was when its reading began.
///
/// Displays both, e.g. `it had 10 bytes and ETag "1", now it has 12 bytes and ETag "2"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardChange {
    /// When it was opened.
    pub had: Stamp,
    /// At the latest answer.
    pub has: Stamp,
}

impl fmt::Display for ShardChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { had, has } = self;
        // The time tells something only where nothing else does.
        let is_timed = (had.len, &had.version) == (has.len, &has.version);
        let says_version = had.version.is_some() || has.version.is_some();
        for (before, stamp) in [("it had", had), (", now it has", has)] {
            write!(f, "{before} {} bytes", stamp.len)?;
            match &stamp.version {
                // It comes from the store: no control character of it may reach a terminal.
                Some(version) => {
                    let shown: String = version.chars().filter(|c| !c.is_control()).collect();
                    write!(f, " and ETag {shown}")?;
                }
                None if says_version => f.write_str(" and no ETag")?,
                None => {}
            }
            if let (true, Some(modified)) = (is_timed, stamp.modified)
                && let Ok(modified) = jiff::Timestamp::try_from(modified)
            {
                write!(f, " of {modified}")?;
            }
        }
        Ok(())
    }
}

impl Error for ShardChange {}

/// What a store said, or what is wrong with what it answered. The decoder that met it must not call it damage.
#[cfg(feature = "remote")]
#[derive(Clone, Debug)]
pub(crate) struct StoreError {
    pub(crate) kind: io::ErrorKind,
    pub(crate) words: String,
}

#[cfg(feature = "remote")]
impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

#[cfg(feature = "remote")]
impl Error for StoreError {}

#[cfg(feature = "remote")]
impl From<StoreError> for io::Error {
    fn from(error: StoreError) -> Self {
        Self::new(error.kind, error)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn stamp(len: u64, seconds: u64, version: Option<&str>) -> Stamp {
        let modified = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        Stamp { len, modified, version: version.map(str::to_owned) }
    }

    #[test]
    fn a_change_says_what_was_and_what_is() {
        for (had, has, expected) in [
            (
                stamp(1, 0, Some("a")),
                stamp(2, 9, Some("b")),
                "1 bytes and ETag a, 2 bytes and ETag b",
            ),
            (stamp(1, 0, Some("a")), stamp(1, 0, None), "1 bytes and ETag a, 1 bytes and no ETag"),
            (stamp(1, 0, None), stamp(2, 9, None), "1 bytes, 2 bytes"),
            (
                stamp(1, 0, None),
                stamp(1, 9, None),
                "1 bytes of 1970-01-01T00:00:00Z, 1 bytes of 1970-01-01T00:00:09Z",
            ),
            (
                stamp(1, 0, Some("\x1b[1m")),
                stamp(2, 0, Some("b")),
                "1 bytes and ETag [1m, 2 bytes and ETag b",
            ),
        ] {
            let expected = format!("it had {}", expected.replace(", ", ", now it has "));
            assert_eq!(ShardChange { had, has }.to_string(), expected);
        }
    }
}
