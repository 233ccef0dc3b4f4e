//! The leaves of an Arrow schema, and how to get to them.

use std::path::Path;
use std::sync::Arc;

use ::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use ::arrow::error::ArrowError;
use ::arrow::ipc::convert::try_fb_to_schema;

use crate::container::format::recognise::Declared;
use crate::fields::moment::Meaning;
use crate::fields::path::Step;
use crate::fields::schema_fields::{Chosen, SchemaField, choose_schema_fields};
use crate::record::TEXT_LEN_MIN;
use crate::{FieldPath, ReadOptions, ShardError};

/// Deeper schemas are refused: they are walked by recursion.
const DEPTH_MAX: usize = 64;

/// The columns that are read.
pub(super) struct ArrowColumns {
    pub(super) chosen: Chosen,
    /// Of each leaf.
    pub(super) routes: Vec<Route>,
    /// The top columns that hold what is read.
    pub(super) projection: Vec<usize>,
    /// Columns that may hold text, of types that are not read. Where fields were named, none is missed.
    pub(super) unread: Vec<FieldPath>,
}

impl ArrowColumns {
    /// Those of the wanted fields that the schema has.
    pub(super) fn fields(&self) -> &[FieldPath] {
        &self.chosen.fields
    }
}

/// The way to a leaf.
#[derive(Clone)]
pub(super) struct Route {
    /// The place of its top column in the schema; once columns are chosen, in the projection.
    pub(super) top: usize,
    pub(super) hops: Vec<Hop>,
    pub(super) meaning: Meaning,
    /// The schema does not say that its bytes are text.
    pub(super) declared: Declared,
}

#[derive(Clone, Copy)]
pub(super) enum Hop {
    /// A field of a struct.
    Child(usize),
    /// Every element of a list.
    Each,
}

/// The schema with bytes for strings, and the columns for the fields that are wanted or found.
pub(super) fn choose_columns(
    path: &Path,
    header: ::arrow::ipc::Schema<'_>,
    options: &ReadOptions,
) -> Result<(SchemaRef, Result<ArrowColumns, ShardError>), ArrowError> {
    if header.endianness() != ::arrow::ipc::Endianness::Little {
        return Err(ArrowError::IpcError("its numbers are big-endian".to_owned()));
    }
    let schema = try_fb_to_schema(header)?;
    let (mut leaves, mut routes, mut unread) = (vec![], vec![], vec![]);
    for (top, field) in schema.fields().iter().enumerate() {
        let way = &mut Way { steps: vec![Step::Key(field.name().clone())], hops: vec![] };
        gather_leaves(field.data_type(), top, way, &mut |leaf, route, is_read| {
            if is_read {
                leaves.push(leaf);
                routes.push(route);
            } else {
                unread.push(FieldPath::from_steps(&leaf.steps));
            }
        })?;
    }
    if !options.text_fields.is_empty() {
        unread.clear();
    }
    let columns = choose_schema_fields(path, &leaves, 0, options)
        .map(|chosen| project(chosen, routes, unread));
    let fields: Vec<FieldRef> = schema.fields().iter().map(as_bytes).collect();
    Ok((Arc::new(Schema::new(fields)), columns))
}

/// Finds the top columns that are needed.
fn project(chosen: Chosen, mut routes: Vec<Route>, unread: Vec<FieldPath>) -> ArrowColumns {
    let texts = chosen.texts.iter().map(|&(leaf, _)| leaf);
    let kept = chosen.kept.iter().map(|&(leaf, _)| leaf);
    let facts = [chosen.id, chosen.time, chosen.package];
    let leaves = texts.chain(kept).chain(facts.into_iter().flatten());
    let mut projection: Vec<usize> = leaves.map(|leaf| routes[leaf].top).collect();
    projection.sort_unstable();
    projection.dedup();
    for route in &mut routes {
        // Of those that are not read, the place is never used.
        route.top = projection.binary_search(&route.top).unwrap_or(0);
    }
    ArrowColumns { chosen, routes, projection, unread }
}

struct Way {
    steps: Vec<Step>,
    hops: Vec<Hop>,
}

