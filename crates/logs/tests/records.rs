//! Single records with one pitfall each.
#![allow(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "a test")]

use seepage_logs::{
    Authored, Class, LogOptions, LogTally, is_read_with_log, read_session, sniff_log,
};
use serde_json::{Value, json};

fn read_as(lines: &[String], options: LogOptions) -> (Vec<Authored>, LogTally) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), lines.join("\n")).unwrap();
    let (mut authored, mut tally) = (vec![], LogTally::default());
    read_session(&[file.path().to_path_buf()], &options, &mut authored, &mut tally).unwrap();
    (authored, tally)
}

/// Each row: class and what is left of the text.
#[track_caller]
fn check(lines: &[Value], expected: &[(Class, &str)]) -> (Vec<Authored>, LogTally) {
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    let (authored, tally) = read_as(&lines, LogOptions::default());
    let left_of =
        |text: &Authored| text.spans.iter().map(|span| &text.text[span.clone()]).collect();
    let left: Vec<(&str, String)> =
        authored.iter().map(|text| (text.provenance.class.name(), left_of(text))).collect();
    let expected: Vec<(&str, String)> =
        expected.iter().map(|(class, text)| (class.name(), (*text).to_owned())).collect();
    assert_eq!(expected, left);
    assert!(tally.lines_broken.is_empty(), "{:?}", tally.lines_broken);
    (authored, tally)
}

fn said(message_id: &str, block: Value) -> Value {
    json!({"type": "assistant", "sessionId": "s", "timestamp": "2026-01-01T00:00:00Z",
        "message": {"id": message_id, "model": "m", "role": "assistant", "content": [block]}})
}

fn call(id: &str, name: &str, input: Value) -> Value {
    said("msg", json!({"type": "tool_use", "id": id, "name": name, "input": input}))
}

fn shown(content: Value) -> Value {
    json!({"type": "user", "sessionId": "s", "message": {"role": "user", "content": content}})
}

fn result(id: &str, content: &str) -> Value {
    shown(json!([{"type": "tool_result", "tool_use_id": id, "content": content}]))
}

#[test]
fn all_blocks_of_one_message_are_taken_and_a_repeated_one_once() {
    let text = |text: &str| said("msg", json!({"type": "text", "text": text}));
    let (_, tally) = check(
        &[text("```\na\n```"), text("```\nb\n```"), text("```\na\n```")],
        &[(Class::Fence, "a\n"), (Class::Fence, "b\n")],
    );
    assert_eq!(1, tally.duplicates);
}

#[test]
fn a_call_mirrored_in_a_progress_record_is_taken_once() {
    let write = call("t", "Write", json!({"file_path": "f", "content": "a\n"}));
    let mirror = json!({"type": "progress", "sessionId": "s", "data": {"type": "agent_progress",
        "message": {"type": "assistant", "message": write["message"].clone()}}});
    let (_, tally) = check(&[write, mirror], &[(Class::File, "a\n")]);
    assert_eq!(1, tally.duplicates);
}

#[test]
fn every_tool_that_writes_is_read_and_a_misnamed_key_too() {
    check(
        &[
            call("1", "Edit", json!({"file_path": "f", "old_string": "x", "new_str": "a"})),
            call("2", "MultiEdit", json!({"edits": [{"old_string": "x", "new_string": "b"}]})),
            call("3", "NotebookEdit", json!({"notebook_path": "n", "new_source": "c"})),
            call("4", "Bash", json!({"command": "python3 <<E\nd\nE\n"})),
            call("5", "TodoWrite", json!({"todos": [{"content": "e"}]})),
        ],
        &[
            (Class::Edit, "a"),
            (Class::Edit, "b"),
            (Class::Notebook, "c"),
            (Class::Shell, "d\n"),
            (Class::Plan, "e\n"),
        ],
    );
}

