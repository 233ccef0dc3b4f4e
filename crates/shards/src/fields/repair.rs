//! Second chances for rows that JSON parsers refuse and that real corpora hold.

use std::fmt::Write as _;

/// Replaces each byte that is not UTF-8 by one `?`.
pub(crate) fn replace_bad_bytes(line: &[u8]) -> String {
    let mut text = String::with_capacity(line.len());
    for chunk in line.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}

/// A line made readable.
pub(crate) struct Repaired {
    pub(crate) text: String,
    /// A character of a string was replaced, not only a number.
    pub(crate) texts_changed: bool,
}

/// Replaces what Python's `json` writes and JSON does not know: halves of surrogate pairs (by the escape of `?`) and
/// `NaN` and `Infinity` (by 0). The length stays. `None` where the line holds neither.
pub(crate) fn replace_python_json(line: &str) -> Option<Repaired> {
    let mut text = String::with_capacity(line.len());
    let mut texts_changed = false;
    let mut rest = line;
    while !rest.is_empty() {
        let string_start = rest.find('"').unwrap_or(rest.len());
        push_numbers(&mut text, &rest[..string_start]);
        let string_end = string_start + string_len(&rest.as_bytes()[string_start..]);
        texts_changed |= push_string(&mut text, &rest[string_start..string_end]);
        rest = &rest[string_end..];
    }
    (text != line).then_some(Repaired { text, texts_changed })
}

/// The length of the string literal that `text` begins with; all of it, where it has no end.
fn string_len(text: &[u8]) -> usize {
    let mut offset = 1;
    while offset < text.len() {
        match text[offset] {
            b'"' => return offset + 1,
            // Only ASCII can be escaped; anything else would leave us in the middle of a character.
            b'\\' if text.get(offset + 1).is_none_or(u8::is_ascii) => offset += 2,
            b'\\' => return text.len(),
            _ => offset += 1,
        }
    }
    text.len()
}

/// Appends what stands between two strings.
fn push_numbers(text: &mut String, between: &str) {
    const WORDS: [(&str, &str); 3] =
        [("-Infinity", "        0"), ("Infinity", "       0"), ("NaN", "  0")];
    let mut rest = between;
    'rest: while !rest.is_empty() {
        for (word, number) in WORDS {
            if let Some(after) = rest.strip_prefix(word) {
                text.push_str(number);
                rest = after;
                continue 'rest;
            }
        }
        let len = rest.chars().next().map_or(0, char::len_utf8);
        text.push_str(&rest[..len]);
        rest = &rest[len..];
    }
}

/// Appends a string literal; true if half a surrogate pair stood in it.
fn push_string(text: &mut String, literal: &str) -> bool {
    /// The bytes of one `\uXXXX`.
    const ESCAPE_LEN: usize = 6;
    let mut changed = false;
    let mut rest = literal;
    while let Some(offset) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..offset]);
        rest = &rest[offset..];
        let len = match (escaped_unit(rest), rest.get(ESCAPE_LEN..).and_then(escaped_unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 2 * ESCAPE_LEN,
            (Some(0xd800..=0xdfff), _) => {
                write!(text, "\\u{:04x}", u32::from('?')).expect("a string takes what is written");
                rest = &rest[ESCAPE_LEN..];
                changed = true;
                continue;
            }
            // The backslash and what it escapes, so that `\\u` is not taken for an escape.
            _ => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        text.push_str(&rest[..len]);
        rest = &rest[len..];
    }
    text.push_str(rest);
    changed
}

/// The UTF-16 unit of the `\uXXXX` that `text` begins with.
fn escaped_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then(|| u16::from_str_radix(digits, 16).ok())
        .flatten()
}
