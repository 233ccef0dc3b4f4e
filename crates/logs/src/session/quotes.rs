//! Takes away what the session had seen before the model wrote it.
//!
//! A line is known if it was read, or if nearly all of its words stand in phrases that were read (`keys`). The first to
//! bring a line or a phrase decides: what the model wrote before it read it stays the model's own. One known line alone
//! proves nothing (`return nil`) unless it is long; two or more in a row are a quote.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Range;

use crate::session::keys::{Keyed, ReadLine, TextKeys};

/// Known lines in a row that make a quote.
const QUOTE_LINES_MIN: usize = 2;
/// Words of a known line that makes a quote alone.
const QUOTE_WORDS_MIN: usize = 16;
/// Words of a line, in percent, that make it known if they stand in phrases that were read.
const KNOWN_PERCENT_MIN: usize = 80;

/// Who brought a line, a phrase or a shape into the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SeenOrigin {
    /// The model was shown it.
    Read,
    /// The model wrote it.
    Written,
}

/// The keys of the lines, phrases and shapes that a session has seen so far, each with who brought it first.
#[derive(Debug, Default)]
pub(crate) struct SeenLines {
    origins: HashMap<u64, SeenOrigin, LineHasher>,
}

/// Hashes what is a hash already: one multiplication, seeded so that a hostile log cannot aim at
/// one bucket.
#[derive(Clone, Debug)]
pub(crate) struct LineHasher {
    seed: u64,
    folded: u64,
}

impl Default for LineHasher {
    fn default() -> Self {
        Self { seed: RandomState::new().hash_one(0_u8), folded: 0 }
    }
}

impl BuildHasher for LineHasher {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        self.clone()
    }
}

impl Hasher for LineHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        let product =
            u128::from(value ^ self.folded ^ self.seed) * u128::from(self.seed.rotate_left(32) | 1);
        self.folded = (product as u64) ^ (product >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        self.folded
    }
}

impl SeenLines {
    /// Notes what was met; what came first stands.
    pub(crate) fn note(&mut self, key: u64, origin: SeenOrigin) {
        self.origins.entry(key).or_insert(origin);
    }

    fn is_read(&self, key: u64) -> bool {
        self.origins.get(&key) == Some(&SeenOrigin::Read)
    }
}

/// The lines of a text, as [`str::lines`] gives them but with a carriage return at their ends. Most
/// of a log is read line by line, and the search of the standard library takes twice as long on
/// short ones.
pub(crate) fn lines_of(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(line)
    })
}

/// Calls `found` with the line as it stands, and with what stands behind each prefix that it could
/// have: that of `cat -n`, `grep -n`, diff and the like, as tools show lines. Guessing a prefix
/// where there is none only adds a line that is never written.
pub(crate) fn each_form<'a>(line: &'a str, found: &mut impl FnMut(&'a str)) {
    found(line);
    let trimmed = line.trim_ascii_start();
    if let Some(rest) = behind_number(trimmed) {
        found(rest);
        if let Some(rest) = behind_diff_mark(rest) {
            found(rest);
        }
    } else if let Some(rest) = behind_diff_mark(trimmed) {
        found(rest);
    } else if let Some(rest) = behind_path(trimmed) {
        found(rest);
        if let Some(rest) = behind_number(rest) {
            found(rest);
        }
    }
}

/// A line without the number that tools put before it, of which `→` alone would join the words.
pub(crate) fn unnumbered(line: &str) -> &str {
    let rest = behind_number(line.trim_ascii_start());
    rest.filter(|rest| line[..line.len() - rest.len()].ends_with('→')).unwrap_or(line)
}

/// `12→`, `12` and a tab, `12:` and `12-`.
fn behind_number(line: &str) -> Option<&str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return None;
    }
    line[digits..].strip_prefix(['→', '\t', ':', '-'])
}

/// `+`, `-` and the `>` and `<` of a plain diff; `+++` and `---` head a file and hold no line of
/// it.
fn behind_diff_mark(line: &str) -> Option<&str> {
    line.strip_prefix(['+', '-'])
        .or_else(|| line.strip_prefix("> "))
        .or_else(|| line.strip_prefix("< "))
}

/// `path:` and, where a number follows, `path-`, as grep prints them.
fn behind_path(line: &str) -> Option<&str> {
    let bytes = line.as_bytes();
    let mut looks_like_path = false;
    // No path in a listing is longer than the system's own limit.
    for (at, byte) in bytes.iter().enumerate().take(4096) {
        match byte {
            b':' => {
                return if looks_like_path && at > 0 { Some(&line[at + 1..]) } else { None };
            }
            b'-' if looks_like_path && behind_number(&line[at + 1..]).is_some() => {
                return Some(&line[at + 1..]);
            }
            b'/' | b'.' => looks_like_path = true,
            b' ' | b'\t' | b'(' | b'"' | b'\'' => return None,
            _ => {}
        }
    }
    None
}

/// What is known of one line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LineState {
    New,
    Known,
    /// Known, and long enough to be a quote alone.
    KnownLong,
    /// A bracket or two that were not read as such a line. They go where the lines round them go.
    Bare,
    Blank,
}