#[test]
fn a_tool_of_a_server_is_known_by_the_last_part_of_its_name() {
    let edits = json!([{"oldText": "x", "newText": "b"}]);
    check(
        &[
            call("1", "mcp__acp__Write", json!({"file_path": "f", "content": "a"})),
            call("2", "mcp__filesystem__edit_file", json!({"path": "f", "edits": edits})),
            call("3", "mcp__fs__edit_file", json!({"path": "f", "edits": edits.to_string()})),
            call(
                "4",
                "mcp__serena__insert_after_symbol",
                json!({"relative_path": "f", "body": "c"}),
            ),
            call("5", "mcp__ide__executeCode", json!({"code": "d"})),
            call("6", "mcp__acp__Bash", json!({"command": "cat > f <<E\ne\nE\n"})),
            call("7", "mcp__github__push_files", json!({"files": [{"path": "f", "content": "g"}]})),
            call("8", "Write", json!({"file_path": "f", "file_text": "h"})),
            call("9", "PowerShell", json!({"command": "@'\ni\n'@ | Set-Content f"})),
            call("10", "mcp__notes__Write", json!({"title": "x"})),
            call("11", "mcp__notes__read_file", json!({"path": "f", "content": "x"})),
        ],
        &[
            (Class::File, "a"),
            (Class::Edit, "b"),
            (Class::Edit, "b"),
            (Class::Edit, "c"),
            (Class::Notebook, "d"),
            (Class::File, "e\n"),
            (Class::File, "g"),
            (Class::File, "h"),
            (Class::File, "i"),
        ],
    );
}

#[test]
fn an_edit_of_a_list_does_not_quote_the_edit_before_it() {
    let edits =
        json!([{"oldText": "x", "newText": "a\nb\nc"}, {"oldText": "a\nb", "newText": "d"}]);
    check(
        &[call("1", "mcp__filesystem__edit_file", json!({"path": "f", "edits": edits}))],
        &[(Class::Edit, "a\nb\nc"), (Class::Edit, "d")],
    );
}

#[test]
fn what_was_read_behind_any_prefix_is_no_output() {
    for read in [
        "     1→let a;\n     2→let b;",
        "1\tlet a;\n2\tlet b;",
        "f.rs:1:let a;\nf.rs-2-let b;",
        "-let a;\n+let b;",
    ] {
        check(
            &[
                result("r", read),
                call("t", "Write", json!({"file_path": "f", "content": "let a;\nlet b;\nnew\n"})),
            ],
            &[(Class::File, "new\n")],
        );
    }
}

#[test]
fn an_edit_that_only_quotes_yields_nothing_and_is_counted() {
    let (_, tally) =
        check(&[call("t", "Edit", json!({"old_string": "a\nb\nc", "new_string": "a\nc"}))], &[]);
    assert_eq!((1, 3, 3), (tally.texts_subtracted, tally.bytes_authored, tally.bytes_subtracted));
}

#[test]
fn what_the_model_wrote_and_then_read_stays_its_own() {
    let write = |id| call(id, "Write", json!({"file_path": "f", "content": "let a;\nlet b;\n"}));
    check(
        &[write("1"), result("1", "1\tlet a;\n2\tlet b;"), write("2")],
        &[(Class::File, "let a;\nlet b;\n"), (Class::File, "let a;\nlet b;\n")],
    );
}

#[test]
fn lines_of_the_program_itself_and_of_a_summary_are_not_authored() {
    let synthetic = json!({"type": "assistant", "sessionId": "s",
        "message": {"id": "m", "model": "<synthetic>", "content": [{"type": "text", "text": "```\nx\n```"}]}});
    let summary = json!({"type": "user", "sessionId": "s", "isCompactSummary": true,
        "message": {"role": "user", "content": "```\ny\n```"}});
    let placeholder = call("t", "Write", json!({"file_path": "f", "content": "REDACTED\n"}));
    check(&[synthetic, summary, placeholder], &[]);
}

#[test]
fn a_lone_surrogate_costs_one_character_and_not_the_line() {
    let line = call("t", "Write", json!({"file_path": "f", "content": "a@b\n"}))
        .to_string()
        .replace('@', "\\ud83d");
    let (authored, tally) = read_as(&[line], LogOptions::default());
    assert_eq!("a\u{fffd}b\n", authored[0].text);
    assert!(tally.lines_broken.is_empty());
}

