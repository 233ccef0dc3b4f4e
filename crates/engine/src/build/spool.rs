//! The passages of all logs in the order of their writing, each text once, in bounded memory.
//!
//! Sessions are read in any order. What does not fit into memory waits on the disk, sorted; that it did cannot be seen from
//! what comes out.

use std::cmp::Ordering;
use std::io;
use std::iter::Peekable;
use std::path::Path;

use seepage_index::{Passage, Sortable, Sorted, Sorter};
use seepage_logs::AuthoringOrder;
use serde::{Deserialize, Serialize};

/// What a passage says as a hash, and its place in the canonical order. Its log is told by its place among all files.
/// No two have the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Content {
    hash: u128,
    order: AuthoringOrder<u64>,
}

impl Sortable for Content {}

/// A passage that waits until all are read.
#[derive(Debug, Serialize, Deserialize)]
struct SpooledPassage {
    order: AuthoringOrder<u64>,
    passage: Passage,
}

impl PartialEq for SpooledPassage {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for SpooledPassage {}

impl PartialOrd for SpooledPassage {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SpooledPassage {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order.cmp(&other.order)
    }
}

impl Sortable for SpooledPassage {
    fn heap_len(&self) -> usize {
        self.passage.provenance.names_len()
            + self.passage.text.capacity()
            + size_of_val(self.passage.spans.as_slice())
    }
}

/// Takes passages in any order.
#[derive(Debug)]
pub(crate) struct Spool {
    passages: Sorter<SpooledPassage>,
    contents: Sorter<Content>,
    /// The contents that come again.
    repeats: Sorter<AuthoringOrder<u64>>,
}

impl Spool {
    /// Holds so many bytes of passages; what is more goes into files without a name in `directory`. A quarter comes on top to
    /// find out which of them say the same.
    pub(crate) fn new(directory: &Path, memory: usize) -> Self {
        Self {
            passages: Sorter::new(directory, memory),
            contents: Sorter::new(directory, memory / 8),
            repeats: Sorter::new(directory, memory / 8),
        }
    }

    /// Takes a passage that says what `content` names.
    pub(crate) fn push(
        &mut self,
        order: AuthoringOrder<u64>,
        content: u128,
        passage: Passage,
    ) -> io::Result<()> {
        self.contents.push(Content { hash: content, order })?;
        self.passages.push(SpooledPassage { order, passage })
    }

    /// All passages, in order.
    pub(crate) fn finish(mut self) -> io::Result<Passages> {
        let mut last = None;
        for content in self.contents.finish()? {
            let Content { hash, order } = content?;
            if last == Some(hash) {
                self.repeats.push(order)?;
            }
            last = Some(hash);
        }
        Ok(Passages {
            spooled: self.passages.finish()?,
            repeats: self.repeats.finish()?.peekable(),
            duplicates: 0,
        })
    }
}

/// Passages in the order of their writing, without those that say what an earlier one said.
#[derive(Debug)]
pub(crate) struct Passages {
    spooled: Sorted<SpooledPassage>,
    repeats: Peekable<Sorted<AuthoringOrder<u64>>>,
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
        for spooled in self.spooled.by_ref() {
            let SpooledPassage { order, passage } = spooled?;
            match self.repeats.peek() {
                Some(Ok(repeat)) if *repeat == order => {
                    self.repeats.next();
                    self.duplicates += 1;
                }
                Some(Err(_)) => return self.repeats.next().transpose().map(|_| None),
                _ => return Ok(Some(passage)),
            }
        }
        Ok(None)
    }
}
