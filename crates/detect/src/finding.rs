//! What a detector says.

use std::borrow::Cow;
use std::ops::Range;

use seepage_index::PassageId;
use serde::{Deserialize, Serialize};

/// How sure a finding is, from the surest down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// A long run of words stands in the record as the model wrote it.
    Exact,
    /// Much of the passage, edited or in pieces.
    Near,
    /// The passage with other names.
    Blind,
    /// The record as a whole resembles the passage as a whole; looked for on request only.
    Alike,
    /// A short passage, almost whole.
    Brief,
    /// Too little to accuse anyone: counted, never flagged.
    Weak,
}

impl Tier {
    /// All tiers, from the surest down.
    pub const ALL: [Self; 6] =
        [Self::Exact, Self::Near, Self::Blind, Self::Alike, Self::Brief, Self::Weak];

    /// The name used in findings and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Near => "near",
            Self::Blind => "blind",
            Self::Alike => "alike",
            Self::Brief => "brief",
            Self::Weak => "weak",
        }
    }

    /// Whether a record with such a finding counts as contaminated.
    pub fn is_flagged(self) -> bool {
        self != Self::Weak
    }
}

/// The same words on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Bytes of the scanned text.
    pub record: Range<u32>,
    /// Bytes of the passage's text.
    pub passage: Range<u32>,
}

impl Span {
    /// Bytes of the record inside disjoint spans.
    pub(crate) fn bytes_of(spans: &[Self]) -> u64 {
        let len = |span: &Self| u64::from(span.record.end - span.record.start);
        spans.iter().map(len).sum()
    }
}

/// A passage that stands in a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Which.
    pub passage: PassageId,
    /// How sure.
    pub tier: Tier,
    /// The rule that fired, in words, with its numbers.
    pub rule: Cow<'static, str>,
    /// Containment: the share of the passage's rare word 8-grams that stand in the text, 0 to 1. For [`Tier::Alike`] the
    /// resemblance.
    pub score: f32,
    /// Bytes of the scanned text inside `spans`.
    pub matched_bytes: u64,
    /// Ascending and disjoint in the record.
    pub spans: Vec<Span>,
    /// What became of the passage: of the three best findings of a text.
    pub changes: Option<Changes>,
}

/// What became of the passage of a finding.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// The share of the passage's authored tokens that stand in the record as they were written, 0 to 1.
    pub identical: f32,
    /// The share of them that stand inside the spans, but were changed or left out. The rest is not in the record.
    pub edited: f32,
    /// Names of the passage and what they are called in the record: those met most often first, each pair at least twice.
    pub renames: Vec<(String, String)>,
}

impl Changes {
    /// The largest number of renames that are kept.
    pub const RENAMES_MAX: usize = 20;
}
