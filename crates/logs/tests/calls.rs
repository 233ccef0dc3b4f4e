//! What the arguments of calls hold: a tool that is known gives what it writes, one that is not every text, and what is plain
//! is left out.
#![allow(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "a test")]

use seepage_logs::{Class, LogOptions, LogTally, ToolCalls, read_session};
use serde_json::{Value, json};

/// Each row: class, path, what is left of the text. Strings stand in the order of the log, here that of the alphabet.
#[track_caller]
fn check(records: &[Value], expected: &[(Class, Option<&str>, &str)]) -> LogTally {
    let file = tempfile::NamedTempFile::new().unwrap();
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    std::fs::write(file.path(), lines.join("\n")).unwrap();
    let (mut authored, mut tally) = (vec![], LogTally::default());
    let paths = [file.path().to_path_buf()];
    read_session(&paths, &LogOptions::default(), &mut authored, &mut tally).unwrap();
    let left: Vec<(Class, Option<&str>, String)> = authored
        .iter()
        .map(|text| {
            let left = text.spans.iter().map(|span| &text.text[span.clone()]).collect();
            (text.provenance.class, text.provenance.file_path.as_deref(), left)
        })
        .collect();
    let expected: Vec<_> =
        expected.iter().map(|(class, path, text)| (*class, *path, (*text).to_owned())).collect();
    assert_eq!(expected, left);
    assert!(tally.lines_broken.is_empty(), "{:?}", tally.lines_broken);
    let left_out: u64 = tally.strings.left_out.values().sum();
    let strings = &tally.strings;
    assert_eq!(strings.bytes + strings.bytes_repeated, strings.bytes_kept + left_out);
    tally
}

fn said(block: Value) -> Value {
    json!({"type": "assistant", "sessionId": "s", "timestamp": "2026-01-01T00:00:00Z",
        "message": {"id": "m", "model": "m", "role": "assistant", "content": [block]}})
}

fn call(name: &str, input: Value) -> Value {
    said(json!({"type": "tool_use", "id": name, "name": name, "input": input}))
}

fn codex(payload: Value) -> [Value; 2] {
    [
        json!({"timestamp": "2026-01-01T00:00:00Z", "type": "session_meta", "payload": {"id": "s"}}),
        json!({"timestamp": "2026-01-01T00:00:00Z", "type": "response_item", "payload": payload}),
    ]
}

fn function(name: &str, arguments: Value) -> [Value; 2] {
    codex(json!({"type": "function_call", "name": name, "call_id": "c",
        "arguments": arguments.to_string()}))
}

#[test]
fn a_tool_that_is_not_known_is_taken_and_counted() {
    let input = json!({"path": "d/f.md", "name": "two words", "mode": "append", "lines": 3,
        "parts": [{"body": "first part"}, {"body": "second\npart"}]});
    let tally = check(
        &[call("mcp__notes__put", input)],
        &[
            (Class::Tool, Some("d/f.md"), "first part"),
            (Class::Tool, Some("d/f.md"), "second\npart"),
        ],
    );
    let expected = ToolCalls { calls: 1, bytes: 21 };
    assert_eq!(tally.tools_unknown, [("mcp__notes__put".to_owned(), expected)].into());
}

#[test]
fn of_a_tool_that_is_not_known_what_is_replaced_is_quoted_and_a_command_is_a_command() {
    let tally = check(
        &[
            call("swap", json!({"old_string": "a b\nc d", "new": "a b\nc d\ne f"})),
            call("run", json!({"command": "ls -l && python3 -c 'f(1, 2)'"})),
            call("look", json!({"url": "https://example.org/a", "pattern": "a b|c d"})),
        ],
        &[(Class::Tool, None, "e f"), (Class::Shell, None, "f(1, 2)")],
    );
    assert_eq!(tally.tools_unknown["look"], ToolCalls { calls: 1, bytes: 0 });
    assert_eq!(tally.tools_unknown.len(), 3);
}

#[test]
fn a_tool_that_reads_writes_nothing() {
    let tally = check(
        &[
            call("Grep", json!({"pattern": "one two three"})),
            call("WebSearch", json!({"query": "one two three"})),
            call("Read", json!({"file_path": "a b c"})),
        ],
        &[],
    );
    assert!(tally.tools_unknown.is_empty());
}

#[test]
fn plans_prompts_and_questions_have_their_classes() {
    check(
        &[
            call("Agent", json!({"prompt": "Look for it", "description": "Look", "model": "x"})),
            call("ExitPlanMode", json!({"plan": "# Plan\n\n1. Do it"})),
            call(
                "TodoWrite",
                json!({"todos": [{"content": "one thing", "activeForm": "Doing"},
                {"content": "other thing", "status": "pending"}]}),
            ),
            call(
                "AskUserQuestion",
                json!({"questions": [{"question": "Which way?", "options":
                [{"label": "This way", "description": "It is short"}]}]}),
            ),
            call("Workflow", json!({"script": "agent('x')", "args": "round two"})),
            call("SendMessage", json!({"to": "other", "message": {"text": "Go on"}})),
        ],
        &[
            (Class::Prompt, None, "Look for it\n"),
            (Class::Plan, None, "# Plan\n\n1. Do it\n"),
            (Class::Plan, None, "one thing\nother thing\n"),
            (Class::Prose, None, "It is short\nThis way\nWhich way?\n"),
            (Class::Shell, None, "agent('x')\n"),
            (Class::Prompt, None, "round two\n"),
            (Class::Prompt, None, "Go on\n"),
        ],
    );
    check(&[call("ExitPlanMode", json!({}))], &[]);
}

