//! Lenient reading of JSON: a field may be missing or of another type, a list is of bounded length,
//! and a string may hold half of a surrogate pair.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// More elements than any real list or map; `[0,0,0,…]` must not become sixteen bytes an element
/// without end.
const ELEMENTS_MAX: usize = 1 << 20;

/// Fields of the usual record, with some to spare.
const FIELDS_USUAL: usize = 16;

/// A JSON object whose values are parsed when they are asked for.
///
/// A field that is missing, null, or of another type than the one asked for is `None`: logs of many
/// versions are read, and what one field holds says nothing about the others. Where a name is
/// repeated, the last value counts, as for the JavaScript that wrote it.
pub(crate) struct JsonObject<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> JsonObject<'a> {
    /// Parses the object that is all of `json`.
    pub(crate) fn parse(json: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(json)
    }

    /// The value of a field as it stands in the JSON.
    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        let (_, value) = self.0.iter().rev().find(|(other, _)| other == name)?;
        (value.get() != "null").then_some(*value)
    }

    /// The value of a field as `T`.
    pub(crate) fn value<T: Deserialize<'a>>(&self, name: &str) -> Option<T> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }

    /// The value of a field that is a string.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.value(name)
    }

    /// The value of a field that is an object.
    pub(crate) fn object(&self, name: &str) -> Option<Self> {
        self.value(name)
    }

    /// The value of a field that is a time as RFC 3339 writes it, in milliseconds since 1970-01-01
    /// UTC.
    pub(crate) fn millis(&self, name: &str) -> Option<i64> {
        let time: jiff::Timestamp = self.text(name)?.parse().ok()?;
        Some(time.as_millisecond())
    }

    /// Whether there is a field of this name, be it null.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(other, _)| other == name)
    }

    /// All fields, in the order of the JSON.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), *value))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for JsonObject<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = JsonObject<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonObject<'de>, A::Error> {
                let mut fields = Vec::with_capacity(FIELDS_USUAL);
                while let Some((FieldName(name), value)) = map.next_entry()? {
                    if fields.len() == ELEMENTS_MAX {
                        return Err(A::Error::custom("the map is too long"));
                    }
                    fields.push((name, value));
                }
                Ok(JsonObject(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

#[derive(Deserialize)]
struct FieldName<'n>(#[serde(borrow)] Cow<'n, str>);

/// The list that is all of `json`; an error where one element is no `T`.
pub(crate) fn list_of<'a, T: Deserialize<'a>>(json: &'a str) -> serde_json::Result<Vec<T>> {
    let mut elements = Vec::new();
    each_element(json, &mut |element| elements.push(element))?;
    Ok(elements)
}

/// Calls `found` with every element of the list that is all of `json`; those before an error are
/// given.
pub(crate) fn each_element<'a, T: Deserialize<'a>>(
    json: &'a str,
    found: &mut dyn FnMut(T),
) -> serde_json::Result<()> {
    Elements(found).deserialize(&mut serde_json::Deserializer::from_str(json))
}

/// Calls `found` with every string that is a value in `json`, at any depth; keys are not values.
pub(crate) fn each_string(json: &str, found: &mut dyn FnMut(&str)) -> serde_json::Result<()> {
    each_named_string(json, &mut |_, text| found(text))
}

/// Calls `found` with every string that is a value in `json`, at any depth, and with the key of the nearest map around it,
/// which is empty where there is none.
pub(crate) fn each_named_string(
    json: &str,
    found: &mut dyn FnMut(&str, &str),
) -> serde_json::Result<()> {
    Strings { key: "", found }.deserialize(&mut serde_json::Deserializer::from_str(json))
}

struct Elements<'f, T>(&'f mut dyn FnMut(T));

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Elements<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Elements<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut count = 0;
        while let Some(element) = seq.next_element()? {
            if count == ELEMENTS_MAX {
                return Err(A::Error::custom("the list is too long"));
            }
            count += 1;
            (self.0)(element);
        }
        Ok(())
    }
}

struct Strings<'f> {
    key: &'f str,
    found: &'f mut dyn FnMut(&str, &str),
}

impl<'de> DeserializeSeed<'de> for Strings<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strings<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        (self.found)(self.key, text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Strings { key: self.key, found: &mut *self.found })?.is_some() {
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(FieldName(key)) = map.next_key()? {
            map.next_value_seed(Strings { key: &key, found: &mut *self.found })?;
        }
        Ok(())
    }
}

