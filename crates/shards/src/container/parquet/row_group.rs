//! Reads the columns of one row group side by side, and gives their rows.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use ::parquet::data_type::ByteArrayType;
use ::parquet::file::metadata::ParquetMetaData;

use crate::catch_decoder_panic::{DecodeFailure, catch_decoder_panic};
use crate::codec::expansion::ExpansionMax;
use crate::container::format::interface::BlockRows;
use crate::container::format::recognise::{Untold, ValueKind};
use crate::container::format::row_sink::RowSink;
use crate::container::parquet::column::{ParquetColumn, Shown};
use crate::container::parquet::scalar::Facts;
use crate::container::parquet::schema::ParquetColumns;
use crate::error::ShardError;
use crate::fields::path::FieldPath;
use crate::place::source::ShardSource;
use crate::place::stamp::{ShardChange, Stamp};
use crate::record::{FieldText, Record, Row, SkipReason, TEXT_LEN_MIN, TEXTS_MAX};

/// Rows decoded at once, while they are short.
const BATCH_ROWS_MAX: usize = 256;

/// Batches are kept at about this many bytes of text: a row may be as long as a page allows.
const BATCH_LEN: usize = 1 << 20;

/// What the row groups share.
pub(super) struct ParquetFile {
    pub(super) path: Arc<Path>,
    pub(super) stamp: Stamp,
    pub(super) metadata: ParquetMetaData,
    pub(super) columns: ParquetColumns,
    pub(super) record_len_max: usize,
    pub(super) expansion_max: ExpansionMax,
}

/// One row group.
pub(super) struct RowGroup {
    pub(super) file: Arc<ParquetFile>,
    pub(super) number: usize,
    pub(super) row_start: u64,
}

impl BlockRows for RowGroup {
    /// Of the rows that are not suspect no text is copied.
    fn read(&self, sink: &mut RowSink<'_>) -> Result<(), ShardError> {
        let metadata = self.file.metadata.row_group(self.number);
        let mut columns = self.open_columns()?;
        let row_count = metadata.num_rows().unsigned_abs();
        let chosen = self.file.columns.chosen.texts.iter();
        let encoded = chosen.map(|&(leaf, _)| metadata.column(leaf).byte_range().1);
        let (encoded, mut decoded) = (encoded.fold(0, u64::saturating_add), 0_u64);
        let mut rows_read = 0;
        let mut batch_rows = 1;
        while rows_read < row_count {
            let rows = batch_rows.min(usize::try_from(row_count - rows_read).unwrap_or(usize::MAX));
            let batch_len = columns.decode_texts(rows)?;
            // One value of a dictionary may stand in every row, so it is not pages alone that grow.
            decoded = decoded.saturating_add(batch_len as u64);
            let check = self.file.expansion_max.check(decoded, encoded);
            check.map_err(|expanded| ShardError::expands(&self.file.path, expanded))?;
            let facts = columns.facts.read(rows);
            facts.map_err(|failure| self.damaged(None, failure))?;
            let row = self.row_start + rows_read;
            let rows_at = row..row + rows as u64;
            if sink.looks_first() && batch_len <= self.file.record_len_max {
                columns.read_suspects(rows_at, sink)?;
            } else {
                for row in rows_at {
                    columns.read_row(row, sink)?;
                }
            }
            rows_read += rows as u64;
            let is_long = batch_len > BATCH_LEN;
            batch_rows = if is_long { 1 } else { (2 * batch_rows).min(BATCH_ROWS_MAX) };
        }
        columns.check_end()
    }
}