#[test]
fn unknown_types_and_wrong_shapes_are_counted() {
    let lines = [
        json!({"type": "file-history-snapshot", "messageId": "m"}),
        json!({"type": "novelty", "sessionId": "s"}),
        json!({"type": "assistant", "sessionId": "s"}),
        json!({"type": "assistant", "sessionId": "s", "message": {"content": [7]}}),
        json!({"type": "progress", "sessionId": "s", "data": {"type": "x_progress"}}),
        said("m", json!({"type": "hologram"})),
        call("t", "Write", json!({"file_path": "f", "content": 1})),
    ];
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    let (authored, tally) = read_as(&lines, LogOptions::default());
    assert!(authored.is_empty());
    let broken: Vec<u64> = tally.lines_broken.iter().map(|line| line.line).collect();
    assert_eq!(vec![3, 4, 7], broken);
    let unknown: Vec<&str> = tally.records_unknown.keys().map(String::as_str).collect();
    assert_eq!(vec!["assistant/hologram", "novelty", "progress/x_progress"], unknown);
}

#[test]
fn a_file_of_broken_lines_does_not_fill_the_list() {
    let mut lines = vec![shown(json!("hello")).to_string()];
    lines.resize(5_001, "x".to_owned());
    let (_, tally) = read_as(&lines, LogOptions::default());
    assert_eq!((1_000, 4_000), (tally.lines_broken.len(), tally.lines_broken_unlisted));
}

#[test]
fn what_is_of_a_class_that_was_left_out_is_not_taken() {
    let lines = [
        said("m", json!({"type": "thinking", "thinking": "Hm.", "signature": "c2ln"})).to_string(),
        said("m", json!({"type": "text", "text": "Well.\n```\nx\n```\n"})).to_string(),
        call("t", "Bash", json!({"command": "git commit -F - <<E\nfix\nE\n"})).to_string(),
    ];
    let classes = |without: &[Class]| -> Vec<Class> {
        let mut options = LogOptions::default();
        options.classes.retain(|class| !without.contains(class));
        let (authored, _) = read_as(&lines, options);
        authored.into_iter().map(|text| text.provenance.class).collect()
    };
    let all = [Class::Reasoning, Class::Fence, Class::Prose, Class::Message];
    assert_eq!(classes(&[]), all);
    assert_eq!(classes(&[Class::Prose, Class::Reasoning]), [Class::Fence, Class::Message]);
}

fn item(payload: Value) -> Value {
    json!({"timestamp": "2026-01-01T00:00:00Z", "type": "response_item", "payload": payload})
}

fn meta(id: &str) -> Value {
    json!({"timestamp": "2026-01-01T00:00:00Z", "type": "session_meta", "payload": {"id": id}})
}

const PATCH: &str = "*** Begin Patch\n*** Update File: d/f\n@@\n old\n+new\n*** End Patch";

#[test]
fn a_patch_is_found_in_every_wrapping_of_codex() {
    let function = |name: &str, arguments: Value| {
        item(
            json!({"type": "function_call", "name": name, "arguments": arguments.to_string(), "call_id": name}),
        )
    };
    let heredoc = format!("cd x && apply_patch <<'P'\n{PATCH}\nP\n");
    for call in [
        item(
            json!({"type": "custom_tool_call", "name": "apply_patch", "input": PATCH, "call_id": "c"}),
        ),
        function("apply_patch", json!({"input": PATCH})),
        function("shell", json!({"command": ["apply_patch", PATCH]})),
        function("shell", json!({"command": ["bash", "-lc", heredoc]})),
        function("exec_command", json!({"cmd": heredoc})),
        function("shell_command", json!({"command": heredoc})),
        function("shell", json!({"command": ["/bin/bash", "-l", "-c", heredoc]})),
        function(
            "shell",
            json!({"command": ["powershell.exe", "-NoProfile", "-Command", format!("@'\n{PATCH}\n'@ | apply_patch")]}),
        ),
        function("shell_command", json!({"command": format!("apply_patch @'\n{PATCH}\n'@")})),
        item(
            json!({"type": "local_shell_call", "action": {"type": "exec", "command": ["bash", "-lc", heredoc]}}),
        ),
        item(json!({"type": "custom_tool_call", "name": "exec", "call_id": "c",
            "input": format!("const p = {};\nawait tools.apply_patch(p);", json!(PATCH))})),
        item(json!({"type": "custom_tool_call", "name": "exec", "call_id": "c",
            "input": format!("await tools.apply_patch(String.raw`{PATCH}`)")})),
        item(json!({"type": "custom_tool_call", "name": "exec", "call_id": "c",
            "input": format!("await tools.exec_command({{cmd: {}}})", json!(heredoc))})),
    ] {
        let (authored, _) = check(&[meta("s"), call], &[(Class::Edit, "new\n")]);
        assert_eq!(Some("d/f"), authored[0].provenance.file_path.as_deref());
    }
}

