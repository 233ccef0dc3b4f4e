use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;

use crate::{INNOCENT, command, fixture_index, path, run_expecting, timeless, write};

#[test]
fn a_clean_corpus_is_clean() {
    let (directory, index) = fixture_index();
    let shard = write(&directory, "corpus/a.jsonl", INNOCENT);
    let run = run_expecting(0, &["scan", &shard, "--index", &index]);
    assert_eq!(
        timeless(&run.stdout),
        "\
read          1 shard · 1 record · 60 B of text in TIME
found         0 flagged records
verdict       clean of 19 passages of 8 sessions, 2025-05 to 2026-07: nothing found, and everything was read
exit code     0
report        not asked for; `-o DIR` keeps all findings
"
    );
    assert_eq!(run.stderr, "");
}

/// Nothing found, and something not read: never clean, unless the skip was accepted.
#[track_caller]
fn check_unread(content: &[u8], name: &str, said: &str, accept: Option<&str>) {
    let (directory, index) = fixture_index();
    let good = write(&directory, "corpus/good.jsonl", INNOCENT);
    let corpus = path(&directory, "corpus");
    fs::write(path(&directory, &format!("corpus/{name}")), content).unwrap();
    let run = run_expecting(2, &["scan", &corpus, "--index", &index]);
    assert!(run.stdout.contains("verdict       incomplete: "), "{}", run.stdout);
    assert!(run.stdout.contains(said), "{said}\n{}", run.stdout);
    run_expecting(2, &["scan", &corpus, "--index", &index, "--exit-zero"]);
    run_expecting(0, &["scan", &good, "--index", &index]);
    if let Some(reason) = accept {
        run_expecting(0, &["scan", &corpus, "--index", &index, "--accept-skipped", reason]);
    }
}

#[test]
fn a_line_that_is_not_json_is_never_clean() {
    let shard = format!("{INNOCENT}{{\"text\":\n{INNOCENT}");
    check_unread(shard.as_bytes(), "b.jsonl", "1 record: not-json (first: ", Some("not-json"));
}

#[test]
fn a_field_that_was_named_and_is_nowhere_is_never_clean() {
    let (directory, index) = fixture_index();
    let corpus = path(&directory, "corpus");
    write(&directory, "corpus/b.jsonl", "{\"body\":\"a text\"}\n");
    let scan = |code, more: &[&str]| {
        run_expecting(code, &[&["scan", &corpus, "--index", &index], more].concat()).stdout
    };
    scan(0, &[]);
    let run = scan(2, &["--text-field", "text"]);
    assert!(run.contains("1 shard could not be read\n"), "{run}");
}

/// Numbers alone are read, and hold no text.
#[test]
fn records_without_text_are_read_and_counted() {
    let (directory, index) = fixture_index();
    let shard = write(&directory, "corpus/b.jsonl", "{\"a\": 1}\n{\"a\": [2, null, true]}\n");
    let run = run_expecting(0, &["scan", &shard, "--index", &index]);
    assert!(run.stdout.contains(" 2 records without text\n"), "{}", run.stdout);
}

/// Where some fields were named, clean is said of these only.
#[test]
fn a_verdict_on_some_fields_names_them_and_those_that_were_not_scanned() {
    let (directory, index) = fixture_index();
    let line = "{\"text\": \"a text of some words that nobody wrote\", \"code\": \"print(1) # and some more of it\"}\n";
    let shard = write(&directory, "corpus/b.jsonl", line);
    let run = run_expecting(0, &["scan", &shard, "--index", &index, "--text-field", "text"]);
    let words = "in these fields only: text (text in others was not scanned: code): nothing found";
    assert!(run.stdout.contains(words), "{}", run.stdout);
    let run = run_expecting(0, &["scan", &shard, "--index", &index]);
    assert!(!run.stdout.contains("only"), "{}", run.stdout);
}

/// A passage in any string of a record is found, under the path to it.
#[test]
fn every_string_of_a_record_is_scanned() {
    let (directory, index) = fixture_index();
    let planted =
        fs::read_to_string(crate::root().join("fixtures/shards/source/lib/gauge_ring.rs")).unwrap();
    let arguments = serde_json::json!({"path": "a.rs", "content": planted}).to_string();
    for (record, field) in [
        (serde_json::json!({"text": "a note", "code": planted}), "code"),
        (serde_json::json!({"text": null, "a.b": {"c": [1, planted]}}), "a\\.b.c[1]"),
        (
            serde_json::json!({"prompt": "x", "chosen": [{"role": "a", "content": planted}]}),
            "chosen[0].content",
        ),
        (
            serde_json::json!({"messages": [{"content": "I write it.", "tool_calls": [{"function": {"arguments": arguments}}]}]}),
            "messages[0].tool_calls[0].function.arguments",
        ),
    ] {
        let shard = write(&directory, "corpus/b.jsonl", &format!("{record}\n"));
        let run = run_expecting(1, &["scan", &shard, "--index", &index, "--format", "json"]);
        let found: Value = serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
        assert_eq!(found["field"], field);
    }
}

