//! The facts of a row beside its texts: columns of one value a row, as text.

use std::fs::File;
use std::sync::Arc;

use ::parquet::basic::Type as Physical;
use ::parquet::data_type::{ByteArrayType, DoubleType, Int32Type, Int64Type, Int96, Int96Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::RowGroupMetaData;
use jiff::Timestamp;

use super::columns::Column;
use super::schema::{Columns, Meaning, ScalarColumn};
use super::{Failure, guard};
use crate::once::Once;
use crate::record::ID_LEN_MAX;

const NANOSECONDS_A_DAY: i128 = 86_400_000_000_000;
/// The Julian day of 1970-01-01.
const JULIAN_EPOCH: i128 = 2_440_588;

/// The readers of a row group.
pub(super) struct Facts {
    id: Option<ScalarReader>,
    time: Option<ScalarReader>,
    package: Option<ScalarReader>,
}

/// Those of one row.
pub(super) struct RowFacts {
    pub(super) id: Option<String>,
    pub(super) time: Option<String>,
    pub(super) package: Option<String>,
}

impl Facts {
    pub(super) fn open(
        file: &Arc<File>,
        metadata: &RowGroupMetaData,
        columns: &Columns,
    ) -> Result<Self, Failure> {
        let open = |column: &Option<ScalarColumn>| {
            column
                .as_ref()
                .map(|column| guard(|| ScalarReader::open(file, metadata, column)))
                .transpose()
        };
        Ok(Self {
            id: open(&columns.id)?,
            time: open(&columns.time)?,
            package: open(&columns.package)?,
        })
    }

    /// Decodes exactly `rows` rows.
    pub(super) fn read(&mut self, rows: usize) -> Result<(), Failure> {
        [&mut self.id, &mut self.time, &mut self.package]
            .into_iter()
            .flatten()
            .try_for_each(|reader| reader.read(rows))
    }

    pub(super) fn next_row(&mut self) -> Result<RowFacts, Failure> {
        let next = |reader: &mut Option<ScalarReader>| match reader {
            Some(reader) => reader.next_value(),
            None => Ok(None),
        };
        Ok(RowFacts {
            id: next(&mut self.id)?,
            time: next(&mut self.time)?,
            package: next(&mut self.package)?,
        })
    }

    /// Passes over the next row.
    pub(super) fn skip_row(&mut self) -> Result<(), Failure> {
        [&mut self.id, &mut self.time, &mut self.package]
            .into_iter()
            .flatten()
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
    Bytes(Column<ByteArrayType>),
    Int32(Column<Int32Type>),
    Int64(Column<Int64Type>),
    Int96(Column<Int96Type>),
    Double(Column<DoubleType>),
}

impl ScalarReader {
    fn open(
        file: &Arc<File>,
        metadata: &RowGroupMetaData,
        column: &ScalarColumn,
    ) -> Result<Self, ParquetError> {
        let leaf = column.leaf;
        let values = match column.physical {
            Physical::INT32 => Values::Int32(Column::open(file, metadata, leaf)?),
            Physical::INT64 => Values::Int64(Column::open(file, metadata, leaf)?),
            Physical::INT96 => Values::Int96(Column::open(file, metadata, leaf)?),
            Physical::DOUBLE => Values::Double(Column::open(file, metadata, leaf)?),
            _ => Values::Bytes(Column::open(file, metadata, leaf)?),
        };
        Ok(Self {
            values,
            meaning: column.meaning,
        })
    }

    fn read(&mut self, rows: usize) -> Result<(), Failure> {
        match &mut self.values {
            Values::Bytes(column) => column.read(rows).map(|_| ()),
            Values::Int32(column) => column.decode(rows),
            Values::Int64(column) => column.decode(rows),
            Values::Int96(column) => column.decode(rows),
            Values::Double(column) => column.decode(rows),
        }
    }

    /// The value of the next row; none if it is null, of no use, or one of several.
    fn next_value(&mut self) -> Result<Option<String>, Failure> {
        let meaning = self.meaning;
        let mut value = Once::Never;
        match &mut self.values {
            Values::Bytes(column) => column.next_row(|_, text| {
                let text = text.data();
                let is_short = text.len() <= ID_LEN_MAX;
                value.meet(is_short.then(|| String::from_utf8_lossy(text).into_owned()));
            })?,
            Values::Int32(column) => {
                column.next_row(|_, &number| value.meet(words(meaning, number.into())))?;
            }
            Values::Int64(column) => {
                column.next_row(|_, &number| value.meet(words(meaning, number)))?;
            }
            Values::Int96(column) => column.next_row(|_, moment| value.meet(int96(moment)))?,
            Values::Double(column) => {
                column.next_row(|_, number| value.meet(Some(number.to_string())))?;
            }
        }
        Ok(value.into_only())
    }
}

/// A number as text; of a day or a moment that no calendar has, none.
fn words(meaning: Meaning, number: i64) -> Option<String> {
    let number_wide = i128::from(number);
    match meaning {
        Meaning::Plain => Some(number.to_string()),
        Meaning::Days => moment(number_wide * NANOSECONDS_A_DAY)
            .map(|moment| moment.strftime("%Y-%m-%d").to_string()),
        Meaning::Moments(unit) => {
            moment(number_wide * i128::from(unit)).map(|moment| moment.to_string())
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

fn moment(nanoseconds: i128) -> Option<Timestamp> {
    Timestamp::from_nanosecond(nanoseconds).ok()
}
