//! `patch_apply_end`: what a patch did, as Codex saw it.
//!
//! For a patch that was a call of its own it repeats the call, which is taken instead. For one that a script applied
//! (code mode) it is the clean source, unless the script's literals held the patch.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::authored::Kind;
use crate::codex::CodexReader;
use crate::gather::{Draft, Gather};
use crate::json::{FewPairs, loose, text_of};
use crate::patch::parse_diff;
use crate::runs::Runs;

/// The end of a patch.
#[derive(Deserialize)]
pub(crate) struct PatchEnd<'a> {
    #[serde(borrow)]
    call_id: Option<&'a RawValue>,
    #[serde(borrow)]
    success: Option<&'a RawValue>,
    #[serde(borrow)]
    changes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    unified_diff: Option<&'a RawValue>,
    #[serde(borrow)]
    move_path: Option<&'a RawValue>,
}

/// Takes the changes that no call of this file holds.
pub(crate) fn take_changes(reader: &mut CodexReader, end: &PatchEnd, gather: &mut Gather) {
    let call_id = text_of(end.call_id);
    if let (Some(id), Some(success)) = (&call_id, loose(end.success)) {
        gather.note_applied(id.clone(), success);
    }
    let is_repeat = call_id.as_ref().is_some_and(|id| reader.calls.contains(id));
    let Some(changes) = end.changes else {
        return gather.note_broken("a `patch_apply_end` without changes");
    };
    let changes: FewPairs = match serde_json::from_str(changes.get()) {
        Ok(changes) => changes,
        Err(error) => return gather.note_broken(format_args!("odd changes of a patch: {error}")),
    };
    for (path, change) in changes.0 {
        let Some(change) = loose::<Change>(Some(change)) else {
            gather.note_broken("a change of a patch that is no map");
            continue;
        };
        let (kind, runs) = match text_of(change.kind).as_deref() {
            Some("add") => (Kind::File, Runs::whole(text_of(change.content).unwrap_or_default())),
            Some("update") => {
                let (added, quoted) = parse_diff(&text_of(change.unified_diff).unwrap_or_default());
                gather.learn_read(&quoted);
                (Kind::Patch, added)
            }
            Some("delete") => {
                gather.learn_read(&text_of(change.content).unwrap_or_default());
                continue;
            }
            kind => {
                gather.tally.note_unknown("change", kind.unwrap_or_default());
                continue;
            }
        };
        let moved_to = text_of(change.move_path);
        if is_repeat || runs.is_empty() {
            continue;
        }
        let held = [Some(&path), moved_to.as_ref()]
            .into_iter()
            .flatten()
            .find_map(|path| reader.call_that_added(path, &runs.text));
        if let Some(call) = held {
            gather.tally.duplicates += 1;
            // The script's own output does not say how its patch went; this does.
            if let Some(success) = loose(end.success) {
                gather.note_applied(call.to_owned(), success);
            }
            continue;
        }
        let file_path = Some(moved_to.unwrap_or(path));
        reader.author(vec![Draft { kind, runs, file_path, call_id: call_id.clone() }], gather);
    }
}
