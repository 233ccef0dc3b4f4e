//! The columns of `provenance.parquet`: one table of them, from which the schema, the way there and the way back follow.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, RecordBatch, StringArray, TimestampMillisecondArray,
    UInt32Array, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use arrow::error::ArrowError;

use seepage_logs::Class;

use crate::passage::PassageEntry;

/// The field of an entry that a column holds; its type is that of the column.
enum EntryColumn {
    Text(fn(&mut PassageEntry) -> &mut String),
    OptionalText(fn(&mut PassageEntry) -> &mut Option<String>),
    Class(fn(&mut PassageEntry) -> &mut Class),
    OptionalBool(fn(&mut PassageEntry) -> &mut Option<bool>),
    /// Milliseconds since 1970-01-01 UTC.
    OptionalTime(fn(&mut PassageEntry) -> &mut Option<i64>),
    U32(fn(&mut PassageEntry) -> &mut u32),
    U64(fn(&mut PassageEntry) -> &mut u64),
}

/// The column of the author's class.
const CLASS: &str = "class";
/// The column of the passage.
const PASSAGE: &str = "passage_id";
/// The column of the bytes that the author imitated.
const IMITATED: &str = "bytes_imitated";
/// The column of the first passage of each one's family.
const FAMILY: &str = "family_id";

/// All columns by name, in order.
static COLUMNS: [(&str, EntryColumn); 18] = [
    (PASSAGE, EntryColumn::U32(|entry| &mut entry.passage.0)),
    ("tool", EntryColumn::Text(|entry| &mut entry.author.provenance.tool)),
    ("model", EntryColumn::OptionalText(|entry| &mut entry.author.provenance.model)),
    ("session_id", EntryColumn::Text(|entry| &mut entry.author.provenance.session_id)),
    ("message_id", EntryColumn::OptionalText(|entry| &mut entry.author.provenance.message_id)),
    ("call_id", EntryColumn::OptionalText(|entry| &mut entry.author.provenance.call_id)),
    ("authored_at", EntryColumn::OptionalTime(|entry| &mut entry.author.provenance.authored_at)),
    ("cwd", EntryColumn::OptionalText(|entry| &mut entry.author.provenance.cwd)),
    ("file_path", EntryColumn::OptionalText(|entry| &mut entry.author.provenance.file_path)),
    (CLASS, EntryColumn::Class(|entry| &mut entry.author.provenance.class)),
    ("applied", EntryColumn::OptionalBool(|entry| &mut entry.author.provenance.applied)),
    ("log_path", EntryColumn::Text(|entry| &mut entry.author.provenance.log_path)),
    ("log_line", EntryColumn::U64(|entry| &mut entry.author.provenance.log_line)),
    ("bytes_written", EntryColumn::U64(|entry| &mut entry.author.bytes_written)),
    ("bytes_subtracted", EntryColumn::U64(|entry| &mut entry.author.bytes_subtracted)),
    (FAMILY, EntryColumn::U32(|entry| &mut entry.family.0)),
    ("text_len", EntryColumn::U32(|entry| &mut entry.text_len)),
    (IMITATED, EntryColumn::U64(|entry| &mut entry.author.bytes_imitated)),
];

