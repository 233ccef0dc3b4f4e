//! The tools that models call, of both programs and of MCP servers: which argument of a call holds
//! what the model wrote, which holds what it repeats from a file, and which is plain. Of a tool that
//! is not known here, every text is taken but for what is plain by its name or its look.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::class::Class;
use crate::json::{JsonObject, each_named_string, list_of};
use crate::session::account::LeftOut;
use crate::words::draft::{Draft, Extracted};
use crate::words::patch::{extract_patches, holds_patch};
use crate::words::shell::{extract_command, extract_words};

/// How an argument holds what the model wrote.
enum Holds {
    /// It is a text of this class.
    Text(Class),
    /// All strings of these names, at any depth, are together a text of this class.
    Lines(Class),
    /// It is a shell command, or a program and its arguments.
    Command,
    /// No argument does: they are paths, patterns, queries.
    Nothing,
}

/// Which arguments of a call hold what the model wrote. Of several names the first that is there
/// counts, but for lines. A tool may have several rules.
pub(crate) struct CallRule {
    /// Names of the tools. An MCP server puts its own name before them, and some models write theirs in small letters.
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

/// Arguments of tools that are not known: commands, and what is plain whatever it holds.
const COMMANDS: &[&str] = &["command", "cmd", "shell_command"];
const PLAIN_ARGUMENTS: &[&str] = &[
    "branch",
    "cwd",
    "file",
    "filePath",
    "file_path",
    "filename",
    "glob",
    "href",
    "id",
    "key",
    "language",
    "model",
    "name",
    "notebook_path",
    "owner",
    "path",
    "pathInProject",
    "paths",
    "pattern",
    "regex",
    "ref",
    "relative_path",
    "repo",
    "selector",
    "sha",
    "status",
    "target_file",
    "type",
    "uri",
    "url",
    "workdir",
];

const CALL_RULES: [CallRule; 22] = [
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
        &["browser_evaluate", "browser_run_code", "js_repl", "code_execution"],
        Holds::Text(Class::Shell),
        &["function", "code"],
    ),
    CallRule::new(
        &[
            "Bash",
            "Monitor",
            "PowerShell",
            "bash_code_execution",
            "container.exec",
            "exec_command",
            "execute_bash",
            "execute_command",
            "local_shell",
            "run_command",
            "run_in_terminal",
            "run_terminal_cmd",
            "shell",
            "shell_command",
            "start_process",
            "unified_exec",
        ],
        Holds::Command,
        &["command", "cmd"],
    ),
    CallRule::new(&["write_stdin"], Holds::Command, &["chars"]),
    CallRule::new(&["apply_patch"], Holds::Command, &["input", "patch"]),
    CallRule::new(
        &["Agent", "Task", "WebFetch", "CronCreate", "ScheduleWakeup"],
        Holds::Lines(Class::Prompt),
        &["prompt"],
    ),
    CallRule::new(
        &["SendMessage", "followup_task", "send_input", "send_message", "spawn_agent"],
        Holds::Lines(Class::Prompt),
        &["message", "content", "text", "prompt"],
    ),
    CallRule::new(&["Skill"], Holds::Lines(Class::Prompt), &["args"]),
    CallRule::new(&["Workflow"], Holds::Lines(Class::Shell), &["script"]),
    CallRule::new(&["Workflow"], Holds::Lines(Class::Prompt), &["args"]),
    CallRule::new(
        &["create_or_update_file", "delete_file", "push_files"],
        Holds::Lines(Class::Message),
        &["message"],
    ),
    CallRule::new(&["ExitPlanMode", "exit_plan_mode"], Holds::Lines(Class::Plan), &["plan"]),
    CallRule::new(&["TodoWrite"], Holds::Lines(Class::Plan), &["content"]),
    CallRule::new(&["update_plan"], Holds::Lines(Class::Plan), &["explanation", "step"]),
    CallRule::new(
        &["TaskCreate", "TaskUpdate"],
        Holds::Lines(Class::Plan),
        &["subject", "description"],
    ),
    CallRule::new(
        &["AskUserQuestion", "request_user_input"],
        Holds::Lines(Class::Prose),
        &["question", "label", "description", "preview"],
    ),
    CallRule::new(
        &[
            "add_comment_to_pending_review",
            "add_issue_comment",
            "create_and_submit_pull_request_review",
            "create_issue",
            "create_pending_pull_request_review",
            "create_pull_request",
            "create_pull_request_review",
            "git_commit",
            "issue_write",
            "merge_pull_request",
            "pull_request_review_write",
            "submit_pending_pull_request_review",
            "update_issue",
            "update_pull_request",
        ],
        Holds::Lines(Class::Message),
        &["title", "body", "commit_title", "commit_message", "message"],
    ),
    CallRule::new(
        &[
            "BashOutput",
            "EnterPlanMode",
            "EnterWorktree",
            "ExitWorktree",
            "Glob",
            "Grep",
            "KillBash",
            "KillShell",
            "LS",
            "LSP",
            "ListMcpResourcesTool",
            "NotebookRead",
            "Read",
            "ReadMcpResourceTool",
            "SlashCommand",
            "TaskGet",
            "TaskList",
            "TaskOutput",
            "TaskStop",
            "TodoRead",
            "ToolSearch",
            "View",
            "WebSearch",
            "close_agent",
            "directory_tree",
            "find_file",
            "find_referencing_symbols",
            "find_symbol",
            "get_file_contents",
            "get_symbols_overview",
            "list_agents",
            "list_dir",
            "list_directory",
            "list_mcp_resource_templates",
            "list_mcp_resources",
            "read_file",
            "read_mcp_resource",
            "read_multiple_files",
            "read_text_file",
            "resolve-library-id",
            "resume_agent",
            "search_files",
            "search_for_pattern",
            "tool_search",
            "view_image",
            "wait",
            "wait_agent",
            "web_search",
        ],
        Holds::Nothing,
        &[],
    ),
];

