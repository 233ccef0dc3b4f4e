//! JSON lines: one record a line.

mod line_range;
mod lines;

use std::collections::VecDeque;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::codec::stream::Codec;
use crate::container::format::interface::{BlockRows, Container, Format, UnopenedShard};
use crate::container::format::long_row::LongRow;
use crate::container::format::row_sink::RowSink;
use crate::container::json_lines::line_range::LineRange;
use crate::container::json_lines::lines::{Cut, LineCutter, Lines, lines_of};
use crate::error::ShardError;
use crate::fields::choose::{RECORDS_MAX, any_fields, choose_fields, no_text_field, other_fields};
use crate::fields::path::FieldPath;
use crate::fields::pick::with_picked;
use crate::fields::tree::FieldTree;
use crate::options::ReadOptions;
use crate::place::address::is_remote;

pub(crate) static FORMAT: Format = Format {
    name: "json-lines",
    about: Some("JSON lines"),
    extensions: &["jsonl", "ndjson", "jsonlines", "json"],
    open,
};

/// The first records, by which the text fields are chosen, are at most about this long together.
const SAMPLE_LEN_MAX: usize = 4 << 20;

/// To look past lines that are too long, at most this many bytes of them are read twice, and the rest of the last line.
const DROPPED_LEN_MAX: u64 = 256 << 20;

/// An open shard of JSON lines.
struct JsonLinesShard {
    path: Arc<Path>,
    codec: Codec,
    cutter: LineCutter<Box<dyn Read + Send>>,
    block_len: usize,
    record_len_max: usize,
    first: FirstLines,
    tree: Arc<FieldTree>,
    /// Fields of the first records that hold text and are not wanted.
    fields_left: Vec<FieldPath>,
    /// Bytes taken from the file.
    consumed: Arc<AtomicU64>,
}

/// Lines read ahead, to be given first.
#[derive(Default)]
struct FirstLines {
    blocks: VecDeque<Lines>,
    rows: usize,
    /// Lines that are too long were dropped, so the stream has to be read anew.
    is_partial: bool,
    /// The stream broke behind them.
    broken: Option<io::Error>,
}

impl FirstLines {
    fn read(cutter: &mut LineCutter<Box<dyn Read + Send>>) -> Self {
        let mut first = Self::default();
        if let Err(error) = first.fill(cutter) {
            first.broken = Some(error);
        }
        first
    }

    fn fill(&mut self, cutter: &mut LineCutter<Box<dyn Read + Send>>) -> io::Result<()> {
        let (mut len, mut len_dropped) = (0, 0);
        while self.rows < RECORDS_MAX && len < SAMPLE_LEN_MAX && len_dropped < DROPPED_LEN_MAX {
            match cutter.next_cut()? {
                None => break,
                Some(Cut::Lines(lines)) => {
                    len += lines.bytes.len();
                    self.rows += lines_of(&lines.bytes).count();
                    self.blocks.push_back(lines);
                }
                Some(Cut::LongLine(mut line)) => {
                    self.is_partial = true;
                    len_dropped += io::copy(&mut line, &mut io::sink())?;
                    self.rows += usize::from(!line.is_blank);
                }
            }
        }
        Ok(())
    }

    /// The lines that will be read as records.
    fn lines(&self, record_len_max: usize) -> impl Iterator<Item = &[u8]> {
        let lines = self.blocks.iter().flat_map(|lines| lines_of(&lines.bytes));
        lines.filter(move |line| line.len() <= record_len_max)
    }
}

/// Opens what is named so, and else text in which at least half of the first lines are objects; but neither a source file
/// nor a document of one object (`{"name": "left-pad"}`) without any text field.
fn open(
    shard: &UnopenedShard,
    options: &ReadOptions,
) -> Result<Option<Box<dyn Container>>, ShardError> {
    let head = shard.head()?;
    let is_named = shard.name.is_json_lines();
    if !is_named && (!head.is_text || shard.name.is_source()) {
        return Ok(None);
    }
    let (path, record_len_max) = (&shard.path, options.record_len_max);
    let new_cutter = || {
        let reader = shard.stream(options)?.reader;
        Ok(LineCutter::new(reader, options.block_len, record_len_max))
    };
    let mut cutter = new_cutter()?;
    let mut first = FirstLines::read(&mut cutter);
    let choice = choose_fields(first.lines(record_len_max), &options.text_fields, is_named);
    let fields = choice.fields();
    if !is_named {
        let mostly_objects =
            choice.objects_seen > 0 && 2 * choice.objects_seen >= choice.lines_seen;
        let is_document = choice.objects_seen < 2 && fields.is_none();
        if !mostly_objects || is_document {
            return Ok(None);
        }
    }
    let fields = match fields {
        Some(fields) => fields,
        // What stands behind the break may have had the field.
        None if first.broken.is_some() => {
            return Err(head.codec.error(path, first.broken.take().expect("just seen")));
        }
        None if first.rows == 0 => {
            return Err(ShardError::Empty { path: path.to_path_buf() });
        }
        // Nothing but lines that are too long: they are scanned as they are, and what follows is read as it comes.
        None if choice.lines_seen == 0 => any_fields(&options.text_fields),
        // No known field, but every string is read.
        None if options.text_fields.is_empty() && choice.objects_seen > 0 => vec![],
        None => {
            let lines = first.lines(record_len_max);
            return Err(no_text_field(path, lines, &options.text_fields));
        }
    };
    let fields_left = other_fields(first.lines(record_len_max), &options.text_fields);
    if first.is_partial {
        first = FirstLines::default();
        cutter = new_cutter()?;
    }
    Ok(Some(Box::new(JsonLinesShard {
        path: Arc::clone(path),
        codec: head.codec,
        cutter,
        block_len: options.block_len,
        record_len_max,
        first,
        fields_left,
        tree: Arc::new(FieldTree::of_wanted(&options.text_fields, fields).with_facts(options)),
        consumed: Arc::clone(&shard.consumed),
    })))
}

