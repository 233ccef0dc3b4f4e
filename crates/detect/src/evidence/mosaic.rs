//! A mosaic: gives each token of a record to one passage at most.
//!
//! A record is read as a mosaic of pieces of passages and of what is of none (Li and Stephens, "Modeling linkage
//! disequilibrium and identifying recombination hotspots", 2003). To open a piece costs the bits that it takes to say where it
//! stands in the record and in the passage, and a gap within it costs what it costs a chain; the way that is worth most is
//! found by Viterbi's algorithm. What a chain steps over is free for others, so this is done again until nothing is left.

use std::ops::Range;

use crate::evidence::chain::{ChainKind, gap_bits};

/// Rounds in which what is left is given away.
const ROUNDS: usize = 4;
/// Bits that a piece has to be worth beyond its place.
const PIECE_BITS_MIN: f32 = 5.0;
/// What identifier-blind tokens have to be worth more, because they agree more often by chance.
const BLIND_BITS_MIN: f32 = 30.0;
/// Bits by which the earliest passage is preferred to the latest.
const AGE_BITS: f32 = 1.0;
/// A piece of fewer tokens is no piece.
const TOKENS_MIN: usize = 3;
/// Unclaimed tokens of the record between two claimed ones that nobody else can have.
const JOINED_MAX: usize = 8;

/// A passage that claims tokens of a record, in one kind of streams.
pub(crate) struct Claim<'c> {
    pub(crate) kind: ChainKind,
    /// Of the claimant among all; the earlier one is preferred.
    pub(crate) claimant: usize,
    /// Tokens of both streams that are compared.
    pub(crate) lens: [usize; 2],
    /// Of each chain.
    pub(crate) steps: &'c [Vec<SharedToken>],
}

/// A token that both sides of a chain have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SharedToken {
    /// Its places in the streams of the record and of the passage.
    pub(crate) places: [u32; 2],
    /// Its places among all tokens of the record and of the passage.
    pub(crate) tokens: [u32; 2],
    /// What it is worth.
    pub(crate) bits: f32,
}

/// Who has a token of the record, and as which of his own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owned {
    pub(crate) claimant: usize,
    /// The token of the passage.
    pub(crate) token: u32,
}

/// A token of a record that a chain has.
#[derive(Clone, Copy, Debug)]
struct ChainEntry {
    /// Of the record, and of the passage.
    record: u32,
    passage: u32,
    claimant: usize,
    /// What it is worth.
    bits: f32,
    /// What it costs to come to it from the entry before; `None` for the first of a chain.
    gap: Option<f32>,
    /// What it costs to begin with it.
    open: f32,
}

/// The owner of each of `len` tokens of a record, and the evidence of each claimant: the bits of its pieces beyond what their
/// places cost. With `opens_free` a piece costs no bits.
pub(crate) fn assign(
    claims: &[Claim<'_>],
    claimants: usize,
    len: usize,
    opens_free: bool,
) -> (Vec<Option<Owned>>, Vec<f32>) {
    let mut owners = vec![None; len];
    let mut evidence = vec![0.0; claimants];
    let mut taken = vec![false; len];
    for kind in [ChainKind::Words, ChainKind::Blind] {
        for _ in 0..ROUNDS {
            let mut entries = vec![];
            for claim in claims.iter().filter(|claim| claim.kind == kind) {
                let place: f32 = claim.lens.iter().map(|len| (*len.max(&2) as f32).log2()).sum();
                let extra = if kind == ChainKind::Blind { BLIND_BITS_MIN } else { 0.0 };
                let age = AGE_BITS * claim.claimant as f32 / claimants.max(1) as f32;
                let open = if opens_free { age } else { place + PIECE_BITS_MIN + extra + age };
                for steps in claim.steps {
                    append_entries(claim.claimant, steps, (&taken, open), &mut entries);
                }
            }
            let pieces = best_pieces(&entries, len);
            if pieces.is_empty() {
                break;
            }
            for piece in pieces {
                let piece = &entries[piece];
                evidence[piece[0].claimant] += worth_of(piece);
                take(piece, &mut owners, &mut taken);
            }
        }
    }
    (owners, evidence)
}

/// The bits of a piece beyond its place.
fn worth_of(piece: &[ChainEntry]) -> f32 {
    let bits: f32 = piece.iter().map(|entry| entry.bits).sum();
    let gaps: f32 = piece.iter().skip(1).filter_map(|entry| entry.gap).sum();
    bits - gaps - piece[0].open
}

/// Gives the tokens of a piece away; what lies between two of them goes with it.
fn take(piece: &[ChainEntry], owners: &mut [Option<Owned>], taken: &mut [bool]) {
    let mut before: Option<u32> = None;
    for entry in piece {
        owners[entry.record as usize] =
            Some(Owned { claimant: entry.claimant, token: entry.passage });
        let from = before.filter(|&before| (entry.record - before) as usize <= JOINED_MAX);
        for token in from.unwrap_or(entry.record)..=entry.record {
            taken[token as usize] = true;
        }
        before = Some(entry.record);
    }
}

fn append_entries(
    claimant: usize,
    steps: &[SharedToken],
    (taken, open): (&[bool], f32),
    entries: &mut Vec<ChainEntry>,
) {
    let from = entries.len();
    let mut before: Option<[u32; 2]> = None;
    for step in steps.iter().filter(|step| !taken[step.tokens[0] as usize]) {
        let gap = before.map(|[record, passage]| {
            match (step.places[0] - record - 1, step.places[1] - passage - 1) {
                (0, 0) => 0.0,
                (record, passage) => gap_bits(record, passage),
            }
        });
        let [record, passage] = step.tokens;
        entries.push(ChainEntry { record, passage, claimant, bits: step.bits, gap, open });
        before = Some(step.places);
    }
    if entries.len() - from < TOKENS_MIN {
        entries.truncate(from);
    }
}

/// The pieces of the mosaic that is worth most: ranges of `entries`, which are those of one chain after the other.
fn best_pieces(entries: &[ChainEntry], len: usize) -> Vec<Range<usize>> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|&at| (entries[at].record, entries[at].claimant, at));
    // Of each number of tokens: the worth of the best mosaic of so many, and the entry that ends it.
    let mut worth = vec![0.0_f64; len + 1];
    let mut last: Vec<Option<usize>> = vec![None; len + 1];
    // Of each entry: the worth of the best mosaic that ends with it, and whether it begins a piece there.
    let mut ends = vec![(f64::NEG_INFINITY, true); entries.len()];
    let mut order = order.into_iter().peekable();
    for token in 0..len {
        worth[token + 1] = worth[token];
        while let Some(at) = order.next_if(|&at| entries[at].record as usize == token) {
            let entry = &entries[at];
            let opened = worth[token] - f64::from(entry.open);
            let joined = entry.gap.map_or(f64::NEG_INFINITY, |gap| ends[at - 1].0 - f64::from(gap));
            let value = opened.max(joined) + f64::from(entry.bits);
            ends[at] = (value, joined < opened);
            if value > worth[token + 1] + 1e-6 {
                (worth[token + 1], last[token + 1]) = (value, Some(at));
            }
        }
    }
    let mut pieces = vec![];
    let mut token = len;
    while token > 0 {
        let Some(end) = last[token] else {
            token -= 1;
            continue;
        };
        let mut start = end;
        while !ends[start].1 {
            start -= 1;
        }
        pieces.push(start..end + 1);
        token = entries[start].record as usize;
    }
    pieces
}