#[test]
fn a_change_that_no_call_holds_is_taken_from_its_event() {
    let end = json!({"timestamp": "2026-01-01T00:00:00Z", "type": "event_msg", "payload": {"type": "patch_apply_end",
        "call_id": "exec-1", "success": true,
        "changes": {"/d/f": {"type": "update", "unified_diff": "@@ -1 +1,2 @@\n old\n+new\n"}}}});
    let (authored, _) = check(&[meta("s"), end], &[(Class::Edit, "new\n")]);
    assert_eq!(
        (Some(true), Some("exec-1")),
        (authored[0].provenance.applied, authored[0].provenance.call_id.as_deref())
    );
}

#[test]
fn a_change_that_no_call_holds_is_taken_from_the_item_that_replaced_its_event() {
    let completed = |id: &str| {
        json!({"timestamp": "2026-01-01T00:00:00Z", "type": "event_msg", "payload": {"type": "item_completed",
            "item": {"type": "FileChange", "id": id, "status": "completed",
                "changes": {"/d/f": {"type": "update", "unified_diff": "@@ -1 +1,2 @@\n old\n+new\n"}}}}})
    };
    let call = item(
        json!({"type": "custom_tool_call", "name": "apply_patch", "input": PATCH, "call_id": "c"}),
    );
    let (authored, _) = check(&[meta("s"), completed("exec-1")], &[(Class::Edit, "new\n")]);
    assert_eq!(Some(true), authored[0].provenance.applied);
    check(&[meta("s"), call, completed("c"), completed("exec-2")], &[(Class::Edit, "new\n")]);
}

#[test]
fn a_tool_of_a_server_is_read_in_codex_too() {
    let write = item(json!({"type": "function_call", "name": "write_file", "call_id": "1",
        "namespace": "mcp__filesystem", "arguments": json!({"path": "f", "content": "a"}).to_string()}));
    let edit = item(json!({"type": "function_call", "name": "acp__Edit", "call_id": "2",
        "arguments": json!({"path": "f", "old_string": "x\ny", "new_string": "x\ny\nb"}).to_string()}));
    check(&[meta("s"), write, edit], &[(Class::File, "a"), (Class::Edit, "b")]);
}

#[test]
fn a_tool_of_a_server_is_read_in_a_script() {
    let script = "const body = `a\nb\n`;\nawait tools.mcp__filesystem__write_file({path: 'f', content: body});
        await tools.mcp__filesystem__edit_file({path: 'g', edits: [{oldText: 'c\\nd', newText: 'c\\nd\\ne'}]});
        text(await tools.exec_command({cmd: 'ls'}));";
    let exec =
        item(json!({"type": "custom_tool_call", "name": "exec", "call_id": "1", "input": script}));
    let (authored, _) = check(&[meta("s"), exec], &[(Class::File, "a\nb\n"), (Class::Edit, "e")]);
    assert_eq!(Some("f"), authored[0].provenance.file_path.as_deref());
}

