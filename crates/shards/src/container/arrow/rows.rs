//! The rows of a record batch.

use std::borrow::Cow;

use ::arrow::array::{Array, AsArray, RecordBatch};
use ::arrow::datatypes::{
    DataType, Date32Type, Date64Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use crate::container::arrow::schema::{ArrowColumns, Hop, Route};
use crate::container::format::row_sink::RowSink;
use crate::error::ShardError;
use crate::fields::moment::{Meaning, words};
use crate::fields::unambiguous::Unambiguous;
use crate::record::{FieldText, ID_LEN_MAX, Record, Row, SkipReason, TEXTS_MAX, keep};

/// A decoded batch.
pub(super) struct BatchRows<'b> {
    pub(super) batch: &'b RecordBatch,
    pub(super) columns: &'b ArrowColumns,
    pub(super) row_start: u64,
}

impl<'b> BatchRows<'b> {
    pub(super) fn read(&self, sink: &mut RowSink<'_>) -> Result<(), ShardError> {
        let texts_of = |&place: &usize, texts: &mut Vec<&'b [u8]>| {
            for &(leaf, _) in &self.columns.chosen.texts {
                values(self.batch, &self.columns.routes[leaf], place, &mut |_, at| {
                    if texts.len() <= TEXTS_MAX {
                        texts.extend(at.bytes());
                    }
                });
            }
            texts.len() <= TEXTS_MAX
        };
        sink.read_suspects(0..self.batch.num_rows(), texts_of, |place, sink| {
            self.read_row(place, sink);
            Ok(())
        })
    }

    fn read_row(&self, place: usize, sink: &mut RowSink<'_>) {
        let Self { batch, columns, .. } = self;
        let row = self.row_start + place as u64;
        let mut texts = vec![];
        for &(leaf, field) in &columns.chosen.texts {
            let field = &columns.chosen.fields[field];
            values(batch, &columns.routes[leaf], place, &mut |positions, at| {
                let Some(text) = at.bytes() else { return };
                if texts.len() <= TEXTS_MAX {
                    let field = if positions.is_empty() {
                        Cow::Borrowed(field.as_str())
                    } else {
                        Cow::Owned(field.label(positions))
                    };
                    let text = Cow::Borrowed(text);
                    texts.push(FieldText { field, text });
                }
            });
        }
        if texts.len() > TEXTS_MAX {
            let reason = SkipReason::TooLong;
            sink.give(Row::Skipped { row, reason });
            return;
        }
        let fact = |leaf: Option<usize>| {
            let mut only = Unambiguous::Never;
            values(batch, &columns.routes[leaf?], place, &mut |_, at| {
                only.meet(at.words().filter(|words| words.len() <= ID_LEN_MAX));
            });
            only.into_only()
        };
        let mut kept = vec![];
        for (leaf, field) in &columns.chosen.kept {
            values(batch, &columns.routes[*leaf], place, &mut |positions, at| {
                if let Some(value) = at.words() {
                    keep(&mut kept, field, positions, &value);
                }
            });
        }
        sink.give(Row::Record(Record {
            row,
            id: fact(columns.chosen.id),
            time: fact(columns.chosen.time),
            package: fact(columns.chosen.package),
            kept,
            texts: &texts,
            repaired: false,
            spilled: None,
        }));
    }
}

/// A value of a leaf that is not null.
struct At<'b> {
    array: &'b dyn Array,
    place: usize,
    meaning: Meaning,
}

/// Gives the values of a row at the end of a route, with their positions in the lists around them.
fn values<'b>(
    batch: &'b RecordBatch,
    route: &Route,
    place: usize,
    each: &mut dyn FnMut(&[usize], At<'b>),
) {
    let array = batch.column(route.top);
    let at = At { array, place, meaning: route.meaning };
    walk(at, &route.hops, &mut vec![], each);
}

