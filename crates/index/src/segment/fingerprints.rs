//! `fingerprints.bin`: which passages hold a fingerprint.
//!
//! A probe asks the filter, then the lines, then reads the payload of a slot: a passage, or the offset of a list of
//! passages among the postings.

pub(crate) mod hash_table;
pub(crate) mod header;
pub(crate) mod postings;
pub(crate) mod write;

use std::io;
use std::ops::{ControlFlow, Range};

use seepage_fingerprint::{Analyzer, Backend, Fingerprint, filter, prefetch};

use crate::mmap::{Memory, Resident, STEP_LEN};
use crate::segment::fingerprints::hash_table::{LINE_LEN, LINE_SLOTS, TAG_EMPTY};
use crate::segment::fingerprints::header::{
    FINGERPRINTS_OFFSET, FORMAT, KEYS_MAX, PASSAGES_OFFSET, POSTINGS_OFFSET, RULES_OFFSET,
    TableCounts, fields,
};
use crate::segment::fingerprints::postings::LIST_BIT;
use crate::segment::sections::{Checksum, Flaw, HEADER, u32_at, u64_at};

/// Where the sections of a table lie, and what its header counts.
struct TableLayout {
    counts: TableCounts,
    filter: Range<usize>,
    lines: Range<usize>,
    payload: Range<usize>,
    postings: Range<usize>,
}

impl TableLayout {
    /// Checks header, checksums and lengths.
    fn check(memory: &impl Memory, expected: &Checksum, analyzer: &Analyzer) -> Result<Self, Flaw> {
        let sections = FORMAT.check(memory, expected)?;
        let bytes = memory.as_ref();
        let [filter, lines, payload, postings] =
            <[_; 4]>::try_from(sections).expect("the format has four sections");
        let header = &bytes[..FORMAT.header_len];
        let counts = TableCounts {
            passages: u32_at(header, PASSAGES_OFFSET),
            fingerprints: u64_at(header, FINGERPRINTS_OFFSET),
            postings: u64_at(header, POSTINGS_OFFSET),
        };
        if header[RULES_OFFSET..FORMAT.sections_offset] != fields(analyzer, &counts) {
            let fact = "has other rules or schemes than the manifest";
            return Err(Flaw::new(HEADER, fact));
        }
        let parts = Self { counts, filter, lines, payload, postings };
        parts.check_lens()?;
        Ok(parts)
    }

    fn check_lens(&self) -> Result<(), Flaw> {
        let keys = self.counts.fingerprints;
        if keys > KEYS_MAX || self.counts.passages & LIST_BIT != 0 {
            return Err(Flaw::new(HEADER, "counts more than an index can hold"));
        }
        let lines_len = hash_table::line_count(keys) * LINE_LEN as u64;
        let expected = [
            ("filter", &self.filter, filter::word_count(keys) * 8),
            ("lines", &self.lines, lines_len),
            ("payload", &self.payload, lines_len),
        ];
        for (name, section, len) in expected {
            if section.len() as u64 != len {
                return Err(Flaw::new(name, "has the wrong length"));
            }
        }
        Ok(())
    }
}

/// What the slots of a table hold, as far as they were looked at.
#[derive(Default)]
struct SlotCounts {
    keys: u64,
    postings: u64,
    /// Bytes of lists.
    lists_len: u64,
}

/// An opened table over the bytes of a file.
#[derive(Debug)]
pub(crate) struct Fingerprints<B> {
    bytes: B,
    counts: TableCounts,
    filter: Resident,
    backend: Backend,
    lines: Range<usize>,
    payload: Range<usize>,
    postings: Range<usize>,
}

impl<B: Memory> Fingerprints<B> {
    /// Checks everything in `bytes`, and that they belong to this analyzer. The filter is copied: each probe reads it.
    ///
    /// The outer error is that of the memory for the copy.
    pub(crate) fn open(
        bytes: B,
        expected: &Checksum,
        analyzer: &Analyzer,
    ) -> io::Result<Result<Self, Flaw>> {
        let parts = match TableLayout::check(&bytes, expected, analyzer) {
            Ok(parts) => parts,
            Err(flaw) => return Ok(Err(flaw)),
        };
        let opened = Self {
            filter: Resident::copy(&bytes, parts.filter)?,
            backend: Backend::current(),
            bytes,
            counts: parts.counts,
            lines: parts.lines,
            payload: parts.payload,
            postings: parts.postings,
        };
        Ok(opened.check_slots().map(|()| opened))
    }

    pub(crate) fn counts(&self) -> TableCounts {
        self.counts
    }

    /// Checks each slot and each list, so that a probe meets only passages that exist.
    fn check_slots(&self) -> Result<(), Flaw> {
        let mut seen = SlotCounts::default();
        let slots_len = self.lines.len();
        for start in (0..slots_len).step_by(STEP_LEN) {
            let step = start..slots_len.min(start + STEP_LEN);
            let of = |section: &Range<usize>| section.start + step.start..section.start + step.end;
            let (lines, payload) = (of(&self.lines), of(&self.payload));
            let (tags, _) = self.section(&lines).as_chunks::<4>();
            let (payloads, _) = self.section(&payload).as_chunks::<4>();
            for (tag, payload) in tags.iter().zip(payloads) {
                self.check_slot(u32::from_le_bytes(*tag), u32::from_le_bytes(*payload), &mut seen)?;
            }
            self.bytes.release(lines);
            self.bytes.release(payload);
        }
        if seen.keys != self.counts.fingerprints {
            return Err(Flaw::new("lines", "holds another count than the header"));
        }
        if seen.postings != self.counts.postings || seen.lists_len != self.postings.len() as u64 {
            return Err(Flaw::new("postings", "holds another count than the header"));
        }
        Ok(())
    }

