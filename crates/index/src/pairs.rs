//! The (fingerprint, passage) pairs of an index, sorted, to be read from any place and more than once.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::sorter::{PAIR_LEN, Pair, Sortable, Sorted, Sorter};

/// Bytes of the buffer before the file.
const BUFFER_LEN: usize = 1 << 20;

/// Sorted pairs, in memory or in a file.
#[derive(Debug)]
pub(crate) enum Pairs {
    Held(Vec<Pair>),
    Spilled { path: PathBuf, count: u64 },
}

impl Pairs {
    /// All that `sorter` took. What does not fit into memory is merged into the file `path`.
    pub(crate) fn gather(sorter: Sorter<Pair>, path: &Path) -> io::Result<Self> {
        sorter
            .finish()?
            .into_held()
            .map_or_else(|sorted| Self::spill(sorted, path), |held| Ok(Self::Held(held)))
    }

    fn spill(sorted: Sorted<Pair>, path: &Path) -> io::Result<Self> {
        let mut out = BufWriter::with_capacity(BUFFER_LEN, File::create_new(path)?);
        let mut count = 0;
        for pair in sorted {
            pair?.write(&mut out)?;
            count += 1;
        }
        out.flush()?;
        let path = path.to_owned();
        Ok(Self::Spilled { path, count })
    }

    /// Reads from the pair at place `start` on.
    pub(crate) fn read_from(&self, start: u64) -> io::Result<PairReader<'_>> {
        Ok(match self {
            Self::Held(held) => PairReader::Held(held[start as usize..].iter()),
            Self::Spilled { path, count } => {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(start * PAIR_LEN as u64))?;
                PairReader::Spilled {
                    from: BufReader::with_capacity(BUFFER_LEN, file),
                    left: count - start,
                }
            }
        })
    }
}

/// Pairs from some place on.
#[derive(Debug)]
pub(crate) enum PairReader<'p> {
    Held(std::slice::Iter<'p, Pair>),
    Spilled { from: BufReader<File>, left: u64 },
}

impl PairReader<'_> {
    pub(crate) fn next(&mut self) -> io::Result<Option<Pair>> {
        match self {
            Self::Held(pairs) => Ok(pairs.next().copied()),
            Self::Spilled { left: 0, .. } => Ok(None),
            Self::Spilled { from, left } => {
                *left -= 1;
                Pair::read(from).map(Some)
            }
        }
    }
}
