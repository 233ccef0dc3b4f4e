//! Reads the columns of one row group side by side, and gives their rows.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use ::parquet::column::reader::{ColumnReaderImpl, get_column_reader, get_typed_column_reader};
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::RowGroupMetaData;
use ::parquet::file::serialized_reader::SerializedPageReader;

use super::RowGroupBlock;
use super::scalar::Facts;
use crate::expansion::Expanded;
use crate::guard::{Failure, guard};
use crate::record::TEXTS_MAX;
use crate::source::Source;
use crate::stretch::cut_texts;
use crate::{FieldPath, FieldText, Preview, Record, Row, ShardError, SkipReason};

/// Rows decoded at once, while they are short.
const BATCH_ROWS_MAX: usize = 256;

/// Batches are kept at about this many bytes of text: a row may be as long as a page allows.
const BATCH_LEN: usize = 1 << 20;

pub(super) fn read_group(
    block: &RowGroupBlock,
    source: Source,
    mut preview: Option<&mut dyn Preview>,
    each: &mut dyn FnMut(Row<'_>),
) -> Result<(), ShardError> {
    let columns = &block.file.columns;
    let metadata = block.file.metadata.row_group(block.group);
    let file = Arc::new(source);
    let mut texts = vec![];
    for &(leaf, place) in &columns.chosen.texts {
        let field = &columns.fields()[place];
        let column = guard(|| Column::<ByteArrayType>::open(&file, metadata, leaf));
        texts.push((field, column.map_err(|failure| block.damaged(Some(field), failure))?));
    }
    let mut facts =
        Facts::open(&file, metadata, columns).map_err(|failure| block.damaged(None, failure))?;

    let row_count = metadata.num_rows().unsigned_abs();
    let chosen = columns.chosen.texts.iter();
    let encoded = chosen.map(|&(leaf, _)| metadata.column(leaf).byte_range().1);
    let (encoded, mut decoded) = (encoded.fold(0, u64::saturating_add), 0_u64);
    let mut rows_read = 0;
    let mut batch_rows = 1;
    while rows_read < row_count {
        let rows = batch_rows.min(usize::try_from(row_count - rows_read).unwrap_or(usize::MAX));
        let mut batch_len = 0;
        for (field, column) in &mut texts {
            batch_len +=
                column.read(rows).map_err(|failure| block.damaged(Some(field), failure))?;
        }
        // One value of a dictionary may stand in every row, so it is not pages alone that grow.
        decoded = decoded.saturating_add(batch_len as u64);
        let within = block.file.expansion_max.check(decoded, encoded);
        within.map_err(|Expanded { ratio }| ShardError::Expands {
            path: block.file.path.to_path_buf(),
            ratio,
        })?;
        facts.read(rows).map_err(|failure| block.damaged(None, failure))?;
        let rows_at = block.row_start + rows_read..block.row_start + rows_read + rows as u64;
        match &mut preview {
            Some(preview) if batch_len <= block.file.record_len_max => {
                give_suspects(&mut texts, &mut facts, rows_at, block, *preview, each)?;
            }
            _ => {
                for row in rows_at {
                    give_row(&mut texts, &mut facts, row, block, each)?;
                }
            }
        }
        rows_read += rows as u64;
        batch_rows = if batch_len > BATCH_LEN { 1 } else { (2 * batch_rows).min(BATCH_ROWS_MAX) };
    }
    for (field, column) in &mut texts {
        column.check_end().map_err(|failure| block.damaged(Some(field), failure))?;
    }
    Ok(())
}

/// Gives of a decoded batch the rows that the preview points to. No row of it may be too long.
fn give_suspects(
    columns: &mut [(&FieldPath, Column<ByteArrayType>)],
    facts: &mut Facts,
    rows: Range<u64>,
    block: &RowGroupBlock,
    preview: &mut dyn Preview,
    each: &mut dyn FnMut(Row<'_>),
) -> Result<(), ShardError> {
    for value in columns.iter().flat_map(|(_, column)| &column.values) {
        preview.feed(value.data());
    }
    preview.end();
    let mut fed = 0;
    for (_, column) in &mut *columns {
        column.suspect.clear();
        for value in &column.values {
            let stretch = fed..fed + value.len() as u64;
            fed = stretch.end;
            column.suspect.push(preview.is_suspect(stretch));
        }
    }
    for row in rows {
        let mut is_suspect = false;
        for (field, column) in &mut *columns {
            let row = column.is_next_suspect();
            is_suspect |= row.map_err(|failure| block.damaged(Some(field), failure))?;
        }
        if is_suspect {
            give_row(columns, facts, row, block, each)?;
            continue;
        }
        let mut len = 0;
        for (field, column) in &mut *columns {
            let row = column.next_row(|_, text| len += text.len() as u64);
            row.map_err(|failure| block.damaged(Some(field), failure))?;
        }
        let row = facts.skip_row();
        row.map_err(|failure| block.damaged(None, failure))?;
        preview.passed(len);
    }
    Ok(())
}

fn give_row(
    columns: &mut [(&FieldPath, Column<ByteArrayType>)],
    facts: &mut Facts,
    row: u64,
    block: &RowGroupBlock,
    each: &mut dyn FnMut(Row<'_>),
) -> Result<(), ShardError> {
    let facts = facts.next_row().map_err(|failure| block.damaged(None, failure))?;
    let mut texts = vec![];
    for (field, column) in columns {
        let gathered = column.next_row(|positions, text| {
            if texts.len() <= TEXTS_MAX {
                let label = if positions.is_empty() {
                    Cow::Borrowed(field.as_str())
                } else {
                    Cow::Owned(field.label(positions))
                };
                texts.push((label, text.clone()));
            }
        });
        gathered.map_err(|failure| block.damaged(Some(field), failure))?;
    }
    if texts.len() > TEXTS_MAX {
        each(Row::Skipped { row, reason: SkipReason::TooLong });
        return Ok(());
    }
    let mut texts: Vec<FieldText<'_>> = texts
        .iter()
        .map(|(label, text)| FieldText {
            field: Cow::Borrowed(label),
            text: Cow::Borrowed(text.data()),
        })
        .collect();
    let extent = cut_texts(&mut texts, block.file.record_len_max);
    each(Row::Record(Record {
        row,
        id: facts.id.map(Cow::Owned),
        time: facts.time.map(Cow::Owned),
        package: facts.package.map(Cow::Owned),
        kept: facts.kept,
        texts: &texts,
        repaired: false,
        extent,
    }));
    Ok(())
}

/// A column, and the rows of it that were decoded and not yet given.
pub(super) struct Column<T: DataType> {
    reader: ColumnReaderImpl<T>,
    level_max: Levels,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    values: Vec<T::T>,
    level_next: usize,
    value_next: usize,
    /// In each list that the value is in.
    positions: Vec<usize>,
    /// For each of `values` whether a preview points to it; empty where there is none.
    suspect: Vec<bool>,
}

#[derive(Clone, Copy)]
struct Levels {
    definition: i16,
    repetition: i16,
}

impl<T: DataType> Column<T> {
    pub(super) fn open(
        file: &Arc<Source>,
        metadata: &RowGroupMetaData,
        leaf: usize,
    ) -> Result<Self, ParquetError> {
        let chunk = metadata.column(leaf);
        let descr = chunk.column_descr_ptr();
        let level_max =
            Levels { definition: descr.max_def_level(), repetition: descr.max_rep_level() };
        let row_count = usize::try_from(metadata.num_rows())?;
        let (start, len) = chunk.byte_range();
        let file = file.within(start..start.saturating_add(len));
        let pages = SerializedPageReader::new(file, chunk, row_count, None)?;
        Ok(Self {
            reader: get_typed_column_reader(get_column_reader(descr, Box::new(pages))),
            level_max,
            definitions: vec![],
            repetitions: vec![],
            values: vec![],
            level_next: 0,
            value_next: 0,
            positions: vec![0; level_max.repetition.unsigned_abs().into()],
            suspect: vec![],
        })
    }

    /// Decodes exactly `rows` rows.
    pub(super) fn decode(&mut self, rows: usize) -> Result<(), Failure> {
        self.definitions.clear();
        self.repetitions.clear();
        self.values.clear();
        self.level_next = 0;
        self.value_next = 0;
        let mut rows_read = 0;
        while rows_read < rows {
            let (read, _, levels) = guard(|| {
                self.reader.read_records(
                    rows - rows_read,
                    Some(&mut self.definitions),
                    Some(&mut self.repetitions),
                    &mut self.values,
                )
            })?;
            if read == 0 && levels == 0 {
                return Err(Failure::Fact("holds fewer rows than its row group"));
            }
            rows_read += read;
        }
        Ok(())
    }

    /// Gives the values of the next row that are not null, with their positions in the lists around them.
    pub(super) fn next_row(
        &mut self,
        mut each: impl FnMut(&[usize], &T::T),
    ) -> Result<(), Failure> {
        let Levels { definition, repetition } = self.level_max;
        let mut is_first = true;
        loop {
            // A level of 0 does not vary, and is not stored.
            let level = if repetition > 0 {
                match self.repetitions.get(self.level_next) {
                    Some(0) if !is_first => return Ok(()),
                    Some(&level) => level,
                    None if is_first => return Err(Failure::Fact("holds fewer levels than rows")),
                    None => return Ok(()),
                }
            } else if is_first {
                0
            } else {
                return Ok(());
            };
            self.step_to(level, is_first)?;
            is_first = false;
            let is_value = if definition > 0 {
                let level = self.definitions.get(self.level_next);
                *level.ok_or(Failure::Fact("holds fewer levels than rows"))? == definition
            } else {
                true
            };
            self.level_next += 1;
            if is_value {
                let value = self.values.get(self.value_next);
                each(
                    &self.positions,
                    value.ok_or(Failure::Fact("holds fewer values than it says"))?,
                );
                self.value_next += 1;
            }
        }
    }

    /// Whether a preview points to a value of the next row, which stays the next.
    fn is_next_suspect(&mut self) -> Result<bool, Failure> {
        let (level, value) = (self.level_next, self.value_next);
        self.next_row(|_, _| ())?;
        let values = value..self.value_next;
        (self.level_next, self.value_next) = (level, value);
        Ok(self.suspect.get(values).is_some_and(|row| row.contains(&true)))
    }

    /// A repetition level says which list goes on: those inside of it begin anew.
    fn step_to(&mut self, level: i16, is_first: bool) -> Result<(), Failure> {
        let level = usize::try_from(level).map_err(|_| Failure::Fact("has a level below 0"))?;
        if is_first != (level == 0) {
            return Err(Failure::Fact("does not begin with a row"));
        }
        if let Some(outer) = level.checked_sub(1) {
            *self
                .positions
                .get_mut(outer)
                .ok_or(Failure::Fact("has a level that its schema has not"))? += 1;
        }
        self.positions[level..].fill(0);
        Ok(())
    }

    /// Rows behind those that the row group counts would be lost in silence.
    fn check_end(&mut self) -> Result<(), Failure> {
        self.values.clear();
        let (definitions, repetitions) = (Some(&mut self.definitions), Some(&mut self.repetitions));
        let (_, _, levels) =
            guard(|| self.reader.read_records(1, definitions, repetitions, &mut self.values))?;
        if levels > 0 { Err(Failure::Fact("holds more rows than its row group")) } else { Ok(()) }
    }
}

impl Column<ByteArrayType> {
    /// Decodes exactly `rows` rows; gives the length of their text.
    pub(super) fn read(&mut self, rows: usize) -> Result<usize, Failure> {
        self.decode(rows)?;
        // `data` panics on a value that was never set. None is, but a hostile file must not prove the contrary.
        guard(|| {
            Ok::<_, ParquetError>(
                self.values.iter().map(|value: &ByteArray| value.data().len()).sum(),
            )
        })
    }
}
