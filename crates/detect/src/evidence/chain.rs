//! Chains: runs of equal tokens that follow each other on both sides, as far apart as an edit may put them.
//!
//! A *segment* is a maximal run of equal tokens that holds a shared gram. Segments are chained as minimap2 chains its anchors
//! (Li, "Minimap2: pairwise alignment for nucleotide sequences", 2018): each looks back over a number of those before it and
//! pays for the gap, in bits.

use std::collections::HashSet;

use seepage_text::{Token, TokenKind};

/// A gram that stands more often in the passage starts no segment: it is an idiom.
const GRAM_COPIES_MAX: usize = 24;
/// A gram that stands so often in the record, times how often it stands in the passage, starts none either.
const GRAM_PAIRS_MAX: usize = 1024;
/// Pairs of places of one text and one passage: a limit of cost.
const PAIRS_MAX: usize = 1 << 18;
/// Segments that a segment looks back over.
const LOOK_BACK: usize = 60;
/// What a chain has to be worth, in bits, to be kept.
const CHAIN_BITS_MIN: f32 = 12.0;
/// Bits of a gap of no tokens, and of each doubling of it.
const GAP_BITS: f32 = 3.0;

/// What tokens a stream is made of, and how they are chained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChainKind {
    /// Words as they stand.
    Words,
    /// Identifier-blind tokens.
    Blind,
}

impl ChainKind {
    /// Tokens in a gram that starts a segment.
    fn gram_len(self) -> usize {
        match self {
            Self::Words => 5,
            Self::Blind => 16,
        }
    }

    /// Different tokens in such a gram, at least.
    fn distinct_min(self) -> usize {
        match self {
            Self::Words => 4,
            Self::Blind => 5,
        }
    }

    /// The longest gap between two segments of a chain, in tokens of either side.
    fn gap_max(self) -> u32 {
        match self {
            Self::Words => 200,
            Self::Blind => 80,
        }
    }

    /// Tokens in a run that says little the second time.
    fn again_len(self) -> usize {
        match self {
            Self::Words => 3,
            Self::Blind => 8,
        }
    }
}

/// The tokens of one side that are compared, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChainStream {
    /// Equal tokens have equal faces. Behind each part of the text stands one that equals no other.
    faces: Vec<u64>,
    /// The place of each among all tokens of the text.
    pub(crate) tokens: Vec<u32>,
    /// The grams and their places, sorted.
    grams: Vec<(u64, u32)>,
}

impl ChainStream {
    pub(crate) fn push(&mut self, face: u64, token: u32) {
        self.faces.push(face);
        self.tokens.push(token);
    }

    /// Ends a part. `side` tells the borders of both sides apart.
    pub(crate) fn end_part(&mut self, side: u64) {
        // No hash of a word is known to be one of these, and no other face is as large.
        self.push(u64::MAX - 2 * self.faces.len() as u64 - side, u32::MAX);
    }

    /// Ends the text.
    pub(crate) fn finish(&mut self, kind: ChainKind) {
        let (len, distinct_min) = (kind.gram_len(), kind.distinct_min());
        for (at, window) in self.faces.windows(len).enumerate() {
            let different = |(at, face): &(usize, &u64)| !window[..*at].contains(face);
            if window.iter().enumerate().filter(different).count() >= distinct_min {
                let hash = window.iter().fold(0, |hash, face| fold(hash, *face));
                self.grams.push((hash, at as u32));
            }
        }
        self.grams.sort_unstable();
    }

    /// Tokens that are compared.
    pub(crate) fn len(&self) -> usize {
        self.faces.len()
    }

    /// The bits of each token of a passage, added up: how surprising it is that the same stands elsewhere. A common word says
    /// less than a rare one, which is told by its length; and a run says little the second time.
    pub(crate) fn bits(&self, kind: ChainKind, tokens: &[Token]) -> Vec<f32> {
        let mut met = HashSet::new();
        let mut sum = 0.0;
        let mut sums = Vec::with_capacity(self.len() + 1);
        sums.push(sum);
        for (at, &token) in self.tokens.iter().enumerate() {
            let bits = match (kind, tokens.get(token as usize)) {
                (_, None) => 0.0,
                (ChainKind::Blind, _) => 1.5,
                (ChainKind::Words, Some(token)) => bits_of(token),
            };
            let from = (at + 1).saturating_sub(kind.again_len());
            let run = self.faces[from..=at].iter().fold(0, |hash, face| fold(hash, *face));
            let again = at + 1 >= kind.again_len() && !met.insert(run);
            sum += if again { bits.min(0.5) } else { bits };
            sums.push(sum);
        }
        sums
    }
}

/// Bits of a word: those of its letters, up to eight, and two where it is a keyword.
fn bits_of(token: &Token) -> f32 {
    match token.kind {
        TokenKind::Word(_) if !token.is_name() => 2.0,
        _ => (token.end - token.start).min(8) as f32,
    }
}

fn fold(hash: u64, face: u64) -> u64 {
    let product = u128::from(hash ^ 0x9e37_79b9_7f4a_7c15) * u128::from(face | 1);
    ((product as u64) ^ ((product >> 64) as u64)).wrapping_add(face)
}

/// Equal tokens on both sides: places in the streams, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EqualRun {
    pub(crate) record: u32,
    pub(crate) passage: u32,
    pub(crate) len: u32,
}