#[test]
fn an_empty_shard_is_never_clean() {
    check_unread(b"", "b.jsonl", "1 shard could not be read\n", None);
}

#[test]
fn a_cut_gzip_is_never_clean() {
    // The header of a gzip member, and nothing after it.
    check_unread(
        &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3],
        "b.jsonl.gz",
        "1 shard could not be read\n",
        None,
    );
}

#[test]
fn a_cut_parquet_file_is_never_clean() {
    check_unread(b"PAR1\x15\x04\x15", "b.parquet", "1 shard could not be read\n", None);
}

#[test]
fn a_binary_file_is_never_clean() {
    check_unread(
        &[0, 1, 2, 0xff, 0xfe, 0, 0, 9].repeat(100),
        "b.bin",
        "1 record: binary",
        Some("binary"),
    );
}

#[test]
fn a_finding_outranks_an_unread_shard() {
    let (_directory, index) = fixture_index();
    let paths = ["fixtures/shards/source", "fixtures/shards-damaged/empty.jsonl"];
    let run = run_expecting(1, &["scan", paths[0], paths[1], "--index", &index]);
    assert!(
        run.stdout.contains("contaminated, and not everything was read: 1 shard failed"),
        "{}",
        run.stdout
    );
    run_expecting(2, &["scan", paths[0], paths[1], "--index", &index, "--exit-zero"]);
}

#[test]
fn exit_zero_makes_a_success_of_a_complete_scan() {
    let (_directory, index) = fixture_index();
    let run =
        run_expecting(0, &["scan", "fixtures/shards/source", "--index", &index, "--exit-zero"]);
    assert!(run.stdout.contains("verdict       contaminated"), "{}", run.stdout);
}

#[test]
fn json_goes_to_stdout_and_all_else_to_stderr() {
    let (_directory, index) = fixture_index();
    let run = run_expecting(1, &["scan", "fixtures/shards", "--index", &index, "--format", "json"]);
    assert!(run.stdout.lines().count() >= 3, "{}", run.stdout);
    let mut places = vec![];
    for line in run.stdout.lines() {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| finding[name].as_str().unwrap().to_owned();
        assert!(["exact", "near", "blind", "brief"].contains(&text("tier").as_str()), "{line}");
        assert_eq!(text("index_digest").len(), 64);
        assert!(!finding["spans"].as_array().unwrap().is_empty());
        places.push((text("shard"), finding["row"].as_u64().unwrap()));
    }
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    assert!(
        run.stderr.starts_with("seepage: contaminated: everything was read; "),
        "{}",
        run.stderr
    );
}

