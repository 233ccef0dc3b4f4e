//! Calls of tools in Codex: patches, commands and scripts in the wrappings of all eras, and what
//! came of them.

use std::collections::HashSet;

use serde::Deserialize;

use crate::class::Class;
use crate::json::{JsonObject, each_string, mend_surrogates};
use crate::session::account::{LeftOut, solid_len};
use crate::session::transcript::Transcript;
use crate::tool::codex::rollout::Rollout;
use crate::tool::writers::{CallTexts, extract_any_command, extract_call};
use crate::words::draft::{Draft, Extracted};
use crate::words::javascript::calls::script_calls;
use crate::words::javascript::{own_lines, script_texts};
use crate::words::patch::{extract_diff, extract_patches, holds_patch};
use crate::words::shell::extract_command;

/// Takes what a call holds. A call met again with the same input (history that was copied) is taken
/// once.
pub(crate) fn take_call(rollout: &mut Rollout, item: &JsonObject, transcript: &mut Transcript) {
    let call_id = item.text("call_id").or_else(|| item.text("id"));
    let body = ["arguments", "input", "action"].into_iter().find_map(|name| item.get(name));
    let Some(body) = body else {
        return transcript.note_broken("a call of a tool without input");
    };
    let arguments = item.text("arguments");
    let arguments = arguments.as_deref().map(mend_surrogates);
    let json = arguments.as_deref().unwrap_or(body.get());
    let bytes = strings_len(json);
    if let Some(id) = &call_id {
        if !transcript.is_first(&["call", id, body.get()]) {
            return transcript.leave_out(LeftOut::MetBefore, bytes);
        }
        rollout.calls.insert(id.clone());
    }
    match read_call(item, arguments.as_deref(), transcript) {
        Ok(call) => transcript.account(bytes, call.rest, |transcript| {
            for extracted in call.texts {
                rollout.author_all(call_id.as_deref(), extracted, transcript);
            }
        }),
        Err(why) => transcript.note_broken(why),
    }
    // What a call replaces was learned above as read: what comes first stands.
    let _ = each_string(json, &mut |text| transcript.learn_written(text));
}

/// Bytes of all strings of an item that are no white space. The arguments of a call are a string that holds JSON, whose
/// strings count.
pub(crate) fn item_len(item: &JsonObject) -> u64 {
    let lens = item.fields().map(|(name, value)| {
        let arguments = item.text(name).filter(|_| name == "arguments");
        match arguments {
            Some(json) => strings_len(&mend_surrogates(&json)),
            None => strings_len(value.get()),
        }
    });
    lens.sum()
}

/// Bytes of all strings in `json`, or of all of it where it is none.
fn strings_len(json: &str) -> u64 {
    let mut bytes = 0;
    match each_string(json, &mut |text| bytes += solid_len(text)) {
        Ok(()) => bytes,
        Err(_) => solid_len(json),
    }
}

/// What a call holds, or why it could not be read.
fn read_call(
    item: &JsonObject,
    arguments: Option<&str>,
    transcript: &mut Transcript,
) -> Result<CallTexts, String> {
    let name = item.text("name").unwrap_or_default();
    let mut extracted = Extracted::default();
    if item.get("input").is_some() {
        let input = item
            .text("input")
            .ok_or_else(|| format!("a call of `{name}` whose input is no text"))?;
        if name == "exec" {
            return Ok(CallTexts::of(extract_script(&input, transcript), LeftOut::Command));
        }
        // A tool that takes a text alone takes code, a patch, or a command.
        extract_command(&input, &mut extracted);
        if extracted.drafts.is_empty() && !holds_patch(&input) {
            extracted.push(Draft::whole(Class::Shell, None, input));
        }
        return Ok(CallTexts::of(vec![extracted], LeftOut::Command));
    }
    if let Some(action) = item.get("action") {
        let action = JsonObject::parse(action.get())
            .map_err(|error| format!("an odd call of the shell: {error}"))?;
        if let Some(command) = action.get("command") {
            extract_any_command(command, &mut extracted);
        }
        return Ok(CallTexts::of(vec![extracted], LeftOut::Command));
    }
    let Some(json) = arguments else {
        return Err(format!("a call of `{name}` whose arguments are no text"));
    };
    // What the model itself wrote wrongly is no damage of the log.
    let Ok(call) = extract_call(&name, json) else {
        if holds_patch(json) {
            extract_patches(json, &mut extracted);
        } else if !json.trim().is_empty() {
            transcript.tally.note_unknown("arguments", &name);
        }
        return Ok(CallTexts::of(vec![extracted], LeftOut::Argument));
    };
    if call.is_unknown {
        transcript.tally.note_unknown_tool(&name, call.bytes());
    }
    Ok(call)
}

/// What a script of code mode holds: the texts that it writes by tools of servers, the patches and
/// commands among its literals, and what of its own lines calls no tool and holds no such literal.
fn extract_script(script: &str, transcript: &mut Transcript) -> Vec<Extracted> {
    let calls = script_calls(script).into_iter().filter_map(|(name, json)| {
        // Commands and patches are found among the literals, in any tool's argument.
        let call = extract_call(&name, &json).ok()?;
        if call.is_unknown {
            transcript.tally.note_unknown_tool(&name, call.bytes());
        }
        (call.rest != LeftOut::Command).then_some(call.texts)
    });
    let mut texts: Vec<Extracted> = calls.flatten().collect();
    // Before the literals, among which is what was replaced.
    for text in &texts {
        transcript.learn_read(&text.quoted);
    }
    let written = texts.iter().flat_map(|text| &text.drafts).map(|draft| draft.text.clone());
    let mut taken: HashSet<String> = written.collect();
    let mut extracted = Extracted::default();
    for text in script_texts(script) {
        let before = extracted.drafts.len();
        if !taken.contains(&text) {
            extract_command(&text, &mut extracted);
        }
        transcript.learn_written(&text);
        if extracted.drafts.len() > before {
            taken.insert(text);
        }
    }
    extracted.push(own_lines(script, &|text| holds_patch(text) || taken.contains(text)));
    texts.push(extracted);
    texts
}

