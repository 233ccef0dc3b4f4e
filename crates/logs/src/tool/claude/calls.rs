//! Calls of tools in Claude Code.

use crate::authored::Kind;
use crate::json::{JsonObject, each_string, list_of};
use crate::provenance::Provenance;
use crate::session::transcript::Transcript;
use crate::words::draft::{Draft, Extracted};
use crate::words::shell::extract_command;

/// How an argument holds what the model wrote.
enum Holds {
    /// It is a text of this kind.
    Text(Kind),
    /// It is a shell command.
    Command,
}

/// Which argument of a call holds what the model wrote. Where several names are listed, the first
/// that is there counts.
struct CallRule {
    name: &'static str,
    holds: Holds,
    text: &'static [&'static str],
    /// What the text replaces: the model repeats it from the file.
    replaced: &'static [&'static str],
    file_path: &'static [&'static str],
    /// The argument that lists several texts, each with what it replaces.
    list: Option<&'static str>,
}

impl CallRule {
    const fn new(name: &'static str, holds: Holds, text: &'static [&'static str]) -> Self {
        Self { name, holds, text, replaced: &[], file_path: &["file_path"], list: None }
    }
}

const CALL_RULES: [CallRule; 7] = [
    CallRule::new("Write", Holds::Text(Kind::File), &["content"]),
    // Some models misname an argument; the call fails, the text is theirs.
    CallRule {
        replaced: &["old_string", "old_str"],
        ..CallRule::new("Edit", Holds::Text(Kind::Edit), &["new_string", "new_str"])
    },
    CallRule {
        replaced: &["old_string"],
        list: Some("edits"),
        ..CallRule::new("MultiEdit", Holds::Text(Kind::Edit), &["new_string"])
    },
    CallRule {
        file_path: &["notebook_path", "file_path"],
        ..CallRule::new("NotebookEdit", Holds::Text(Kind::Notebook), &["new_source"])
    },
    CallRule::new("Bash", Holds::Command, &["command"]),
    CallRule::new("Agent", Holds::Text(Kind::Prose), &["prompt"]),
    CallRule::new("Task", Holds::Text(Kind::Prose), &["prompt"]),
];

/// A call of a tool. A call met again with other input (a rewrite while it streamed) is taken
/// again.
pub(crate) fn take_call(
    source: &Provenance,
    message_key: Option<&str>,
    block: &JsonObject,
    transcript: &mut Transcript,
) {
    let Some(name) = block.text("name") else {
        return transcript.note_broken("a `tool_use` block without a name");
    };
    let Some(json) = block.get("input") else {
        return transcript.note_broken(format_args!("a call of `{name}` without input"));
    };
    let call_id = block.text("id");
    if let Some(key) = call_id.as_deref().or(message_key)
        && !transcript.is_first(&["call", key, &name, json.get()])
    {
        return;
    }
    let input = match JsonObject::parse(json.get()) {
        Ok(input) => input,
        Err(error) => {
            return transcript
                .note_broken(format_args!("a call of `{name}` with odd input: {error}"));
        }
    };
    let source = Provenance { call_id, ..source.clone() };
    let rule = CALL_RULES.iter().find(|rule| rule.name == name);
    if let Some(rule) = rule.filter(|rule| rule.is_wanted(transcript)) {
        rule.take_texts(&source, input, transcript);
    }
    // Plans, to-do lists, queries and prompts: the model's words, not indexed, or as prose.
    if rule.is_none_or(|rule| matches!(rule.holds, Holds::Text(Kind::Prose))) {
        // Nesting beyond any tool's is of no loss here: nothing of it is indexed.
        let _ = each_string(json.get(), &mut |text| transcript.learn_written(text));
    }
}

impl CallRule {
    fn is_wanted(&self, transcript: &Transcript) -> bool {
        match self.holds {
            Holds::Text(kind) => transcript.wants(kind),
            Holds::Command => true,
        }
    }

    fn take_texts(&self, source: &Provenance, input: JsonObject, transcript: &mut Transcript) {
        let file_path = text_of_first(self.file_path, &input);
        let holders = match self.list {
            None => Some(vec![input]),
            Some(list) => input.get(list).and_then(|list| list_of(list.get()).ok()),
        };
        let Some(holders) = holders else {
            return self.note_missing(transcript);
        };
        for holder in &holders {
            if let Some(replaced) = text_of_first(self.replaced, holder) {
                transcript.learn_read(&replaced);
            }
            match (text_of_first(self.text, holder), &self.holds) {
                (None, _) => self.note_missing(transcript),
                (Some(text), Holds::Text(kind)) => {
                    transcript.author(source, Draft::whole(*kind, file_path.clone(), text));
                }
                (Some(command), Holds::Command) => {
                    let mut extracted = Extracted::default();
                    extract_command(&command, &mut extracted);
                    transcript.author_all(source, extracted);
                    transcript.learn_written(&command);
                }
            }
        }
    }

    fn note_missing(&self, transcript: &mut Transcript) {
        transcript.note_broken(format_args!("a call of `{}` without its text", self.name));
    }
}

/// The first of these fields that is a text.
fn text_of_first(names: &[&str], object: &JsonObject) -> Option<String> {
    names.iter().find_map(|name| object.text(name))
}
