//! Windows on what is too long to be scanned at once.
//!
//! Neighbours overlap, so that what stands across a border stands whole in one of the two, up to the length of the
//! overlap. Where they lie depends on nothing but the longest length of a record.

use std::borrow::Cow;
use std::io;
use std::ops::{ControlFlow, Range};

use crate::record::Record;

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

impl Record<'_> {
    /// Gives the texts of the record with their fields, until `each` breaks; none is too long to be scanned at once.
    ///
    /// A record of more than `record_len_max` bytes may hold longer texts. These are given in windows that overlap, of at
    /// most 8 MiB, with a field that says which bytes it is: `content[8323072..16711680]`.
    ///
    /// # Errors
    /// The temporary file of what was too long to be held cannot be read.
    pub fn for_each_window(
        &self,
        record_len_max: usize,
        each: &mut dyn FnMut(&str, &[u8]) -> ControlFlow<()>,
    ) -> io::Result<()> {
        let len: usize = self.texts.iter().map(|text| text.text.len()).sum();
        let is_long = len > record_len_max;
        let window_len = if is_long { WindowLen::of(record_len_max) } else { WindowLen::WHOLE };
        for text in self.texts {
            let text_len = text.text.len() as u64;
            for place in window_len.places(text_len) {
                let window = &text.text[place.start as usize..place.end as usize];
                let is_all = window.len() as u64 == text_len;
                let field = label(&text.field, (!is_all).then_some(place));
                if each(&field, window).is_break() {
                    return Ok(());
                }
            }
        }
        let Some(spilled) = self.spilled else { return Ok(()) };
        let each = &mut |field: &str, place, window: &[u8]| each(&label(field, place), window);
        spilled.for_each_window(record_len_max, each).map(drop)
    }
}

/// `content[8323072..16711680]`, in bytes; without a place the field itself.
fn label(field: &str, place: Option<Range<u64>>) -> Cow<'_, str> {
    match place {
        Some(Range { start, end }) => Cow::Owned(format!("{field}[{start}..{end}]")),
        None => Cow::Borrowed(field),
    }
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
