//! Where the readers of all formats put their rows, and where a preview looks before they parse.

use std::ops::Range;

use crate::container::format::recognise::Untold;
use crate::error::ShardError;
use crate::fields::pick::Picked;
use crate::preview::Preview;
use crate::record::{FieldText, Record, Row, SkipReason};

/// Texts are shown to a preview up to about this many bytes before it is asked.
const SHOWN_LEN: usize = 1 << 20;

/// Takes the rows of a block.
///
/// With a preview, texts are shown to it before they are parsed, and rows that it does not suspect can be passed over.
/// Without one, every row is suspect.
pub(crate) struct RowSink<'s> {
    preview: Option<&'s mut dyn Preview>,
    each: &'s mut dyn FnMut(Row<'_>),
}

impl<'s> RowSink<'s> {
    pub(crate) fn new(
        preview: Option<&'s mut dyn Preview>,
        each: &'s mut dyn FnMut(Row<'_>),
    ) -> Self {
        Self { preview, each }
    }

    /// Takes a row.
    pub(crate) fn give(&mut self, row: Row<'_>) {
        (self.each)(row);
    }

    /// Takes what a row was picked to be, and whether it was repaired; `None`: it is no JSON.
    pub(crate) fn give_picked(&mut self, row: u64, picked: Option<(Picked<'_>, bool)>) {
        self.give_parts((row, None), Untold::default(), picked);
    }

    /// Likewise, of a line of this length.
    pub(crate) fn give_line(&mut self, row: u64, len: u64, picked: Option<(Picked<'_>, bool)>) {
        self.give_parts((row, Some(len)), Untold::default(), picked);
    }

    /// Likewise, of a row of this length, if that is known, with values beside the texts.
    pub(crate) fn give_parts(
        &mut self,
        (row, len): (u64, Option<u64>),
        untold: Untold,
        picked: Option<(Picked<'_>, bool)>,
    ) {
        let reason = match picked {
            None => SkipReason::NotJson,
            Some((picked, _)) if picked.overflow => SkipReason::TooLong,
            Some((picked, _)) if !picked.present => SkipReason::NoTextField,
            Some((picked, repaired)) => {
                let texts: Vec<FieldText<'_>> =
                    picked.texts.into_iter().map(|(_, text)| text).collect();
                return self.give(Row::Record(Record {
                    id: picked.id,
                    time: picked.time.into_only(),
                    package: picked.package.into_only(),
                    kept: picked.kept,
                    texts: &texts,
                    repaired,
                    spilled: picked.spilled,
                    unread: untold.unread,
                    bytes_not_text: untold.bytes_not_text,
                    len,
                    ..Record::of_texts(row, &[])
                }));
            }
        };
        self.give(Row::Skipped { row, reason });
    }

    /// Whether a preview wants to see texts at all.
    pub(crate) fn looks_first(&self) -> bool {
        self.preview.is_some()
    }

    /// Shows `texts` to the preview. Places in them are counted from the first byte of the first one.
    pub(crate) fn show<'t>(&mut self, texts: impl IntoIterator<Item = &'t [u8]>) {
        if let Some(preview) = &mut self.preview {
            texts.into_iter().for_each(|text| preview.feed(text));
            preview.end();
        }
    }

    /// Whether what stands at `place` of the texts that were shown last may be of interest. Places must ascend.
    pub(crate) fn is_suspect(&mut self, place: Range<u64>) -> bool {
        self.preview.as_mut().is_none_or(|preview| preview.is_suspect(place))
    }

    /// Passes over a row of `len` bytes, and of others that are known to hold no text.
    pub(crate) fn pass(&mut self, len: u64, bytes_not_text: u64) {
        if let Some(preview) = &mut self.preview {
            preview.passed(len, bytes_not_text);
        }
    }

    /// Reads those of `rows` that are suspect, and passes over the others.
    ///
    /// `texts_of` appends the texts of a row, and gives its bytes that are known to hold no text; it gives `None` for a row
    /// that must be read whatever its texts are.
    pub(crate) fn read_suspects<'t, R>(
        &mut self,
        rows: impl IntoIterator<Item = R>,
        mut texts_of: impl FnMut(&R, &mut Vec<&'t [u8]>) -> Option<u64>,
        mut read: impl FnMut(R, &mut Self) -> Result<(), ShardError>,
    ) -> Result<(), ShardError> {
        let mut rows = rows.into_iter().peekable();
        let (mut texts, mut shown) = (vec![], vec![]);
        while rows.peek().is_some() {
            let Some(preview) = &mut self.preview else {
                return rows.try_for_each(|row| read(row, self));
            };
            let mut len = 0;
            while len < SHOWN_LEN
                && let Some(row) = rows.next()
            {
                texts.clear();
                let not_text = texts_of(&row, &mut texts);
                let start = len;
                for text in &texts {
                    preview.feed(text);
                    len += text.len();
                }
                shown.push((row, not_text, start as u64..len as u64));
            }
            preview.end();
            for (row, not_text, place) in shown.drain(..) {
                let len = place.end - place.start;
                // Places ascend, so the preview is asked about every row.
                match (self.is_suspect(place), not_text) {
                    (false, Some(bytes_not_text)) => self.pass(len, bytes_not_text),
                    _ => read(row, self)?,
                }
            }
        }
        Ok(())
    }
}
