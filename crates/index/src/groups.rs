//! Sorted pairs as the table has them: one fingerprint after the other, each with the passages that are kept of it.

use std::io;

use seepage_fingerprint::Fingerprint;

use crate::pairs::{PairReader, Pairs};
use crate::sorter::Pair;

/// A fingerprint in more passages than this says little about any; the first ones are kept and the rest counted.
pub(crate) const POSTINGS_MAX: usize = 64;
/// The payload of a slot with this bit is an offset among the postings, counted in numbers of 4 bytes.
pub(crate) const LIST_BIT: u32 = 1 << 31;

/// Where a group begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Its first pair.
    pair: u64,
    /// Among the postings, in numbers of 4 bytes: where its list goes, if it has one.
    pub(crate) list: u64,
}

/// Reads groups. The one at hand is described by the fields.
#[derive(Debug)]
pub(crate) struct Groups<'p> {
    pairs: PairReader<'p>,
    /// The first pair of the group behind the one at hand.
    ahead: Option<Pair>,
    /// The beginning of the group behind the one at hand.
    next: Mark,
    /// The beginning of the group at hand.
    pub(crate) mark: Mark,
    /// The passages that are kept of the group at hand, ascending.
    pub(crate) passages: Vec<u32>,
    /// Passages left out of the group at hand.
    pub(crate) capped: u64,
}

impl<'p> Groups<'p> {
    /// Reads from a group on that begins at `mark`.
    pub(crate) fn read_from(pairs: &'p Pairs, mark: Mark) -> io::Result<Self> {
        let mut pairs = pairs.read_from(mark.pair)?;
        Ok(Self { ahead: pairs.next()?, pairs, next: mark, mark, passages: vec![], capped: 0 })
    }

    /// Goes on to the next group, and gives its fingerprint.
    pub(crate) fn next(&mut self) -> io::Result<Option<Fingerprint>> {
        let Some((fingerprint, first)) = self.ahead else {
            return Ok(None);
        };
        self.mark = self.next;
        self.passages.clear();
        self.passages.push(first);
        self.capped = 0;
        let mut last = first;
        self.ahead = loop {
            self.next.pair += 1;
            match self.pairs.next()? {
                Some((other, passage)) if other == fingerprint => {
                    // Repeats say nothing new.
                    if passage == last {
                        continue;
                    }
                    last = passage;
                    if self.passages.len() < POSTINGS_MAX {
                        self.passages.push(passage);
                    } else {
                        self.capped += 1;
                    }
                }
                ahead => break ahead,
            }
        };
        if self.has_list() {
            self.next.list += 1 + self.passages.len() as u64;
        }
        Ok(Some(Fingerprint(fingerprint)))
    }

    /// Whether the passages of the group at hand stand among the postings.
    pub(crate) fn has_list(&self) -> bool {
        self.passages.len() > 1
    }

    /// What the slot of the group at hand holds. The lists were seen to be few enough for an offset of 31 bits.
    pub(crate) fn payload(&self) -> u32 {
        if self.has_list() { LIST_BIT | self.mark.list as u32 } else { self.passages[0] }
    }
}
