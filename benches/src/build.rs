//! Building an index: how many bytes of logs a second and core.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use seepage_engine::{BuildPlan, Progress, build_index};
use serde_json::{Value, json};

use crate::clock::medians;
use crate::haystack::Haystack;
use crate::record::BenchRecord;

/// One file in this number is written by the model; the others it reads. In real sessions two bytes of a hundred are authored.
const READ_PER_WRITTEN: usize = 40;
/// Files of one session.
const SESSION_FILES: usize = 200;

pub(crate) fn measure(haystack: &Haystack, record: &mut BenchRecord) {
    let directory = PathBuf::from("target/bench/logs");
    let (sessions, len) = write_logs(haystack, &directory).expect("there is room for the logs");
    let plan = BuildPlan {
        inputs: vec![directory],
        output: "target/bench/built.seepage".into(),
        classes: seepage_index::Class::ALL.into(),
        backgrounds: vec![],
        accept_suppressed: false,
        memory: 2 << 30,
        threads: 1,
    };
    let mut build = || {
        let built = build_index(&plan, &Progress::default()).expect("the logs are good");
        assert_eq!((built.facts.logs_read, built.facts.bytes_read), (sessions, len));
        assert!(built.facts.lines_broken == 0 && built.facts.bytes_authored > len / 100);
    };
    let mut parse = || {
        for entry in fs::read_dir(&plan.inputs[0]).expect("it was just written") {
            let path = entry.expect("it was just written").path();
            let bytes = fs::read(path).expect("it was just written");
            let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
            let trees = lines.map(|line| serde_json::from_slice::<Value>(line).expect("a line"));
            assert!(trees.count() > 0);
        }
    };
    let [alone, whole] = medians([&mut parse, &mut build]).map(|took| took.processor);
    record.add(
        "build an index of logs, 1 thread".to_owned(),
        format!("{:.0} MB/s", len as f64 / whole / 1e6),
        &format!("parsing them into trees, {:.0} MB/s", len as f64 / alone / 1e6),
        alone / whole,
    );
}

/// Writes sessions in which a model reads files of the haystack and writes some; gives their number and length.
fn write_logs(haystack: &Haystack, directory: &Path) -> io::Result<(u64, u64)> {
    if directory.exists() {
        fs::remove_dir_all(directory)?;
    }
    fs::create_dir_all(directory)?;
    let lines = haystack.json_lines.split(|&byte| byte == b'\n');
    let lines: Vec<&[u8]> = lines.filter(|line| !line.is_empty()).collect();
    let (mut sessions, mut len) = (0, 0);
    for (number, files) in lines.chunks(SESSION_FILES).enumerate() {
        let id = format!("7b1f0c2e-4d5a-4e61-9c3b-{number:012}");
        let mut log = String::new();
        for (call, line) in files.iter().enumerate() {
            let file: Value = serde_json::from_slice(line)?;
            let is_written = call % READ_PER_WRITTEN == READ_PER_WRITTEN - 1;
            for record in exchange(&id, call, &file, is_written) {
                log += &record.to_string();
                log.push('\n');
            }
        }
        fs::write(directory.join(format!("{id}.jsonl")), &log)?;
        sessions += 1;
        len += log.len() as u64;
    }
    Ok((sessions, len))
}

/// A call of the model and its result.
fn exchange(session: &str, call: usize, file: &Value, is_written: bool) -> [Value; 2] {
    let (path, text) = (&file["id"], &file["text"]);
    let (name, input, result) = if is_written {
        ("Write", json!({"file_path": path, "content": text}), json!("File created"))
    } else {
        ("Read", json!({"file_path": path}), text.clone())
    };
    let id = format!("toolu_{call:06}");
    let record = |kind: &str, half: usize, message: Value| {
        json!({
            "parentUuid": null, "isSidechain": false, "type": kind, "uuid": format!("{session}-{call}-{half}"),
            "timestamp": "2026-04-16T08:00:01.037Z", "userType": "external", "cwd": "/home/mara/harbour",
            "sessionId": session, "version": "2.1.140", "gitBranch": "main", "message": message,
        })
    };
    let call = json!({
        "model": "claude-opus-4-7", "id": format!("msg_{call:06}"), "type": "message", "role": "assistant",
        "content": [{"type": "tool_use", "id": id, "name": name, "input": input}],
    });
    let result = json!({
        "role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": result}],
    });
    [record("assistant", 0, call), record("user", 1, result)]
}
