//! Calls of tools in Claude Code.

use crate::class::Class;
use crate::json::{JsonObject, each_string};
use crate::provenance::Provenance;
use crate::session::transcript::Transcript;
use crate::tool::writers::rule_of;

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
    let rule = rule_of(&name);
    if let Some(rule) = rule.filter(|rule| !rule.is_prose() || transcript.wants(Class::Prose)) {
        for extracted in rule.extract(&input) {
            match extracted {
                Some(extracted) => transcript.author_all(&source, extracted),
                // The tool of a server may have other uses, in which nothing is written.
                None if name.starts_with(|first: char| first.is_ascii_uppercase()) => {
                    transcript.note_broken(format_args!("a call of `{name}` without its text"));
                }
                None => {}
            }
        }
    }
    // Plans, to-do lists, queries, prompts and commands: the model's words, of which not all are
    // indexed. What a call of a writer replaces is none of them.
    if rule.is_none_or(|rule| rule.is_prose() || rule.is_command()) {
        // Nesting beyond any tool's is of no loss here: nothing of it is indexed.
        let _ = each_string(json.get(), &mut |text| transcript.learn_written(text));
    }
}
