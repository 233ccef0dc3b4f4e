//! The rows of a record batch.

use std::borrow::Cow;

use ::arrow::array::{Array, AsArray, RecordBatch};
use ::arrow::datatypes::{
    DataType, Date32Type, Date64Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use crate::container::arrow::schema::{ArrowColumns, Hop, Route};
use crate::container::format::recognise::{Untold, ValueKind};
use crate::container::format::row_sink::RowSink;
use crate::error::ShardError;
use crate::fields::moment::{Meaning, words};
use crate::fields::unambiguous::Unambiguous;
use crate::record::{
    FieldText, ID_LEN_MAX, Record, Row, SkipReason, TEXT_LEN_MIN, TEXTS_MAX, keep,
};

/// A decoded batch.
pub(super) struct BatchRows<'b> {
    pub(super) batch: &'b RecordBatch,
    pub(super) columns: &'b ArrowColumns,
    pub(super) row_start: u64,
}

impl<'b> BatchRows<'b> {
    pub(super) fn read(&self, sink: &mut RowSink<'_>) -> Result<(), ShardError> {
        let dictionaries = self.look_through_dictionaries(sink);
        let texts_of = |&place: &usize, texts: &mut Vec<&'b [u8]>| {
            let mut may_pass = self.columns.unread.is_empty();
            for (&(leaf, _), dictionary) in self.columns.chosen.texts.iter().zip(&dictionaries) {
                let route = &self.columns.routes[leaf];
                values(self.batch, route, place, &mut |_, at| {
                    if let Some(suspect) = dictionary {
                        may_pass &= !at.key().is_some_and(|key| suspect[key]);
                        return;
                    }
                    let Some(text) = at.bytes() else { return };
                    may_pass &= texts.len() <= TEXTS_MAX;
                    if route.declared.kind_of(text) != ValueKind::Text {
                        // It is counted where the row is read.
                        may_pass = false;
                    } else if may_pass {
                        texts.push(text);
                    }
                });
            }
            may_pass.then_some(0)
        };
        sink.read_suspects(0..self.batch.num_rows(), texts_of, |place, sink| {
            self.read_row(place, sink);
            Ok(())
        })
    }

    /// For each text column that is a dictionary: which of its values are suspect. Each is looked at once, in however many
    /// rows it stands. A dictionary that is larger than the batch is not looked through.
    fn look_through_dictionaries(&self, sink: &mut RowSink<'_>) -> Vec<Option<Vec<bool>>> {
        let texts = self.columns.chosen.texts.iter();
        let looked = texts.map(|&(leaf, _)| {
            let route = &self.columns.routes[leaf];
            let values = dictionary_of(self.batch.column(route.top).as_ref(), &route.hops)?;
            if !sink.looks_first() || values.len() > self.batch.num_rows() {
                return None;
            }
            let at = |place| At { array: values, place, meaning: Meaning::Plain };
            let text = |place| if values.is_valid(place) { at(place).bytes() } else { None };
            let texts: Vec<&[u8]> =
                (0..values.len()).map(|place| text(place).unwrap_or_default()).collect();
            sink.show(texts.iter().copied());
            let mut start = 0;
            let suspect = texts.iter().map(|text| {
                let place = start..start + text.len() as u64;
                start = place.end;
                let is_text = route.declared.kind_of(text) == ValueKind::Text;
                sink.is_suspect(place) || !is_text
            });
            Some(suspect.collect())
        });
        looked.collect()
    }

    fn read_row(&self, place: usize, sink: &mut RowSink<'_>) {
        let Self { batch, columns, .. } = self;
        let row = self.row_start + place as u64;
        let mut texts = vec![];
        let mut untold = Untold::default();
        if !columns.unread.is_empty() {
            untold.unread = Some(SkipReason::Unsupported);
        }
        let mut len = 0;
        for &(leaf, place_of_field) in &columns.chosen.texts {
            let field = &columns.chosen.fields[place_of_field];
            let len_min = if place_of_field < columns.chosen.known { 0 } else { TEXT_LEN_MIN };
            let route = &columns.routes[leaf];
            values(batch, route, place, &mut |positions, at| {
                let Some(text) = at.bytes() else { return };
                if !untold.is_text(route.declared.kind_of(text), text.len()) {
                    return;
                }
                len += text.len() as u64;
                if text.len() >= len_min && texts.len() <= TEXTS_MAX {
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
        let reason = if texts.len() > TEXTS_MAX {
            Some(SkipReason::TooLong)
        } else {
            untold.unread.filter(|_| len == 0)
        };
        if let Some(reason) = reason {
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
            id: fact(columns.chosen.id),
            time: fact(columns.chosen.time),
            package: fact(columns.chosen.package),
            kept,
            unread: untold.unread,
            bytes_not_text: untold.bytes_not_text,
            len: Some(len),
            ..Record::of_texts(row, &texts)
        }));
    }
}

/// The values of the dictionary at the end of a route, if there is one.
fn dictionary_of<'b>(array: &'b dyn Array, hops: &[Hop]) -> Option<&'b dyn Array> {
    let Some((hop, hops)) = hops.split_first() else {
        return array.as_any_dictionary_opt().map(|dictionary| dictionary.values().as_ref());
    };
    let inner: &dyn Array = match (hop, array.data_type()) {
        (Hop::Child(child), _) => array.as_struct().column(*child),
        (Hop::Each, DataType::List(_)) => array.as_list::<i32>().values(),
        (Hop::Each, DataType::LargeList(_)) => array.as_list::<i64>().values(),
        (Hop::Each, DataType::Map(..)) => array.as_map().entries(),
        (Hop::Each, _) => array.as_fixed_size_list().values(),
    };
    dictionary_of(inner, hops)
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
        (Hop::Each, DataType::Map(..)) => {
            let map = array.as_map();
            let offsets = map.value_offsets();
            let places = offsets[place] as usize..offsets[place + 1] as usize;
            (map.entries(), places)
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
            DataType::FixedSizeBinary(_) => array.as_fixed_size_binary().value(place),
            DataType::Dictionary(..) => return self.bytes_by_key(),
            _ => return None,
        })
    }

    /// The key of a value of a dictionary.
    fn key(&self) -> Option<usize> {
        let DataType::Dictionary(kind, _) = self.array.data_type() else { return None };
        let dictionary = self.array.as_any_dictionary_opt()?;
        let key = Self { array: dictionary.keys(), ..*self };
        let place = usize::try_from(key.integer(kind)?).ok()?;
        (place < dictionary.values().len()).then_some(place)
    }

    fn bytes_by_key(&self) -> Option<&'b [u8]> {
        let place = self.key()?;
        let dictionary = self.array.as_any_dictionary_opt()?;
        let value = Self { array: dictionary.values().as_ref(), place, ..*self };
        value.array.is_valid(place).then(|| value.bytes()).flatten()
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
