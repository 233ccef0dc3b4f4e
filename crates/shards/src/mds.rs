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

use crate::choose::{Chooser, KEYS_MAX, RECORDS_MAX, any_fields};
use crate::guard::Failure;
use crate::parts::pick_parts;
use crate::pick::give_picked;
use crate::plan::Plan;
use crate::preview::give_suspects;
use crate::recycle::{Buffer, Pool};
use crate::stream::{Codec, Stream};
use crate::stretch::{StretchBlock, StretchLen, Stretches};
use crate::{Extent, FieldPath, Preview, ReadOptions, Row, ShardError};
use columns::{Column, parse_columns, split, text_columns, with_parts};

/// Writers make shards of 64 MiB; more samples than this have a table of 256 MiB.
const SAMPLES_MAX: u32 = 1 << 26;

/// However short they are.
const SAMPLES_A_BLOCK_MAX: usize = 1 << 16;

/// The configuration names the columns, and no more.
const CONFIG_LEN_MAX: usize = 1 << 20;

/// Whether a file begins like a shard. `prefix` may end inside of the table of offsets.
pub(crate) fn is_mds(prefix: &[u8]) -> bool {
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

/// An open shard.
pub(crate) struct MdsShard {
    source: Source,
    /// The samples by which the fields were chosen, to be given first.
    sample: Option<MdsPart>,
}

/// What is left to be read.
struct Source {
    path: Arc<Path>,
    codec: Codec,
    reader: Box<dyn Read + Send>,
    columns: Arc<[Column]>,
    /// Of no fields until they are chosen.
    plan: Arc<Plan>,
    lens: std::vec::IntoIter<usize>,
    /// An error behind samples that are still to be given.
    broken: Option<ShardError>,
    /// A sample that is too long, being read.
    long: Option<LongSample>,
    row_next: u64,
    block_len: usize,
    record_len_max: usize,
    pool: Arc<Pool>,
}

struct LongSample {
    stretches: Stretches,
    extent_next: Extent,
    /// Bytes not read yet.
    left: u64,
}

/// What is decoded at once.
pub(crate) enum MdsPart {
    Samples(MdsBlock),
    Stretch(StretchBlock),
}

impl MdsShard {
    pub(crate) fn open(
        path: &Arc<Path>,
        stream: Stream,
        options: &ReadOptions,
    ) -> Result<Self, ShardError> {
        let mut source = Source {
            path: Arc::clone(path),
            codec: stream.codec,
            reader: Box::new(BufReader::with_capacity(256 << 10, stream.reader)),
            columns: Arc::from([]),
            plan: Arc::new(Plan::new(vec![])),
            lens: vec![].into_iter(),
            broken: None,
            long: None,
            row_next: 0,
            block_len: options.block_len,
            record_len_max: options.record_len_max,
            pool: Arc::default(),
        };
        source.read_head()?;
        let (candidates, mut chooser) = Chooser::new(&options.text_fields);
        let mut sample = source.next_block()?;
        if let Some(MdsPart::Samples(block)) = &sample {
            for range in block.samples.iter().take(RECORDS_MAX) {
                let bytes = &block.bytes[range.clone()];
                with_parts(&block.columns, bytes, |parts, _| {
                    chooser.look_at(pick_parts(&candidates, parts).ok().as_ref());
                })
                .map_err(|failure| failure.at(path, "a sample"))?;
            }
        }
        let choice = chooser.finish();
        let is_too_long = matches!(sample, Some(MdsPart::Stretch(_)));
        let fields =
            choice.fields.or_else(|| is_too_long.then(|| any_fields(&options.text_fields)));
        let Some(fields) = fields else {
            let names = source.columns.iter().map(|column| column.name.clone());
            return Err(ShardError::NoTextField {
                path: path.to_path_buf(),
                fields_wanted: options.text_fields.iter().map(FieldPath::to_string).collect(),
                keys_seen: names.take(KEYS_MAX).collect(),
                records_seen: choice.lines_seen as u64,
            });
        };
        source.plan = Arc::new(Plan::new(fields).with_facts(options));
        if let Some(MdsPart::Samples(block)) = &mut sample {
            block.plan = Arc::clone(&source.plan);
        }
        Ok(Self { source, sample })
    }

    pub(crate) fn text_fields(&self) -> &[FieldPath] {
        self.source.plan.fields()
    }

    pub(crate) fn next_block(&mut self) -> Result<Option<MdsPart>, ShardError> {
        match self.sample.take() {
            Some(part) => Ok(Some(part)),
            None => self.source.next_block(),
        }
    }
}

impl Source {
    fn read_head(&mut self) -> Result<(), ShardError> {
        let path = Arc::clone(&self.path);
        let damaged = |fact| Failure::Fact(fact).at(&path, "its head");
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

    /// Some samples, or a stretch of a long one; `None` at the end.
    fn next_block(&mut self) -> Result<Option<MdsPart>, ShardError> {
        if let Some(stretch) = self.next_stretch()? {
            return Ok(Some(MdsPart::Stretch(stretch)));
        }
        let mut block = MdsBlock {
            path: Arc::clone(&self.path),
            columns: Arc::clone(&self.columns),
            plan: Arc::clone(&self.plan),
            row_start: self.row_next,
            bytes: self.pool.take(),
            samples: vec![],
        };
        if self.broken.is_none() {
            self.read_samples(&mut block);
        }
        self.row_next += block.samples.len() as u64;
        if !block.samples.is_empty() {
            return Ok(Some(MdsPart::Samples(block)));
        }
        if self.long.is_some() {
            return self.next_block();
        }
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        // One byte more than there should be.
        let mut rest = vec![];
        let read = (&mut self.reader).take(1).read_to_end(&mut rest);
        read.map_err(|error| self.codec.error(&self.path, error))?;
        if rest.is_empty() {
            Ok(None)
        } else {
            Err(Failure::Fact("is followed by other bytes").at(&self.path, "its last sample"))
        }
    }

    /// Reads as many samples as make a block, all at once. Those before a break are whole.
    fn read_samples(&mut self, block: &mut MdsBlock) {
        let mut len = 0;
        // Samples may hold nothing at all.
        while len < self.block_len
            && block.samples.len() < SAMPLES_A_BLOCK_MAX
            && let Some(sample_len) = self.next_len(block.samples.is_empty())
        {
            block.samples.push(len..len + sample_len);
            len += sample_len;
        }
        if let Err(error) = self.read_into(&mut block.bytes, len) {
            let read = block.bytes.len();
            block.samples.retain(|sample| sample.end <= read);
            self.broken = Some(error);
        }
    }

    /// The length of the next sample of a block, which ends before one that is too long.
    fn next_len(&mut self, is_first: bool) -> Option<usize> {
        let len = *self.lens.as_slice().first()?;
        if len <= self.record_len_max {
            return self.lens.next();
        }
        if is_first {
            self.lens.next();
            self.long = Some(LongSample {
                stretches: Stretches::new(StretchLen::of(self.record_len_max)),
                extent_next: Extent::First,
                left: len as u64,
            });
        }
        None
    }

    /// Of the sample that is too long, as it lies there.
    fn next_stretch(&mut self) -> Result<Option<StretchBlock>, ShardError> {
        let Some(long) = &mut self.long else {
            return Ok(None);
        };
        let mut rest = (&mut self.reader).take(long.left);
        let stretch = long.stretches.next(&mut rest);
        long.left = rest.limit();
        let stretch = stretch.map_err(|error| self.codec.error(&self.path, error))?;
        let (left, row) = (long.left, self.row_next);
        let extent = std::mem::replace(&mut long.extent_next, Extent::Next);
        if stretch.is_none() {
            self.long = None;
            self.row_next += 1;
            // The reader ended before the sample did.
            self.check_len(0, left as usize)?;
        }
        Ok(stretch.map(|stretch| StretchBlock { row, extent, field: String::new(), stretch }))
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

/// Some samples.
pub(crate) struct MdsBlock {
    path: Arc<Path>,
    columns: Arc<[Column]>,
    plan: Arc<Plan>,
    row_start: u64,
    bytes: Buffer,
    /// Where each one lies in `bytes`.
    samples: Vec<Range<usize>>,
}

impl MdsBlock {
    /// With a preview, a sample that it does not point to is not looked into beyond its columns of text.
    pub(crate) fn read_rows(
        &self,
        preview: Option<&mut dyn Preview>,
        each: &mut dyn FnMut(Row<'_>),
    ) -> Result<(), ShardError> {
        let mut rows = self.samples.iter().zip(self.row_start..);
        let mut give = |(range, row): (&Range<usize>, u64)| {
            with_parts(&self.columns, &self.bytes[range.clone()], |parts, repaired| {
                let picked = pick_parts(&self.plan, parts).ok();
                give_picked(row, picked.map(|picked| (picked, repaired)), each);
            })
            .map_err(|failure| failure.at(&self.path, &format!("sample {row}")))
        };
        // Of a text inside of JSON only a parser can say whether it is there.
        match (preview, text_columns(&self.columns, self.plan.fields())) {
            (Some(preview), Some(texts)) => {
                let texts_of = |(range, _): &(&Range<usize>, u64), found: &mut Vec<_>| {
                    let values = split(&self.columns, &self.bytes[(*range).clone()]);
                    values.is_ok_and(|values| {
                        found.extend(texts.iter().map(|&column| values[column]));
                        true
                    })
                };
                give_suspects(preview, rows, texts_of, give)
            }
            _ => rows.try_for_each(&mut give),
        }
    }
}

impl std::fmt::Debug for MdsBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MdsBlock").field("row_start", &self.row_start).finish_non_exhaustive()
    }
}
