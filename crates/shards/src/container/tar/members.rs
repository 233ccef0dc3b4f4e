//! The members of an archive, one after the other.

use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use tar::{EntryType, Header, PaxExtensions};

use crate::buffer_pool::{Buffer, fill};
use crate::catch_decoder_panic::DecodeFailure;
use crate::codec::expansion::ExpansionMax;
use crate::codec::stream::{Codec, DecodedStream};
use crate::container::format::recognise::{PREFIX_LEN, is_container, is_media, is_text};
use crate::container::placeholder::pointer;
use crate::error::ShardError;
use crate::options::ReadOptions;
use crate::record::SkipReason;

const BLOCK_LEN: usize = 512;

/// Of the names and other records that stand before a member: longer ones are damage.
const EXTENSION_LEN_MAX: u64 = 1 << 20;

/// A regular file of an archive, before its content is read.
pub(super) struct TarMember {
    pub(super) name: Vec<u8>,
    pub(super) len: u64,
}

pub(super) enum MemberContent {
    /// Where it lies among the texts of the block.
    Text(Range<usize>),
    /// Text that is too long, with its first bytes; the others are still to be read or skipped.
    Long(Vec<u8>),
    /// Known to hold no text, such as an image.
    Media,
    /// No text, or none that can be had.
    Unread(SkipReason),
}

pub(super) struct Members {
    path: Arc<Path>,
    codec: Codec,
    reader: BufReader<Box<dyn Read + Send>>,
    record_len_max: usize,
    /// The texts of a block are seldom longer.
    texts_len_max: usize,
    expansion_max: ExpansionMax,
    /// Of what was read, in bytes.
    offset: u64,
    /// Bytes of members that were decoded.
    decoded: u64,
    /// A block of zeros came, and no member behind it: archives may stand one behind the other.
    ended: bool,
}

/// What the records before a member say of it.
#[derive(Default)]
struct Extension {
    name: Option<Vec<u8>>,
    len: Option<u64>,
}

/// Whether a file begins with the header of a member.
pub(super) fn is_tar(prefix: &[u8]) -> bool {
    /// Where a header says `ustar`. Older ones do not, and only their sum tells them.
    const MAGIC_OFFSET: usize = 257;
    prefix.first_chunk::<BLOCK_LEN>().is_some_and(|block| {
        block[MAGIC_OFFSET..].starts_with(b"ustar") && has_right_sum(Header::from_byte_slice(block))
    })
}

/// The bytes of a header are summed up with blanks in place of their sum.
fn has_right_sum(header: &Header) -> bool {
    let bytes = header.as_bytes();
    let sum: u32 = bytes.iter().map(|&byte| u32::from(byte)).sum();
    let of_sum: u32 = bytes[148..156].iter().map(|&byte| u32::from(byte)).sum();
    header.cksum().is_ok_and(|wanted| wanted == sum - of_sum + 8 * u32::from(b' '))
}

/// Whether a member that looks like text is a pointer to data that is not here, or a container.
fn is_unread_text(text: &[u8]) -> bool {
    pointer(&text[..text.len().min(PREFIX_LEN)]).is_some() || is_container(text, true)
}

impl Members {
    pub(super) fn new(path: &Arc<Path>, stream: DecodedStream, options: &ReadOptions) -> Self {
        /// Decoders are slow near the end of what they are given to fill, and members are short.
        const BUFFER_LEN: usize = 256 << 10;
        Self {
            path: Arc::clone(path),
            codec: stream.codec,
            reader: BufReader::with_capacity(BUFFER_LEN, stream.reader),
            record_len_max: options.record_len_max,
            texts_len_max: options.block_len.saturating_add(options.record_len_max),
            expansion_max: options.expansion_max,
            offset: 0,
            decoded: 0,
            ended: false,
        }
    }

