//! How a job is watched: by programs, by Prometheus, and afterwards.

use serde_json::Value;
use tempfile::TempDir;

use crate::{INNOCENT, command, fixture_index, path, run, run_expecting, write};

/// A corpus of one good shard and one that breaks off.
fn corpus(directory: &TempDir) -> String {
    write(directory, "corpus/a.jsonl", INNOCENT);
    write(directory, "corpus/b.parquet", "PAR1, and then nothing");
    path(directory, "corpus")
}

fn objects(lines: &str) -> Vec<Value> {
    let object =
        |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    lines.lines().map(object).collect()
}

#[test]
fn progress_for_programs_is_json_on_stderr_and_its_last_line_says_done() {
    let (directory, index) = fixture_index();
    let corpus = corpus(&directory);
    let arguments = ["scan", &corpus, "--index", &index, "--progress", "json"];
    let run = run_expecting(2, &arguments);
    let objects = objects(&run.stderr);
    let last = objects.last().unwrap();
    for (key, expected) in [
        ("event", "progress".into()),
        ("job", "scan".into()),
        ("done", true.into()),
        ("files_total", 2.into()),
        ("files_done", 2.into()),
        ("files_failed", 1.into()),
        ("records_done", 1.into()),
        ("records_flagged", Value::from(0)),
    ] {
        assert_eq!(last[key], expected, "{key} of {last}");
    }
}

#[test]
fn metrics_are_left_as_they_were_at_the_end() {
    let (directory, index) = fixture_index();
    let (corpus, metrics) = (corpus(&directory), path(&directory, "seepage.prom"));
    let arguments = ["scan", &corpus, "--index", &index, "--metrics", &metrics];
    run_expecting(2, &arguments);
    let text = std::fs::read_to_string(&metrics).unwrap();
    for line in [
        "seepage_running{job=\"scan\"} 0",
        "seepage_records_read_total{job=\"scan\"} 1",
        "seepage_files_failed_total{job=\"scan\"} 1",
        "# TYPE seepage_input_bytes gauge",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} in\n{text}");
    }
}

#[test]
fn metrics_that_cannot_be_written_are_told_once_and_stop_nothing() {
    let (directory, index) = fixture_index();
    let corpus = write(&directory, "a.jsonl", INNOCENT);
    let nowhere = path(&directory, "no/such/directory.prom");
    let arguments = ["scan", &corpus, "--index", &index, "--metrics", &nowhere];
    let run = run_expecting(0, &arguments);
    let told = run.stderr.matches("cannot be written").count();
    assert_eq!(told, 1, "{}", run.stderr);
}

#[test]
fn a_log_says_what_was_done_and_what_failed_and_is_appended_to() {
    let (directory, index) = fixture_index();
    let (corpus, log) = (corpus(&directory), path(&directory, "seepage.log"));
    let arguments = ["scan", &corpus, "--index", &index, "--log", &log];
    let json = [&arguments[..], &["--log-format", "json"]].concat();
    for _ in 0..2 {
        run_expecting(2, &json);
    }
    let events = objects(&std::fs::read_to_string(&log).unwrap());
    let messages: Vec<&str> =
        events.iter().map(|event| event["message"].as_str().unwrap()).collect();
    let one = ["scan begins", "shard failed", "scan ends", "seepage ends"];
    assert_eq!(messages, [one, one].concat());
    assert_eq!(events[0]["shards"], 2);
    assert_eq!(events[1]["level"], "WARN");
    assert!(events[1]["shard"].as_str().unwrap().ends_with("b.parquet"));
    assert_eq!(events[3]["exit_code"], 2);

    // Every shard, for people; a name gives no orders to a terminal.
    let odd = write(&directory, "odd/\u{1b}[2Ja.jsonl", INNOCENT);
    let arguments = ["scan", &odd, "--index", &index, "--log", "-"];
    let run = run(&[&arguments[..], &["--log-level", "debug"]].concat());
    assert!(run.stderr.contains("shard read"), "{}", run.stderr);
    assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
}

#[test]
fn a_log_that_cannot_be_opened_stops_the_job_before_it_begins() {
    let (directory, index) = fixture_index();
    let corpus = write(&directory, "a.jsonl", INNOCENT);
    let nowhere = path(&directory, "no/such.log");
    let arguments = ["scan", &corpus, "--index", &index, "--log", &nowhere];
    let run = run_expecting(2, &arguments);
    assert!(run.stderr.contains("log `"), "{}", run.stderr);
    let alone = ["scan", &corpus, "--index", &index, "--log-format", "json"];
    assert_eq!(command(&alone).output().unwrap().status.code(), Some(2));
}