impl RowGroup {
    fn open_columns(&self) -> Result<GroupColumns<'_>, ShardError> {
        let source = ShardSource::open(&self.file.path)?;
        let stamp = source.stamp().map_err(|error| ShardError::io(&self.file.path, error))?;
        if stamp != self.file.stamp {
            let change = ShardChange { had: self.file.stamp.clone(), has: stamp };
            return Err(ShardError::changed(&self.file.path, Some(change)));
        }
        let metadata = self.file.metadata.row_group(self.number);
        let columns = &self.file.columns;
        let source = Arc::new(source);
        let mut texts = vec![];
        for &(leaf, place) in &columns.chosen.texts {
            let field = &columns.fields()[place];
            let column = catch_decoder_panic(|| ParquetColumn::open_bytes(&source, metadata, leaf));
            texts.push((field, column.map_err(|failure| self.damaged(Some(field), failure))?));
        }
        let facts = Facts::open(&source, metadata, columns);
        let facts = facts.map_err(|failure| self.damaged(None, failure))?;
        Ok(GroupColumns { group: self, texts, facts, different: vec![] })
    }

    /// The error for what the decoder said, or for a fact that it did not mind.
    fn damaged(&self, field: Option<&FieldPath>, failure: DecodeFailure) -> ShardError {
        let place = match field {
            Some(field) => format!("row group {}, field `{field}`", self.number),
            None => format!("row group {}", self.number),
        };
        failure.at(&self.file.path, &place)
    }
}

/// The columns of a row group that are read, side by side: each stands before the same row.
struct GroupColumns<'g> {
    group: &'g RowGroup,
    texts: Vec<(&'g FieldPath, ParquetColumn<ByteArrayType>)>,
    facts: Facts,
    /// The column and the place of each different value that was shown last.
    different: Vec<(usize, usize)>,
}

/// Values by their place in memory, the last few of each: one of a dictionary is shown once, in however many rows it
/// stands.
struct SeenValues([(usize, usize, u32); Self::COUNT]);

impl Default for SeenValues {
    fn default() -> Self {
        Self([(0, 0, 0); Self::COUNT])
    }
}

impl SeenValues {
    const COUNT: usize = 256;

    /// What `new` gave for the value when it was met first.
    fn place_of(&mut self, value: &[u8], new: impl FnOnce() -> u32) -> u32 {
        let (address, len) = (value.as_ptr().addr(), value.len());
        // Values of a dictionary lie one behind the other.
        let slot = &mut self.0[(address >> 4 ^ address >> 12) % Self::COUNT];
        if (slot.0, slot.1) != (address, len) {
            *slot = (address, len, new());
        }
        slot.2
    }
}

