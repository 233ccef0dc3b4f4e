//! JSON lines: one record a line.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::choose::{RECORDS_MAX, any_fields, choose_fields, no_text_field};
use crate::lines::{Cut, LineCutter, is_blank, lines_of};
use crate::pick::{Picked, give_picked, pick};
use crate::place::is_remote;
use crate::plan::Plan;
use crate::repair::{replace_bad_bytes, replace_python_json};
use crate::stream::{Codec, Stream};
use crate::stretch::{Stretch, StretchLen, give_stretch};
use crate::within::LinesWithin;
use crate::{Extent, FieldPath, Preview, ReadOptions, Row, ShardError};

/// The first records, by which the text fields are chosen, are at most about this long together.
const SAMPLE_LEN_MAX: usize = 4 << 20;

/// An open shard of JSON lines.
pub(crate) struct JsonLines {
    path: Arc<Path>,
    codec: Codec,
    cutter: LineCutter<Box<dyn Read + Send>>,
    block_len: usize,
    record_len_max: usize,
    sample: Sample,
    plan: Arc<Plan>,
    /// Bytes taken from the file.
    consumed: Arc<AtomicU64>,
}

/// To look past lines that are too long, so many bytes of them are read twice.
const DROPPED_LEN_MAX: usize = 256 << 20;

/// Lines read ahead, to be given first.
#[derive(Default)]
struct Sample {
    cuts: VecDeque<Cut>,
    rows: usize,
    /// Lines that are too long were dropped, so the stream has to be read anew.
    is_partial: bool,
    /// The stream broke behind them.
    broken: Option<io::Error>,
}

impl Sample {
    fn read(cutter: &mut LineCutter<Box<dyn Read + Send>>) -> Self {
        let mut sample = Self::default();
        let (mut len, mut len_dropped) = (0, 0);
        while sample.rows < RECORDS_MAX && len < SAMPLE_LEN_MAX && len_dropped < DROPPED_LEN_MAX {
            match cutter.next_cut() {
                Ok(None) => break,
                Err(error) => {
                    sample.broken = Some(error);
                    break;
                }
                Ok(Some(cut)) => {
                    match &cut {
                        Cut::Lines { bytes, .. } => {
                            len += bytes.len();
                            sample.rows += lines_of(bytes).count();
                        }
                        Cut::Stretch { extent, stretch, .. } => {
                            sample.rows += usize::from(*extent == Extent::First);
                            sample.is_partial = true;
                            len_dropped += stretch.bytes.len();
                            continue;
                        }
                    }
                    sample.cuts.push_back(cut);
                }
            }
        }
        sample
    }

    /// The lines that will be read as records.
    fn lines(&self, record_len_max: usize) -> impl Iterator<Item = &[u8]> {
        let blocks = self.cuts.iter().map(|cut| match cut {
            Cut::Lines { bytes, .. } => &**bytes,
            Cut::Stretch { .. } => &[],
        });
        blocks.flat_map(lines_of).filter(move |line| line.len() <= record_len_max)
    }
}

impl JsonLines {
    /// Opens `stream` if it holds JSON lines: always if it is `named` so, else if at least half of its first lines are
    /// objects, and it is not a document of one object (`{"name": "left-pad"}`) without any text field.
    pub(crate) fn open(
        path: &Arc<Path>,
        stream: Stream,
        options: &ReadOptions,
        named: bool,
    ) -> Result<Option<Self>, ShardError> {
        let Stream { codec, reader, mut consumed } = stream;
        let record_len_max = options.record_len_max;
        let mut cutter = LineCutter::new(reader, options.block_len, record_len_max);
        let mut sample = Sample::read(&mut cutter);
        let choice = choose_fields(sample.lines(record_len_max), &options.text_fields, named);
        if !named {
            let mostly_objects =
                choice.objects_seen > 0 && 2 * choice.objects_seen >= choice.lines_seen;
            let is_document = choice.objects_seen < 2 && choice.fields.is_none();
            if !mostly_objects || is_document {
                return Ok(None);
            }
        }
        let fields = match choice.fields {
            Some(fields) => fields,
            // What stands behind the break may have had the field.
            None if sample.broken.is_some() => {
                return Err(codec.error(path, sample.broken.take().expect("just seen")));
            }
            None if sample.rows == 0 => {
                return Err(ShardError::Empty { path: path.to_path_buf() });
            }
            // Nothing but lines that are too long: they are scanned as they are, and whatever follows is read as it comes.
            None if choice.lines_seen == 0 => any_fields(&options.text_fields),
            None => {
                return Err(no_text_field(
                    path,
                    sample.lines(record_len_max),
                    &options.text_fields,
                ));
            }
        };
        if sample.is_partial {
            sample = Sample::default();
            let stream = Stream::open(path, codec, options.expansion_max)?;
            consumed = stream.consumed;
            cutter = LineCutter::new(stream.reader, options.block_len, record_len_max);
        }
        let plan = Arc::new(Plan::new(fields).with_facts(options));
        Ok(Some(Self {
            path: Arc::clone(path),
            codec,
            cutter,
            block_len: options.block_len,
            record_len_max,
            sample,
            plan,
            consumed,
        }))
    }

