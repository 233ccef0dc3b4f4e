//! The columns of a MosaicML shard, and the values of a sample.

use std::borrow::Cow;

use serde::Deserialize;

use crate::FieldPath;
use crate::catch_decoder_panic::DecodeFailure;
use crate::container::format::recognise::{Untold, ValueKind, kind_of_value};
use crate::fields::named_values::FieldValue;
use crate::fields::path::Step;
use crate::fields::repair::replace_bad_bytes;
use crate::record::SkipReason;

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
    /// Images and arrays of numbers.
    NotText,
    /// Pickles, and what this build does not know.
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
            "pil" | "jpeg" | "jpegarray" | "list[jpeg]" | "list[pil]" | "png" | "float16" => {
                Self::NotText
            }
            name if name.starts_with("ndarray") => Self::NotText,
            _ => Self::Other,
        }
    }
}

/// Hands `then` the values of a sample, whether bytes of them were replaced, and what was not text.
pub(super) fn with_values(
    columns: &[MdsColumn],
    sample: &[u8],
    then: impl FnOnce(&[(&str, FieldValue<'_>)], bool, Untold),
) -> Result<(), DecodeFailure> {
    let (mut repaired, mut untold) = (false, Untold::default());
    let mut texts: Vec<Cow<'_, str>> = vec![];
    let values = split(columns, sample)?;
    for (column, value) in columns.iter().zip(&values) {
        texts.push(match column.encoding {
            Encoding::Text | Encoding::Json => {
                let text = std::str::from_utf8(value);
                repaired |= text.is_err();
                text.map_or_else(|_| Cow::Owned(replace_bad_bytes(value)), Cow::Borrowed)
            }
            Encoding::Bytes | Encoding::NotText | Encoding::Other => {
                let is_text = untold.is_text(column.kind_of(value), value.len());
                if is_text { Cow::Owned(replace_bad_bytes(value)) } else { Cow::Borrowed("") }
            }
            _ => Cow::Borrowed(""),
        });
    }
    let parts: Vec<(&str, FieldValue<'_>)> = columns
        .iter()
        .zip(values)
        .zip(&texts)
        .map(|((column, value), text)| (column.name.as_str(), column.encoding.part(value, text)))
        .collect();
    then(&parts, repaired, untold);
    Ok(())
}

impl MdsColumn {
    /// What a value is.
    pub(super) fn kind_of(&self, value: &[u8]) -> ValueKind {
        match self.encoding {
            Encoding::Bytes => kind_of_value(value),
            Encoding::Other if value.is_empty() => ValueKind::NotText,
            Encoding::Other => ValueKind::Unread(SkipReason::Unsupported),
            Encoding::Text | Encoding::Json => ValueKind::Text,
            _ => ValueKind::NotText,
        }
    }

    /// Whether its values are numbers, which are no bytes worth counting.
    pub(super) fn is_number(&self) -> bool {
        matches!(
            self.encoding,
            Encoding::Signed | Encoding::Unsigned | Encoding::Float32 | Encoding::Float64
        )
    }
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

/// The columns of text of which no field is.
pub(super) fn other_columns(columns: &[MdsColumn], fields: &[FieldPath]) -> Vec<FieldPath> {
    let texts = columns.iter().filter(|column| {
        matches!(column.encoding, Encoding::Text | Encoding::Json | Encoding::Bytes)
    });
    let paths = texts.map(|column| FieldPath::from_steps(&[Step::Key(column.name.clone())]));
    paths.filter(|path| fields.iter().all(|field| field.steps()[0] != path.steps()[0])).collect()
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
            Self::Bytes | Self::NotText | Self::Other => FieldValue::Other,
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
