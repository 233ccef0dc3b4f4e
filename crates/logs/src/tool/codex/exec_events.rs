//! The events that `codex exec --json` prints: what was said and thought, commands, and calls of servers. They hold no
//! patches, no times and no model; the session's own log does.

use crate::class::Class;
use crate::json::{JsonObject, each_string};
use crate::provenance::Provenance;
use crate::session::account::{LeftOut, solid_len};
use crate::session::transcript::Transcript;
use crate::tool::codex::rollout::Rollout;
use crate::tool::writers::{CallTexts, extract_any_command, extract_call};
use crate::words::draft::{Draft, Extracted};
use crate::words::fences::extract_markdown;

/// The events of a run. Only an item that is complete is read.
const EVENTS: [&str; 8] = [
    "thread.started",
    "turn.started",
    "turn.completed",
    "turn.failed",
    "item.started",
    "item.updated",
    "item.completed",
    "error",
];

/// Items without text of the model's. Of a change of files only their names are told.
const ITEMS_IGNORED: [&str; 3] = ["file_change", "web_search", "error"];

/// Whether a record is an event of a run, by its type.
pub(crate) fn is_exec_event(kind: &str) -> bool {
    EVENTS.contains(&kind)
}

/// Reads an event of this type.
pub(crate) fn read_exec_event(
    rollout: &mut Rollout,
    record: &JsonObject,
    kind: &str,
    transcript: &mut Transcript,
) {
    if kind != "item.completed" {
        return;
    }
    let Some(item) = record.object("item") else {
        return transcript.note_broken("an event of an item without the item");
    };
    let kind = item.text("type").or_else(|| item.text("item_type")).unwrap_or_default();
    let id = item.text("id");
    if let Some(code) = item.value::<i64>("exit_code")
        && let Some(id) = &id
    {
        transcript.note_applied(id.clone(), code == 0);
    }
    match kind.as_str() {
        "agent_message" | "assistant_message" | "reasoning" => {
            let text = item.text("text").unwrap_or_default();
            transcript.account_all(solid_len(&text), |transcript| {
                read_said(rollout, id, &kind, text, transcript);
            });
        }
        "command_execution" | "mcp_tool_call" | "collab_tool_call" | "todo_list" => {
            let mut bytes = 0;
            for part in ["command", "arguments", "prompt", "items"] {
                let json = item.get(part).map_or("", |json| json.get());
                let _ = each_string(json, &mut |text| bytes += solid_len(text));
            }
            transcript.account_all(bytes, |transcript| {
                let call = texts_of(&item, transcript);
                transcript.account(bytes, call.rest, |transcript| {
                    for extracted in call.texts {
                        rollout.author_all(id.as_deref(), extracted, transcript);
                    }
                });
            });
        }
        kind if ITEMS_IGNORED.contains(&kind) => {}
        kind => transcript.tally.note_unknown("item", kind),
    }
    for part in ["aggregated_output", "result"] {
        transcript.learn_read_json(item.get(part), format_args!("`{part}`"));
    }
}

fn read_said(
    rollout: &Rollout,
    id: Option<String>,
    kind: &str,
    text: String,
    transcript: &mut Transcript,
) {
    let source = Provenance { message_id: id, ..rollout.source.clone() };
    if kind == "reasoning" {
        return transcript.author(&source, Draft::whole(Class::Reasoning, None, text));
    }
    let mut extracted = Extracted::default();
    extract_markdown(&text, &mut extracted);
    transcript.author_all(&source, extracted);
    transcript.learn_written(&text);
}

/// What a command, a call, a prompt or a list of things to do holds.
fn texts_of(item: &JsonObject, transcript: &mut Transcript) -> CallTexts {
    let mut extracted = Extracted::default();
    if let Some(command) = item.get("command") {
        extract_any_command(command, &mut extracted);
        return CallTexts::of(vec![extracted], LeftOut::Command);
    }
    if let Some(arguments) = item.get("arguments") {
        let tool = item.text("tool").unwrap_or_default();
        let Ok(call) = extract_call(&tool, arguments.get()) else {
            transcript.tally.note_unknown("arguments", &tool);
            return CallTexts::of(vec![], LeftOut::Argument);
        };
        if call.is_unknown {
            transcript.tally.note_unknown_tool(&tool, call.bytes());
        }
        return call;
    }
    for (part, class) in [("prompt", Class::Prompt), ("items", Class::Plan)] {
        let mut lines = Draft::new(class, None);
        let json = item.get(part).map_or("", |json| json.get());
        // What is nested too deeply is no list of things to do.
        let _ = each_string(json, &mut |text| {
            text.lines().for_each(|line| lines.push_line(line));
        });
        extracted.push(lines);
    }
    CallTexts::of(vec![extracted], LeftOut::Argument)
}
