//! Records of Codex: wrapped in `payload` (since September 2025), or bare items (before).
//!
//! The event stream repeats the conversation; of it only the results of tools and the changes of
//! patches are read. A forked session begins with its parent's records: the first `session_meta`
//! names the file's own session.

use serde_json::value::RawValue;

use crate::class::Class;
use crate::json::{JsonObject, list_of};
use crate::provenance::Provenance;
use crate::session::account::{LeftOut, solid_len};
use crate::session::transcript::Transcript;
use crate::tool::codex::calls::{item_len, take_call, take_changes, take_output};
use crate::tool::codex::exec_events::{is_exec_event, read_exec_event};
use crate::tool::codex::rollout::Rollout;
use crate::words::draft::{Draft, Extracted};
use crate::words::fences::extract_markdown;

/// Types of lines of the current era. A type that stands in these lists is never counted as
/// unknown.
pub(crate) const LINE_KINDS: [&str; 9] = [
    "session_meta",
    "turn_context",
    "response_item",
    "event_msg",
    "compacted",
    "world_state",
    "inter_agent_communication",
    "inter_agent_communication_metadata",
    "ghost_snapshot",
];

/// Items that bear text.
const ITEMS_READ: [&str; 9] = [
    "message",
    "reasoning",
    "agent_message",
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "local_shell_call",
    "local_shell_call_output",
];

/// Items without text of the model's, or with text that is encrypted.
const ITEMS_IGNORED: [&str; 11] = [
    "web_search_call",
    "tool_search_call",
    "tool_search_output",
    "image_generation_call",
    "compaction",
    "compaction_summary",
    "compaction_trigger",
    "context_compaction",
    "ghost_snapshot",
    "item_reference",
    "other",
];

/// Events whose strings are output of tools.
const EVENTS_READ: [&str; 3] =
    ["exec_command_end", "mcp_tool_call_end", "dynamic_tool_call_response"];

/// Beginnings of the names of events that repeat the conversation or say how it goes.
const EVENTS_IGNORED: [&str; 37] = [
    "agent_",
    "background_",
    "collab_",
    "compact",
    "context_",
    "deprecation_",
    "dynamic_tool_",
    "elicitation_",
    "entered_",
    "error",
    "exec_",
    "exited_",
    "guardian_",
    "hook_",
    "image_",
    "item_",
    "list_",
    "mcp_",
    "model_",
    "patch_apply_begin",
    "patch_apply_updated",
    "plan_",
    "raw_",
    "realtime_",
    "reasoning_",
    "remote_",
    "request_",
    "session_",
    "shutdown_",
    "skills_",
    "stream_",
    "sub_agent_",
    "task_",
    "terminal_",
    "thread_",
    "token_",
    "turn_",
];

/// Whole names of such events.
const EVENTS_IGNORED_WHOLE: [&str; 7] = [
    "undo_started",
    "undo_completed",
    "user_message",
    "view_image_tool_call",
    "warning",
    "web_search_begin",
    "web_search_end",
];

/// Whether Codex is known to write items of this type.
pub(crate) fn is_item_kind(kind: &str) -> bool {
    ITEMS_READ.contains(&kind) || ITEMS_IGNORED.contains(&kind)
}

/// Whether an event is known to repeat the conversation or to say only how it goes.
fn is_event_ignored(kind: &str) -> bool {
    EVENTS_IGNORED_WHOLE.contains(&kind)
        || EVENTS_IGNORED.iter().any(|start| kind.starts_with(start))
}

/// Reads one line of a log.
pub(crate) fn read_record(rollout: &mut Rollout, record: &JsonObject, transcript: &mut Transcript) {
    let at = record.millis("timestamp");
    let kind = record.text("type");
    let Some(payload) = record.get("payload") else {
        if let Some(kind) = kind {
            if is_exec_event(&kind) {
                return read_exec_event(rollout, record, &kind, transcript);
            }
            return read_bare_item(rollout, record, &kind, transcript);
        }
        // The header of the old era, or one of its state lines.
        rollout.started_at = rollout.started_at.or(at);
        if at.is_none() && !record.has("record_type") && !record.has("instructions") {
            transcript.note_broken("a record without a type");
        }
        return;
    };
    transcript.set_time(at);
    rollout.source.authored_at = at.or(rollout.started_at);
    match kind.as_deref() {
        Some("response_item") => match JsonObject::parse(payload.get()) {
            Ok(item) => read_item(rollout, &item, transcript),
            Err(error) => transcript.note_broken(format_args!("an odd item: {error}")),
        },
        Some("event_msg") => read_event(rollout, payload, transcript),
        Some("session_meta" | "turn_context") => read_meta(rollout, record, transcript),
        // Copies of older items, the state of the workspace, and what is encrypted.
        Some(kind) if LINE_KINDS.contains(&kind) => {}
        Some(kind) => transcript.tally.note_unknown("", kind),
        None => transcript.note_broken("a record without a type"),
    }
}

