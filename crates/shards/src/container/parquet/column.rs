//! One column of a row group, decoded some rows at a time.

use std::sync::Arc;

use ::parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use ::parquet::column::reader::{
    ColumnReader, ColumnReaderImpl, get_column_reader, get_typed_column_reader,
};
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, FixedLenByteArrayType};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::RowGroupMetaData;
use ::parquet::file::serialized_reader::SerializedPageReader;

use crate::catch_decoder_panic::{DecodeFailure, catch_decoder_panic};
use crate::container::format::recognise::Declared;
use crate::place::source::ShardSource;

/// What a preview was shown of a value.
#[derive(Clone, Copy)]
pub(super) enum Shown {
    /// It stands at this place among the texts that were shown.
    At(u32),
    /// Nothing: it is too short to be of interest.
    TooShort,
    /// Nothing: it is no text.
    Unseen,
}

/// A column, and the rows of it that were decoded and not yet given.
pub(super) struct ParquetColumn<T: DataType> {
    reader: Box<dyn ReadValues<T::T>>,
    level_max: Levels,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    pub(super) values: Vec<T::T>,
    level_next: usize,
    value_next: usize,
    /// In each list that the value is in.
    positions: Vec<usize>,
    /// For each of `values` what was shown of it.
    pub(super) shown: Vec<Shown>,
    /// For each of `values` whether it is suspect.
    pub(super) suspect: Vec<bool>,
    pub(super) declared: Declared,
}

#[derive(Clone, Copy)]
struct Levels {
    definition: i16,
    repetition: i16,
}

/// Decodes the values of a column.
trait ReadValues<V> {
    /// Appends levels and values of up to `rows_max` rows; gives how many rows and levels these were.
    fn read_values(
        &mut self,
        rows_max: usize,
        definitions: &mut Vec<i16>,
        repetitions: &mut Vec<i16>,
        values: &mut Vec<V>,
    ) -> Result<(usize, usize), ParquetError>;
}

impl<T: DataType> ReadValues<T::T> for ColumnReaderImpl<T> {
    fn read_values(
        &mut self,
        rows_max: usize,
        definitions: &mut Vec<i16>,
        repetitions: &mut Vec<i16>,
        values: &mut Vec<T::T>,
    ) -> Result<(usize, usize), ParquetError> {
        let read = self.read_records(rows_max, Some(definitions), Some(repetitions), values)?;
        Ok((read.0, read.2))
    }
}

/// Byte arrays of one length, as byte arrays.
struct OfOneLen(ColumnReaderImpl<FixedLenByteArrayType>);

impl ReadValues<ByteArray> for OfOneLen {
    fn read_values(
        &mut self,
        rows_max: usize,
        definitions: &mut Vec<i16>,
        repetitions: &mut Vec<i16>,
        values: &mut Vec<ByteArray>,
    ) -> Result<(usize, usize), ParquetError> {
        let mut read = vec![];
        let counts = self.0.read_values(rows_max, definitions, repetitions, &mut read)?;
        values.extend(read.into_iter().map(ByteArray::from));
        Ok(counts)
    }
}

impl<T: DataType> ParquetColumn<T> {
    pub(super) fn open(
        file: &Arc<ShardSource>,
        metadata: &RowGroupMetaData,
        leaf: usize,
    ) -> Result<Self, ParquetError> {
        let typed = |reader| Box::new(get_typed_column_reader::<T>(reader)) as Box<_>;
        Self::open_with(file, metadata, leaf, typed)
    }

    fn open_with(
        file: &Arc<ShardSource>,
        metadata: &RowGroupMetaData,
        leaf: usize,
        typed: impl FnOnce(ColumnReader) -> Box<dyn ReadValues<T::T>>,
    ) -> Result<Self, ParquetError> {
        let chunk = metadata.column(leaf);
        let descr = chunk.column_descr_ptr();
        let level_max =
            Levels { definition: descr.max_def_level(), repetition: descr.max_rep_level() };
        let declared = match (descr.converted_type(), descr.logical_type_ref()) {
            _ if descr.physical_type() == Physical::FIXED_LEN_BYTE_ARRAY => Declared::BytesOfOneLen,
            (ConvertedType::NONE, None)
            | (ConvertedType::BSON, _)
            | (_, Some(LogicalType::Bson)) => Declared::Bytes,
            _ => Declared::Text,
        };
        let row_count = usize::try_from(metadata.num_rows())?;
        let (start, len) = chunk.byte_range();
        let file = file.within(start..start.saturating_add(len));
        let pages = SerializedPageReader::new(file, chunk, row_count, None)?;
        Ok(Self {
            reader: typed(get_column_reader(descr, Box::new(pages))),
            level_max,
            definitions: vec![],
            repetitions: vec![],
            values: vec![],
            level_next: 0,
            value_next: 0,
            positions: vec![0; level_max.repetition.unsigned_abs().into()],
            shown: vec![],
            suspect: vec![],
            declared,
        })
    }

