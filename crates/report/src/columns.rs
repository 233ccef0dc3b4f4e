//! Findings to one batch of Arrow columns: the schema of `findings.parquet`.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float32Array, ListArray, MapArray, RecordBatch, StringArray,
    StructArray, TimestampMillisecondArray, UInt32Array, UInt64Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields, Schema, TimeUnit};
use arrow::error::ArrowError;
use seepage_detect::{Changes, Span};
use seepage_engine::{FindingRow, Kept};

use crate::renames::{renames, renames_type};

/// Bytes that the row takes in memory, roughly, and at least those of its longest column.
pub(crate) fn row_len(row: &FindingRow) -> usize {
    row.found.size() + row.provenance.names_len()
}

fn changes_of(row: &FindingRow) -> Option<&Changes> {
    row.found.finding.changes.as_ref()
}

fn span_fields() -> Fields {
    ["record_start", "record_end", "passage_start", "passage_end"]
        .map(|name| Field::new(name, DataType::UInt32, false))
        .into_iter()
        .collect()
}

fn span_item() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Struct(span_fields()), false))
}

/// One value that was kept, under its field.
fn kept_parts() -> Fields {
    ["field", "value"].map(|name| Field::new(name, DataType::Utf8, false)).into_iter().collect()
}

fn kept_entry() -> Arc<Field> {
    Arc::new(Field::new("entries", DataType::Struct(kept_parts()), false))
}

/// The columns of `findings.parquet`. JSON lines use the same names, but have no `packages`.
pub(crate) fn schema() -> Arc<Schema> {
    let required = |name, kind| Field::new(name, kind, false);
    let optional = |name, kind| Field::new(name, kind, true);
    Arc::new(Schema::new(vec![
        required("shard", DataType::Utf8),
        required("row", DataType::UInt64),
        optional("record_id", DataType::Utf8),
        required("kept", DataType::Map(kept_entry(), false)),
        required("field", DataType::Utf8),
        required("tier", DataType::Utf8),
        required("rule", DataType::Utf8),
        required("score", DataType::Float32),
        required("matched_bytes", DataType::UInt64),
        required("spans", DataType::List(span_item())),
        optional("identical", DataType::Float32),
        optional("edited", DataType::Float32),
        optional("renames", renames_type()),
        optional("record_date", DataType::Utf8),
        required("predates", DataType::Boolean),
        required("packages", DataType::UInt32),
        required("passage_id", DataType::UInt32),
        required("family_id", DataType::UInt32),
        required("tool", DataType::Utf8),
        optional("model", DataType::Utf8),
        required("session_id", DataType::Utf8),
        optional("message_id", DataType::Utf8),
        optional("call_id", DataType::Utf8),
        optional("authored_at", DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))),
        optional("cwd", DataType::Utf8),
        optional("file_path", DataType::Utf8),
        required("kind", DataType::Utf8),
        optional("applied", DataType::Boolean),
        required("log_path", DataType::Utf8),
        required("log_line", DataType::UInt64),
        required("index_digest", DataType::Utf8),
    ]))
}

