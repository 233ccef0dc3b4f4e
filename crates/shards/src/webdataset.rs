//! tar, as WebDataset writes it: neighbouring members of one key (the name up to the first dot of its last part) are one
//! sample, a record with a text for each member that is text. Any other tar is read the same way.
//!
//! The headers are parsed by the `tar` crate, the archive is walked here: front to back, with every length checked, and
//! with an error for an archive that ends without its mark.

mod members;
mod rows;

use std::path::Path;
use std::sync::Arc;

use crate::choose::KEYS_MAX;
use crate::stream::Stream;
use crate::{FieldPath, ReadOptions, Row, ShardError};
pub(crate) use members::is_tar;
use members::{Member, Members};
use rows::{Finder, Sample};

/// A block is given when it holds so many samples, however short they are.
const SAMPLES_MAX: usize = 4096;

/// An open archive.
pub(crate) struct TarShard {
    members: Members,
    block_len: usize,
    record_len_max: usize,
    /// Begun by its first member, which was read to see that it is of another key.
    begun: Option<Sample>,
    /// An error behind samples that are still to be given.
    broken: Option<ShardError>,
    row_next: u64,
    /// The samples by which the fields were chosen, to be given first.
    sample: Option<TarBlock>,
    finder: Arc<Finder>,
    fields: Vec<FieldPath>,
}

impl TarShard {
    pub(crate) fn open(
        path: &Arc<Path>,
        stream: Stream,
        options: &ReadOptions,
    ) -> Result<Self, ShardError> {
        let mut shard = Self {
            members: Members::new(path, stream, options.record_len_max),
            block_len: options.block_len,
            record_len_max: options.record_len_max,
            begun: None,
            broken: None,
            row_next: 0,
            sample: None,
            finder: Arc::new(Finder::new(options)),
            fields: vec![],
        };
        let Some(block) = shard.read_block()? else {
            return Err(ShardError::Empty {
                path: path.to_path_buf(),
            });
        };
        shard.fields = shard.finder.fields_of(&block.samples);
        // Without wanted fields every text is read; that there is none is told row by row.
        if shard.fields.is_empty() && !options.text_fields.is_empty() {
            let mut keys_seen: Vec<String> = vec![];
            for name in block.samples.iter().flat_map(Sample::names) {
                if keys_seen.len() < KEYS_MAX && !keys_seen.iter().any(|seen| seen == name) {
                    keys_seen.push(name.to_owned());
                }
            }
            return Err(ShardError::NoTextField {
                path: path.to_path_buf(),
                fields_wanted: options
                    .text_fields
                    .iter()
                    .map(FieldPath::to_string)
                    .collect(),
                keys_seen,
                records_seen: block.samples.len() as u64,
            });
        }
        shard.sample = Some(block);
        Ok(shard)
    }

    /// Those of the first samples.
    pub(crate) fn text_fields(&self) -> &[FieldPath] {
        &self.fields
    }

    pub(crate) fn next_block(&mut self) -> Result<Option<TarBlock>, ShardError> {
        match self.sample.take() {
            Some(block) => Ok(Some(block)),
            None => self.read_block(),
        }
    }

    fn read_block(&mut self) -> Result<Option<TarBlock>, ShardError> {
        let mut block = TarBlock {
            finder: Arc::clone(&self.finder),
            row_start: self.row_next,
            samples: vec![],
        };
        let mut len = 0;
        while len < self.block_len && block.samples.len() < SAMPLES_MAX {
            let Some(sample) = self.next_sample() else {
                break;
            };
            len += sample.len();
            block.samples.push(sample);
        }
        self.row_next += block.samples.len() as u64;
        if block.samples.is_empty() {
            return self.broken.take().map_or(Ok(None), Err);
        }
        Ok(Some(block))
    }

    /// The next sample; none at the end, or where the archive breaks off: the sample at the break is perhaps not whole,
    /// but what it holds is given.
    fn next_sample(&mut self) -> Option<Sample> {
        while self.broken.is_none() {
            let member: Member = match self.members.next() {
                Ok(Some(member)) => member,
                Ok(None) => break,
                Err(error) => {
                    self.broken = Some(error);
                    break;
                }
            };
            match &mut self.begun {
                Some(sample) if sample.is_of(&member) => sample.add(member, self.record_len_max),
                begun => {
                    let mut sample = Sample::of(&member);
                    sample.add(member, self.record_len_max);
                    if let Some(whole) = begun.replace(sample) {
                        return Some(whole);
                    }
                }
            }
        }
        self.begun.take()
    }
}

/// Some samples.
pub(crate) struct TarBlock {
    finder: Arc<Finder>,
    row_start: u64,
    samples: Vec<Sample>,
}

impl TarBlock {
    pub(crate) fn read_rows(&self, each: &mut dyn FnMut(Row<'_>)) {
        for (sample, row) in self.samples.iter().zip(self.row_start..) {
            self.finder.read_row(sample, row, each);
        }
    }
}

impl std::fmt::Debug for TarBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TarBlock")
            .field("row_start", &self.row_start)
            .finish_non_exhaustive()
    }
}
