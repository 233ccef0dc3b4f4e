//! Sorts more than fits into memory.
//!
//! What fits is sorted where it is and never sees the disk. What does not is written in sorted *runs* to files without a
//! name, which are merged at the end. As soon as there are sixteen runs they are merged into one, so that neither open
//! files nor buffers grow with what is sorted.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::vec;

use rayon::slice::ParallelSliceMut;
use seepage_logs::AuthoringOrder;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Runs of one size that are merged into one of the next. Of 16^3 runs, 48 files are open at most.
const RUNS_MAX: usize = 16;
/// Bytes of the buffer before each file.
const BUFFER_LEN: usize = 256 << 10;

/// What a [`Sorter`] can sort. Equal values must be the same in all.
pub trait Sortable: Ord + Send + Sized + Serialize + DeserializeOwned {
    /// Bytes of memory that it holds beside its own size.
    fn heap_len(&self) -> usize {
        0
    }

    /// Writes it so that [`Sortable::read`] gives it back: in its serialised form, with the length in front.
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let json = serde_json::to_vec(self)?;
        out.write_all(&(json.len() as u64).to_le_bytes())?;
        out.write_all(&json)
    }

    /// Reads one.
    fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut len = [0; 8];
        from.read_exact(&mut len)?;
        let mut json = vec![0; u64::from_le_bytes(len) as usize];
        from.read_exact(&mut json)?;
        Ok(serde_json::from_slice(&json)?)
    }
}

impl Sortable for AuthoringOrder<u64> {}

/// A fingerprint and a number of 32 bits: a passage, or a package.
pub(crate) type Pair = (u64, u32);

/// Bytes of a pair on disk.
pub(crate) const PAIR_LEN: usize = 12;

impl Sortable for Pair {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut bytes = [0; PAIR_LEN];
        bytes[..8].copy_from_slice(&self.0.to_le_bytes());
        bytes[8..].copy_from_slice(&self.1.to_le_bytes());
        out.write_all(&bytes)
    }

    fn read(from: &mut impl Read) -> io::Result<Self> {
        let (mut first, mut second) = ([0; 8], [0; 4]);
        from.read_exact(&mut first)?;
        from.read_exact(&mut second)?;
        Ok((u64::from_le_bytes(first), u32::from_le_bytes(second)))
    }
}

/// A sorted run on disk.
struct SortedRun {
    file: File,
    count: u64,
}

/// Takes values in any order, and gives them back sorted. Repeats may be dropped, or not.
pub struct Sorter<T> {
    /// Where runs are written.
    directory: PathBuf,
    /// Bytes of values that are held.
    memory: usize,
    held: Vec<T>,
    /// Bytes of `held`, where each value is counted with what it points to.
    held_len: usize,
    /// Those at place N were merged N times.
    runs: Vec<Vec<SortedRun>>,
    sort: fn(&mut [T]),
}

impl<T> fmt::Debug for Sorter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sorter")
            .field("directory", &self.directory)
            .field("memory", &self.memory)
            .field("held", &self.held.len())
            .finish_non_exhaustive()
    }
}

impl<T: Sortable> Sorter<T> {
    /// Holds up to `memory` bytes of values, or a single one that is larger. Runs go into files without a name in
    /// `directory`.
    pub fn new(directory: &Path, memory: usize) -> Self {
        Self {
            directory: directory.to_owned(),
            memory,
            held: vec![],
            held_len: 0,
            runs: vec![],
            sort: <[T]>::sort_unstable,
        }
    }

    /// Sorts with all threads of the pool at hand. While one of them waits for the others it may do any other work of the
    /// pool: none of that may need a lock under which the sorter is used.
    #[must_use]
    pub(crate) fn in_parallel(mut self) -> Self {
        self.sort = ParallelSliceMut::par_sort_unstable;
        self
    }

    /// Holds up to `memory` bytes of values from now on.
    pub fn limit_memory(&mut self, memory: usize) {
        self.memory = memory;
    }

    /// Takes a value.
    ///
    /// # Errors
    /// The disk refuses what does not fit into memory.
    pub fn push(&mut self, value: T) -> io::Result<()> {
        let len = len_of(&value);
        if self.held_len + len > self.memory && !self.held.is_empty() {
            self.settle();
            // Half of the room has to be left, or sorting would come at every step.
            if self.held_len + len > self.memory / 2 {
                self.spill()?;
            }
        }
        if self.held.len() == self.held.capacity() {
            // Twice as much, but not more than will be held.
            let room = self.memory.saturating_sub(self.held_len) / size_of::<T>();
            let more = self.held.len().clamp(64, room.max(64));
            self.held.reserve_exact(more);
        }
        self.held_len += len;
        self.held.push(value);
        Ok(())
    }

