//! Calls of tools in Codex: patches, commands and scripts in the wrappings of all eras, and what
//! came of them.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::class::Class;
use crate::json::{JsonObject, each_string, list_of, mend_surrogates};
use crate::session::transcript::Transcript;
use crate::tool::codex::rollout::Rollout;
use crate::tool::writers::rule_of;
use crate::words::draft::{Draft, Extracted};
use crate::words::javascript::calls::script_calls;
use crate::words::javascript::script_texts;
use crate::words::patch::{extract_diff, extract_patches, holds_patch};
use crate::words::powershell::written_texts;
use crate::words::shell::{extract_command, extract_words};

/// Takes what a call holds. A call met again with the same input (history that was copied) is taken
/// once.
pub(crate) fn take_call(rollout: &mut Rollout, item: &JsonObject, transcript: &mut Transcript) {
    let call_id = item.text("call_id").or_else(|| item.text("id"));
    let body = ["arguments", "input", "action"].into_iter().find_map(|name| item.get(name));
    let Some(body) = body else {
        return transcript.note_broken("a call of a tool without input");
    };
    if let Some(id) = &call_id {
        if !transcript.is_first(&["call", id, body.get()]) {
            return;
        }
        rollout.calls.insert(id.clone());
    }
    match extract_call(item, transcript) {
        Ok(texts) => {
            for extracted in texts {
                rollout.author_all(call_id.as_deref(), extracted, transcript);
            }
        }
        Err(why) => transcript.note_broken(why),
    }
}

/// What a call holds, or why it could not be read.
fn extract_call(item: &JsonObject, transcript: &mut Transcript) -> Result<Vec<Extracted>, String> {
    let name = item.text("name").unwrap_or_default();
    let mut extracted = Extracted::default();
    if item.get("input").is_some() {
        let input = item
            .text("input")
            .ok_or_else(|| format!("a call of `{name}` whose input is no text"))?;
        if name == "exec" {
            return Ok(extract_script(&input, transcript));
        }
        extract_command(&input, &mut extracted);
        transcript.learn_written(&input);
        return Ok(vec![extracted]);
    }
    if let Some(action) = item.get("action") {
        let action = JsonObject::parse(action.get())
            .map_err(|error| format!("an odd call of the shell: {error}"))?;
        extract_shell_call(action.get("command"), &mut extracted);
        return Ok(vec![extracted]);
    }
    // A list of arguments is a string that holds JSON. What the model itself wrote wrongly is no
    // damage of the log.
    let Some(json) = item.text("arguments") else {
        return Err(format!("a call of `{name}` whose arguments are no text"));
    };
    let json = mend_surrogates(&json);
    let Ok(arguments) = JsonObject::parse(&json) else {
        if holds_patch(&json) {
            extract_patches(&json, &mut extracted);
        } else if !json.trim().is_empty() {
            transcript.tally.note_unknown("arguments", &name);
        }
        return Ok(vec![extracted]);
    };
    if let Some(rule) = rule_of(&name).filter(|rule| !rule.is_command() && !rule.is_prose()) {
        return Ok(rule.extract(&arguments).into_iter().flatten().collect());
    }
    extract_shell_call(arguments.get("cmd").or(arguments.get("command")), &mut extracted);
    for patch in ["input", "patch"].into_iter().filter_map(|name| arguments.text(name)) {
        extract_patches(&patch, &mut extracted);
    }
    // Prompts, plans, keys typed into a terminal: the model's words, not indexed.
    let _ = each_string(&json, &mut |text| transcript.learn_written(text));
    Ok(vec![extracted])
}

/// What a script of code mode holds: the texts that it writes by tools of servers, and the patches
/// and commands among its literals.
fn extract_script(script: &str, transcript: &mut Transcript) -> Vec<Extracted> {
    let writes = script_calls(script).into_iter().filter_map(|(name, json)| {
        let rule = rule_of(&name).filter(|rule| !rule.is_command() && !rule.is_prose())?;
        Some(rule.extract(&JsonObject::parse(&json).ok()?))
    });
    let mut texts: Vec<Extracted> = writes.flatten().flatten().collect();
    // Before the literals, among which is what was replaced.
    for text in &texts {
        transcript.learn_read(&text.quoted);
    }
    let mut extracted = Extracted::default();
    for text in script_texts(script) {
        if holds_patch(&text) || text.contains("<<") || !written_texts(&text).is_empty() {
            extract_command(&text, &mut extracted);
        }
        transcript.learn_written(&text);
    }
    texts.push(extracted);
    texts
}

/// Extracts a command that is one string, or a list of words: `["apply_patch", PATCH]`, `["bash",
/// "-lc", SCRIPT]`, `["powershell.exe", "-NoProfile", "-Command", SCRIPT]`, or a program with a patch
/// among its arguments.
fn extract_shell_call(command: Option<&RawValue>, extracted: &mut Extracted) {
    let Some(command) = command else { return };
    if let Ok(script) = serde_json::from_str::<String>(command.get()) {
        return extract_command(&script, extracted);
    }
    extract_words(list_of(command.get()).unwrap_or_default(), extracted);
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
        let Ok(change) = JsonObject::parse(change.get()) else {
            transcript.note_broken("a change of a patch that is no map");
            continue;
        };
        let moved_to = change.text("move_path");
        let Some(draft) = change_draft(path, moved_to.as_deref(), &change, transcript) else {
            continue;
        };
        if is_repeat {
            continue;
        }
        let mut paths = std::iter::once(path).chain(moved_to.as_deref());
        if let Some(call) = paths.find_map(|path| rollout.call_that_added(path, &draft.text)) {
            transcript.tally.duplicates += 1;
            // The script's own output does not say how its patch went; this does.
            if let Some(success) = success {
                transcript.note_applied(call.to_owned(), success);
            }
            continue;
        }
        rollout.author(call_id.as_deref(), draft, transcript);
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
    transcript.learn_read(&extracted.quoted);
    extracted.drafts.pop()
}
