//! As much Rust as the checks need: which bytes are code, and which names it declares.

/// `source` with every byte of a comment or of a literal replaced by a blank. Offsets and line breaks stay.
pub(crate) fn code_only(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_or_comment_end(bytes, at);
        match end {
            Some(end) => {
                let end = end.min(bytes.len());
                for byte in &mut code[at..end] {
                    if *byte != b'\n' {
                        *byte = b' ';
                    }
                }
                at = end;
            }
            None => at += 1,
        }
    }
    String::from_utf8(code).expect("whole characters were replaced")
}

/// The end of the comment or literal that starts at `at`, if one does. May lie past the end of a file cut short.
fn literal_or_comment_end(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = &bytes[at..];
    match rest {
        [b'/', b'/', ..] => {
            Some(at + rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len()))
        }
        [b'/', b'*', ..] => Some(at + block_comment_len(rest)),
        [b'"', ..] => Some(at + quoted_len(rest, b'"')),
        [b'\'', b'\\', ..] => Some(at + quoted_len(rest, b'\'')),
        [b'\'', first, ..] => {
            let char_len = match first {
                0..0x80 => 1,
                0x80..0xE0 => 2,
                0xE0..0xF0 => 3,
                _ => 4,
            };
            // Otherwise a lifetime or a label.
            (rest.get(1 + char_len) == Some(&b'\'')).then_some(at + char_len + 2)
        }
        [b'r', ..] if starts_word(bytes, at) => raw_string_len(rest).map(|len| at + len),
        _ => None,
    }
}

/// Whether the `r` at `at` can open a raw string: it stands alone, or behind the `b` or `c` of `br"` and `cr"`.
fn starts_word(bytes: &[u8], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).map_or(b' ', |i| bytes[i]);
    !is_word(before(1)) || (matches!(before(1), b'b' | b'c') && !is_word(before(2)))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn block_comment_len(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0u32, 0);
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn quoted_len(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// `None` for what is not a raw string, such as `r#type`.
fn raw_string_len(rest: &[u8]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|&&byte| byte == b'#').count();
    let open_len = 1 + hashes + 1;
    if rest.get(open_len - 1) != Some(&b'"') {
        return None;
    }
    let mut close = vec![b'"'];
    close.resize(1 + hashes, b'#');
    let body = &rest[open_len..];
    let body_len = body.windows(close.len()).position(|window| window == close);
    Some(body_len.map_or(rest.len(), |len| open_len + len + close.len()))
}

/// The words of `code`, each with its line, counted from 1.
pub(crate) fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.lines().enumerate().flat_map(|(line, text)| {
        text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .filter(|word| !word.is_empty())
            .map(move |word| (line + 1, word))
    })
}

/// The types, traits and modules that `code` declares, each with its line, counted from 1.
pub(crate) fn declared_names(code: &str) -> impl Iterator<Item = (usize, &str)> {
    const KEYWORDS: [&str; 6] = ["struct", "enum", "union", "trait", "type", "mod"];
    words(code)
        .zip(words(code).skip(1))
        .filter(|((_, before), _)| KEYWORDS.contains(before))
        .map(|(_, name)| name)
}

/// The types, traits and aliases that `code` declares, each with its line, counted from 1. A type that belongs to a
/// trait is none of them.
pub(crate) fn declared_types(code: &str) -> Vec<(usize, &str)> {
    const KEYWORDS: [&str; 5] = ["struct", "enum", "union", "trait", "type"];
    let mut types = vec![];
    let mut depth = 0;
    for (line, text) in code.lines().enumerate() {
        let mut before = "";
        for piece in text.split_inclusive(|letter: char| !letter.is_alphanumeric() && letter != '_')
        {
            let word =
                piece.trim_end_matches(|letter: char| !letter.is_alphanumeric() && letter != '_');
            let is_declared = KEYWORDS.contains(&before) && (before != "type" || depth == 0);
            if is_declared && word.starts_with(char::is_uppercase) {
                types.push((line + 1, word));
            }
            before = if piece.ends_with(' ') { word } else { "" };
            depth += i32::from(piece.ends_with('{')) - i32::from(piece.ends_with('}'));
        }
    }
    types
}

/// `source` without its inline test modules, which are replaced by blanks.
pub(crate) fn product_only(source: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let code = code_only(source);
    let mut product = source.as_bytes().to_vec();
    let mut from = 0;
    while let Some(found) = code[from..].find(MARK) {
        let start = from + found;
        from = start + MARK.len();
        if let Some(len) = inline_module_len(&code[from..]) {
            for byte in &mut product[start..from + len] {
                if *byte != b'\n' {
                    *byte = b' ';
                }
            }
            from += len;
        }
    }
    String::from_utf8(product).expect("whole characters were replaced")
}

/// The length of `mod name { ... }` at the start of `code`, if that is what stands there.
fn inline_module_len(code: &str) -> Option<usize> {
    let open = code.find(['{', ';'])?;
    let head: Vec<&str> = code[..open].split_whitespace().collect();
    if !code[open..].starts_with('{') || !head.contains(&"mod") {
        return None;
    }
    let mut depth = 0u32;
    for (at, letter) in code.char_indices().skip_while(|&(at, _)| at < open) {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    Some(code.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let actual = code_only(source);
        assert_eq!(source.len(), actual.len());
        let squeezed: Vec<&str> = actual.split_whitespace().collect();
        assert_eq!(expected, squeezed.join(" "), "of {source:?}");
    }

    #[test]
    fn comments_and_literals_are_not_code() {
        check("a // b\nc", "a c");
        check("a /* b /* c */ d */ e", "a e");
        check(r#"a "b \" c" d"#, "a d");
        check(r##"a r#"b " c"# d"##, "a d");
        check(r##"a br#"b " c"# d"##, "a b d");
        check("a 'b' c", "a c");
        check(r"a '\'' b", "a b");
        check("a 'é' b", "a b");
        check("a '\"' b", "a b");
    }

    #[test]
    fn lifetimes_raw_identifiers_and_plain_words_are_code() {
        check("&'a str", "&'a str");
        check("r#type bar\"x\"", "r#type bar");
        check("for r in r { }", "for r in r { }");
    }

    #[test]
    fn a_file_cut_short_is_no_reason_to_panic() {
        for source in ["\"a", "r#\"a\"", "/* a", "'", "'\\", "r", "r#", "\"\\"] {
            assert_eq!(source.len(), code_only(source).len(), "{source:?}");
        }
    }

    #[test]
    fn types_traits_and_modules_are_declared_names() {
        let code = "struct A;\nenum B {}\nfn c() {}\nmod d;\ntrait E {}\ntype F = A;\nlet g: A;";
        let names: Vec<(usize, &str)> = declared_names(code).collect();
        assert_eq!([(1, "A"), (2, "B"), (4, "d"), (5, "E"), (6, "F")], names.as_slice());
    }

    #[test]
    fn inline_test_modules_are_not_product() {
        let source =
            "a\n#[cfg(test)]\nmod tests { fn b() { \"}\" } }\nc\n#[cfg(test)]\nmod tests;\nd { }";
        let product = product_only(source);
        assert_eq!(
            ["a", "c", "#[cfg(test)]", "mod", "tests;", "d", "{", "}"],
            *product.split_whitespace().collect::<Vec<_>>()
        );
        assert_eq!(source.lines().count(), product.lines().count());
    }
}
