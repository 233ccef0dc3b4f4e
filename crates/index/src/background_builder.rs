//! Human text to a background: counts fingerprints by package in bounded memory.
//!
//! Pairs of fingerprint and package are sorted in memory as long as they fit. What does not fit is written, sorted, to
//! files without a name, and merged at the end: the same pairs give the same background, however often it spilled.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::background::{Background, Parameters, key};
use crate::{Analyzer, SourceAnchor};

/// A key of 40 bits, and the package.
type Pair = (u64, u32);

/// Pairs held: 128 MB, and twice that while a buffer grows.
const PAIRS_MAX: usize = (128 << 20) / size_of::<Pair>();
/// New pairs are sorted in when there are as many as settled ones, but not for fewer than this.
const UNSETTLED_MIN: usize = 1 << 20;
/// Five bytes of the key and four of the package: as bytes, they sort like the pairs.
const PAIR_LEN: usize = 9;

/// Counts fingerprints by package.
#[derive(Debug)]
pub struct BackgroundBuilder {
    parameters: Parameters,
    /// Where runs are spilled to.
    directory: PathBuf,
    pairs_max: usize,
    /// Sorted and without repeats up to `settled`.
    pairs: Vec<Pair>,
    settled: usize,
    /// Each sorted and without repeats.
    runs: Vec<File>,
}

impl BackgroundBuilder {
    /// Nothing counted yet. What does not fit into memory goes into files without a name in `directory`.
    pub fn new(analyzer: &Analyzer, directory: &Path) -> Self {
        Self::with_room_for(PAIRS_MAX, analyzer, directory)
    }

    /// As [`BackgroundBuilder::new`], holding so many pairs at most.
    pub(crate) fn with_room_for(pairs_max: usize, analyzer: &Analyzer, directory: &Path) -> Self {
        Self {
            parameters: Parameters::of(analyzer),
            directory: directory.to_owned(),
            pairs_max,
            pairs: vec![],
            settled: 0,
            runs: vec![],
        }
    }

    /// Counts the anchors of one text of a package, which is any number that names it.
    ///
    /// # Errors
    /// The disk refuses what does not fit into memory.
    pub fn add(&mut self, package: u32, anchors: &[SourceAnchor]) -> io::Result<()> {
        for part in anchors.chunks(self.pairs_max) {
            let pairs = part.iter().map(|anchor| (key(anchor.fingerprint), package));
            self.pairs.extend(pairs);
            if self.pairs.len() - self.settled > self.settled.max(UNSETTLED_MIN)
                || self.pairs.len() >= self.pairs_max
            {
                self.settle();
            }
            // Half of the room has to be left, or sorting would come at every step.
            if self.pairs.len() > self.pairs_max / 2 {
                self.spill()?;
            }
        }
        Ok(())
    }

    fn settle(&mut self) {
        self.pairs.sort_unstable();
        self.pairs.dedup();
        self.settled = self.pairs.len();
    }

    fn spill(&mut self) -> io::Result<()> {
        self.settle();
        let mut out = BufWriter::new(tempfile::tempfile_in(&self.directory)?);
        for &(key, package) in &self.pairs {
            out.write_all(&key.to_be_bytes()[3..])?;
            out.write_all(&package.to_be_bytes())?;
        }
        let mut run = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        run.seek(SeekFrom::Start(0))?;
        self.runs.push(run);
        self.pairs.clear();
        self.settled = 0;
        Ok(())
    }

    /// What occurs in at least `packages_min` packages.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn finish(mut self, packages_min: u8) -> io::Result<Background> {
        self.settle();
        let mut count = Count::new(packages_min);
        let mut merge = Merge::of(self.runs)?;
        let mut in_memory = self.pairs.into_iter().peekable();
        // The pairs in memory are one more run.
        loop {
            let next = match (in_memory.peek(), merge.peek()) {
                (Some(&held), Some(spilled)) if held <= spilled => in_memory.next(),
                (_, Some(_)) => merge.next()?,
                (_, None) => in_memory.next(),
            };
            match next {
                Some(pair) => count.meet(pair),
                None => return Ok(count.finish(self.parameters)),
            }
        }
    }
}

/// Counts the packages of each key. Pairs come sorted; repeats do not matter.
struct Count {
    packages_min: u8,
    keys: Vec<u64>,
    counts: Vec<u8>,
    packages: HashSet<u32>,
    current: Option<(Pair, u8)>,
}

impl Count {
    fn new(packages_min: u8) -> Self {
        Self {
            packages_min,
            keys: vec![],
            counts: vec![],
            packages: HashSet::new(),
            current: None,
        }
    }

    fn meet(&mut self, pair: Pair) {
        self.packages.insert(pair.1);
        match &mut self.current {
            Some((last, _)) if *last == pair => {}
            Some((last, count)) if last.0 == pair.0 => {
                *last = pair;
                *count = count.saturating_add(1);
            }
            _ => {
                self.end_key();
                self.current = Some((pair, 1));
            }
        }
    }

    fn end_key(&mut self) {
        if let Some(((key, _), count)) = self.current.take()
            && count >= self.packages_min
        {
            self.keys.push(key);
            self.counts.push(count);
        }
    }

    fn finish(mut self, parameters: Parameters) -> Background {
        self.end_key();
        Background::of(
            self.keys,
            self.counts,
            self.packages.len() as u32,
            parameters,
        )
    }
}

/// Sorted runs, read side by side.
struct Merge {
    runs: Vec<BufReader<File>>,
    /// The next pair of each run that has one, and the run.
    heads: BinaryHeap<Reverse<(Pair, usize)>>,
}

impl Merge {
    fn of(runs: Vec<File>) -> io::Result<Self> {
        let mut runs: Vec<_> = runs.into_iter().map(BufReader::new).collect();
        let mut heads = BinaryHeap::new();
        for (at, run) in runs.iter_mut().enumerate() {
            heads.extend(read_pair(run)?.map(|pair| Reverse((pair, at))));
        }
        Ok(Self { runs, heads })
    }

    fn peek(&self) -> Option<Pair> {
        self.heads.peek().map(|Reverse((pair, _))| *pair)
    }

    fn next(&mut self) -> io::Result<Option<Pair>> {
        let Some(Reverse((pair, at))) = self.heads.pop() else {
            return Ok(None);
        };
        let next = read_pair(&mut self.runs[at])?;
        self.heads.extend(next.map(|pair| Reverse((pair, at))));
        Ok(Some(pair))
    }
}

/// The next pair of a run; `None` at its end.
fn read_pair(run: &mut BufReader<File>) -> io::Result<Option<Pair>> {
    let mut bytes = [0; PAIR_LEN];
    match run.read_exact(&mut bytes) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0, |sum, &byte| sum << 8 | u64::from(byte))
    };
    Ok(Some((number(&bytes[..5]), number(&bytes[5..]) as u32)))
}
