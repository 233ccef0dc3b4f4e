//! `contents.bin`: what each passage says, as a hash. Whether an index has a text already is asked here, not of the texts.

use std::io::{self, Seek, Write};
use std::ops::Range;

use crate::manifest::FORMAT_VERSION;
use crate::mmap::Memory;
use crate::segment::sections::{
    Checksum, FIELDS_OFFSET, FileFormat, Flaw, HEADER, SectionWriter, Written, u32_at,
};

pub(crate) const PASSAGES_OFFSET: usize = FIELDS_OFFSET;
/// XXH3 of 128 bits.
pub(crate) const CONTENT_LEN: usize = size_of::<u128>();

pub(crate) static FORMAT: FileFormat = FileFormat {
    magic: *b"SEEPCONT",
    version: FORMAT_VERSION,
    header_len: 128,
    sections_offset: 16,
    section_names: &["contents"],
};

/// Writes hashes as they come.
#[derive(Debug)]
pub(crate) struct ContentsWriter<W> {
    file: SectionWriter<W>,
    passages: u32,
}

impl<W: Write + Seek> ContentsWriter<W> {
    pub(crate) fn new(out: W) -> io::Result<Self> {
        let file = SectionWriter::new(&FORMAT, out)?;
        Ok(Self { file, passages: 0 })
    }

    pub(crate) fn push(&mut self, content: u128) -> io::Result<()> {
        self.passages += 1;
        self.file.write(&content.to_le_bytes())
    }

    /// Writes the rest, and gives the output back.
    pub(crate) fn finish(mut self) -> io::Result<(W, Written)> {
        self.file.end_section()?;
        self.file.finish(&self.passages.to_le_bytes())
    }
}

/// The opened hashes over the bytes of a file.
#[derive(Debug)]
pub(crate) struct Contents<B> {
    bytes: B,
    section: Range<usize>,
}

impl<B: Memory> Contents<B> {
    /// Checks everything in `bytes`, and that there are as many hashes as `passages`.
    pub(crate) fn open(bytes: B, expected: &Checksum, passages: u32) -> Result<Self, Flaw> {
        let sections = FORMAT.check(&bytes, expected)?;
        let [section] = <[_; 1]>::try_from(sections).expect("the format has one section");
        if u32_at(bytes.as_ref(), PASSAGES_OFFSET) != passages {
            return Err(Flaw::new(HEADER, "counts other passages than the manifest"));
        }
        if section.len() as u64 != u64::from(passages) * CONTENT_LEN as u64 {
            return Err(Flaw::new("contents", "has another length than the header says"));
        }
        Ok(Self { bytes, section })
    }

    /// All of them, by passage.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u128> {
        let section = self.bytes.as_ref().get(self.section.clone());
        let (contents, _) = section.unwrap_or_default().as_chunks();
        contents.iter().map(|bytes| u128::from_le_bytes(*bytes))
    }

    /// That of a passage, if there is one of that number.
    pub(crate) fn get(&self, passage: u32) -> Option<u128> {
        let section = self.bytes.as_ref().get(self.section.clone())?;
        let (contents, _) = section.as_chunks();
        contents.get(passage as usize).map(|bytes| u128::from_le_bytes(*bytes))
    }
}
