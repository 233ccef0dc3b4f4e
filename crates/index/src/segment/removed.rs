//! `removed-N.bin`: the authors of a segment that were taken out, until a merge leaves them out for good.

use std::io::{self, Seek, Write};

use crate::manifest::FORMAT_VERSION;
use crate::mmap::Memory;
use crate::segment::sections::{
    Checksum, FIELDS_OFFSET, FileFormat, Flaw, HEADER, SectionWriter, Written, u32_at,
};

pub(crate) const COUNT_OFFSET: usize = FIELDS_OFFSET;
/// The number of an author: its row in the provenance.
pub(crate) const NUMBER_LEN: usize = size_of::<u32>();

pub(crate) static FORMAT: FileFormat = FileFormat {
    magic: *b"SEEPGONE",
    version: FORMAT_VERSION,
    header_len: 128,
    sections_offset: 16,
    section_names: &["authors"],
};

/// The authors, or passages, of a segment that count no more: a bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Removed {
    words: Vec<u64>,
    count: u32,
}

impl Removed {
    pub(crate) fn insert(&mut self, number: u32) {
        let (word, bit) = (number as usize / 64, number % 64);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.count += u32::from(self.words[word] >> bit & 1 == 0);
        self.words[word] |= 1 << bit;
    }

    #[inline]
    pub(crate) fn contains(&self, number: u32) -> bool {
        let word = self.words.get(number as usize / 64);
        word.is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Ascending.
    fn iter(&self) -> impl Iterator<Item = u32> {
        let numbers = 0..self.words.len() as u32 * 64;
        numbers.filter(|&number| self.contains(number))
    }

    /// Checks everything in `bytes`, and reads it. They are of this version of the format, and the
    /// segment has `authors` authors: in format 1, one a passage.
    pub(crate) fn open(
        bytes: &impl Memory,
        expected: &Checksum,
        authors: u32,
        version: u32,
    ) -> Result<Self, Flaw> {
        let sections = FileFormat { version, ..FORMAT }.check(bytes, expected)?;
        let bytes = bytes.as_ref();
        let mut removed = Self::default();
        let mut floor = 0;
        let (numbers, rest) = bytes[sections[0].clone()].as_chunks::<NUMBER_LEN>();
        for number in numbers {
            let author = u32::from_le_bytes(*number);
            if author < floor || author >= authors {
                let fact = "is out of order or names an author that does not exist";
                return Err(Flaw::new("authors", fact));
            }
            floor = author + 1;
            removed.insert(author);
        }
        if u32_at(bytes, COUNT_OFFSET) != removed.count || !rest.is_empty() {
            return Err(Flaw::new(HEADER, "counts other authors than the file holds"));
        }
        Ok(removed)
    }

    /// Writes the file, and gives the output back.
    pub(crate) fn write<W: Write + Seek>(&self, out: W) -> io::Result<(W, Written)> {
        let mut file = SectionWriter::new(&FORMAT, out)?;
        for author in self.iter() {
            file.write(&author.to_le_bytes())?;
        }
        file.end_section()?;
        file.finish(&self.count.to_le_bytes())
    }
}