/// Segments in order on both sides.
pub(crate) type TokenChain = Vec<EqualRun>;

/// What a gap costs, in bits.
pub(crate) fn gap_bits(record: u32, passage: u32) -> f32 {
    GAP_BITS * (1.0 + (1.0 + record as f32).log2() + (1.0 + passage as f32).log2())
}

/// The chains of a record and a passage, whose tokens are worth `bits` (sums, one more than tokens).
pub(crate) fn chains(
    kind: ChainKind,
    record: &ChainStream,
    passage: &ChainStream,
    bits: &[f32],
) -> Vec<TokenChain> {
    let segments = segments(kind, record, passage);
    let worth = |from: u32, to: u32| bits[to as usize] - bits[from as usize];
    // Of each segment: the best chain that ends with it, the one before it there, and what it loses to that one.
    let mut best: Vec<(f32, Option<usize>, u32)> = Vec::with_capacity(segments.len());
    for (at, segment) in segments.iter().enumerate() {
        let end = segment.passage + segment.len;
        let mut found = (worth(segment.passage, end), None, 0);
        for before in at.saturating_sub(LOOK_BACK)..at {
            let other = &segments[before];
            if other.passage >= segment.passage || other.record >= segment.record {
                continue;
            }
            let (record_end, passage_end) = (other.record + other.len, other.passage + other.len);
            let overlap = record_end
                .saturating_sub(segment.record)
                .max(passage_end.saturating_sub(segment.passage));
            if overlap >= segment.len {
                continue;
            }
            let record_gap = segment.record + overlap - record_end;
            let passage_gap = segment.passage + overlap - passage_end;
            if record_gap.max(passage_gap) > kind.gap_max() {
                continue;
            }
            let value = best[before].0 + worth(segment.passage + overlap, end)
                - gap_bits(record_gap, passage_gap);
            if value > found.0 {
                found = (value, Some(before), overlap);
            }
        }
        best.push(found);
    }
    traced(&segments, &best)
}

/// The best chains, each segment in one of them.
fn traced(segments: &[EqualRun], best: &[(f32, Option<usize>, u32)]) -> Vec<TokenChain> {
    let mut order: Vec<usize> = (0..segments.len()).collect();
    order.sort_by(|&a, &b| best[b].0.total_cmp(&best[a].0));
    let mut used = vec![false; segments.len()];
    let mut chains = vec![];
    for last in order {
        let (value, ..) = best[last];
        if value < CHAIN_BITS_MIN {
            break;
        }
        let (mut chain, mut floor, mut next) = (vec![], 0.0, Some(last));
        while let Some(at) = next {
            if used[at] {
                floor = best[at].0;
                break;
            }
            used[at] = true;
            let (_, before, overlap) = best[at];
            let EqualRun { record, passage, len } = segments[at];
            chain.push(EqualRun {
                record: record + overlap,
                passage: passage + overlap,
                len: len - overlap,
            });
            next = before;
        }
        if value - floor >= CHAIN_BITS_MIN && !chain.is_empty() {
            chain.reverse();
            chains.push(chain);
        }
    }
    chains
}

/// Maximal runs of equal tokens that hold a shared gram, by place in the record.
fn segments(kind: ChainKind, record: &ChainStream, passage: &ChainStream) -> Vec<EqualRun> {
    let mut pairs: Vec<(u32, u32)> = vec![];
    let mut theirs = record.grams.as_slice();
    for copies in passage.grams.chunk_by(|a, b| a.0 == b.0) {
        let hash = copies[0].0;
        theirs = &theirs[theirs.partition_point(|(other, _)| *other < hash)..];
        let same = &theirs[..theirs.partition_point(|(other, _)| *other == hash)];
        if copies.len() > GRAM_COPIES_MAX || copies.len() * same.len() > GRAM_PAIRS_MAX {
            continue;
        }
        let places =
            same.iter().flat_map(|(_, here)| copies.iter().map(move |(_, there)| (*here, *there)));
        pairs.extend(places.take(PAIRS_MAX.saturating_sub(pairs.len())));
    }
    // Along diagonals, on which the places of both sides grow alike.
    let diagonal = |(here, there): (u32, u32)| i64::from(here) - i64::from(there);
    pairs.sort_unstable_by_key(|pair| (diagonal(*pair), pair.0));
    let equal = |here: usize, there: usize| {
        record.faces.get(here).is_some_and(|face| Some(face) == passage.faces.get(there))
    };
    let mut segments: Vec<EqualRun> = vec![];
    let mut reached = (i64::MIN, 0);
    for pair in pairs {
        if reached.0 == diagonal(pair) && pair.0 < reached.1 {
            continue;
        }
        let (mut here, mut there) = (pair.0 as usize, pair.1 as usize);
        while here > 0 && there > 0 && equal(here - 1, there - 1) {
            (here, there) = (here - 1, there - 1);
        }
        let mut len = pair.0 as usize - here + kind.gram_len();
        while equal(here + len, there + len) {
            len += 1;
        }
        reached = (diagonal(pair), (here + len) as u32);
        segments.push(EqualRun { record: here as u32, passage: there as u32, len: len as u32 });
    }
    segments.sort_unstable();
    segments
}
