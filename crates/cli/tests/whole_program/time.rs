//! Records that are older than what a model wrote, and passages that are all over a corpus.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Run, fixture_index, path, root, run_expecting, write};

/// The text of `fixtures/shards/jsonl/plain.jsonl` that a model wrote on 2026-04-16 at 08:00:04.148 UTC.
fn written() -> String {
    let shard = fs::read_to_string(root().join("fixtures/shards/jsonl/plain.jsonl")).unwrap();
    let record: Value = serde_json::from_str(shard.lines().nth(1).unwrap()).unwrap();
    record["text"].as_str().unwrap().to_owned()
}

fn write_shard(directory: &TempDir, name: &str, records: &[Value]) -> String {
    let lines: Vec<String> = records.iter().map(|record| format!("{record}\n")).collect();
    write(directory, name, &lines.concat())
}

fn findings(run: &Run) -> Vec<Value> {
    let lines = run.stdout.lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Scans one record with the time `created`; gives whether its finding predates, and the summary's numbers.
#[track_caller]
fn check(created: &Value, predates: bool, undated: u64) {
    let (directory, index) = fixture_index();
    let record = json!({"text": written(), "meta": {"created": created}});
    let shard = write_shard(&directory, "a.jsonl", &[record]);
    let report = path(&directory, "report");
    let scan = ["scan", &shard, "--index", &index, "--format", "json", "-o", &report];
    let without = run_expecting(1, &scan);
    assert_eq!(findings(&without)[0]["predates"], false);
    let with_field = [&scan[..], &["--time-field", "meta.created"]].concat();
    let with = run_expecting(i32::from(!predates), &with_field);
    assert_eq!(findings(&with)[0]["predates"], predates, "{created}");
    let summary: Value =
        serde_json::from_slice(&fs::read(format!("{report}/summary.json")).unwrap()).unwrap();
    assert_eq!(summary["findings_predating"], u64::from(predates), "{created}");
    assert_eq!(summary["records"]["flagged"], u64::from(!predates), "{created}");
    assert_eq!(summary["records"]["undated"], undated, "{created}");
    assert_eq!(summary["findings"]["exact"], u64::from(!predates), "{created}");
}

#[test]
fn a_record_older_than_the_passage_predates_it_and_is_not_flagged() {
    check(&json!("2026-04-15"), true, 0);
    check(&json!("2026-04-16T08:00:04.147Z"), true, 0);
    check(&json!(1_776_326_403), true, 0);
}

#[test]
fn a_record_that_may_be_younger_than_the_passage_is_flagged() {
    check(&json!("2026-04-16"), false, 0);
    check(&json!("2026-04-16T08:00:04.148Z"), false, 0);
    check(&json!(1_776_326_404), false, 0);
    check(&json!("2027-01-01 00:00:00"), false, 0);
}

#[test]
fn a_record_without_a_time_that_can_be_read_is_flagged_and_counted() {
    check(&json!("last spring"), false, 1);
    check(&Value::Null, false, 1);
    check(&json!(0), false, 1);
}

#[test]
fn people_are_told_what_predates_and_what_has_no_time() {
    let (directory, index) = fixture_index();
    let records = [
        json!({"text": written(), "created": "2020-01-01"}),
        json!({"text": written()}),
        // Nothing was found in it, so nobody asks how old it is.
        json!({"text": "The goat was asked to leave the meeting."}),
    ];
    let shard = write_shard(&directory, "a.jsonl", &records);
    let run = run_expecting(1, &["scan", &shard, "--index", &index, "--time-field", "created"]);
    for expected in [
        "found         1 flagged record · 1 finding: 1 exact · 1 predating\n",
        "predates      1 finding not flagged: the record is older than the passage\n",
        "undated       1 record without a time that can be read; flagged like any other\n",
        "verdict       contaminated: ",
    ] {
        assert!(run.stdout.contains(expected), "{expected}\n{}", run.stdout);
    }
}

#[test]
fn findings_in_records_that_say_they_are_older_are_counted_with_the_option_that_uses_it() {
    let (directory, index) = fixture_index();
    let records = [
        json!({"text": written(), "created": "2020-01-01"}),
        json!({"text": written(), "created": "2027-01-01"}),
        json!({"text": written()}),
    ];
    let shard = write_shard(&directory, "a.jsonl", &records);
    let run = run_expecting(1, &["scan", &shard, "--index", &index]);
    for expected in [
        "older         1 finding in records that say they are older than the passage\n",
        "hint: `--time-field FIELD` with the field of that date, e.g. `created`, flags them no more\n",
    ] {
        assert!(run.stdout.contains(expected), "{expected}\n{}", run.stdout);
    }
    let run = run_expecting(1, &["scan", &shard, "--index", &index, "--time-field", "created"]);
    assert!(!run.stdout.contains("older         "), "{}", run.stdout);
}

/// Five records of three repositories in two shards, and three source files in two directories.
fn corpus() -> (TempDir, String, String) {
    let (directory, index) = fixture_index();
    let text = written();
    let of = |repo: &str| json!({"text": text, "repo": repo});
    write_shard(&directory, "corpus/a.jsonl", &[of("x"), of("x"), of("y")]);
    write_shard(&directory, "corpus/b.jsonl", &[of("z"), json!({"text": text})]);
    write(&directory, "corpus/left/a.py", &text);
    write(&directory, "corpus/left/deep/b.py", &text);
    write(&directory, "corpus/right/a.py", &text);
    let corpus = path(&directory, "corpus");
    (directory, index, corpus)
}

#[test]
fn a_passage_in_many_packages_is_shown_as_widespread() {
    let (_directory, index, corpus) = corpus();
    let scan = ["scan", &corpus, "--index", &index];
    let run = run_expecting(1, &scan);
    // Two shards and two directories.
    assert!(run.stdout.contains(", widespread: 4 packages\n"), "{}", run.stdout);
    // Three repositories, the shard of the record that names none, and two directories.
    let run = run_expecting(1, &[&scan[..], &["--package-field", "repo"]].concat());
    assert!(run.stdout.contains(", widespread: 6 packages\n"), "{}", run.stdout);
}

#[test]
fn what_is_widespread_flags_nothing_if_it_is_demoted_and_the_summary_says_so() {
    let (_directory, index, corpus) = corpus();
    let scan = ["scan", &corpus, "--index", &index, "--demote-widespread"];
    let run = run_expecting(1, &[&scan[..], &["5"]].concat());
    for expected in [
        "found         8 flagged records · 8 findings: 8 exact\n",
        "demoted       0 findings not flagged: the passage is in 5 packages or more\n",
    ] {
        assert!(run.stdout.contains(expected), "{expected}\n{}", run.stdout);
    }
    let run = run_expecting(0, &[&scan[..], &["4"]].concat());
    for expected in [
        "found         0 flagged records · 8 demoted\n",
        "demoted       8 findings not flagged: the passage is in 4 packages or more\n",
        "verdict       clean of ",
    ] {
        assert!(run.stdout.contains(expected), "{expected}\n{}", run.stdout);
    }
    assert!(!run.stdout.contains("by tool"), "{}", run.stdout);
    run_expecting(2, &[&scan[..], &["1"]].concat());
}

#[test]
fn the_report_is_the_same_bytes_with_one_thread_and_with_two_whatever_is_counted() {
    let (directory, index, corpus) = corpus();
    let findings = ["1", "2"].map(|threads| {
        let report = path(&directory, &format!("report-{threads}"));
        let scan = [
            "scan",
            &corpus,
            "--index",
            &index,
            "-o",
            &report,
            "--threads",
            threads,
            "--package-field",
            "repo",
            // It holds no time, and all records with it are undated.
            "--time-field",
            "repo",
            "--demote-widespread",
            "3",
        ];
        run_expecting(0, &scan);
        fs::read(format!("{report}/findings.parquet")).unwrap()
    });
    assert_eq!(findings[0], findings[1]);
}
