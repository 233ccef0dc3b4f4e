//! Recognises the logs of Codex in three eras, and reads them.

mod calls;
mod document;
mod exec_events;
mod records;
mod rollout;

use crate::json::JsonObject;
use crate::lines::LineReader;
use crate::session::transcript::Transcript;
use crate::tool::codex::document::{document_session_id, opens_document, read_session_document};
use crate::tool::codex::records::{LINE_KINDS, is_item_kind, read_record};
use crate::tool::codex::rollout::{NAME, Rollout};
use crate::tool::interface::{Sniffed, Tool, each_record};

/// Codex since spring 2025.
pub(crate) struct Codex;

impl Tool for Codex {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Codex"
    }

    fn folder(&self) -> &'static str {
        "~/.codex/sessions"
    }

    fn sniff_document(&self, file: &mut LineReader) -> Option<Sniffed> {
        let is_document = file.peek().is_ok_and(opens_document);
        is_document.then(|| Sniffed { session_id: document_session_id(file) })
    }

    fn sniff(&self, record: &JsonObject) -> Option<Sniffed> {
        let kind = record.text("type");
        if record.get("payload").is_some() {
            let payload = record.object("payload")?;
            let kind = kind.filter(|kind| LINE_KINDS.contains(&kind.as_str()))?;
            let named = || payload.text("id").or_else(|| payload.text("session_id"));
            let session_id = if kind == "session_meta" { named() } else { None };
            return Some(Sniffed { session_id });
        }
        if let Some(kind) = kind {
            if kind == "thread.started" {
                return Some(Sniffed { session_id: Some(record.text("thread_id")?) });
            }
            let is_item = is_item_kind(&kind)
                && (record.get("call_id").is_some() || record.get("role").is_some());
            return is_item.then_some(Sniffed { session_id: None });
        }
        // The header of the old era, or one of its state lines.
        if record.get("record_type").is_some() {
            return Some(Sniffed { session_id: None });
        }
        let id = record.text("id").filter(|id| is_uuid(id))?;
        let is_header = record.get("timestamp").is_some()
            && (record.get("instructions").is_some()
                || record.get("git").is_some()
                || record.get("sessionId").is_none());
        is_header.then_some(Sniffed { session_id: Some(id) })
    }

    fn read(&self, file: &mut LineReader, session_id: String, transcript: &mut Transcript) {
        let mut rollout = Rollout::new(session_id);
        if file.peek().is_ok_and(opens_document) {
            return read_session_document(&mut rollout, file, transcript);
        }
        each_record(file, transcript, |record, transcript| {
            read_record(&mut rollout, record, transcript);
        });
    }
}

fn is_uuid(id: &str) -> bool {
    id.len() == 36 && id.bytes().filter(|byte| *byte == b'-').count() == 4
}
