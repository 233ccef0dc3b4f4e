//! The passages of all logs in the order of their writing, each text once, in bounded memory.
//!
//! Sessions are read in any order. What does not fit into memory waits on the disk, sorted; that it did cannot be seen from
//! what comes out.

use std::cmp::Ordering;
use std::io::{self, Read, Write};
use std::iter::Peekable;
use std::path::Path;

use seepage_index::{Passage, PassageId, Provenance, Sortable, Sorted, Sorter};

/// Where a passage stands in the order of writing: what has no time comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn {
    /// Milliseconds since 1970-01-01 UTC.
    authored_at: i64,
    /// The place of the log among all files.
    log: u64,
    log_line: u64,
    /// Among the texts of one session: a line may hold several.
    number: u64,
}

impl Turn {
    /// That of `passage`, the text with this number of its session, in the log at this place.
    pub(crate) fn of(passage: &Passage, log: u64, number: u64) -> Self {
        Self {
            authored_at: passage.provenance.authored_at.unwrap_or(i64::MAX),
            log,
            log_line: passage.provenance.log_line,
            number,
        }
    }
}

impl Sortable for Turn {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.authored_at.to_le_bytes())?;
        [self.log, self.log_line, self.number].iter().try_for_each(|number| put_u64(out, *number))
    }

    fn read(from: &mut impl Read) -> io::Result<Self> {
        Ok(Self {
            authored_at: take_u64(from)?.cast_signed(),
            log: take_u64(from)?,
            log_line: take_u64(from)?,
            number: take_u64(from)?,
        })
    }
}

/// What a passage says, and whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Content {
    hash: u128,
    turn: Turn,
}

impl Sortable for Content {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.hash.to_le_bytes())?;
        self.turn.write(out)
    }

    fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut hash = [0; 16];
        from.read_exact(&mut hash)?;
        Ok(Self { hash: u128::from_le_bytes(hash), turn: Turn::read(from)? })
    }
}

/// A passage that waits for its turn. No two have the same.
#[derive(Debug)]
struct Draft {
    turn: Turn,
    passage: Passage,
}

impl PartialEq for Draft {
    fn eq(&self, other: &Self) -> bool {
        self.turn == other.turn
    }
}

impl Eq for Draft {}

impl PartialOrd for Draft {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Draft {
    fn cmp(&self, other: &Self) -> Ordering {
        self.turn.cmp(&other.turn)
    }
}

impl Sortable for Draft {
    fn heap_len(&self) -> usize {
        self.passage.provenance.names_len()
            + self.passage.text.capacity()
            + size_of_val(self.passage.spans.as_slice())
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Passage { provenance: from, text, spans } = &self.passage;
        self.turn.write(out)?;
        for name in [&from.tool, &from.session_id, &from.kind, &from.log_path] {
            put_text(out, name)?;
        }
        for name in [&from.model, &from.message_id, &from.call_id, &from.cwd, &from.file_path] {
            put_optional(out, name.as_ref(), |out, name| put_text(out, name))?;
        }
        put_optional(out, from.authored_at, |out, at| put_u64(out, at.cast_unsigned()))?;
        put_optional(out, from.applied, |out, applied| put_u64(out, applied.into()))?;
        for number in [from.log_line, from.bytes_written, from.bytes_subtracted] {
            put_u64(out, number)?;
        }
        put_u64(out, from.family.0.into())?;
        put_text(out, text)?;
        put_u64(out, spans.len() as u64)?;
        for span in spans {
            put_u64(out, u64::from(span.start) << 32 | u64::from(span.end))?;
        }
        Ok(())
    }

