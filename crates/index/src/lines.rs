//! The table behind the filter: lines of 16 tags, one cache line each, open addressing from line to line.
//!
//! A tag is the low half of a fingerprint and its home line comes from the high half, so a slot may answer for another
//! fingerprint than its own: at 16 tags a line that is one probe in 2^28 that passed the filter. Two fingerprints of one
//! index with equal tags and neighbouring lines both keep their slots, and a probe gives those of both: more, never less.

use seepage_fingerprint::Fingerprint;
use seepage_fingerprint::filter::place;

/// Tags of 4 bytes in a cache line of 64.
pub(crate) const LINE_SLOTS: usize = 16;
/// Bytes of a line.
pub(crate) const LINE_LEN: usize = 4 * LINE_SLOTS;
/// Lines are filled to 70 % on average: less wastes memory, more makes probes run over into the next line.
pub(crate) const LOAD_PERCENT: u64 = 70;
/// The tag of a slot that holds nothing.
pub(crate) const TAG_EMPTY: u32 = 0;

/// Lines for so many keys; there is always an empty slot.
pub(crate) fn line_count(keys: u64) -> u64 {
    (keys * 100).div_ceil(LOAD_PERCENT * LINE_SLOTS as u64)
}

/// The tag of a fingerprint; never that of an empty slot.
#[inline]
pub(crate) fn tag(fingerprint: Fingerprint) -> u32 {
    (fingerprint.0 as u32).max(1)
}

/// Fills a table from fingerprints in ascending order.
#[derive(Debug)]
pub(crate) struct LinesBuilder {
    tags: Vec<u32>,
    payloads: Vec<u32>,
    lines: usize,
    /// The line and slot where the last one went. Homes ascend, so no line from its home to there has room. Counts on
    /// behind the last line, where the table goes on with its first.
    line: usize,
    /// Slots taken, by line.
    taken: Vec<u8>,
}

impl LinesBuilder {
    pub(crate) fn new(keys: u64) -> Self {
        let lines = line_count(keys) as usize;
        Self {
            tags: vec![TAG_EMPTY; lines * LINE_SLOTS],
            payloads: vec![0; lines * LINE_SLOTS],
            lines,
            line: 0,
            taken: vec![0; lines],
        }
    }

    /// Adds a fingerprint, not below the last one.
    pub(crate) fn insert(&mut self, fingerprint: Fingerprint, payload: u32) {
        self.line = self.line.max(place(fingerprint, self.lines as u64));
        while self.taken[self.line % self.lines] as usize == LINE_SLOTS {
            self.line += 1;
        }
        let line = self.line % self.lines;
        let slot = line * LINE_SLOTS + self.taken[line] as usize;
        self.tags[slot] = tag(fingerprint);
        self.payloads[slot] = payload;
        self.taken[line] += 1;
    }

    /// The tags and the payloads, slot by slot.
    pub(crate) fn finish(self) -> (Vec<u32>, Vec<u32>) {
        (self.tags, self.payloads)
    }
}

/// Where in `lines` a search for `fingerprint` begins.
#[inline]
pub(crate) fn home(lines: &[u8], fingerprint: Fingerprint) -> usize {
    place(fingerprint, (lines.len() / LINE_LEN) as u64) * LINE_LEN
}

/// Calls `found` with each slot that may be `fingerprint`'s.
#[inline]
pub(crate) fn find(lines: &[u8], fingerprint: Fingerprint, mut found: impl FnMut(usize)) {
    let (lines, _) = lines.as_chunks::<LINE_LEN>();
    let tag = tag(fingerprint);
    let mut at = place(fingerprint, lines.len() as u64);
    // A table has room, so that a probe ends at the first line with an empty slot; a forged one may have none.
    for _ in 0..lines.len() {
        let (mut equal, mut full) = (0_u32, true);
        let (slots, _) = lines[at].as_chunks::<4>();
        for (slot, bytes) in slots.iter().enumerate() {
            let other = u32::from_le_bytes(*bytes);
            equal |= u32::from(other == tag) << slot;
            full &= other != TAG_EMPTY;
        }
        while equal != 0 {
            found(at * LINE_SLOTS + equal.trailing_zeros() as usize);
            equal &= equal - 1;
        }
        if !full {
            return;
        }
        at = if at + 1 == lines.len() { 0 } else { at + 1 };
    }
}
