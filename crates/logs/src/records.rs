//! The records of a log in any wrapping: one on a line, some beside damage on their line, or all of
//! them in a list that is one JSON document.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::json::{JsonObject, each_element, mend_surrogates};

/// How often the bytes of a damaged line are read at most in search of whole records.
const SEARCHES_MAX: usize = 16;

/// Calls `found` with every record that stands whole on a line.
///
/// # Errors
/// Why something on the line could not be read, in words; the records beside it were given.
pub(crate) fn each_record_on(
    line: &[u8],
    found: &mut dyn FnMut(&JsonObject),
) -> Result<(), String> {
    match std::str::from_utf8(line) {
        Ok(line) => {
            let line = mend_surrogates(line);
            match JsonObject::parse(&line) {
                Ok(record) => found(&record),
                Err(_) if each_whole_record(&line, found) => {}
                Err(error) => return Err(format!("not a JSON record: {error}")),
            }
            Ok(())
        }
        Err(error) => {
            for chunk in line.utf8_chunks() {
                each_whole_record(&mend_surrogates(chunk.valid()), found);
            }
            Err(format!("not UTF-8 at byte {} of the line", error.valid_up_to()))
        }
    }
}

/// Finds whole records on a line that is more, or less, than one: two without a line break between
/// them, one behind another that was cut, or one beside a run of zeros. Returns whether the line
/// holds nothing else but the time at which a program printed it.
///
/// An object within a record that was cut looks like a record, too. But a comma or a bracket follows
/// it, and a record ends where its line does, or where the next one begins.
fn each_whole_record(line: &str, found: &mut dyn FnMut(&JsonObject)) -> bool {
    let mut is_clean = true;
    let mut read_to = 0;
    let mut at = 0;
    let mut budget = line.len().saturating_mul(SEARCHES_MAX);
    while let Some(offset) = memchr::memchr(b'{', &line.as_bytes()[at..]) {
        let start = at + offset;
        let mut values = serde_json::Deserializer::from_str(&line[start..]).into_iter();
        let value: Option<Result<JsonObject, _>> = values.next();
        match value {
            Some(Ok(record)) => {
                let end = start + values.byte_offset();
                let before = &line[read_to..start];
                let behind = line[end..].trim_start_matches(is_gap);
                let is_apart = before.trim_matches(is_gap).is_empty()
                    || behind.is_empty()
                    || behind.starts_with('{');
                if is_apart && (record.has("type") || record.has("record_type")) {
                    is_clean &= before.trim().is_empty() || is_time(before.trim());
                    found(&record);
                    read_to = end;
                }
                at = end;
            }
            Some(Err(error)) if error.column() < budget => {
                budget -= error.column();
                at = start + 1;
            }
            _ => return false,
        }
    }
    is_clean && read_to > 0 && line[read_to..].trim().is_empty()
}

fn is_gap(char: char) -> bool {
    char == '\0' || char.is_ascii_whitespace()
}

/// Whether a line begins as one of a log does: with a record, whole or cut, be it behind zeros or a
/// time. A text that quotes a log in its midst is none.
pub(crate) fn opens_record(line: &[u8]) -> bool {
    let Some(brace) = memchr::memchr(b'{', line) else { return false };
    let before = std::str::from_utf8(&line[..brace]).unwrap_or("text").trim_matches(is_gap);
    before.is_empty() || is_time(before)
}

/// Whether a text is a time as RFC 3339 writes it. Continuous integration puts one before each line.
fn is_time(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok()
}

/// Where the list of records begins in a log that is one document, by the start of it: `[{` or
/// `{"loglines":[`, with any white space between.
pub(crate) fn list_of_records(start: &[u8]) -> Option<usize> {
    let mark = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    let mut rest = mark;
    if let Some(object) = mark.strip_prefix(b"{") {
        let object = object.trim_ascii_start().strip_prefix(b"\"loglines\"")?;
        rest = object.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    }
    let elements = rest.strip_prefix(b"[")?.trim_ascii_start();
    elements.starts_with(b"{").then_some(start.len() - rest.len())
}

