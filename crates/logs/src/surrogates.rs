//! Lone surrogates in JSON: a tool that cuts a string in the middle of an emoji writes `\ud83d` alone.
//!
//! JSON from JavaScript may hold that, a Rust string may not, and the line would be lost for one character.

use std::borrow::Cow;

/// `json` with every lone surrogate escape replaced by `\ufffd`; borrowed where there is none.
pub(crate) fn mend_surrogates(json: &str) -> Cow<'_, str> {
    if memchr::memmem::find(json.as_bytes(), b"\\ud").is_none()
        && memchr::memmem::find(json.as_bytes(), b"\\uD").is_none()
    {
        return Cow::Borrowed(json);
    }
    let bytes = json.as_bytes();
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
    fn check(json: &str, expected: &str) {
        assert_eq!(expected, mend_surrogates(json));
    }

    #[test]
    fn pairs_stay_and_lone_ones_go() {
        check(r"a\ud83d\ude00b", r"a\ud83d\ude00b");
        check(r"a\ud83d b", r"a\ufffd b");
        check(r"\ude00\ud83d", r"\ufffd\ufffd");
        check(r"\uD83D\ud83d\ude00", r"\ufffd\ud83d\ude00");
    }

    #[test]
    fn an_escaped_backslash_is_not_the_start_of_an_escape() {
        check(r"\\ud83d", r"\\ud83d");
        check(r"\\\ud83d", r"\\\ufffd");
    }

    #[test]
    fn a_cut_escape_is_left_alone() {
        check(r"\ud83d\ud8", r"\ufffd\ud8");
        check("\\ud83d\\", r"\ufffd\");
    }
}
