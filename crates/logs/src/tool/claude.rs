//! Records of Claude Code: one JSON object a line, one line a content block, in every layout since
//! 1.0.
//!
//! A subagent's messages are in its own file, inline as a side chain, or mirrored in the parent as
//! `progress` records, and may be in two of these places: blocks are told apart by (message id,
//! content) and calls by their id, never by the message id alone, which several lines share.

mod calls;
mod stored_results;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::value::RawValue;

use crate::class::Class;
use crate::json::{JsonObject, each_string, list_of};
use crate::lines::LineReader;
use crate::provenance::Provenance;
use crate::session::account::{LeftOut, solid_len};
use crate::session::transcript::Transcript;
use crate::tool::interface::{Sniffed, Tool, each_record};
use crate::words::draft::{Draft, Extracted};
use crate::words::fences::extract_markdown;
use calls::take_call;
use stored_results::{is_stored_result, learn_stored_results};

/// Types of records that bear no text of the model's nor any that it was shown.
const KINDS_IGNORED: [&str; 23] = [
    "agent-name",
    "agent-setting",
    "ai-title",
    "bridge-session",
    "custom-title",
    "file-history-delta",
    "file-history-snapshot",
    "last-prompt",
    "marble-origami-commit",
    "mode",
    "permission-mode",
    "pr-link",
    "rate_limit_event",
    "result",
    "speculation-accept",
    "started",
    "stream_event",
    "summary",
    "system",
    "tag",
    "task-summary",
    "worktree-state",
    "content-replacement",
];

/// The types that bear text.
const KINDS_READ: [&str; 5] = ["assistant", "attachment", "progress", "queue-operation", "user"];

/// Kinds of progress other than a subagent's messages.
const PROGRESS_IGNORED: [&str; 9] = [
    "bash_progress",
    "hook_progress",
    "mcp_progress",
    "powershell_progress",
    "query_update",
    "search_results_received",
    "skill_progress",
    "task_progress",
    "waiting_for_task",
];

/// The model name of lines that the program itself wrote (errors of the interface).
const MODEL_SYNTHETIC: &str = "<synthetic>";

/// Claude Code, in every layout since 1.0.
pub(crate) struct ClaudeCode;

impl Tool for ClaudeCode {
    fn name(&self) -> &'static str {
        "claude-code"
    }

    fn title(&self) -> &'static str {
        "Claude Code"
    }

    fn folder(&self) -> &'static str {
        "~/.claude/projects"
    }

    fn sniff(&self, record: &JsonObject) -> Option<Sniffed> {
        let kind = record.text("type")?;
        let is_known =
            KINDS_READ.contains(&kind.as_str()) || KINDS_IGNORED.contains(&kind.as_str());
        // A payload makes it a record of Codex.
        if !is_known || record.get("payload").is_some() {
            return None;
        }
        let session_id = session_id_of(record);
        // Some types may lack the session's id, and are too odd to be another format's; so is a
        // message in a record of its own.
        let is_odd = match kind.as_str() {
            "file-history-snapshot" | "summary" | "queue-operation" => true,
            "assistant" | "user" => record.object("message").is_some_and(|message| {
                message.text("role").is_some_and(|role| role == kind) && message.has("content")
            }),
            _ => false,
        };
        (session_id.is_some() || is_odd).then_some(Sniffed { session_id })
    }

    fn is_read_with_log(&self, path: &Path) -> bool {
        is_stored_result(path)
    }

    fn read(&self, file: &mut LineReader, session_id: String, transcript: &mut Transcript) {
        each_record(file, transcript, |record, transcript| {
            read_record(&session_id, record, transcript);
        });
    }
}

fn session_id_of(record: &JsonObject) -> Option<String> {
    record.text("sessionId").or_else(|| record.text("session_id"))
}

fn read_record(session_id: &str, record: &JsonObject, transcript: &mut Transcript) {
    let Some(kind) = record.text("type") else {
        return transcript.note_broken("a record without a type");
    };
    if KINDS_IGNORED.contains(&kind.as_str()) {
        return;
    }
    let at = record.millis("timestamp");
    transcript.set_time(at);
    match kind.as_str() {
        "assistant" | "user" => {
            read_message(session_id, record, at, &kind, record.object("message"), transcript);
        }
        "attachment" => learn_text(record, "attachment", transcript),
        "queue-operation" => {
            transcript.learn_read_json(record.get("content"), "`queue-operation`");
        }
        "progress" => read_progress(session_id, record, at, transcript),
        other => transcript.tally.note_unknown("", other),
    }
}

