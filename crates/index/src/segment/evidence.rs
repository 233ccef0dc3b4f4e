//! `evidence.bin`: the passages' texts, and which parts of them are authored.
//!
//! Texts and spans lie in the order of their passages without gaps; the reader insists on that, so that no two passages
//! can share bytes and every offset is known to be right once the file is open.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use tempfile::SpooledTempFile;

use crate::manifest::FORMAT_VERSION;
use crate::mmap::Memory;
use crate::passage::{PassageText, are_spans};
use crate::segment::sections::{
    Checksum, FIELDS_OFFSET, FileFormat, Flaw, HEADER, SectionWriter, Written, u32_at, u64_at,
};

pub(crate) const PASSAGES_OFFSET: usize = FIELDS_OFFSET;

pub(crate) static FORMAT: FileFormat = FileFormat {
    magic: *b"SEEPEVID",
    version: FORMAT_VERSION,
    header_len: 192,
    sections_offset: 16,
    section_names: &["texts", "directory", "spans"],
};

/// Text offset u64, text length u32, span count u32, first span u64.
pub(crate) const DIRECTORY_ENTRY_LEN: usize = 24;
pub(crate) const TEXT_LEN_OFFSET: usize = 8;
pub(crate) const SPAN_COUNT_OFFSET: usize = 12;
pub(crate) const SPAN_FIRST_OFFSET: usize = 16;
/// Start u32, end u32.
pub(crate) const SPAN_LEN: usize = 8;

/// Bytes of the directory and of the spans that are kept in memory. What is more lies in files without a name.
const HELD_LEN_MAX: usize = 64 << 10;

/// Writes texts as they come, and puts aside where they lie.
#[derive(Debug)]
pub(crate) struct EvidenceWriter<W> {
    file: SectionWriter<W>,
    text_offset: u64,
    passages: u32,
    directory: SpooledTempFile,
    span_count: u64,
    spans: SpooledTempFile,
    entries: Vec<u8>,
}

impl<W: Write + Seek> EvidenceWriter<W> {
    /// Puts aside what does not fit into memory in `directory`.
    pub(crate) fn new(out: W, directory: &Path) -> io::Result<Self> {
        let aside = || tempfile::spooled_tempfile_in(HELD_LEN_MAX, directory);
        Ok(Self {
            file: SectionWriter::new(&FORMAT, out)?,
            text_offset: 0,
            passages: 0,
            directory: aside(),
            span_count: 0,
            spans: aside(),
            entries: vec![],
        })
    }

    /// Adds a passage; its text is shorter than 4 GiB.
    pub(crate) fn push(&mut self, text: &[u8], spans: &[Range<u32>]) -> io::Result<()> {
        self.file.write(text)?;
        let entry = &mut self.entries;
        entry.clear();
        entry.extend_from_slice(&self.text_offset.to_le_bytes());
        entry.extend_from_slice(&(text.len() as u32).to_le_bytes());
        entry.extend_from_slice(&(spans.len() as u32).to_le_bytes());
        entry.extend_from_slice(&self.span_count.to_le_bytes());
        self.directory.write_all(entry)?;
        entry.clear();
        for span in spans {
            entry.extend_from_slice(&span.start.to_le_bytes());
            entry.extend_from_slice(&span.end.to_le_bytes());
        }
        self.spans.write_all(entry)?;
        self.passages += 1;
        self.text_offset += text.len() as u64;
        self.span_count += spans.len() as u64;
        Ok(())
    }

    /// Where in the file the text lies of a passage that was pushed; appends its authored parts to `spans`.
    pub(crate) fn find(
        &mut self,
        passage: u32,
        spans: &mut Vec<Range<u32>>,
    ) -> io::Result<Range<u64>> {
        self.file.flush()?;
        let mut bytes = [0; DIRECTORY_ENTRY_LEN];
        let at = u64::from(passage) * DIRECTORY_ENTRY_LEN as u64;
        self.directory.seek(SeekFrom::Start(at))?;
        self.directory.read_exact(&mut bytes)?;
        self.directory.seek(SeekFrom::End(0))?;
        let entry = Entry::new(&bytes);
        let at = entry.span_first * SPAN_LEN as u64;
        self.spans.seek(SeekFrom::Start(at))?;
        let mut from = BufReader::new(&mut self.spans);
        for _ in 0..entry.span_count {
            let mut bytes = [0; SPAN_LEN];
            from.read_exact(&mut bytes)?;
            spans.push(span(&bytes));
        }
        self.spans.seek(SeekFrom::End(0))?;
        let start = FORMAT.header_len as u64 + entry.text_offset;
        Ok(start..start + u64::from(entry.text_len))
    }

