//! What the two binary files of an index share: a header that lists sections, and checksums over every byte.
//!
//! A header holds the checksums of the sections and, as its last 32 bytes, its own. The manifest repeats the latter, so
//! that the manifest's digest names the content of everything. Bytes between sections are 0.

use std::borrow::Cow;
use std::io::{self, Seek, SeekFrom, Write};
use std::ops::Range;

use crate::mmap::{Memory, STEP_LEN};

/// A BLAKE3 hash.
pub(crate) type Checksum = [u8; 32];

/// Sections start at multiples of a cache line.
pub(crate) const ALIGNMENT: usize = 64;
/// Offset u64, length u64, checksum.
pub(crate) const SECTION_ENTRY_LEN: usize = 48;
/// Magic and version: what every header begins with.
pub(crate) const FIELDS_OFFSET: usize = 12;
const CHECKSUM_LEN: usize = size_of::<Checksum>();

/// The format of a file: which sections it has, and where its header says so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileFormat {
    pub(crate) magic: [u8; 8],
    pub(crate) version: u32,
    /// A multiple of [`ALIGNMENT`].
    pub(crate) header_len: usize,
    /// Where the entries of the sections begin; the file's own fields lie before.
    pub(crate) sections_offset: usize,
    pub(crate) section_names: &'static [&'static str],
}

/// What is wrong with a file, and where. The fact goes on after the section's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) section: &'static str,
    pub(crate) fact: Cow<'static, str>,
}

impl Flaw {
    pub(crate) fn new(section: &'static str, fact: impl Into<Cow<'static, str>>) -> Self {
        let fact = fact.into();
        Self { section, fact }
    }
}

/// The section that a flaw of the header is in.
pub(crate) const HEADER: &str = "header";

impl FileFormat {
    /// Checks the header, the places of the sections, and all checksums; gives the places.
    ///
    /// `expected` is what the manifest says of the header.
    pub(crate) fn check(
        &self,
        memory: &impl Memory,
        expected: &Checksum,
    ) -> Result<Vec<Range<usize>>, Flaw> {
        let bytes = memory.as_ref();
        let checksum_offset = self.header_len - CHECKSUM_LEN;
        let header =
            bytes.get(..self.header_len).ok_or_else(|| Flaw::new(HEADER, "is cut short"))?;
        if header[..8] != self.magic {
            return Err(Flaw::new(HEADER, "does not begin with its magic bytes"));
        }
        let checksum = blake3::hash(&header[..checksum_offset]);
        if checksum != header[checksum_offset..] {
            return Err(Flaw::new(HEADER, "fails its checksum"));
        }
        if checksum != expected[..] {
            let fact = "is not the one that the manifest names";
            return Err(Flaw::new(HEADER, fact));
        }
        if u32_at(header, 8) != self.version {
            return Err(Flaw::new(HEADER, "has another version than the manifest"));
        }
        self.check_sections(memory)
    }

    fn check_sections(&self, memory: &impl Memory) -> Result<Vec<Range<usize>>, Flaw> {
        let bytes = memory.as_ref();
        let mut ranges = vec![];
        let mut start = self.header_len;
        for (entry, &name) in self.section_names.iter().enumerate() {
            let at = self.sections_offset + entry * SECTION_ENTRY_LEN;
            let len = usize::try_from(u64_at(bytes, at + 8)).ok();
            let section = len
                .filter(|_| u64_at(bytes, at) == start as u64)
                .and_then(|len| start.checked_add(len))
                .and_then(|end| bytes.get(start..end))
                .ok_or_else(|| Flaw::new(name, "does not lie where it should"))?;
            let range = start..start + section.len();
            if checksum_of(memory, range) != bytes[at + 16..at + SECTION_ENTRY_LEN] {
                return Err(Flaw::new(name, "fails its checksum"));
            }
            let end = start + section.len();
            start = end.next_multiple_of(ALIGNMENT);
            let padding = bytes.get(end..start).ok_or_else(|| Flaw::new(name, "is cut short"))?;
            if padding.iter().any(|&byte| byte != 0) {
                return Err(Flaw::new(name, "is followed by bytes that are not 0"));
            }
            ranges.push(end - section.len()..end);
        }
        if start != bytes.len() {
            return Err(Flaw::new(HEADER, "does not account for all of the file"));
        }
        Ok(ranges)
    }
}