    /// The next file: a regular one, or one of a type that POSIX leaves open, which is to be read like it. Directories, links
    /// and devices have no content. Of the one before the content has to be read, a long one to its end.
    pub(super) fn next(&mut self) -> Result<Option<TarMember>, ShardError> {
        let mut extension = Extension::default();
        loop {
            let Some(header) = self.next_header()? else {
                return Ok(None);
            };
            let kind = header.entry_type();
            let len = header
                .entry_size()
                .map_err(|error| self.damaged(DecodeFailure::Decoder(Box::new(error))))?;
            match kind {
                EntryType::GNULongName => {
                    let mut name = self.read_extension(len)?;
                    // It ends with a zero.
                    name.truncate(memchr::memchr(0, &name).unwrap_or(name.len()));
                    extension.name = Some(name);
                }
                EntryType::XHeader => {
                    let records = self.read_extension(len)?;
                    extension.add_pax(&records);
                }
                EntryType::XGlobalHeader | EntryType::GNULongLink => {
                    self.read_extension(len)?;
                }
                EntryType::GNUSparse => {
                    return Err(ShardError::Unsupported {
                        path: self.path.to_path_buf(),
                        what: "a tar file with sparse members",
                    });
                }
                kind if kind.is_file() || kind == EntryType::Continuous || len > 0 => {
                    let len = extension.len.unwrap_or(len);
                    let name = extension.name.take();
                    let name = name.unwrap_or_else(|| header.path_bytes().into_owned());
                    return Ok(Some(TarMember { name, len }));
                }
                _ => extension = Extension::default(),
            }
        }
    }

    /// The next header, past zeros; `None` at the end.
    fn next_header(&mut self) -> Result<Option<Header>, ShardError> {
        let mut block = [0; BLOCK_LEN];
        loop {
            match self.fill(&mut block)? {
                BLOCK_LEN => {}
                0 if self.ended => return Ok(None),
                _ => return Err(self.cut()),
            }
            if block.iter().all(|&byte| byte == 0) {
                self.ended = true;
                continue;
            }
            let header = Header::from_byte_slice(&block).clone();
            if !has_right_sum(&header) {
                return Err(self.damaged(DecodeFailure::Fact("does not add up")));
            }
            self.ended = false;
            return Ok(Some(header));
        }
    }

    fn read_extension(&mut self, len: u64) -> Result<Vec<u8>, ShardError> {
        if len > EXTENSION_LEN_MAX {
            return Err(
                self.damaged(DecodeFailure::Fact("has a name or records of more than 1 MiB"))
            );
        }
        let mut bytes = vec![0; len as usize];
        if self.fill(&mut bytes)? != bytes.len() {
            return Err(self.cut());
        }
        self.skip_padding(len)?;
        Ok(bytes)
    }

    /// The content of the member that [`Self::next`] gave, behind `texts` if it is a text; decoded if it is compressed.
    pub(super) fn read_content(
        &mut self,
        member: &TarMember,
        texts: &mut Buffer,
    ) -> Result<MemberContent, ShardError> {
        let (len, start) = (member.len, texts.len());
        self.append(texts, len.min(PREFIX_LEN as u64))?;
        let prefix = &texts[start..];
        let rest = len.saturating_sub(prefix.len() as u64);
        let codec = Codec::of(prefix);
        let is_short = len <= self.record_len_max as u64;
        if codec == Codec::Plain && !is_text(prefix) {
            let content = if is_media(prefix) {
                MemberContent::Media
            } else if is_container(prefix, false) {
                MemberContent::Unread(SkipReason::Unsupported)
            } else {
                MemberContent::Unread(SkipReason::Binary)
            };
            texts.truncate(start);
            self.skip(rest)?;
            self.skip_padding(len)?;
            return Ok(content);
        }
        if codec == Codec::Plain && is_unread_text(prefix) {
            texts.truncate(start);
            self.skip(rest)?;
            self.skip_padding(len)?;
            return Ok(MemberContent::Unread(SkipReason::Unsupported));
        }
        if is_short {
            self.append(texts, rest)?;
            if (texts.len() - start) as u64 != len {
                return Err(self.cut());
            }
            self.skip_padding(len)?;
            if codec == Codec::Plain {
                return Ok(MemberContent::Text(start..texts.len()));
            }
            return self.decode(codec, texts, start);
        }
        let head = prefix.to_vec();
        texts.truncate(start);
        if codec != Codec::Plain {
            self.skip_long(member, &head)?;
            return Ok(MemberContent::Unread(SkipReason::TooLong));
        }
        Ok(MemberContent::Long(head))
    }

