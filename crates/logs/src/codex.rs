//! Records of Codex, three eras: wrapped in `payload` (since September 2025), bare items (May to September 2025), and
//! one document (spring 2025).
//!
//! The event stream repeats the conversation; of it only the results of tools and the changes of patches are read.
//! A forked session begins with its parent's records: the first `session_meta` names the file's own session.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::authored::Tool;
use crate::codex_calls::{self, Item};
use crate::codex_changes::{self, PatchEnd};
use crate::codex_kinds::{
    EVENTS_READ, ITEMS_IGNORED, ITEMS_READ, is_event_ignored, is_item_kind, is_line_kind,
};
use crate::fences::take_markdown;
use crate::gather::{Draft, Gather, key_of, millis_of};
use crate::json::{Few, each_element, each_string, loose, text_of};
use crate::provenance::Provenance;
use crate::quotes::hash_line;

/// The session that a `session_meta` names.
pub(crate) fn meta_id(payload: &RawValue) -> Option<String> {
    let meta: Meta = loose(Some(payload))?;
    text_of(meta.id).or_else(|| text_of(meta.session_id))
}

#[derive(Deserialize)]
struct Meta<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    session_id: Option<&'a RawValue>,
    #[serde(borrow)]
    cwd: Option<&'a RawValue>,
    #[serde(borrow)]
    model: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
}

/// What calls have added to files of one name so far.
#[derive(Default)]
struct Added {
    lines: HashSet<u64>,
    last_call: Option<String>,
}

/// Reads the records of one file, in order: the model is named by a record before those that it wrote.
pub(crate) struct CodexReader {
    pub(crate) source: Provenance,
    started_at: Option<i64>,
    /// Ids of calls met in this file.
    pub(crate) calls: HashSet<String>,
    /// By the name of the file without its folders.
    added: HashMap<String, Added>,
}

impl CodexReader {
    pub(crate) fn new(session_id: String) -> Self {
        let source =
            Provenance { tool: Tool::Codex.name().to_owned(), session_id, ..Provenance::default() };
        Self { source, started_at: None, calls: HashSet::new(), added: HashMap::new() }
    }

    pub(crate) fn read_line(&mut self, line: &str, gather: &mut Gather) {
        let record: Record = match serde_json::from_str(line) {
            Ok(record) => record,
            Err(error) => return gather.note_broken(format_args!("not a JSON record: {error}")),
        };
        let at = text_of(record.timestamp).and_then(|time| millis_of(&time));
        let kind = text_of(record.kind);
        let Some(payload) = record.payload else {
            if let Some(kind) = kind {
                return self.read_bare_item(line, &kind, gather);
            }
            // The header of the old era, or one of its state lines.
            self.started_at = self.started_at.or(at);
            if !line.contains("\"record_type\"")
                && !line.contains("\"instructions\"")
                && at.is_none()
            {
                gather.note_broken("a record without a type");
            }
            return;
        };
        gather.set_time(at);
        self.source.authored_at = at.or(self.started_at);
        match kind.as_deref() {
            Some("response_item") => self.read_item(payload, gather),
            Some("event_msg") => self.read_event(payload, gather),
            Some("session_meta" | "turn_context") => self.read_meta(payload, gather),
            // Copies of older items, the state of the workspace, and what is encrypted.
            Some(kind) if is_line_kind(kind) => {}
            Some(kind) => gather.tally.note_unknown("", kind),
            None => gather.note_broken("a record without a type"),
        }
    }