/// Reads an item that is not wrapped in a record, and so has no time of its own.
pub(crate) fn read_bare_item(
    rollout: &mut Rollout,
    item: &JsonObject,
    kind: &str,
    transcript: &mut Transcript,
) {
    rollout.source.authored_at = rollout.started_at;
    if is_item_kind(kind) {
        read_item(rollout, item, transcript);
    } else {
        transcript.tally.note_unknown("", kind);
    }
}

/// Reads where a session runs and which model writes from now on.
fn read_meta(rollout: &mut Rollout, record: &JsonObject, transcript: &mut Transcript) {
    let Some(meta) = record.object("payload") else {
        return transcript.note_broken("a record about the session that is no map");
    };
    let source = &mut rollout.source;
    source.cwd = meta.text("cwd").or(source.cwd.take());
    source.model = meta.text("model").or(source.model.take());
}

fn read_event(rollout: &mut Rollout, payload: &RawValue, transcript: &mut Transcript) {
    let event = JsonObject::parse(payload.get()).ok();
    let Some((event, kind)) = event.and_then(|event| event.text("type").map(|kind| (event, kind)))
    else {
        return transcript.note_broken("an event without a type");
    };
    if kind == "patch_apply_end" {
        take_changes(rollout, &event, transcript);
    } else if kind == "item_completed" {
        // Of the items, only this one is not an item of its own in the log.
        let item = event.object("item");
        if let Some(item) = item.filter(|item| item.text("type").as_deref() == Some("FileChange")) {
            take_changes(rollout, &item, transcript);
        }
    } else if EVENTS_READ.contains(&kind.as_str()) {
        transcript.learn_read_json(Some(payload), "text that");
    } else if !is_event_ignored(&kind) {
        transcript.tally.note_unknown("event_msg", &kind);
    }
}

fn read_item(rollout: &mut Rollout, item: &JsonObject, transcript: &mut Transcript) {
    let Some(kind) = item.text("type") else {
        return transcript.note_broken("an item without a type");
    };
    match kind.as_str() {
        "message" if item.text("role").as_deref() == Some("assistant") => {
            transcript.account_all(item_len(item), |transcript| {
                read_said(rollout, item, transcript);
            });
        }
        // Another agent's message was not written by this session's model, and may be encrypted.
        "message" | "agent_message" => {
            transcript.learn_read_json(item.get("content"), "text that");
        }
        "function_call" | "custom_tool_call" | "local_shell_call" => {
            transcript.account_all(item_len(item), |transcript| {
                take_call(rollout, item, transcript);
            });
        }
        "reasoning" => transcript.account_all(item_len(item), |transcript| {
            read_reasoning(rollout, item, transcript);
        }),
        _ if ITEMS_READ.contains(&kind.as_str()) => take_output(item, transcript),
        _ if ITEMS_IGNORED.contains(&kind.as_str()) => {}
        _ => transcript.tally.note_unknown("response_item", &kind),
    }
}

/// What the model thought, as far as the log holds it in the clear: a summary, the text itself, or both.
fn read_reasoning(rollout: &Rollout, item: &JsonObject, transcript: &mut Transcript) {
    if let Some(encrypted) = item.text("encrypted_content") {
        transcript.leave_out(LeftOut::Encrypted, solid_len(&encrypted));
    }
    let id = item.text("id");
    let source = Provenance { message_id: id.clone(), ..rollout.source.clone() };
    for list in ["summary", "content"].into_iter().filter_map(|name| item.get(name)) {
        let Ok(parts) = list_of::<JsonObject>(list.get()) else {
            transcript.note_broken("reasoning that is no list of parts");
            continue;
        };
        for text in parts.iter().filter_map(|part| part.text("text")) {
            if id.as_deref().is_none_or(|id| transcript.is_first(&["thinking", id, &text])) {
                transcript.author(&source, Draft::whole(Class::Reasoning, None, text));
            } else {
                transcript.leave_out(LeftOut::MetBefore, solid_len(&text));
            }
        }
    }
}

fn read_said(rollout: &Rollout, item: &JsonObject, transcript: &mut Transcript) {
    let id = item.text("id");
    let parts = item.get("content").and_then(|content| list_of::<JsonObject>(content.get()).ok());
    let Some(parts) = parts else {
        return transcript.note_broken("a message of the assistant without a list of parts");
    };
    let source = Provenance { message_id: id.clone(), ..rollout.source.clone() };
    for part in parts {
        let Some(text) = part.text("text") else {
            // A refusal, or audio: nothing to take, but not to be lost in silence.
            transcript.tally.note_unknown("message", &part.text("type").unwrap_or_default());
            continue;
        };
        if id.as_deref().is_none_or(|id| transcript.is_first(&["text", id, &text])) {
            let mut extracted = Extracted::default();
            extract_markdown(&text, &mut extracted);
            transcript.author_all(&source, extracted);
            transcript.learn_written(&text);
        } else {
            transcript.leave_out(LeftOut::MetBefore, solid_len(&text));
        }
    }
}