/// A `progress` record may mirror a message of a subagent.
fn read_progress(
    session_id: &str,
    record: &JsonObject,
    at: Option<i64>,
    transcript: &mut Transcript,
) {
    let Some(data) = record.object("data") else {
        return transcript.note_broken("a `progress` record without data");
    };
    match data.text("type").as_deref() {
        Some("agent_progress") => {}
        Some(kind) if PROGRESS_IGNORED.contains(&kind) => return,
        Some(kind) => return transcript.tally.note_unknown("progress", kind),
        None => return transcript.note_broken("a `progress` record whose data has no type"),
    }
    // The first of an agent's records may bear its prompt only.
    let Some(mirrored) = data.object("message") else {
        return;
    };
    match mirrored.text("type") {
        Some(kind) if kind == "assistant" || kind == "user" => {
            read_message(session_id, record, at, &kind, mirrored.object("message"), transcript);
        }
        Some(kind) => transcript.tally.note_unknown("progress/agent_progress", &kind),
        None => transcript.note_broken("a mirrored message without a type"),
    }
}

/// A message of this kind, which stands in the record or is mirrored there.
fn read_message(
    session_id: &str,
    record: &JsonObject,
    at: Option<i64>,
    kind: &str,
    message: Option<JsonObject>,
    transcript: &mut Transcript,
) {
    let Some(message) = message else {
        return transcript.note_broken(format_args!("a record of type `{kind}` without a message"));
    };
    let Some(content) = message.get("content") else {
        return transcript.note_broken(format_args!("a message of type `{kind}` without content"));
    };
    let model = message.text("model");
    let source = Provenance {
        tool: ClaudeCode.name().to_owned(),
        model,
        session_id: session_id_of(record).unwrap_or_else(|| session_id.to_owned()),
        message_id: message.text("id"),
        authored_at: at,
        cwd: record.text("cwd"),
        ..Provenance::default()
    };
    if kind == "user" {
        return read_shown(&source, record, content, transcript);
    }
    if source.model.as_deref() == Some(MODEL_SYNTHETIC) {
        return;
    }
    let numbered = numbered_content(&message);
    let content = numbered.as_deref().unwrap_or(content);
    // A message without an id is as unique as its line.
    let message_key = source.message_id.clone().or_else(|| record.text("uuid"));
    read_written(&source, message_key.as_deref(), content, transcript);
}

/// The content that a program has spread over the message by mistake, under `0`, `1` and so on: the
/// blocks, or the characters of a text.
fn numbered_content(message: &JsonObject) -> Option<Box<RawValue>> {
    let numbered =
        message.fields().filter_map(|(name, value)| Some((name.parse().ok()?, value.get())));
    let numbered: BTreeMap<usize, &str> = numbered.collect();
    numbered.get(&0)?;
    let list = format!("[{}]", numbered.into_values().collect::<Vec<_>>().join(","));
    let json = match serde_json::from_str::<Vec<String>>(&list) {
        Ok(characters) => serde_json::Value::from(characters.concat()).to_string(),
        Err(_) => list,
    };
    RawValue::from_string(json).ok()
}

/// The assistant's content: a string, or blocks.
fn read_written(
    source: &Provenance,
    message_key: Option<&str>,
    content: &RawValue,
    transcript: &mut Transcript,
) {
    if let Ok(text) = serde_json::from_str::<String>(content.get()) {
        return transcript.account_all(solid_len(&text), |transcript| {
            read_text(source, message_key, &text, transcript);
        });
    }
    let Some(blocks) = blocks_of(content, transcript) else { return };
    for block in blocks {
        // What a search on the model's behalf found is none of its own.
        if block.text("type").as_deref() == Some("web_search_tool_result") {
            continue;
        }
        let mut bytes = 0;
        for (_, value) in block.fields() {
            let _ = each_string(value.get(), &mut |text| bytes += solid_len(text));
        }
        transcript.account_all(bytes, |transcript| {
            read_block(source, message_key, &block, transcript);
        });
    }
}