/// The checksum of a part of a file, of which hardly anything stays in memory. Uses all threads of the pool at hand: a
/// large index is checked as fast as it can be read.
fn checksum_of(memory: &impl Memory, part: Range<usize>) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for start in part.clone().step_by(STEP_LEN) {
        let step = start..part.end.min(start + STEP_LEN);
        hasher.update_rayon(&memory.as_ref()[step.clone()]);
        memory.release(step);
    }
    hasher.finalize()
}

/// Bytes that are hashed and written at once: fewer would not keep several threads busy.
const BLOCK_LEN: usize = 1 << 20;

/// Writes a file of sections, one after the other, and its header last.
#[derive(Debug)]
pub(crate) struct SectionWriter<W> {
    format: &'static FileFormat,
    out: W,
    /// Entries of the sections that are complete.
    entries: Vec<u8>,
    section_start: u64,
    section_len: u64,
    /// Bytes of the section that are not hashed and written yet.
    block: Vec<u8>,
    hasher: blake3::Hasher,
}

/// What the manifest says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// Bytes of the file.
    pub(crate) len: u64,
    /// Of its header, or of all of it if it has none.
    pub(crate) checksum: Checksum,
}

impl<W: Write + Seek> SectionWriter<W> {
    pub(crate) fn new(format: &'static FileFormat, mut out: W) -> io::Result<Self> {
        out.write_all(&vec![0; format.header_len])?;
        Ok(Self {
            format,
            out,
            entries: vec![],
            section_start: format.header_len as u64,
            section_len: 0,
            block: Vec::with_capacity(BLOCK_LEN),
            hasher: blake3::Hasher::new(),
        })
    }

    /// Appends to the section at hand. What the disk refuses may be known at a later call.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.section_len += bytes.len() as u64;
        for part in bytes.chunks(BLOCK_LEN) {
            if self.block.len() + part.len() > BLOCK_LEN {
                self.end_block()?;
            }
            self.block.extend_from_slice(part);
        }
        Ok(())
    }

    fn end_block(&mut self) -> io::Result<()> {
        self.out.write_all(&self.block)?;
        self.hasher.update_rayon(&self.block);
        self.block.clear();
        Ok(())
    }

    /// Gives everything to the system, so that it can be read.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.end_block()?;
        self.out.flush()
    }

    /// Ends the section at hand and begins the next.
    pub(crate) fn end_section(&mut self) -> io::Result<()> {
        self.end_block()?;
        let end = self.section_start + self.section_len;
        let start = end.next_multiple_of(ALIGNMENT as u64);
        self.out.write_all(&[0; ALIGNMENT][..(start - end) as usize])?;
        self.entries.extend_from_slice(&self.section_start.to_le_bytes());
        self.entries.extend_from_slice(&self.section_len.to_le_bytes());
        self.entries.extend_from_slice(self.hasher.finalize().as_bytes());
        self.hasher.reset();
        (self.section_start, self.section_len) = (start, 0);
        Ok(())
    }

    /// Writes the header, with the file's own `fields` in it, and gives the output back.
    pub(crate) fn finish(mut self, fields: &[u8]) -> io::Result<(W, Written)> {
        let format = self.format;
        let entries_len = format.section_names.len() * SECTION_ENTRY_LEN;
        assert_eq!(
            (FIELDS_OFFSET + fields.len(), self.entries.len()),
            (format.sections_offset, entries_len),
            "a header has all of its fields, and the sections that the format names"
        );
        let mut header = format.magic.to_vec();
        header.extend_from_slice(&format.version.to_le_bytes());
        header.extend_from_slice(fields);
        header.extend_from_slice(&self.entries);
        header.resize(format.header_len - CHECKSUM_LEN, 0);
        let checksum = *blake3::hash(&header).as_bytes();
        header.extend_from_slice(&checksum);
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&header)?;
        self.out.flush()?;
        let len = self.section_start;
        Ok((self.out, Written { len, checksum }))
    }
}

/// The number at `offset`.
///
/// # Panics
/// If it does not lie inside of `bytes`: for headers, whose length was checked.
pub(crate) fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    let bytes = bytes[offset..offset + 4].try_into();
    u32::from_le_bytes(bytes.expect("4 bytes"))
}

/// See [`u32_at`].
pub(crate) fn u64_at(bytes: &[u8], offset: usize) -> u64 {
    let bytes = bytes[offset..offset + 8].try_into();
    u64::from_le_bytes(bytes.expect("8 bytes"))
}
