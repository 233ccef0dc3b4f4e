//! The bytes of an object, in ranges and in order.

use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::path::Path as Key;
use object_store::{Error, GetOptions, GetRange, GetResult, ObjectStore, ObjectStoreExt as _};
use tokio::task::JoinHandle;

use crate::error::ShardError;
use crate::place::remote::answer::{OpenedObject, wrong_answer};
use crate::place::remote::runtime::runtime;
use crate::place::remote::store::{Address, io_error};
use crate::place::stamp::Stamp;

/// What is fetched first of an object that is read from its start; many are looked at and put aside.
const FETCH_LEN_MIN: u64 = 64 << 10;

/// Large enough that the way there and back does not count.
const FETCH_LEN_MAX: u64 = 8 << 20;

/// An object, or a part of one.
#[derive(Clone)]
pub(crate) struct RemoteShard {
    store: Arc<dyn ObjectStore>,
    key: Key,
    object: OpenedObject,
    /// Nothing is read beyond.
    end: u64,
    /// What was fetched last: pages of Parquet are asked for one by one.
    fetched: Arc<Mutex<Fetched>>,
}

#[derive(Default)]
struct Fetched {
    start: u64,
    bytes: Bytes,
}

impl RemoteShard {
    pub(crate) fn open(path: &Path) -> Result<Self, ShardError> {
        let address = Address::of(path).map_err(|error| ShardError::io(path, error))?;
        Self::open_key(address.store, address.key).map_err(|error| ShardError::io(path, error))
    }

    pub(super) fn open_key(store: Arc<dyn ObjectStore>, key: Key) -> io::Result<Self> {
        let meta = runtime()?.block_on(store.head(&key)).map_err(io_error)?;
        let object = OpenedObject::new(meta);
        Ok(Self { store, key, end: object.stamp().len(), object, fetched: Arc::default() })
    }

    pub(crate) fn len(&self) -> u64 {
        self.object.stamp().len()
    }

    pub(crate) fn stamp(&self) -> &Stamp {
        self.object.stamp()
    }

    /// Of every request: by them the answer is compared with what was opened.
    fn options(&self) -> GetOptions {
        let mut options = GetOptions::default();
        options.extensions.insert(self.object.clone());
        options
    }

    /// The part of it up to `range.end`, with what it fetches kept by itself.
    pub(crate) fn within(&self, range: Range<u64>) -> Self {
        Self { end: range.end.min(self.len()), fetched: Arc::default(), ..self.clone() }
    }

    /// Exactly these bytes.
    pub(crate) fn read_at(&self, range: Range<u64>) -> io::Result<Bytes> {
        if range.end > self.end || range.start > range.end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = |fetched: &Fetched| {
            fetched.start <= range.start && range.end <= fetched.start + fetched.bytes.len() as u64
        };
        if !holds(&fetched) {
            // A part that is asked for will be read on from there.
            let end = range.end.max(self.end.min(range.start + FETCH_LEN_MAX));
            let bytes = runtime()?.block_on(fetch(self.clone(), range.start..end))?;
            *fetched = Fetched { start: range.start, bytes };
        }
        let start = (range.start - fetched.start) as usize;
        let len = (range.end - range.start) as usize;
        Ok(fetched.bytes.slice(start..start + len))
    }

    pub(crate) fn read_from(&self, start: u64) -> impl Read + use<> {
        Position { shard: self.clone(), at: start }
    }
}

/// Reads on from a place, out of the ranges of a shard.
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
    let mut options = shard.options();
    options.range = Some(GetRange::Bounded(range.clone()));
    // Another object may have taken its place since it was opened.
    options.if_match = shard.object.strong_version();
    match shard.store.get_opts(&shard.key, options).await {
        Ok(answer) => take_body(answer, &range).await,
        Err(refusal) => {
            let is_other = matches!(refusal, Error::Precondition { .. });
            let refusal = io_error(refusal);
            // Or it is too short by now for this range.
            if is_other || refusal.to_string().contains(" 416 ") {
                let options = GetOptions { head: true, ..shard.options() };
                // What it is now stands in the error.
                shard.store.get_opts(&shard.key, options).await.map_err(io_error)?;
            }
            Err(refusal)
        }
    }
}

/// The body of an answer, which must be as long as the range. What is more is not kept.
async fn take_body(answer: GetResult, range: &Range<u64>) -> io::Result<Bytes> {
    let len = range.end - range.start;
    let mut bytes = Vec::with_capacity(len.min(FETCH_LEN_MAX) as usize);
    let mut body = answer.into_stream();
    while let Some(more) = body.try_next().await.map_err(io_error)? {
        if (bytes.len() + more.len()) as u64 > len {
            return Err(wrong_answer(&format!("more than {len} bytes"), range).into());
        }
        bytes.extend_from_slice(&more);
    }
    if (bytes.len() as u64) < len {
        return Err(wrong_answer(&format!("{} bytes", bytes.len()), range).into());
    }
    Ok(bytes.into())
}

/// All of an object in order, the next bytes on their way while some are read.
pub(crate) struct RemoteReader {
    shard: RemoteShard,
    fetched: Bytes,
    /// Where what is on its way begins, or what is to be asked for next.
    next: u64,
    fetch_len: u64,
    on_its_way: Option<JoinHandle<io::Result<Bytes>>>,
}

impl RemoteReader {
    pub(crate) fn new(shard: RemoteShard) -> Self {
        Self { shard, fetched: Bytes::new(), next: 0, fetch_len: FETCH_LEN_MIN, on_its_way: None }
    }

    fn ask(&mut self) -> io::Result<JoinHandle<io::Result<Bytes>>> {
        let end = (self.next + self.fetch_len).min(self.shard.end);
        let range = self.next..end;
        self.next = end;
        Ok(runtime()?.spawn(fetch(self.shard.clone(), range)))
    }

    fn fill(&mut self) -> io::Result<()> {
        let fetched = match self.on_its_way.take() {
            Some(fetched) => fetched,
            None => self.ask()?,
        };
        let fetched = runtime()?.block_on(fetched);
        self.fetched = fetched.map_err(io::Error::other)??;
        // A reader that goes past the first bytes will go on.
        if self.fetch_len > FETCH_LEN_MIN && self.next < self.shard.end {
            self.on_its_way = Some(self.ask()?);
        }
        self.fetch_len = (4 * self.fetch_len).min(FETCH_LEN_MAX);
        Ok(())
    }
}

impl Read for RemoteReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let is_at_end = self.next >= self.shard.end && self.on_its_way.is_none();
        if self.fetched.is_empty() && !is_at_end {
            self.fill()?;
        }
        let len = self.fetched.len().min(buffer.len());
        buffer[..len].copy_from_slice(&self.fetched.split_to(len));
        Ok(len)
    }
}

impl Drop for RemoteReader {
    fn drop(&mut self) {
        if let Some(fetched) = &self.on_its_way {
            fetched.abort();
        }
    }
}
