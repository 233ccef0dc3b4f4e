//! Where in a notebook a byte lies.
//!
//! Notebooks are scanned as the JSON that they are, whole. The cell is looked up only for what was found.

use std::fmt::Write as _;

/// A byte further behind is not looked for: it takes as long as reading up to it.
const OFFSET_MAX: usize = 16 << 20;

/// Notebooks nest some ten levels deep.
const DEPTH_MAX: usize = 64;

/// What the place is inside of.
enum Frame {
    /// With the key of the value in turn.
    Object(Option<String>),
    /// With the position of the element in turn.
    List(usize),
}

/// The place of a byte of a notebook, e.g. `cells[3].source`: of a list of lines the list. `None` if `text` is no
/// notebook, or the byte is in none of its cells.
pub fn cell_at(text: &[u8], offset: usize) -> Option<String> {
    let text = text.get(..=offset.min(OFFSET_MAX))?;
    let is_object = text.trim_ascii_start().first() == Some(&b'{');
    if offset > OFFSET_MAX || !is_object {
        return None;
    }
    let mut frames = vec![];
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'"' => {
                let end = string_end(text, at);
                if let Some(Frame::Object(key @ None)) = frames.last_mut()
                    && let Some(end) = end
                {
                    *key = Some(String::from_utf8_lossy(&text[at..end]).into_owned());
                }
                match end {
                    Some(end) => at = end + 1,
                    // The byte is in it.
                    None => break,
                }
            }
            b'{' | b'[' if frames.len() >= DEPTH_MAX => return None,
            b'{' => frames.push(Frame::Object(None)),
            b'[' => frames.push(Frame::List(0)),
            b'}' | b']' => {
                frames.pop()?;
            }
            b',' => match frames.last_mut()? {
                Frame::Object(key) => *key = None,
                Frame::List(position) => *position += 1,
            },
            _ => {}
        }
    }
    path_of(&frames)
}

/// Of the quote that ends the string which begins at `start`.
fn string_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at += memchr::memchr2(b'"', b'\\', &text[at..])?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
        if at > text.len() {
            return None;
        }
    }
}

fn path_of(frames: &[Frame]) -> Option<String> {
    let [Frame::Object(Some(key)), Frame::List(cell), within @ ..] = frames else {
        return None;
    };
    if key != "cells" {
        return None;
    }
    let mut path = format!("cells[{cell}]");
    // The lines of a text are a list.
    let within = match within {
        [before @ .., Frame::List(_)] => before,
        _ => within,
    };
    for frame in within {
        match frame {
            Frame::Object(Some(key)) => {
                path.push('.');
                path.push_str(key);
            }
            Frame::Object(None) => {}
            Frame::List(position) => {
                write!(path, "[{position}]").expect("a string takes what is written");
            }
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTEBOOK: &str = r#" {"metadata": {"cells": ["mark 0"]}, "cells": [
        {"cell_type": "markdown", "source": "mark 1 \" { [ \\"},
        {"source": ["a\n", "mark 2"], "outputs": [{"text": []}, {"data": {"text/plain": ["b", "mark 3"]}}]},
        {"attachments": {}, "source": ["mark \"4\""]}, "mark 5"
    ], "nbformat": 4, "last": "mark 6"}"#;

    #[test]
    fn a_place_in_a_notebook_is_a_cell_and_what_of_it() {
        for (mark, expected) in [
            ("mark 0", None),
            ("mark 1", Some("cells[0].source")),
            ("mark 2", Some("cells[1].source")),
            ("mark 3", Some("cells[1].outputs[1].data.text/plain")),
            ("mark \\\"4", Some("cells[2].source")),
            ("mark 5", Some("cells[3]")),
            ("mark 6", None),
        ] {
            let offset = NOTEBOOK.find(mark).unwrap();
            assert_eq!(cell_at(NOTEBOOK.as_bytes(), offset).as_deref(), expected, "{mark}");
        }
    }

    #[test]
    fn what_is_no_notebook_has_no_cells() {
        let deep = "[".repeat(100);
        for text in [
            "",
            "cells[0]",
            "[1, 2]",
            "{\"text\": \"a\"}",
            "{]}]",
            "{\"cells\": 7, \"a\": 1}",
            &format!("{{\"cells\": {deep}"),
            "{\"cells\": [\"\\",
        ] {
            for offset in 0..=text.len() + 1 {
                let cell = cell_at(text.as_bytes(), offset);
                assert!(cell.is_none_or(|cell| cell.starts_with("cells[0]")), "{text} {offset}");
            }
        }
    }
}