impl GroupColumns<'_> {
    /// Decodes the texts of exactly `rows` rows; gives their length.
    fn decode_texts(&mut self, rows: usize) -> Result<usize, ShardError> {
        let mut len = 0;
        for (field, column) in &mut self.texts {
            let read = column.read(rows);
            len += read.map_err(|failure| self.group.damaged(Some(field), failure))?;
        }
        Ok(len)
    }

    /// Gives those of the decoded rows that are suspect, and passes over the others. No row of them may be too long.
    fn read_suspects(
        &mut self,
        rows: Range<u64>,
        sink: &mut RowSink<'_>,
    ) -> Result<(), ShardError> {
        let (different, mut seen) = (&mut self.different, SeenValues::default());
        different.clear();
        for (column_at, (_, column)) in self.texts.iter_mut().enumerate() {
            column.shown.clear();
            for (value_at, value) in column.values.iter().enumerate() {
                let value = value.data();
                column.shown.push(if column.declared.kind_of(value) != ValueKind::Text {
                    Shown::Unseen
                } else if value.len() < TEXT_LEN_MIN {
                    Shown::TooShort
                } else {
                    Shown::At(seen.place_of(value, || {
                        different.push((column_at, value_at));
                        different.len() as u32 - 1
                    }))
                });
            }
        }
        let text_of = |&(column, value): &(usize, usize)| self.texts[column].1.values[value].data();
        sink.show(self.different.iter().map(text_of));
        let mut start = 0;
        let suspect = self.different.iter().map(|at| {
            let place = start..start + text_of(at).len() as u64;
            start = place.end;
            sink.is_suspect(place)
        });
        let suspect: Vec<bool> = suspect.collect();
        let mut is_any = false;
        for (_, column) in &mut self.texts {
            column.suspect.clear();
            column.suspect.extend(column.shown.iter().map(|shown| match shown {
                Shown::At(place) => suspect[*place as usize],
                Shown::TooShort => false,
                // It is counted where its row is read.
                Shown::Unseen => true,
            }));
            is_any |= column.suspect.contains(&true);
        }
        if !is_any {
            self.pass_rows(rows, sink);
            return Ok(());
        }
        for row in rows {
            let mut is_suspect = false;
            for (field, column) in &mut self.texts {
                let next = column.is_next_suspect();
                is_suspect |= next.map_err(|failure| self.group.damaged(Some(field), failure))?;
            }
            if is_suspect {
                self.read_row(row, sink)?;
            } else {
                self.pass_row(sink)?;
            }
        }
        Ok(())
    }

    /// Passes over all decoded rows. Where the columns stand does not matter before the next ones are decoded.
    fn pass_rows(&self, rows: Range<u64>, sink: &mut RowSink<'_>) {
        let values = self.texts.iter().flat_map(|(_, column)| &column.values);
        let mut len = values.map(|value| value.data().len() as u64).sum();
        for _ in rows {
            sink.pass(std::mem::take(&mut len), 0);
        }
    }

    fn pass_row(&mut self, sink: &mut RowSink<'_>) -> Result<(), ShardError> {
        let mut len = 0;
        for (field, column) in &mut self.texts {
            let row = column.next_row(|_, text| len += text.len() as u64);
            row.map_err(|failure| self.group.damaged(Some(field), failure))?;
        }
        let facts = self.facts.skip_row();
        facts.map_err(|failure| self.group.damaged(None, failure))?;
        sink.pass(len, 0);
        Ok(())
    }

    fn read_row(&mut self, row: u64, sink: &mut RowSink<'_>) -> Result<(), ShardError> {
        let facts = self.facts.next_row();
        let facts = facts.map_err(|failure| self.group.damaged(None, failure))?;
        let mut texts = vec![];
        let (mut untold, mut len) = (Untold::default(), 0);
        let chosen = &self.group.file.columns.chosen;
        for ((field, column), &(_, place)) in self.texts.iter_mut().zip(&chosen.texts) {
            let declared = column.declared;
            let len_min = if place < chosen.known { 0 } else { TEXT_LEN_MIN };
            let gathered = column.next_row(|positions, value| {
                let kind = declared.kind_of(value.data());
                if !untold.is_text(kind, value.data().len()) {
                    return;
                }
                len += value.data().len() as u64;
                if value.data().len() >= len_min && texts.len() <= TEXTS_MAX {
                    let label = if positions.is_empty() {
                        Cow::Borrowed(field.as_str())
                    } else {
                        Cow::Owned(field.label(positions))
                    };
                    texts.push((label, value.clone()));
                }
            });
            gathered.map_err(|failure| self.group.damaged(Some(field), failure))?;
        }
        let reason = if texts.len() > TEXTS_MAX {
            Some(SkipReason::TooLong)
        } else {
            untold.unread.filter(|_| len == 0)
        };
        if let Some(reason) = reason {
            sink.give(Row::Skipped { row, reason });
            return Ok(());
        }
        let texts: Vec<FieldText<'_>> = texts
            .iter()
            .map(|(label, text)| FieldText {
                field: Cow::Borrowed(label),
                text: Cow::Borrowed(text.data()),
            })
            .collect();
        sink.give(Row::Record(Record {
            id: facts.id.map(Cow::Owned),
            time: facts.time.map(Cow::Owned),
            package: facts.package.map(Cow::Owned),
            kept: facts.kept,
            unread: untold.unread,
            bytes_not_text: untold.bytes_not_text,
            len: Some(len),
            ..Record::of_texts(row, &texts)
        }));
        Ok(())
    }

    /// Rows behind those that the row group counts would be lost in silence.
    fn check_end(&mut self) -> Result<(), ShardError> {
        self.texts.iter_mut().try_for_each(|(field, column)| {
            column.check_end().map_err(|failure| self.group.damaged(Some(field), failure))
        })
    }
}