#[test]
fn a_reader_that_goes_away_ends_the_scan_without_a_word_and_without_success() {
    let (_directory, index) = fixture_index();
    let mut child = command(&["scan", "fixtures/shards", "--index", &index, "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_hostile_name_and_a_hostile_text_give_no_orders_to_the_terminal() {
    let (directory, index) = fixture_index();
    let planted =
        fs::read_to_string(crate::root().join("fixtures/shards/source/lib/gauge_ring.rs")).unwrap();
    let planted = planted.replacen("reading", "reading\u{1b}]0;owned\u{7}\u{202e}", 1);
    write(&directory, "corpus/a\u{1b}[2J.rs", &planted);
    write(&directory, "corpus/b\u{1b}[2J.jsonl", "");
    // `run_expecting` looks for escape characters.
    let run = run_expecting(1, &["scan", &path(&directory, "corpus"), "--index", &index]);
    assert!(run.stdout.contains("a\\u{1b}[2J.rs:0"), "{}", run.stdout);
    assert!(run.stdout.contains("b\\u{1b}[2J.jsonl"), "{}", run.stdout);
    assert!(!run.stdout.contains('\u{202e}'), "{}", run.stdout);
    run_expecting(1, &["scan", &path(&directory, "corpus"), "--index", &index, "--format", "json"]);
}

#[test]
fn progress_is_a_line_where_nobody_watches_and_only_on_request_for_a_short_job() {
    let (directory, index) = fixture_index();
    let shard = write(&directory, "a.jsonl", INNOCENT);
    let scan = ["scan", &shard, "--index", &index, "--progress"];
    for (mode, expected) in [("auto", ""), ("never", ""), ("always", "seepage: 100 % · ")] {
        let run = run_expecting(0, &[&scan[..], &[mode]].concat());
        assert!(run.stderr.starts_with(expected), "{}", run.stderr);
        assert_eq!(run.stderr.is_empty(), expected.is_empty(), "{}", run.stderr);
    }
}

#[test]
fn a_temporary_index_is_taken_away() {
    let temporary = TempDir::new().unwrap();
    let status = command(&["scan", "fixtures/shards/source", "--logs", "fixtures/logs"])
        .env("TMPDIR", temporary.path())
        .output()
        .unwrap()
        .status;
    assert_eq!(status.code(), Some(1));
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn a_scan_that_read_no_record_is_not_clean() {
    let (directory, index) = fixture_index();
    let empty = write(&directory, "corpus/part-00000", "");
    let run = run_expecting(2, &["scan", &empty, "--index", &index]);
    assert!(run.stdout.contains("verdict       incomplete: "), "{}", run.stdout);
    // Beside records it is no matter.
    write(&directory, "corpus/a.jsonl", INNOCENT);
    run_expecting(0, &["scan", &path(&directory, "corpus"), "--index", &index]);
}

#[cfg(unix)]
#[test]
fn a_pattern_reads_through_a_link_to_a_directory() {
    let (directory, index) = fixture_index();
    write(&directory, "c/real/v.jsonl", INNOCENT);
    std::os::unix::fs::symlink(crate::root().join("fixtures/shards"), path(&directory, "c/link"))
        .unwrap();
    run_expecting(1, &["scan", &path(&directory, "c/*/jsonl/*.jsonl"), "--index", &index]);
}

#[test]
fn a_field_that_is_named_and_that_no_record_has_is_said_and_is_not_clean() {
    let (directory, index) = fixture_index();
    // Rare in the lines of JSON, and not among the first.
    let mut lines = INNOCENT.repeat(600);
    lines.push_str("{\"text\":\"The goat left.\",\"meta\":{\"url\":\"a\",\"day\":1800000000}}\n");
    let shard = write(&directory, "a.jsonl", &lines);
    let report = path(&directory, "report");
    for (options, missing) in [
        (["--text-field", "text", "--text-field", "conten"], Some("--text-field conten")),
        (["--text-field", "text", "--keep", "meta.uri"], Some("--keep meta.uri")),
        (["--time-field", "day", "--keep", "id"], Some("--time-field day")),
        (["--package-field", "repo", "--keep", "id"], Some("--package-field repo")),
        (["--text-field", "text", "--text-field", "meta.url"], None),
        (["--time-field", "meta.day", "--package-field", "meta.url"], None),
    ] {
        let scan = ["scan", &shard, "--index", &index, "-o", &report];
        let code = if missing.is_some() { 2 } else { 0 };
        let run = run_expecting(code, &[&scan[..], &options].concat());
        let said = missing.map(|missing| format!("no record has the field of `{missing}`\n"));
        match said {
            Some(said) => assert!(run.stdout.contains(&said), "{said}\n{}", run.stdout),
            None => assert!(!run.stdout.contains("not there"), "{}", run.stdout),
        }
        let summary = fs::read_to_string(format!("{report}/summary.json")).unwrap();
        let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
        assert_eq!(summary["fields_missing"][0].as_str(), missing);
    }
}

/// What is left out is said wherever a scan says that something is clean.
#[test]
fn a_scan_of_some_classes_finds_these_and_says_so() {
    let home = TempDir::new().unwrap();
    let (index, report) = (path(&home, "a.seepage"), path(&home, "report"));
    run_expecting(0, &["index", "build", "fixtures/logs", "-o", &index]);
    let scan = |code, more: &[&str]| {
        let arguments = ["scan", "fixtures/shards/source", "--index", &index, "-o", &report];
        run_expecting(code, &[&arguments, more].concat()).stdout
    };
    let summary = || -> Value {
        serde_json::from_slice(&fs::read(Path::new(&report).join("summary.json")).unwrap()).unwrap()
    };
    scan(1, &[]);
    let all = summary();
    let by_class = all["findings_by_class"].as_object().unwrap().clone();
    assert!(by_class.contains_key("file"), "{by_class:?}");
    for (class, count) in &by_class {
        let found = scan(1, &["--only", class]);
        assert!(found.contains(&format!("of these classes only: {class}")), "{found}");
        let only = summary();
        assert!(only["findings_by_class"][class].as_u64() >= count.as_u64());
        assert_eq!(only["findings_by_class"].as_object().unwrap().len(), 1);
        assert_eq!(only["parameters"]["classes"], serde_json::json!([class]));
        let success = fs::read_to_string(Path::new(&report).join("_SUCCESS")).unwrap();
        assert_eq!(success, format!("looked for what models wrote as: {class}\n"));
    }
    let classes = by_class.keys().cloned().collect::<Vec<_>>().join(",");
    let clean = scan(0, &["--without", &classes]);
    assert!(
        clean.contains("verdict       clean of ") && clean.contains("of these classes only:"),
        "{clean}"
    );
    run_expecting(2, &["scan", ".", "--index", &index, "--only", "code"]);
}
