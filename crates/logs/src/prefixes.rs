//! Lines as tools show them: behind the prefixes of `cat -n`, `grep -n`, diff and the like.
//!
//! A shown line is learned as it stands and without each prefix that it could have. Guessing a prefix where there is
//! none only adds a line that nobody writes.

/// Calls `found` with the line as it stands and with each form behind a prefix.
pub(crate) fn each_form<'a>(line: &'a str, found: &mut impl FnMut(&'a str)) {
    found(line);
    let trimmed = line.trim_ascii_start();
    if let Some(rest) = behind_number(trimmed) {
        found(rest);
        if let Some(rest) = behind_diff_mark(rest) {
            found(rest);
        }
    } else if let Some(rest) = behind_diff_mark(trimmed) {
        found(rest);
    } else if let Some(rest) = behind_path(trimmed) {
        found(rest);
        if let Some(rest) = behind_number(rest) {
            found(rest);
        }
    }
}

/// `12→`, `12` and a tab, `12:` and `12-`.
fn behind_number(line: &str) -> Option<&str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return None;
    }
    line[digits..].strip_prefix(['→', '\t', ':', '-'])
}

/// `+`, `-` and the `>` and `<` of a plain diff; `+++` and `---` head a file and hold no line of it.
fn behind_diff_mark(line: &str) -> Option<&str> {
    line.strip_prefix(['+', '-'])
        .or_else(|| line.strip_prefix("> "))
        .or_else(|| line.strip_prefix("< "))
}

/// `path:` and, where a number follows, `path-`, as grep prints them.
fn behind_path(line: &str) -> Option<&str> {
    let bytes = line.as_bytes();
    let mut looks_like_path = false;
    // No path in a listing is longer than the system's own limit.
    for (at, byte) in bytes.iter().enumerate().take(4096) {
        match byte {
            b':' => {
                return if looks_like_path && at > 0 { Some(&line[at + 1..]) } else { None };
            }
            b'-' if looks_like_path && behind_number(&line[at + 1..]).is_some() => {
                return Some(&line[at + 1..]);
            }
            b'/' | b'.' => looks_like_path = true,
            b' ' | b'\t' | b'(' | b'"' | b'\'' => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &[&str]) {
        let mut actual = vec![];
        each_form(line, &mut |form| actual.push(form));
        assert_eq!(line, actual[0]);
        assert_eq!(expected, &actual[1..]);
    }

    #[test]
    fn numbers_of_cat_and_grep_are_stripped() {
        check("     1→let a;", &["let a;"]);
        check("12\t\tlet a;", &["\tlet a;"]);
        check("12:let a;", &["let a;"]);
        check("12-let a;", &["let a;"]);
        check("12\t+let a;", &["+let a;", "let a;"]);
        check("12 let a;", &[]);
    }

    #[test]
    fn marks_of_a_diff_are_stripped() {
        check("+let a;", &["let a;"]);
        check("-\tlet a;", &["\tlet a;"]);
        check("> let a;", &["let a;"]);
        check(" let a;", &[]);
    }

    #[test]
    fn paths_of_grep_are_stripped_with_and_without_a_number() {
        check("src/a.rs:12:let a;", &["12:let a;", "let a;"]);
        check("src/a.rs-13-let a;", &["13-let a;", "let a;"]);
        check("src/a.rs:let a;", &["let a;"]);
        check("src/my-file.rs:let a;", &["let a;"]);
        check("a.b(c: d)", &[]);
        check("key: value", &[]);
    }

    #[test]
    fn an_arrow_and_other_characters_of_several_bytes_do_not_break_a_line() {
        check("→", &[]);
        check("1é", &[]);
        check("é/→:x", &["x"]);
    }
}
