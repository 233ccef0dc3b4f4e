//! tar, as WebDataset writes it: neighbouring members of one key (the name up to the first dot of its last part) are one
//! sample, a record with a text for each member that is text. Any other tar is read the same way.
//!
//! The headers are parsed by the `tar` crate, the archive is walked here: front to back, with every length checked, and
//! with an error for an archive that ends without its mark.

mod members;
mod samples;

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::buffer_pool::{Buffer, BufferPool};
use crate::codec::stream::Codec;
use crate::container::format::interface::{BlockRows, Container, Format, UnopenedShard};
use crate::container::format::recognise::has_binary_part;
use crate::container::format::row_sink::RowSink;
use crate::container::tar::members::{MemberContent, Members, TarMember, is_tar};
use crate::container::tar::samples::{SampleReader, TarSample};
use crate::error::ShardError;
use crate::fields::choose::KEYS_MAX;
use crate::fields::path::FieldPath;
use crate::options::ReadOptions;
use crate::record::SkipReason;

pub(crate) static FORMAT: Format =
    Format { name: "tar", about: Some("tar (WebDataset)"), extensions: &["tar"], open };

fn open(
    shard: &UnopenedShard,
    options: &ReadOptions,
) -> Result<Option<Box<dyn Container>>, ShardError> {
    let head = shard.head()?;
    // The formats before this one have a magic that says more than the name of a file. From here on, a file that is named
    // like a compressed one has to be one. Few bytes may be text by chance; no compressed file is that short.
    let may_be_plain = head.is_text && head.prefix.len() >= 4;
    if head.codec == Codec::Plain && shard.name.compressed && !may_be_plain {
        return Err(shard.not_as_named("it does not begin like a compressed file"));
    }
    if is_tar(&head.prefix) {
        return Ok(Some(Box::new(TarShard::open(shard, options)?)));
    }
    if FORMAT.extensions.contains(&shard.name.extension.as_str()) {
        return Err(shard.not_as_named("it does not begin like a tar file"));
    }
    Ok(None)
}

/// A block holds at most this many samples, however short they are.
const SAMPLES_MAX: usize = 4096;

/// An open archive.
struct TarShard {
    members: Members,
    /// Read to see that it is of another key; its content was not.
    ahead: Option<TarMember>,
    block_len: usize,
    record_len_max: usize,
    pool: Arc<BufferPool>,
    /// What was read of it lies among the texts of the block in hand.
    begun: Option<TarSample>,
    /// An error behind samples that are still to be given.
    broken: Option<ShardError>,
    row_next: u64,
    /// The samples by which the fields were chosen, to be given first.
    first: Option<TarBlock>,
    reader: Arc<SampleReader>,
    fields: Vec<FieldPath>,
}

impl TarShard {
    fn open(unopened: &UnopenedShard, options: &ReadOptions) -> Result<Self, ShardError> {
        let path = &unopened.path;
        let mut shard = Self {
            members: Members::new(path, unopened.stream(options)?, options),
            ahead: None,
            pool: Arc::default(),
            block_len: options.block_len,
            record_len_max: options.record_len_max,
            begun: None,
            broken: None,
            row_next: 0,
            first: None,
            reader: Arc::new(SampleReader::new(options)),
            fields: vec![],
        };
        let Some(block) = shard.read_block()? else {
            return Err(ShardError::Empty { path: path.to_path_buf() });
        };
        shard.fields = shard.reader.fields_of(&block.samples, &block.texts);
        let has_long = block.samples.iter().any(|sample| sample.spilled.is_some());
        // Without wanted fields every text is read; that there is none is told row by row.
        if shard.fields.is_empty() && !options.text_fields.is_empty() && !has_long {
            let mut keys_seen: Vec<String> = vec![];
            for name in block.samples.iter().flat_map(TarSample::names) {
                if keys_seen.len() < KEYS_MAX && !keys_seen.iter().any(|seen| seen == name) {
                    keys_seen.push(name.to_owned());
                }
            }
            return Err(ShardError::NoTextField {
                path: path.to_path_buf(),
                fields_wanted: options.text_fields.iter().map(FieldPath::to_string).collect(),
                keys_seen,
                records_seen: block.samples.len() as u64,
            });
        }
        shard.first = Some(block);
        Ok(shard)
    }

