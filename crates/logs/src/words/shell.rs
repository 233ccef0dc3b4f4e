//! Heredocs in shell commands, texts among their arguments, and the here-strings of PowerShell: files,
//! scripts, patches and messages that the model wrote in passing.
//!
//! Not a shell: it knows quotes, substitutions and separators well enough to tell which command a
//! heredoc feeds.

use std::ops::Range;

use crate::class::Class;
use crate::words::arguments::argument_texts;
use crate::words::command::{CommandWords, command_words};
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
    if command.trim_start().starts_with("*** Begin Patch") {
        return extract_patches(command, extracted);
    }
    let mut nested_max = command.len().saturating_mul(WRAPPINGS_MAX);
    extract_nested(command, WRAPPINGS_MAX, &mut nested_max, extracted);
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
    } else if words.0.iter().any(|word| holds_patch(word)) && words.script().is_none() {
        for word in words.0.iter().filter(|word| holds_patch(word)) {
            extract_patches(word, extracted);
        }
    } else {
        for script in argument_texts(&words, extracted) {
            extract_command(&script, extracted);
        }
    }
}

/// Extracts all that a command holds. `nested_max`: bytes of scripts of shells within it that are followed.
fn extract_nested(
    command: &str,
    wrappings_max: usize,
    nested_max: &mut usize,
    extracted: &mut Extracted,
) {
    let mut patched = false;
    let mut parts = Parts::default();
    let is_powershell = opens_here_string(command);
    if !is_powershell {
        parts = parts_of(command);
    }
    let mut texts = parts.heredocs;
    if texts.is_empty() {
        texts = written_texts(command);
    }
    if is_powershell && texts.is_empty() {
        parts.commands.push(0..command.len());
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
        return extract_patches(command, extracted);
    }
    for place in parts.commands {
        let words = command_words(&command[place]);
        for script in argument_texts(&words, extracted) {
            // bash -lc "…": what the shell within gets.
            if wrappings_max > 0 && script.len() <= *nested_max {
                *nested_max -= script.len();
                extract_nested(&script, wrappings_max - 1, nested_max, extracted);
            }
        }
    }
}

/// What a command is made of.
#[derive(Default)]
struct Parts {
    /// The heredocs that are closed by their word, in order.
    heredocs: Vec<Draft>,
    /// The places of simple commands and pipes of them; one within a substitution also lies in the command around it.
    commands: Vec<Range<usize>>,
}

/// One level of substitution or subshell.
struct ShellLevel {
    /// Where the pipe begins that is being read, and where its last program.
    command_start: usize,
    segment_start: usize,
    in_double_quotes: bool,
    is_arithmetic: bool,
}

impl ShellLevel {
    fn new(segment_start: usize, is_arithmetic: bool) -> Self {
        Self { command_start: segment_start, segment_start, in_double_quotes: false, is_arithmetic }
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

/// Splits a command. A heredoc is as the command gets it: tabs of `<<-` and the escapes of an unquoted one undone. One
/// that `cat` or `tee` writes to a file is that file, and the message of a commit is a message.
fn parts_of(command: &str) -> Parts {
    let mut parts = Parts::default();
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
                parts.commands.push(frame.command_start..at);
                at = read_bodies(command, at, &mut pending, &mut parts.heredocs, &mut unclosed);
                (frame.command_start, frame.segment_start) = (at, at);
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
            b')' if !frame.in_double_quotes && depth > 1 => {
                parts.commands.push(frame.command_start..at);
                frames.pop();
            }
            _ if frame.in_double_quotes => {}
            b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at);
                continue;
            }
            b'&' if next == Some(b'>') || at > 0 && bytes[at - 1] == b'>' => {}
            b'|' if next != Some(b'|') => frame.segment_start = at + 1,
            b';' | b'&' | b'|' | b'\n' => {
                parts.commands.push(frame.command_start.min(at)..at);
                at += usize::from(bytes[at] == b'|');
                (frame.command_start, frame.segment_start) = (at + 1, at + 1);
            }
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
    for frame in frames {
        parts.commands.push(frame.command_start.min(bytes.len())..bytes.len());
    }
    parts.commands.retain(|place| !command[place.clone()].trim().is_empty());
    parts
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
            _ if opening.is_message => Class::Message,
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

#[cfg(test)]
mod tests;
