//! What becomes of every string that a model wrote: the account adds up, and misses none.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};

use seepage_logs::{
    LeftOut, LogOptions, LogTally, StringAccount, read_session, sniff_log, solid_len,
};
use serde_json::Value;

/// All files below a directory, sorted.
fn files_below(directory: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files_below(&path, files);
        } else if sniff_log(&path).is_ok_and(|session| session.is_some()) {
            files.push(path);
        }
    }
}

fn account_of(path: &Path) -> StringAccount {
    let mut tally = LogTally::default();
    let paths = [path.to_path_buf()];
    read_session(&paths, &LogOptions::default(), &mut vec![], &mut tally).unwrap();
    tally.strings
}

/// The oracle: the strings of a value, where the arguments of a call are a string that holds JSON.
fn strings_len(value: &Value) -> u64 {
    match value {
        Value::String(text) => solid_len(text),
        Value::Array(values) => values.iter().map(strings_len).sum(),
        Value::Object(fields) => {
            let lens = fields.iter().map(|(name, value)| match value {
                Value::String(json) if name == "arguments" => serde_json::from_str(json)
                    .map_or_else(|_| solid_len(json), |arguments: Value| strings_len(&arguments)),
                value => strings_len(value),
            });
            lens.sum()
        }
        _ => 0,
    }
}

/// The oracle: the strings of what the model wrote in a record, whose message may be mirrored in another one.
fn written_len(record: &Value) -> u64 {
    let message = &record["message"];
    if record["type"] == "assistant" && message["model"] != "<synthetic>" {
        let content = &message["content"];
        let blocks = content.as_array().map(Vec::as_slice).unwrap_or_default().iter();
        let blocks = blocks.filter(|block| block["type"] != "web_search_tool_result");
        let text = if content.is_string() { strings_len(content) } else { 0 };
        return text + blocks.map(strings_len).sum::<u64>();
    }
    if record["type"] == "progress" {
        return written_len(&record["data"]["message"]);
    }
    if record["type"] == "user" {
        return strings_len(&record["planContent"]);
    }
    let item = if record["payload"].is_object() { &record["payload"] } else { record };
    match item["type"].as_str().unwrap_or_default() {
        "message" if item["role"] == "assistant" => strings_len(item),
        "function_call" | "custom_tool_call" | "local_shell_call" | "reasoning" => {
            strings_len(item)
        }
        "patch_apply_end" => {
            let changes = item["changes"].as_object().unwrap();
            changes.values().map(strings_len).sum()
        }
        _ => 0,
    }
}

#[track_caller]
fn check(path: &Path) {
    let account = account_of(path);
    let left_out: u64 = account.left_out.values().sum();
    assert_eq!(
        account.bytes + account.bytes_repeated,
        account.bytes_kept + left_out,
        "{}: {account:?}",
        path.display()
    );
    // The oracle reads plain lines only.
    let Some(text) = std::fs::read(path).ok().and_then(|bytes| String::from_utf8(bytes).ok())
    else {
        return;
    };
    let records: Result<Vec<Value>, _> = text.lines().map(serde_json::from_str).collect();
    if let Ok(records) = records {
        let written: u64 = records.iter().map(written_len).sum();
        assert_eq!(account.bytes, written, "{}", path.display());
    }
}

#[test]
fn every_string_of_the_fixtures_is_taken_or_left_out_for_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let mut files = vec![];
    files_below(&root.join("logs"), &mut files);
    files_below(&root.join("logs-damaged"), &mut files);
    assert!(files.len() > 10, "{files:?}");
    for path in &files {
        check(path);
    }
}

#[test]
fn every_string_of_real_logs_is_taken_or_left_out_for_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/logs");
    if !root.is_dir() {
        println!("skipped: `../shared/data/logs` is absent");
        return;
    }
    let mut files = vec![];
    files_below(&root, &mut files);
    let mut sum = StringAccount::default();
    for path in &files {
        check(path);
        let account = account_of(path);
        sum.add(&account);
    }
    println!("{} logs: {sum:#?}", files.len());
    let readable = sum.bytes - sum.left_out[&LeftOut::Encrypted];
    assert!(sum.bytes_kept > readable / 3, "{sum:?}");
}
