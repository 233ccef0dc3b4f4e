//! One piece of authored text, and where it came from.

use std::ops::Range;

use seepage_logs::Provenance;
use serde::{Deserialize, Serialize};

/// A passage's number in its index, from 0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct PassageId(pub u32);

/// One time that a model wrote a text: where that was, and how much of what it wrote then was its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Where the text came from.
    pub provenance: Provenance,
    /// Bytes that the model wrote, before the subtraction of quotes.
    pub bytes_written: u64,
    /// Bytes of them that were subtracted as quotes.
    pub bytes_subtracted: u64,
    /// Bytes of what is left that have the shape of what the session had read.
    pub bytes_imitated: u64,
}

impl Author {
    /// Whether so much of it has the shape of what the session had read that names alone tell it from that: a quarter.
    pub fn imitates(&self) -> bool {
        4 * self.bytes_imitated > self.bytes_written - self.bytes_subtracted.min(self.bytes_written)
    }
}

/// One piece of authored text on its way into an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// All that wrote it, in canonical order: at least one.
    pub authors: Vec<Author>,
    /// The text as the first author wrote it, quotes included.
    pub text: String,
    /// The parts that the model authored: ascending, disjoint, non-empty byte ranges of `text`.
    pub spans: Vec<Range<u32>>,
}

impl Passage {
    /// A passage of one author, who wrote all of the text and of whom nothing was subtracted.
    pub fn by(provenance: Provenance, text: String, spans: Vec<Range<u32>>) -> Self {
        let bytes_written = text.len() as u64;
        Self {
            authors: vec![Author { provenance, bytes_written, ..Author::default() }],
            text,
            spans,
        }
    }

    /// Names what its authored parts say: each of them, ended. A segment holds no two passages that say the same.
    pub fn content(&self) -> u128 {
        let mut hasher = xxhash_rust::xxh3::Xxh3::new();
        for span in &self.spans {
            let part = self.text.as_bytes();
            hasher.update(part.get(span.start as usize..span.end as usize).unwrap_or_default());
            hasher.update(&[0]);
        }
        hasher.digest128()
    }
}

/// What an index tells of one author of a passage: a row of `provenance.parquet`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassageEntry {
    /// The passage's own number.
    pub passage: PassageId,
    /// Where and how the author wrote it.
    pub author: Author,
    /// The first passage of its family: of the near-identical ones that came before it, or itself.
    pub family: PassageId,
    /// Bytes of its text, quotes included.
    pub text_len: u32,
}

/// The evidence of one passage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassageText<'i> {
    /// As written, quotes included.
    pub text: &'i [u8],
    /// The authored parts of `text`.
    pub spans: Vec<Range<u32>>,
}

/// Whether `spans` are non-empty, ascending and disjoint ranges of a text of `text_len` bytes: what the writer asks of
/// a passage and the reader of a file.
pub(crate) fn are_spans(spans: impl IntoIterator<Item = Range<u32>>, text_len: u32) -> bool {
    let mut floor = 0;
    spans.into_iter().all(|span| {
        let fits = floor <= span.start && span.start < span.end && span.end <= text_len;
        floor = span.end;
        fits
    })
}
