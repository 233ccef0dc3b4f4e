//! Rows as Arrow columns: what `findings.parquet` makes of each type of column.

use std::iter;
use std::sync::Arc;

use arrow::array::{
    ArrayBuilder, ArrayRef, BooleanArray, Float32Array, ListArray, MapArray, RecordBatch,
    StringArray, StringBuilder, StructArray, TimestampMillisecondArray, UInt32Array, UInt64Array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields, Schema, TimeUnit};
use arrow::error::ArrowError;
use seepage_detect::Changes;
use seepage_engine::{FindingRow, Kept};

use crate::row::{COLUMNS, FindingValue, SPAN_ENDS, span_ends};

/// The columns of `findings.parquet`.
pub(crate) fn schema() -> Arc<Schema> {
    let fields = COLUMNS.iter().map(|column| {
        let kind = match column.value {
            FindingValue::Text(_) | FindingValue::IndexDigest => DataType::Utf8,
            FindingValue::Bool(_) => DataType::Boolean,
            FindingValue::U32(_) => DataType::UInt32,
            FindingValue::U64(_) => DataType::UInt64,
            FindingValue::F32(_) => DataType::Float32,
            FindingValue::Time(_) => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            FindingValue::Spans(_) => DataType::List(span_item()),
            FindingValue::Kept(_) => DataType::Map(map_entry(kept_pair()), false),
            FindingValue::Renames(_) => DataType::Map(map_entry(rename_pair()), false),
        };
        Field::new(column.name, kind, column.is_optional)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The rows as columns, in the order of [`schema`].
pub(crate) fn to_batch(rows: &[FindingRow], index_digest: &str) -> Result<RecordBatch, ArrowError> {
    let columns = COLUMNS.iter().map(|column| to_array(&column.value, rows, index_digest));
    RecordBatch::try_new(schema(), columns.collect::<Result<_, _>>()?)
}

fn to_array<'r>(
    value: &FindingValue,
    rows: &'r [FindingRow],
    index_digest: &str,
) -> Result<ArrayRef, ArrowError> {
    let rows = rows.iter();
    Ok(match value {
        FindingValue::Text(of) => Arc::new(rows.map(of).collect::<StringArray>()),
        FindingValue::Bool(of) => Arc::new(rows.map(of).collect::<BooleanArray>()),
        FindingValue::U32(of) => Arc::new(rows.map(of).collect::<UInt32Array>()),
        FindingValue::U64(of) => Arc::new(rows.map(of).collect::<UInt64Array>()),
        FindingValue::F32(of) => Arc::new(rows.map(of).collect::<Float32Array>()),
        FindingValue::Time(of) => {
            Arc::new(rows.map(of).collect::<TimestampMillisecondArray>().with_timezone("UTC"))
        }
        FindingValue::Spans(of) => {
            let lengths = OffsetBuffer::from_lengths(rows.clone().map(|row| of(row).len()));
            let ends = (0..SPAN_ENDS.len()).map(|at| -> ArrayRef {
                let ends = rows.clone().flat_map(of).map(|span| span_ends(span)[at]);
                Arc::new(UInt32Array::from_iter_values(ends))
            });
            let items = StructArray::try_new(span_fields(), ends.collect(), None)?;
            Arc::new(ListArray::try_new(span_item(), lengths, Arc::new(items), None)?)
        }
        FindingValue::Kept(of) => {
            let pairs = |kept: &'r [Kept]| kept.iter().map(|kept| (&*kept.field, &*kept.value));
            to_maps(kept_pair(), rows.map(|row| Some(pairs(of(row)))))?
        }
        FindingValue::Renames(of) => {
            let pairs = |changes: &'r Changes| {
                changes.renames.iter().map(|(from, to)| (from.as_str(), to.as_str()))
            };
            to_maps(rename_pair(), rows.map(|row| of(row).map(pairs)))?
        }
        FindingValue::IndexDigest => {
            Arc::new(StringArray::from_iter_values(iter::repeat_n(index_digest, rows.len())))
        }
    })
}

fn span_fields() -> Fields {
    SPAN_ENDS.map(|name| Field::new(name, DataType::UInt32, false)).into_iter().collect()
}

fn span_item() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Struct(span_fields()), false))
}

/// A value that was kept, under its field.
fn kept_pair() -> Fields {
    ["field", "value"].map(|name| Field::new(name, DataType::Utf8, false)).into_iter().collect()
}

/// A name of the passage, and what it is called in the record.
fn rename_pair() -> Fields {
    let pair = [("key", false), ("value", true)];
    pair.map(|(name, is_optional)| Field::new(name, DataType::Utf8, is_optional))
        .into_iter()
        .collect()
}

fn map_entry(pair: Fields) -> Arc<Field> {
    Arc::new(Field::new("entries", DataType::Struct(pair), false))
}

/// A column of maps, each given as its pairs; a map may be missing.
fn to_maps<'r, P: Iterator<Item = (&'r str, &'r str)>>(
    pair: Fields,
    maps: impl Iterator<Item = Option<P>>,
) -> Result<ArrayRef, ArrowError> {
    let (mut keys, mut values) = (StringBuilder::new(), StringBuilder::new());
    let (mut lengths, mut is_there) = (vec![], vec![]);
    for map in maps {
        is_there.push(map.is_some());
        let before = keys.len();
        for (key, value) in map.into_iter().flatten() {
            keys.append_value(key);
            values.append_value(value);
        }
        lengths.push(keys.len() - before);
    }
    let columns: Vec<ArrayRef> = vec![Arc::new(keys.finish()), Arc::new(values.finish())];
    let entries = StructArray::try_new(pair.clone(), columns, None)?;
    let lengths = OffsetBuffer::from_lengths(lengths);
    let is_there = NullBuffer::from(is_there);
    Ok(Arc::new(MapArray::try_new(map_entry(pair), lengths, entries, Some(is_there), false)?))
}
