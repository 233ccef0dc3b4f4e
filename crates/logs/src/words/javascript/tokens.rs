//! A script to tokens. Comments, strings, templates and (by what stands before) regular expressions
//! are told apart; numbers and keywords are words.

use std::ops::Range;

/// A token of a script.
pub(crate) enum ScriptToken<'s> {
    /// A string or a template, escapes undone. Of a template, only what is literal.
    Literal(String),
    /// A name, a keyword or a number.
    Word(&'s str),
    /// Any other character that is not white space.
    Mark(char),
}

impl ScriptToken<'_> {
    /// The text of a literal or of a word.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Literal(text) => text,
            Self::Word(word) => word,
            Self::Mark(_) => "",
        }
    }
}

/// All tokens of a script in order, each with its place; of a regular expression, none.
pub(crate) fn tokens(script: &str) -> Vec<(ScriptToken<'_>, Range<usize>)> {
    let bytes = script.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    // The last byte of code that is not white space decides what a slash means.
    let mut before = b';';
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'/', Some(b'/')) => at = line_end(bytes, at),
            (b'/', Some(b'*')) => {
                at = memchr::memmem::find(&bytes[at + 2..], b"*/")
                    .map_or(bytes.len(), |len| at + len + 4);
            }
            (b'/', _) if opens_regex(before) => {
                at = regex_end(bytes, at);
                before = b'/';
            }
            (quote @ (b'"' | b'\'' | b'`'), _) => {
                let raw = quote == b'`' && script[..at].trim_end().ends_with("String.raw");
                let (text, end) = read_literal(script, at, raw);
                found.push((ScriptToken::Literal(text), at..end));
                at = end;
                before = quote;
            }
            (byte, _) if byte.is_ascii_whitespace() => at += 1,
            (byte, _) if is_word(byte) => {
                let len = bytes[at..].iter().position(|byte| !is_word(*byte));
                let end = len.map_or(bytes.len(), |len| at + len);
                found.push((ScriptToken::Word(&script[at..end]), at..end));
                at = end;
                before = bytes[at - 1];
            }
            (byte, _) => {
                found.push((ScriptToken::Mark(char::from(byte)), at..at + 1));
                at += 1;
                before = byte;
            }
        }
    }
    found
}

/// Whether a byte is one of a name's. All of a character outside of ASCII are.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |len| at + len)
}

/// Behind a value a slash divides.
fn opens_regex(before: u8) -> bool {
    b"(,=:[!&|?{};>+".contains(&before)
}

/// Behind a regular expression, or one byte on where it does not end on its line.
fn regex_end(bytes: &[u8], start: usize) -> usize {
    let end = line_end(bytes, start);
    let mut at = start + 1;
    let mut in_class = false;
    while at < end {
        match bytes[at] {
            b'\\' => at += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'/' if !in_class => return at + 1,
            _ => {}
        }
        at += 1;
    }
    start + 1
}

/// The text of the literal that opens at `start`, and where it ends. A `"` or `'` ends with its
/// line at the latest.
fn read_literal(script: &str, start: usize, raw: bool) -> (String, usize) {
    let quote = script.as_bytes()[start];
    let mut text = String::new();
    let mut at = start + 1;
    while let Some(char) = script[at..].chars().next() {
        match char {
            '\\' if raw => {
                text.push('\\');
                at += 1;
                // A backslash keeps what follows from ending the literal, and both stay.
                if let Some(next) = script[at..].chars().next() {
                    text.push(next);
                    at += next.len_utf8();
                }
            }
            '\\' => at = unescape(script, at + 1, &mut text),
            _ if char == char::from(quote) => return (text, at + 1),
            '\n' if quote != b'`' => return (text, at),
            '$' if quote == b'`' && script[at + 1..].starts_with('{') => {
                at = substitution_end(script.as_bytes(), at + 2);
            }
            _ => {
                text.push(char);
                at += char.len_utf8();
            }
        }
    }
    (text, at)
}

/// Behind the brace that closes a substitution; its own strings and templates are passed over.
fn substitution_end(bytes: &[u8], mut at: usize) -> usize {
    // What is open: braces, and templates within.
    let mut open = vec![b'{'];
    while at < bytes.len() {
        let inside_template = open.last() == Some(&b'`');
        match bytes[at] {
            b'\\' => at += 1,
            b'`' if inside_template => drop(open.pop()),
            b'$' if inside_template && bytes.get(at + 1) == Some(&b'{') => {
                open.push(b'{');
                at += 1;
            }
            _ if inside_template => {}
            b'`' => open.push(b'`'),
            b'{' => open.push(b'{'),
            b'}' => {
                open.pop();
                if open.is_empty() {
                    return at + 1;
                }
            }
            quote @ (b'"' | b'\'') => {
                at += 1;
                while at < bytes.len() && bytes[at] != quote && bytes[at] != b'\n' {
                    at += 1 + usize::from(bytes[at] == b'\\');
                }
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Undoes the escape whose backslash stands before `at`; returns where it ends.
fn unescape(script: &str, at: usize, text: &mut String) -> usize {
    let Some(char) = script[at..].chars().next() else {
        return at;
    };
    let after = at + char.len_utf8();
    match char {
        'n' => text.push('\n'),
        't' => text.push('\t'),
        'r' => text.push('\r'),
        'b' => text.push('\u{8}'),
        'f' => text.push('\u{c}'),
        'v' => text.push('\u{b}'),
        '0' => text.push('\0'),
        // The line goes on.
        '\n' => {}
        '\r' => return after + usize::from(script[after..].starts_with('\n')),
        'x' => return unescape_code(script, after, 2, text),
        'u' if script[after..].starts_with('{') => {
            let Some(len) = script[after..].bytes().take(12).position(|byte| byte == b'}') else {
                return after;
            };
            let code = u32::from_str_radix(&script[after + 1..after + len], 16)
                .ok()
                .and_then(char::from_u32);
            text.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
            return after + len + 1;
        }
        'u' => return unescape_code(script, after, 4, text),
        _ => text.push(char),
    }
    after
}

/// Undoes `\xHH` and `\uHHHH` with its other half; what is malformed stays as it stands.
fn unescape_code(script: &str, at: usize, digits: usize, text: &mut String) -> usize {
    let unit =
        |at: usize| script.get(at..at + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    let Some(high) = unit(at) else { return at };
    let end = at + digits;
    if (0xd800..0xdc00).contains(&high)
        && script[end..].starts_with("\\u")
        && let Some(low @ 0xdc00..=0xdfff) = unit(end + 2)
    {
        let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        return end + 2 + digits;
    }
    text.push(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
    end
}
