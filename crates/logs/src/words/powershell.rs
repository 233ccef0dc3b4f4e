//! What the model wrote in PowerShell: here-strings, and texts that a command puts into a file.
//!
//! Not a parser: literals, comments and the ends of statements are told apart, and in a statement
//! the command that writes and the file that it names.

use std::collections::HashMap;

use crate::class::Class;
use crate::words::draft::Draft;

/// Commands and calls that put a text into a file, in small letters.
const WRITERS: [&str; 9] = [
    "set-content",
    "add-content",
    "out-file",
    "tee-object",
    "new-item",
    "writealltext",
    "writealllines",
    "appendalltext",
    "appendalllines",
];

/// Parameters that name the file, in small letters.
const PATH_PARAMETERS: [&str; 4] = ["-path", "-filepath", "-literalpath", "-destination"];

/// Parameters whose value is not the file, in small letters.
const VALUE_PARAMETERS: [&str; 7] =
    ["-encoding", "-value", "-itemtype", "-type", "-width", "-delimiter", "-inputobject"];

/// Literals that do not end, a command; each reads the rest of the command.
const UNCLOSED_MAX: usize = 64;

/// Variables that are followed, a command; each is looked for in every statement.
const VARIABLES_MAX: usize = 64;

/// A part of a statement.
enum Part {
    /// Code between literals, as written.
    Code(String),
    /// A literal, its quotes undone.
    Literal { text: String, is_here_string: bool },
}

/// Whether a here-string opens before any heredoc does: `@'` or `@"` at the end of a line.
pub(crate) fn opens_here_string(command: &str) -> bool {
    let marks = ["@'\n", "@\"\n", "@'\r\n", "@\"\r\n"].iter();
    let first = marks.filter_map(|mark| command.find(mark)).min();
    first.is_some_and(|first| !command[..first].contains("<<"))
}

/// All here-strings, and all literals that a statement writes to a file. A here-string that feeds a
/// commit, an issue or the like is a message.
pub(crate) fn written_texts(command: &str) -> Vec<Draft> {
    let lower = command.to_ascii_lowercase();
    if !opens_here_string(command) && !WRITERS.iter().any(|name| lower.contains(name)) {
        return Vec::new();
    }
    let mut found = Found::default();
    for statement in statements(command) {
        found.read_statement(&statement);
    }
    found.drafts
}

/// What the statements of a command wrote so far.
#[derive(Default)]
struct Found {
    drafts: Vec<Draft>,
    /// By the name of a variable, a literal that it holds, and which draft that is.
    variables: HashMap<String, (String, Option<usize>)>,
}

impl Found {
    fn read_statement(&mut self, statement: &[Part]) {
        let code = code_of(statement);
        let lower = code.to_ascii_lowercase();
        let writes = WRITERS.iter().any(|name| lower.contains(name))
            || lower.trim_start().starts_with("''") && lower.contains('>');
        let path = if writes { target_of(statement) } else { None };
        let path = path.map(|path| self.value_of(&path).unwrap_or(path));
        let class = match &path {
            Some(_) => Class::File,
            None if is_message(&lower) => Class::Message,
            None => Class::Shell,
        };
        let assigned = assigned_variable(&code);
        for part in statement {
            let Part::Literal { text, is_here_string } = part else { continue };
            let is_written = *is_here_string || path.as_ref().is_some_and(|path| path != text);
            let draft = is_written.then(|| self.push(class, path.clone(), text));
            if let Some(name) = assigned.as_ref().filter(|_| self.variables.len() < VARIABLES_MAX) {
                self.variables.insert(name.clone(), (text.clone(), draft));
            }
        }
        if class == Class::Shell || assigned.is_some() {
            return;
        }
        let used = self.variables.iter().filter(|(name, _)| mentions(&lower, name));
        for (text, draft) in used.map(|(_, held)| held.clone()).collect::<Vec<_>>() {
            match draft {
                Some(draft) if self.drafts[draft].class == Class::Shell => {
                    (self.drafts[draft].class, self.drafts[draft].file_path) =
                        (class, path.clone());
                }
                None if path.as_ref().is_some_and(|path| *path != text) => {
                    self.push(class, path.clone(), &text);
                }
                _ => {}
            }
        }
    }

