//! The header of `fingerprints.bin`: the rules and schemes of the fingerprints, and what the table holds.

use seepage_fingerprint::{Analyzer, Stream};

use crate::manifest::FORMAT_VERSION;
use crate::segment::sections::{FIELDS_OFFSET, FileFormat};

pub(crate) const RULES_OFFSET: usize = FIELDS_OFFSET;
pub(crate) const FINGERPRINTS_OFFSET: usize = 32;
pub(crate) const POSTINGS_OFFSET: usize = 40;
pub(crate) const PASSAGES_OFFSET: usize = 48;

pub(crate) static FORMAT: FileFormat = FileFormat {
    magic: *b"SEEPFPRT",
    version: FORMAT_VERSION,
    header_len: 320,
    sections_offset: 56,
    section_names: &["filter", "lines", "payload", "postings"],
};

/// Homes are the product of 32 bits of hash and a count.
pub(crate) const KEYS_MAX: u64 = u32::MAX as u64;

/// What `fingerprints.bin` holds, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TableCounts {
    pub(crate) passages: u32,
    pub(crate) fingerprints: u64,
    pub(crate) postings: u64,
}

/// The fields of the header, in front of the entries of the sections.
pub(crate) fn fields(analyzer: &Analyzer, counts: &TableCounts) -> Vec<u8> {
    let (words, skeleton) = (analyzer.scheme(Stream::Words), analyzer.scheme(Stream::Skeleton));
    let mut fields = Stream::RULES_VERSION.to_le_bytes().to_vec();
    for scheme in [words, skeleton] {
        fields.extend_from_slice(&scheme.kgram_len().to_le_bytes());
        fields.extend_from_slice(&scheme.window_len().to_le_bytes());
    }
    for count in [counts.fingerprints, counts.postings] {
        fields.extend_from_slice(&count.to_le_bytes());
    }
    fields.extend_from_slice(&counts.passages.to_le_bytes());
    fields.extend_from_slice(&[0; 4]);
    fields
}