#[test]
fn a_forked_session_keeps_its_own_id_and_compacted_history_is_passed_over() {
    let compacted = json!({"timestamp": "2026-01-01T00:00:00Z", "type": "compacted", "payload": {"message": "",
        "replacement_history": [{"type": "message", "role": "assistant",
            "content": [{"type": "output_text", "text": "```\nx\n```"}]}]}});
    let said = item(json!({"type": "message", "role": "assistant",
        "content": [{"type": "output_text", "text": "```\ny\n```"}]}));
    let (authored, _) =
        check(&[meta("own"), meta("parent"), compacted, said], &[(Class::Fence, "y\n")]);
    assert_eq!("own", authored[0].provenance.session_id);
}

#[test]
fn a_result_that_lies_beside_the_log_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let stored = folder.path().join("s/tool-results");
    std::fs::create_dir_all(&stored).unwrap();
    std::fs::create_dir_all(folder.path().join("s/subagents")).unwrap();
    std::fs::write(stored.join("b1.txt"), "let a;\nlet b;\n").unwrap();
    std::fs::write(stored.join("mcp-x.txt"), r#"[{"type":"text","text":"let c;\nlet d;"}]"#)
        .unwrap();
    let lines = [
        result(
            "1",
            "<persisted-output>\nFull output saved to: /u/.claude/s/tool-results/b1.txt\n\nPreview",
        ),
        result(
            "2",
            "Error: result exceeds limits. Output has been saved to C:\\u\\tool-results\\mcp-x.txt.",
        ),
        result(
            "3",
            "Full output saved to: /u/s/tool-results/absent.txt or tool-results/../../b1.txt",
        ),
        call(
            "t",
            "Write",
            json!({"file_path": "f", "content": "let a;\nlet b;\nnew\nlet c;\nlet d;\n"}),
        ),
    ];
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    for log in ["s.jsonl", "renamed.jsonl", "s/subagents/agent-1.jsonl"] {
        let path = folder.path().join(log);
        std::fs::write(&path, lines.join("\n")).unwrap();
        let (mut authored, mut tally) = (vec![], LogTally::default());
        read_session(&[path], &LogOptions::default(), &mut authored, &mut tally).unwrap();
        let left: Vec<_> = authored.iter().map(|it| &it.text[it.spans[0].clone()]).collect();
        assert_eq!(vec!["new\n"], left, "{log}");
        assert!(tally.lines_broken.is_empty(), "{:?}", tally.lines_broken);
    }
    assert!(is_read_with_log(&stored.join("b1.txt")));
    assert!(!is_read_with_log(&folder.path().join("s.jsonl")));
}

#[test]
fn content_that_is_spread_under_numbers_is_read() {
    let spread = |values: &[Value]| {
        let mut record = said("m", json!(0));
        record["message"]["content"] = json!([]);
        for (number, value) in values.iter().enumerate() {
            record["message"][number.to_string()] = value.clone();
        }
        record
    };
    let block = json!({"type": "text", "text": "```\na\n```"});
    let characters: Vec<Value> = "```\nb\n```".chars().map(|char| json!(char)).collect();
    check(
        &[spread(&[block]), spread(&characters)],
        &[(Class::Fence, "a\n"), (Class::Fence, "b\n")],
    );
}

#[test]
fn a_plan_that_comes_back_as_a_message_is_the_models() {
    let plan = "# Plan\n\n```rust\nlet a;\nlet b;\n```\n";
    let mut handed = shown(json!(format!("Implement the following plan:\n\n{plan}")));
    handed["planContent"] = json!(plan);
    let write = call("t", "Write", json!({"file_path": "f", "content": "let a;\nlet b;\nnew\n"}));
    check(
        &[handed.clone(), handed, write],
        &[(Class::Plan, plan), (Class::File, "let a;\nlet b;\nnew\n")],
    );
}

