//! Takes away what the session had seen before the model wrote it.
//!
//! Lines are compared trimmed and with white space folded, as 64-bit hashes. The first to bring a
//! line decides: a line that the model wrote before it read it stays the model's own. One known
//! line alone proves nothing (`return nil`); two or more in a row are a quote.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Range;

use xxhash_rust::xxh3::Xxh3;

/// Known lines in a row that make a quote.
const QUOTE_LINES_MIN: usize = 2;

/// Who brought a line into the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SeenOrigin {
    /// The model was shown it.
    Read,
    /// The model wrote it.
    Written,
}

/// The lines that a session has seen so far, each with who brought it first.
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
    /// Notes a line; what came first stands.
    pub(crate) fn note(&mut self, line_hash: u64, origin: SeenOrigin) {
        self.origins.entry(line_hash).or_insert(origin);
    }

    /// Notes every line of the spans as the model's.
    pub(crate) fn note_written(&mut self, text: &str, spans: &[Range<usize>]) {
        for line in spans.iter().flat_map(|span| lines_of(&text[span.clone()])) {
            if let Some(hash) = hash_line(line) {
                self.note(hash, SeenOrigin::Written);
            }
        }
    }

    fn is_read(&self, line_hash: u64) -> bool {
        self.origins.get(&line_hash) == Some(&SeenOrigin::Read)
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

/// The hash of a line, white space folded; `None` for a blank one.
pub(crate) fn hash_line(line: &str) -> Option<u64> {
    let trimmed = line.trim_ascii();
    if trimmed.is_empty() {
        return None;
    }
    // Most lines have nothing to fold once trimmed, and are then hashed in one piece.
    if !may_fold(trimmed.as_bytes()) {
        return Some(xxhash_rust::xxh3::xxh3_64(trimmed.as_bytes()));
    }
    let mut hasher = Xxh3::new();
    for (row, word) in trimmed.split_ascii_whitespace().enumerate() {
        hasher.update(if row == 0 { b"" } else { b" " });
        hasher.update(word.as_bytes());
    }
    Some(hasher.digest())
}

/// Pairs of neighbours that are looked at together.
const PAIRS: usize = 16;

/// Whether there may be white space other than single blanks.
fn may_fold(trimmed: &[u8]) -> bool {
    let next = trimmed.get(1..).unwrap_or_default();
    let here = &trimmed[..next.len()];
    let (Some(last_here), Some(last_next)) =
        (here.last_chunk::<PAIRS>(), next.last_chunk::<PAIRS>())
    else {
        return any_folds(here, next);
    };
    // The last ones are looked at as a vector too, and some of them twice, which is faster than one
    // by one.
    let ((here, _), (next, _)) = (here.as_chunks::<PAIRS>(), next.as_chunks::<PAIRS>());
    here.iter()
        .zip(next)
        .fold(any_folds(last_here, last_next), |found, (here, next)| found | any_folds(here, next))
}

/// Without an early exit, so that it runs on vectors.
#[inline]
#[expect(clippy::needless_bitwise_bool, reason = "a branch would keep it from vectors")]
fn any_folds(here: &[u8], next: &[u8]) -> bool {
    here.iter().zip(next).fold(false, |found, (&here, &next)| {
        found | ((here <= b' ') & ((here != b' ') | (next <= b' ')))
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
    Blank,
}

/// The spans of `text` that are left of `spans` without quotes; none where no line is new.
///
/// Whole lines. A blank line goes when the lines on both sides of it go (the edge of a span counts
/// as gone).
pub(crate) fn subtract_quotes(
    text: &str,
    spans: &[Range<usize>],
    seen: &SeenLines,
) -> Vec<Range<usize>> {
    let mut kept = Vec::new();
    let mut any_new = false;
    for span in spans {
        let lines = classify(text, span, seen);
        any_new |= lines.iter().any(|(_, state)| *state == LineState::New);
        keep_unquoted(&lines, &mut kept);
    }
    if !any_new {
        kept.clear();
    }
    kept
}

/// The lines of a span with their ends and states.
fn classify(text: &str, span: &Range<usize>, seen: &SeenLines) -> Vec<(Range<usize>, LineState)> {
    let mut offset = span.start;
    let mut lines = Vec::new();
    for line in text[span.clone()].split_inclusive('\n') {
        let state = match hash_line(line) {
            None => LineState::Blank,
            Some(hash) if seen.is_read(hash) => LineState::Known,
            Some(_) => LineState::New,
        };
        lines.push((offset..offset + line.len(), state));
        offset += line.len();
    }
    lines
}

/// Appends the lines that belong to no quote, joined to spans.
fn keep_unquoted(lines: &[(Range<usize>, LineState)], kept: &mut Vec<Range<usize>>) {
    let is_known = |(_, state): &(_, LineState)| *state == LineState::Known;
    let is_new = |(_, state): &(_, LineState)| *state == LineState::New;
    let mut joins_previous = false;
    // A quote ends at the next new line at the latest, and reaches from its first to its last known
    // line.
    for (number, part) in lines.split_inclusive(is_new).enumerate() {
        let mut quote = 0..0;
        if part.iter().filter(|line| is_known(line)).count() >= QUOTE_LINES_MIN {
            let first = part.iter().position(is_known).unwrap_or_default();
            let last = part.iter().rposition(is_known).unwrap_or_default();
            let ends_new = part.last().is_some_and(is_new);
            // The blank lines at the edge of the span go with it.
            quote.start = if number == 0 { 0 } else { first };
            quote.end = if ends_new { last + 1 } else { part.len() };
        }
        for (at, (line, _)) in part.iter().enumerate() {
            if quote.contains(&at) {
                joins_previous = false;
                continue;
            }
            match kept.last_mut() {
                Some(last) if joins_previous => last.end = line.end,
                _ => kept.push(line.clone()),
            }
            joins_previous = true;
        }
    }
}

#[cfg(test)]
mod tests;
