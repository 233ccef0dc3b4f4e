//! Which tokens are code, told without knowing the language.
//!
//! A comment runs from its leader to the end of the line, in the text or in any string escape of it. What is wrongly
//! taken for one is so on both sides of a comparison.

use crate::Token;

/// The tokens that are in no comment, with their places. `text` is what they were made of, from offset `base` on.
pub(crate) fn code_tokens<'t>(
    text: &'t [u8],
    base: u32,
    tokens: &'t [Token],
) -> impl Iterator<Item = (usize, &'t Token)> {
    let mut in_comment = false;
    let mut end = 0;
    tokens.iter().enumerate().filter(move |(_, token)| {
        let start = (token.start - base) as usize;
        let gap = &text[end.min(start)..start];
        let first = end == 0 || breaks_line(gap);
        end = (token.end - base) as usize;
        if first {
            in_comment = false;
        }
        in_comment |= opens_comment(&text[start..], first, gap);
        !in_comment
    })
}

/// Whether a line ends in `gap`, as itself or as an escape.
fn breaks_line(gap: &[u8]) -> bool {
    gap.contains(&b'\n') || gap.windows(2).any(|pair| pair == b"\\n")
}

/// Whether a comment begins at the start of `rest`: behind white space only, or `first` on its line.
fn opens_comment(rest: &[u8], first: bool, gap: &[u8]) -> bool {
    let apart = first || gap.last().is_some_and(u8::is_ascii_whitespace);
    match rest {
        [b'/', b'/' | b'*', ..] | [b'#', b' ' | b'#' | b'\n', ..] => apart,
        [b'*', b' ' | b'/' | b'\n', ..] | [b'-', b'-', b' ', ..] => first,
        _ => false,
    }
}