/// A file with this content is the log of a session of Claude Code that writes one file.
#[track_caller]
fn check_wrapped(content: &[u8], session_id: Option<&str>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("named.jsonl");
    std::fs::write(&path, content).unwrap();
    let session = sniff_log(&path).unwrap().expect("a log");
    assert_eq!(("claude-code", session_id.unwrap_or("named")), (&*session.tool, &*session.id));
    let (mut authored, mut tally) = (vec![], LogTally::default());
    read_session(&[path], &LogOptions::default(), &mut authored, &mut tally).unwrap();
    let left: Vec<_> = authored.iter().map(|text| text.text.as_str()).collect();
    assert_eq!(vec!["a\n"], left);
    assert_eq!(Vec::<seepage_logs::BrokenLine>::new(), tally.lines_broken);
    assert_eq!(session.id, authored[0].provenance.session_id);
}

#[test]
fn the_same_records_are_read_in_any_wrapping() {
    let asked = shown(json!("write"));
    let write = call("t", "Write", json!({"file_path": "f", "content": "a\n"}));
    let list = json!([asked, write]);
    let texts = json!([asked.to_string(), write.to_string()]);
    let lines = format!("{asked}\r\n{write}\r\n");
    let utf16 = lines.encode_utf16().flat_map(u16::to_le_bytes);
    check_wrapped(lines.as_bytes(), Some("s"));
    check_wrapped(&[0xff, 0xfe].into_iter().chain(utf16).collect::<Vec<u8>>(), Some("s"));
    check_wrapped(format!("{asked}{write}").as_bytes(), Some("s"));
    check_wrapped(list.to_string().as_bytes(), Some("s"));
    check_wrapped(format!("{list:#}\n").as_bytes(), Some("s"));
    check_wrapped(json!({"loglines": list}).to_string().as_bytes(), Some("s"));
    check_wrapped(json!({"loglines": list, "z": texts}).to_string().as_bytes(), Some("s"));
    check_wrapped(format!("2026-01-01T00:00:00.0000000Z {write}\n").as_bytes(), Some("s"));
    let unnamed = |record: &Value| {
        let mut record = record.clone();
        record.as_object_mut().unwrap().remove("sessionId");
        record
    };
    check_wrapped(format!("{}\n{}", unnamed(&asked), unnamed(&write)).as_bytes(), None);
}

#[test]
fn a_list_that_is_cut_gives_what_it_has_and_a_broken_line() {
    let write = call("t", "Write", json!({"file_path": "f", "content": "a\n"}));
    let list = json!([write, write]).to_string();
    let (authored, tally) = read_as(&[list[..list.len() - 9].to_owned()], LogOptions::default());
    assert_eq!((1, 1), (authored.len(), tally.lines_broken.len()));
}

#[test]
fn what_is_no_log_is_not_recognised() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for content in [
        "",
        "\n\n",
        "hello\nworld",
        "{\"type\":\"user\"}",
        "[1]",
        "[{\"a\":1}]",
        "see {\"type\":\"user\",\"sessionId\":\"s\"}",
        "{\"type\":\"user\",\"message\":\"hello\"}",
        "{\"text\":\"a\",\"id\":\"b\"}",
        "\u{0}\u{1}",
    ] {
        std::fs::write(file.path(), content).unwrap();
        assert_eq!(None, sniff_log(file.path()).unwrap(), "{content:?}");
    }
    assert!(sniff_log(std::path::Path::new("/nonexistent")).is_err());
    assert!(sniff_log(&std::env::temp_dir()).is_err());
}

/// A file without any time does not say that it came before another of the same session.
#[test]
fn what_a_second_log_of_a_session_shows_without_a_time_takes_nothing_from_the_first() {
    let home = tempfile::tempdir().unwrap();
    let content = "let tide = gauge.read(harbour);\nlet berth = quay.free(tide);\n";
    let write = call("t", "Write", json!({"file_path": "f", "content": content}));
    let (first, second) = (home.path().join("a.jsonl"), home.path().join("b.jsonl"));
    std::fs::write(&first, write.to_string()).unwrap();
    std::fs::write(&second, result("u", content).to_string()).unwrap();
    let (mut authored, mut tally) = (vec![], LogTally::default());
    read_session(&[first, second], &LogOptions::default(), &mut authored, &mut tally).unwrap();
    assert_eq!(authored.len(), 1);
    assert_eq!(authored[0].spans.len(), 1);
    assert_eq!(authored[0].spans[0], 0..content.len());
}