/// Learns the output of a call, and whether it was applied.
pub(crate) fn take_output(item: &JsonObject, transcript: &mut Transcript) {
    /// An output before 2026: JSON within a string.
    #[derive(Deserialize)]
    struct Wrapped {
        output: String,
        metadata: Option<WrappedMetadata>,
    }
    #[derive(Deserialize)]
    struct WrappedMetadata {
        exit_code: Option<i64>,
    }

    let Some(output) = item.get("output") else {
        return transcript.note_broken("an output of a tool without its text");
    };
    let mut text = item.text("output").unwrap_or_default();
    let mut applied = None;
    if text.starts_with('{')
        && let Ok(wrapped) = serde_json::from_str::<Wrapped>(&text)
    {
        applied = wrapped.metadata.and_then(|metadata| metadata.exit_code).map(|code| code == 0);
        text = wrapped.output;
    }
    if text.is_empty() {
        transcript.learn_read_json(Some(output), "text that");
    } else {
        transcript.learn_read(&text);
    }
    if let (Some(id), Some(applied)) = (item.text("call_id"), outcome(&text).or(applied)) {
        transcript.note_applied(id, applied);
    }
}

/// What the words of an output say about success.
fn outcome(output: &str) -> Option<bool> {
    if output.contains("Success. Updated the following files") {
        return Some(true);
    }
    if output.contains("apply_patch verification failed") {
        return Some(false);
    }
    let mut first_lines = output.lines().take(6);
    let code = first_lines.find_map(|line| {
        line.strip_prefix("Exit code: ").or_else(|| line.strip_prefix("Process exited with code "))
    })?;
    Some(code.trim() == "0")
}

/// Takes the changes of a patch that no call of this file holds: what it did, as Codex saw it, in a
/// `patch_apply_end` or in the `FileChange` that has replaced it.
///
/// For a patch that was a call of its own it repeats the call, which is taken instead. For one that
/// a script applied (code mode) it is the clean source, unless the script's literals held the
/// patch.
pub(crate) fn take_changes(rollout: &mut Rollout, end: &JsonObject, transcript: &mut Transcript) {
    let call_id = end.text("call_id").or_else(|| end.text("id"));
    let status = end.text("status");
    let success = end.value("success").or(status.map(|status| status == "completed"));
    if let (Some(id), Some(success)) = (&call_id, success) {
        transcript.note_applied(id.clone(), success);
    }
    let is_repeat = call_id.as_ref().is_some_and(|id| rollout.calls.contains(id));
    let Some(changes) = end.get("changes") else {
        return transcript.note_broken("a patch was applied without changes");
    };
    let changes = match JsonObject::parse(changes.get()) {
        Ok(changes) => changes,
        Err(error) => {
            return transcript.note_broken(format_args!("odd changes of a patch: {error}"));
        }
    };
    for (path, change) in changes.fields() {
        let mut bytes = 0;
        let _ = each_string(change.get(), &mut |text| bytes += solid_len(text));
        let Ok(change) = JsonObject::parse(change.get()) else {
            transcript.note_broken("a change of a patch that is no map");
            continue;
        };
        transcript.account_all(bytes, |transcript| {
            let moved_to = change.text("move_path");
            let draft = change_draft(path, moved_to.as_deref(), &change, transcript);
            let Some(draft) = draft else { return };
            let mut paths = std::iter::once(path).chain(moved_to.as_deref());
            if is_repeat {
                transcript.leave_out(LeftOut::MetBefore, draft.solid_len());
            } else if let Some(call) =
                paths.find_map(|path| rollout.call_that_added(path, &draft.text))
            {
                transcript.tally.duplicates += 1;
                transcript.leave_out(LeftOut::MetBefore, draft.solid_len());
                // The script's own output does not say how its patch went; this does.
                if let Some(success) = success {
                    transcript.note_applied(call.to_owned(), success);
                }
            } else {
                rollout.author(call_id.as_deref(), draft, transcript);
            }
        });
    }
}

/// What a change of one file adds, if anything; what it quotes is learned.
fn change_draft(
    path: &str,
    moved_to: Option<&str>,
    change: &JsonObject,
    transcript: &mut Transcript,
) -> Option<Draft> {
    let file_path = moved_to.unwrap_or(path).to_owned();
    let text = |name| change.text(name).unwrap_or_default();
    let mut extracted = Extracted::default();
    match change.text("type").as_deref() {
        Some("add") => extracted.push(Draft::whole(Class::File, Some(file_path), text("content"))),
        Some("update") => extract_diff(&text("unified_diff"), file_path, &mut extracted),
        Some("delete") => extracted.quoted = text("content"),
        kind => transcript.tally.note_unknown("change", kind.unwrap_or_default()),
    }
    transcript.learn_quoted(&extracted.quoted);
    extracted.drafts.pop()
}
