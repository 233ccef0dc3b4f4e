//! Heredocs in shell commands, and the here-strings of PowerShell: files, scripts, patches and
//! messages that the model wrote in passing.
//!
//! Not a shell: it knows quotes, substitutions and separators well enough to tell which command a
//! heredoc feeds.

use std::ops::Range;

use crate::class::Class;
use crate::words::draft::{Draft, Extracted};
use crate::words::patch::{extract_patches, holds_patch};
use crate::words::powershell::{opens_here_string, written_texts};

/// Searches for a closing word that fail, a command; each reads the rest of the command.
const UNCLOSED_MAX: usize = 64;

/// Shells within shells that are followed.
const WRAPPINGS_MAX: usize = 4;

/// Deeper substitutions than anyone writes; more are not followed.
const FRAMES_MAX: usize = 64;

/// Extracts all heredocs, here-strings and patches in a command.
pub(crate) fn extract_command(command: &str, extracted: &mut Extracted) {
    extract_nested(command, WRAPPINGS_MAX, extracted);
}

/// Extracts a program and its arguments: the script that a shell gets, or the patch that
/// `apply_patch` or another program gets.
pub(crate) fn extract_words(words: Vec<String>, extracted: &mut Extracted) {
    let words = CommandWords(words);
    let program = words.0.first().map_or("", String::as_str);
    if program.ends_with("apply_patch") || program.ends_with("applypatch") {
        if let Some(patch) = words.0.get(1) {
            extract_patches(patch, extracted);
        }
    } else if let Some(script) = words.script() {
        extract_command(script, extracted);
    } else {
        for word in words.0.iter().filter(|word| holds_patch(word)) {
            extract_patches(word, extracted);
        }
    }
}

fn extract_nested(command: &str, wrappings_max: usize, extracted: &mut Extracted) {
    let drafts_before = extracted.drafts.len();
    let mut patched = false;
    let mut texts = if opens_here_string(command) { Vec::new() } else { heredocs(command) };
    if texts.is_empty() {
        texts = written_texts(command);
    }
    for text in texts {
        if holds_patch(&text.text) {
            patched = true;
            extract_patches(&text.text, extracted);
        } else {
            extracted.push(text);
        }
    }
    // A patch may also be a quoted argument: apply_patch '*** Begin Patch …'.
    if !patched && holds_patch(command) {
        extract_patches(command, extracted);
    } else if drafts_before == extracted.drafts.len() && wrappings_max > 0 {
        // bash -lc "…": what the shell within gets.
        let words = command_words(command);
        if let Some(script) = words.script().filter(|_| words.is_shell()) {
            extract_nested(script, wrappings_max - 1, extracted);
        }
    }
}

/// One level of substitution or subshell.
struct ShellLevel {
    segment_start: usize,
    in_double_quotes: bool,
    is_arithmetic: bool,
}

impl ShellLevel {
    fn new(segment_start: usize, is_arithmetic: bool) -> Self {
        Self { segment_start, in_double_quotes: false, is_arithmetic }
    }
}

/// The `<<` of a heredoc whose body begins at the next line.
struct Opening {
    word: String,
    strips_tabs: bool,
    is_literal: bool,
    /// Whether the body is the message of a commit, a tag, an issue or the like.
    is_message: bool,
    /// What stands before `<<` in its own command.
    before: Range<usize>,
    /// Where the closing word ends.
    after: usize,
}

