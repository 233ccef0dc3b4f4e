//! Finds the columns to read among those that a schema has: the texts, and the id and the other facts of a row.
//!
//! One rule for all formats of columns: Parquet and Arrow say which leaves they have, by the paths that people write.

use std::path::Path;

use crate::fields::choose::{CANDIDATES, KEYS_MAX, fields_of};
use crate::fields::path::Step;
use crate::record::{DATE_KEYS, ID_KEYS};
use crate::{FieldPath, ReadOptions, ShardError};

/// A column, by the path that a person would write.
pub(crate) struct SchemaField {
    pub(crate) steps: Vec<Step>,
    /// It holds strings, or bytes that may be text.
    pub(crate) is_text: bool,
    /// It holds integers.
    pub(crate) is_integer: bool,
    /// Its numbers or times can be read as text.
    pub(crate) is_number: bool,
}

/// The columns that are read, by their places among the leaves.
#[derive(Default)]
pub(crate) struct Chosen {
    /// Those of the wanted fields that the schema has.
    pub(crate) fields: Vec<FieldPath>,
    /// How many of the fields, from the first, are wanted or known as those where corpora keep their text.
    pub(crate) known: usize,
    /// The leaf of each text column, and the place of its field in `fields`.
    pub(crate) texts: Vec<(usize, usize)>,
    /// Columns of text that are not read.
    pub(crate) others: Vec<FieldPath>,
    pub(crate) id: Option<usize>,
    pub(crate) time: Option<usize>,
    pub(crate) package: Option<usize>,
    /// The leaf of each column that is kept, and the field that it is kept for.
    pub(crate) kept: Vec<(usize, FieldPath)>,
}

/// The columns for the fields that are wanted, or for all texts. `rows` is said in the error only.
pub(crate) fn choose_schema_fields(
    path: &Path,
    leaves: &[SchemaField],
    rows: u64,
    options: &ReadOptions,
) -> Result<Chosen, ShardError> {
    let wanted = options.text_fields.as_slice();
    let mut chosen = if wanted.is_empty() {
        all_texts(leaves)
    } else if let Some(chosen) = with_texts(wanted, leaves) {
        chosen
    } else {
        return Err(ShardError::NoTextField {
            path: path.to_owned(),
            fields_wanted: wanted.iter().map(|field| field.as_str().to_owned()).collect(),
            keys_seen: leaves
                .iter()
                .take(KEYS_MAX)
                .map(|leaf| FieldPath::from_steps(&leaf.steps).to_string())
                .collect(),
            records_seen: rows,
        });
    };
    if !wanted.is_empty() {
        chosen.known = chosen.fields.len();
    }
    let is_read = |leaf: usize| chosen.texts.iter().any(|&(other, _)| other == leaf);
    let others = (0..leaves.len()).filter(|&leaf| leaves[leaf].is_text && !is_read(leaf));
    chosen.others = others.map(|leaf| FieldPath::from_steps(&leaves[leaf].steps)).collect();
    let fact = |field: &FieldPath| {
        let leaf = leaves.iter().position(|leaf| leaf.steps == field.steps())?;
        (leaves[leaf].is_text || leaves[leaf].is_number).then_some(leaf)
    };
    let mut kept = vec![];
    for field in &options.keep_fields {
        let columns = (0..leaves.len()).filter(|&leaf| {
            let is_read = leaves[leaf].is_text || leaves[leaf].is_number;
            is_read && is_of(field, &leaves[leaf])
        });
        kept.extend(columns.map(|leaf| (leaf, field.clone())));
    }
    chosen.id = ID_KEYS.iter().find_map(|key| id_column(key, leaves));
    let date = |key: &&str| fact(&FieldPath::from_steps(&[Step::Key((*key).to_owned())]));
    chosen.time = match &options.time_field {
        Some(field) => fact(field),
        // A date that was not asked for.
        None => DATE_KEYS.iter().find_map(date),
    };
    chosen.package = options.package_field.as_ref().and_then(fact);
    chosen.kept = kept;
    Ok(chosen)
}

/// All columns of text: first those of the fields where corpora keep their text.
fn all_texts(leaves: &[SchemaField]) -> Chosen {
    let mut entries = CANDIDATES.iter().map(|entry| fields_of(entry));
    let known = entries.find_map(|fields| with_texts(&fields, leaves));
    let mut chosen = known.unwrap_or_default();
    chosen.known = chosen.fields.len();
    for (leaf, field) in leaves.iter().enumerate() {
        let is_read = chosen.texts.iter().any(|&(other, _)| other == leaf);
        if field.is_text && !is_read {
            chosen.texts.push((leaf, chosen.fields.len()));
            chosen.fields.push(FieldPath::from_steps(&field.steps));
        }
    }
    chosen
}

/// Those of `fields` that some leaf has; `None` if there are none.
fn with_texts(fields: &[FieldPath], leaves: &[SchemaField]) -> Option<Chosen> {
    let mut chosen = Chosen::default();
    for field in fields {
        let mut columns = (0..leaves.len())
            .filter(|&leaf| leaves[leaf].is_text && is_of(field, &leaves[leaf]))
            .peekable();
        if columns.peek().is_some() && !chosen.fields.contains(field) {
            let place = chosen.fields.len();
            chosen.texts.extend(columns.map(|leaf| (leaf, place)));
            chosen.fields.push(field.clone());
        }
    }
    (!chosen.fields.is_empty()).then_some(chosen)
}

/// A field names a column, or the list (of lists) whose elements the column has.
fn is_of(field: &FieldPath, leaf: &SchemaField) -> bool {
    leaf.steps
        .strip_prefix(field.steps())
        .is_some_and(|rest| rest.iter().all(|step| *step == Step::Each))
}

fn id_column(key: &str, leaves: &[SchemaField]) -> Option<usize> {
    let leaf = leaves
        .iter()
        .position(|leaf| matches!(&leaf.steps[..], [Step::Key(name)] if name == key))?;
    (leaves[leaf].is_text || leaves[leaf].is_integer).then_some(leaf)
}
