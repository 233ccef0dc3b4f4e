//! Finds the text columns and those of the id, the time and the package in the schema.

use std::path::Path;

use ::parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::schema::types::Type;

use crate::choose::{CANDIDATES, KEYS_MAX, fields_of};
use crate::field::Step;
use crate::record::{DATE_KEYS, ID_KEYS};
use crate::{FieldPath, ReadOptions, ShardError};

/// The columns that are read.
pub(super) struct Columns {
    fields: Vec<FieldPath>,
    /// The place of each text column among the leaves of the schema, and that of its field in `fields`.
    pub(super) texts: Vec<(usize, usize)>,
    pub(super) id: Option<ScalarColumn>,
    pub(super) time: Option<ScalarColumn>,
    pub(super) package: Option<ScalarColumn>,
}

impl Columns {
    /// Those of the wanted fields that the schema has.
    pub(super) fn fields(&self) -> &[FieldPath] {
        &self.fields
    }
}

/// A column of one value a row.
#[derive(Clone, Copy)]
pub(super) struct ScalarColumn {
    pub(super) leaf: usize,
    pub(super) physical: Physical,
    pub(super) meaning: Meaning,
}

/// What the numbers of a column mean.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// What they say.
    Plain,
    /// Days since 1970-01-01.
    Days,
    /// So many nanoseconds each, since 1970-01-01 UTC.
    Moments(i64),
}

/// A column, by the path that a person would write.
struct Leaf {
    steps: Vec<Step>,
    physical: Physical,
    is_text: bool,
    meaning: Meaning,
}

/// The columns for the fields that are `wanted`, or for those found.
pub(super) fn choose_columns(
    path: &Path,
    metadata: &ParquetMetaData,
    options: &ReadOptions,
) -> Result<Columns, ShardError> {
    let wanted = options.text_fields.as_slice();
    let schema = metadata.file_metadata().schema_descr();
    let mut leaves = vec![];
    for field in schema.root_schema().get_fields() {
        gather_leaves(field, &mut vec![], &mut leaves);
    }
    let columns_of = |fields: &[FieldPath]| {
        let mut columns = Columns {
            fields: vec![],
            texts: vec![],
            id: None,
            time: None,
            package: None,
        };
        for field in fields {
            let mut texts = (0..leaves.len())
                .filter(|&leaf| is_text_of(field, &leaves[leaf]))
                .peekable();
            if texts.peek().is_some() && !columns.fields.contains(field) {
                let place = columns.fields.len();
                columns.texts.extend(texts.map(|leaf| (leaf, place)));
                columns.fields.push(field.clone());
            }
        }
        (!columns.fields.is_empty()).then_some(columns)
    };
    let found = if wanted.is_empty() {
        CANDIDATES
            .iter()
            .find_map(|entry| columns_of(&fields_of(entry)))
    } else {
        columns_of(wanted)
    };
    let Some(mut columns) = found else {
        return Err(ShardError::NoTextField {
            path: path.to_owned(),
            fields_wanted: wanted
                .iter()
                .map(|field| field.as_str().to_owned())
                .collect(),
            keys_seen: leaves
                .iter()
                .take(KEYS_MAX)
                .map(|leaf| FieldPath::from_steps(&leaf.steps).to_string())
                .collect(),
            records_seen: metadata.file_metadata().num_rows().unsigned_abs(),
        });
    };
    columns.id = ID_KEYS.iter().find_map(|key| id_column(key, &leaves));
    columns.time = options.time_field.as_ref().map_or_else(
        || date_column(&leaves),
        |field| scalar_column(field, &leaves),
    );
    columns.package = options
        .package_field
        .as_ref()
        .and_then(|field| scalar_column(field, &leaves));
    Ok(columns)
}

/// The column of a date that nobody asked for.
fn date_column(leaves: &[Leaf]) -> Option<ScalarColumn> {
    let of_key = |key: &&str| FieldPath::from_steps(&[Step::Key((*key).to_owned())]);
    let mut fields = DATE_KEYS.iter().map(of_key);
    fields.find_map(|field| scalar_column(&field, leaves))
}

/// A field names a column, or the list (of lists) whose elements the column has.
fn is_text_of(field: &FieldPath, leaf: &Leaf) -> bool {
    leaf.is_text
        && leaf
            .steps
            .strip_prefix(field.steps())
            .is_some_and(|rest| rest.iter().all(|step| *step == Step::Each))
}

fn id_column(key: &str, leaves: &[Leaf]) -> Option<ScalarColumn> {
    let leaf = leaves
        .iter()
        .position(|leaf| matches!(&leaf.steps[..], [Step::Key(name)] if name == key))?;
    let physical = leaves[leaf].physical;
    let is_id = match physical {
        Physical::BYTE_ARRAY => leaves[leaf].is_text,
        physical => matches!(physical, Physical::INT32 | Physical::INT64),
    };
    is_id.then_some(ScalarColumn {
        leaf,
        physical,
        meaning: Meaning::Plain,
    })
}

/// The column that a field names, if it holds texts, numbers or times.
fn scalar_column(field: &FieldPath, leaves: &[Leaf]) -> Option<ScalarColumn> {
    let leaf = leaves.iter().position(|leaf| leaf.steps == field.steps())?;
    let Leaf {
        physical,
        is_text,
        meaning,
        ..
    } = leaves[leaf];
    let is_read = match physical {
        Physical::BYTE_ARRAY => is_text,
        // A float of 32 bits knows a moment of today to two minutes only.
        physical => matches!(
            physical,
            Physical::INT32 | Physical::INT64 | Physical::INT96 | Physical::DOUBLE
        ),
    };
    is_read.then_some(ScalarColumn {
        leaf,
        physical,
        meaning,
    })
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
fn gather_leaves(node: &Type, steps: &mut Vec<Step>, leaves: &mut Vec<Leaf>) {
    let len_before = steps.len();
    steps.push(Step::Key(node.name().to_owned()));
    if is_repeated(node) {
        steps.push(Step::Each);
    }
    gather_below(node, steps, leaves);
    steps.truncate(len_before);
}

/// Appends the leaves of a node whose own steps are taken.
fn gather_below(node: &Type, steps: &mut Vec<Step>, leaves: &mut Vec<Leaf>) {
    if let Type::PrimitiveType { physical_type, .. } = node {
        leaves.push(Leaf {
            steps: steps.clone(),
            physical: *physical_type,
            is_text: is_text(node),
            meaning: meaning(node),
        });
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

/// Byte arrays hold text unless they say that they hold something else.
fn is_text(node: &Type) -> bool {
    let info = node.get_basic_info();
    node.get_physical_type() == Physical::BYTE_ARRAY
        && matches!(
            info.converted_type(),
            ConvertedType::NONE | ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON
        )
        && matches!(
            info.logical_type_ref(),
            None | Some(
                LogicalType::String | LogicalType::Enum | LogicalType::Json | LogicalType::Unknown
            )
        )
}