/// Gives the leaves of a column, in the order of the schema, each with whether its type is read: a leaf of a type that is
/// not read may hold text all the same.
fn gather_leaves(
    kind: &DataType,
    top: usize,
    way: &mut Way,
    each: &mut impl FnMut(SchemaField, Route, bool),
) -> Result<(), ArrowError> {
    if way.hops.len() > DEPTH_MAX {
        return Err(ArrowError::SchemaError("it is nested deeper than 64 levels".to_owned()));
    }
    match kind {
        DataType::Struct(fields) => {
            for (child, field) in fields.iter().enumerate() {
                way.steps.push(Step::Key(field.name().clone()));
                way.hops.push(Hop::Child(child));
                gather_leaves(field.data_type(), top, way, each)?;
                way.hops.pop();
                way.steps.pop();
            }
        }
        // A list of no elements a row has as many rows as it likes, without a byte of data.
        DataType::FixedSizeList(_, ..=0) => {}
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            way.steps.push(Step::Each);
            way.hops.push(Hop::Each);
            gather_leaves(item.data_type(), top, way, each)?;
            way.hops.pop();
            way.steps.pop();
        }
        DataType::Map(entries, _) => {
            way.steps.push(Step::Each);
            way.hops.push(Hop::Each);
            gather_leaves(entries.data_type(), top, way, each)?;
            way.hops.pop();
            way.steps.pop();
        }
        kind => {
            let is_integer = kind.is_integer();
            each(
                SchemaField {
                    steps: way.steps.clone(),
                    is_text: is_text(kind),
                    is_integer,
                    is_number: is_integer
                        || matches!(
                            kind,
                            DataType::Float64
                                | DataType::Boolean
                                | DataType::Date32
                                | DataType::Date64
                                | DataType::Timestamp(..)
                        ),
                },
                Route {
                    top,
                    hops: way.hops.clone(),
                    meaning: meaning(kind),
                    declared: declared(kind),
                },
                !may_hold_other_texts(kind),
            );
        }
    }
    Ok(())
}

fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, value) => is_text(value),
        kind => {
            kind.is_string()
                || kind.is_binary()
                    && !matches!(kind, DataType::FixedSizeBinary(len) if (*len as usize) < TEXT_LEN_MIN)
        }
    }
}

fn declared(kind: &DataType) -> Declared {
    match kind {
        DataType::Dictionary(_, value) => declared(value),
        DataType::FixedSizeBinary(_) => Declared::BytesOfOneLen,
        kind if kind.is_binary() => Declared::Bytes,
        _ => Declared::Text,
    }
}

/// Whether a type that is not read may hold text.
fn may_hold_other_texts(kind: &DataType) -> bool {
    match kind {
        DataType::Union(..)
        | DataType::RunEndEncoded(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_) => true,
        DataType::Dictionary(_, value) => !value.is_primitive() && !is_text(value),
        _ => false,
    }
}

fn meaning(kind: &DataType) -> Meaning {
    match kind {
        DataType::Date32 => Meaning::Days,
        DataType::Date64 | DataType::Timestamp(TimeUnit::Millisecond, _) => {
            Meaning::Moments(1_000_000)
        }
        DataType::Timestamp(TimeUnit::Second, _) => Meaning::Moments(1_000_000_000),
        DataType::Timestamp(TimeUnit::Microsecond, _) => Meaning::Moments(1_000),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => Meaning::Moments(1),
        _ => Meaning::Plain,
    }
}

/// The field with bytes for strings: both lie in a buffer the same way.
fn as_bytes(field: &FieldRef) -> FieldRef {
    let kind = match field.data_type() {
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(as_bytes).collect()),
        DataType::List(item) => DataType::List(as_bytes(item)),
        DataType::LargeList(item) => DataType::LargeList(as_bytes(item)),
        DataType::FixedSizeList(item, len) => DataType::FixedSizeList(as_bytes(item), *len),
        DataType::Map(entries, is_sorted) => DataType::Map(as_bytes(entries), *is_sorted),
        DataType::Dictionary(key, value) => {
            DataType::Dictionary(key.clone(), Box::new(bytes_for(value)))
        }
        kind => bytes_for(kind),
    };
    // Keeps the id of a dictionary, which a new field would lose.
    Arc::new(Field::clone(field).with_data_type(kind))
}

fn bytes_for(kind: &DataType) -> DataType {
    match kind {
        DataType::Utf8 => DataType::Binary,
        DataType::LargeUtf8 => DataType::LargeBinary,
        DataType::Utf8View => DataType::BinaryView,
        kind => kind.clone(),
    }
}
