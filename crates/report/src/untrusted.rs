//! Text of records and logs, made harmless for a terminal.

use std::fmt::{self, Write as _};

/// Shows text that a stranger wrote: what a terminal would obey is written as `\u{1b}`, never sent.
///
/// Line ends are escaped too, so that the text stays on one line and cannot pose as another one.
#[derive(Clone, Copy, Debug)]
pub struct Untrusted<'a>(pub &'a str);

impl fmt::Display for Untrusted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if is_obeyed(c) {
                write!(f, "{}", c.escape_default())?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

/// Whether a terminal or a text renderer acts on `c` instead of showing it: control characters of ASCII and of
/// Latin 1 (among them ESC and CSI), line and paragraph separators, everything that turns the direction of the text
/// around, and characters that show nothing and so can hide words from a reader.
///
/// The joiners U+200C and U+200D are not among them: Persian, Hindi and emoji need them.
pub fn is_obeyed(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}
