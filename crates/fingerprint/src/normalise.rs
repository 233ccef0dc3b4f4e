//! A text to its two streams.
//!
//! What differs between a text and the same text in a container is dropped here, alike on both sides: white space,
//! quotes, case, diff marks and comment leaders; a run of backslashes with the `n`, `r` or `t` behind it; line numbers
//! (digits that begin a word). `\uXXXX`, numeric HTML entities and the common named ones count as the character that they
//! mean, and the `<span …>` tags of highlighters as nothing, be their brackets and ampersands escaped or not. Every blank
//! of Unicode and the sequences that colour a terminal count as spaces. So JSON strings of any depth and of any writer,
//! notebooks, diffs and HTML need no parser.
//!
//! Every rule looks at a bounded stretch of bytes (runs of backslashes and of digits apart), so that the same bytes
//! give the same streams wherever they stand.
//!
//! [`normalise`] gives each kept byte its source; [`Normaliser`] does without, piece by piece and many times as fast. The
//! rules are written here byte by byte: the definition that every backend agrees with. A backend may keep, drop and mark
//! plain bytes and simple escapes in its own way. What is more complicated it leaves to `Normaliser::step`, so that there is
//! one copy of those rules.

use crate::respell::{colour_len, is_blank, respell};

/// The kept bytes of one stream, and where each came from.
#[derive(Clone, Debug, Default)]
pub struct KeptBytes {
    /// The normalised text.
    pub bytes: Vec<u8>,
    /// For each of `bytes` the offset of its source in the text; non-decreasing.
    pub sources: Vec<u32>,
}

impl KeptBytes {
    fn push(&mut self, byte: u8, source: usize) {
        self.bytes.push(byte);
        self.sources.push(source as u32);
    }

    /// Forgets the content and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.sources.clear();
    }
}

/// Both streams of a text.
#[derive(Clone, Debug, Default)]
pub struct Streams {
    /// [`Stream::Words`](crate::Stream::Words).
    pub words: KeptBytes,
    /// [`Stream::Skeleton`](crate::Stream::Skeleton).
    pub skeleton: KeptBytes,
}

impl Streams {
    /// What the skeleton holds for a word.
    pub const MARK_WORD: u8 = 1;
    /// What the skeleton holds for a word that begins with a digit.
    pub const MARK_NUMBER: u8 = 2;
}

/// Where kept bytes go, each with the offset of its source.
pub(crate) trait Sink {
    /// Takes a byte of the words.
    fn word(&mut self, byte: u8, source: usize);
    /// Takes a byte of the skeleton.
    fn skeleton(&mut self, byte: u8, source: usize);
}

impl Sink for Streams {
    #[inline]
    fn word(&mut self, byte: u8, source: usize) {
        self.words.push(byte, source);
    }

    #[inline]
    fn skeleton(&mut self, byte: u8, source: usize) {
        self.skeleton.push(byte, source);
    }
}

/// Appends the streams of `text` to `streams`.
///
/// # Panics
/// If `text` is 4 GiB or longer; records are capped far below.
pub fn normalise(text: &[u8], streams: &mut Streams) {
    assert!(
        u32::try_from(text.len()).is_ok(),
        "a text of {} bytes; offsets are 32 bits wide",
        text.len()
    );
    let mut buffer = vec![];
    let text = respell(text, &mut buffer);
    let mut state = Normaliser::default();
    let mut offset = 0;
    while offset < text.len() {
        offset = state.step(text, offset, streams);
    }
}

/// The state of normalising one text piece by piece. A new text begins with the default, and is one that was
/// [respelt](respell).
#[derive(Clone, Copy, Debug, Default)]
pub struct Normaliser {
    /// The byte before belongs to a word.
    pub(crate) in_word: bool,
    /// So far the word consists of digits. Says nothing outside of a word.
    pub(crate) in_number: bool,
}

/// Both streams without sources.
pub(crate) struct Plain<'p> {
    pub(crate) words: &'p mut Vec<u8>,
    pub(crate) skeleton: &'p mut Vec<u8>,
}

impl Sink for Plain<'_> {
    #[inline]
    fn word(&mut self, byte: u8, _source: usize) {
        self.words.push(byte);
    }

    #[inline]
    fn skeleton(&mut self, byte: u8, _source: usize) {
        self.skeleton.push(byte);
    }
}

/// Highlighters write class names and little else; a longer tag is text.
const TAG_LEN_MAX: usize = 128;

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ByteClass {
    /// Neither stream keeps it: white space, controls, quotes, comma, semicolon.
    Dropped,
    /// Letters, digits, `_`, and what is not ASCII.
    Word,
    /// Kept by the skeleton.
    Punctuation,
    /// May begin something that means another character, or nothing.
    Special,
}

/// What each byte is, where no special one says otherwise.
pub(crate) const CLASSES: [ByteClass; 256] = {
    let mut classes = [ByteClass::Dropped; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'\\' | b'&' | b'<' => ByteClass::Special,
            b'"' | b'\'' | b'`' | b',' | b';' | 0..=b' ' | 0x7f => ByteClass::Dropped,
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => ByteClass::Word,
            _ => ByteClass::Punctuation,
        };
        byte += 1;
    }
    classes
};

