//! What a text is compared by, so that what matching takes for equal counts as read, too: words, whatever their case and
//! whatever stands between them. Numbers do not count.
//!
//! A line is the hash of its words, so that a renumbered item and a line that was commented out are the lines they were.
//! A *phrase* knows no line ends, so that a paragraph that was wrapped anew and a JSON text on one line are found again. It
//! goes from one cut to the next but one, and a cut stands where the hash of a word and the next is smaller than those of
//! its neighbours: the same words are cut in the same places, wherever they stand (local extremum chunking: Bjørner, Blass,
//! Gurevich, "Content-dependent chunking for differential compression, the local maximum approach", 2010). A *shape* is
//! what three lines are without their names: what was imitated keeps it.

use std::ops::Range;

use xxhash_rust::xxh3::Xxh3;

/// Words of a phrase, at least. On average it has six.
const PHRASE_WORDS_MIN: usize = 4;
/// Marks of a line that has nothing else to say.
const BARE_TOKENS_MAX: u32 = 3;
/// Lines in a shape.
const SHAPE_LINES: usize = 3;
/// Words and marks in a shape, at least: fewer are what all code has.
const SHAPE_TOKENS_MIN: u32 = 20;

/// A line of a text.
#[derive(Clone, Debug)]
pub(crate) struct ReadLine {
    /// Its bytes, with its end.
    pub(crate) range: Range<usize>,
    /// What it says; `None` for a blank one.
    pub(crate) key: Option<u64>,
    /// Its words, among those of the text.
    pub(crate) words: Range<usize>,
    /// Its words, numbers and marks.
    tokens: u32,
}

impl ReadLine {
    /// Whether it is nothing but a few marks.
    pub(crate) fn is_bare(&self) -> bool {
        self.words.is_empty() && self.tokens <= BARE_TOKENS_MAX
    }
}

/// Words, or lines, that have a key together.
#[derive(Clone, Debug)]
pub(crate) struct Keyed {
    pub(crate) key: u64,
    pub(crate) range: Range<usize>,
}

/// A text as it is compared. Kept from one text to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextKeys {
    pub(crate) lines: Vec<ReadLine>,
    /// Ranges of words, ascending, each overlapping the next of its paragraph.
    pub(crate) phrases: Vec<Keyed>,
    /// Ranges of lines, ascending.
    pub(crate) shapes: Vec<Keyed>,
    words: Vec<u64>,
    /// The first word of the paragraph.
    paragraph: usize,
    /// Each line that is not blank: its number, its shape, and how many words and marks it has.
    outlines: Vec<(usize, u64, u32)>,
}

impl TextKeys {
    /// Reads `text`, whose first byte is at `offset`.
    pub(crate) fn read(&mut self, text: &str, offset: usize) {
        self.clear();
        let mut start = offset;
        for line in text.split_inclusive('\n') {
            self.read_line(line, start);
            start += line.len();
        }
        self.end();
    }

    pub(crate) fn clear(&mut self) {
        self.lines.clear();
        self.phrases.clear();
        self.shapes.clear();
        self.words.clear();
        self.paragraph = 0;
        self.outlines.clear();
    }

    /// Reads the next line.
    pub(crate) fn read_line(&mut self, line: &str, start: usize) {
        let from = self.words.len();
        let (outline, tokens) = each_word(line, &mut |word| self.words.push(word));
        let key = match &self.words[from..] {
            [] => hash_line(line),
            words => Some(key_of(words)),
        };
        if key.is_some() {
            self.outlines.push((self.lines.len(), outline, tokens));
        } else {
            self.end_paragraph();
        }
        let words = from..self.words.len();
        self.lines.push(ReadLine { range: start..start + line.len(), key, words, tokens });
    }

    /// Ends the text.
    pub(crate) fn end(&mut self) {
        self.end_paragraph();
        for lines in self.outlines.windows(SHAPE_LINES) {
            if lines.iter().map(|(.., tokens)| tokens).sum::<u32>() < SHAPE_TOKENS_MIN {
                continue;
            }
            let key = lines.iter().fold(SHAPE_SEED, |key, (_, outline, _)| fold(key, *outline));
            self.shapes.push(Keyed { key, range: lines[0].0..lines[SHAPE_LINES - 1].0 + 1 });
        }
    }

    /// Cuts the paragraph into phrases; what is too short for one has none.
    fn end_paragraph(&mut self) {
        let words = &self.words[self.paragraph..];
        if words.len() >= PHRASE_WORDS_MIN {
            let (mut before, mut from) = (0, 0);
            let ends = cuts(words).chain([words.len()]);
            for (number, to) in ends.enumerate() {
                let is_whole = number == 0 && to == words.len();
                if number > 0 || is_whole {
                    let key = fold(PHRASE_SEED, key_of(&words[before..to]));
                    let range = self.paragraph + before..self.paragraph + to;
                    self.phrases.push(Keyed { key, range });
                }
                (before, from) = (from, to);
            }
        }
        self.paragraph = self.words.len();
    }

