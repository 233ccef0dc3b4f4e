//! String literals of JavaScript: in code mode, Codex calls its tools from scripts that hold
//! patches and commands.
//!
//! Not a parser: see `tokens`.

pub(crate) mod calls;
mod tokens;

use std::ops::Range;

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
