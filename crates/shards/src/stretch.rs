//! Stretches of what is too long to be held or scanned whole.
//!
//! Neighbours overlap, so that what stands across a border stands whole in one of the two, up to the length of the
//! overlap. Where they are cut depends on nothing but the longest length of a record.

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::Range;

use crate::{Extent, FieldText, Record, Row};

/// Several are held at a time, one a thread and some that wait.
const LEN_MAX: usize = 8 << 20;

/// Longer than nearly everything that a model writes at once.
const OVERLAP_MAX: usize = 64 << 10;

/// How stretches are cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StretchLen {
    len: usize,
    /// From one start to the next.
    step: usize,
}

impl StretchLen {
    pub(crate) fn of(record_len_max: usize) -> Self {
        let len = record_len_max.clamp(1, LEN_MAX);
        let overlap = OVERLAP_MAX.min(len / 4);
        Self { len, step: len - overlap }
    }

    /// The stretches of a text of `text_len` bytes; one of an empty text.
    pub(crate) fn ranges(self, text_len: usize) -> impl Iterator<Item = Range<usize>> {
        let mut next = Some(0);
        std::iter::from_fn(move || {
            let start: usize = next?;
            let end = text_len.min(start + self.len);
            next = (end < text_len).then_some(start + self.step);
            Some(start..end)
        })
    }
}

/// A stretch, with its first byte's place in the whole.
#[derive(Debug)]
pub(crate) struct Stretch {
    pub(crate) at: u64,
    pub(crate) bytes: Vec<u8>,
}

/// Cuts what a reader gives into stretches.
#[derive(Debug)]
pub(crate) struct Stretches {
    len: StretchLen,
    /// Read; not given, but for an overlap.
    held: Vec<u8>,
    at: u64,
    ended: bool,
}

impl Stretches {
    pub(crate) fn new(len: StretchLen) -> Self {
        Self { len, held: vec![], at: 0, ended: false }
    }

    /// The next one; `None` behind the last. `reader` gives all of the whole, call by call.
    pub(crate) fn next(&mut self, reader: &mut dyn Read) -> io::Result<Option<Stretch>> {
        if self.ended {
            return Ok(None);
        }
        let StretchLen { len, step } = self.len;
        // One byte more tells whether this is the last one.
        let wanted = len + 1 - self.held.len();
        reader.take(wanted as u64).read_to_end(&mut self.held)?;
        let at = self.at;
        if self.held.len() <= len {
            self.ended = true;
            let bytes = std::mem::take(&mut self.held);
            return Ok(Some(Stretch { at, bytes }));
        }
        let rest = self.held[step..].to_vec();
        self.at += step as u64;
        self.held.truncate(len);
        let bytes = std::mem::replace(&mut self.held, rest);
        Ok(Some(Stretch { at, bytes }))
    }
}

/// A stretch by itself.
#[derive(Debug)]
pub(crate) struct StretchBlock {
    pub(crate) row: u64,
    pub(crate) extent: Extent,
    pub(crate) field: String,
    pub(crate) stretch: Stretch,
}

impl StretchBlock {
    pub(crate) fn read_rows(&self, each: &mut dyn FnMut(Row<'_>)) {
        let Stretch { at, bytes } = &self.stretch;
        give_stretch(self.row, self.extent, &self.field, (*at, bytes), each);
    }
}

/// Gives a stretch of a row as a record. `field`: of which the stretch is, empty if of the row as it lies there.
pub(crate) fn give_stretch(
    row: u64,
    extent: Extent,
    field: &str,
    (at, bytes): (u64, &[u8]),
    each: &mut dyn FnMut(Row<'_>),
) {
    let texts =
        [FieldText { field: Cow::Owned(label(field, at, bytes)), text: Cow::Borrowed(bytes) }];
    each(Row::Record(Record::of_texts(row, &texts, extent)));
}

/// Cuts the texts of a record that are longer than a stretch; says whether it had to. Shorter records stay whole.
pub(crate) fn cut_texts(texts: &mut Vec<FieldText<'_>>, record_len_max: usize) -> Extent {
    let len: usize = texts.iter().map(|text| text.text.len()).sum();
    if len <= record_len_max {
        return Extent::Whole;
    }
    let stretch_len = StretchLen::of(record_len_max);
    let mut cut = vec![];
    for text in texts.drain(..) {
        if text.text.len() <= stretch_len.len {
            cut.push(text);
            continue;
        }
        for range in stretch_len.ranges(text.text.len()) {
            let bytes = match &text.text {
                Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[range.clone()]),
                Cow::Owned(bytes) => Cow::Owned(bytes[range.clone()].to_vec()),
            };
            cut.push(FieldText {
                field: Cow::Owned(label(&text.field, range.start as u64, &bytes)),
                text: bytes,
            });
        }
    }
    *texts = cut;
    Extent::Cut
}

/// `content[8323072..16711680]`, in bytes.
fn label(field: &str, at: u64, bytes: &[u8]) -> String {
    format!("{field}[{at}..{}]", at + bytes.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_hold_everything_and_neighbours_overlap_whether_read_or_held() {
        for (record_len_max, len) in [1, 2, 3, 7, 8, 100]
            .into_iter()
            .flat_map(|max| [0, 1, 2, 7, 8, 9, 99, 100, 101, 175, 176, 1000].map(|len| (max, len)))
        {
            let text: Vec<u8> = (0..len).map(|byte: u32| byte.to_le_bytes()[0]).collect();
            let stretch_len = StretchLen::of(record_len_max);
            let held: Vec<Range<usize>> = stretch_len.ranges(text.len()).collect();
            let mut reader = &text[..];
            let mut stretches = Stretches::new(stretch_len);
            let mut read = vec![];
            while let Some(Stretch { at, bytes }) = stretches.next(&mut reader).unwrap() {
                let start = usize::try_from(at).unwrap();
                assert_eq!(bytes, text[start..start + bytes.len()]);
                read.push(start..start + bytes.len());
            }
            assert_eq!(read, held, "{record_len_max} {len}");
            assert_eq!((held[0].start, held.last().unwrap().end), (0, text.len()));
            for pair in held.windows(2) {
                assert_eq!(pair[0].end - pair[1].start, record_len_max / 4);
                assert_eq!(pair[0].len(), record_len_max);
                assert!(pair[1].end > pair[0].end);
            }
        }
    }
}
