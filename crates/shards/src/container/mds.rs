//! MosaicML shards (MDS): rows of columns, plain or compressed as a whole.
//!
//! `u32` number of samples · that many and one more `u32` offsets in the file · the writer's configuration as JSON ·
//! the samples. A sample: the `u32` length of each column that has no fixed one · the columns. Everything is
//! little-endian; the columns are in the order of the configuration. Source: `streaming`, `base/format/mds`.

mod columns;
pub(crate) mod listed;

use std::io::{BufReader, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::buffer_pool::{Buffer, BufferPool};
use crate::catch_decoder_panic::DecodeFailure;
use crate::codec::stream::Codec;
use crate::container::format::interface::{BlockRows, Container, Format, UnopenedShard};
use crate::container::format::long_row::LongRow;
use crate::container::format::recognise::{Untold, ValueKind};
use crate::container::format::row_sink::RowSink;
use crate::container::mds::columns::{
    MdsColumn, other_columns, parse_columns, split, text_columns, with_values,
};
use crate::error::ShardError;
use crate::fields::choose::{Chooser, KEYS_MAX, RECORDS_MAX, any_fields};
use crate::fields::named_values::pick_values;
use crate::fields::path::FieldPath;
use crate::fields::tree::FieldTree;
use crate::options::ReadOptions;
use crate::record::Row;

pub(crate) static FORMAT: Format =
    Format { name: "mds", about: Some("MosaicML MDS"), extensions: &["mds"], open };

/// Writers make shards of 64 MiB; more samples than this have a table of 256 MiB.
const SAMPLES_MAX: u32 = 1 << 26;

/// However short they are.
const SAMPLES_A_BLOCK_MAX: usize = 1 << 16;

/// The configuration names the columns, and no more.
const CONFIG_LEN_MAX: usize = 1 << 20;

/// Whether a file begins like a shard. `prefix` may end inside of the table of offsets.
fn is_mds(prefix: &[u8]) -> bool {
    let (words, _) = prefix.as_chunks::<4>();
    let mut words = words.iter().map(|&word| u32::from_le_bytes(word));
    let (Some(samples @ 1..=SAMPLES_MAX), Some(first)) = (words.next(), words.next()) else {
        return false;
    };
    let table_end = table_end(samples);
    let config_len = (first as usize).checked_sub(table_end);
    let is_ordered = words.take(samples as usize).is_sorted_by(|a, b| a <= b);
    config_len.is_some_and(|len| (2..=CONFIG_LEN_MAX).contains(&len))
        && is_ordered
        && prefix
            .get(table_end..)
            .is_none_or(|config| config.is_empty() || config.starts_with(b"{\""))
}

fn table_end(samples: u32) -> usize {
    4 * (samples as usize + 2)
}

fn open(
    shard: &UnopenedShard,
    options: &ReadOptions,
) -> Result<Option<Box<dyn Container>>, ShardError> {
    if is_mds(&shard.head()?.prefix) {
        return Ok(Some(Box::new(MdsShard::open(shard, options)?)));
    }
    if FORMAT.extensions.contains(&shard.name.extension.as_str()) {
        return Err(shard.not_as_named("it does not begin like a MosaicML shard"));
    }
    Ok(None)
}

/// An open shard.
struct MdsShard {
    path: Arc<Path>,
    codec: Codec,
    reader: Box<dyn Read + Send>,
    columns: Arc<[MdsColumn]>,
    /// Of no fields until they are chosen.
    tree: Arc<FieldTree>,
    /// Columns of text that are not wanted.
    fields_left: Vec<FieldPath>,
    lens: std::vec::IntoIter<usize>,
    /// The samples by which the fields were chosen, to be given first.
    first: Option<MdsBlock>,
    /// An error behind samples that are still to be given.
    broken: Option<ShardError>,
    row_next: u64,
    block_len: usize,
    record_len_max: usize,
    pool: Arc<BufferPool>,
}

impl MdsShard {
    fn open(unopened: &UnopenedShard, options: &ReadOptions) -> Result<Self, ShardError> {
        let path = &unopened.path;
        let stream = unopened.stream(options)?;
        let mut shard = Self {
            path: Arc::clone(path),
            codec: stream.codec,
            reader: Box::new(BufReader::with_capacity(256 << 10, stream.reader)),
            columns: Arc::from([]),
            tree: Arc::new(FieldTree::new(vec![])),
            fields_left: vec![],
            lens: vec![].into_iter(),
            first: None,
            broken: None,
            row_next: 0,
            block_len: options.block_len,
            record_len_max: options.record_len_max,
            pool: Arc::default(),
        };
        shard.read_head()?;
        let (candidates, mut chooser) = Chooser::new(&options.text_fields);
        let is_too_long = shard.is_next_long();
        let mut first = if is_too_long { None } else { shard.read_samples()? };
        if let Some(block) = &first {
            for range in block.samples.iter().take(RECORDS_MAX) {
                with_values(&shard.columns, &block.bytes[range.clone()], |values, _, _| {
                    chooser.look_at(pick_values(&candidates, values).ok().as_ref());
                })
                .map_err(|failure| failure.at(path, "a sample"))?;
            }
        }
        let fields =
            chooser.fields().or_else(|| is_too_long.then(|| any_fields(&options.text_fields)));
        let fields = fields.or_else(|| options.text_fields.is_empty().then(Vec::new));
        let Some(fields) = fields else {
            let names = shard.columns.iter().map(|column| column.name.clone());
            return Err(ShardError::NoTextField {
                path: path.to_path_buf(),
                fields_wanted: options.text_fields.iter().map(FieldPath::to_string).collect(),
                keys_seen: names.take(KEYS_MAX).collect(),
                records_seen: chooser.lines_seen as u64,
            });
        };
        if !options.text_fields.is_empty() {
            shard.fields_left = other_columns(&shard.columns, &fields);
        }
        let tree = FieldTree::of_wanted(&options.text_fields, fields);
        shard.tree = Arc::new(tree.with_facts(options));
        if let Some(block) = &mut first {
            block.tree = Arc::clone(&shard.tree);
        }
        shard.first = first;
        Ok(shard)
    }

    fn read_head(&mut self) -> Result<(), ShardError> {
        let path = Arc::clone(&self.path);
        let damaged = |fact| DecodeFailure::Fact(fact).at(&path, "its head");
        let words = |bytes: &[u8]| -> Vec<u32> {
            let (words, _) = bytes.as_chunks::<4>();
            words.iter().map(|&word| u32::from_le_bytes(word)).collect()
        };
        let samples = words(&self.read(4)?)[0];
        if samples > SAMPLES_MAX {
            return Err(damaged("counts more samples than can be read"));
        }
        let offsets = words(&self.read(4 * (samples as usize + 1))?);
        let config_len = (offsets[0] as usize)
            .checked_sub(table_end(samples))
            .filter(|&len| len <= CONFIG_LEN_MAX)
            .ok_or_else(|| damaged("has no place for the names of its columns"))?;
        if !offsets.is_sorted() {
            return Err(damaged("has samples that end before they begin"));
        }
        let config = self.read(config_len)?;
        self.columns = parse_columns(&config)
            .map_err(|failure| failure.at(&path, "its configuration"))?
            .into();
        let lens: Vec<usize> =
            offsets.windows(2).map(|pair| (pair[1] - pair[0]) as usize).collect();
        self.lens = lens.into_iter();
        Ok(())
    }

    /// As many samples as make a block, all read at once. Those before a break are whole.
    fn read_samples(&mut self) -> Result<Option<MdsBlock>, ShardError> {
        let mut block = MdsBlock {
            path: Arc::clone(&self.path),
            columns: Arc::clone(&self.columns),
            tree: Arc::clone(&self.tree),
            row_start: self.row_next,
            bytes: self.pool.take(),
            samples: vec![],
        };
        let mut len = 0;
        // Samples may hold nothing at all. One that is too long is a block of its own.
        while len < self.block_len
            && block.samples.len() < SAMPLES_A_BLOCK_MAX
            && !self.is_next_long()
            && let Some(sample_len) = self.lens.next()
        {
            block.samples.push(len..len + sample_len);
            len += sample_len;
        }
        if let Err(error) = self.read_into(&mut block.bytes, len) {
            let read = block.bytes.len();
            block.samples.retain(|sample| sample.end <= read);
            self.broken = Some(error);
        }
        self.row_next += block.samples.len() as u64;
        if block.samples.is_empty() {
            return self.broken.take().map_or(Ok(None), Err);
        }
        Ok(Some(block))
    }

    fn is_next_long(&self) -> bool {
        self.lens.as_slice().first().is_some_and(|&len| len > self.record_len_max)
    }

    /// The sample that is too long, as it lies there.
    fn read_long_row(&mut self) -> LongRow {
        let len = self.lens.next().map_or(0, |len| len as u64);
        let (long_row, read) = LongRow::read(self.row_next, &mut (&mut self.reader).take(len));
        self.row_next += 1;
        let read = read.map_err(|error| self.codec.error(&self.path, error));
        self.broken = read.and_then(|read| self.check_len(read as usize, len as usize)).err();
        long_row
    }

    /// One byte more than there should be is an error.
    fn check_end(&mut self) -> Result<(), ShardError> {
        let mut rest = vec![];
        let read = (&mut self.reader).take(1).read_to_end(&mut rest);
        read.map_err(|error| self.codec.error(&self.path, error))?;
        if rest.is_empty() {
            Ok(())
        } else {
            let fact = DecodeFailure::Fact("is followed by other bytes");
            Err(fact.at(&self.path, "its last sample"))
        }
    }

    fn read(&mut self, len: usize) -> Result<Buffer, ShardError> {
        let mut bytes = self.pool.take();
        self.read_into(&mut bytes, len)?;
        Ok(bytes)
    }

    fn read_into(&mut self, bytes: &mut Buffer, len: usize) -> Result<(), ShardError> {
        let len_max = self.block_len.saturating_add(self.record_len_max);
        let read = bytes.read_from(&mut self.reader, len, len_max);
        let read = read.map_err(|error| self.codec.error(&self.path, error))?;
        self.check_len(read, len)
    }

    fn check_len(&self, read: usize, wanted: usize) -> Result<(), ShardError> {
        if read == wanted {
            Ok(())
        } else {
            Err(ShardError::Truncated {
                path: self.path.to_path_buf(),
                what: "MosaicML shard",
                source: None,
            })
        }
    }
}

impl Container for MdsShard {
    fn text_fields(&self) -> &[FieldPath] {
        self.tree.fields()
    }

    fn fields_left(&self) -> &[FieldPath] {
        &self.fields_left
    }

    fn next_block(&mut self) -> Result<Option<Box<dyn BlockRows>>, ShardError> {
        if let Some(block) = self.first.take() {
            return Ok(Some(Box::new(block)));
        }
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        if self.is_next_long() {
            return Ok(Some(Box::new(self.read_long_row())));
        }
        if let Some(block) = self.read_samples()? {
            return Ok(Some(Box::new(block)));
        }
        self.check_end()?;
        Ok(None)
    }
}

/// Some samples.
struct MdsBlock {
    path: Arc<Path>,
    columns: Arc<[MdsColumn]>,
    tree: Arc<FieldTree>,
    row_start: u64,
    bytes: Buffer,
    /// Where each one lies in `bytes`.
    samples: Vec<Range<usize>>,
}

impl BlockRows for MdsBlock {
    /// A sample that is not suspect is not looked into beyond its columns of text.
    fn read(&self, sink: &mut RowSink<'_>) -> Result<(), ShardError> {
        // Of a text inside of JSON only a parser can say whether it is there.
        let texts = text_columns(&self.columns, self.tree.fields());
        let rows = self.samples.iter().zip(self.row_start..);
        let texts_of = |(range, _): &(&Range<usize>, u64), found: &mut Vec<_>| {
            let values = split(&self.columns, &self.bytes[(*range).clone()]).ok()?;
            if self.tree.takes_all() {
                return self.columns.iter().zip(values).try_fold(0, |not_text, (column, value)| {
                    Some(match column.kind_of(value) {
                        ValueKind::Text => {
                            found.push(value);
                            not_text
                        }
                        ValueKind::NotText if column.is_number() => not_text,
                        ValueKind::NotText => not_text + value.len() as u64,
                        ValueKind::Unread(_) => return None,
                    })
                });
            }
            let texts = texts.as_ref()?;
            found.extend(texts.iter().map(|&column| values[column]));
            Some(0)
        };
        sink.read_suspects(rows, texts_of, |(range, row), sink| {
            with_values(&self.columns, &self.bytes[range.clone()], |values, repaired, untold| {
                let picked = pick_values(&self.tree, values).ok();
                // Where fields were named, what stands in others does not matter.
                let untold = if self.tree.takes_all() { untold } else { Untold::default() };
                let is_text_there = picked.as_ref().is_some_and(|picked| !picked.texts.is_empty());
                if let Some(reason) = untold.unread.filter(|_| !is_text_there) {
                    return sink.give(Row::Skipped { row, reason });
                }
                sink.give_parts((row, None), untold, picked.map(|picked| (picked, repaired)));
            })
            .map_err(|failure| failure.at(&self.path, &format!("sample {row}")))
        })
    }
}