    /// Sorts what is held and drops repeats.
    fn settle(&mut self) {
        (self.sort)(&mut self.held);
        let before = self.held.len();
        self.held.dedup();
        if self.held.len() < before {
            self.held_len = self.held.iter().map(len_of).sum();
        }
    }

    /// Writes what is held, which is sorted, as a run.
    fn spill(&mut self) -> io::Result<()> {
        let mut run = RunWriter::new(&self.directory)?;
        for value in self.held.drain(..) {
            run.push(&value)?;
        }
        self.held_len = 0;
        let mut run = run.finish()?;
        for level in 0.. {
            if level == self.runs.len() {
                self.runs.push(vec![]);
            }
            self.runs[level].push(run);
            if self.runs[level].len() < RUNS_MAX {
                break;
            }
            let mut merged = RunWriter::new(&self.directory)?;
            for value in Sorted::<T>::merge(self.runs[level].drain(..))? {
                merged.push(&value?)?;
            }
            run = merged.finish()?;
        }
        Ok(())
    }

    /// Everything, sorted.
    ///
    /// # Errors
    /// The disk refuses what does not fit into memory.
    pub fn finish(mut self) -> io::Result<Sorted<T>> {
        self.settle();
        if self.runs.is_empty() {
            return Ok(Sorted {
                held: self.held.into_iter(),
                readers: vec![],
                heads: BinaryHeap::new(),
            });
        }
        if !self.held.is_empty() {
            self.spill()?;
        }
        // What they are merged with needs the memory.
        self.held = vec![];
        Sorted::merge(self.runs.into_iter().flatten())
    }
}

fn len_of<T: Sortable>(value: &T) -> usize {
    size_of::<T>() + value.heap_len()
}

/// Writes a run.
struct RunWriter {
    out: BufWriter<File>,
    count: u64,
}

impl RunWriter {
    fn new(directory: &Path) -> io::Result<Self> {
        let file = tempfile::tempfile_in(directory)?;
        Ok(Self { out: BufWriter::with_capacity(BUFFER_LEN, file), count: 0 })
    }

    fn push(&mut self, value: &impl Sortable) -> io::Result<()> {
        self.count += 1;
        value.write(&mut self.out)
    }

    fn finish(self) -> io::Result<SortedRun> {
        let mut file = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        let count = self.count;
        Ok(SortedRun { file, count })
    }
}

/// What is left of a run.
#[derive(Debug)]
struct RunReader {
    from: BufReader<File>,
    left: u64,
}

impl RunReader {
    fn next<T: Sortable>(&mut self) -> io::Result<Option<T>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        T::read(&mut self.from).map(Some)
    }
}

/// The values of a [`Sorter`], in order. Behind an error there is nothing to be had.
#[derive(Debug)]
pub struct Sorted<T> {
    /// All of them, if there are no runs.
    held: vec::IntoIter<T>,
    readers: Vec<RunReader>,
    /// The next value of each run that has one, and the run.
    heads: BinaryHeap<Reverse<(T, usize)>>,
}

impl<T: Sortable> Sorted<T> {
    fn merge(runs: impl IntoIterator<Item = SortedRun>) -> io::Result<Self> {
        let mut readers: Vec<_> = runs
            .into_iter()
            .map(|SortedRun { file, count }| RunReader {
                from: BufReader::with_capacity(BUFFER_LEN, file),
                left: count,
            })
            .collect();
        let mut heads = BinaryHeap::with_capacity(readers.len());
        for (at, run) in readers.iter_mut().enumerate() {
            heads.extend(run.next()?.map(|value| Reverse((value, at))));
        }
        Ok(Self { held: vec![].into_iter(), readers, heads })
    }

    /// All values, if they never left the memory.
    pub(crate) fn into_held(self) -> Result<Vec<T>, Self> {
        if self.readers.is_empty() { Ok(self.held.collect()) } else { Err(self) }
    }
}

impl<T: Sortable> Iterator for Sorted<T> {
    type Item = io::Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let Some(mut head) = self.heads.peek_mut() else {
            return self.held.next().map(Ok);
        };
        let at = head.0.1;
        let value = match self.readers[at].next() {
            Ok(Some(next)) => std::mem::replace(&mut head.0.0, next),
            Ok(None) => PeekMut::pop(head).0.0,
            Err(error) => return Some(Err(error)),
        };
        Some(Ok(value))
    }
}
