//! The tools by which models write, of both programs and of MCP servers: which argument of a call
//! holds what the model wrote, and which holds what it repeats from a file.

use std::borrow::Cow;

use crate::class::Class;
use crate::json::{JsonObject, list_of};
use crate::words::draft::{Draft, Extracted};
use crate::words::shell::extract_command;

/// How an argument holds what the model wrote.
enum Holds {
    /// It is a text of this class.
    Text(Class),
    /// It is a shell command.
    Command,
}

/// Which arguments of a call hold what the model wrote. Of several names the first that is there
/// counts.
pub(crate) struct CallRule {
    /// Names of the tools. An MCP server puts its own name before them.
    names: &'static [&'static str],
    holds: Holds,
    text: &'static [&'static str],
    /// The argument that may list several texts, each with what it replaces.
    list: Option<&'static str>,
}

/// How tools spell the argument that names the file.
const FILE_PATHS: &[&str] = &[
    "file_path",
    "path",
    "notebook_path",
    "relative_path",
    "pathInProject",
    "target_file",
    "filename",
];

/// How tools spell the new text of an edit, and the old one, which the model repeats from the file.
/// Some models misname an argument: the call fails, but the text is theirs.
const NEW_TEXTS: &[&str] = &["new_string", "new_str", "newText", "new_text", "replace"];
const OLD_TEXTS: &[&str] = &["old_string", "old_str", "oldText", "old_text", "search"];

impl CallRule {
    const fn new(
        names: &'static [&'static str],
        holds: Holds,
        text: &'static [&'static str],
    ) -> Self {
        Self { names, holds, text, list: None }
    }
}

const CALL_RULES: [CallRule; 8] = [
    CallRule {
        list: Some("files"),
        ..CallRule::new(
            &[
                "Write",
                "append_file",
                "create_file",
                "create_new_file",
                "create_new_file_with_text",
                "create_or_update_file",
                "create_text_file",
                "push_files",
                "replace_file_text_by_path",
                "write_file",
                "write_to_file",
            ],
            Holds::Text(Class::File),
            &["content", "file_text", "text", "contents"],
        )
    },
    CallRule {
        list: Some("edits"),
        ..CallRule::new(
            &[
                "Edit",
                "MultiEdit",
                "edit_block",
                "edit_file",
                "multi_edit",
                "replace_in_file",
                "replace_specific_text",
                "replace_text_in_file",
                "search_replace",
                "str_replace",
            ],
            Holds::Text(Class::Edit),
            NEW_TEXTS,
        )
    },
    // One tool for all: what a call holds depends on its command.
    CallRule::new(
        &["str_replace_based_edit_tool", "str_replace_editor"],
        Holds::Text(Class::Edit),
        &["file_text", "new_str", "insert_text"],
    ),
    CallRule::new(
        &[
            "insert_after_symbol",
            "insert_at_line",
            "insert_before_symbol",
            "replace_content",
            "replace_lines",
            "replace_regex",
            "replace_symbol_body",
        ],
        Holds::Text(Class::Edit),
        &["body", "content", "repl"],
    ),
    CallRule::new(
        &["NotebookEdit", "executeCode", "execute_code"],
        Holds::Text(Class::Notebook),
        &["new_source", "code"],
    ),
    CallRule::new(
        &["browser_evaluate", "browser_run_code"],
        Holds::Text(Class::Shell),
        &["function", "code"],
    ),
    CallRule::new(
        &["Bash", "PowerShell", "execute_command", "run_command", "start_process"],
        Holds::Command,
        &["command"],
    ),
    CallRule::new(&["Agent", "Task"], Holds::Text(Class::Prose), &["prompt"]),
];

/// The rule for a tool, by its name or by what stands behind the name of its MCP server:
/// `mcp__filesystem__write_file`.
pub(crate) fn rule_of(name: &str) -> Option<&'static CallRule> {
    let own_name = name.rsplit("__").next().unwrap_or(name);
    CALL_RULES.iter().find(|rule| rule.names.contains(&own_name))
}

impl CallRule {
    /// Whether the text is prose, which is not indexed unless asked for.
    pub(crate) fn is_prose(&self) -> bool {
        matches!(self.holds, Holds::Text(Class::Prose))
    }

    /// Whether the text is a command, of which only a part is indexed.
    pub(crate) fn is_command(&self) -> bool {
        matches!(self.holds, Holds::Command)
    }

    /// What the arguments of a call hold: one entry for each text, in order, each with what it
    /// replaces; `None` for one whose text is not there.
    pub(crate) fn extract(&self, input: &JsonObject) -> Vec<Option<Extracted>> {
        let file_path = text_of_first(FILE_PATHS, input);
        let Some(list) = self.list.and_then(|list| input.get(list)) else {
            return vec![self.extract_one(input, file_path)];
        };
        // Some models write the list as a string that holds JSON.
        let list = serde_json::from_str(list.get()).map_or(Cow::Borrowed(list.get()), Cow::Owned);
        let Ok(holders) = list_of::<JsonObject>(&list) else { return vec![None] };
        let each = holders.iter().map(|holder| {
            let own_path = text_of_first(FILE_PATHS, holder);
            self.extract_one(holder, own_path.or_else(|| file_path.clone()))
        });
        each.collect()
    }

    fn extract_one(&self, holder: &JsonObject, file_path: Option<String>) -> Option<Extracted> {
        let text = text_of_first(self.text, holder)?;
        let replaced = text_of_first(OLD_TEXTS, holder).unwrap_or_default();
        let mut extracted = Extracted { quoted: replaced, ..Extracted::default() };
        match self.holds {
            Holds::Text(class) => extracted.push(Draft::whole(class, file_path, text)),
            Holds::Command => extract_command(&text, &mut extracted),
        }
        Some(extracted)
    }
}

/// The first of these fields that is a text.
fn text_of_first(names: &[&str], object: &JsonObject) -> Option<String> {
    names.iter().find_map(|name| object.text(name))
}
