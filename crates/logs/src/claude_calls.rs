//! What the model wrote in Claude Code: text with code fences, and calls of tools.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::authored::Kind;
use crate::claude::Block;
use crate::fences::take_markdown;
use crate::gather::{Draft, Gather, key_of};
use crate::json::{Few, each_string, text_of};
use crate::provenance::Provenance;
use crate::runs::Runs;
use crate::shell::take_command;

/// The inputs of all tools that write.
#[derive(Default, Deserialize)]
struct Input<'a> {
    #[serde(borrow)]
    file_path: Option<&'a RawValue>,
    #[serde(borrow)]
    notebook_path: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    old_string: Option<&'a RawValue>,
    #[serde(borrow)]
    new_string: Option<&'a RawValue>,
    // Some models misname the key; the call fails, the text is theirs.
    #[serde(borrow)]
    old_str: Option<&'a RawValue>,
    #[serde(borrow)]
    new_str: Option<&'a RawValue>,
    #[serde(borrow)]
    new_source: Option<&'a RawValue>,
    #[serde(borrow)]
    edits: Option<&'a RawValue>,
    #[serde(borrow)]
    command: Option<&'a RawValue>,
    #[serde(borrow)]
    prompt: Option<&'a RawValue>,
}

/// One edit of a `MultiEdit`.
#[derive(Deserialize)]
struct Edit<'a> {
    #[serde(borrow)]
    old_string: Option<&'a RawValue>,
    #[serde(borrow)]
    new_string: Option<&'a RawValue>,
}

/// The assistant's text: fences, and the rest where prose is wanted.
pub(crate) fn take_text(source: &Provenance, text: &str, gather: &mut Gather) {
    take_markdown(source, text, gather);
    gather.learn_written(text);
}

/// A call of a tool. A call met again with other input (a rewrite while it streamed) is taken again.
pub(crate) fn take_call(
    source: &Provenance,
    message_key: Option<&str>,
    block: &Block,
    gather: &mut Gather,
) {
    let Some(name) = text_of(block.name) else {
        return gather.note_broken("a `tool_use` block without a name");
    };
    let Some(input) = block.input else {
        return gather.note_broken(format_args!("a call of `{name}` without input"));
    };
    let call_id = text_of(block.id);
    if let Some(key) = call_id.as_deref().or(message_key)
        && !gather.is_first(key_of(&["call", key, &name, input.get()]))
    {
        return;
    }
    let parsed: Input = match serde_json::from_str(input.get()) {
        Ok(parsed) => parsed,
        Err(error) => {
            return gather.note_broken(format_args!("a call of `{name}` with odd input: {error}"));
        }
    };
    let mut call =
        Call { source, name: &name, id: call_id, file_path: text_of(parsed.file_path), gather };
    match name.as_str() {
        "Write" => call.take(Kind::File, parsed.content),
        "Edit" => call
            .take_edit(parsed.old_string.or(parsed.old_str), parsed.new_string.or(parsed.new_str)),
        "MultiEdit" => call.take_edits(parsed.edits),
        "NotebookEdit" => {
            call.file_path = text_of(parsed.notebook_path).or(call.file_path);
            call.take(Kind::Notebook, parsed.new_source);
        }
        "Bash" => match text_of(parsed.command) {
            Some(command) => take_command(source, call.id.as_deref(), &command, call.gather),
            None => call.note_missing(),
        },
        _ => call.take_other(input, parsed.prompt),
    }
}

struct Call<'c, 't> {
    source: &'c Provenance,
    name: &'c str,
    id: Option<String>,
    file_path: Option<String>,
    gather: &'c mut Gather<'t>,
}

impl Call<'_, '_> {
    fn note_missing(&mut self) {
        self.gather.note_broken(format_args!("a call of `{}` without its text", self.name));
    }

    fn take(&mut self, kind: Kind, text: Option<&RawValue>) {
        let Some(text) = text_of(text) else {
            return self.note_missing();
        };
        let draft = Draft {
            kind,
            runs: Runs::whole(text),
            file_path: self.file_path.clone(),
            call_id: self.id.clone(),
        };
        self.gather.author(self.source, draft);
    }

    fn take_edit(&mut self, old: Option<&RawValue>, new: Option<&RawValue>) {
        if let Some(old) = text_of(old) {
            self.gather.learn_read(&old);
        }
        self.take(Kind::Edit, new);
    }

    fn take_edits(&mut self, edits: Option<&RawValue>) {
        let Some(Few(edits)) =
            edits.and_then(|edits| serde_json::from_str::<Few<Edit>>(edits.get()).ok())
        else {
            return self.note_missing();
        };
        for edit in edits {
            self.take_edit(edit.old_string, edit.new_string);
        }
    }

    /// Plans, to-do lists, queries and prompts: the model's words, not indexed, or as prose.
    fn take_other(&mut self, input: &RawValue, prompt: Option<&RawValue>) {
        if self.gather.options.prose && matches!(self.name, "Agent" | "Task") {
            self.take(Kind::Prose, prompt);
        }
        // Nesting beyond any tool's is of no loss here: nothing of it is indexed.
        let _ = each_string(input.get(), &mut |text| self.gather.learn_written(text));
    }
}