/// All heredocs that are closed by their word, in order, as the command gets them: tabs of `<<-`
/// and the escapes of an unquoted one undone. One that `cat` or `tee` writes to a file is that
/// file, and the message of a commit is prose.
fn heredocs(command: &str) -> Vec<Draft> {
    let mut found = Vec::new();
    if !command.contains("<<") {
        return found;
    }
    let bytes = command.as_bytes();
    let mut frames = vec![ShellLevel::new(0, false)];
    let mut pending: Vec<Opening> = Vec::new();
    let mut unclosed = 0;
    let mut at = 0;
    while at < bytes.len() && unclosed < UNCLOSED_MAX {
        let next = bytes.get(at + 1).copied();
        let depth = frames.len();
        let frame = frames.last_mut().expect("the first frame is never popped");
        match bytes[at] {
            b'\\' => at += 1,
            b'\n' if !pending.is_empty() => {
                at = read_bodies(command, at, &mut pending, &mut found, &mut unclosed);
                frame.segment_start = at;
                continue;
            }
            b'\'' if !frame.in_double_quotes => {
                at += 1 + memchr::memchr(b'\'', &bytes[at + 1..]).unwrap_or(bytes.len() - at - 1);
            }
            b'"' => frame.in_double_quotes = !frame.in_double_quotes,
            b'(' if depth < FRAMES_MAX
                && (!frame.in_double_quotes || at > 0 && bytes[at - 1] == b'$') =>
            {
                frames.push(ShellLevel::new(at + 1, next == Some(b'(')));
            }
            b')' if !frame.in_double_quotes && depth > 1 => drop(frames.pop()),
            _ if frame.in_double_quotes => {}
            b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at);
                continue;
            }
            b'&' if next == Some(b'>') || at > 0 && bytes[at - 1] == b'>' => {}
            b';' | b'&' | b'|' | b'\n' => frame.segment_start = at + 1,
            b'<' if next == Some(b'<') => {
                at += if bytes.get(at + 2) == Some(&b'<')
                    || frames.iter().any(|frame| frame.is_arithmetic)
                {
                    3
                } else {
                    read_opening(command, at, &frames, &mut pending)
                };
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads `<<WORD` that stands at `at`; returns the bytes taken.
fn read_opening(
    command: &str,
    at: usize,
    frames: &[ShellLevel],
    pending: &mut Vec<Opening>,
) -> usize {
    let rest = &command[at + 2..];
    let strips_tabs = rest.starts_with('-');
    let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start_matches([' ', '\t']);
    let (word, len) = closing_word(rest);
    let after = command.len() - rest.len() + len;
    if !word.is_empty() {
        let is_literal = rest[..len].contains(['\'', '"', '\\']);
        let is_message = frames
            .iter()
            .any(|frame| command_words(&command[frame.segment_start..at]).is_message());
        let before = frames.last().map_or(0, |frame| frame.segment_start)..at;
        pending.push(Opening { word, strips_tabs, is_literal, is_message, before, after });
    }
    after - at
}

/// The word that closes a heredoc, quotes undone, and its length as written; empty where none
/// stands there.
fn closing_word(rest: &str) -> (String, usize) {
    let rest = rest.split('\n').next().unwrap_or_default();
    let mut word = String::new();
    let mut at = 0;
    while let Some(char) = rest[at..].chars().next() {
        match char {
            '\'' | '"' => {
                let inner = &rest[at + 1..];
                let Some(len) = inner.find(char) else {
                    return (String::new(), at + 1);
                };
                word.push_str(&inner[..len]);
                at += len + 1;
            }
            '\\' => {}
            _ if char.is_alphanumeric()
                || matches!(char, '_' | '-' | '.' | '!' | '@' | '%' | '+' | ':') =>
            {
                word.push(char);
            }
            _ => break,
        }
        at += char.len_utf8();
    }
    (word, at)
}

/// Reads the bodies of what is pending from the line after `newline`; returns where the next line
/// begins.
fn read_bodies(
    command: &str,
    newline: usize,
    pending: &mut Vec<Opening>,
    found: &mut Vec<Draft>,
    unclosed: &mut usize,
) -> usize {
    let mut start = newline + 1;
    for opening in pending.drain(..) {
        let mut offset = start;
        let closing = command[start..].split_inclusive('\n').find_map(|line| {
            let bare = line.trim_end_matches(['\n', '\r']);
            let bare = if opening.strips_tabs { bare.trim_start_matches('\t') } else { bare };
            let line_start = offset;
            offset += line.len();
            (bare == opening.word).then_some(line_start)
        });
        let Some(line_start) = closing else {
            *unclosed += 1;
            continue;
        };
        let after = &command[opening.after..newline.max(opening.after)];
        let path = command_words(&command[opening.before]).target(&command_words(after));
        let body =
            undo_quoting(&command[start..line_start], opening.strips_tabs, opening.is_literal);
        let class = match &path {
            _ if opening.is_message => Class::Prose,
            Some(_) => Class::File,
            None => Class::Shell,
        };
        found.push(Draft::whole(class, path, body));
        start = offset;
    }
    start
}

/// The body as the command gets it; variables stay as written.
fn undo_quoting(body: &str, strips_tabs: bool, is_literal: bool) -> String {
    let mut undone = String::with_capacity(body.len());
    for line in body.split_inclusive('\n') {
        undone.push_str(if strips_tabs { line.trim_start_matches('\t') } else { line });
    }
    if is_literal || !undone.contains('\\') {
        return undone;
    }
    let mut plain = String::with_capacity(undone.len());
    let mut chars = undone.chars();
    while let Some(char) = chars.next() {
        match (char, chars.as_str().chars().next()) {
            ('\\', Some(escaped @ ('$' | '`' | '\\'))) => {
                plain.push(escaped);
                chars.next();
            }
            ('\\', Some('\n')) => drop(chars.next()),
            _ => plain.push(char),
        }
    }
    plain
}

/// A program and its arguments, or what stands behind a heredoc's closing word: words with quotes
/// undone, where `>` and `|` are words of their own.
struct CommandWords(Vec<String>);

/// Splits the command that `text` begins with; it ends at `;` or `&&`.
fn command_words(text: &str) -> CommandWords {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match (char, quote) {
            ('\\', None) => word.extend(chars.next().filter(|next| *next != '\n')),
            ('\\', Some('"')) => match chars.next() {
                Some('\n') | None => {}
                Some(next @ ('"' | '\\' | '$' | '`')) => word.push(next),
                Some(next) => word.extend(['\\', next]),
            },
            (_, Some(open)) if char == open => quote = None,
            ('\'' | '"', None) => quote = Some(char),
            (';', None) => break,
            ('&', None) if chars.peek() == Some(&'&') => break,
            ('>' | '|', None) => {
                // A descriptor before `>` belongs to it: errors are not the file.
                let mark = if char == '>' && matches!(word.as_str(), "2" | "3") {
                    "2>"
                } else if char == '>' {
                    ">"
                } else {
                    "|"
                };
                if mark == "2>" || word == "1" {
                    word.clear();
                }
                end_word(&mut words, &mut word);
                if words.last().is_none_or(|last| last != mark) {
                    words.push(mark.to_owned());
                }
            }
            (_, None) if char.is_whitespace() => end_word(&mut words, &mut word),
            _ => word.push(char),
        }
    }
    end_word(&mut words, &mut word);
    CommandWords(words)
}

fn end_word(words: &mut Vec<String>, word: &mut String) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

impl CommandWords {
    fn program(&self) -> Option<&str> {
        self.0.iter().map(String::as_str).find(|word| {
            !(matches!(
                *word,
                "sudo" | "command" | "env" | "time" | "if" | "then" | "do" | "!" | "{"
            ) || word.contains('='))
        })
    }

    /// Whether the command is a shell, on any system.
    fn is_shell(&self) -> bool {
        let name = self.program().unwrap_or_default().to_ascii_lowercase();
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = name.strip_suffix(".exe").unwrap_or(name);
        matches!(name, "bash" | "sh" | "zsh" | "dash" | "ksh" | "powershell" | "pwsh" | "cmd")
    }

    /// What stands behind the flag that announces a script: `-c`, `-lc`, `-Command`, `/c`.
    fn script(&self) -> Option<&str> {
        let is_flag = |word: &str| {
            let lower = word.to_ascii_lowercase();
            let short = lower.strip_prefix('-').unwrap_or_default();
            matches!(lower.as_str(), "-command" | "/c" | "/k")
                || short.len() < 5
                    && short.ends_with('c')
                    && short.bytes().all(|byte| byte.is_ascii_alphabetic())
        };
        let at = self.0.iter().skip(1).position(|word| is_flag(word))?;
        self.0.get(at + 2).map(String::as_str)
    }

    /// Whether the command takes a message for people.
    fn is_message(&self) -> bool {
        match self.program() {
            Some("git") => self.0.iter().any(|word| {
                matches!(word.as_str(), "commit" | "tag" | "notes" | "merge" | "stash")
            }),
            Some("gh" | "glab" | "hg" | "jj" | "svn") => true,
            _ => false,
        }
    }

    /// The file that a heredoc is written to, by the words before and after it.
    fn target(&self, after: &Self) -> Option<String> {
        let all: Vec<&str> = self.0.iter().chain(&after.0).map(String::as_str).collect();
        let behind =
            |mark: &str| all.iter().position(|word| *word == mark).and_then(|at| all.get(at + 1));
        let teed = all.iter().position(|word| *word == "tee").and_then(|at| {
            let starts_command = at == 0 || matches!(all[at - 1], "|" | "sudo");
            all[at + 1..].iter().find(|word| !word.starts_with('-')).filter(|_| starts_command)
        });
        let path = match self.program() {
            Some("cat") => behind(">").or(teed),
            _ => teed,
        }?;
        let is_file = !matches!(*path, ">" | "|" | "2>")
            && !path.starts_with("/dev/")
            && !path.starts_with('&');
        is_file.then(|| (*path).to_owned())
    }
}

#[cfg(test)]
mod tests;
