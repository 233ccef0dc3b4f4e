//! The columns of a MosaicML shard, and the values of a sample.

use std::borrow::Cow;

use serde::Deserialize;

use crate::FieldPath;
use crate::catch_decoder_panic::DecodeFailure;
use crate::container::format::recognise::is_text;
use crate::fields::named_values::FieldValue;
use crate::fields::path::Step;
use crate::fields::repair::replace_bad_bytes;

pub(super) struct MdsColumn {
    pub(super) name: String,
    encoding: Encoding,
    /// In bytes, where all values have one.
    len: Option<usize>,
}

enum Encoding {
    /// `str`, and numbers that are written as strings.
    Text,
    Json,
    /// Whatever the writer liked; perhaps text.
    Bytes,
    Signed,
    Unsigned,
    Float32,
    Float64,
    /// Images, arrays, pickles.
    Other,
}

#[derive(Deserialize)]
struct Config {
    #[serde(rename = "column_names")]
    names: Vec<String>,
    #[serde(rename = "column_encodings")]
    encodings: Vec<String>,
    #[serde(rename = "column_sizes")]
    sizes: Vec<Option<u32>>,
}

pub(super) fn parse_columns(config: &[u8]) -> Result<Vec<MdsColumn>, DecodeFailure> {
    let config: Config =
        serde_json::from_slice(config).map_err(|error| DecodeFailure::Decoder(Box::new(error)))?;
    let count = config.names.len();
    if count == 0 || config.encodings.len() != count || config.sizes.len() != count {
        return Err(DecodeFailure::Fact("does not say of each column how it is encoded"));
    }
    let columns = config.names.into_iter();
    let columns = columns.zip(config.encodings).zip(config.sizes);
    Ok(columns
        .map(|((name, encoding), len)| MdsColumn {
            name,
            encoding: Encoding::of(&encoding),
            len: len.map(|len| len as usize),
        })
        .collect())
}

impl Encoding {
    fn of(name: &str) -> Self {
        match name {
            "str" | "str_int" | "str_float" | "str_decimal" => Self::Text,
            "json" => Self::Json,
            "bytes" => Self::Bytes,
            "int" | "int8" | "int16" | "int32" | "int64" => Self::Signed,
            "uint8" | "uint16" | "uint32" | "uint64" => Self::Unsigned,
            "float32" => Self::Float32,
            "float64" => Self::Float64,
            _ => Self::Other,
        }
    }
}

/// Hands `then` the values of a sample, and whether bytes of them were replaced.
pub(super) fn with_values(
    columns: &[MdsColumn],
    sample: &[u8],
    then: impl FnOnce(&[(&str, FieldValue<'_>)], bool),
) -> Result<(), DecodeFailure> {
    let mut repaired = false;
    let mut texts: Vec<Cow<'_, str>> = vec![];
    let values = split(columns, sample)?;
    for (column, value) in columns.iter().zip(&values) {
        texts.push(match column.encoding {
            Encoding::Text | Encoding::Json => {
                let text = std::str::from_utf8(value);
                repaired |= text.is_err();
                text.map_or_else(|_| Cow::Owned(replace_bad_bytes(value)), Cow::Borrowed)
            }
            Encoding::Bytes if is_text(value) => Cow::Owned(replace_bad_bytes(value)),
            _ => Cow::Borrowed(""),
        });
    }
    let parts: Vec<(&str, FieldValue<'_>)> = columns
        .iter()
        .zip(values)
        .zip(&texts)
        .map(|((column, value), text)| (column.name.as_str(), column.encoding.part(value, text)))
        .collect();
    then(&parts, repaired);
    Ok(())
}

/// The columns that the fields are, if every field is a column of text.
pub(super) fn text_columns(columns: &[MdsColumn], fields: &[FieldPath]) -> Option<Vec<usize>> {
    let column = |field: &FieldPath| {
        let [Step::Key(name)] = field.steps() else {
            return None;
        };
        let is_field = |column: &MdsColumn| column.name == *name;
        let place = columns.iter().position(is_field)?;
        matches!(columns[place].encoding, Encoding::Text).then_some(place)
    };
    fields.iter().map(column).collect()
}

/// The bytes of each column.
pub(super) fn split<'s>(
    columns: &[MdsColumn],
    sample: &'s [u8],
) -> Result<Vec<&'s [u8]>, DecodeFailure> {
    let wrong = || DecodeFailure::Fact("holds other lengths than its own");
    let mut rest = sample;
    let mut lens = vec![];
    for column in columns {
        lens.push(if let Some(len) = column.len {
            len
        } else {
            let (len, after) = rest.split_first_chunk::<4>().ok_or_else(wrong)?;
            rest = after;
            u32::from_le_bytes(*len) as usize
        });
    }
    let mut values = vec![];
    for len in lens {
        let (value, after) = rest.split_at_checked(len).ok_or_else(wrong)?;
        values.push(value);
        rest = after;
    }
    if rest.is_empty() { Ok(values) } else { Err(wrong()) }
}

impl Encoding {
    fn part<'a>(&self, value: &[u8], text: &'a str) -> FieldValue<'a> {
        match self {
            Self::Text => FieldValue::Text(text),
            Self::Json => FieldValue::Json(text),
            Self::Bytes if !text.is_empty() => FieldValue::Text(text),
            Self::Bytes | Self::Other => FieldValue::Other,
            Self::Unsigned => number(value).map_or(FieldValue::Other, FieldValue::Unsigned),
            Self::Signed => {
                // The sign stands in the last byte.
                let unused = 64 - 8 * value.len().min(8) as u32;
                let signed =
                    |bits: u64| FieldValue::Integer((bits << unused).cast_signed() >> unused);
                number(value).map_or(FieldValue::Other, signed)
            }
            Self::Float32 => value.try_into().map_or(FieldValue::Other, |bytes| {
                FieldValue::Number(f32::from_le_bytes(bytes).into())
            }),
            Self::Float64 => value
                .try_into()
                .map_or(FieldValue::Other, |bytes| FieldValue::Number(f64::from_le_bytes(bytes))),
        }
    }
}

/// Of 1 to 8 bytes.
fn number(value: &[u8]) -> Option<u64> {
    let mut bytes = [0; 8];
    bytes.get_mut(..value.len())?.copy_from_slice(value);
    (!value.is_empty()).then(|| u64::from_le_bytes(bytes))
}