    fn read_block(&mut self) -> Result<Option<TarBlock>, ShardError> {
        let (mut texts, mut samples) = (self.pool.take(), vec![]);
        let mut len = 0;
        while len < self.block_len as u64 && samples.len() < SAMPLES_MAX {
            let Some(sample) = self.next_sample(&mut texts) else {
                break;
            };
            len += sample.len;
            samples.push(sample);
        }
        if samples.is_empty() {
            return self.broken.take().map_or(Ok(None), Err);
        }
        Ok(Some(TarBlock { reader: Arc::clone(&self.reader), texts, samples }))
    }

    /// The next sample; none at the end, or where the archive breaks off: the sample at the break is perhaps not whole,
    /// but what it holds is given.
    fn next_sample(&mut self, texts: &mut Buffer) -> Option<TarSample> {
        while self.broken.is_none() {
            match self.next_member(texts) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(sample)) => return sample,
                Err(error) => self.broken = Some(error),
            }
        }
        self.begun.take()
    }

    /// Takes the next member. Breaks with a sample that ends before it, or with what there is at the end.
    fn next_member(
        &mut self,
        texts: &mut Buffer,
    ) -> Result<ControlFlow<Option<TarSample>>, ShardError> {
        let ahead = match self.ahead.take() {
            None => self.members.next()?,
            ahead => ahead,
        };
        let Some(member) = ahead else {
            return Ok(ControlFlow::Break(self.begun.take()));
        };
        if let Some(whole) = self.begun.take_if(|sample| !sample.is_of(&member)) {
            self.ahead = Some(member);
            return Ok(ControlFlow::Break(Some(whole)));
        }
        let content = self.members.read_content(&member, texts)?;
        let sample = self.begun.get_or_insert_with(|| {
            self.row_next += 1;
            TarSample::of(&member, self.row_next - 1)
        });
        match content {
            MemberContent::Media => sample.bytes_not_text += member.len,
            MemberContent::Unread(reason) => sample.leave_out(reason),
            MemberContent::Text(text) if sample.has_room(text.len(), self.record_len_max) => {
                if has_binary_part(&texts[text.clone()]) {
                    sample.leave_out(SkipReason::Binary);
                }
                sample.add(&member, text);
            }
            MemberContent::Text(text) => {
                let field = TarSample::label(&member);
                if self.reader.wants(&field) {
                    let spilled = sample.spill(&field, &mut &texts[text.clone()]);
                    spilled.map_err(|error| self.members.error(error))?;
                }
                texts.truncate(text.start);
            }
            MemberContent::Long(head) => {
                let field = TarSample::label(&member);
                if self.reader.wants(&field) {
                    self.members.read_long(&member, &head, |text| sample.spill(&field, text))?;
                } else {
                    self.members.skip_long(&member, &head)?;
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl Container for TarShard {
    /// Those of the first samples.
    fn text_fields(&self) -> &[FieldPath] {
        &self.fields
    }

    fn next_block(&mut self) -> Result<Option<Box<dyn BlockRows>>, ShardError> {
        let block = match self.first.take() {
            Some(block) => Some(block),
            None => self.read_block()?,
        };
        Ok(block.map(|block| Box::new(block) as _))
    }
}

/// Some samples.
struct TarBlock {
    reader: Arc<SampleReader>,
    /// Of all members, one behind the other.
    texts: Buffer,
    samples: Vec<TarSample>,
}

impl BlockRows for TarBlock {
    /// A sample that is not suspect is passed over if all of its texts are read.
    fn read(&self, sink: &mut RowSink<'_>) -> Result<(), ShardError> {
        let texts_of = |&place: &usize, texts: &mut Vec<_>| {
            let sample = &self.samples[place];
            let may_pass = self.reader.is_found_by_itself() && sample.may_pass();
            may_pass.then(|| {
                texts.extend(sample.raw_texts(&self.texts));
                sample.bytes_not_text
            })
        };
        sink.read_suspects(0..self.samples.len(), texts_of, |place, sink| {
            self.reader.read_row(&self.samples[place], &self.texts, sink);
            Ok(())
        })
    }
}
