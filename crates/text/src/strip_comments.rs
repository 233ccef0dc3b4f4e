//! A source text without its comments and docstrings, for the builder of an index.
//!
//! A person who hides where code came from strips the comments first, and where every second line is one, no anchor of the text
//! as written survives that. A passage is source code as it was written, in no container, so its strings can be told
//! from its comments. What is wrongly taken for a comment costs nothing: the anchors of the text as written stay.

/// What begins a comment, by the name of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Leaders {
    /// `//` and `/* */`.
    slash: bool,
    /// `#`, and docstrings.
    hash: bool,
    /// `--` at the start of a line.
    dashes: bool,
}

impl Leaders {
    fn of(path: Option<&str>) -> Self {
        let name = path.unwrap_or_default();
        let end = name.rsplit('.').next().unwrap_or_default();
        let (slash, hash, dashes) = match end.to_ascii_lowercase().as_str() {
            "py" | "pyi" | "sh" | "bash" | "rb" | "pl" | "r" | "yaml" | "yml" | "toml" => {
                (false, true, false)
            }
            "go" | "rs" | "c" | "h" | "cc" | "cpp" | "hpp" | "java" | "cs" | "kt" | "swift"
            | "scala" | "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "dart" | "css"
            | "scss" => (true, false, false),
            "sql" | "lua" | "hs" => (false, false, true),
            _ => (true, true, true),
        };
        Self { slash, hash, dashes }
    }
}

/// Appends `text`, a file of the name `path` or a part of one, without its comments and docstrings to `kept`. Says
/// whether there were any.
pub fn strip_comments(text: &[u8], path: Option<&str>, kept: &mut Vec<u8>) -> bool {
    let leaders = Leaders::of(path);
    let (mut offset, mut stripped) = (0, false);
    while offset < text.len() {
        let len = comment_len(leaders, text, offset);
        if len > 0 {
            stripped = true;
            offset += len;
            // Two words must not become one.
            kept.push(b' ');
        } else {
            let len = string_len(&text[offset..]).max(1);
            kept.extend_from_slice(&text[offset..offset + len]);
            offset += len;
        }
    }
    stripped
}

/// The length of the comment or docstring that begins at `offset`, else 0.
fn comment_len(leaders: Leaders, text: &[u8], offset: usize) -> usize {
    let rest = &text[offset..];
    let to_line_end = || rest.iter().position(|&byte| byte == b'\n');
    let to_line_end = || to_line_end().unwrap_or(rest.len());
    match rest {
        // Behind a colon it is an address: `https://`.
        [b'/', b'/', ..] if leaders.slash && !text[..offset].ends_with(b":") => to_line_end(),
        [b'/', b'*', ..] if leaders.slash => {
            find(&rest[2..], b"*/").map_or(rest.len(), |at| at + 4)
        }
        [b'#', ..] if leaders.hash && is_apart(text, offset) => to_line_end(),
        [b'-', b'-', ..] if leaders.dashes && is_first(text, offset) => to_line_end(),
        [b'"', b'"', b'"', ..] | [b'\'', b'\'', b'\'', ..]
            if leaders.hash && is_first(text, offset) =>
        {
            find(&rest[3..], &rest[..3]).map_or(0, |at| at + 6)
        }
        _ => 0,
    }
}

/// The length of the string that `rest` begins with, else 0. One that no quote ends on its line is none: an apostrophe,
/// the lifetime of a reference.
fn string_len(rest: &[u8]) -> usize {
    let quote = match rest {
        [b'"', b'"', b'"', ..] | [b'\'', b'\'', b'\'', ..] => {
            return find(&rest[3..], &rest[..3]).map_or(0, |at| at + 6);
        }
        [quote @ (b'"' | b'\'' | b'`'), ..] => *quote,
        _ => return 0,
    };
    let mut escaped = false;
    for (at, &byte) in rest.iter().enumerate().skip(1) {
        match byte {
            b'\n' => return 0,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            _ if byte == quote => return at + 1,
            _ => {}
        }
    }
    0
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// Whether there is only white space between the start of the line and `offset`.
fn is_first(text: &[u8], offset: usize) -> bool {
    text[..offset]
        .iter()
        .rev()
        .find(|&&byte| !matches!(byte, b' ' | b'\t'))
        .is_none_or(|&byte| byte == b'\n')
}

/// Whether a word or a bracket ends right before `offset`: then `#` is part of it, as in `$#` and `a#b`.
fn is_apart(text: &[u8], offset: usize) -> bool {
    offset == 0 || text[offset - 1].is_ascii_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &str) {
        let mut kept = vec![];
        let stripped = strip_comments(text.as_bytes(), Some(path), &mut kept);
        assert_eq!(String::from_utf8(kept).unwrap(), expected, "{text:?}");
        assert_eq!(stripped, text != expected, "{text:?}");
    }

    #[test]
    fn comments_go_and_code_stays() {
        check("a.rs", "a; // b\nc /* d\n e */ f", "a;  \nc   f");
        check("a.go", "x := a//b\n//c", "x := a \n ");
        check("a.py", "# a\nb = c # d\n  #e", " \nb = c  \n   ");
        check("a.sql", "-- a\nb - -c -- d\n", " \nb - -c -- d\n");
        check("a", "# a\n// b\nc", " \n \nc");
        check("a.ts", "a /* b", "a  ");
    }

    #[test]
    fn docstrings_go_and_strings_stay() {
        check(
            "a.py",
            "def f():\n  \"\"\"A # b\n  c\"\"\"\n  return \"\"\"d # e\"\"\"\n",
            "def f():\n   \n  return \"\"\"d # e\"\"\"\n",
        );
        check("a.py", "'''a'''\nb", " \nb");
        check("a.py", "  \"\"\"a\nb", "  \"\"\"a\nb");
    }

    #[test]
    fn what_only_looks_like_a_comment_stays() {
        check("a.rs", "f(\"// a\", '/*', `//`)", "f(\"// a\", '/*', `//`)");
        check("a.rs", "f(\"a\\\"// b\")", "f(\"a\\\"// b\")");
        check("a.js", "https://a.b/c", "https://a.b/c");
        check("a.py", "a // b; c", "a // b; c");
        check("a.sh", "echo $# a#b", "echo $# a#b");
        check("a.rs", "#[a] &'b c", "#[a] &'b c");
        check("a.rs", "don't // a\n", "don't  \n");
    }
}