impl Normaliser {
    /// Takes one byte of `text`, or a special one with all that belongs to it, and returns the offset behind it.
    #[inline]
    pub(crate) fn step(&mut self, text: &[u8], offset: usize, sink: &mut impl Sink) -> usize {
        let byte = text[offset];
        match CLASSES[byte as usize] {
            ByteClass::Special => offset + self.special(text, offset, sink),
            class => {
                self.feed(byte, class, offset, sink);
                offset + 1
            }
        }
    }

    #[inline]
    fn feed(&mut self, byte: u8, class: ByteClass, source: usize, sink: &mut impl Sink) {
        if class == ByteClass::Word {
            let digit = byte.is_ascii_digit();
            if !self.in_word {
                let mark = if digit { Streams::MARK_NUMBER } else { Streams::MARK_WORD };
                sink.skeleton(mark, source);
                self.in_number = true;
            }
            self.in_number &= digit;
            self.in_word = true;
            if !self.in_number {
                sink.word(byte.to_ascii_lowercase(), source);
            }
        } else {
            self.in_word = false;
            if class == ByteClass::Punctuation {
                sink.skeleton(byte, source);
            }
        }
    }

    /// Takes a backslash, `&` or `<` with all that belongs to it, and returns how many bytes that is.
    fn special(&mut self, text: &[u8], offset: usize, sink: &mut impl Sink) -> usize {
        let rest = &text[offset..];
        match rest[0] {
            b'\\' => self.escape(rest, offset, sink),
            b'&' => match entity(rest) {
                Some((meaning, len)) => {
                    self.character(meaning, offset, sink);
                    len
                }
                None => self.plain(b'&', offset, sink),
            },
            _ => span_tag_len(rest).unwrap_or_else(|| self.plain(b'<', offset, sink)),
        }
    }

    fn plain(&mut self, byte: u8, source: usize, sink: &mut impl Sink) -> usize {
        self.feed(byte, ByteClass::Punctuation, source, sink);
        1
    }

    /// A character that stood there in another spelling; a special one has no further meaning.
    fn character(&mut self, meaning: char, source: usize, sink: &mut impl Sink) {
        if is_blank(meaning) {
            self.in_word = false;
            return;
        }
        let mut utf8 = [0; 4];
        for &byte in meaning.encode_utf8(&mut utf8).as_bytes() {
            let class = match CLASSES[byte as usize] {
                ByteClass::Special if byte == b'\\' => ByteClass::Dropped,
                ByteClass::Special => ByteClass::Punctuation,
                class => class,
            };
            self.feed(byte, class, source, sink);
        }
    }

    fn escape(&mut self, rest: &[u8], source: usize, sink: &mut impl Sink) -> usize {
        let backslashes = rest.iter().take_while(|&&byte| byte == b'\\').count();
        match rest.get(backslashes) {
            Some(b'n' | b'r' | b't') => self.dropped(backslashes + 1),
            Some(b'u') => match unicode_escape(rest, backslashes) {
                Some((meaning, len)) => self.escaped(meaning, &rest[len..], source, sink) + len,
                None => self.dropped(backslashes),
            },
            _ => self.dropped(backslashes),
        }
    }

    /// A character that a `\uXXXX` stood for, with what of `rest` belongs to it: writers of JSON escape the brackets of tags,
    /// the ampersands of entities and the escape characters of colours. Gives how many bytes of `rest` that is.
    fn escaped(
        &mut self,
        meaning: char,
        rest: &[u8],
        source: usize,
        sink: &mut impl Sink,
    ) -> usize {
        match meaning {
            '&' => {
                if let Some((meaning, len)) = entity_behind(rest) {
                    self.character(meaning, source, sink);
                    return len;
                }
            }
            '<' => {
                if let Some(len) = span_tag_behind(rest) {
                    return len;
                }
            }
            '\u{1b}' => {
                if let Some(len) = colour_len(rest) {
                    return self.dropped(len);
                }
            }
            _ => {}
        }
        self.character(meaning, source, sink);
        0
    }

    fn dropped(&mut self, len: usize) -> usize {
        self.in_word = false;
        len
    }
}

/// Whether the `&`, `<` or backslash at the start of `rest` may be more than itself: true for all that
/// [`Normaliser::step`] takes as an entity, a tag or a `\u`, and for little else.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(crate) fn may_be_special(rest: &[u8]) -> bool {
    match rest {
        [b'&', next, ..] => matches!(next, b'#' | b'a' | b'g' | b'l' | b'n' | b'q'),
        [b'\\', b'u', ..] => true,
        [b'<', ..] => rest.starts_with(b"<span") || rest.starts_with(b"</span"),
        _ => false,
    }
}