impl EntryColumn {
    /// The type of the column, and whether a value may be missing.
    fn kind(&self) -> (DataType, bool) {
        match self {
            Self::Text(_) | Self::Class(_) => (DataType::Utf8, false),
            Self::OptionalText(_) => (DataType::Utf8, true),
            Self::OptionalBool(_) => (DataType::Boolean, true),
            Self::OptionalTime(_) => {
                (DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())), true)
            }
            Self::U32(_) => (DataType::UInt32, false),
            Self::U64(_) => (DataType::UInt64, false),
        }
    }

    /// The column of `entries`. They stay as they are: they are borrowed as mutable because one function leads to a field
    /// both ways.
    fn write(&self, entries: &mut [PassageEntry]) -> ArrayRef {
        let entries = entries.iter_mut();
        match self {
            Self::Text(of) => {
                Arc::new(StringArray::from_iter_values(entries.map(|entry| &*of(entry))))
            }
            Self::OptionalText(of) => {
                Arc::new(entries.map(|entry| of(entry).as_deref()).collect::<StringArray>())
            }
            Self::Class(of) => {
                Arc::new(StringArray::from_iter_values(entries.map(|entry| of(entry).name())))
            }
            Self::OptionalBool(of) => {
                Arc::new(entries.map(|entry| *of(entry)).collect::<BooleanArray>())
            }
            Self::OptionalTime(of) => {
                let times: TimestampMillisecondArray = entries.map(|entry| *of(entry)).collect();
                Arc::new(times.with_timezone("UTC"))
            }
            Self::U32(of) => {
                Arc::new(UInt32Array::from_iter_values(entries.map(|entry| *of(entry))))
            }
            Self::U64(of) => {
                Arc::new(UInt64Array::from_iter_values(entries.map(|entry| *of(entry))))
            }
        }
    }

    /// Puts the value in a row of the column into `entry`; `None` if the column is of another type, has no such row, or
    /// lacks a value that must be there.
    fn read(&self, column: &dyn Array, row: usize, entry: &mut PassageEntry) -> Option<()> {
        let text = |array: &StringArray, row| array.value(row).to_owned();
        match self {
            Self::Text(of) => *of(entry) = value(column, row, text)??,
            Self::OptionalText(of) => *of(entry) = value(column, row, text)?,
            Self::Class(of) => {
                let class = |array: &StringArray, row| class_of(array.value(row));
                *of(entry) = value(column, row, class)???;
            }
            Self::OptionalBool(of) => *of(entry) = value(column, row, BooleanArray::value)?,
            Self::OptionalTime(of) => {
                *of(entry) = value(column, row, TimestampMillisecondArray::value)?;
            }
            Self::U32(of) => *of(entry) = value(column, row, UInt32Array::value)??,
            Self::U64(of) => *of(entry) = value(column, row, UInt64Array::value)??,
        }
        Some(())
    }
}

/// The class of this name, in this format or in format 1, which had other names for two.
fn class_of(name: &str) -> Option<Class> {
    match name {
        "patch" => Some(Class::Edit),
        "heredoc" => Some(Class::Shell),
        name => Class::from_name(name),
    }
}

/// The value in a row of a column: `None` if the column is of another type or has no such row, `Some(None)` if the value is
/// missing.
#[expect(clippy::option_option, reason = "no such row, or no value in it")]
fn value<A: Array + 'static, T>(
    column: &dyn Array,
    row: usize,
    read: impl Fn(&A, usize) -> T,
) -> Option<Option<T>> {
    let array = column.as_any().downcast_ref::<A>()?;
    (row < array.len()).then(|| array.is_valid(row).then(|| read(array, row)))
}

pub(crate) fn schema() -> Arc<Schema> {
    let fields = COLUMNS.iter().map(|(name, cell)| {
        let (kind, is_optional) = cell.kind();
        Field::new(*name, kind, is_optional)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The schema of format 1, in which one column had another name, and the last was not there.
pub(crate) fn schema_v1() -> Arc<Schema> {
    let fields = schema()
        .fields()
        .iter()
        .filter(|field| field.name() != IMITATED)
        .map(|field| match field.name().as_str() {
            CLASS => Field::clone(field).with_name("kind"),
            _ => Field::clone(field),
        })
        .collect::<Vec<_>>();
    Arc::new(Schema::new(fields))
}

/// The entries as columns.
pub(crate) fn to_batch(entries: &mut [PassageEntry]) -> Result<RecordBatch, ArrowError> {
    let columns = COLUMNS.iter().map(|(_, cell)| cell.write(entries));
    RecordBatch::try_new(schema(), columns.collect())
}

/// The passage of each row of a batch.
pub(crate) fn passages_of(batch: &RecordBatch) -> Result<UInt32Array, ArrowError> {
    let column = batch.column(schema().index_of(PASSAGE)?);
    let passages = column.as_any().downcast_ref::<UInt32Array>();
    passages.cloned().ok_or_else(|| ArrowError::SchemaError(format!("`{PASSAGE}` is no UInt32")))
}

/// The entries of a batch, in other families.
pub(crate) fn with_families(
    batch: &RecordBatch,
    families: Vec<u32>,
) -> Result<RecordBatch, ArrowError> {
    let schema = schema();
    let mut columns = batch.columns().to_vec();
    columns[schema.index_of(FAMILY)?] = Arc::new(UInt32Array::from(families));
    RecordBatch::try_new(schema, columns)
}

/// The entry in a row of a batch of either format; `None` if its columns are others, or it has no such row.
pub(crate) fn from_batch(batch: &RecordBatch, row: usize) -> Option<PassageEntry> {
    let mut entry = PassageEntry::default();
    for ((_, cell), column) in COLUMNS.iter().zip(batch.columns()) {
        cell.read(column, row, &mut entry)?;
    }
    Some(entry)
}
