//! Records of Claude Code: one JSON object a line, one line a content block, in every layout since 1.0.
//!
//! A subagent's messages are in its own file, inline as a side chain, or mirrored in the parent as `progress` records,
//! and may be in two of these places: blocks are told apart by (message id, content) and calls by their id, never by
//! the message id alone, which several lines share.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::authored::Tool;
use crate::claude_calls;
use crate::gather::{Gather, key_of, millis_of};
use crate::json::{Few, each_string, loose, text_of};
use crate::provenance::Provenance;

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

pub(crate) fn is_record_kind(kind: &str) -> bool {
    KINDS_READ.contains(&kind) || KINDS_IGNORED.contains(&kind)
}

/// Types whose records may lack the session's id and are too odd to be another format's.
pub(crate) fn stands_without_session(kind: &str) -> bool {
    matches!(kind, "file-history-snapshot" | "summary" | "queue-operation")
}

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    cwd: Option<&'a RawValue>,
    #[serde(borrow, rename = "sessionId")]
    session_id_camel: Option<&'a RawValue>,
    #[serde(borrow)]
    session_id: Option<&'a RawValue>,
    #[serde(borrow)]
    uuid: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow, rename = "toolUseResult")]
    tool_use_result: Option<&'a RawValue>,
    #[serde(borrow)]
    attachment: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

/// What a `progress` record holds.
#[derive(Deserialize)]
struct Progress<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

/// A message within a `progress` record.
#[derive(Deserialize)]
struct Mirrored<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    model: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

/// A block of a message's content, of any type.
#[derive(Deserialize)]
pub(crate) struct Block<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) name: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) input: Option<&'a RawValue>,
    #[serde(borrow)]
    tool_use_id: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    is_error: Option<&'a RawValue>,
}

/// The parts of a tool's result that the conversation may not hold in full.
#[derive(Deserialize)]
struct ToolResult<'a> {
    #[serde(borrow)]
    file: Option<&'a RawValue>,
    #[serde(borrow, rename = "originalFile")]
    original_file: Option<&'a RawValue>,
    #[serde(borrow)]
    stdout: Option<&'a RawValue>,
    #[serde(borrow)]
    stderr: Option<&'a RawValue>,
}

/// Reads the records of one file.
pub(crate) struct ClaudeReader {
    session_id: String,
}

impl ClaudeReader {
    /// `session_id` stands for records that name none.
    pub(crate) fn new(session_id: String) -> Self {
        Self { session_id }
    }

    pub(crate) fn read_line(&self, line: &str, gather: &mut Gather) {
        let record: Record = match serde_json::from_str(line) {
            Ok(record) => record,
            Err(error) => return gather.note_broken(format_args!("not a JSON record: {error}")),
        };
        let Some(kind) = text_of(record.kind) else {
            return gather.note_broken("a record without a type");
        };
        if KINDS_IGNORED.contains(&kind.as_str()) {
            return;
        }
        let at = text_of(record.timestamp).and_then(|time| millis_of(&time));
        gather.set_time(at);
        match kind.as_str() {
            "assistant" | "user" => self.read_message(&record, &kind, record.message, at, gather),
            "attachment" => learn_strings(record.attachment, "attachment", gather),
            "queue-operation" => learn_optional(record.content, "queue-operation", gather),
            "progress" => self.read_progress(&record, at, gather),
            other => gather.tally.note_unknown("", other),
        }
    }

    fn read_progress(&self, record: &Record, at: Option<i64>, gather: &mut Gather) {
        let Some(progress) = loose::<Progress>(record.data) else {
            return gather.note_broken("a `progress` record without data");
        };
        match text_of(progress.kind).as_deref() {
            Some("agent_progress") => {}
            Some(kind) if PROGRESS_IGNORED.contains(&kind) => return,
            Some(kind) => return gather.tally.note_unknown("progress", kind),
            None => return gather.note_broken("a `progress` record whose data has no type"),
        }
        // The first of an agent's records may bear its prompt only.
        let Some(mirrored) = loose::<Mirrored>(progress.message) else {
            return;
        };
        match text_of(mirrored.kind) {
            Some(kind) if kind == "assistant" || kind == "user" => {
                self.read_message(record, &kind, mirrored.message, at, gather);
            }
            Some(kind) => gather.tally.note_unknown("progress/agent_progress", &kind),
            None => gather.note_broken("a mirrored message without a type"),
        }
    }

