//! Calls of tools in Codex: patches, commands and scripts, in the wrappings of all eras.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::codex::{CodexReader, learn};
use crate::gather::{Draft, Gather, key_of};
use crate::javascript::script_texts;
use crate::json::{Few, each_string, loose, text_of};
use crate::patch::{holds_patch, patch_drafts};
use crate::shell::command_drafts;

/// An item of a response, of any type.
#[derive(Deserialize)]
pub(crate) struct Item<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) role: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) content: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    call_id: Option<&'a RawValue>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow)]
    action: Option<&'a RawValue>,
    #[serde(borrow)]
    output: Option<&'a RawValue>,
}

/// Arguments of all tools that write.
#[derive(Default, Deserialize)]
struct Arguments<'a> {
    #[serde(borrow)]
    cmd: Option<&'a RawValue>,
    #[serde(borrow)]
    command: Option<&'a RawValue>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow)]
    patch: Option<&'a RawValue>,
}

/// What one call holds.
#[derive(Default)]
struct Taken {
    drafts: Vec<Draft>,
    quoted: String,
}

impl Taken {
    fn take_command(&mut self, command: &str, call_id: Option<&str>, prose: bool) {
        self.drafts.extend(command_drafts(command, call_id, prose, &mut self.quoted));
    }

    fn take_patch(&mut self, patch: &str, call_id: Option<&str>) {
        self.drafts.extend(patch_drafts(patch, call_id, &mut self.quoted));
    }

    /// `["apply_patch", PATCH]`, `["bash", "-lc", SCRIPT]`, or a program with a patch among its arguments.
    fn take_words(&mut self, words: &[String], call_id: Option<&str>, prose: bool) {
        match words {
            [program, patch, ..]
                if program.ends_with("apply_patch") || program.ends_with("applypatch") =>
            {
                self.take_patch(patch, call_id);
            }
            [_, flag, script, ..] if flag.starts_with('-') && flag.ends_with('c') => {
                self.take_command(script, call_id, prose);
            }
            _ => words
                .iter()
                .filter(|word| holds_patch(word))
                .for_each(|word| self.take_patch(word, call_id)),
        }
    }

    /// A command as one string, or as a list of words.
    fn take_loose(&mut self, command: Option<&RawValue>, call_id: Option<&str>, prose: bool) {
        if let Some(command) = text_of(command) {
            self.take_command(&command, call_id, prose);
        } else if let Some(Few(words)) = loose::<Few<String>>(command) {
            self.take_words(&words, call_id, prose);
        }
    }
}

/// Takes what a call holds. A call met again with the same input (history that was copied) is taken once.
pub(crate) fn take_call(reader: &mut CodexReader, item: &Item, gather: &mut Gather) {
    let call_id = text_of(item.call_id).or_else(|| text_of(item.id));
    let body = [item.arguments, item.input, item.action].into_iter().flatten().next();
    let Some(body) = body else {
        return gather.note_broken("a call of a tool without input");
    };
    if let Some(id) = &call_id {
        if !gather.is_first(key_of(&["call", id, body.get()])) {
            return;
        }
        reader.calls.insert(id.clone());
    }
    let name = text_of(item.name).unwrap_or_default();
    let taken = match read_call(&name, item, call_id.as_deref(), gather) {
        Ok(taken) => taken,
        Err(why) => return gather.note_broken(why),
    };
    gather.learn_read(&taken.quoted);
    reader.author(taken.drafts, gather);
}

fn read_call(
    name: &str,
    item: &Item,
    call_id: Option<&str>,
    gather: &mut Gather,
) -> Result<Taken, String> {
    let prose = gather.options.prose;
    let mut taken = Taken::default();
    if let Some(input) = item.input {
        let input = text_of(Some(input))
            .ok_or_else(|| format!("a call of `{name}` whose input is no text"))?;
        if name == "exec" {
            for text in script_texts(&input) {
                if holds_patch(&text) || text.contains("<<") {
                    taken.take_command(&text, call_id, prose);
                }
                gather.learn_written(&text);
            }
        } else {
            taken.take_command(&input, call_id, prose);
            gather.learn_written(&input);
        }
        return Ok(taken);
    }
    if let Some(action) = item.action {
        let action: Arguments = serde_json::from_str(action.get())
            .map_err(|error| format!("an odd call of the shell: {error}"))?;
        taken.take_loose(action.command, call_id, prose);
        return Ok(taken);
    }
    // A list of arguments is a string that holds JSON. What the model itself wrote wrongly is no damage of the log.
    let Some(json) = text_of(item.arguments) else {
        return Err(format!("a call of `{name}` whose arguments are no text"));
    };
    let json = crate::surrogates::mend_surrogates(&json);
    let Ok(arguments) = serde_json::from_str::<Arguments>(&json) else {
        if holds_patch(&json) {
            taken.take_patch(&json, call_id);
        } else if !json.trim().is_empty() {
            gather.tally.note_unknown("arguments", name);
        }
        return Ok(taken);
    };
    taken.take_loose(arguments.cmd.or(arguments.command), call_id, prose);
    for patch in [arguments.input, arguments.patch].into_iter().filter_map(text_of) {
        taken.take_patch(&patch, call_id);
    }
    // Prompts, plans, keys typed into a terminal: the model's words, not indexed.
    let _ = each_string(&json, &mut |text| gather.learn_written(text));
    Ok(taken)
}

#[derive(Deserialize)]
struct Metadata {
    exit_code: Option<i64>,
}

/// An output before 2026: JSON within a string.
#[derive(Deserialize)]
struct Wrapped {
    output: String,
    metadata: Option<Metadata>,
}

/// Learns the output of a call, and whether it was applied.
pub(crate) fn take_output(item: &Item, gather: &mut Gather) {
    let Some(output) = item.output else {
        return gather.note_broken("an output of a tool without its text");
    };
    let mut text = text_of(Some(output)).unwrap_or_default();
    let mut applied = None;
    if text.starts_with('{')
        && let Ok(wrapped) = serde_json::from_str::<Wrapped>(&text)
    {
        applied = wrapped.metadata.and_then(|metadata| metadata.exit_code).map(|code| code == 0);
        text = wrapped.output;
    }
    if text.is_empty() {
        learn(Some(output), gather);
    } else {
        gather.learn_read(&text);
    }
    if let (Some(id), Some(applied)) = (text_of(item.call_id), outcome(&text).or(applied)) {
        gather.note_applied(id, applied);
    }
}

/// What the words of an output say about success.
fn outcome(output: &str) -> Option<bool> {
    if output.contains("Success. Updated the following files") {
        return Some(true);
    }
    if output.contains("apply_patch verification failed") {
        return Some(false);
    }
    let mut first_lines = output.lines().take(6);
    let code = first_lines.find_map(|line| {
        line.strip_prefix("Exit code: ").or_else(|| line.strip_prefix("Process exited with code "))
    })?;
    Some(code.trim() == "0")
}
