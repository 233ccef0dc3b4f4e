//! Shards in object stores, and on web servers.
//!
//! Everything is asked for in ranges, and only if the object is still the one that was opened. The store's client is
//! asynchronous: it lives in this module, behind calls that wait. It retries with back-off what may pass; credentials
//! come from where each store's own tools look for them: the environment, files, or the machine's own identity.

mod aws;
mod copy;
mod store;

use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt as _};
use tokio::task::JoinHandle;

use crate::glob::{looks_like_pattern, matcher, plain_root};
use crate::place::scheme_of;
use crate::{FoundShard, ShardError};
pub use copy::{copy_from_store, copy_to_store, remove_from_store};
use store::{Address, io_error, runtime};

/// The first piece of an object that is read from its start; many are looked at and put aside.
const PIECE_LEN_MIN: u64 = 64 << 10;

/// Large enough that the way there and back does not count.
const PIECE_LEN_MAX: u64 = 8 << 20;

/// An object, or a part of one.
#[derive(Clone)]
pub(crate) struct RemoteShard {
    store: Arc<dyn ObjectStore>,
    meta: Arc<ObjectMeta>,
    /// Nothing is read beyond.
    end: u64,
    /// The piece that was read last: pages of Parquet are asked for one by one.
    piece: Arc<Mutex<Piece>>,
}

#[derive(Default)]
struct Piece {
    start: u64,
    bytes: Bytes,
}

impl RemoteShard {
    pub(crate) fn open(path: &Path) -> Result<Self, ShardError> {
        let address = Address::of(path).map_err(|error| ShardError::io(path, error))?;
        let meta = runtime()
            .and_then(|runtime| {
                runtime.block_on(address.store.head(&address.key)).map_err(io_error)
            })
            .map_err(|error| ShardError::io(path, error))?;
        Ok(Self::new(address.store, meta))
    }

    fn new(store: Arc<dyn ObjectStore>, meta: ObjectMeta) -> Self {
        Self { store, end: meta.size, meta: Arc::new(meta), piece: Arc::default() }
    }

    pub(crate) fn len(&self) -> u64 {
        self.meta.size
    }

    pub(crate) fn version(&self) -> Option<String> {
        self.meta.e_tag.clone()
    }

    /// The part of it up to `range.end`, with a piece of its own.
    pub(crate) fn within(&self, range: Range<u64>) -> Self {
        Self { end: range.end.min(self.meta.size), piece: Arc::default(), ..self.clone() }
    }

    /// Exactly these bytes.
    pub(crate) fn read_at(&self, range: Range<u64>) -> io::Result<Bytes> {
        if range.end > self.end || range.start > range.end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut piece = self.piece.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = |piece: &Piece| {
            piece.start <= range.start && range.end <= piece.start + piece.bytes.len() as u64
        };
        if !holds(&piece) {
            // A part that is asked for will be read on from there.
            let end = range.end.max(self.end.min(range.start + PIECE_LEN_MAX));
            let bytes = runtime()?.block_on(fetch(self.clone(), range.start..end))?;
            *piece = Piece { start: range.start, bytes };
        }
        let start = (range.start - piece.start) as usize;
        let len = (range.end - range.start) as usize;
        Ok(piece.bytes.slice(start..start + len))
    }

    pub(crate) fn read_from(&self, start: u64) -> impl Read + use<> {
        Position { shard: self.clone(), at: start }
    }
}

/// Reads on from a place, out of the pieces of a shard.
struct Position {
    shard: RemoteShard,
    at: u64,
}

impl Read for Position {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = (self.shard.end.saturating_sub(self.at)).min(buffer.len() as u64);
        let bytes = self.shard.read_at(self.at..self.at + len)?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        self.at += len;
        Ok(bytes.len())
    }
}

