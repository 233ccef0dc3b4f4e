//! Which tokens are code, told without knowing the language.
//!
//! A comment runs from its leader to the end of the line, in the text or in any string escape of it; a docstring from
//! the triple quote on the line below a colon to the next one. What is wrongly taken for either is so on both sides of a
//! comparison.

use crate::{Token, TokenKind};

/// The tokens that are in no comment and in no docstring, with their places. `text` is what they were made of, from offset `base` on.
pub(crate) fn code_tokens<'t>(
    text: &'t [u8],
    base: u32,
    tokens: &'t [Token],
) -> impl Iterator<Item = (usize, &'t Token)> {
    let (mut in_comment, mut in_docstring) = (false, false);
    let mut end = 0;
    // A function or a class opens its body with it, and a file may.
    let mut may_document = true;
    tokens.iter().enumerate().filter(move |(_, token)| {
        let start = (token.start - base) as usize;
        let gap = &text[end.min(start)..start];
        let first = end == 0 || breaks_line(gap);
        end = (token.end - base) as usize;
        if first {
            in_comment = false;
        }
        if has_triple_quote(gap) {
            in_docstring = !in_docstring && first && may_document;
        }
        may_document = token.kind == TokenKind::Punctuation(b':');
        in_comment |= !in_docstring && opens_comment(&text[start..], first, gap);
        !in_comment && !in_docstring
    })
}

/// Whether three quotes of one kind follow each other in `gap`, in any string escape of it.
fn has_triple_quote(gap: &[u8]) -> bool {
    let mut quotes = 0;
    let mut kind = 0;
    gap.iter().filter(|&&byte| byte != b'\\').any(|&byte| {
        quotes = match byte {
            b'"' | b'\'' if byte == kind => quotes + 1,
            b'"' | b'\'' => 1,
            _ => 0,
        };
        kind = byte;
        quotes == 3
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