/// The second bytes of what [`may_be_special`] takes, and the third ones, by the first byte: a few more are taken, as an
/// escape is no tag and `&amp` no entity. For backends that see many bytes at once.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(crate) mod special {
    /// Behind `&`: `&lt`, `&gt`, `&am`, `&ap`, `&nb`, `&qu`, `&#3`, `&#x`.
    pub(crate) const AND_SECOND: &[u8] = b"lganq#";
    pub(crate) const AND_THIRD: &[u8] = b"tmpbu0123456789xX";
    /// Behind `<`: `<sp`, `</s`.
    pub(crate) const LESS_SECOND: &[u8] = b"s/";
    pub(crate) const LESS_THIRD: &[u8] = b"ps";
    /// Behind the last of a run of backslashes: `\uXXXX`.
    pub(crate) const BACKSLASH_SECOND: &[u8] = b"u";
    pub(crate) const BACKSLASH_THIRD: &[u8] = b"0123456789abcdefABCDEF";
}

/// The character of a `\uXXXX` whose `u` stands at `offset`, and the length of it all from the start of `rest`.
/// A pair of surrogates is one character, a lone one U+FFFD.
fn unicode_escape(rest: &[u8], offset: usize) -> Option<(char, usize)> {
    let unit = hex4(rest.get(offset + 1..offset + 5)?)?;
    let len = offset + 5;
    if let Some(meaning) = char::from_u32(unit) {
        return Some((meaning, len));
    }
    let low = rest.get(len..).and_then(|next| {
        // The second half is escaped as deeply as the first.
        let (slashes, next) = next.split_at_checked(offset)?;
        (slashes.iter().all(|&byte| byte == b'\\') && next.first() == Some(&b'u')).then_some(())?;
        hex4(next.get(1..5)?)
    });
    match low {
        Some(low @ 0xdc00..=0xdfff) if unit < 0xdc00 => {
            let meaning = char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
            Some((meaning.unwrap_or(char::REPLACEMENT_CHARACTER), len + offset + 5))
        }
        _ => Some((char::REPLACEMENT_CHARACTER, len)),
    }
}

fn hex4(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?))
}

/// The entity at the start of `rest`, and its length.
fn entity(rest: &[u8]) -> Option<(char, usize)> {
    let (meaning, len) = entity_behind(rest.strip_prefix(b"&")?)?;
    Some((meaning, len + 1))
}

/// The entity of which all but the ampersand stands at the start of `rest`, and the length of that: a number, or one of those
/// that every HTML escaper writes.
fn entity_behind(rest: &[u8]) -> Option<(char, usize)> {
    const NAMES: [(&[u8], char); 6] = [
        (b"lt;", '<'),
        (b"gt;", '>'),
        (b"amp;", '&'),
        (b"quot;", '"'),
        (b"apos;", '\''),
        (b"nbsp;", '\u{a0}'),
    ];
    if let Some(number) = rest.strip_prefix(b"#") {
        return numeric_entity(number).map(|(meaning, len)| (meaning, len + 1));
    }
    let found = NAMES.iter().find(|(name, _)| rest.starts_with(name));
    found.map(|&(name, meaning)| (meaning, name.len()))
}

/// The character of `60;` or `x3c;`, and the length of it.
fn numeric_entity(rest: &[u8]) -> Option<(char, usize)> {
    /// `&#0001114111;` and `&#x0010ffff;` are the longest that anybody writes.
    const DIGITS_MAX: usize = 10;
    let is_hex = matches!(rest.first(), Some(b'x' | b'X'));
    let (start, base) = if is_hex { (1, 16) } else { (0, 10) };
    let digits = &rest[start..];
    let count = digits.iter().take_while(|&&byte| char::from(byte).is_digit(base)).count();
    if count == 0 || count > DIGITS_MAX || digits.get(count) != Some(&b';') {
        return None;
    }
    let add = |value: u32, &digit: &u8| {
        value.saturating_mul(base).saturating_add(char::from(digit).to_digit(base).unwrap_or(0))
    };
    let meaning = char::from_u32(digits[..count].iter().fold(0, add))?;
    Some((meaning, start + count + 1))
}

/// The length of a `<span …>` or `</span>` at the start of `rest`.
fn span_tag_len(rest: &[u8]) -> Option<usize> {
    span_tag_behind(rest.strip_prefix(b"<")?).map(|len| len + 1)
}

/// The length of a tag of which all but the first bracket stands at the start of `rest`. Its end may be escaped.
fn span_tag_behind(rest: &[u8]) -> Option<usize> {
    let attributes = rest.strip_prefix(b"span").or_else(|| rest.strip_prefix(b"/span"))?;
    let is_end = rest[0] == b'/';
    let is_tag = match attributes.first() {
        Some(b' ') => !is_end,
        Some(b'>' | b'\\') => true,
        _ => false,
    };
    if !is_tag {
        return None;
    }
    let before = rest.len() - attributes.len();
    let within = if is_end { 1 } else { TAG_LEN_MAX - b"<span".len() };
    for at in 0..within {
        match attributes.get(at)? {
            b'>' => return Some(before + at + 1),
            b'\\' => {
                let run = attributes[at..].iter().take_while(|&&byte| byte == b'\\').count();
                let escape = attributes[at..].get(run).filter(|&&byte| byte == b'u');
                if escape.is_some()
                    && let Some(('>', len)) = unicode_escape(&attributes[at..], run)
                {
                    return Some(before + at + len);
                }
            }
            _ => {}
        }
    }
    None
}