/// Fetches a range, whole.
async fn fetch(shard: RemoteShard, range: Range<u64>) -> io::Result<Bytes> {
    if range.is_empty() {
        return Ok(Bytes::new());
    }
    let len = range.end - range.start;
    let options = GetOptions {
        range: Some(GetRange::Bounded(range)),
        // Another object may have taken its place since it was opened.
        if_match: shard.meta.e_tag.clone(),
        ..GetOptions::default()
    };
    let answer = shard.store.get_opts(&shard.meta.location, options).await;
    let bytes = answer.map_err(io_error)?.bytes().await.map_err(io_error)?;
    if bytes.len() as u64 == len { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// All of an object in order, the next piece on its way while one is read.
pub(crate) struct RemoteReader {
    shard: RemoteShard,
    piece: Bytes,
    /// Where the piece behind begins that is on its way, or the next to be asked for.
    next: u64,
    piece_len: u64,
    on_its_way: Option<JoinHandle<io::Result<Bytes>>>,
}

impl RemoteReader {
    pub(crate) fn new(shard: RemoteShard) -> Self {
        Self { shard, piece: Bytes::new(), next: 0, piece_len: PIECE_LEN_MIN, on_its_way: None }
    }

    fn ask(&mut self) -> io::Result<JoinHandle<io::Result<Bytes>>> {
        let end = (self.next + self.piece_len).min(self.shard.end);
        let range = self.next..end;
        self.next = end;
        Ok(runtime()?.spawn(fetch(self.shard.clone(), range)))
    }

    fn fill(&mut self) -> io::Result<()> {
        let piece = match self.on_its_way.take() {
            Some(piece) => piece,
            None => self.ask()?,
        };
        let piece = runtime()?.block_on(piece);
        self.piece = piece.map_err(io::Error::other)??;
        // Who reads past the first piece will read on.
        if self.piece_len > PIECE_LEN_MIN && self.next < self.shard.end {
            self.on_its_way = Some(self.ask()?);
        }
        self.piece_len = (4 * self.piece_len).min(PIECE_LEN_MAX);
        Ok(())
    }
}

impl Read for RemoteReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let is_at_end = self.next >= self.shard.end && self.on_its_way.is_none();
        if self.piece.is_empty() && !is_at_end {
            self.fill()?;
        }
        let len = self.piece.len().min(buffer.len());
        buffer[..len].copy_from_slice(&self.piece.split_to(len));
        Ok(len)
    }
}

impl Drop for RemoteReader {
    fn drop(&mut self) {
        if let Some(piece) = &self.on_its_way {
            piece.abort();
        }
    }
}

/// The object of this address, or all that lie below it, or all that a pattern names.
pub(crate) fn find_remote(root: &Path) -> Vec<Result<FoundShard, ShardError>> {
    // A web server lists nothing, and its addresses may hold question marks.
    let is_web = matches!(scheme_of(root), Some("http" | "https"));
    let found = if looks_like_pattern(root) && !is_web { list_matching(root) } else { list(root) };
    match found {
        Ok(found) => found.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    }
}

/// All that `pattern` names, and all below it, as of files; what has that very name goes first, as it does there.
fn list_matching(pattern: &Path) -> Result<Vec<FoundShard>, ShardError> {
    let text = pattern.to_string_lossy();
    let glob = matcher(&text)?;
    let mut found = list(Path::new(&(plain_root(&text) + "/")))?;
    let is_named = |shard: &FoundShard| shard.path.starts_with(pattern);
    if found.iter().any(is_named) {
        found.retain(is_named);
        return Ok(found);
    }
    // A directory that matches is read as a whole.
    found.retain(|shard| shard.path.ancestors().any(|path| glob.is_match(path)));
    if found.is_empty() {
        return Err(ShardError::io(pattern, io::ErrorKind::NotFound.into()));
    }
    Ok(found)
}

fn list(root: &Path) -> Result<Vec<FoundShard>, ShardError> {
    let address = Address::of(root).map_err(|error| ShardError::io(root, error))?;
    let metas = runtime().and_then(|runtime| runtime.block_on(store::list(&address)));
    let metas = metas.map_err(|error| ShardError::io(root, error))?;
    let shard = |meta: ObjectMeta| {
        let name = format!("{}/{}", address.root, meta.location);
        FoundShard { path: PathBuf::from(&name), name, len: meta.size }
    };
    Ok(metas.into_iter().map(shard).collect())
}