/// The rules for a tool, by its name or by what stands behind the name of its MCP server:
/// `mcp__filesystem__write_file`.
fn rules_of(name: &str) -> Vec<&'static CallRule> {
    let own_name = name.rsplit("__").next().unwrap_or(name);
    let is_meant =
        |rule: &&CallRule| rule.names.iter().any(|name| name.eq_ignore_ascii_case(own_name));
    CALL_RULES.iter().filter(is_meant).collect()
}

/// What the arguments of a call hold.
pub(crate) struct CallTexts {
    /// One entry for each text, in order, each with what it replaces.
    pub(crate) texts: Vec<Extracted>,
    /// Why the rest of the arguments is not taken.
    pub(crate) rest: LeftOut,
    /// The tool is not known.
    pub(crate) is_unknown: bool,
    /// The call has not the text that those of its tool have.
    pub(crate) lacks_text: bool,
}

impl CallTexts {
    /// What a call of a known tool holds.
    pub(crate) fn of(texts: Vec<Extracted>, rest: LeftOut) -> Self {
        Self { texts, rest, is_unknown: false, lacks_text: false }
    }

    /// Bytes of the texts.
    pub(crate) fn bytes(&self) -> u64 {
        let drafts = self.texts.iter().flat_map(|extracted| &extracted.drafts);
        drafts.map(|draft| draft.text.len() as u64).sum()
    }
}

/// Extracts what the arguments of a call, as JSON, hold.
///
/// # Errors
/// They are no map, or nested too deeply.
pub(crate) fn extract_call(name: &str, json: &str) -> serde_json::Result<CallTexts> {
    let arguments = JsonObject::parse(json)?;
    let rules = rules_of(name);
    if rules.is_empty() {
        return Ok(CallTexts {
            texts: vec![extract_unknown(&arguments, json)?],
            rest: LeftOut::Argument,
            is_unknown: true,
            lacks_text: false,
        });
    }
    let mut call = CallTexts::of(vec![], LeftOut::Argument);
    for rule in rules {
        let extracted = rule.extract(&arguments, json)?;
        call.lacks_text |= extracted.iter().any(Option::is_none);
        call.texts.extend(extracted.into_iter().flatten());
        if matches!(rule.holds, Holds::Command) {
            call.rest = LeftOut::Command;
        }
    }
    Ok(call)
}

