//! Paths to the texts of a record.

use std::fmt::Write as _;

/// Deeper paths are refused: each step costs a stack frame while a record is read.
const STEPS_MAX: usize = 32;

/// Where the text lies in a record, e.g. `text`, `metadata.body`, `messages[].content`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath {
    text: String,
    // Invariant: begins with a key, and holds 1 to STEPS_MAX steps.
    steps: Vec<Step>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Step {
    /// The value of a key.
    Key(String),
    /// Every element of a list.
    Each,
}

impl FieldPath {
    /// Parses a dotted path with `[]` for "every element". A backslash before `.`, `[` or `\` makes it part of the key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut steps = vec![];
        let mut rest = text;
        loop {
            let (key, after) = split_key(rest);
            if key.is_empty() {
                return Err(format!(
                    "field path `{text}` has an empty key; write it like `messages[].content`"
                ));
            }
            steps.push(Step::Key(key));
            rest = after;
            while let Some(after) = rest.strip_prefix("[]") {
                steps.push(Step::Each);
                rest = after;
            }
            if rest.is_empty() {
                break;
            }
            rest = rest.strip_prefix('.').ok_or_else(|| {
                format!("field path `{text}` has `{rest}` where `.` or `[]` must follow; a single position cannot be named")
            })?;
        }
        if steps.len() > STEPS_MAX {
            return Err(format!(
                "field path `{text}` has {} steps; at most {STEPS_MAX} are read",
                steps.len()
            ));
        }
        Ok(Self { text: text.to_owned(), steps })
    }

    /// The path of these steps, written out.
    pub(crate) fn from_steps(steps: &[Step]) -> Self {
        let mut text = String::new();
        for step in steps {
            match step {
                Step::Each => text.push_str("[]"),
                Step::Key(key) => push_key(&mut text, key),
            }
        }
        Self { text, steps: steps.to_vec() }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The path with a position in each `[]`, in order; positions left over are those of a list that the path ends at.
    pub(crate) fn label(&self, positions: &[usize]) -> String {
        let mut label = String::with_capacity(self.text.len() + 8 * positions.len());
        let mut positions = positions.iter();
        for step in &self.steps {
            match step {
                Step::Key(key) => push_key(&mut label, key),
                Step::Each => push_position(&mut label, positions.next()),
            }
        }
        for position in positions {
            push_position(&mut label, Some(position));
        }
        label
    }
}

impl std::fmt::Display for FieldPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

fn push_position(label: &mut String, position: Option<&usize>) {
    match position {
        Some(position) => write!(label, "[{position}]").expect("a string takes what is written"),
        None => label.push_str("[]"),
    }
}

fn push_key(label: &mut String, key: &str) {
    if !label.is_empty() {
        label.push('.');
    }
    for c in key.chars() {
        if matches!(c, '.' | '[' | '\\') {
            label.push('\\');
        }
        label.push(c);
    }
}

/// The key that `text` begins with, unescaped, and what follows it.
fn split_key(text: &str) -> (String, &str) {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((offset, c)) = chars.next() {
        match c {
            '.' | '[' => return (key, &text[offset..]),
            '\\' => key.push(chars.next().map_or('\\', |(_, escaped)| escaped)),
            _ => key.push(c),
        }
    }
    (key, "")
}
