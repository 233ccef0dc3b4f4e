//! Records made of named parts: the columns of a MosaicML sample, the members of a WebDataset sample.

use serde::de::value::MapDeserializer;
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use crate::fields::pick::{Picked, pick_from};
use crate::fields::tree::FieldTree;

/// A part of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FieldValue<'a> {
    Text(&'a str),
    /// A text that is JSON, into which paths lead.
    Json(&'a str),
    Integer(i64),
    Unsigned(u64),
    Number(f64),
    /// There, but neither a text nor a number.
    Other,
}

/// What a record of these parts gives, or an error if one that should be JSON is not.
pub(crate) fn pick_values<'a>(
    tree: &'a FieldTree,
    parts: &[(&'a str, FieldValue<'a>)],
) -> Result<Picked<'a>, serde_json::Error> {
    pick_from(tree, MapDeserializer::new(parts.iter().copied()))
}

impl<'de> IntoDeserializer<'de, serde_json::Error> for FieldValue<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for FieldValue<'de> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self {
            Self::Text(text) => visitor.visit_borrowed_str(text),
            Self::Json(text) => {
                let mut json = serde_json::Deserializer::from_str(text);
                let value = json.deserialize_any(visitor)?;
                json.end()?;
                Ok(value)
            }
            Self::Integer(number) => visitor.visit_i64(number),
            Self::Unsigned(number) => visitor.visit_u64(number),
            Self::Number(number) => visitor.visit_f64(number),
            Self::Other => visitor.visit_unit(),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
