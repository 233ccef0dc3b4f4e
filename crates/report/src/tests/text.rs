use crate::json::to_json_pretty;
use crate::{Untrusted, is_obeyed, minute_utc, rfc3339_utc, to_json_line};

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(Untrusted(text).to_string(), expected);
}

#[test]
fn what_a_terminal_shows_is_left_as_it_is() {
    for text in ["", "plain", "größer 日本語 🦀", "a\u{200d}b", "`quoted` \\ \"x\""] {
        check(text, text);
    }
}

#[test]
fn what_a_terminal_obeys_is_spelled_out() {
    for (text, expected) in [
        ("\u{1b}[31mred", "\\u{1b}[31mred"),
        ("\u{9b}31m", "\\u{9b}31m"),
        ("bell\u{7}\u{8}\u{7f}", "bell\\u{7}\\u{8}\\u{7f}"),
        ("a\nb\rc\td\0", "a\\nb\\rc\\td\\u{0}"),
        ("\u{202e}evil\u{2066}", "\\u{202e}evil\\u{2066}"),
        ("\u{200e}\u{200f}\u{61c}", "\\u{200e}\\u{200f}\\u{61c}"),
        ("\u{2028}\u{2029}\u{85}", "\\u{2028}\\u{2029}\\u{85}"),
        ("\u{200b}\u{feff}\u{e0041}", "\\u{200b}\\u{feff}\\u{e0041}"),
    ] {
        check(text, expected);
    }
}

#[test]
fn no_control_character_at_all_is_sent() {
    for c in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
        assert!(!c.is_control() || is_obeyed(c), "{c:?}");
    }
}

#[test]
fn json_says_the_same_without_a_character_that_a_terminal_obeys() {
    let text: String = (0..=0x2100)
        .chain(0xfe00..=0xffff)
        .chain(0xe_0000..=0xe_0100)
        .filter_map(char::from_u32)
        .collect();
    for json in [to_json_line(&text).unwrap(), to_json_pretty(&text).unwrap()] {
        let json = String::from_utf8(json).unwrap();
        assert!(!json.trim_end_matches('\n').contains(is_obeyed));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}

#[test]
fn json_keeps_its_structure_under_the_escaping() {
    let value = serde_json::json!({"a": [1, null, {"\u{1b}": []}], "b": {}, "c": -1.5});
    for json in [to_json_line(&value).unwrap(), to_json_pretty(&value).unwrap()] {
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&json).unwrap(), value);
    }
    assert_eq!(
        to_json_line(&value).unwrap(),
        b"{\"a\":[1,null,{\"\\u001b\":[]}],\"b\":{},\"c\":-1.5}\n"
    );
}

#[test]
fn a_moment_is_in_utc_and_an_impossible_one_is_none() {
    for (moment, long, short) in [
        (0, Some("1970-01-01T00:00:00.000Z"), Some("1970-01-01 00:00 UTC")),
        (1_759_320_184_567, Some("2025-10-01T12:03:04.567Z"), Some("2025-10-01 12:03 UTC")),
        (-1, Some("1969-12-31T23:59:59.999Z"), Some("1969-12-31 23:59 UTC")),
        (i64::MAX, None, None),
        (i64::MIN, None, None),
    ] {
        assert_eq!(rfc3339_utc(moment).as_deref(), long, "{moment}");
        assert_eq!(minute_utc(moment).as_deref(), short, "{moment}");
    }
}