    fn read_message(
        &self,
        record: &Record,
        kind: &str,
        message: Option<&RawValue>,
        at: Option<i64>,
        gather: &mut Gather,
    ) {
        let Some(message) = loose::<Message>(message) else {
            return gather.note_broken(format_args!("a record of type `{kind}` without a message"));
        };
        let Some(content) = message.content else {
            return gather.note_broken(format_args!("a message of type `{kind}` without content"));
        };
        if kind == "user" {
            return read_shown(record, content, gather);
        }
        let model = text_of(message.model);
        if model.as_deref() == Some(MODEL_SYNTHETIC) {
            return;
        }
        let source = Provenance {
            tool: Tool::ClaudeCode.name().to_owned(),
            model,
            session_id: text_of(record.session_id_camel)
                .or_else(|| text_of(record.session_id))
                .unwrap_or_else(|| self.session_id.clone()),
            message_id: text_of(message.id),
            authored_at: at,
            cwd: text_of(record.cwd),
            ..Provenance::default()
        };
        // A message without an id is as unique as its line.
        let message_key = source.message_id.clone().or_else(|| text_of(record.uuid));
        read_written(&source, message_key.as_deref(), content, gather);
    }
}

/// The assistant's content: a string, or blocks.
fn read_written(
    source: &Provenance,
    message_key: Option<&str>,
    content: &RawValue,
    gather: &mut Gather,
) {
    if let Ok(text) = serde_json::from_str::<String>(content.get()) {
        if message_key.is_none_or(|key| gather.is_first(key_of(&["text", key, &text]))) {
            claude_calls::take_text(source, &text, gather);
        }
        return;
    }
    let blocks = match serde_json::from_str::<Few<Block>>(content.get()) {
        Ok(blocks) => blocks.0,
        Err(error) => {
            return gather.note_broken(format_args!("content that is no list of blocks: {error}"));
        }
    };
    for block in blocks {
        match text_of(block.kind).as_deref() {
            Some("text") => {
                let Some(text) = text_of(block.text) else {
                    gather.note_broken("a text block without text");
                    continue;
                };
                if message_key.is_none_or(|key| gather.is_first(key_of(&["text", key, &text]))) {
                    claude_calls::take_text(source, &text, gather);
                }
            }
            Some("tool_use") => claude_calls::take_call(source, message_key, &block, gather),
            Some(
                "thinking"
                | "redacted_thinking"
                | "server_tool_use"
                | "web_search_tool_result"
                | "fallback",
            ) => {}
            Some(kind) => gather.tally.note_unknown("assistant", kind),
            None => gather.note_broken("a content block without a type"),
        }
    }
}

/// What the model was shown: the person's text, results of tools, a summary of what was compacted.
///
/// The summary and a subagent's report are the model's own words, but quote; being learned as read they cannot take
/// away what the model wrote before.
fn read_shown(record: &Record, content: &RawValue, gather: &mut Gather) {
    let failed =
        loose::<String>(record.tool_use_result).is_some_and(|text| text.starts_with("Error"));
    if let Ok(text) = serde_json::from_str::<String>(content.get()) {
        gather.learn_read(&text);
    } else {
        let blocks = match serde_json::from_str::<Few<Block>>(content.get()) {
            Ok(blocks) => blocks.0,
            Err(error) => {
                return gather
                    .note_broken(format_args!("content that is no list of blocks: {error}"));
            }
        };
        for block in blocks {
            match text_of(block.kind).as_deref() {
                Some("text") => learn_strings(block.text, "text", gather),
                Some("tool_result") => {
                    learn_optional(block.content, "tool_result", gather);
                    let failed = failed || loose(block.is_error).unwrap_or(false);
                    if let Some(id) = text_of(block.tool_use_id) {
                        gather.note_applied(id, !failed);
                    }
                }
                Some("image" | "document" | "search_result") => {}
                Some(kind) => gather.tally.note_unknown("user", kind),
                None => gather.note_broken("a content block without a type"),
            }
        }
    }
    // Results that are a string or a list repeat the block; of a map, only what the block may have cut is of interest.
    if let Some(result) =
        loose::<ToolResult>(record.tool_use_result.filter(|raw| raw.get().starts_with('{')))
    {
        for part in [result.file, result.original_file, result.stdout, result.stderr] {
            learn_optional(part, "toolUseResult", gather);
        }
    }
}

fn learn_strings(json: Option<&RawValue>, place: &str, gather: &mut Gather) {
    if json.is_none() {
        gather.note_broken(format_args!("a record or block of type `{place}` without its text"));
    }
    learn_optional(json, place, gather);
}

fn learn_optional(json: Option<&RawValue>, place: &str, gather: &mut Gather) {
    let Some(json) = json else { return };
    if let Err(error) = each_string(json.get(), &mut |text| gather.learn_read(text)) {
        gather.note_broken(format_args!("`{place}` could not be read whole: {error}"));
    }
}
