//! How much two whole texts have in common: shingles, and the sketches by which few of very many are compared.
//!
//! Sketches only choose whom to compare; what is said is the exact resemblance of the sets of shingles.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use seepage_fingerprint::{BINS, Sketch};
use seepage_index::PassageId;
use seepage_text::{Token, TokenScratch, shingles, tokenize};

/// A text with fewer different shingles is too short to be told from another by its whole.
pub(crate) const SHINGLES_MIN: usize = 20;
/// A band that more passages share keeps the first ones, which are the ones that the others were copied from.
pub const PASSAGES_A_BAND_MAX: usize = 64;

/// The least resemblance that is worth a word.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct ResemblanceMin(
    // Invariant: LEAST to 1.
    f32,
);

/// A number is no [`ResemblanceMin`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum ResemblanceError {
    /// It is no share: not a number, negative or above 1.
    NoShare,
    /// It is below [`ResemblanceMin::LEAST`].
    TooLow(f32),
}

impl ResemblanceMin {
    /// Two texts of this resemblance meet in one of the 32 bands of 4 bins with probability 1 - (1 - 0.5^4)^32 = 0.87;
    /// below it, too many would never be compared.
    pub const LEAST: f32 = 0.5;

    /// A share from [`Self::LEAST`] to 1.
    pub fn new(share: f32) -> Result<Self, ResemblanceError> {
        match share {
            Self::LEAST..=1.0 => Ok(Self(share)),
            0.0..Self::LEAST => Err(ResemblanceError::TooLow(share)),
            _ => Err(ResemblanceError::NoShare),
        }
    }

    /// From [`Self::LEAST`] to 1.
    pub fn get(self) -> f32 {
        self.0
    }

    /// Whether two texts are worth an exact comparison if their sketches give this estimate.
    pub fn admits(self, estimate: f32) -> bool {
        estimate >= self.estimate_min()
    }

    /// What a sketch has to estimate for two texts to be compared exactly: three standard errors less, so that of the
    /// pairs right at the border one in a thousand is missed and not every second.
    fn estimate_min(self) -> f32 {
        self.0 - 3.0 * (self.0 * (1.0 - self.0) / BINS as f32).sqrt()
    }
}

impl fmt::Display for ResemblanceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let least = ResemblanceMin::LEAST;
        match self {
            Self::NoShare => write!(f, "not a share; write a number from {least} to 1"),
            Self::TooLow(share) => write!(
                f,
                "{share} is below {least}, where too many near-duplicates would be missed; write a number from {least} to 1"
            ),
        }
    }
}

impl std::error::Error for ResemblanceError {}

/// The different word 5-shingles of a text, of which there are enough to compare it as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shingles {
    // Invariant: ascending, no repeats, at least SHINGLES_MIN.
    hashes: Vec<u64>,
}

impl Shingles {
    /// Those of the given parts of `text`, which are ascending and disjoint; none across a border.
    ///
    /// `None` if there are fewer than 20.
    pub fn of(text: &[u8], parts: &[Range<u32>], scratch: &mut ShingleScratch) -> Option<Self> {
        scratch.hashes.clear();
        for part in parts {
            scratch.read(&text[part.start as usize..part.end as usize]);
        }
        scratch.collect()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.hashes.len()
    }

    /// A sketch of them.
    pub fn sketch(&self) -> Option<Sketch> {
        Sketch::of(self.hashes.iter().copied())
    }

    /// The exact Jaccard resemblance: the share of all different shingles of both that both have, 0 to 1.
    pub fn resemblance(&self, other: &Self) -> f32 {
        let mut theirs = other.hashes.iter().peekable();
        let both = self
            .hashes
            .iter()
            .filter(|&hash| {
                while theirs.next_if(|&their| their < hash).is_some() {}
                theirs.peek().is_some_and(|their| *their == hash)
            })
            .count();
        both as f32 / (self.hashes.len() + other.hashes.len() - both) as f32
    }
}

/// The buffers of [`Shingles::of`], kept from one text to the next.
#[derive(Debug, Default)]
pub struct ShingleScratch {
    tokenize: TokenScratch,
    tokens: Vec<Token>,
    pub(crate) hashes: Vec<u64>,
}

impl ShingleScratch {
    /// Appends the shingles of `text` to `hashes`.
    pub(crate) fn read(&mut self, text: &[u8]) {
        self.tokens.clear();
        tokenize(text, 0, &mut self.tokenize, &mut self.tokens);
        shingles(&self.tokens, &mut self.hashes);
    }

    /// What was read, if it is enough.
    pub(crate) fn collect(&mut self) -> Option<Shingles> {
        self.hashes.sort_unstable();
        self.hashes.dedup();
        (self.hashes.len() >= SHINGLES_MIN).then(|| Shingles { hashes: self.hashes.clone() })
    }
}

/// Sketches of passages, to be asked for those that resemble another: locality-sensitive hashing by bands.
#[derive(Clone, Debug, Default)]
pub struct SketchTable {
    sketches: HashMap<PassageId, Sketch>,
    bands: HashMap<u64, Vec<PassageId>>,
}

impl SketchTable {
    /// Adds a passage; passages come in the order of their ids.
    pub fn insert(&mut self, passage: PassageId, sketch: Sketch) {
        for band in sketch.bands() {
            let passages = self.bands.entry(band).or_default();
            if passages.len() < PASSAGES_A_BAND_MAX {
                passages.push(passage);
            }
        }
        self.sketches.insert(passage, sketch);
    }

    /// Appends the passages that share a band with `sketch` and may resemble it, by an estimate that leaves room for its
    /// error, and the estimates: in the order of the ids.
    pub fn lookup(
        &self,
        sketch: &Sketch,
        resemblance_min: ResemblanceMin,
        alike: &mut Vec<(PassageId, f32)>,
    ) {
        let mut met: Vec<PassageId> =
            sketch.bands().filter_map(|band| self.bands.get(&band)).flatten().copied().collect();
        met.sort_unstable();
        met.dedup();
        alike.extend(met.into_iter().filter_map(|passage| {
            let estimate = self.sketches.get(&passage)?.resemblance(sketch);
            resemblance_min.admits(estimate).then_some((passage, estimate))
        }));
    }
}