    pub(crate) fn text_fields(&self) -> &[FieldPath] {
        self.plan.fields()
    }

    /// Only a plain file can be read from its middle.
    pub(crate) fn cuts(&self, len: u64, piece_len: u64) -> Vec<u64> {
        if self.codec != Codec::Plain || is_remote(&self.path) {
            return vec![];
        }
        let piece_len = piece_len.max(1);
        let count = len.div_ceil(piece_len);
        (1..count).map(|number| number * piece_len).collect()
    }

    /// Bytes taken from the file so far.
    pub(crate) fn consumed(&self) -> &Arc<AtomicU64> {
        &self.consumed
    }

    /// Leaves the lines that begin in `bytes` of the file, whatever the lines are by which the fields were chosen.
    pub(crate) fn narrow(&mut self, bytes: &Range<u64>) -> Result<(), ShardError> {
        self.consumed = Arc::default();
        let lines = LinesWithin::open(&self.path, bytes, &self.consumed)?;
        let (block_len, record_len_max) = (self.block_len, self.record_len_max);
        self.cutter = if bytes.start == 0 {
            LineCutter::new(Box::new(lines), block_len, record_len_max)
        } else {
            LineCutter::inside(Box::new(lines), block_len, record_len_max)
        };
        self.sample = Sample::default();
        Ok(())
    }

    pub(crate) fn next_block(&mut self) -> Result<Option<LinesBlock>, ShardError> {
        let cut = match self.sample.cuts.pop_front() {
            Some(cut) => Ok(Some(cut)),
            None => match self.sample.broken.take() {
                Some(error) => Err(error),
                None => self.cutter.next_cut(),
            },
        };
        let cut = cut.map_err(|error| self.codec.error(&self.path, error))?;
        Ok(cut.map(|cut| LinesBlock {
            cut,
            plan: Arc::clone(&self.plan),
            record_len_max: self.record_len_max,
        }))
    }
}

/// Some rows.
#[derive(Debug)]
pub(crate) struct LinesBlock {
    cut: Cut,
    plan: Arc<Plan>,
    record_len_max: usize,
}

impl LinesBlock {
    /// With a preview, a line that it does not point to is not parsed, if it has the shape of a record.
    pub(crate) fn read_rows(
        &self,
        mut preview: Option<&mut dyn Preview>,
        each: &mut dyn FnMut(Row<'_>),
    ) {
        match &self.cut {
            Cut::Stretch { row, extent, stretch: Stretch { at, bytes } } => {
                give_stretch(*row, *extent, "", (*at, bytes), each);
            }
            Cut::Lines { row_start, bytes } => {
                if let Some(preview) = &mut preview {
                    preview.feed(bytes);
                    preview.end();
                }
                for (line, row) in lines_of(bytes).zip(*row_start..) {
                    if line.len() > self.record_len_max {
                        self.read_long_line(row, line, each);
                    } else if let Some(preview) = &mut preview
                        && !preview.is_suspect(stretch_of(bytes, line))
                        && self.plan.is_shaped(line)
                    {
                        preview.passed(line.len() as u64);
                    } else {
                        with_picked(&self.plan, line, |picked| give_picked(row, picked, each));
                    }
                }
            }
        }
    }
}

impl LinesBlock {
    /// As the cutter would have cut it, had it not stood in a block.
    fn read_long_line(&self, row: u64, line: &[u8], each: &mut dyn FnMut(Row<'_>)) {
        let mut extent = Extent::First;
        for range in StretchLen::of(self.record_len_max).ranges(line.len()) {
            let stretch = (range.start as u64, &line[range]);
            if !is_blank(stretch.1) {
                give_stretch(row, extent, "", stretch, each);
                extent = Extent::Next;
            }
        }
    }
}

/// Where `part` lies in `whole`, which it is a part of.
fn stretch_of(whole: &[u8], part: &[u8]) -> Range<u64> {
    let start = (part.as_ptr().addr() - whole.as_ptr().addr()) as u64;
    start..start + part.len() as u64
}

/// Hands `then` what `line` gives and whether it was repaired; `None` if it is no JSON.
pub(crate) fn with_picked(plan: &Plan, line: &[u8], then: impl FnOnce(Option<(Picked<'_>, bool)>)) {
    let replaced;
    let (text, bytes_replaced) = if let Ok(text) = std::str::from_utf8(line) {
        (text, false)
    } else {
        replaced = replace_bad_bytes(line);
        (replaced.as_str(), true)
    };
    if let Ok(picked) = pick(plan, text) {
        return then(Some((picked, bytes_replaced)));
    }
    let Some(repaired) = replace_python_json(text) else {
        return then(None);
    };
    let picked = pick(plan, &repaired.text).ok();
    then(picked.map(|picked| (picked, bytes_replaced || repaired.texts_changed)));
}