    /// Every key of what was read, some of them more than once.
    pub(crate) fn keys(&self) -> impl Iterator<Item = u64> {
        let parts = self.phrases.iter().chain(&self.shapes);
        self.lines.iter().filter_map(|line| line.key).chain(parts.map(|part| part.key))
    }
}

/// What a line is compared by; `None` for a blank one.
pub(crate) fn key_of_line(line: &str, words: &mut Vec<u64>) -> Option<u64> {
    words.clear();
    each_word(line, &mut |word| words.push(word));
    if words.is_empty() { hash_line(line) } else { Some(key_of(words)) }
}

/// The places of the words at which a phrase may begin or end, two words apart at least.
fn cuts(words: &[u64]) -> impl Iterator<Item = usize> {
    // Of a word and the next, because a word may come again and again, as the keys of a table do.
    let pair = |at: usize| fold(words[at], words[at + 1]);
    (2..words.len().saturating_sub(2)).filter(move |&at| {
        let here = pair(at);
        here < pair(at - 1) && here <= pair(at + 1)
    })
}

const PHRASE_SEED: u64 = 0x2545_f491_4f6c_dd1d;
const SHAPE_SEED: u64 = 0xd6e8_feb8_6659_fd93;

fn key_of(words: &[u64]) -> u64 {
    words.iter().fold(words.len() as u64, |key, word| fold(key, *word))
}

/// One multiplication, of which both halves count.
fn fold(key: u64, value: u64) -> u64 {
    let product = u128::from(key ^ 0x9e37_79b9_7f4a_7c15) * u128::from(value | 1);
    (product as u64) ^ ((product >> 64) as u64) ^ value.rotate_left(29)
}

/// Calls `found` with the hash of each word of a line that begins with no digit, and gives the line's shape: its words,
/// numbers and marks in order, without what they say. Quotes, commas, semicolons and backslashes are no marks.
fn each_word(line: &str, found: &mut impl FnMut(u64)) -> (u64, u32) {
    const WORD: u64 = 1;
    const NUMBER: u64 = 2;
    let bytes = line.as_bytes();
    let (mut at, mut shape, mut tokens) = (0, 0, 0);
    while let Some(&first) = bytes.get(at) {
        if first == b'\\' {
            // As in a string of code: `\n`, `\r` and `\t` stand for blanks, however often the backslash is doubled.
            at += bytes[at..].iter().take_while(|byte| **byte == b'\\').count();
            at += usize::from(matches!(bytes.get(at), Some(b'n' | b'r' | b't')));
            continue;
        }
        let mark = match CLASSES[usize::from(first)] {
            WordByte::Dropped => {
                at += 1;
                continue;
            }
            WordByte::Mark => {
                at += 1;
                u64::from(first)
            }
            WordByte::Word => {
                let is_word = |byte: &&u8| matches!(CLASSES[usize::from(**byte)], WordByte::Word);
                let len = bytes[at..].iter().take_while(is_word).count();
                let word = &bytes[at..at + len];
                at += len;
                if first.is_ascii_digit() {
                    NUMBER
                } else {
                    found(hash_word(word));
                    WORD
                }
            }
        };
        shape = fold(shape, mark);
        tokens += 1;
    }
    (shape, tokens)
}

/// The hash of a word in small letters.
fn hash_word(word: &[u8]) -> u64 {
    // Sets the bit that tells small letters from capital ones. What else it makes equal does not matter here.
    const SMALL: u64 = 0x2020_2020_2020_2020;
    let mut hash = word.len() as u64;
    for part in word.chunks(8) {
        let mut eight = [0; 8];
        eight[..part.len()].copy_from_slice(part);
        hash = fold(hash, u64::from_le_bytes(eight) | SMALL);
    }
    hash
}

#[derive(Clone, Copy)]
enum WordByte {
    Dropped,
    Mark,
    Word,
}

/// As the rules of normalisation have them.
static CLASSES: [WordByte; 256] = {
    let mut classes = [WordByte::Word; 256];
    let mut byte = 0;
    while byte < 128 {
        classes[byte] = match byte as u8 {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' => WordByte::Word,
            0..=b' ' | 127 | b'"' | b'\'' | b'`' | b',' | b';' | b'\\' => WordByte::Dropped,
            _ => WordByte::Mark,
        };
        byte += 1;
    }
    classes
};

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

#[cfg(test)]
mod tests;
