//! Blanks of all kinds as plain ones: what programs for people put between words and no writer of code chose.
//!
//! Done before the streams are made, in a copy of the same length, so that the kernels stay as they are and offsets hold.
//! Most texts have nothing of the kind, and are looked through at the speed of memory.

/// Bytes that are looked at together.
const CHUNK_LEN: usize = 64;
/// A longer colour is none: `\x1b[1;38;2;255;255;255m` has 22 bytes.
const COLOUR_LEN_MAX: usize = 32;

/// The text, or in `buffer` a copy of the same length, in which every blank of Unicode (white space, and the zero-width
/// space and byte order mark) and every sequence that colours a terminal (ECMA-48, SGR) are spaces.
pub fn respell<'t>(text: &'t [u8], buffer: &'t mut Vec<u8>) -> &'t [u8] {
    if text.is_ascii() && memchr::memchr(ESCAPE, text).is_none() {
        return text;
    }
    let mut is_copied = false;
    let mut start = 0;
    while start < text.len() {
        let end = text.len().min(start + CHUNK_LEN);
        if has_candidate(&text[start..text.len().min(end + 1)]) {
            for at in start..end {
                let len = blank_len(&text[at..]);
                if len > 0 {
                    if !is_copied {
                        buffer.clear();
                        buffer.extend_from_slice(text);
                        is_copied = true;
                    }
                    buffer[at..at + len].fill(b' ');
                }
            }
        }
        start = end;
    }
    if is_copied { buffer } else { text }
}

const ESCAPE: u8 = 0x1b;

/// Whether two neighbours may begin a blank or a colour. Without a branch, so that the compiler makes vectors of it.
fn has_candidate(bytes: &[u8]) -> bool {
    let pairs = bytes.iter().zip(bytes.get(1..).unwrap_or_default());
    let is_candidate = |(&first, &second): (&u8, &u8)| {
        (first == 0xc2) & ((second == 0xa0) | (second == 0x85))
            | (first == 0xe2) & ((second == 0x80) | (second == 0x81))
            | (first == 0xe3) & (second == 0x80)
            | (first == 0xe1) & (second == 0x9a)
            | (first == 0xef) & (second == 0xbb)
            | (first == ESCAPE) & (second == b'[')
    };
    pairs.map(is_candidate).fold(false, |any, is_candidate| any | is_candidate)
}

/// The bytes of the blank, or of the colour, at the start of `rest`; 0: neither.
fn blank_len(rest: &[u8]) -> usize {
    match rest {
        [0xc2, 0x85 | 0xa0, ..] => 2,
        [0xe1, 0x9a, 0x80, ..]
        | [0xe2, 0x80, 0x80..=0x8b | 0xa8 | 0xa9 | 0xaf, ..]
        | [0xe2, 0x81, 0x9f, ..]
        | [0xe3, 0x80, 0x80, ..]
        | [0xef, 0xbb, 0xbf, ..] => 3,
        [ESCAPE, b'[', ..] => colour_len(&rest[1..]).map_or(0, |len| len + 1),
        _ => 0,
    }
}

/// The bytes of `[1;31m`, with which `rest` begins behind an escape character.
pub(crate) fn colour_len(rest: &[u8]) -> Option<usize> {
    let parameters = rest.strip_prefix(b"[")?;
    let is_parameter = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b';' | b':');
    let len = parameters.iter().take(COLOUR_LEN_MAX).take_while(|&byte| is_parameter(byte)).count();
    matches!(parameters.get(len), Some(b'm' | b'K')).then_some(len + 2)
}

/// Whether a character is a blank. [`respell`] knows them by their bytes.
pub(crate) fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200b}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_blank_of_unicode_and_no_other_character_becomes_spaces_of_the_same_length() {
        let mut buffer = vec![];
        for character in ('\0'..=char::MAX).filter(|character| !character.is_ascii()) {
            let text = format!("a{character}b");
            let expected = if is_blank(character) {
                format!("a{}b", " ".repeat(character.len_utf8()))
            } else {
                text.clone()
            };
            assert_eq!(respell(text.as_bytes(), &mut buffer), expected.as_bytes(), "{character:?}");
        }
    }

    #[test]
    fn blanks_and_colours_are_found_wherever_they_stand() {
        let mut buffer = vec![];
        for at in 0..3 * CHUNK_LEN {
            for (odd, is_odd) in [
                ("\u{a0}", true),
                ("\u{3000}", true),
                ("\u{1b}[0m", true),
                ("\u{1b}[1;38;2;1;2;255m", true),
                ("\u{1b}[2J", false),
                ("\u{1b}[0", false),
                ("\u{1b}", false),
                ("\u{2019}", false),
            ] {
                let text = format!("{}{odd}{}", "x".repeat(at), "y".repeat(70));
                let plain =
                    format!("{}{}{}", "x".repeat(at), " ".repeat(odd.len()), "y".repeat(70));
                let expected = if is_odd { &plain } else { &text };
                assert_eq!(
                    respell(text.as_bytes(), &mut buffer),
                    expected.as_bytes(),
                    "{at} {odd:?}"
                );
            }
        }
        // Cut characters at the end are none.
        for cut in [&b"ab\xc2"[..], b"ab\xe2\x80", b"ab\xe3", b"ab\x1b["] {
            assert_eq!(respell(cut, &mut buffer), cut);
        }
    }
}
