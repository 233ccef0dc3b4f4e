//! Tolerant pieces of JSON: a field may be missing or of another type, and a list may not be endless.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// More elements than any real list; `[0,0,0,…]` must not become sixteen bytes an element without end.
const ELEMENTS_MAX: usize = 1 << 20;

/// A field as `T`, or `None` where it is missing, null or something else.
pub(crate) fn loose<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

/// A field as text.
pub(crate) fn text_of(raw: Option<&RawValue>) -> Option<String> {
    loose(raw)
}

/// Calls `found` with every string that is a value in `json`, at any depth; keys are not values.
pub(crate) fn each_string(json: &str, found: &mut dyn FnMut(&str)) -> serde_json::Result<()> {
    Strings(found).deserialize(&mut serde_json::Deserializer::from_str(json))
}

/// Calls `found` with every element of the list in `json`; those before an error are given.
pub(crate) fn each_element<'a>(
    json: &'a str,
    found: &mut dyn FnMut(&'a RawValue),
) -> serde_json::Result<()> {
    Elements(found).deserialize(&mut serde_json::Deserializer::from_str(json))
}

/// A list of bounded length.
pub(crate) struct Few<T>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
            type Value = Few<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Few<T>, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = seq.next_element()? {
                    if elements.len() == ELEMENTS_MAX {
                        return Err(A::Error::custom("the list is too long"));
                    }
                    elements.push(element);
                }
                Ok(Few(elements))
            }
        }
        deserializer.deserialize_seq(List(PhantomData))
    }
}

/// The pairs of a map in the order of the file, of bounded number.
pub(crate) struct FewPairs<'a>(pub(crate) Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for FewPairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = FewPairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FewPairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    if pairs.len() == ELEMENTS_MAX {
                        return Err(A::Error::custom("the map is too long"));
                    }
                    pairs.push(pair);
                }
                Ok(FewPairs(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

struct Strings<'f>(&'f mut dyn FnMut(&str));

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
        (self.0)(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Strings(&mut *self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value_seed(Strings(&mut *self.0))?;
        }
        Ok(())
    }
}

struct Elements<'f, 'a>(&'f mut dyn FnMut(&'a RawValue));

impl<'de: 'a, 'a> DeserializeSeed<'de> for Elements<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Elements<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(element) = seq.next_element::<&'de RawValue>()? {
            (self.0)(element);
        }
        Ok(())
    }
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
        assert!(each_element("[{},[1],{\"a\":", &mut |_| count += 1).is_err());
        assert_eq!(2, count);
    }
}