    /// Writes the rest, and gives the output back.
    pub(crate) fn finish(mut self) -> io::Result<(W, Written)> {
        self.file.end_section()?;
        for aside in [&mut self.directory, &mut self.spans] {
            aside.rewind()?;
            let mut from = BufReader::new(aside);
            loop {
                let bytes = from.fill_buf()?;
                if bytes.is_empty() {
                    break;
                }
                self.file.write(bytes)?;
                let len = bytes.len();
                from.consume(len);
            }
            self.file.end_section()?;
        }
        self.file.finish(&self.passages.to_le_bytes())
    }
}

/// The opened texts over the bytes of a file.
#[derive(Debug)]
pub(crate) struct Evidence<B> {
    bytes: B,
    passages: u32,
    texts: Range<usize>,
    directory: Range<usize>,
    spans: Range<usize>,
}

/// An entry of the directory.
struct Entry {
    text_offset: u64,
    text_len: u32,
    span_count: u32,
    span_first: u64,
}

impl Entry {
    fn new(bytes: &[u8; DIRECTORY_ENTRY_LEN]) -> Self {
        Self {
            text_offset: u64_at(bytes, 0),
            text_len: u32_at(bytes, TEXT_LEN_OFFSET),
            span_count: u32_at(bytes, SPAN_COUNT_OFFSET),
            span_first: u64_at(bytes, SPAN_FIRST_OFFSET),
        }
    }
}

impl<B: Memory> Evidence<B> {
    /// Checks everything in `bytes`, which are of this version of the format.
    pub(crate) fn open(bytes: B, expected: &Checksum, version: u32) -> Result<Self, Flaw> {
        let sections = FileFormat { version, ..FORMAT }.check(&bytes, expected)?;
        let [texts, directory, spans] =
            <[_; 3]>::try_from(sections).expect("the format has three sections");
        let passages = u32_at(bytes.as_ref(), PASSAGES_OFFSET);
        let opened = Self { bytes, passages, texts, directory, spans };
        opened.check_directory()?;
        Ok(opened)
    }

    /// How many there are.
    pub(crate) fn passages(&self) -> u32 {
        self.passages
    }

    fn check_directory(&self) -> Result<(), Flaw> {
        if self.directory.len() as u64 != u64::from(self.passages) * DIRECTORY_ENTRY_LEN as u64 {
            let fact = "lists another count than the directory";
            return Err(Flaw::new(HEADER, fact));
        }
        let (entries, _) = self.section(&self.directory).as_chunks();
        // Sums of 2^32 numbers of 32 bits at most.
        let (mut texts_len, mut span_count) = (0, 0);
        for bytes in entries {
            let entry = Entry::new(bytes);
            if entry.text_offset != texts_len || entry.span_first != span_count {
                let fact = "has an entry that does not follow the one before it";
                return Err(Flaw::new("directory", fact));
            }
            texts_len += u64::from(entry.text_len);
            span_count += u64::from(entry.span_count);
            let spans = self.spans_of(&entry);
            if spans.len() as u64 != u64::from(entry.span_count) {
                return Err(Flaw::new("spans", "is shorter than the directory says"));
            }
            if !are_spans(spans.iter().map(span), entry.text_len) {
                let fact = "has parts of a text that are out of order or outside of it";
                return Err(Flaw::new("spans", fact));
            }
        }
        if texts_len != self.texts.len() as u64 {
            let fact = "has another length than the directory says";
            return Err(Flaw::new("texts", fact));
        }
        if span_count * SPAN_LEN as u64 != self.spans.len() as u64 {
            return Err(Flaw::new("spans", "is longer than the directory says"));
        }
        Ok(())
    }

    fn section(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.as_ref().get(range.clone()).unwrap_or_default()
    }

    fn spans_of(&self, entry: &Entry) -> &[[u8; SPAN_LEN]] {
        let (spans, _) = self.section(&self.spans).as_chunks();
        usize::try_from(entry.span_first)
            .ok()
            .and_then(|start| spans.get(start..start.checked_add(entry.span_count as usize)?))
            .unwrap_or_default()
    }

    /// The evidence of a passage, if there is one of that number.
    pub(crate) fn get(&self, passage: u32) -> Option<PassageText<'_>> {
        let (entries, _) = self.section(&self.directory).as_chunks();
        let entry = Entry::new(entries.get(passage as usize)?);
        let start = usize::try_from(entry.text_offset).ok()?;
        let end = start.checked_add(entry.text_len as usize)?;
        Some(PassageText {
            text: self.section(&self.texts).get(start..end)?,
            spans: self.spans_of(&entry).iter().map(span).collect(),
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "iterators of slices give references")]
fn span(bytes: &[u8; SPAN_LEN]) -> Range<u32> {
    u32_at(bytes, 0)..u32_at(bytes, 4)
}