    fn push(&mut self, class: Class, path: Option<String>, text: &str) -> usize {
        self.drafts.push(Draft::whole(class, path, text.to_owned()));
        self.drafts.len() - 1
    }

    /// What a variable holds, given as `$name`.
    fn value_of(&self, word: &str) -> Option<String> {
        let name = word.strip_prefix('$')?.to_ascii_lowercase();
        self.variables.get(&name).map(|(text, _)| text.clone())
    }
}

/// The code of a statement, with two quotes in place of each literal.
fn code_of(statement: &[Part]) -> String {
    let codes = statement.iter().map(|part| match part {
        Part::Code(code) => code.as_str(),
        Part::Literal { .. } => "''",
    });
    codes.collect()
}

/// The name of the variable that a statement fills, in small letters: `$text = …`.
fn assigned_variable(code: &str) -> Option<String> {
    let (name, rest) = code.trim_start().strip_prefix('$')?.split_once('=')?;
    let name = name.trim().trim_end_matches('+').trim_end();
    let is_name =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_name && !rest.starts_with('=')).then(|| name.to_ascii_lowercase())
}

/// Whether a statement, in small letters, uses a variable.
fn mentions(lower: &str, name: &str) -> bool {
    lower.match_indices('$').any(|(at, _)| {
        let rest = &lower[at + 1..];
        rest.strip_prefix(name).is_some_and(|rest| {
            !rest.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_')
        })
    })
}

/// Whether a statement, in small letters, gives a message for people.
fn is_message(lower: &str) -> bool {
    let mut words = lower.split_ascii_whitespace();
    let verbs = ["commit", "tag", "notes", "merge", "stash"];
    match words.find(|word| matches!(*word, "git" | "gh" | "glab" | "hg" | "jj" | "svn")) {
        Some("git") => words.any(|word| verbs.contains(&word)),
        program => program.is_some(),
    }
}

/// The file that a statement writes: what stands behind a parameter that names it, or else the first
/// argument of the command or call, or what stands behind `>`.
fn target_of(statement: &[Part]) -> Option<String> {
    // Words of the code, and literals as one word each.
    let mut words: Vec<(String, bool)> = Vec::new();
    for part in statement {
        match part {
            Part::Literal { is_here_string: true, .. } => words.push((String::new(), false)),
            Part::Literal { text, .. } => words.push((text.clone(), true)),
            Part::Code(code) => {
                let split = code.split(|char: char| char.is_whitespace() || "(),|".contains(char));
                words.extend(
                    split.filter(|word| !word.is_empty()).map(|word| (word.to_owned(), false)),
                );
            }
        }
    }
    let behind = |is_mark: &dyn Fn(&str) -> bool| {
        let at = words
            .iter()
            .position(|(word, is_literal)| !is_literal && is_mark(&word.to_ascii_lowercase()))?;
        let mut is_value = false;
        words[at + 1..].iter().find(|(word, is_literal)| {
            let is_path = *is_literal || !(word.starts_with('-') || word == "Join-Path");
            let found = is_path && !is_value;
            is_value = VALUE_PARAMETERS.contains(&word.to_ascii_lowercase().as_str());
            found
        })
    };
    let path = behind(&|word| PATH_PARAMETERS.contains(&word))
        .or_else(|| behind(&|word| WRITERS.iter().any(|name| word.ends_with(name))))
        .or_else(|| behind(&|word| matches!(word, ">" | ">>")))?;
    let is_named = !path.0.is_empty() && !path.0.contains('\n') && !path.0.starts_with("$null");
    is_named.then(|| path.0.clone())
}

