//! Finds the text fields of a shard by looking at its first records.

use crate::jsonl::with_picked;
use crate::pick::gather_keys;
use crate::plan::Plan;
use crate::repair::replace_bad_bytes;
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

/// What the first records say.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    /// The fields to scan; `None`: no record has any of those wanted, or known.
    pub(crate) fields: Option<Vec<FieldPath>>,
    pub(crate) lines_seen: usize,
    /// Of those, JSON objects.
    pub(crate) objects_seen: usize,
}

/// Looks at up to [`RECORDS_MAX`] lines. Fields that are `wanted` are taken if one record has one of them.
pub(crate) fn choose_fields<'l>(
    lines: impl Iterator<Item = &'l [u8]>,
    wanted: &[FieldPath],
) -> Choice {
    let candidates: Vec<(usize, FieldPath)> = CANDIDATES
        .iter()
        .enumerate()
        .flat_map(|(entry, paths)| {
            fields_of(paths)
                .into_iter()
                .map(move |field| (entry, field))
        })
        .collect();
    let plan = Plan::new(if wanted.is_empty() {
        candidates.iter().map(|(_, field)| field.clone()).collect()
    } else {
        wanted.to_vec()
    });

    let mut choice = Choice::default();
    let mut wanted_seen = false;
    let mut entry_best = None;
    for line in lines.take(RECORDS_MAX) {
        choice.lines_seen += 1;
        with_picked(&plan, line, |picked| {
            let Some((picked, _)) = picked else { return };
            choice.objects_seen += usize::from(picked.is_object);
            wanted_seen |= picked.present;
            // Texts are in the order of the plan, so the first has the best entry.
            let entry = picked.texts.first().map(|&(place, _)| place);
            entry_best = entry_best.into_iter().chain(entry).min();
        });
    }
    choice.fields = if wanted.is_empty() {
        entry_best.map(|place| fields_of(CANDIDATES[candidates[place].0]))
    } else {
        wanted_seen.then(|| wanted.to_vec())
    };
    choice
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
    let fields_wanted = wanted
        .iter()
        .map(|field| field.as_str().to_owned())
        .collect();
    ShardError::NoTextField {
        path: path.to_owned(),
        fields_wanted,
        keys_seen,
        records_seen,
    }
}