    fn check_slot(&self, tag: u32, payload: u32, seen: &mut SlotCounts) -> Result<(), Flaw> {
        if tag == TAG_EMPTY {
            let is_empty = payload == 0;
            let flaw = || Flaw::new("payload", "has a value for an empty slot");
            return is_empty.then_some(()).ok_or_else(flaw);
        }
        seen.keys += 1;
        if payload & LIST_BIT == 0 {
            seen.postings += 1;
            let exists = payload < self.counts.passages;
            let flaw = || Flaw::new("payload", "names a passage that does not exist");
            return exists.then_some(()).ok_or_else(flaw);
        }
        let list = self.list(payload);
        self.check_list(list)?;
        seen.postings += list.len() as u64;
        seen.lists_len += 4 + 4 * list.len() as u64;
        // Said at once: a forged table could lead all of its slots to one long list.
        let fits = seen.lists_len <= self.postings.len() as u64;
        fits.then_some(()).ok_or_else(|| Flaw::new("postings", "is led to twice"))
    }

    fn check_list(&self, list: &[[u8; 4]]) -> Result<(), Flaw> {
        if list.len() < 2 {
            return Err(Flaw::new("postings", "has a list of an impossible length"));
        }
        let mut floor = 0;
        for passage in list {
            let passage = u32::from_le_bytes(*passage);
            if passage < floor || passage >= self.counts.passages {
                let fact = "has a list that is out of order or names a passage that does not exist";
                return Err(Flaw::new("postings", fact));
            }
            floor = passage + 1;
        }
        Ok(())
    }

    fn section(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.as_ref().get(range.clone()).unwrap_or_default()
    }

    /// The list that a payload leads to; empty if it leads nowhere.
    fn list(&self, payload: u32) -> &[[u8; 4]] {
        let (numbers, _) = self.section(&self.postings).as_chunks::<4>();
        let start = (payload & !LIST_BIT) as usize;
        numbers
            .get(start)
            .and_then(|count| {
                let start = start + 1;
                let end = start.checked_add(u32::from_le_bytes(*count) as usize)?;
                numbers.get(start..end)
            })
            .unwrap_or_default()
    }

    /// Asks for the memory in which [`Self::sift`] will look.
    #[inline]
    pub(crate) fn prefetch(&self, fingerprints: &[Fingerprint]) {
        self.backend.prefetch_words(self.filter.as_ref(), fingerprints);
    }

    /// Appends the places of those `fingerprints` that pass the filter, and asks for the memory in which [`Self::holds`]
    /// will look.
    pub(crate) fn sift(&self, fingerprints: &[Fingerprint], passed: &mut Vec<u32>) {
        let start = passed.len();
        self.backend.passing(self.filter.as_ref(), fingerprints, 0, passed);
        let lines = self.section(&self.lines);
        for &at in &passed[start..] {
            prefetch(lines, hash_table::home(lines, fingerprints[at as usize]));
        }
    }

    /// Whether a probe of what passed the filter would give passages.
    pub(crate) fn holds(&self, fingerprint: Fingerprint) -> bool {
        let mut found = false;
        hash_table::find(self.section(&self.lines), fingerprint, |_| found = true);
        found
    }

    /// Whether a probe of what passed the filter would give passages of which one `is_live`.
    pub(crate) fn holds_any(
        &self,
        fingerprint: Fingerprint,
        is_live: impl Fn(u32) -> bool,
    ) -> bool {
        let mut found = false;
        self.each_of(fingerprint, &mut |passage| {
            found = is_live(passage);
            if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        found
    }

    /// Whether the fingerprint passes the filter. If not, no passage holds it.
    #[inline]
    pub(crate) fn may_hold(&self, fingerprint: Fingerprint) -> bool {
        filter::may_hold(self.filter.as_ref(), fingerprint)
    }

    /// Gives the passages that hold `fingerprint` to `each`, until it breaks off. They ascend, but where two fingerprints
    /// have one tag: then there are two such lists, and a passage may come twice.
    pub(crate) fn each_of(
        &self,
        fingerprint: Fingerprint,
        each: &mut dyn FnMut(u32) -> ControlFlow<()>,
    ) {
        let mut flow = ControlFlow::Continue(());
        hash_table::find(self.section(&self.lines), fingerprint, |slot| {
            if flow.is_continue() {
                flow = self.each_in(slot, each);
            }
        });
    }

    /// Likewise with the passages in a slot.
    fn each_in(
        &self,
        slot: usize,
        each: &mut dyn FnMut(u32) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let (payloads, _) = self.section(&self.payload).as_chunks::<4>();
        debug_assert_eq!(payloads.len() % LINE_SLOTS, 0);
        let Some(payload) = payloads.get(slot) else {
            return ControlFlow::Continue(());
        };
        let payload = u32::from_le_bytes(*payload);
        if payload & LIST_BIT == 0 {
            return each(payload);
        }
        self.list(payload).iter().try_for_each(|passage| each(u32::from_le_bytes(*passage)))
    }
}