/// Calls `found` with every element of the list at `start` of a document, and the line where it
/// stands. Returns the line of the end of a document that is cut, or that holds other things behind
/// the list; its elements before were given.
pub(crate) fn each_listed(
    document: &str,
    start: usize,
    found: &mut dyn FnMut(u64, &RawValue),
) -> Result<(), u64> {
    let (mut line, mut counted) = (1, 0);
    let mut line_at = |offset: usize| {
        let passed = &document.as_bytes()[counted..offset];
        line += memchr::memchr_iter(b'\n', passed).count() as u64;
        counted = offset;
        line
    };
    let list = &document[start..];
    let mut values = serde_json::Deserializer::from_str(list).into_iter::<&RawValue>();
    let is_whole = values.next().is_some_and(|list| list.is_ok());
    let list = if is_whole { &list[..values.byte_offset()] } else { list };
    let outcome = each_element(list, &mut |item: &RawValue| {
        let offset = item.get().as_ptr() as usize - document.as_ptr() as usize;
        found(line_at(offset), item);
    });
    let is_alone = document[..start].trim_start_matches('\u{feff}').trim().is_empty();
    let behind = document[start + list.len()..].trim_start();
    let is_closed = if is_alone { behind.is_empty() } else { behind.starts_with(['}', ',']) };
    if outcome.is_ok() && is_whole && is_closed { Ok(()) } else { Err(line_at(document.len())) }
}

/// The JSON of an element that is a record, or a string that holds one.
pub(crate) fn record_json(element: &RawValue) -> Cow<'_, str> {
    serde_json::from_str(element.get()).map_or(Cow::Borrowed(element.get()), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The types of the records on a line, and whether all of the line was read.
    #[track_caller]
    fn check(line: &[u8], expected: &[&str], is_clean: bool) {
        let mut types = vec![];
        let outcome =
            each_record_on(line, &mut |record| types.push(record.text("type").unwrap_or_default()));
        let line = String::from_utf8_lossy(line);
        assert_eq!(expected, types, "{line}");
        assert_eq!(is_clean, outcome.is_ok(), "{line}");
    }

    #[test]
    fn two_records_without_a_line_break_are_two_records() {
        check(br#"{"type":"a"}{"type":"b"}"#, &["a", "b"], true);
        check(br#"{ "type":"a"} { "type":"b","c":{"type":"d"}} "#, &["a", "b"], true);
    }

    #[test]
    fn a_record_beside_zeros_is_read_and_the_zeros_are_told() {
        check(b"\0\0\0{\"type\":\"a\"}", &["a"], false);
        check(b"{\"type\":\"a\"}\0\0", &["a"], false);
        check(b"\0\0\0", &[], false);
    }

    #[test]
    fn a_record_behind_one_that_was_cut_is_read() {
        for cut in [
            r#"{"type":"x","c":"fn {} "#,
            r#"{"type":"x","m":{"c":[{"type":"y"},{"type":"z","t":"\"{\"type\":1}"#,
            r#"{"type":"x","m":{"c":[{"type":"y"}],"t":12"#,
            r#"{"ty"#,
            "x",
            "}",
        ] {
            check(format!("{cut}{}", r#"{"type":"a","b":{}}"#).as_bytes(), &["a"], false);
        }
        check(b"{\"type\":\"x\",\"t\":\"\xc3{\"type\":\"a\"}", &["a"], false);
    }

    #[test]
    fn a_record_before_damage_is_read() {
        check(br#"{"type":"a"}}"#, &["a"], false);
        check(br#"{"type":"a"}{"type":"b","c":"#, &["a"], false);
        check(b"{\"type\":\"a\"}\xff", &["a"], false);
    }

    #[test]
    fn what_a_record_holds_is_no_record() {
        check(br#"{"type":"x","c":{"type":"y"},"d":"#, &[], false);
        check(br#"{"type":"x","c":[{"type":"y"}],"d":{"#, &[], false);
        check(br#"text {} {"a":1}"#, &[], false);
    }

    #[test]
    fn the_time_before_a_record_is_no_damage() {
        check(b"2026-01-01T00:00:00.0000000Z {\"type\":\"a\"}", &["a"], true);
        check(b"build: {\"type\":\"a\"}", &["a"], false);
    }

    #[test]
    fn a_line_of_beginnings_is_given_up() {
        check("{\"a\":".repeat(200_000).as_bytes(), &[], false);
        check("{\"a\":{\"b\":\"".repeat(200_000).as_bytes(), &[], false);
    }

    #[test]
    fn a_list_is_recognised_by_its_start() {
        for (start, at) in [
            ("[{", Some(0)),
            (" [\n {", Some(1)),
            ("{ \"loglines\" : [ {", Some(15)),
            ("[1", None),
            ("{\"lines\":[{", None),
            ("", None),
        ] {
            assert_eq!(at, list_of_records(start.as_bytes()), "{start}");
        }
    }
}