    /// Decodes exactly `rows` rows.
    pub(super) fn decode(&mut self, rows: usize) -> Result<(), DecodeFailure> {
        self.definitions.clear();
        self.repetitions.clear();
        self.values.clear();
        self.level_next = 0;
        self.value_next = 0;
        let mut rows_read = 0;
        while rows_read < rows {
            let (read, levels) = catch_decoder_panic(|| {
                self.reader.read_values(
                    rows - rows_read,
                    &mut self.definitions,
                    &mut self.repetitions,
                    &mut self.values,
                )
            })?;
            if read == 0 && levels == 0 {
                return Err(DecodeFailure::Fact("holds fewer rows than its row group"));
            }
            rows_read += read;
        }
        Ok(())
    }

    /// Gives the values of the next row that are not null, with their positions in the lists around them.
    pub(super) fn next_row(
        &mut self,
        mut each: impl FnMut(&[usize], &T::T),
    ) -> Result<(), DecodeFailure> {
        let Levels { definition, repetition } = self.level_max;
        let mut is_first = true;
        loop {
            // A level of 0 does not vary, and is not stored.
            let level = if repetition > 0 {
                match self.repetitions.get(self.level_next) {
                    Some(0) if !is_first => return Ok(()),
                    Some(&level) => level,
                    None if is_first => {
                        return Err(DecodeFailure::Fact("holds fewer levels than rows"));
                    }
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
                *level.ok_or(DecodeFailure::Fact("holds fewer levels than rows"))? == definition
            } else {
                true
            };
            self.level_next += 1;
            if is_value {
                let value = self.values.get(self.value_next);
                each(
                    &self.positions,
                    value.ok_or(DecodeFailure::Fact("holds fewer values than it says"))?,
                );
                self.value_next += 1;
            }
        }
    }

    /// Whether a value of the next row is suspect. The row stays the next.
    pub(super) fn is_next_suspect(&mut self) -> Result<bool, DecodeFailure> {
        let (level, value) = (self.level_next, self.value_next);
        self.next_row(|_, _| ())?;
        let values = value..self.value_next;
        (self.level_next, self.value_next) = (level, value);
        Ok(self.suspect.get(values).is_some_and(|row| row.contains(&true)))
    }

    /// A repetition level says which list goes on: those inside of it begin anew.
    fn step_to(&mut self, level: i16, is_first: bool) -> Result<(), DecodeFailure> {
        let level =
            usize::try_from(level).map_err(|_| DecodeFailure::Fact("has a level below 0"))?;
        if is_first != (level == 0) {
            return Err(DecodeFailure::Fact("does not begin with a row"));
        }
        if let Some(outer) = level.checked_sub(1) {
            *self
                .positions
                .get_mut(outer)
                .ok_or(DecodeFailure::Fact("has a level that its schema has not"))? += 1;
        }
        self.positions[level..].fill(0);
        Ok(())
    }

    /// Rows behind those that the row group counts would be lost in silence.
    pub(super) fn check_end(&mut self) -> Result<(), DecodeFailure> {
        self.values.clear();
        let (definitions, repetitions) = (&mut self.definitions, &mut self.repetitions);
        let (_, levels) = catch_decoder_panic(|| {
            self.reader.read_values(1, definitions, repetitions, &mut self.values)
        })?;
        if levels > 0 {
            Err(DecodeFailure::Fact("holds more rows than its row group"))
        } else {
            Ok(())
        }
    }
}

impl ParquetColumn<ByteArrayType> {
    pub(super) fn open_bytes(
        file: &Arc<ShardSource>,
        metadata: &RowGroupMetaData,
        leaf: usize,
    ) -> Result<Self, ParquetError> {
        Self::open_with(file, metadata, leaf, |reader| match reader {
            ColumnReader::FixedLenByteArrayColumnReader(reader) => Box::new(OfOneLen(reader)),
            reader => Box::new(get_typed_column_reader::<ByteArrayType>(reader)),
        })
    }

    /// Decodes exactly `rows` rows; gives the length of their text.
    pub(super) fn read(&mut self, rows: usize) -> Result<usize, DecodeFailure> {
        self.decode(rows)?;
        // `data` panics on a value that was never set. None is, but a hostile file must not prove the contrary.
        catch_decoder_panic(|| {
            Ok::<_, ParquetError>(
                self.values.iter().map(|value: &ByteArray| value.data().len()).sum(),
            )
        })
    }
}