/// `json` with every lone surrogate escape replaced by `\ufffd`; borrowed where there is none.
///
/// A tool that cuts a string in the middle of an emoji writes `\ud83d` alone. JSON from JavaScript
/// may hold that and a Rust string may not, and the line would be lost for one character.
pub(crate) fn mend_surrogates(json: &str) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    // All surrogates begin with this digit, and other escapes are rare.
    let is_surrogate = |at: usize| matches!(bytes.get(at + 2), Some(b'd' | b'D'));
    if !memchr::memmem::find_iter(bytes, b"\\u").any(is_surrogate) {
        return Cow::Borrowed(json);
    }
    let mut mended = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &bytes[at..]) {
        let escape = at + found;
        at = match unit_at(bytes, escape) {
            Some(0xd800..=0xdbff)
                if matches!(unit_at(bytes, escape + 6), Some(0xdc00..=0xdfff)) =>
            {
                escape + 12
            }
            Some(0xd800..=0xdfff) => {
                mended.push_str(&json[copied..escape]);
                mended.push_str("\\ufffd");
                copied = escape + 6;
                copied
            }
            Some(_) => escape + 6,
            // Any other escape is two bytes, of which the second may be a backslash.
            None => escape + 2,
        };
        if at >= bytes.len() {
            break;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    mended.push_str(&json[copied..]);
    Cow::Owned(mended)
}

/// The code unit of a `\uXXXX` that stands at `at`.
fn unit_at(bytes: &[u8], at: usize) -> Option<u32> {
    let escape = bytes.get(at..at + 6)?;
    if !escape.starts_with(b"\\u") {
        return None;
    }
    escape[2..].iter().try_fold(0, |unit, &digit| Some(unit * 16 + char::from(digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &[&str]) {
        let mut actual = vec![];
        each_string(json, &mut |text| actual.push(text.to_owned())).unwrap();
        assert_eq!(expected, actual);
    }

    #[test]
    fn every_value_that_is_a_string_is_found_and_no_key() {
        check("null", &[]);
        check(r#""a\nb""#, &["a\nb"]);
        check(r#"{"k":["x",1,-2,0.5,true,null,{"l":"y"}],"m":"z"}"#, &["x", "y", "z"]);
    }

    #[test]
    fn nesting_without_end_is_an_error() {
        assert!(each_string(&"[".repeat(100_000), &mut |_| ()).is_err());
    }

    #[test]
    fn elements_before_a_cut_are_given() {
        let mut count = 0;
        assert!(each_element("[{},[1],{\"a\":", &mut |_: &RawValue| count += 1).is_err());
        assert_eq!(2, count);
    }

    #[test]
    fn a_field_of_another_type_is_none_and_the_last_of_a_name_counts() {
        let object =
            JsonObject::parse(r#"{"a":1,"\u0062":"x","n":null,"o":{"p":"y"},"a":2}"#).unwrap();
        assert_eq!((None, Some(2)), (object.text("a"), object.value("a")));
        assert_eq!(Some("x"), object.text("b").as_deref());
        assert!(object.get("n").is_none() && object.has("n") && !object.has("m"));
        assert_eq!(Some("y"), object.object("o").and_then(|o| o.text("p")).as_deref());
        assert!(JsonObject::parse("[1]").is_err());
    }

    #[test]
    fn a_list_is_of_bounded_length() {
        let zeros = |count| format!("[0{}]", ",0".repeat(count - 1));
        assert_eq!(ELEMENTS_MAX, list_of::<u8>(&zeros(ELEMENTS_MAX)).unwrap().len());
        assert!(list_of::<u8>(&zeros(ELEMENTS_MAX + 1)).is_err());
    }

    #[track_caller]
    fn check_mended(json: &str, expected: &str) {
        assert_eq!(expected, mend_surrogates(json));
    }

    #[test]
    fn pairs_stay_and_lone_ones_go() {
        check_mended(r"a\ud83d\ude00b", r"a\ud83d\ude00b");
        check_mended(r"a\ud83d b", r"a\ufffd b");
        check_mended(r"\ude00\ud83d", r"\ufffd\ufffd");
        check_mended(r"\uD83D\ud83d\ude00", r"\ufffd\ud83d\ude00");
    }

    #[test]
    fn an_escaped_backslash_is_not_the_start_of_an_escape() {
        check_mended(r"\\ud83d", r"\\ud83d");
        check_mended(r"\\\ud83d", r"\\\ufffd");
    }

    #[test]
    fn a_cut_escape_is_left_alone() {
        check_mended(r"\ud83d\ud8", r"\ufffd\ud8");
        check_mended("\\ud83d\\", r"\ufffd\");
    }
}
