//! Human text to a background: counts fingerprints by package in bounded memory.
//!
//! The same pairs of fingerprint and package give the same background, whether they fit into memory or went to the disk.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use seepage_fingerprint::{Analyzer, SourceAnchor};

use crate::background::{Background, BackgroundParameters, key};
use crate::sorter::{Pair, Sorter};

/// Bytes of pairs that are held.
const PAIRS_MEMORY: usize = 128 << 20;

/// Counts fingerprints by package.
#[derive(Debug)]
pub struct BackgroundBuilder {
    parameters: BackgroundParameters,
    /// A key of 40 bits, and the package.
    pairs: Sorter<Pair>,
}

impl BackgroundBuilder {
    /// Nothing counted yet. What does not fit into memory goes into files without a name in `directory`.
    pub fn new(analyzer: &Analyzer, directory: &Path) -> Self {
        Self {
            parameters: BackgroundParameters::of(analyzer),
            pairs: Sorter::new(directory, PAIRS_MEMORY),
        }
    }

    /// Holds at most `memory` bytes of pairs from now on, 16 bytes each. Without a limit it is 128 MiB.
    pub fn limit_memory(&mut self, memory: usize) {
        self.pairs.limit_memory(memory);
    }

    /// Counts the anchors of one text of a package, which is any number that names it.
    ///
    /// # Errors
    /// The disk refuses what does not fit into memory.
    pub fn add(&mut self, package: u32, anchors: &[SourceAnchor]) -> io::Result<()> {
        anchors.iter().try_for_each(|anchor| self.pairs.push((key(anchor.fingerprint), package)))
    }

    /// What occurs in at least `packages_min` packages.
    ///
    /// # Errors
    /// What was spilled cannot be read back.
    pub fn finish(self, packages_min: u8) -> io::Result<Background> {
        let mut count = PackageCounter::new(packages_min);
        for pair in self.pairs.finish()? {
            count.meet(pair?);
        }
        Ok(count.finish(self.parameters))
    }
}

/// Counts the packages of each key. Pairs come sorted; repeats do not matter.
struct PackageCounter {
    packages_min: u8,
    keys: Vec<u64>,
    counts: Vec<u8>,
    packages: HashSet<u32>,
    current: Option<(Pair, u8)>,
}

impl PackageCounter {
    fn new(packages_min: u8) -> Self {
        Self { packages_min, keys: vec![], counts: vec![], packages: HashSet::new(), current: None }
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

    fn finish(mut self, parameters: BackgroundParameters) -> Background {
        self.end_key();
        Background::of(self.keys, self.counts, self.packages.len() as u32, parameters)
    }
}