    fn read(from: &mut impl Read) -> io::Result<Self> {
        let turn = Turn::read(from)?;
        let [tool, session_id, kind, log_path] = [(); 4].map(|()| take_text(from));
        let [model, message_id, call_id, cwd, file_path] =
            [(); 5].map(|()| take_optional(from, take_text));
        let provenance = Provenance {
            tool: tool?,
            model: model?,
            session_id: session_id?,
            message_id: message_id?,
            call_id: call_id?,
            cwd: cwd?,
            file_path: file_path?,
            kind: kind?,
            log_path: log_path?,
            authored_at: take_optional(from, take_u64)?.map(u64::cast_signed),
            applied: take_optional(from, take_u64)?.map(|applied| applied != 0),
            log_line: take_u64(from)?,
            bytes_written: take_u64(from)?,
            bytes_subtracted: take_u64(from)?,
            family: PassageId(take_u64(from)? as u32),
        };
        let text = take_text(from)?;
        let span = |from: &mut _| take_u64(from).map(|both| (both >> 32) as u32..both as u32);
        let spans = (0..take_u64(from)?).map(|_| span(from));
        let passage = Passage { provenance, text, spans: spans.collect::<Result<_, _>>()? };
        Ok(Self { turn, passage })
    }
}

fn put_u64(out: &mut impl Write, number: u64) -> io::Result<()> {
    out.write_all(&number.to_le_bytes())
}

fn take_u64(from: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    from.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn put_text(out: &mut impl Write, text: &str) -> io::Result<()> {
    put_u64(out, text.len() as u64)?;
    out.write_all(text.as_bytes())
}

fn take_text(from: &mut impl Read) -> io::Result<String> {
    let len = take_u64(from)?;
    let mut text = String::new();
    let read = from.take(len).read_to_string(&mut text)?;
    if (read as u64) < len {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(text)
}

fn put_optional<W: Write, T>(
    out: &mut W,
    value: Option<T>,
    put: impl FnOnce(&mut W, T) -> io::Result<()>,
) -> io::Result<()> {
    put_u64(out, value.is_some().into())?;
    value.map_or(Ok(()), |value| put(out, value))
}

fn take_optional<R: Read, T>(
    from: &mut R,
    take: impl FnOnce(&mut R) -> io::Result<T>,
) -> io::Result<Option<T>> {
    match take_u64(from)? {
        0 => Ok(None),
        _ => take(from).map(Some),
    }
}

/// Takes passages in any order.
#[derive(Debug)]
pub(crate) struct Spool {
    drafts: Sorter<Draft>,
    contents: Sorter<Content>,
    /// The contents that come again.
    repeats: Sorter<Turn>,
}

impl Spool {
    /// Holds so many bytes of passages; what is more goes into files without a name in `directory`. A quarter comes on top to
    /// find out which of them say the same.
    pub(crate) fn new(directory: &Path, memory: usize) -> Self {
        Self {
            drafts: Sorter::new(directory, memory),
            contents: Sorter::new(directory, memory / 8),
            repeats: Sorter::new(directory, memory / 8),
        }
    }

    /// Takes a passage that says what `content` names.
    pub(crate) fn push(&mut self, turn: Turn, content: u128, passage: Passage) -> io::Result<()> {
        let hash = content;
        self.contents.push(Content { hash, turn })?;
        self.drafts.push(Draft { turn, passage })
    }

    /// All passages, in order.
    pub(crate) fn finish(mut self) -> io::Result<Passages> {
        let mut last = None;
        for content in self.contents.finish()? {
            let Content { hash, turn } = content?;
            if last == Some(hash) {
                self.repeats.push(turn)?;
            }
            last = Some(hash);
        }
        Ok(Passages {
            drafts: self.drafts.finish()?,
            repeats: self.repeats.finish()?.peekable(),
            duplicates: 0,
        })
    }
}

/// Passages in the order of their writing, without those that say what an earlier one said.
#[derive(Debug)]
pub(crate) struct Passages {
    drafts: Sorted<Draft>,
    repeats: Peekable<Sorted<Turn>>,
    /// Passages left out so far.
    pub(crate) duplicates: u64,
}

impl Passages {
    /// The next passages, up to so many bytes of text, but at least one; none at the end.
    pub(crate) fn next_few(&mut self, len: usize) -> io::Result<Vec<Passage>> {
        let (mut few, mut few_len) = (vec![], 0);
        while few_len < len.max(1) {
            let Some(passage) = self.next()? else {
                break;
            };
            few_len += passage.text.len().max(1);
            few.push(passage);
        }
        Ok(few)
    }

    fn next(&mut self) -> io::Result<Option<Passage>> {
        for draft in self.drafts.by_ref() {
            let draft = draft?;
            match self.repeats.peek() {
                Some(Ok(turn)) if *turn == draft.turn => {
                    self.repeats.next();
                    self.duplicates += 1;
                }
                Some(Err(_)) => return self.repeats.next().transpose().map(|_| None),
                _ => return Ok(Some(draft.passage)),
            }
        }
        Ok(None)
    }
}
