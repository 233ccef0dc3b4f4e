//! The column of renames: of each row a map from a name of the passage to its name in the record.

use std::sync::Arc;

use arrow::array::{ArrayRef, MapBuilder, MapFieldNames, StringBuilder};
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;

use seepage_engine::FindingRow;

const ENTRIES: &str = "entries";
const KEY: &str = "key";
const VALUE: &str = "value";

pub(crate) fn renames_type() -> DataType {
    let pair =
        vec![Field::new(KEY, DataType::Utf8, false), Field::new(VALUE, DataType::Utf8, true)];
    let entries = Field::new(ENTRIES, DataType::Struct(pair.into()), false);
    DataType::Map(Arc::new(entries), false)
}

/// Null where nobody looked for renames.
pub(crate) fn renames(rows: &[FindingRow]) -> Result<ArrayRef, ArrowError> {
    let names =
        MapFieldNames { entry: ENTRIES.to_owned(), key: KEY.to_owned(), value: VALUE.to_owned() };
    let mut maps = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
    for row in rows {
        let changes = row.found.finding.changes.as_ref();
        for (from, to) in changes.iter().flat_map(|changes| &changes.renames) {
            maps.keys().append_value(from);
            maps.values().append_value(to);
        }
        maps.append(changes.is_some())?;
    }
    Ok(Arc::new(maps.finish()))
}
