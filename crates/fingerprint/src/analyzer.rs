//! Text to anchors, for the builder and for the detector: the one definition for both sides.

use crate::grid::Grid;
use crate::kgrams::{Fingerprint, SelectScratch};
use crate::normalise::{KeptBytes, Streams, normalise};
use crate::scheme::{Scheme, Stream};
use crate::select::{Anchor, select_anchors};

/// The schemes of an index. Stamped into each segment; a detector asks the index that it opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Analyzer {
    words: Scheme,
    skeleton: Scheme,
}

impl Default for Analyzer {
    fn default() -> Self {
        Self { words: Scheme::WORDS, skeleton: Scheme::SKELETON }
    }
}

/// How many anchors of a text a scan looks up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Enough for all that the rules can flag, as far as the evaluation shows.
    #[default]
    Thorough,
    /// A quarter of those that an index has.
    Fast,
}

/// An anchor and the bytes of the source text that it was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceAnchor {
    /// Its identity; those of the two streams never meet.
    pub fingerprint: Fingerprint,
    /// The stream it was selected in.
    pub stream: Stream,
    /// Offset of its first byte in the source text.
    pub start: u32,
    /// Offset of its last byte in the source text.
    pub last: u32,
    /// Different bytes in the k-gram; a plain one is never indexed.
    pub variety: u8,
}

/// The buffers of an analysis, kept from one text to the next.
#[derive(Clone, Debug, Default)]
pub struct AnalyzeScratch {
    streams: Streams,
    select: SelectScratch,
    selected: Vec<Anchor>,
}

impl Analyzer {
    /// With other schemes than the default ones.
    pub fn new(words: Scheme, skeleton: Scheme) -> Self {
        Self { words, skeleton }
    }

    /// The scheme of a stream.
    pub fn scheme(&self, stream: Stream) -> &Scheme {
        match stream {
            Stream::Words => &self.words,
            Stream::Skeleton => &self.skeleton,
        }
    }

    /// Both schemes: the words', then the skeleton's.
    pub fn schemes(&self) -> [Scheme; 2] {
        [self.words, self.skeleton]
    }

    /// The grids on which a scan looks for the index's anchors, which are fewer than the index has. Where one is found, all
    /// of the index's are asked for.
    pub fn scan_grids(&self, pace: Pace) -> [Grid; 2] {
        let (words, skeleton) = match pace {
            Pace::Thorough => (self.words, self.skeleton),
            Pace::Fast => (self.words.widened(2), self.skeleton.widened(2)),
        };
        // Of words any passage worth a finding has many anchors, of the skeleton renamed code may share a single one. The
        // small evaluation, with 600 records of each of its classes in two draws, finds what sliding windows of words
        // twice as wide find, and of the skeleton as wide, but for 1 of 1,200. With the skeleton's windows side by side
        // as well it loses 44 of 1,200 that are renamed and uncommented.
        // Windows of words twice as wide at the same steps would make a scan with 10^8 fingerprints 5 % faster, and miss a
        // whole output of the real logs that the test `planted` plants.
        [
            Grid::new(&words, words.window_len()),
            Grid::new(&skeleton, self.skeleton.window_len() / 2),
        ]
    }

    /// Appends the anchors of `text`: those of the words in order, then those of the skeleton.
    pub fn analyze(
        &self,
        text: &[u8],
        scratch: &mut AnalyzeScratch,
        anchors: &mut Vec<SourceAnchor>,
    ) {
        scratch.streams.words.clear();
        scratch.streams.skeleton.clear();
        normalise(text, &mut scratch.streams);
        for scheme in &self.schemes() {
            let kept = match scheme.stream() {
                Stream::Words => &scratch.streams.words,
                Stream::Skeleton => &scratch.streams.skeleton,
            };
            scratch.selected.clear();
            select_anchors(scheme, &kept.bytes, &mut scratch.select, &mut scratch.selected);
            anchors.extend(scratch.selected.iter().map(|anchor| in_source(scheme, kept, anchor)));
        }
    }
}

fn in_source(scheme: &Scheme, kept: &KeptBytes, anchor: &Anchor) -> SourceAnchor {
    let first = anchor.offset as usize;
    let last = first + scheme.kgram_len() as usize - 1;
    SourceAnchor {
        fingerprint: anchor.fingerprint,
        stream: scheme.stream(),
        start: kept.sources[first],
        last: kept.sources[last],
        variety: variety(&kept.bytes[first..=last]),
    }
}

fn variety(kgram: &[u8]) -> u8 {
    let mut seen = [0_u64; 4];
    for &byte in kgram {
        seen[(byte >> 6) as usize] |= 1 << (byte & 63);
    }
    seen.iter().map(|word| word.count_ones() as u8).fold(0, u8::saturating_add)
}