fn walk<'b>(
    at: At<'b>,
    hops: &[Hop],
    positions: &mut Vec<usize>,
    each: &mut dyn FnMut(&[usize], At<'b>),
) {
    let At { array, place, meaning } = at;
    if array.is_null(place) {
        return;
    }
    let Some((hop, hops)) = hops.split_first() else {
        each(positions, at);
        return;
    };
    let (array, places): (&dyn Array, _) = match (hop, array.data_type()) {
        (Hop::Child(child), _) => {
            let array = array.as_struct().column(*child);
            let at = At { array, place, meaning };
            return walk(at, hops, positions, each);
        }
        (Hop::Each, DataType::List(_)) => {
            let list = array.as_list::<i32>();
            let offsets = list.value_offsets();
            let places = offsets[place] as usize..offsets[place + 1] as usize;
            (list.values(), places)
        }
        (Hop::Each, DataType::LargeList(_)) => {
            let list = array.as_list::<i64>();
            let offsets = list.value_offsets();
            let places = offsets[place] as usize..offsets[place + 1] as usize;
            (list.values(), places)
        }
        (Hop::Each, _) => {
            let list = array.as_fixed_size_list();
            let start = list.value_offset_at(place);
            (list.values(), start..start + list.value_length() as usize)
        }
    };
    for (position, place) in places.enumerate() {
        positions.push(position);
        let at = At { array, place, meaning };
        walk(at, hops, positions, each);
        positions.pop();
    }
}

impl<'b> At<'b> {
    /// Of a text.
    fn bytes(&self) -> Option<&'b [u8]> {
        let (array, place) = (self.array, self.place);
        Some(match array.data_type() {
            DataType::Binary => array.as_binary::<i32>().value(place),
            DataType::LargeBinary => array.as_binary::<i64>().value(place),
            DataType::BinaryView => array.as_binary_view().value(place),
            DataType::Dictionary(key, _) => return self.bytes_by_key(key),
            _ => return None,
        })
    }

    fn bytes_by_key(&self, kind: &DataType) -> Option<&'b [u8]> {
        let dictionary = self.array.as_any_dictionary_opt()?;
        let key = Self { array: dictionary.keys(), ..*self };
        let place = usize::try_from(key.integer(kind)?).ok()?;
        let value = Self { array: dictionary.values().as_ref(), place, ..*self };
        (place < value.array.len() && value.array.is_valid(place)).then(|| value.bytes()).flatten()
    }

    fn integer(&self, kind: &DataType) -> Option<i64> {
        let (array, place) = (self.array, self.place);
        Some(match kind {
            DataType::Int8 => array.as_primitive::<Int8Type>().value(place).into(),
            DataType::Int16 => array.as_primitive::<Int16Type>().value(place).into(),
            DataType::Int32 => array.as_primitive::<Int32Type>().value(place).into(),
            DataType::Int64 => array.as_primitive::<Int64Type>().value(place),
            DataType::UInt8 => array.as_primitive::<UInt8Type>().value(place).into(),
            DataType::UInt16 => array.as_primitive::<UInt16Type>().value(place).into(),
            DataType::UInt32 => array.as_primitive::<UInt32Type>().value(place).into(),
            DataType::UInt64 => i64::try_from(self.unsigned()).ok()?,
            DataType::Date32 => array.as_primitive::<Date32Type>().value(place).into(),
            DataType::Date64 => array.as_primitive::<Date64Type>().value(place),
            DataType::Timestamp(unit, _) => match unit {
                TimeUnit::Second => array.as_primitive::<TimestampSecondType>().value(place),
                TimeUnit::Millisecond => {
                    array.as_primitive::<TimestampMillisecondType>().value(place)
                }
                TimeUnit::Microsecond => {
                    array.as_primitive::<TimestampMicrosecondType>().value(place)
                }
                TimeUnit::Nanosecond => {
                    array.as_primitive::<TimestampNanosecondType>().value(place)
                }
            },
            _ => return None,
        })
    }

    fn unsigned(&self) -> u64 {
        self.array.as_primitive::<UInt64Type>().value(self.place)
    }

    /// As text; of a long one not much more than [`ID_LEN_MAX`].
    fn words(&self) -> Option<Cow<'b, str>> {
        match self.array.data_type() {
            DataType::Float64 => {
                let number = self.array.as_primitive::<Float64Type>().value(self.place);
                Some(Cow::Owned(number.to_string()))
            }
            // Hashes fill all of their 64 bits.
            DataType::UInt64 => Some(Cow::Owned(self.unsigned().to_string())),
            DataType::Boolean => {
                let value = self.array.as_boolean().value(self.place);
                Some(Cow::Borrowed(if value { "true" } else { "false" }))
            }
            kind => {
                if let Some(number) = self.integer(kind) {
                    return words(self.meaning, number).map(Cow::Owned);
                }
                let text = self.bytes()?;
                let head = &text[..text.len().min(ID_LEN_MAX + 1)];
                Some(String::from_utf8_lossy(head))
            }
        }
    }
}
