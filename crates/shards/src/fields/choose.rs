//! Finds the text fields of a shard by looking at its first records.

use crate::fields::pick::{Picked, gather_keys, with_picked};
use crate::fields::repair::replace_bad_bytes;
use crate::fields::tree::FieldTree;
use crate::{FieldPath, ShardError};

/// Where corpora keep their text, the likeliest first. The first entry of which some record has a string is taken, with
/// all its fields.
pub(crate) const CANDIDATES: [&[&str]; 10] = [
    &["text"],
    &["content"],
    &["raw_content"],
    &["code"],
    &["messages[].content", "messages[].content[].text"],
    &["conversations[].value"],
    &["conversation[].human", "conversation[].assistant"],
    &["old_contents", "new_contents"],
    &["instruction", "input", "output"],
    &["prompt", "completion", "response"],
];

/// Records looked at.
pub(crate) const RECORDS_MAX: usize = 256;

/// Keys named in an error.
pub(crate) const KEYS_MAX: usize = 16;

/// The fields of one entry of [`CANDIDATES`].
pub(crate) fn fields_of(entry: &[&str]) -> Vec<FieldPath> {
    entry
        .iter()
        .map(|path| FieldPath::parse(path).expect("candidates are well-formed paths"))
        .collect()
}

/// Looks at up to [`RECORDS_MAX`] lines, and at no more than it takes to choose the fields if it is `certain` that lines
/// are what it is: a small shard is not parsed twice. Fields that are `wanted` are taken if one record has one of them.
pub(crate) fn choose_fields<'l, 'w>(
    lines: impl Iterator<Item = &'l [u8]>,
    wanted: &'w [FieldPath],
    certain: bool,
) -> Chooser<'w> {
    let (tree, mut chooser) = Chooser::new(wanted);
    for line in lines.take(RECORDS_MAX) {
        with_picked(&tree, line, |picked| {
            chooser.look_at(picked.map(|(picked, _)| picked).as_ref());
        });
        if certain && chooser.is_settled() {
            break;
        }
    }
    chooser
}

/// Chooses by what the first records gave of all fields that may be chosen.
pub(crate) struct Chooser<'w> {
    wanted: &'w [FieldPath],
    pub(crate) lines_seen: usize,
    /// Of those, JSON objects.
    pub(crate) objects_seen: usize,
    wanted_seen: bool,
    /// The best entry of [`CANDIDATES`] that some record has.
    entry_best: Option<usize>,
}

impl<'w> Chooser<'w> {
    /// With the tree to pick by.
    pub(crate) fn new(wanted: &'w [FieldPath]) -> (FieldTree, Self) {
        let tree =
            if wanted.is_empty() { candidates_tree() } else { FieldTree::new(wanted.to_vec()) };
        let chooser =
            Self { wanted, lines_seen: 0, objects_seen: 0, wanted_seen: false, entry_best: None };
        (tree, chooser)
    }

    /// Takes what one record gave; `None` if it was none.
    pub(crate) fn look_at(&mut self, picked: Option<&Picked<'_>>) {
        self.lines_seen += 1;
        let Some(picked) = picked else { return };
        self.objects_seen += usize::from(picked.is_object);
        self.wanted_seen |= picked.present;
        // Texts are in the order of the tree, so the first has the best entry.
        let entry = picked.texts.first().map(|&(place, _)| entry_of(place));
        self.entry_best = self.entry_best.into_iter().chain(entry).min();
    }

    /// Whether no further record can change the fields.
    fn is_settled(&self) -> bool {
        if self.wanted.is_empty() { self.entry_best == Some(0) } else { self.wanted_seen }
    }

    /// The fields to scan; `None`: no record has any of those that are wanted, or known.
    pub(crate) fn fields(&self) -> Option<Vec<FieldPath>> {
        if self.wanted.is_empty() {
            self.entry_best.map(|entry| fields_of(CANDIDATES[entry]))
        } else {
            self.wanted_seen.then(|| self.wanted.to_vec())
        }
    }
}

/// All fields of [`CANDIDATES`], in order.
pub(crate) fn candidates_tree() -> FieldTree {
    FieldTree::new(any_fields(&[]))
}

/// The entry of [`CANDIDATES`] that a field of [`candidates_tree`] is of.
pub(crate) fn entry_of(place: usize) -> usize {
    let mut fields_end = 0;
    CANDIDATES
        .iter()
        .position(|entry| {
            fields_end += entry.len();
            place < fields_end
        })
        .expect("the place is one of a candidate")
}

/// For a shard whose first records are all too long to be looked at: those that are wanted, or all that are known.
pub(crate) fn any_fields(wanted: &[FieldPath]) -> Vec<FieldPath> {
    if wanted.is_empty() {
        CANDIDATES.iter().copied().flat_map(fields_of).collect()
    } else {
        wanted.to_vec()
    }
}

/// The fields of the first records that hold text and are none of those that are wanted; none where nothing is left out.
pub(crate) fn other_fields<'l>(
    lines: impl Iterator<Item = &'l [u8]>,
    wanted: &[FieldPath],
) -> Vec<FieldPath> {
    let mut others: Vec<FieldPath> = vec![];
    if wanted.is_empty() {
        return others;
    }
    let tree = FieldTree::of_all(wanted.to_vec());
    for line in lines.take(RECORDS_MAX) {
        with_picked(&tree, line, |picked| {
            let texts = picked.into_iter().flat_map(|(picked, _)| picked.texts);
            for (_, text) in texts.filter(|(place, _)| *place == wanted.len()) {
                let field = FieldPath::parse(&without_positions(&text.field));
                others.extend(field.ok().filter(|field| !others.contains(field)));
            }
        });
        if others.len() > KEYS_MAX {
            break;
        }
    }
    others
}

/// `messages[3].content` as `messages[].content`.
fn without_positions(field: &str) -> String {
    let mut path = String::with_capacity(field.len());
    let mut is_in_brackets = false;
    for c in field.chars() {
        is_in_brackets &= c != ']';
        if !is_in_brackets || !c.is_ascii_digit() {
            path.push(c);
        }
        // A bracket of a key stands behind a backslash.
        is_in_brackets |= c == '[' && !path.ends_with("\\[");
    }
    path
}

/// The error for a shard whose first records have no text field.
pub(crate) fn no_text_field<'l>(
    path: &std::path::Path,
    lines: impl Iterator<Item = &'l [u8]>,
    wanted: &[FieldPath],
) -> ShardError {
    let mut keys_seen = vec![];
    let mut records_seen = 0;
    for line in lines.take(RECORDS_MAX) {
        records_seen += 1;
        gather_keys(&replace_bad_bytes(line), &mut keys_seen, KEYS_MAX);
    }
    let fields_wanted = wanted.iter().map(|field| field.as_str().to_owned()).collect();
    ShardError::NoTextField { path: path.to_owned(), fields_wanted, keys_seen, records_seen }
}