    /// The one document of the TypeScript era; each item counts as a line.
    pub(crate) fn read_document(&mut self, document: &str, gather: &mut Gather) {
        #[derive(Deserialize)]
        struct Session<'a> {
            #[serde(borrow)]
            timestamp: Option<&'a RawValue>,
        }
        // By hand up to the list, so that a document that was cut gives the items that it has.
        let session = document.split_once(':').map_or("", |(_, rest)| rest);
        let mut values = serde_json::Deserializer::from_str(session).into_iter::<Session>();
        let started =
            values.next().and_then(Result::ok).and_then(|session| text_of(session.timestamp));
        self.started_at = started.and_then(|time| millis_of(&time));
        let rest = session.get(values.byte_offset()..).unwrap_or_default();
        let Some(items) = rest
            .split_once("\"items\"")
            .and_then(|(_, rest)| rest.trim_ascii_start().strip_prefix(':'))
        else {
            gather.start_line(1);
            return gather.note_broken("a document of a session without a list of items");
        };
        let (mut line, mut counted) = (1, 0);
        let mut count_lines = |offset: usize| {
            line +=
                memchr::memchr_iter(b'\n', &document.as_bytes()[counted..offset]).count() as u64;
            counted = offset;
            line
        };
        // The document's own end (a closing brace) follows the list.
        let mut values = serde_json::Deserializer::from_str(items).into_iter::<&RawValue>();
        let whole = values.next().is_some_and(|list| list.is_ok());
        let list = if whole { &items[..values.byte_offset()] } else { items };
        let outcome = each_element(list, &mut |item| {
            let offset = item.get().as_ptr() as usize - document.as_ptr() as usize;
            gather.start_line(count_lines(offset));
            match text_of(loose::<Record>(Some(item)).and_then(|record| record.kind)) {
                Some(kind) => self.read_bare_item(item.get(), &kind, gather),
                None => gather.note_broken("an item without a type"),
            }
        });
        // Behind the list the document has to close.
        let closed = whole && items[list.len()..].trim_ascii_start().starts_with(['}', ',']);
        if outcome.is_err() || !closed {
            gather.start_line(count_lines(document.len()));
            gather.note_broken("the document ends early or is no JSON");
        }
    }

    fn read_bare_item(&mut self, item: &str, kind: &str, gather: &mut Gather) {
        self.source.authored_at = self.started_at;
        if !is_item_kind(kind) {
            return gather.tally.note_unknown("", kind);
        }
        match serde_json::from_str(item) {
            Ok(raw) => self.read_item(raw, gather),
            Err(error) => gather.note_broken(format_args!("not a JSON record: {error}")),
        }
    }

    fn read_meta(&mut self, payload: &RawValue, gather: &mut Gather) {
        let Some(meta) = loose::<Meta>(Some(payload)) else {
            return gather.note_broken("a record about the session that is no map");
        };
        self.source.cwd = text_of(meta.cwd).or(self.source.cwd.take());
        self.source.model = text_of(meta.model).or(self.source.model.take());
    }

    fn read_event(&mut self, payload: &RawValue, gather: &mut Gather) {
        let Some(kind) = loose::<Record>(Some(payload)).and_then(|event| text_of(event.kind))
        else {
            return gather.note_broken("an event without a type");
        };
        if kind == "patch_apply_end" {
            match serde_json::from_str::<PatchEnd>(payload.get()) {
                Ok(end) => codex_changes::take_changes(self, &end, gather),
                Err(error) => gather.note_broken(format_args!("an odd `patch_apply_end`: {error}")),
            }
        } else if EVENTS_READ.contains(&kind.as_str()) {
            learn(Some(payload), gather);
        } else if !is_event_ignored(&kind) {
            gather.tally.note_unknown("event_msg", &kind);
        }
    }

    fn read_item(&mut self, payload: &RawValue, gather: &mut Gather) {
        let item: Item = match serde_json::from_str(payload.get()) {
            Ok(item) => item,
            Err(error) => return gather.note_broken(format_args!("an odd item: {error}")),
        };
        let Some(kind) = text_of(item.kind) else {
            return gather.note_broken("an item without a type");
        };
        match kind.as_str() {
            "message" if text_of(item.role).as_deref() == Some("assistant") => {
                self.read_said(&item, gather);
            }
            // Another agent's message was not written by this session's model, and may be encrypted.
            "message" | "agent_message" => learn(item.content, gather),
            "function_call" | "custom_tool_call" | "local_shell_call" => {
                codex_calls::take_call(self, &item, gather);
            }
            _ if ITEMS_READ.contains(&kind.as_str()) => codex_calls::take_output(&item, gather),
            _ if ITEMS_IGNORED.contains(&kind.as_str()) => {}
            _ => gather.tally.note_unknown("response_item", &kind),
        }
    }

    fn read_said(&mut self, item: &Item, gather: &mut Gather) {
        let id = text_of(item.id);
        let parts = match item.content.map(|raw| serde_json::from_str::<Few<Message>>(raw.get())) {
            Some(Ok(parts)) => parts.0,
            _ => return gather.note_broken("a message of the assistant without a list of parts"),
        };
        let source = Provenance { message_id: id.clone(), ..self.source.clone() };
        for part in parts {
            let Some(text) = text_of(part.text) else {
                // A refusal, or audio: nothing to take, but not to be lost in silence.
                gather.tally.note_unknown("message", &text_of(part.kind).unwrap_or_default());
                continue;
            };
            if id.as_deref().is_none_or(|id| gather.is_first(key_of(&["text", id, &text]))) {
                take_markdown(&source, &text, gather);
                gather.learn_written(&text);
            }
        }
    }

    /// Authors what calls hold, and keeps which lines they add to which file.
    pub(crate) fn author(&mut self, drafts: Vec<Draft>, gather: &mut Gather) {
        for draft in drafts {
            if let Some(path) = &draft.file_path {
                let added = self.added.entry(file_name(path)).or_default();
                added.lines.extend(draft.runs.text.lines().filter_map(hash_line));
                added.last_call.clone_from(&draft.call_id);
            }
            gather.author(&self.source, draft);
        }
    }

    /// The last call that added to a file of this name, where calls have added all of these lines to it.
    pub(crate) fn call_that_added(&self, path: &str, text: &str) -> Option<&str> {
        let added = self.added.get(&file_name(path))?;
        let all = text.lines().filter_map(hash_line).all(|hash| added.lines.contains(&hash));
        added.last_call.as_deref().filter(|_| all)
    }
}

/// Calls spell paths relative or absolute, events absolute.
fn file_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}

pub(crate) fn learn(json: Option<&RawValue>, gather: &mut Gather) {
    let Some(json) = json else { return };
    if let Err(error) = each_string(json.get(), &mut |text| gather.learn_read(text)) {
        gather.note_broken(format_args!("text that could not be read whole: {error}"));
    }
}