/// What the arguments of a tool that is not known hold.
fn extract_unknown(arguments: &JsonObject, json: &str) -> serde_json::Result<Extracted> {
    let file_path = text_of_first(FILE_PATHS, arguments);
    let mut extracted = Extracted::default();
    each_named_string(json, &mut |name, text| {
        if OLD_TEXTS.contains(&name) {
            extracted.quote(text);
        } else if COMMANDS.contains(&name) {
            extract_command(text, &mut extracted);
        } else if holds_patch(text) {
            extract_patches(text, &mut extracted);
        } else if !is_plain(name, text) {
            extracted.push(Draft::whole(Class::Tool, file_path.clone(), text.to_owned()));
        }
    })?;
    Ok(extracted)
}

/// Whether an argument is plain: by its name, or because it is one word: a path, an address, a number.
/// Languages that put no blanks between words do not write them in ASCII.
fn is_plain(name: &str, text: &str) -> bool {
    let is_word = text.is_ascii() && !text.trim().contains(|char: char| char.is_ascii_whitespace());
    is_word || PLAIN_ARGUMENTS.contains(&name)
}

impl CallRule {
    /// What the arguments of a call hold: one entry for each text, in order, each with what it
    /// replaces; `None` for one whose text is not there.
    fn extract(
        &self,
        arguments: &JsonObject,
        json: &str,
    ) -> serde_json::Result<Vec<Option<Extracted>>> {
        match self.holds {
            Holds::Nothing => return Ok(vec![]),
            Holds::Lines(class) => return Ok(vec![Some(self.extract_lines(class, json)?)]),
            Holds::Text(_) | Holds::Command => {}
        }
        let file_path = text_of_first(FILE_PATHS, arguments);
        let Some(list) = self.list.and_then(|list| arguments.get(list)) else {
            return Ok(vec![self.extract_one(arguments, file_path)]);
        };
        // Some models write the list as a string that holds JSON.
        let list = serde_json::from_str(list.get()).map_or(Cow::Borrowed(list.get()), Cow::Owned);
        let Ok(holders) = list_of::<JsonObject>(&list) else { return Ok(vec![None]) };
        let each = holders.iter().map(|holder| {
            let own_path = text_of_first(FILE_PATHS, holder);
            self.extract_one(holder, own_path.or_else(|| file_path.clone()))
        });
        Ok(each.collect())
    }

    fn extract_one(&self, holder: &JsonObject, file_path: Option<String>) -> Option<Extracted> {
        let mut extracted = Extracted::default();
        if let Holds::Text(class) = self.holds {
            let text = text_of_first(self.text, holder)?;
            extracted.quoted = text_of_first(OLD_TEXTS, holder).unwrap_or_default();
            extracted.push(Draft::whole(class, file_path, text));
        } else {
            let command = self.text.iter().find_map(|name| holder.get(name))?;
            extract_any_command(command, &mut extracted);
        }
        Some(extracted)
    }

    fn extract_lines(&self, class: Class, json: &str) -> serde_json::Result<Extracted> {
        let mut lines = Draft::new(class, None);
        each_named_string(json, &mut |name, text| {
            if self.text.contains(&name) {
                text.lines().for_each(|line| lines.push_line(line));
            }
        })?;
        let mut extracted = Extracted::default();
        extracted.push(lines);
        Ok(extracted)
    }
}

/// Extracts a command that is one string, or a list of words: `["apply_patch", PATCH]`, `["bash",
/// "-lc", SCRIPT]`, `["powershell.exe", "-NoProfile", "-Command", SCRIPT]`, or a program with a patch
/// among its arguments.
pub(crate) fn extract_any_command(command: &RawValue, extracted: &mut Extracted) {
    if let Ok(script) = serde_json::from_str::<String>(command.get()) {
        return extract_command(&script, extracted);
    }
    extract_words(list_of(command.get()).unwrap_or_default(), extracted);
}

/// The first of these fields that is a text.
fn text_of_first(names: &[&str], object: &JsonObject) -> Option<String> {
    names.iter().find_map(|name| object.text(name))
}
