//! Calls of tools in a script of code mode, `tools.NAME({…})`, each with its argument as JSON.

use std::collections::HashMap;

use crate::words::javascript::tokens::{ScriptToken, tokens};

/// Variables that are followed, a script; each use copies what it holds.
const VARIABLES_LEN_MAX: usize = 16 << 20;

/// The calls of a script, in order: the name of the tool, and its first argument as JSON. In it stand
/// the texts that literals make up, also by way of a variable; all else is null.
pub(crate) fn script_calls(script: &str) -> Vec<(String, String)> {
    let tokens: Vec<ScriptToken> = tokens(script).into_iter().map(|(token, _)| token).collect();
    let mut variables: HashMap<&str, String> = HashMap::new();
    let mut calls = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            ScriptToken::Word(name) if is_mark(&tokens, at, '=') => {
                if let (Some(text), _) = text_at(&tokens, at + 1, &HashMap::new()) {
                    variables.insert(name, text);
                }
            }
            ScriptToken::Word("tools") if copied < VARIABLES_LEN_MAX => {
                let Some((name, start)) = called(&tokens, at) else { continue };
                let (json, end) = argument(&tokens, start, &variables);
                copied += json.len();
                calls.push((name.to_owned(), json));
                at = end;
            }
            _ => {}
        }
    }
    calls
}

/// The tool that `.NAME(` or `["NAME"](` names, and where its argument begins.
fn called<'t>(tokens: &'t [ScriptToken], at: usize) -> Option<(&'t str, usize)> {
    match tokens.get(at..)? {
        [ScriptToken::Mark('.'), ScriptToken::Word(name), ScriptToken::Mark('('), ..] => {
            Some((name, at + 3))
        }
        [
            ScriptToken::Mark('['),
            ScriptToken::Literal(name),
            ScriptToken::Mark(']'),
            ScriptToken::Mark('('),
            ..,
        ] => Some((name, at + 4)),
        _ => None,
    }
}

fn is_mark(tokens: &[ScriptToken], at: usize, mark: char) -> bool {
    matches!(tokens.get(at), Some(ScriptToken::Mark(other)) if *other == mark)
}

/// The text that literals and variables make up at a place, joined by `+`, and where it ends.
fn text_at(
    tokens: &[ScriptToken],
    mut at: usize,
    variables: &HashMap<&str, String>,
) -> (Option<String>, usize) {
    let mut text = match tokens.get(at) {
        Some(ScriptToken::Literal(text)) => text.clone(),
        Some(ScriptToken::Word(name)) => match variables.get(name) {
            Some(text) => text.clone(),
            None => return (None, at),
        },
        _ => return (None, at),
    };
    at += 1;
    while is_mark(tokens, at, '+')
        && let Some(ScriptToken::Literal(next)) = tokens.get(at + 1)
    {
        text.push_str(next);
        at += 2;
    }
    (Some(text), at)
}

/// The argument that begins at a place, as JSON, and where it ends. Calls within it are not followed.
fn argument(
    tokens: &[ScriptToken],
    mut at: usize,
    variables: &HashMap<&str, String>,
) -> (String, usize) {
    let mut json = String::new();
    let mut open = Vec::new();
    // Whether a value may stand here, and not only a comma or a bracket.
    let mut wants_value = true;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            ScriptToken::Mark(mark @ ('{' | '[')) if wants_value => {
                json.push(*mark);
                open.push(*mark);
            }
            ScriptToken::Mark(close @ ('}' | ']')) if !open.is_empty() => {
                // A comma may stand before the bracket.
                while json.ends_with(',') {
                    json.pop();
                }
                json.push(*close);
                open.pop();
                wants_value = false;
            }
            ScriptToken::Mark(',') if !open.is_empty() => {
                json.push(',');
                wants_value = true;
            }
            ScriptToken::Mark(')') if open.is_empty() => break,
            ScriptToken::Word(_) | ScriptToken::Literal(_) if is_mark(tokens, at, ':') => {
                push_json(&mut json, token.text());
                json.push(':');
                (at, wants_value) = (at + 1, true);
            }
            ScriptToken::Word(_) | ScriptToken::Literal(_) if wants_value => {
                // A name alone in an object is its own key.
                if let ScriptToken::Word(name) = token
                    && open.last() == Some(&'{')
                    && json.ends_with(['{', ','])
                    && (is_mark(tokens, at, ',') || is_mark(tokens, at, '}'))
                {
                    push_json(&mut json, name);
                    json.push(':');
                }
                let (text, end) = text_at(tokens, at - 1, variables);
                at = end.max(at);
                match text {
                    Some(text) => push_json(&mut json, &text),
                    None => json.push_str("null"),
                }
                wants_value = false;
            }
            _ => {}
        }
    }
    (json, at)
}

fn push_json(json: &mut String, text: &str) {
    json.push_str(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(script: &str, expected: &[(&str, &str)]) {
        let actual = script_calls(script);
        let actual: Vec<_> = actual.iter().map(|(name, json)| (&**name, &**json)).collect();
        assert_eq!(expected, actual, "{script}");
        for (_, json) in actual.iter().filter(|(_, json)| !json.is_empty()) {
            serde_json::from_str::<serde_json::Value>(json).unwrap();
        }
    }

    #[test]
    fn literals_and_variables_make_up_the_texts_of_an_argument() {
        check(
            "const body = `a\n` + 'b'; await tools.w({path: \"f\", content: body, });",
            &[("w", r#"{"path":"f","content":"a\nb"}"#)],
        );
        check(
            "const content = 'a'; text(await tools['w-x']({ 'path': `f`, content }))",
            &[("w-x", r#"{"path":"f","content":"a"}"#)],
        );
    }

    #[test]
    fn lists_and_objects_are_followed_and_all_else_is_null() {
        check(
            "tools.e({edits: [{oldText: 'a', newText: 'b'}, x, y, f(z)], n: 1, ...rest})",
            &[(
                "e",
                r#"{"edits":[{"oldText":"a","newText":"b"},null,null,null],"n":null,"rest":null}"#,
            )],
        );
        check("tools.n('a' + 'b'); tools.list(); tools.length", &[("n", r#""ab""#), ("list", "")]);
    }

    #[test]
    fn calls_that_never_end_are_given_up() {
        script_calls(&"tools.w(".repeat(200_000));
        script_calls(&"tools.w({a: b, ".repeat(200_000));
    }

    #[test]
    fn what_is_no_call_is_none() {
        check("// tools.w({a: 'b'})\nconst s = \"tools.w({a: 'b'})\"; other.w({a: 'b'})", &[]);
    }
}
