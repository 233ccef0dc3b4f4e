//! Heredocs in shell commands: files, scripts, patches and messages that the model wrote in passing.
//!
//! Not a shell: it knows quotes, substitutions and separators well enough to tell which command a heredoc feeds.

use std::ops::Range;

use crate::authored::Kind;
use crate::gather::{Draft, Gather};
use crate::patch::{holds_patch, patch_drafts};
use crate::provenance::Provenance;
use crate::runs::Runs;

mod words;
use words::words_of;

/// Searches for a closing word that fail, a command; each reads the rest of the command.
const UNCLOSED_MAX: usize = 64;

/// Deeper substitutions than anyone writes; more are not followed.
const FRAMES_MAX: usize = 64;

/// A heredoc and what it feeds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Heredoc {
    /// As the command gets it: tabs of `<<-` and the escapes of an unquoted one undone.
    pub(crate) body: String,
    /// The file that it is written to by `cat` or `tee`.
    pub(crate) path: Option<String>,
    /// Whether it is the message of a commit, a tag, an issue or the like.
    pub(crate) is_message: bool,
}

/// Takes what a command holds, and notes its lines as the model's.
pub(crate) fn take_command(
    source: &Provenance,
    call_id: Option<&str>,
    command: &str,
    gather: &mut Gather,
) {
    let mut quoted = String::new();
    let drafts = command_drafts(command, call_id, gather.options.prose, &mut quoted);
    gather.learn_read(&quoted);
    for draft in drafts {
        gather.author(source, draft);
    }
    gather.learn_written(command);
}

/// The drafts of all heredocs and patches in a command; appends what the patches quote to `quoted`.
pub(crate) fn command_drafts(
    command: &str,
    call_id: Option<&str>,
    prose: bool,
    quoted: &mut String,
) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let mut patched = false;
    for heredoc in heredocs(command) {
        let kind = if holds_patch(&heredoc.body) {
            patched = true;
            drafts.extend(patch_drafts(&heredoc.body, call_id, quoted));
            continue;
        } else if heredoc.is_message {
            Kind::Prose
        } else if heredoc.path.is_some() {
            Kind::File
        } else {
            Kind::Heredoc
        };
        if kind != Kind::Prose || prose {
            let runs = Runs::whole(heredoc.body);
            drafts.push(Draft {
                kind,
                runs,
                file_path: heredoc.path,
                call_id: call_id.map(str::to_owned),
            });
        }
    }
    // A patch may also be a quoted argument: apply_patch '*** Begin Patch …'.
    if !patched && holds_patch(command) {
        drafts.extend(patch_drafts(command, call_id, quoted));
    }
    drafts
}

/// One level of substitution or subshell.
struct Frame {
    segment_start: usize,
    in_double_quotes: bool,
    is_arithmetic: bool,
}

impl Frame {
    fn new(segment_start: usize, is_arithmetic: bool) -> Self {
        Self { segment_start, in_double_quotes: false, is_arithmetic }
    }
}

/// A heredoc whose body begins at the next line.
struct Pending {
    word: String,
    strips_tabs: bool,
    is_literal: bool,
    is_message: bool,
    /// What stands before `<<` in its own command.
    before: Range<usize>,
    after: usize,
}

/// All heredocs that are closed by their word, in order.
pub(crate) fn heredocs(command: &str) -> Vec<Heredoc> {
    let mut found = Vec::new();
    if !command.contains("<<") {
        return found;
    }
    let bytes = command.as_bytes();
    let mut frames = vec![Frame::new(0, false)];
    let mut pending: Vec<Pending> = Vec::new();
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
                frames.push(Frame::new(at + 1, next == Some(b'(')));
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
fn read_opening(command: &str, at: usize, frames: &[Frame], pending: &mut Vec<Pending>) -> usize {
    let rest = &command[at + 2..];
    let strips_tabs = rest.starts_with('-');
    let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start_matches([' ', '\t']);
    let (word, len) = words::closing_word(rest);
    let after = command.len() - rest.len() + len;
    if !word.is_empty() {
        let is_literal = rest[..len].contains(['\'', '"', '\\']);
        let is_message =
            frames.iter().any(|frame| words_of(&command[frame.segment_start..at]).is_message());
        let before = frames.last().map_or(0, |frame| frame.segment_start)..at;
        pending.push(Pending { word, strips_tabs, is_literal, is_message, before, after });
    }
    after - at
}

/// Reads the bodies of what is pending from the line after `newline`; returns where the next line begins.
fn read_bodies(
    command: &str,
    newline: usize,
    pending: &mut Vec<Pending>,
    found: &mut Vec<Heredoc>,
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
        let path = words_of(&command[opening.before]).target(&words_of(after));
        let body =
            undo_quoting(&command[start..line_start], opening.strips_tabs, opening.is_literal);
        found.push(Heredoc { body, path, is_message: opening.is_message });
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