    /// Lets `read` read a long member, of which `head` was read already, to its end.
    pub(super) fn read_long(
        &mut self,
        member: &TarMember,
        head: &[u8],
        read: impl FnOnce(&mut dyn Read) -> io::Result<()>,
    ) -> Result<(), ShardError> {
        let len = member.len - head.len() as u64;
        let mut rest = (&mut self.reader).take(len);
        let result = read(&mut head.chain(&mut rest));
        let left = rest.limit();
        self.offset += len - left;
        result.map_err(|error| self.error(error))?;
        if left > 0 {
            return Err(self.cut());
        }
        self.skip_padding(member.len)
    }

    /// Steps over a long member, of which `head` was read already.
    pub(super) fn skip_long(&mut self, member: &TarMember, head: &[u8]) -> Result<(), ShardError> {
        self.skip(member.len - head.len() as u64)?;
        self.skip_padding(member.len)
    }

    /// Puts the text that the member from `start` on holds in its place. A text that is compressed is one all the same;
    /// what cannot be decoded is a container that is not read.
    fn decode(
        &mut self,
        codec: Codec,
        texts: &mut Buffer,
        start: usize,
    ) -> Result<MemberContent, ShardError> {
        let len_max = self.record_len_max;
        let mut text = vec![];
        let decoded = codec.decode(&texts[start..]).and_then(|decoded| {
            decoded.take((len_max as u64).saturating_add(1)).read_to_end(&mut text)
        });
        let is_decoded = decoded.is_ok();
        texts.truncate(start);
        // Each is held in bounds, but there may be many.
        self.decoded += text.len() as u64;
        let within = self.expansion_max.check(self.decoded, self.offset);
        within.map_err(|expanded| ShardError::expands(&self.path, expanded))?;
        Ok(if !is_decoded {
            MemberContent::Unread(SkipReason::Unsupported)
        } else if text.len() > len_max {
            MemberContent::Unread(SkipReason::TooLong)
        } else if is_media(&text) {
            MemberContent::Media
        } else if is_text(&text[..text.len().min(PREFIX_LEN)]) && !is_unread_text(&text) {
            let extended = texts.extend(&text);
            extended.map_err(|error| self.error(error))?;
            MemberContent::Text(start..texts.len())
        } else {
            MemberContent::Unread(SkipReason::Unsupported)
        })
    }

    /// Steps over the rest of a member.
    fn skip(&mut self, len: u64) -> Result<(), ShardError> {
        let copied = io::copy(&mut (&mut self.reader).take(len), &mut io::sink());
        let copied = copied.map_err(|error| self.error(error))?;
        self.offset += copied;
        if copied == len { Ok(()) } else { Err(self.cut()) }
    }

    /// A member of `len` bytes was read; steps to the next block.
    fn skip_padding(&mut self, len: u64) -> Result<(), ShardError> {
        let block_len = BLOCK_LEN as u64;
        let padding = (block_len - len % block_len) % block_len;
        let mut skipped = [0; BLOCK_LEN];
        if self.fill(&mut skipped[..padding as usize])? as u64 == padding {
            Ok(())
        } else {
            Err(self.cut())
        }
    }

    /// Reads `len` bytes behind `texts`, fewer at the end of the archive.
    fn append(&mut self, texts: &mut Buffer, len: u64) -> Result<(), ShardError> {
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let start = texts.len();
        let read = texts.read_from(&mut self.reader, len, self.texts_len_max);
        self.offset += (texts.len() - start) as u64;
        read.map(drop).map_err(|error| self.error(error))
    }

    /// Fills `bytes`, or as much of it as the archive still has.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<usize, ShardError> {
        let (filled, ended) = fill(&mut self.reader, bytes);
        self.offset += filled as u64;
        ended.map(|()| filled).map_err(|error| self.error(error))
    }

    pub(super) fn error(&self, error: io::Error) -> ShardError {
        self.codec.error(&self.path, error)
    }

    fn cut(&self) -> ShardError {
        ShardError::Truncated { path: self.path.to_path_buf(), what: "tar file", source: None }
    }

    fn damaged(&self, failure: DecodeFailure) -> ShardError {
        failure.at(&self.path, &format!("the tar header before byte {}", self.offset))
    }
}

impl Extension {
    /// Records that cannot be read say nothing; the header holds a shortened name in their place.
    fn add_pax(&mut self, records: &[u8]) {
        for record in PaxExtensions::new(records).flatten() {
            match record.key_bytes() {
                b"path" => self.name = Some(record.value_bytes().to_vec()),
                b"size" => self.len = record.value().ok().and_then(|len| len.parse().ok()),
                _ => {}
            }
        }
    }
}
