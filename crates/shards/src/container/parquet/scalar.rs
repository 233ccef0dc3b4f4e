//! The facts of a row beside its texts: columns of one value a row, as text.

use std::borrow::Cow;
use std::sync::Arc;

use ::parquet::basic::Type as Physical;
use ::parquet::data_type::{ByteArrayType, DoubleType, Int32Type, Int64Type, Int96, Int96Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::RowGroupMetaData;

use crate::FieldPath;
use crate::catch_decoder_panic::{DecodeFailure, catch_decoder_panic};
use crate::container::parquet::column::ParquetColumn;
use crate::container::parquet::schema::{ColumnKind, ParquetColumns};
use crate::fields::moment::{Meaning, NANOSECONDS_A_DAY, moment, words};
use crate::fields::unambiguous::Unambiguous;
use crate::place::source::ShardSource;
use crate::record::{ID_LEN_MAX, Kept, keep};

/// The Julian day of 1970-01-01.
const JULIAN_EPOCH: i128 = 2_440_588;

/// The readers of a row group.
pub(super) struct Facts {
    id: Option<ScalarReader>,
    time: Option<ScalarReader>,
    package: Option<ScalarReader>,
    kept: Vec<(FieldPath, ScalarReader)>,
}

/// Those of one row.
pub(super) struct RowFacts {
    pub(super) id: Option<String>,
    pub(super) time: Option<String>,
    pub(super) package: Option<String>,
    pub(super) kept: Vec<Kept>,
}

impl Facts {
    pub(super) fn open(
        file: &Arc<ShardSource>,
        metadata: &RowGroupMetaData,
        columns: &ParquetColumns,
    ) -> Result<Self, DecodeFailure> {
        let open = |leaf: usize| {
            catch_decoder_panic(|| ScalarReader::open(file, metadata, leaf, columns.kinds[leaf]))
        };
        let mut kept = vec![];
        for (leaf, field) in &columns.chosen.kept {
            kept.push((field.clone(), open(*leaf)?));
        }
        Ok(Self {
            id: columns.chosen.id.map(open).transpose()?,
            time: columns.chosen.time.map(open).transpose()?,
            package: columns.chosen.package.map(open).transpose()?,
            kept,
        })
    }

    /// Decodes exactly `rows` rows.
    pub(super) fn read(&mut self, rows: usize) -> Result<(), DecodeFailure> {
        [&mut self.id, &mut self.time, &mut self.package]
            .into_iter()
            .flatten()
            .chain(self.kept.iter_mut().map(|(_, reader)| reader))
            .try_for_each(|reader| reader.read(rows))
    }

    pub(super) fn next_row(&mut self) -> Result<RowFacts, DecodeFailure> {
        let next = |reader: &mut Option<ScalarReader>| match reader {
            Some(reader) => reader.next_value(),
            None => Ok(None),
        };
        let mut kept = vec![];
        for (field, reader) in &mut self.kept {
            reader.next_values(|positions, value| {
                if let Some(value) = value {
                    keep(&mut kept, field, positions, &value);
                }
            })?;
        }
        Ok(RowFacts {
            id: next(&mut self.id)?,
            time: next(&mut self.time)?,
            package: next(&mut self.package)?,
            kept,
        })
    }

    /// Passes over the next row.
    pub(super) fn skip_row(&mut self) -> Result<(), DecodeFailure> {
        [&mut self.id, &mut self.time, &mut self.package]
            .into_iter()
            .flatten()
            .chain(self.kept.iter_mut().map(|(_, reader)| reader))
            .try_for_each(|reader| match &mut reader.values {
                Values::Bytes(column) => column.next_row(|_, _| ()),
                Values::Int32(column) => column.next_row(|_, _| ()),
                Values::Int64(column) => column.next_row(|_, _| ()),
                Values::Int96(column) => column.next_row(|_, _| ()),
                Values::Double(column) => column.next_row(|_, _| ()),
            })
    }
}

/// A column, and what its numbers mean.
struct ScalarReader {
    values: Values,
    meaning: Meaning,
}

enum Values {
    Bytes(ParquetColumn<ByteArrayType>),
    Int32(ParquetColumn<Int32Type>),
    Int64(ParquetColumn<Int64Type>),
    Int96(ParquetColumn<Int96Type>),
    Double(ParquetColumn<DoubleType>),
}

impl ScalarReader {
    fn open(
        file: &Arc<ShardSource>,
        metadata: &RowGroupMetaData,
        leaf: usize,
        kind: ColumnKind,
    ) -> Result<Self, ParquetError> {
        let values = match kind.physical {
            Physical::INT32 => Values::Int32(ParquetColumn::open(file, metadata, leaf)?),
            Physical::INT64 => Values::Int64(ParquetColumn::open(file, metadata, leaf)?),
            Physical::INT96 => Values::Int96(ParquetColumn::open(file, metadata, leaf)?),
            Physical::DOUBLE => Values::Double(ParquetColumn::open(file, metadata, leaf)?),
            _ => Values::Bytes(ParquetColumn::open_bytes(file, metadata, leaf)?),
        };
        Ok(Self { values, meaning: kind.meaning })
    }

    fn read(&mut self, rows: usize) -> Result<(), DecodeFailure> {
        match &mut self.values {
            Values::Bytes(column) => column.read(rows).map(|_| ()),
            Values::Int32(column) => column.decode(rows),
            Values::Int64(column) => column.decode(rows),
            Values::Int96(column) => column.decode(rows),
            Values::Double(column) => column.decode(rows),
        }
    }

    /// The value of the next row; none if it is null, of no use, or one of several.
    fn next_value(&mut self) -> Result<Option<String>, DecodeFailure> {
        let mut only = Unambiguous::Never;
        self.next_values(|_, value| {
            only.meet(value.filter(|value| value.len() <= ID_LEN_MAX).map(Cow::into_owned));
        })?;
        Ok(only.into_only())
    }

    /// The values of the next row with their positions, none for those of no use. Of a long one not much more than
    /// [`ID_LEN_MAX`] is given.
    fn next_values(
        &mut self,
        mut each: impl FnMut(&[usize], Option<Cow<'_, str>>),
    ) -> Result<(), DecodeFailure> {
        let meaning = self.meaning;
        let mut number =
            |positions: &[usize], number| each(positions, words(meaning, number).map(Cow::Owned));
        match &mut self.values {
            Values::Int32(column) => column.next_row(|at, &value| number(at, value.into())),
            Values::Int64(column) => column.next_row(|at, &value| number(at, value)),
            Values::Bytes(column) => column.next_row(|at, text| {
                let text = text.data();
                let head = &text[..text.len().min(ID_LEN_MAX + 1)];
                each(at, Some(String::from_utf8_lossy(head)));
            }),
            Values::Int96(column) => {
                column.next_row(|at, moment| each(at, int96(moment).map(Cow::Owned)))
            }
            Values::Double(column) => {
                column.next_row(|at, value| each(at, Some(Cow::Owned(value.to_string()))))
            }
        }
    }
}

/// The timestamp of old writers: nanoseconds of the day, and the Julian day.
fn int96(value: &Int96) -> Option<String> {
    let &[low, high, day] = value.data() else {
        return None;
    };
    let of_day = i128::from(low) | i128::from(high) << 32;
    let days = i128::from(day) - JULIAN_EPOCH;
    moment(days * NANOSECONDS_A_DAY + of_day).map(|moment| moment.to_string())
}
