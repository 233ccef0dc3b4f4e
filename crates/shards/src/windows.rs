//! Windows on what is too long to be scanned at once.
//!
//! Neighbours overlap, so that what stands across a border stands whole in one of the two, up to the length of the
//! overlap. Where they lie depends on nothing but the longest length of a record.

use std::ops::Range;

/// Each thread holds one.
const LEN_MAX: usize = 8 << 20;

/// Longer than nearly everything that a model writes at once.
const OVERLAP_MAX: usize = 64 << 10;

/// How long windows are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WindowLen {
    len: u64,
    /// From one start to the next.
    step: u64,
}

impl WindowLen {
    /// One window on everything.
    pub(crate) const WHOLE: Self = Self { len: u64::MAX, step: u64::MAX };

    pub(crate) fn of(record_len_max: usize) -> Self {
        let len = record_len_max.clamp(1, LEN_MAX);
        let overlap = OVERLAP_MAX.min(len / 4);
        Self { len: len as u64, step: (len - overlap) as u64 }
    }

    /// The windows on a text of `text_len` bytes; one on an empty text.
    pub(crate) fn places(self, text_len: u64) -> impl Iterator<Item = Range<u64>> {
        let mut next = Some(0);
        std::iter::from_fn(move || {
            let start: u64 = next?;
            let end = text_len.min(start.saturating_add(self.len));
            next = (end < text_len).then_some(start + self.step);
            Some(start..end)
        })
    }
}

/// The field of a window: `content[8323072..16711680]`, in bytes.
pub(crate) fn window_field(field: &str, place: &Range<u64>) -> String {
    format!("{field}[{}..{}]", place.start, place.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_hold_everything_and_neighbours_overlap() {
        for (record_len_max, len) in [1, 2, 3, 7, 8, 100]
            .into_iter()
            .flat_map(|max| [0, 1, 2, 7, 8, 9, 99, 100, 101, 175, 176, 1000].map(|len| (max, len)))
        {
            let places: Vec<Range<u64>> = WindowLen::of(record_len_max).places(len).collect();
            assert_eq!((places[0].start, places.last().unwrap().end), (0, len));
            for pair in places.windows(2) {
                assert_eq!(pair[0].end - pair[1].start, record_len_max as u64 / 4);
                assert_eq!(pair[0].end - pair[0].start, record_len_max as u64);
                assert!(pair[1].end > pair[0].end);
            }
        }
    }
}
