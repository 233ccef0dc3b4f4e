//! Text that says itself which encoding it is in: a cookie as of Python and Emacs (PEP 263), the declaration of an XML
//! document, `<meta charset>` of HTML, `@charset` of a style sheet. Names are those of the WHATWG Encoding Standard, and
//! Python's spellings of them.
//!
//! Positions in the text are those of the decoded one. What cannot be decoded becomes U+FFFD.

use encoding_rs::{Encoding, ISO_2022_JP, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, X_USER_DEFINED};

/// What is left as it is. Of ISO-2022-JP all bytes are ASCII, and three of them make any ASCII behind them other text:
/// a reader of the corpus as UTF-8 would see what was hidden from the scan.
const LEFT: [&Encoding; 6] = [UTF_8, UTF_16LE, UTF_16BE, ISO_2022_JP, REPLACEMENT, X_USER_DEFINED];

/// HTML wants its declaration so early, and no other stands later.
const HEAD_LEN: usize = 1024;

/// The encoding that the text which begins with `prefix` says it is in; none where it is UTF-8 whatever it says, or ASCII
/// in every case.
pub(crate) fn declared(prefix: &[u8]) -> Option<&'static Encoding> {
    let head = &prefix[..prefix.len().min(HEAD_LEN)];
    let label = match head.trim_ascii_start() {
        [b'<', ..] => between(head, b"encoding=").or_else(|| between(head, b"charset=")),
        [b'@', ..] => between(head, b"@charset "),
        _ => cookie(head),
    }?;
    let encoding = named(label)?;
    (!LEFT.contains(&encoding) && !is_utf8(prefix)).then_some(encoding)
}

/// Whether text holds more than ASCII, and all of it is UTF-8; the last character may be cut.
fn is_utf8(prefix: &[u8]) -> bool {
    let valid = match std::str::from_utf8(prefix) {
        Ok(text) => text.len(),
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => return false,
    };
    !prefix[..valid].is_ascii()
}

/// The word behind `key`, in quotes or not.
fn between<'t>(head: &'t [u8], key: &[u8]) -> Option<&'t [u8]> {
    let is_key = |part: &[u8]| part.eq_ignore_ascii_case(key);
    let at = head.windows(key.len()).position(is_key)? + key.len();
    Some(word(&head[at..]))
}

/// In a comment of the first two lines: `coding: NAME` or `coding=NAME`.
fn cookie(head: &[u8]) -> Option<&[u8]> {
    const LEADERS: [&[u8]; 6] = [b"#", b"//", b"/*", b";", b"--", b"%"];
    let lines = head.split(|&byte| byte == b'\n').take(2);
    let comments = lines.filter(|line| {
        let line = line.trim_ascii_start();
        LEADERS.iter().any(|leader| line.starts_with(leader))
    });
    let mut found =
        comments.filter_map(|line| between(line, b"coding:").or_else(|| between(line, b"coding=")));
    found.next()
}

fn word(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    let text = text.strip_prefix(b"\"").or(text.strip_prefix(b"'")).unwrap_or(text);
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
    let len = text.iter().take_while(|byte| is_of_name(byte)).count();
    &text[..len]
}

/// Emacs adds how lines end, and Python takes `_` and `-` for the same and knows `latin-1`.
fn named(label: &[u8]) -> Option<&'static Encoding> {
    let label = label.to_ascii_lowercase();
    let ends = [&b"-unix"[..], b"-dos", b"-mac"];
    let bare = ends.iter().find_map(|end| label.strip_suffix(*end));
    let label = bare.unwrap_or(&label);
    let dashed: Vec<u8> =
        label.iter().map(|&byte| if byte == b'_' { b'-' } else { byte }).collect();
    let joined: Vec<u8> = dashed.iter().copied().filter(|&byte| byte != b'-').collect();
    let spellings = [label, &dashed, &joined];
    spellings.into_iter().find_map(Encoding::for_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &[u8], expected: Option<&str>) {
        assert_eq!(declared(text).map(Encoding::name), expected);
    }

    #[test]
    fn each_way_to_say_it_is_understood() {
        for (text, name) in [
            (&b"# -*- coding: latin-1 -*-\n\xe9"[..], "windows-1252"),
            (b"#!/usr/bin/python\n# vim: set fileencoding=iso-8859-15 :\n", "ISO-8859-15"),
            (b"#coding=euc_jp\n", "EUC-JP"),
            (b";; -*- coding: koi8-r-unix -*-\n", "KOI8-R"),
            (b"<?xml version='1.0' encoding='shift_jis'?>", "Shift_JIS"),
            (b"\n<!doctype html><META CHARSET=gbk>", "GBK"),
            (b"<meta http-equiv=x content=\"text/html; charset=windows-1251\">", "windows-1251"),
            (b"@charset \"iso-8859-2\";", "ISO-8859-2"),
        ] {
            check(text, Some(name));
        }
    }

    #[test]
    fn what_is_utf8_or_says_nothing_is_left_as_it_is() {
        for text in [
            &b""[..],
            b"coding: latin-1\n",
            b"x\n\n# coding: latin-1\n",
            b"# coding: utf-8\n\xe9",
            b"# coding: utf-16\n",
            b"# coding: iso-2022-jp\n\x1b$B",
            b"# coding: no-such-one\n\xe9",
            b"# coding:",
            "# coding: latin-1\n\u{e9}".as_bytes(),
            // The last character is cut.
            &"# coding: latin-1\n\u{e9}\u{e9}".as_bytes()[..21],
            b"{\"text\": \"<?xml encoding='latin1'?>\"}",
        ] {
            check(text, None);
        }
        let late = [vec![b' '; HEAD_LEN], b"<meta charset=gbk>".to_vec()].concat();
        check(&late, None);
    }
}
