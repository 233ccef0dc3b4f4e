//! Postings: which passages hold each fingerprint, read from sorted pairs of both as often as it takes to write the table.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use seepage_fingerprint::Fingerprint;

use crate::sorter::{PAIR_LEN, Pair, Sortable, Sorted, Sorter};

/// The payload of a slot with this bit is an offset among the postings, counted in numbers of 4 bytes.
pub(crate) const LIST_BIT: u32 = 1 << 31;
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

/// Where a group begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PostingsStart {
    /// Its first pair.
    pair: u64,
    /// Among the postings, in numbers of 4 bytes: where its list goes, if it has one.
    pub(crate) list: u64,
}

/// Reads groups. The one at hand is described by the fields.
#[derive(Debug)]
pub(crate) struct PostingsReader<'p> {
    pairs: PairReader<'p>,
    /// The first pair of the group behind the one at hand.
    ahead: Option<Pair>,
    /// The beginning of the group behind the one at hand.
    next: PostingsStart,
    /// The beginning of the group at hand.
    pub(crate) mark: PostingsStart,
    /// The passages of the group at hand, ascending.
    pub(crate) passages: Vec<u32>,
}

impl<'p> PostingsReader<'p> {
    /// Reads from a group on that begins at `mark`.
    pub(crate) fn read_from(pairs: &'p Pairs, mark: PostingsStart) -> io::Result<Self> {
        let mut pairs = pairs.read_from(mark.pair)?;
        Ok(Self { ahead: pairs.next()?, pairs, next: mark, mark, passages: vec![] })
    }

    /// Goes on to the next group, and gives its fingerprint.
    pub(crate) fn next(&mut self) -> io::Result<Option<Fingerprint>> {
        let Some((fingerprint, first)) = self.ahead else {
            return Ok(None);
        };
        self.mark = self.next;
        self.passages.clear();
        self.passages.push(first);
        let mut last = first;
        self.ahead = loop {
            self.next.pair += 1;
            match self.pairs.next()? {
                Some((other, passage)) if other == fingerprint => {
                    // Repeats say nothing new.
                    if passage == last {
                        continue;
                    }
                    last = passage;
                    self.passages.push(passage);
                }
                ahead => break ahead,
            }
        };
        if self.has_list() {
            self.next.list += 1 + self.passages.len() as u64;
        }
        Ok(Some(Fingerprint(fingerprint)))
    }

    /// Whether the passages of the group at hand stand among the postings.
    pub(crate) fn has_list(&self) -> bool {
        self.passages.len() > 1
    }

    /// What the slot of the group at hand holds. The lists were seen to be few enough for an offset of 31 bits.
    pub(crate) fn payload(&self) -> u32 {
        if self.has_list() { LIST_BIT | self.mark.list as u32 } else { self.passages[0] }
    }
}