/// The rows as columns, in the order of [`schema`].
pub(crate) fn to_batch(rows: &[FindingRow], index_digest: &str) -> Result<RecordBatch, ArrowError> {
    let columns: Vec<ArrayRef> = vec![
        text(rows, |row| &row.found.shard),
        u64s(rows, |row| row.found.row),
        optional_text(rows, |row| row.found.record_id.as_deref()),
        kept(rows)?,
        text(rows, |row| &row.found.field),
        text(rows, |row| row.found.finding.tier.name()),
        text(rows, |row| &row.found.finding.rule),
        Arc::new(Float32Array::from_iter_values(rows.iter().map(|row| row.found.finding.score))),
        u64s(rows, |row| row.found.finding.matched_bytes),
        spans(rows)?,
        optional_f32s(rows, |changes| changes.identical),
        optional_f32s(rows, |changes| changes.edited),
        renames(rows)?,
        optional_text(rows, |row| row.found.record_date.as_deref()),
        Arc::new(rows.iter().map(|row| Some(row.found.predates)).collect::<BooleanArray>()),
        u32s(rows, |row| row.packages.unwrap_or(0)),
        u32s(rows, |row| row.found.finding.passage.0),
        u32s(rows, |row| row.provenance.family.0),
        text(rows, |row| &row.provenance.tool),
        optional_text(rows, |row| row.provenance.model.as_deref()),
        text(rows, |row| &row.provenance.session_id),
        optional_text(rows, |row| row.provenance.message_id.as_deref()),
        optional_text(rows, |row| row.provenance.call_id.as_deref()),
        Arc::new(
            rows.iter()
                .map(|row| row.provenance.authored_at)
                .collect::<TimestampMillisecondArray>()
                .with_timezone("UTC"),
        ),
        optional_text(rows, |row| row.provenance.cwd.as_deref()),
        optional_text(rows, |row| row.provenance.file_path.as_deref()),
        text(rows, |row| &row.provenance.kind),
        Arc::new(rows.iter().map(|row| row.provenance.applied).collect::<BooleanArray>()),
        text(rows, |row| &row.provenance.log_path),
        u64s(rows, |row| row.provenance.log_line),
        text(rows, |_| index_digest),
    ];
    RecordBatch::try_new(schema(), columns)
}

fn text<'r>(rows: &'r [FindingRow], of: impl Fn(&'r FindingRow) -> &'r str) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(rows.iter().map(of)))
}

fn optional_text<'r>(
    rows: &'r [FindingRow],
    of: impl Fn(&'r FindingRow) -> Option<&'r str>,
) -> ArrayRef {
    Arc::new(rows.iter().map(of).collect::<StringArray>())
}

fn optional_f32s(rows: &[FindingRow], of: impl Fn(&Changes) -> f32) -> ArrayRef {
    let shares = rows.iter().map(|row| changes_of(row).map(&of));
    Arc::new(shares.collect::<Float32Array>())
}

fn u32s(rows: &[FindingRow], of: impl Fn(&FindingRow) -> u32) -> ArrayRef {
    Arc::new(UInt32Array::from_iter_values(rows.iter().map(of)))
}

fn u64s(rows: &[FindingRow], of: impl Fn(&FindingRow) -> u64) -> ArrayRef {
    Arc::new(UInt64Array::from_iter_values(rows.iter().map(of)))
}

fn kept(rows: &[FindingRow]) -> Result<ArrayRef, ArrowError> {
    let texts = |of: fn(&Kept) -> &str| -> ArrayRef {
        let kept = rows.iter().flat_map(|row| &row.found.kept);
        Arc::new(StringArray::from_iter_values(kept.map(of)))
    };
    let columns = vec![texts(|kept| &kept.field), texts(|kept| &kept.value)];
    let entries = StructArray::try_new(kept_parts(), columns, None)?;
    let lengths = OffsetBuffer::from_lengths(rows.iter().map(|row| row.found.kept.len()));
    let map = MapArray::try_new(kept_entry(), lengths, entries, None, false)?;
    Ok(Arc::new(map))
}

fn spans(rows: &[FindingRow]) -> Result<ArrayRef, ArrowError> {
    let ends = |of: fn(&Span) -> u32| -> ArrayRef {
        Arc::new(UInt32Array::from_iter_values(
            rows.iter().flat_map(|row| &row.found.finding.spans).map(of),
        ))
    };
    let items = StructArray::try_new(
        span_fields(),
        vec![
            ends(|span| span.record.start),
            ends(|span| span.record.end),
            ends(|span| span.passage.start),
            ends(|span| span.passage.end),
        ],
        None,
    )?;
    let lengths = OffsetBuffer::from_lengths(rows.iter().map(|row| row.found.finding.spans.len()));
    Ok(Arc::new(ListArray::try_new(span_item(), lengths, Arc::new(items), None)?))
}
