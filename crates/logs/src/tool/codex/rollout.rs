//! What is known of a rollout, as Codex calls a log file, from the records that were read so far.

use std::collections::{HashMap, HashSet};

use crate::provenance::Provenance;
use crate::session::keys::hash_line;
use crate::session::transcript::Transcript;
use crate::words::draft::{Draft, Extracted};

/// The tool's name in the index.
pub(crate) const NAME: &str = "codex";

/// The state of the reading of one file.
pub(crate) struct Rollout {
    /// Where the texts of the next record come from: the model is named by a record before those
    /// that it wrote.
    pub(crate) source: Provenance,
    /// When the session started, which dates records that have no time.
    pub(crate) started_at: Option<i64>,
    /// Ids of the calls in this file.
    pub(crate) calls: HashSet<String>,
    /// What calls added to files, by the name of the file without its folders.
    added: HashMap<String, AddedLines>,
}

/// What calls have added to files of one name so far.
#[derive(Default)]
struct AddedLines {
    hashes: HashSet<u64>,
    last_call: Option<String>,
}

impl Rollout {
    pub(crate) fn new(session_id: String) -> Self {
        let source = Provenance { tool: NAME.to_owned(), session_id, ..Provenance::default() };
        Self { source, started_at: None, calls: HashSet::new(), added: HashMap::new() }
    }

    /// Authors what a call holds.
    pub(crate) fn author_all(
        &mut self,
        call_id: Option<&str>,
        extracted: Extracted,
        transcript: &mut Transcript,
    ) {
        transcript.learn_quoted(&extracted.quoted);
        for draft in extracted.drafts {
            self.author(call_id, draft, transcript);
        }
    }

    /// Authors a text of a call, and keeps which lines it adds to which file.
    pub(crate) fn author(
        &mut self,
        call_id: Option<&str>,
        draft: Draft,
        transcript: &mut Transcript,
    ) {
        let call_id = call_id.map(str::to_owned);
        if let Some(path) = &draft.file_path {
            let added = self.added.entry(file_name(path)).or_default();
            added.hashes.extend(draft.text.lines().filter_map(hash_line));
            added.last_call.clone_from(&call_id);
        }
        transcript.author(&Provenance { call_id, ..self.source.clone() }, draft);
    }

    /// The last call that added to a file of this name, where calls have added all of these lines
    /// to it.
    pub(crate) fn call_that_added(&self, path: &str, text: &str) -> Option<&str> {
        let added = self.added.get(&file_name(path))?;
        let all = text.lines().filter_map(hash_line).all(|hash| added.hashes.contains(&hash));
        added.last_call.as_deref().filter(|_| all)
    }
}

/// Calls spell paths relative or absolute, events absolute.
fn file_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}
