//! `contents.bin`: what each passage says, as a hash, and which rows of the provenance are its authors. Whether an index
//! has a text already is asked here, not of the texts.

use std::io::{self, BufReader, Read, Seek, Write};
use std::ops::Range;
use std::path::Path;

use tempfile::SpooledTempFile;

use crate::manifest::FORMAT_VERSION;
use crate::mmap::Memory;
use crate::segment::sections::{
    Checksum, FIELDS_OFFSET, FileFormat, Flaw, HEADER, SectionWriter, Written, u32_at,
};

pub(crate) const PASSAGES_OFFSET: usize = FIELDS_OFFSET;
pub(crate) const AUTHORS_OFFSET: usize = 16;
/// XXH3 of 128 bits.
pub(crate) const CONTENT_LEN: usize = size_of::<u128>();
/// The number of a row.
pub(crate) const ROW_LEN: usize = size_of::<u32>();

pub(crate) static FORMAT: FileFormat = FileFormat {
    magic: *b"SEEPCONT",
    version: FORMAT_VERSION,
    header_len: 192,
    sections_offset: 20,
    section_names: &["contents", "authors"],
};

/// Bytes of the rows that are kept in memory. What is more lies in a file without a name.
const HELD_LEN_MAX: usize = 64 << 10;

/// Writes hashes as they come, and puts aside where the authors of each passage begin.
#[derive(Debug)]
pub(crate) struct ContentsWriter<W> {
    file: SectionWriter<W>,
    passages: u32,
    authors: u32,
    first_rows: SpooledTempFile,
}

impl<W: Write + Seek> ContentsWriter<W> {
    /// Puts aside what does not fit into memory in `directory`.
    pub(crate) fn new(out: W, directory: &Path) -> io::Result<Self> {
        Ok(Self {
            file: SectionWriter::new(&FORMAT, out)?,
            passages: 0,
            authors: 0,
            first_rows: tempfile::spooled_tempfile_in(HELD_LEN_MAX, directory),
        })
    }

    /// Adds a passage of so many authors, at least one.
    pub(crate) fn push(&mut self, content: u128, authors: u32) -> io::Result<()> {
        self.first_rows.write_all(&self.authors.to_le_bytes())?;
        self.passages += 1;
        self.authors += authors;
        self.file.write(&content.to_le_bytes())
    }

    /// The rows of all passages so far.
    pub(crate) fn authors(&self) -> u32 {
        self.authors
    }

    /// Writes the rest, and gives the output back.
    pub(crate) fn finish(mut self) -> io::Result<(W, Written)> {
        self.file.end_section()?;
        self.first_rows.rewind()?;
        let mut rows = BufReader::new(&mut self.first_rows);
        for _ in 0..self.passages {
            let mut row = [0; ROW_LEN];
            rows.read_exact(&mut row)?;
            self.file.write(&row)?;
        }
        self.file.end_section()?;
        let fields = [self.passages, self.authors];
        self.file.finish(fields.map(u32::to_le_bytes).as_flattened())
    }
}

/// The opened hashes and rows over the bytes of a file.
#[derive(Debug)]
pub(crate) struct Contents<B> {
    bytes: B,
    authors: u32,
    hashes: Range<usize>,
    first_rows: Range<usize>,
}

impl<B: Memory> Contents<B> {
    /// Checks everything in `bytes`, and that there are as many hashes as `passages`.
    pub(crate) fn open(bytes: B, expected: &Checksum, passages: u32) -> Result<Self, Flaw> {
        let sections = FORMAT.check(&bytes, expected)?;
        let [hashes, first_rows] =
            <[_; 2]>::try_from(sections).expect("the format has two sections");
        if u32_at(bytes.as_ref(), PASSAGES_OFFSET) != passages {
            return Err(Flaw::new(HEADER, "counts other passages than the manifest"));
        }
        for (name, section, len) in
            [("contents", &hashes, CONTENT_LEN), ("authors", &first_rows, ROW_LEN)]
        {
            if section.len() as u64 != u64::from(passages) * len as u64 {
                return Err(Flaw::new(name, "has another length than the header says"));
            }
        }
        let authors = u32_at(bytes.as_ref(), AUTHORS_OFFSET);
        let opened = Self { bytes, authors, hashes, first_rows };
        opened.check_rows(passages).map(|()| opened)
    }

    /// Checks that each passage has an author, and each row a passage.
    fn check_rows(&self, passages: u32) -> Result<(), Flaw> {
        let firsts = (0..passages).filter_map(|passage| self.first_row(passage));
        let is_partition = firsts.chain([self.authors]).is_sorted_by(|a, b| a < b)
            && self.first_row(0).unwrap_or(self.authors) == 0;
        let flaw =
            || Flaw::new("authors", "has a passage without an author, or an author without one");
        is_partition.then_some(()).ok_or_else(flaw)
    }

    /// The authors of all passages.
    pub(crate) fn authors(&self) -> u32 {
        self.authors
    }

    /// All hashes, by passage.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u128> {
        let section = self.bytes.as_ref().get(self.hashes.clone());
        let (contents, _) = section.unwrap_or_default().as_chunks();
        contents.iter().map(|bytes| u128::from_le_bytes(*bytes))
    }

    /// That of a passage, if there is one of that number.
    pub(crate) fn get(&self, passage: u32) -> Option<u128> {
        let section = self.bytes.as_ref().get(self.hashes.clone())?;
        let (contents, _) = section.as_chunks();
        contents.get(passage as usize).map(|bytes| u128::from_le_bytes(*bytes))
    }

    fn first_row(&self, passage: u32) -> Option<u32> {
        let section = self.bytes.as_ref().get(self.first_rows.clone())?;
        let (rows, _) = section.as_chunks();
        rows.get(passage as usize).map(|bytes| u32::from_le_bytes(*bytes))
    }

    /// The rows of the provenance that are the authors of a passage, if there is one of that number.
    pub(crate) fn rows_of(&self, passage: u32) -> Option<Range<u32>> {
        let next = passage.checked_add(1).and_then(|next| self.first_row(next));
        Some(self.first_row(passage)?..next.unwrap_or(self.authors))
    }
}
