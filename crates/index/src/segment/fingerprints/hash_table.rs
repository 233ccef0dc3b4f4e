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

/// The number of lines of a table of `keys` keys, which always has an empty slot.
pub(crate) fn line_count(keys: u64) -> u64 {
    (keys * 100).div_ceil(LOAD_PERCENT * LINE_SLOTS as u64)
}

/// The tag of a fingerprint; never that of an empty slot.
#[inline]
pub(crate) fn tag(fingerprint: Fingerprint) -> u32 {
    (fingerprint.0 as u32).max(1)
}

/// Finds the lines of fingerprints that come in ascending order.
#[derive(Debug)]
pub(crate) struct Placement {
    lines: u64,
    /// Where the last one went. Homes ascend, so no line from its home to there has room.
    line: u64,
    /// Slots of that line that are taken.
    taken: usize,
}

impl Placement {
    pub(crate) fn new(lines: u64) -> Self {
        Self { lines, line: 0, taken: 0 }
    }

    /// The line of a fingerprint, which is not below the last one; or the number of lines or more if there is room in none up
    /// to the last. Then there is none for those behind it either, and they go to the first lines, where slots are left.
    pub(crate) fn place(&mut self, fingerprint: Fingerprint) -> u64 {
        let home = place(fingerprint, self.lines) as u64;
        if home > self.line {
            (self.line, self.taken) = (home, 0);
        } else if self.taken == LINE_SLOTS {
            (self.line, self.taken) = (self.line + 1, 0);
        }
        self.taken += 1;
        self.line
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