/// One block of what the assistant wrote.
fn read_block(
    source: &Provenance,
    message_key: Option<&str>,
    block: &JsonObject,
    transcript: &mut Transcript,
) {
    match block.text("type").as_deref() {
        Some("text") => match block.text("text") {
            Some(text) => read_text(source, message_key, &text, transcript),
            None => transcript.note_broken("a text block without text"),
        },
        Some("tool_use" | "server_tool_use") => {
            take_call(source, message_key, block, transcript);
        }
        Some("thinking") => {
            if let Some(signature) = block.text("signature") {
                transcript.leave_out(LeftOut::Encrypted, solid_len(&signature));
            }
            if let Some(text) = block.text("thinking") {
                read_reasoning(source, message_key, text, transcript);
            }
        }
        Some("redacted_thinking") => {
            let data = block.text("data").unwrap_or_default();
            transcript.leave_out(LeftOut::Encrypted, solid_len(&data));
        }
        Some("fallback") => {}
        Some(kind) => transcript.tally.note_unknown("assistant", kind),
        None => transcript.note_broken("a content block without a type"),
    }
}

/// What the model thought, where the log holds it in the clear.
fn read_reasoning(
    source: &Provenance,
    message_key: Option<&str>,
    text: String,
    transcript: &mut Transcript,
) {
    if message_key.is_none_or(|key| transcript.is_first(&["thinking", key, &text])) {
        transcript.author(source, Draft::whole(Class::Reasoning, None, text));
    } else {
        transcript.leave_out(LeftOut::MetBefore, solid_len(&text));
    }
}

/// The assistant's text: fences, and the prose around them.
fn read_text(
    source: &Provenance,
    message_key: Option<&str>,
    text: &str,
    transcript: &mut Transcript,
) {
    if message_key.is_none_or(|key| transcript.is_first(&["text", key, text])) {
        let mut extracted = Extracted::default();
        extract_markdown(text, &mut extracted);
        transcript.author_all(source, extracted);
        transcript.learn_written(text);
    } else {
        transcript.leave_out(LeftOut::MetBefore, solid_len(text));
    }
}

/// What the model was shown: the person's text, results of tools, a summary of what was compacted.
///
/// The summary and a subagent's report are the model's own words, but quote; being learned as read
/// they cannot take away what the model wrote before.
fn read_shown(
    source: &Provenance,
    record: &JsonObject,
    content: &RawValue,
    transcript: &mut Transcript,
) {
    let failed = record.text("toolUseResult").is_some_and(|text| text.starts_with("Error"));
    // The plan of an earlier session, which the person only handed over. The model wrote it before
    // the message repeats it.
    if let Some(plan) = record.text("planContent") {
        transcript.account_all(solid_len(&plan), |transcript| {
            if transcript.is_first(&["plan", &plan]) {
                let draft = Draft::whole(Class::Plan, None, plan.clone());
                transcript.author(source, draft);
                transcript.learn_written(&plan);
            } else {
                transcript.leave_out(LeftOut::MetBefore, solid_len(&plan));
            }
        });
    }
    if let Ok(text) = serde_json::from_str::<String>(content.get()) {
        transcript.learn_read(&text);
    } else {
        let Some(blocks) = blocks_of(content, transcript) else { return };
        for block in blocks {
            match block.text("type").as_deref() {
                Some("text") => learn_text(&block, "text", transcript),
                Some("tool_result") => {
                    transcript.learn_read_json(block.get("content"), "`tool_result`");
                    learn_stored_results(block.get("content"), &source.session_id, transcript);
                    let failed = failed || block.value("is_error").unwrap_or(false);
                    if let Some(id) = block.text("tool_use_id") {
                        transcript.note_applied(id, !failed);
                    }
                }
                Some("image" | "document" | "search_result") => {}
                Some(kind) => transcript.tally.note_unknown("user", kind),
                None => transcript.note_broken("a content block without a type"),
            }
        }
    }
    // Results that are a string or a list repeat the block; of a map, only what the block may have
    // cut is of interest.
    if let Some(result) = record.object("toolUseResult") {
        for part in ["file", "originalFile", "stdout", "stderr"] {
            transcript.learn_read_json(result.get(part), "`toolUseResult`");
        }
    }
}

/// The blocks of a content that is no string; `None` where it is no list of blocks either.
fn blocks_of<'a>(
    content: &'a RawValue,
    transcript: &mut Transcript,
) -> Option<Vec<JsonObject<'a>>> {
    list_of(content.get())
        .inspect_err(|error| {
            transcript.note_broken(format_args!("content that is no list of blocks: {error}"));
        })
        .ok()
}

/// The text of a record or block whose type is also the name of the field that holds it.
fn learn_text(holder: &JsonObject, kind: &str, transcript: &mut Transcript) {
    let text = holder.get(kind);
    if text.is_none() {
        transcript.note_broken(format_args!("a record or block of type `{kind}` without its text"));
    }
    transcript.learn_read_json(text, format_args!("`{kind}`"));
}
