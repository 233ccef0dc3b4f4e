//! The fingerprints of an index on their way to `fingerprints.bin`.

use std::io::{self, Seek, Write};

use seepage_fingerprint::{Fingerprint, Stream, filter};

use crate::analyze::Analyzer;
use crate::error::WriteError;
use crate::fingerprints::FORMAT;
use crate::lines::LinesBuilder;
use crate::sections::{SectionWriter, Written};

/// A fingerprint in more passages than this says little about any; the first ones are kept and the rest counted.
pub(crate) const POSTINGS_MAX: usize = 64;
/// The payload of a slot with this bit is an offset among the postings, counted in numbers of 4 bytes.
pub(crate) const LIST_BIT: u32 = 1 << 31;
/// Homes are the product of 32 bits of hash and a count.
pub(crate) const KEYS_MAX: u64 = u32::MAX as u64;

/// What a table holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TableCounts {
    pub(crate) passages: u32,
    pub(crate) fingerprints: u64,
    pub(crate) postings: u64,
    pub(crate) postings_capped: u64,
}

/// A table in memory, ready to be written.
#[derive(Debug)]
pub(crate) struct Table {
    counts: TableCounts,
    filter: Vec<u64>,
    tags: Vec<u32>,
    payloads: Vec<u32>,
    postings: Vec<u32>,
}

impl Table {
    /// Builds a table of (fingerprint, passage) pairs; sorts them on the way.
    pub(crate) fn build(passages: u32, pairs: &mut Vec<(u64, u32)>) -> Result<Self, WriteError> {
        pairs.sort_unstable();
        pairs.dedup();
        let groups = || pairs.chunk_by(|a, b| a.0 == b.0);
        let fingerprints = groups().count() as u64;
        if fingerprints > KEYS_MAX {
            let part = "fingerprints";
            return Err(WriteError::Full {
                part,
                max: KEYS_MAX,
            });
        }
        let mut counts = TableCounts {
            passages,
            fingerprints,
            ..TableCounts::default()
        };
        let mut filter = vec![0; filter::word_count(fingerprints) as usize];
        let mut lines = LinesBuilder::new(fingerprints);
        let mut postings = vec![];
        for group in groups() {
            let fingerprint = Fingerprint(group[0].0);
            let kept = &group[..group.len().min(POSTINGS_MAX)];
            counts.postings += kept.len() as u64;
            counts.postings_capped += (group.len() - kept.len()) as u64;
            let payload = match kept {
                [(_, passage)] => *passage,
                _ => append_list(&mut postings, kept)?,
            };
            filter::insert(&mut filter, fingerprint);
            lines.insert(fingerprint, payload);
        }
        let (tags, payloads) = lines.finish();
        Ok(Self {
            counts,
            filter,
            tags,
            payloads,
            postings,
        })
    }

    /// Writes the file, and gives the output back.
    pub(crate) fn write<W: Write + Seek>(
        &self,
        analyzer: &Analyzer,
        out: W,
    ) -> io::Result<(W, Written)> {
        let mut file = SectionWriter::new(&FORMAT, out)?;
        for word in &self.filter {
            file.write(&word.to_le_bytes())?;
        }
        file.end_section()?;
        for numbers in [&self.tags, &self.payloads, &self.postings] {
            for number in numbers {
                file.write(&number.to_le_bytes())?;
            }
            file.end_section()?;
        }
        file.finish(&fields(analyzer, &self.counts))
    }
}

/// Appends the count and the passages, and returns the payload that leads there.
fn append_list(postings: &mut Vec<u32>, group: &[(u64, u32)]) -> Result<u32, WriteError> {
    let offset = u32::try_from(postings.len())
        .ok()
        .filter(|offset| offset & LIST_BIT == 0)
        .ok_or(WriteError::Full {
            part: "postings",
            max: u64::from(LIST_BIT),
        })?;
    postings.push(group.len() as u32);
    postings.extend(group.iter().map(|(_, passage)| passage));
    Ok(LIST_BIT | offset)
}

pub(crate) fn fields(analyzer: &Analyzer, counts: &TableCounts) -> Vec<u8> {
    let (words, skeleton) = (
        analyzer.scheme(Stream::Words),
        analyzer.scheme(Stream::Skeleton),
    );
    let mut fields = Stream::RULES_VERSION.to_le_bytes().to_vec();
    for scheme in [words, skeleton] {
        fields.extend_from_slice(&scheme.kgram_len().to_le_bytes());
        fields.extend_from_slice(&scheme.window_len().to_le_bytes());
    }
    for count in [counts.fingerprints, counts.postings, counts.postings_capped] {
        fields.extend_from_slice(&count.to_le_bytes());
    }
    fields.extend_from_slice(&counts.passages.to_le_bytes());
    fields.extend_from_slice(&[0; 4]);
    fields
}