/// What is left of a text without quotes.
#[derive(Debug, Default)]
pub(crate) struct Unquoted {
    /// Whole lines; none where no line is new.
    pub(crate) spans: Vec<Range<usize>>,
    /// Bytes of them in lines that have the shape of what was read.
    pub(crate) bytes_imitated: u64,
}

/// Takes the quotes from `spans` of `text`, and notes what is there as the model's.
///
/// A blank line goes when the lines on both sides of it go (the edge of a span counts as gone).
pub(crate) fn subtract_quotes(
    text: &str,
    spans: &[Range<usize>],
    seen: &mut SeenLines,
    keys: &mut TextKeys,
) -> Unquoted {
    let mut left = Unquoted::default();
    let mut any_new = false;
    let mut written = vec![];
    for span in spans {
        keys.read(&text[span.clone()], span.start);
        let states = classify(keys, seen);
        any_new |= states.contains(&LineState::New);
        let from = left.spans.len();
        keep_unquoted(&keys.lines, &states, &mut left.spans);
        left.bytes_imitated += imitated_len(keys, seen, &left.spans[from..]);
        written.extend(keys.keys());
    }
    if !any_new {
        left = Unquoted::default();
    }
    for key in written {
        seen.note(key, SeenOrigin::Written);
    }
    left
}

/// The state of each line.
fn classify(keys: &TextKeys, seen: &SeenLines) -> Vec<LineState> {
    let TextKeys { lines, phrases, .. } = keys;
    let mut words_known = vec![0; lines.len()];
    let mut known = phrases.iter().filter(|phrase| seen.is_read(phrase.key)).peekable();
    while let Some(Keyed { range, .. }) = known.next() {
        let mut range = range.clone();
        while let Some(next) = known.next_if(|next| next.range.start < range.end) {
            range.end = next.range.end;
        }
        if range.len() < QUOTE_WORDS_MIN {
            continue;
        }
        let first = lines.partition_point(|line| line.words.end <= range.start);
        let through = lines.iter().zip(&mut words_known).skip(first);
        for (line, known) in through.take_while(|(line, _)| line.words.start < range.end) {
            *known += line.words.end.min(range.end) - line.words.start.max(range.start);
        }
    }
    let state_of = |(line, words_known): (&ReadLine, usize)| {
        let Some(key) = line.key else { return LineState::Blank };
        let words = line.words.len();
        match seen.is_read(key) || words_known > 0 && words_known * 100 >= words * KNOWN_PERCENT_MIN
        {
            false if line.is_bare() => LineState::Bare,
            false => LineState::New,
            true if words >= QUOTE_WORDS_MIN => LineState::KnownLong,
            true => LineState::Known,
        }
    };
    lines.iter().zip(words_known).map(state_of).collect()
}

/// Bytes of `spans`, which are whole lines of what was read, in lines that belong to a shape that was read.
fn imitated_len(keys: &TextKeys, seen: &SeenLines, spans: &[Range<usize>]) -> u64 {
    let mut imitated = 0;
    let mut lines_done = 0;
    for Keyed { range, .. } in keys.shapes.iter().filter(|shape| seen.is_read(shape.key)) {
        for line in &keys.lines[range.start.max(lines_done)..range.end.max(lines_done)] {
            let span = spans.partition_point(|span| span.end <= line.range.start);
            if spans.get(span).is_some_and(|span| span.start <= line.range.start) {
                imitated += line.range.len() as u64;
            }
        }
        lines_done = lines_done.max(range.end);
    }
    imitated
}

/// Appends the lines that belong to no quote, joined to spans.
fn keep_unquoted(lines: &[ReadLine], states: &[LineState], kept: &mut Vec<Range<usize>>) {
    let weight = |state: &LineState| match state {
        LineState::New | LineState::Bare | LineState::Blank => 0,
        LineState::Known => 1,
        LineState::KnownLong => QUOTE_LINES_MIN,
    };
    let is_known = |state: &LineState| weight(state) > 0;
    let is_new = |state: &LineState| *state == LineState::New;
    let mut lines = lines.iter();
    let mut joins_previous = false;
    // A quote ends at the next new line at the latest, and reaches from its first to its last known
    // line.
    for (number, part) in states.split_inclusive(is_new).enumerate() {
        let mut quote = 0..0;
        if part.iter().map(weight).sum::<usize>() >= QUOTE_LINES_MIN {
            let first = part.iter().position(is_known).unwrap_or_default();
            let last = part.iter().rposition(is_known).unwrap_or_default();
            let ends_new = part.last().is_some_and(is_new);
            // The blank lines at the edge of the span go with it.
            quote.start = if number == 0 { 0 } else { first };
            quote.end = if ends_new { last + 1 } else { part.len() };
        }
        for (at, line) in lines.by_ref().take(part.len()).enumerate() {
            if quote.contains(&at) {
                joins_previous = false;
                continue;
            }
            match kept.last_mut() {
                Some(last) if joins_previous => last.end = line.range.end,
                _ => kept.push(line.range.clone()),
            }
            joins_previous = true;
        }
    }
}

#[cfg(test)]
mod tests;
