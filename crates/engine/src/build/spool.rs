//! The passages of all logs in the order of their writing, each text once with all of its authors, in bounded memory.
//!
//! Sessions are read in any order. What does not fit into memory waits on the disk, sorted; that it did cannot be seen from
//! what comes out.

use std::cmp::Ordering;
use std::io;
use std::iter::Peekable;
use std::ops::Range;
use std::path::Path;

use seepage_index::{Author, Passage, Provenance, Sortable, Sorted, Sorter};
use seepage_logs::AuthoringOrder;
use serde::{Deserialize, Serialize};

/// One time that something was written: what, as a hash, its place in the canonical order, and by whom. The log is told by
/// its place among all files. No two have the same order.
#[derive(Debug, Serialize, Deserialize)]
struct Writing {
    content: u128,
    order: AuthoringOrder<u64>,
    author: Author,
}

/// Likewise, by the place of the text that an index keeps: the first that says the same.
#[derive(Debug, Serialize, Deserialize)]
struct OfText {
    text: AuthoringOrder<u64>,
    order: AuthoringOrder<u64>,
    author: Author,
}

/// A text that waits until all are read.
#[derive(Debug, Serialize, Deserialize)]
struct SpooledText {
    order: AuthoringOrder<u64>,
    text: String,
    spans: Vec<Range<u32>>,
}

/// Sorts by a key, and says what a value takes in memory.
macro_rules! sort_by {
    ($type:ty, $key:expr, $heap_len:expr) => {
        impl Ord for $type {
            fn cmp(&self, other: &Self) -> Ordering {
                let key: fn(&Self) -> _ = $key;
                key(self).cmp(&key(other))
            }
        }

        impl PartialOrd for $type {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                self.cmp(other).is_eq()
            }
        }

        impl Eq for $type {}

        impl Sortable for $type {
            fn heap_len(&self) -> usize {
                let heap_len: fn(&Self) -> usize = $heap_len;
                heap_len(self)
            }
        }
    };
}

sort_by!(Writing, |it| (it.content, it.order), |it| it.author.provenance.names_len());
sort_by!(OfText, |it| (it.text, it.order), |it| it.author.provenance.names_len());
sort_by!(SpooledText, |it| it.order, |it| it.text.capacity() + size_of_val(it.spans.as_slice()));

/// Takes passages in any order.
#[derive(Debug)]
pub(crate) struct Spool {
    texts: Sorter<SpooledText>,
    writings: Sorter<Writing>,
    of_texts: Sorter<OfText>,
}

impl Spool {
    /// Holds so many bytes of passages; what is more goes into files without a name in `directory`. A quarter comes on top to
    /// find out which of them say the same.
    pub(crate) fn new(directory: &Path, memory: usize) -> Self {
        Self {
            texts: Sorter::new(directory, memory),
            writings: Sorter::new(directory, memory / 8),
            of_texts: Sorter::new(directory, memory / 8),
        }
    }

    /// Takes a passage, whose authors are in canonical order; `order` says where each of them stands in it.
    pub(crate) fn push(
        &mut self,
        passage: Passage,
        order: &dyn Fn(&Provenance) -> AuthoringOrder<u64>,
    ) -> io::Result<()> {
        let content = passage.content();
        let Passage { authors, text, spans } = passage;
        let Some(first) = authors.first().map(|author| order(&author.provenance)) else {
            return Ok(());
        };
        for author in authors {
            let order = order(&author.provenance);
            self.writings.push(Writing { content, order, author })?;
        }
        self.texts.push(SpooledText { order: first, text, spans })
    }

    /// All passages, in order.
    pub(crate) fn finish(mut self) -> io::Result<Passages> {
        let mut first = None;
        for writing in self.writings.finish()? {
            let Writing { content, order, author } = writing?;
            let text = match first {
                Some((same, text)) if same == content => text,
                _ => order,
            };
            first = Some((content, text));
            self.of_texts.push(OfText { text, order, author })?;
        }
        Ok(Passages {
            texts: self.texts.finish()?,
            of_texts: self.of_texts.finish()?.peekable(),
            duplicates: 0,
        })
    }
}

/// Passages in the order of their writing; a text that says what an earlier one said is given once, with all authors.
#[derive(Debug)]
pub(crate) struct Passages {
    texts: Sorted<SpooledText>,
    of_texts: Peekable<Sorted<OfText>>,
    /// Texts so far that say what an earlier one said.
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
        for spooled in self.texts.by_ref() {
            let SpooledText { order, text, spans } = spooled?;
            let mut authors = vec![];
            while let Some(next) = self.of_texts.next_if(|next| match next {
                Ok(next) => next.text == order,
                Err(_) => true,
            }) {
                authors.push(next?.author);
            }
            if authors.is_empty() {
                self.duplicates += 1;
            } else {
                return Ok(Some(Passage { authors, text, spans }));
            }
        }
        Ok(None)
    }
}
