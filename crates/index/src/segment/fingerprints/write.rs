//! The fingerprints of an index on their way to `fingerprints.bin`, in little memory: each section is one more reading of
//! the sorted pairs.
//!
//! This works because everything goes up with the fingerprint: its word in the filter, its line, and its list. Only those
//! that find no room up to the last line go back to the first ones; they are the last of all, and are read beside the
//! others from the first of them on.

use std::io::{self, Seek, Write};

use seepage_fingerprint::{Analyzer, Fingerprint, filter};

use crate::error::WriteError;
use crate::segment::fingerprints::hash_table::{LINE_SLOTS, Placement, TAG_EMPTY, line_count, tag};
use crate::segment::fingerprints::header::{FORMAT, KEYS_MAX, TableCounts, fields};
use crate::segment::fingerprints::postings::{LIST_BIT, Pairs, PostingsReader, PostingsStart};
use crate::segment::sections::{SectionWriter, Written};

/// A table that is known well enough to be written.
#[derive(Debug)]
pub(crate) struct Table<'p> {
    pairs: &'p Pairs,
    counts: TableCounts,
    /// Where the last list begins.
    list_last: u64,
    /// The first group that finds no room up to the last line, and whose slots are in the first ones.
    wrapped: Option<PostingsStart>,
}

impl<'p> Table<'p> {
    /// Counts what the pairs come to, and finds out which of them go round the end.
    pub(crate) fn measure(passages: u32, pairs: &'p Pairs) -> io::Result<Self> {
        let mut table = Self {
            pairs,
            counts: TableCounts { passages, ..TableCounts::default() },
            list_last: 0,
            wrapped: None,
        };
        let counts = &mut table.counts;
        let mut groups = PostingsReader::read_from(pairs, PostingsStart::default())?;
        while groups.next()?.is_some() {
            counts.fingerprints += 1;
            counts.postings += groups.passages.len() as u64;
            if groups.has_list() {
                table.list_last = groups.mark.list;
            }
        }
        let mut groups = PostingsReader::read_from(pairs, PostingsStart::default())?;
        let mut placement = Placement::new(table.lines());
        while let Some(fingerprint) = groups.next()? {
            if placement.place(fingerprint) >= table.lines() {
                table.wrapped = Some(groups.mark);
                break;
            }
        }
        Ok(table)
    }

    fn lines(&self) -> u64 {
        line_count(self.counts.fingerprints)
    }

    /// Whether the format has numbers for all of it.
    pub(crate) fn check(&self) -> Result<(), WriteError> {
        let full = |part, max| Err(WriteError::Full { part, max });
        if self.counts.fingerprints > KEYS_MAX {
            return full("fingerprints", KEYS_MAX);
        }
        if self.list_last >= u64::from(LIST_BIT) {
            return full("postings", u64::from(LIST_BIT));
        }
        Ok(())
    }

    /// Writes the file, and gives the output back.
    pub(crate) fn write<W: Write + Seek>(
        &self,
        analyzer: &Analyzer,
        out: W,
    ) -> io::Result<(W, Written)> {
        let mut file = SectionWriter::new(&FORMAT, out)?;
        self.write_filter(&mut file)?;
        file.end_section()?;
        for number in [tag_of, payload_of] {
            self.write_slots(&mut file, number)?;
            file.end_section()?;
        }
        self.write_postings(&mut file)?;
        file.end_section()?;
        file.finish(&fields(analyzer, &self.counts))
    }

    fn write_filter<W: Write + Seek>(&self, file: &mut SectionWriter<W>) -> io::Result<()> {
        let words = filter::word_count(self.counts.fingerprints);
        let mut groups = PostingsReader::read_from(self.pairs, PostingsStart::default())?;
        // The word at hand, as a filter of one.
        let (mut at, mut word) = (0, [0_u64]);
        while let Some(fingerprint) = groups.next()? {
            let home = filter::place(fingerprint, words) as u64;
            while at < home {
                file.write(&word[0].to_le_bytes())?;
                (at, word) = (at + 1, [0]);
            }
            filter::insert(&mut word, fingerprint);
        }
        while at < words {
            file.write(&word[0].to_le_bytes())?;
            (at, word) = (at + 1, [0]);
        }
        Ok(())
    }

    /// Writes a number for each slot, 0 for an empty one.
    fn write_slots<W: Write + Seek>(
        &self,
        file: &mut SectionWriter<W>,
        number: fn(Fingerprint, &PostingsReader<'_>) -> u32,
    ) -> io::Result<()> {
        let mut placement = Placement::new(self.lines());
        let mut groups = PostingsReader::read_from(self.pairs, PostingsStart::default())?;
        let mut wrapped =
            self.wrapped.map(|mark| PostingsReader::read_from(self.pairs, mark)).transpose()?;
        let mut ahead = groups.next()?;
        let mut line_ahead = ahead.map(|fingerprint| placement.place(fingerprint));
        for line in 0..self.lines() {
            let mut slots = 0;
            while let Some(fingerprint) = ahead.filter(|_| line_ahead == Some(line)) {
                file.write(&number(fingerprint, &groups).to_le_bytes())?;
                slots += 1;
                ahead = groups.next()?;
                line_ahead = ahead.map(|fingerprint| placement.place(fingerprint));
            }
            while slots < LINE_SLOTS {
                let back = match &mut wrapped {
                    Some(groups) => groups.next()?.map(|back| number(back, groups)),
                    None => None,
                };
                // Tag and payload of an empty slot are the same number.
                file.write(&back.unwrap_or(TAG_EMPTY).to_le_bytes())?;
                slots += 1;
            }
        }
        Ok(())
    }

    fn write_postings<W: Write + Seek>(&self, file: &mut SectionWriter<W>) -> io::Result<()> {
        let mut groups = PostingsReader::read_from(self.pairs, PostingsStart::default())?;
        while groups.next()?.is_some() {
            if groups.has_list() {
                file.write(&(groups.passages.len() as u32).to_le_bytes())?;
                for passage in &groups.passages {
                    file.write(&passage.to_le_bytes())?;
                }
            }
        }
        Ok(())
    }
}

fn tag_of(fingerprint: Fingerprint, _: &PostingsReader<'_>) -> u32 {
    tag(fingerprint)
}

fn payload_of(_: Fingerprint, group: &PostingsReader<'_>) -> u32 {
    group.payload()
}