impl Container for JsonLinesShard {
    fn text_fields(&self) -> &[FieldPath] {
        self.tree.fields()
    }

    fn fields_left(&self) -> &[FieldPath] {
        &self.fields_left
    }

    /// Only a plain file can be read from its middle.
    fn cuts(&self, len: u64, piece_len: u64) -> Vec<u64> {
        if self.codec != Codec::Plain || is_remote(&self.path) {
            return vec![];
        }
        let piece_len = piece_len.max(1);
        let count = len.div_ceil(piece_len);
        (1..count).map(|number| number * piece_len).collect()
    }

    /// Leaves the lines that begin in `bytes` of the file, whatever the lines are by which the fields were chosen.
    fn narrow(&mut self, bytes: &Range<u64>) -> Result<(), ShardError> {
        self.consumed.store(0, Ordering::Relaxed);
        let lines = LineRange::open(&self.path, bytes, &self.consumed)?;
        let (block_len, record_len_max) = (self.block_len, self.record_len_max);
        self.cutter = if bytes.start == 0 {
            LineCutter::new(Box::new(lines), block_len, record_len_max)
        } else {
            LineCutter::inside(Box::new(lines), block_len, record_len_max)
        };
        self.first = FirstLines::default();
        Ok(())
    }

    fn next_block(&mut self) -> Result<Option<Box<dyn BlockRows>>, ShardError> {
        let block = self.try_next_block();
        block.map_err(|error| self.codec.error(&self.path, error))
    }
}

impl JsonLinesShard {
    fn try_next_block(&mut self) -> io::Result<Option<Box<dyn BlockRows>>> {
        if let Some(lines) = self.first.blocks.pop_front() {
            return Ok(Some(self.block(lines)));
        }
        if let Some(error) = self.first.broken.take() {
            return Err(error);
        }
        while let Some(cut) = self.cutter.next_cut()? {
            let mut line = match cut {
                Cut::Lines(lines) => return Ok(Some(self.block(lines))),
                Cut::LongLine(line) => line,
            };
            let (long_row, read) = LongRow::read(line.row, &mut line);
            if line.is_blank {
                read?;
                continue;
            }
            // What stands before a break is given, and then the error.
            self.first.broken = read.err();
            return Ok(Some(Box::new(long_row)));
        }
        Ok(None)
    }

    fn block(&self, lines: Lines) -> Box<dyn BlockRows> {
        let (path, tree) = (Arc::clone(&self.path), Arc::clone(&self.tree));
        Box::new(LinesBlock { path, lines, tree, record_len_max: self.record_len_max })
    }
}

/// Some rows.
struct LinesBlock {
    path: Arc<Path>,
    lines: Lines,
    tree: Arc<FieldTree>,
    record_len_max: usize,
}

impl BlockRows for LinesBlock {
    /// A line that is not suspect is not parsed, if it has the shape of a record.
    fn read(&self, sink: &mut RowSink<'_>) -> Result<(), ShardError> {
        let Lines { row_start, bytes } = &self.lines;
        sink.show([&**bytes]);
        for (line, row) in lines_of(bytes).zip(*row_start..) {
            if line.len() > self.record_len_max {
                // Blocks may be longer than the longest record.
                let (long_row, read) = LongRow::read(row, &mut &*line);
                read.map_err(|error| Codec::Plain.error(&self.path, error))?;
                long_row.read(sink)?;
            } else if !sink.is_suspect(place_of(bytes, line)) && self.tree.is_shaped(line) {
                sink.pass(line.len() as u64, 0);
            } else {
                let len = line.len() as u64;
                with_picked(&self.tree, line, |picked| sink.give_line(row, len, picked));
            }
        }
        Ok(())
    }
}

/// Where `part` lies in `whole`, which it is a part of.
fn place_of(whole: &[u8], part: &[u8]) -> Range<u64> {
    let start = (part.as_ptr().addr() - whole.as_ptr().addr()) as u64;
    start..start + part.len() as u64
}