#[test]
fn messages_of_a_server_and_of_a_command_are_messages() {
    check(
        &[
            call(
                "mcp__github__create_pull_request",
                json!({"owner": "o", "title": "T", "body": "B c"}),
            ),
            call(
                "Bash",
                json!({"command": "git commit -m 'Fix it'", "description": "Commit it now"}),
            ),
            call(
                "mcp__github__create_or_update_file",
                json!({"path": "f", "content": "a", "message": "Add f"}),
            ),
        ],
        &[
            (Class::Message, None, "B c\nT\n"),
            (Class::Message, None, "Fix it"),
            (Class::File, Some("f"), "a"),
            (Class::Message, None, "Add f\n"),
        ],
    );
}

#[test]
fn reasoning_is_taken_where_it_is_readable() {
    let thought =
        |text: &str| said(json!({"type": "thinking", "thinking": text, "signature": "c2ln"}));
    check(
        &[
            thought("Hm, it may be so."),
            thought(""),
            said(json!({"type": "redacted_thinking", "data": "ZGF0YQ=="})),
        ],
        &[(Class::Reasoning, None, "Hm, it may be so.")],
    );
    let reasoning = json!({"type": "reasoning", "id": "r", "encrypted_content": "c2ln",
        "summary": [{"type": "summary_text", "text": "**Looking**"}],
        "content": [{"type": "reasoning_text", "text": "Hm."}]});
    check(
        &codex(reasoning),
        &[(Class::Reasoning, None, "**Looking**"), (Class::Reasoning, None, "Hm.")],
    );
}

#[test]
fn tools_of_codex_are_read_by_the_same_table() {
    check(
        &function(
            "update_plan",
            json!({"explanation": "First.", "plan":
            [{"step": "Read it", "status": "pending"}]}),
        ),
        &[(Class::Plan, None, "First.\nRead it\n")],
    );
    check(
        &function("spawn_agent", json!({"message": "Look for it", "agent_type": "worker"})),
        &[(Class::Prompt, None, "Look for it\n")],
    );
    check(
        &function(
            "shell",
            json!({"command": ["python3", "-c", "f(1)"], "justification": "To see"}),
        ),
        &[(Class::Shell, None, "f(1)")],
    );
    check(
        &function("exec_command", json!({"cmd": "git commit -m 'Fix it'"})),
        &[(Class::Message, None, "Fix it")],
    );
    let tally =
        check(&function("put_note", json!({"text": "one two"})), &[(Class::Tool, None, "one two")]);
    assert_eq!(tally.tools_unknown["put_note"].calls, 1);
}

#[test]
fn a_script_of_code_mode_is_taken_outside_of_its_calls() {
    let script = "const body = `One two\nthree`;\nconst rows = [];\n\
        for (const name of names) {\n  rows.push(await tools.exec_command({\n    cmd: `ls -l ${name}`\n  }));\n}\n\
        await tools.exec_command({cmd: \"git commit -m 'Fix it'\"});\n\
        await tools.mcp__notes__put({text: 'more of it'});\ntext(rows.join());\n";
    let tally = check(
        &codex(
            json!({"type": "custom_tool_call", "name": "exec", "call_id": "c", "input": script}),
        ),
        &[
            (Class::Tool, None, "more of it"),
            (Class::Message, None, "Fix it"),
            (
                Class::Shell,
                None,
                "const body = `One two\nthree`;\nconst rows = [];\nfor (const name of names) {\n}\ntext(rows.join());\n",
            ),
        ],
    );
    assert_eq!(tally.tools_unknown["mcp__notes__put"].calls, 1);
}

#[test]
fn what_codex_exec_prints_is_read() {
    let done = |item: Value| json!({"type": "item.completed", "item": item});
    let records = [
        json!({"type": "thread.started", "thread_id": "t-1"}),
        json!({"type": "turn.started"}),
        done(json!({"id": "1", "type": "reasoning", "text": "Hm, it may."})),
        json!({"type": "item.started", "item": {"id": "2", "type": "command_execution"}}),
        done(json!({"id": "2", "type": "command_execution", "exit_code": 0,
            "command": "bash -lc \"python3 -c 'f(1)'\"", "aggregated_output": "let a;\nlet b;\n"})),
        done(
            json!({"id": "3", "type": "agent_message", "text": "So:\n```\nlet a;\nlet b;\nlet c;\n```\n"}),
        ),
        done(json!({"id": "4", "type": "mcp_tool_call", "tool": "write_file",
            "arguments": {"path": "f", "content": "new"}})),
        done(json!({"id": "5", "type": "todo_list", "items": [{"text": "one thing"}]})),
        done(json!({"id": "6", "type": "file_change", "changes": [{"path": "f", "kind": "add"}]})),
        done(json!({"id": "7", "type": "novelty"})),
        json!({"type": "turn.completed", "usage": {}}),
    ];
    let tally = check(
        &records,
        &[
            (Class::Reasoning, None, "Hm, it may."),
            (Class::Shell, None, "f(1)"),
            (Class::Fence, None, "let c;\n"),
            (Class::Prose, None, "So:\n"),
            (Class::File, Some("f"), "new"),
            (Class::Plan, None, "one thing\n"),
        ],
    );
    assert_eq!(tally.records_unknown.keys().collect::<Vec<_>>(), ["item/novelty"]);
}

#[test]
fn a_tool_that_takes_a_text_alone_is_taken() {
    let input = "const page = await open();\npage.click();\n";
    check(
        &codex(
            json!({"type": "custom_tool_call", "name": "js_repl", "call_id": "c", "input": input}),
        ),
        &[(Class::Shell, None, input)],
    );
}
