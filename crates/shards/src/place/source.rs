//! The bytes of a shard, wherever it lies: a file, or an object in a store.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use crate::ShardError;
use crate::place::address::is_remote;
use crate::place::found::irregular_kind;
#[cfg(feature = "remote")]
use crate::place::remote::{RemoteReader, RemoteShard};
use crate::place::stamp::Stamp;

/// Opened.
pub(crate) enum ShardSource {
    File(File, u64),
    #[cfg(feature = "remote")]
    Remote(RemoteShard),
}

impl ShardSource {
    pub(crate) fn open(path: &Path) -> Result<Self, ShardError> {
        if is_remote(path) {
            #[cfg(feature = "remote")]
            return RemoteShard::open(path).map(Self::Remote);
            #[cfg(not(feature = "remote"))]
            return Err(ShardError::Unsupported {
                path: path.to_owned(),
                what: "an object in a store (this build reads files only)",
            });
        }
        let io_error = |source| ShardError::io(path, source);
        let metadata = std::fs::metadata(path).map_err(io_error)?;
        if let Some(kind) = irregular_kind(metadata.file_type()) {
            // Opening a named pipe would wait for its other end.
            return Err(ShardError::NotRegular { path: path.to_owned(), kind });
        }
        let file = File::open(path).map_err(io_error)?;
        let len = file.metadata().map_err(io_error)?.len();
        Ok(Self::File(file, len))
    }

    pub(crate) fn stamp(&self) -> io::Result<Stamp> {
        let of_file = |metadata: Metadata| Stamp {
            len: metadata.len(),
            modified: metadata.modified().ok(),
            version: None,
        };
        match self {
            Self::File(file, _) => file.metadata().map(of_file),
            #[cfg(feature = "remote")]
            Self::Remote(shard) => Ok(shard.stamp().clone()),
        }
    }

    /// Exactly these bytes.
    pub(crate) fn read_at(&self, range: Range<u64>) -> io::Result<Bytes> {
        match self {
            Self::File(file, _) => {
                let mut file = file;
                let mut bytes = vec![];
                file.seek(SeekFrom::Start(range.start))?;
                let len = range.end - range.start;
                if file.take(len).read_to_end(&mut bytes)? as u64 == len {
                    Ok(bytes.into())
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                }
            }
            #[cfg(feature = "remote")]
            Self::Remote(shard) => shard.read_at(range),
        }
    }

    /// The same source for one part of it, of which an object is read in few large pieces and nothing beyond.
    pub(crate) fn within(self: &Arc<Self>, range: Range<u64>) -> Arc<Self> {
        match &**self {
            #[cfg(feature = "remote")]
            Self::Remote(shard) => Arc::new(Self::Remote(shard.within(range))),
            Self::File(..) => {
                let _ = range;
                Arc::clone(self)
            }
        }
    }

    /// All of its bytes in order.
    pub(crate) fn into_reader(self) -> Box<dyn Read + Send> {
        match self {
            Self::File(file, _) => Box::new(file),
            #[cfg(feature = "remote")]
            Self::Remote(shard) => Box::new(RemoteReader::new(shard)),
        }
    }
}
