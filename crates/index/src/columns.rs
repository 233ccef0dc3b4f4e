//! Provenance as columns: the schema of `provenance.parquet`, and the way there and back.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, RecordBatch, StringArray, TimestampMillisecondArray,
    UInt32Array, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use arrow::error::ArrowError;

use crate::passage::{PassageId, Provenance};

/// The column of the first passage of each one's family.
const FAMILY: &str = "family_id";

/// Name, type, and whether a value may be missing; in the order of [`to_batch`] and [`from_batch`].
pub(crate) fn schema() -> Arc<Schema> {
    let required = |name, kind| Field::new(name, kind, false);
    let optional = |name, kind| Field::new(name, kind, true);
    let time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        required("passage_id", DataType::UInt32),
        required("tool", DataType::Utf8),
        optional("model", DataType::Utf8),
        required("session_id", DataType::Utf8),
        optional("message_id", DataType::Utf8),
        optional("call_id", DataType::Utf8),
        optional("authored_at", time),
        optional("cwd", DataType::Utf8),
        optional("file_path", DataType::Utf8),
        required("kind", DataType::Utf8),
        optional("applied", DataType::Boolean),
        required("log_path", DataType::Utf8),
        required("log_line", DataType::UInt64),
        required("bytes_written", DataType::UInt64),
        required("bytes_subtracted", DataType::UInt64),
        required(FAMILY, DataType::UInt32),
        required("text_len", DataType::UInt32),
    ]))
}

/// A passage's provenance, and what else stands in its row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) passage: u32,
    pub(crate) provenance: Provenance,
    /// Bytes of the passage's text, quotes included.
    pub(crate) text_len: u32,
}

/// The rows as columns.
pub(crate) fn to_batch(rows: &[Row]) -> Result<RecordBatch, ArrowError> {
    let columns: Vec<ArrayRef> = vec![
        u32s(rows, |row| row.passage),
        names(rows, |from| &from.tool),
        optional_names(rows, |from| from.model.as_deref()),
        names(rows, |from| &from.session_id),
        optional_names(rows, |from| from.message_id.as_deref()),
        optional_names(rows, |from| from.call_id.as_deref()),
        Arc::new(
            rows.iter()
                .map(|row| row.provenance.authored_at)
                .collect::<TimestampMillisecondArray>()
                .with_timezone("UTC"),
        ),
        optional_names(rows, |from| from.cwd.as_deref()),
        optional_names(rows, |from| from.file_path.as_deref()),
        names(rows, |from| &from.kind),
        Arc::new(rows.iter().map(|row| row.provenance.applied).collect::<BooleanArray>()),
        names(rows, |from| &from.log_path),
        u64s(rows, |from| from.log_line),
        u64s(rows, |from| from.bytes_written),
        u64s(rows, |from| from.bytes_subtracted),
        u32s(rows, |row| row.provenance.family.0),
        u32s(rows, |row| row.text_len),
    ];
    RecordBatch::try_new(schema(), columns)
}

/// The rows of a batch, in other families.
pub(crate) fn with_families(
    batch: &RecordBatch,
    families: Vec<u32>,
) -> Result<RecordBatch, ArrowError> {
    let schema = schema();
    let mut columns = batch.columns().to_vec();
    columns[schema.index_of(FAMILY)?] = Arc::new(UInt32Array::from(families));
    RecordBatch::try_new(schema, columns)
}

fn u32s(rows: &[Row], of: impl Fn(&Row) -> u32) -> ArrayRef {
    Arc::new(UInt32Array::from_iter_values(rows.iter().map(of)))
}

fn u64s(rows: &[Row], of: impl Fn(&Provenance) -> u64) -> ArrayRef {
    let values = rows.iter().map(|row| of(&row.provenance));
    Arc::new(UInt64Array::from_iter_values(values))
}

fn names<'r>(rows: &'r [Row], of: impl Fn(&'r Provenance) -> &'r str) -> ArrayRef {
    let values = rows.iter().map(|row| of(&row.provenance));
    Arc::new(StringArray::from_iter_values(values))
}

fn optional_names<'r>(rows: &'r [Row], of: impl Fn(&'r Provenance) -> Option<&'r str>) -> ArrayRef {
    let values = rows.iter().map(|row| of(&row.provenance));
    Arc::new(values.collect::<StringArray>())
}

/// The provenance in row `at` of a batch; `None` if the batch does not have the columns of [`schema`], has no such row,
/// or holds another passage there.
pub(crate) fn from_batch(batch: &RecordBatch, at: usize, passage: u32) -> Option<Provenance> {
    let mut columns = batch.columns().iter();
    if value::<UInt32Array, _>(&mut columns, at, UInt32Array::value)?? != passage {
        return None;
    }
    let name = |columns: &mut std::slice::Iter<'_, ArrayRef>| {
        value::<StringArray, _>(columns, at, |array, at| array.value(at).to_owned())
    };
    let number = |columns: &mut std::slice::Iter<'_, ArrayRef>| {
        value::<UInt64Array, _>(columns, at, UInt64Array::value)
    };
    // Fields are evaluated in this order, which is that of the columns.
    Some(Provenance {
        tool: name(&mut columns)??,
        model: name(&mut columns)?,
        session_id: name(&mut columns)??,
        message_id: name(&mut columns)?,
        call_id: name(&mut columns)?,
        authored_at: value::<TimestampMillisecondArray, _>(
            &mut columns,
            at,
            TimestampMillisecondArray::value,
        )?,
        cwd: name(&mut columns)?,
        file_path: name(&mut columns)?,
        kind: name(&mut columns)??,
        applied: value::<BooleanArray, _>(&mut columns, at, BooleanArray::value)?,
        log_path: name(&mut columns)??,
        log_line: number(&mut columns)??,
        bytes_written: number(&mut columns)??,
        bytes_subtracted: number(&mut columns)??,
        family: PassageId(value::<UInt32Array, _>(&mut columns, at, UInt32Array::value)??),
    })
}

/// The value in row `at` of the next column: `None` if there is no such column or row, `Some(None)` if it is missing.
#[expect(clippy::option_option, reason = "no such column, or no value in it")]
fn value<A: Array + 'static, T>(
    columns: &mut std::slice::Iter<'_, ArrayRef>,
    at: usize,
    read: impl Fn(&A, usize) -> T,
) -> Option<Option<T>> {
    let array = columns.next()?.as_any().downcast_ref::<A>()?;
    (at < array.len()).then(|| (!array.is_null(at)).then(|| read(array, at)))
}
