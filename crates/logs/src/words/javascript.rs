//! String literals of JavaScript: in code mode, Codex calls its tools from scripts that hold
//! patches and commands.
//!
//! Not a parser: see `tokens`.

pub(crate) mod calls;
mod tokens;

use std::ops::Range;

use crate::class::Class;
use crate::words::draft::Draft;
use tokens::{ScriptToken, tokens};

/// All texts of a script that its literals make up, in order. The literals of a patch that is built
/// from several (`"a" + "b"`, or a list to be joined) are one text.
pub(crate) fn script_texts(script: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut literals = literals(script).into_iter().peekable();
    while let Some((mut text, mut place)) = literals.next() {
        while let Some((next_text, next_place)) = literals.peek() {
            let glue = match script[place.end..next_place.start].trim() {
                "+" => "",
                // In a list, each literal of a patch is a line.
                "," if text.contains("*** Begin Patch") && !text.contains("*** End Patch") => "\n",
                _ => break,
            };
            text.push_str(glue);
            text.push_str(next_text);
            place = next_place.clone();
            literals.next();
        }
        texts.push(text);
    }
    texts
}

/// The lines of a script that are its own: those of no call of a tool, and of no literal that is taken otherwise.
pub(crate) fn own_lines(script: &str, is_taken: &dyn Fn(&str) -> bool) -> Draft {
    let mut foreign = foreign_places(script, is_taken).into_iter().peekable();
    let mut own = Draft::new(Class::Shell, None);
    let mut end = 0;
    for line in script.split_inclusive('\n') {
        let start = end;
        end += line.len();
        while foreign.next_if(|place| place.end <= start).is_some() {}
        if foreign.peek().is_some_and(|place| place.start < end) {
            own.end_run();
        } else {
            own.push_line(line.strip_suffix('\n').unwrap_or(line));
        }
    }
    own
}

/// The places of calls of tools and of literals that are taken otherwise, in order.
fn foreign_places(script: &str, is_taken: &dyn Fn(&str) -> bool) -> Vec<Range<usize>> {
    let tokens = tokens(script);
    let mut places = Vec::new();
    let mut at = 0;
    while let Some((token, place)) = tokens.get(at) {
        at += 1;
        match token {
            ScriptToken::Literal(text) if is_taken(text) => {
                places.push(place.clone());
            }
            ScriptToken::Word("tools") => {
                let (mut depth, mut end) = (0_usize, place.end);
                for (token, place) in &tokens[at..] {
                    at += 1;
                    end = place.end;
                    match token {
                        ScriptToken::Mark('(') => depth += 1,
                        ScriptToken::Mark(')') if depth > 1 => depth -= 1,
                        ScriptToken::Mark(')' | ';') if depth < 2 => break,
                        _ => {}
                    }
                }
                places.push(place.start..end);
            }
            _ => {}
        }
    }
    places
}

/// All string literals in order, escapes undone, each with its place. Of a template, only what is
/// literal.
fn literals(script: &str) -> Vec<(String, Range<usize>)> {
    let literals = tokens(script).into_iter().filter_map(|(token, place)| match token {
        ScriptToken::Literal(text) => Some((text, place)),
        ScriptToken::Word(_) | ScriptToken::Mark(_) => None,
    });
    literals.collect()
}

#[cfg(test)]
mod tests;
