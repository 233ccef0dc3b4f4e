//! tar, as WebDataset writes it: neighbouring members of one key (the name up to the first dot of its last part) are one
//! sample, a record with a text for each member that is text. Any other tar is read the same way.
//!
//! The headers are parsed by the `tar` crate, the archive is walked here: front to back, with every length checked, and
//! with an error for an archive that ends without its mark.

mod members;
mod rows;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use crate::choose::KEYS_MAX;
use crate::preview::give_suspects;
use crate::recycle::{Buffer, Pool};
use crate::stream::Stream;
use crate::stretch::StretchBlock;
use crate::{FieldPath, Preview, ReadOptions, Row, ShardError};
pub(crate) use members::is_tar;
use members::{Member, MemberContent, Members};
use rows::{Finder, Sample};

/// A block is given when it holds so many samples, however short they are.
const SAMPLES_MAX: usize = 4096;

/// An open archive.
pub(crate) struct TarShard {
    members: Members,
    /// Read to see that it is of another key; its content was not.
    ahead: Option<Member>,
    block_len: usize,
    record_len_max: usize,
    pool: Arc<Pool>,
    /// What was read of it lies among the texts of the block in hand.
    begun: Option<Sample>,
    /// The field of a member of that sample that is too long, being read.
    long: Option<String>,
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
            members: Members::new(path, stream, options),
            ahead: None,
            pool: Arc::default(),
            block_len: options.block_len,
            record_len_max: options.record_len_max,
            begun: None,
            long: None,
            broken: None,
            row_next: 0,
            sample: None,
            finder: Arc::new(Finder::new(options)),
            fields: vec![],
        };
        let Some(block) = shard.read_block()? else {
            return Err(ShardError::Empty { path: path.to_path_buf() });
        };
        shard.fields = shard.finder.fields_of(block.samples(), &block.texts);
        let has_long = block.samples().count() < block.items.len();
        // Without wanted fields every text is read; that there is none is told row by row.
        if shard.fields.is_empty() && !options.text_fields.is_empty() && !has_long {
            let mut keys_seen: Vec<String> = vec![];
            for name in block.samples().flat_map(Sample::names) {
                if keys_seen.len() < KEYS_MAX && !keys_seen.iter().any(|seen| seen == name) {
                    keys_seen.push(name.to_owned());
                }
            }
            return Err(ShardError::NoTextField {
                path: path.to_path_buf(),
                fields_wanted: options.text_fields.iter().map(FieldPath::to_string).collect(),
                keys_seen,
                records_seen: block.items.len() as u64,
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
        let mut block =
            TarBlock { finder: Arc::clone(&self.finder), texts: self.pool.take(), items: vec![] };
        let mut len = 0;
        while len < self.block_len && block.items.len() < SAMPLES_MAX {
            let Some(item) = self.next_item(&mut block.texts) else {
                break;
            };
            len += match &item {
                Item::Sample(sample) => sample.len(),
                Item::Stretch(block) => block.stretch.bytes.len(),
            };
            block.items.push(item);
        }
        if block.items.is_empty() {
            return self.broken.take().map_or(Ok(None), Err);
        }
        Ok(Some(block))
    }

    /// The next sample; none at the end, or where the archive breaks off: the sample at the break is perhaps not whole,
    /// but what it holds is given.
    fn next_item(&mut self, texts: &mut Buffer) -> Option<Item> {
        while self.broken.is_none() {
            match self.try_next_item(texts) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(None)) => break,
                Ok(ControlFlow::Break(item)) => return item,
                Err(error) => self.broken = Some(error),
            }
        }
        let sample = self.begun.take().filter(|sample| !sample.is_given());
        sample.map(Item::Sample)
    }

    /// Takes the next member, or the next stretch of one that is too long, if that makes an item. Breaks without one at
    /// the end. A sample is given before the next one is begun, so that all of it lies in one block.
    fn try_next_item(
        &mut self,
        texts: &mut Buffer,
    ) -> Result<ControlFlow<Option<Item>>, ShardError> {
        if let (Some(field), Some(sample)) = (&self.long, &mut self.begun) {
            let Some(stretch) = self.members.next_stretch()? else {
                self.long = None;
                return Ok(ControlFlow::Continue(()));
            };
            if !self.finder.wants(field) {
                return Ok(ControlFlow::Continue(()));
            }
            let (row, extent) = sample.place_of_part();
            return Ok(ControlFlow::Break(Some(Item::Stretch(StretchBlock {
                row,
                extent,
                field: field.clone(),
                stretch,
            }))));
        }
        let ahead = match self.ahead.take() {
            None => self.members.next()?,
            ahead => ahead,
        };
        let Some(member) = ahead else {
            return Ok(ControlFlow::Break(None));
        };
        if let Some(whole) = self.begun.take_if(|sample| !sample.is_of(&member)) {
            self.ahead = Some(member);
            return Ok(give(Some(whole).filter(|sample| !sample.is_given())));
        }
        let content = self.members.read_content(&member, texts)?;
        if matches!(content, MemberContent::Long) {
            self.long = Some(Sample::label(&member));
        }
        let sample = self.begun.get_or_insert_with(|| {
            self.row_next += 1;
            Sample::of(&member, self.row_next - 1)
        });
        sample.add(&member, content);
        let is_cut = self.long.is_some() || sample.is_full(self.record_len_max);
        Ok(give(is_cut.then(|| sample.take_part()).flatten()))
    }
}

fn give(sample: Option<Sample>) -> ControlFlow<Option<Item>> {
    match sample {
        Some(sample) => ControlFlow::Break(Some(Item::Sample(sample))),
        None => ControlFlow::Continue(()),
    }
}

/// What is given of an archive at once.
enum Item {
    Sample(Sample),
    /// Of a member that is too long.
    Stretch(StretchBlock),
}

/// Some samples.
pub(crate) struct TarBlock {
    finder: Arc<Finder>,
    /// Of all members, one behind the other.
    texts: Buffer,
    items: Vec<Item>,
}

impl TarBlock {
    fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.items.iter().filter_map(|item| match item {
            Item::Sample(sample) => Some(sample),
            Item::Stretch(_) => None,
        })
    }

    /// With a preview, a sample that it does not point to is given to nobody, if all of its texts would be.
    pub(crate) fn read_rows(
        &self,
        preview: Option<&mut dyn Preview>,
        each: &mut dyn FnMut(Row<'_>),
    ) -> Result<(), ShardError> {
        let mut give = |item: &Item| {
            match item {
                Item::Sample(sample) => self.finder.read_row(sample, &self.texts, each),
                Item::Stretch(stretch) => stretch.read_rows(each),
            }
            Ok(())
        };
        let Some(preview) = preview.filter(|_| self.finder.is_found_by_itself()) else {
            return self.items.iter().try_for_each(&mut give);
        };
        let places = 0..self.items.len();
        let texts_of =
            |&place: &usize, texts: &mut Vec<_>| self.texts_of(&self.items[place], texts);
        give_suspects(preview, places, texts_of, |place| give(&self.items[place]))
    }

    /// For a preview; says whether it may pass the item.
    fn texts_of<'t>(&'t self, item: &'t Item, texts: &mut Vec<&'t [u8]>) -> bool {
        match item {
            Item::Sample(sample) if sample.may_pass() => {
                texts.extend(sample.raw_texts(&self.texts));
                true
            }
            _ => false,
        }
    }
}

impl std::fmt::Debug for TarBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TarBlock").field("items", &self.items.len()).finish_non_exhaustive()
    }
}
