//! Finds the text columns and those of the id, the time and the package in the schema.

use std::path::Path;

use ::parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::schema::types::Type;

use crate::fields::moment::Meaning;
use crate::fields::path::Step;
use crate::fields::schema_fields::{Chosen, SchemaField, choose_schema_fields};
use crate::record::TEXT_LEN_MIN;
use crate::{FieldPath, ReadOptions, ShardError};

/// The columns that are read.
pub(super) struct ParquetColumns {
    pub(super) chosen: Chosen,
    /// Of each column of the schema.
    pub(super) kinds: Vec<ColumnKind>,
}

impl ParquetColumns {
    /// Those of the wanted fields that the schema has.
    pub(super) fn fields(&self) -> &[FieldPath] {
        &self.chosen.fields
    }
}

/// How the values of a column are stored, and what its numbers mean.
#[derive(Clone, Copy)]
pub(super) struct ColumnKind {
    pub(super) physical: Physical,
    pub(super) meaning: Meaning,
}

/// The columns for the fields that are wanted, or for those found.
pub(super) fn choose_columns(
    path: &Path,
    metadata: &ParquetMetaData,
    options: &ReadOptions,
) -> Result<ParquetColumns, ShardError> {
    let schema = metadata.file_metadata().schema_descr();
    let mut columns = vec![];
    for field in schema.root_schema().get_fields() {
        gather_leaves(field, &mut vec![], &mut columns);
    }
    let (leaves, kinds): (Vec<SchemaField>, Vec<ColumnKind>) = columns.into_iter().unzip();
    let rows = metadata.file_metadata().num_rows().unsigned_abs();
    let chosen = choose_schema_fields(path, &leaves, rows, options)?;
    Ok(ParquetColumns { chosen, kinds })
}

/// What a column says of its numbers, in the words of new writers or of old ones.
fn meaning(node: &Type) -> Meaning {
    let info = node.get_basic_info();
    match info.logical_type_ref() {
        Some(LogicalType::Date) => return Meaning::Days,
        Some(LogicalType::Timestamp(time)) => {
            return Meaning::Moments(match time.unit {
                TimeUnit::MILLIS => 1_000_000,
                TimeUnit::MICROS => 1_000,
                TimeUnit::NANOS => 1,
            });
        }
        _ => {}
    }
    match info.converted_type() {
        ConvertedType::DATE => Meaning::Days,
        ConvertedType::TIMESTAMP_MILLIS => Meaning::Moments(1_000_000),
        ConvertedType::TIMESTAMP_MICROS => Meaning::Moments(1_000),
        _ => Meaning::Plain,
    }
}

/// Appends the leaves below `node`, in the order of the columns. The depth of a schema was checked.
fn gather_leaves(node: &Type, steps: &mut Vec<Step>, leaves: &mut Vec<(SchemaField, ColumnKind)>) {
    let len_before = steps.len();
    steps.push(Step::Key(node.name().to_owned()));
    if is_repeated(node) {
        steps.push(Step::Each);
    }
    gather_below(node, steps, leaves);
    steps.truncate(len_before);
}

/// Appends the leaves of a node whose own steps are taken.
fn gather_below(node: &Type, steps: &mut Vec<Step>, leaves: &mut Vec<(SchemaField, ColumnKind)>) {
    if let Type::PrimitiveType { physical_type, .. } = node {
        let physical = *physical_type;
        let is_integer = matches!(physical, Physical::INT32 | Physical::INT64);
        let leaf = SchemaField {
            steps: steps.clone(),
            is_text: is_text(node),
            is_integer,
            // A float of 32 bits knows a moment of today to two minutes only.
            is_number: is_integer || matches!(physical, Physical::INT96 | Physical::DOUBLE),
        };
        let meaning = meaning(node);
        leaves.push((leaf, ColumnKind { physical, meaning }));
        return;
    }
    let children = node.get_fields();
    if let (true, [list]) = (is_list(node), children)
        && is_repeated(list)
    {
        // `messages.list.element.role` is `messages[].role` for people.
        steps.push(Step::Each);
        match element_below(node, list) {
            Some(element) => {
                if is_repeated(element) {
                    steps.push(Step::Each);
                }
                gather_below(element, steps, leaves);
                if is_repeated(element) {
                    steps.pop();
                }
            }
            None => gather_below(list, steps, leaves),
        }
        steps.pop();
        return;
    }
    for child in children {
        gather_leaves(child, steps, leaves);
    }
}

/// The element of a list, where it stands below the repeated node and is not that node itself: the format's rules for
/// files of older writers.
fn element_below<'t>(list: &Type, repeated: &'t Type) -> Option<&'t Type> {
    let is_old = repeated.name() == "array" || repeated.name() == format!("{}_tuple", list.name());
    match repeated {
        Type::GroupType { fields, .. } if fields.len() == 1 && !is_old => Some(&fields[0]),
        _ => None,
    }
}

fn is_repeated(node: &Type) -> bool {
    let info = node.get_basic_info();
    info.has_repetition() && info.repetition() == Repetition::REPEATED
}

fn is_list(node: &Type) -> bool {
    let info = node.get_basic_info();
    info.converted_type() == ConvertedType::LIST
        || matches!(info.logical_type_ref(), Some(LogicalType::List))
}

/// Byte arrays may hold text unless they say that they hold numbers.
fn is_text(node: &Type) -> bool {
    let info = node.get_basic_info();
    let is_long = match node {
        Type::PrimitiveType {
            physical_type: Physical::FIXED_LEN_BYTE_ARRAY, type_length, ..
        } => usize::try_from(*type_length).is_ok_and(|len| len >= TEXT_LEN_MIN),
        Type::PrimitiveType { physical_type: Physical::BYTE_ARRAY, .. } => true,
        _ => false,
    };
    is_long
        && matches!(
            info.converted_type(),
            ConvertedType::NONE
                | ConvertedType::UTF8
                | ConvertedType::ENUM
                | ConvertedType::JSON
                | ConvertedType::BSON
        )
        && matches!(
            info.logical_type_ref(),
            None | Some(
                LogicalType::String
                    | LogicalType::Enum
                    | LogicalType::Json
                    | LogicalType::Bson
                    | LogicalType::Unknown
            )
        )
}
