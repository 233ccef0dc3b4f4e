//! What a log yields: texts that a model wrote, each with where it comes from.

use std::ops::Range;

use crate::provenance::Provenance;
use crate::session::account::solid_len_of;

/// One text that the model wrote, with the spans of it that no one else wrote before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authored {
    /// Where it came from.
    pub provenance: Provenance,
    /// The text as written; line ends are `\n`. Of a patch, the added lines: its runs are separate
    /// spans, with a blank line between them that belongs to none.
    pub text: String,
    /// Byte ranges of `text`, ascending and disjoint, that the model wrote and the session had not
    /// seen: what is left after the subtraction of quotes. Whole lines.
    pub spans: Vec<Range<usize>>,
    /// Bytes of the spans in lines that have the shape of lines that the session had read: the same marks round other
    /// names. What was imitated is the model's by its words alone.
    pub bytes_imitated: u64,
}

impl Authored {
    /// Bytes of the spans that are no white space.
    pub fn solid_len(&self) -> u64 {
        solid_len_of(&self.text, &self.spans)
    }
}