/// Splits a command into statements, and these into code and literals. A comment is dropped.
fn statements(command: &str) -> Vec<Vec<Part>> {
    let mut all = vec![Vec::new()];
    let mut code = String::new();
    let mut unclosed = 0;
    // The last character of the statement that is not white space.
    let mut last = ';';
    let mut rest = command;
    while let Some(char) = rest.chars().next() {
        let opens = matches!(char, '@' | '\'' | '"') && unclosed < UNCLOSED_MAX;
        if opens && let Some((text, is_here_string, len)) = literal_at(rest) {
            let statement = all.last_mut().expect("there is a first statement");
            statement.push(Part::Code(std::mem::take(&mut code)));
            statement.push(Part::Literal { text, is_here_string });
            rest = &rest[len..];
            last = '\'';
            continue;
        }
        unclosed += usize::from(opens);
        match char {
            '<' if rest.starts_with("<#") => {
                rest = rest.find("#>").map_or("", |end| &rest[end + 2..]);
                continue;
            }
            '#' if code.is_empty() || code.ends_with(char::is_whitespace) => {
                rest = rest.find('\n').map_or("", |end| &rest[end..]);
                continue;
            }
            // A line that ends so goes on in the next one.
            '\n' if matches!(last, '|' | '`' | ',' | '(' | '=' | '+') => {}
            ';' | '\n' => {
                end_statement(&mut all, &mut code);
                last = ';';
            }
            _ => code.push(char),
        }
        if !char.is_whitespace() {
            last = char;
        }
        rest = &rest[char.len_utf8()..];
    }
    end_statement(&mut all, &mut code);
    all
}

fn end_statement(all: &mut Vec<Vec<Part>>, code: &mut String) {
    all.last_mut().expect("there is a first statement").push(Part::Code(std::mem::take(code)));
    all.push(Vec::new());
}

/// The literal that `rest` opens with: its text, whether it is a here-string, and its length as
/// written. One that does not end is none.
fn literal_at(rest: &str) -> Option<(String, bool, usize)> {
    let (quote, is_here_string) = match rest.as_bytes() {
        [b'@', quote @ (b'\'' | b'"'), b'\n', ..]
        | [b'@', quote @ (b'\'' | b'"'), b'\r', b'\n', ..] => (*quote, true),
        [quote @ (b'\'' | b'"'), ..] => (*quote, false),
        _ => return None,
    };
    let quote = char::from(quote);
    if is_here_string {
        let start = rest.find('\n')? + 1;
        let close = format!("\n{quote}@");
        // The line break before the closing mark belongs to it; an empty one closes at once.
        let end = start - 1 + rest[start - 1..].find(&close)?;
        let body = rest.get(start..end).unwrap_or_default();
        let body = body.strip_suffix('\r').unwrap_or(body);
        let text = if quote == '"' { undo_escapes(body) } else { body.to_owned() };
        return Some((text, true, end + close.len()));
    }
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, char)) = chars.next() {
        match char {
            '`' if quote == '"' => text.push(chars.next().map_or('`', |(_, char)| unescaped(char))),
            _ if char == quote && chars.peek().is_some_and(|(_, next)| *next == quote) => {
                text.push(quote);
                chars.next();
            }
            _ if char == quote => return Some((text, false, at + 1)),
            _ => text.push(char),
        }
    }
    None
}

/// A text with what a backtick escapes; variables stay as written.
fn undo_escapes(body: &str) -> String {
    let mut plain = String::with_capacity(body.len());
    let mut chars = body.chars();
    while let Some(char) = chars.next() {
        plain.push(if char == '`' { chars.next().map_or('`', unescaped) } else { char });
    }
    plain
}

/// What a backtick and this character stand for.
fn unescaped(char: char) -> char {
    match char {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '0' => '\0',
        _ => char,
    }
}

#[cfg(test)]
mod tests;
