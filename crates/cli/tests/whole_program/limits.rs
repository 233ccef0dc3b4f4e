//! Records without end, many files, data sets with holes: nothing is lost, and nothing grows without bound.

use std::fs;

use serde_json::{Value, json};

use crate::{INNOCENT, fixture_index, path, root, run_expecting, write};

fn summary(report: &str) -> Value {
    let summary = fs::read_to_string(format!("{report}/summary.json")).unwrap();
    serde_json::from_str(&summary).unwrap()
}

/// A text that a model wrote.
fn planted() -> String {
    let shard = fs::read_to_string(root().join("fixtures/shards/jsonl/plain.jsonl")).unwrap();
    let record: Value = serde_json::from_str(shard.lines().nth(1).unwrap()).unwrap();
    record["text"].as_str().unwrap().to_owned()
}

/// Invented words, none of them twice.
fn words(len: usize) -> String {
    let mut words = String::new();
    let mut state = 7_u64;
    while words.len() < len {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        words.push_str(&state.to_string());
        words.push(' ');
    }
    words
}

#[test]
fn a_record_that_is_too_long_is_scanned_in_stretches_and_counts_once() {
    const LIMIT: usize = 256 << 10;
    let (directory, index) = fixture_index();
    // Across the end of the second stretch; it stands whole in the third.
    let border = 2 * (LIMIT - (64 << 10)) + (64 << 10);
    let (planted, noise) = (planted(), words(3 * LIMIT));
    let before = words(border - planted.len() / 2);
    // And once more, far behind.
    let text = format!("{before} {planted} {noise} {} end", &planted[..planted.len() / 2]);
    let long = json!({"id": "long", "text": text});
    let shard = write(&directory, "a.jsonl", &format!("{long}\n{INNOCENT}"));
    let report = path(&directory, "report");
    let limit = LIMIT.to_string();
    let scan = ["scan", &shard, "--index", &index, "--max-record", &limit];
    let outputs = ["1", "2"].map(|threads| {
        let more = ["--threads", threads, "--format", "json", "-o", &report];
        run_expecting(1, &[&scan[..], &more].concat()).stdout
    });
    assert_eq!(outputs[0], outputs[1]);
    let findings = outputs[0].lines();
    let findings: Vec<Value> = findings.map(|line| serde_json::from_str(line).unwrap()).collect();
    // Of all stretches that hold some of a passage, the one that holds most of it is told.
    let [whole] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!((&whole["row"], &whole["record_id"]), (&json!(0), &Value::Null));
    assert_eq!(whole["field"], "[393216..655360]");
    assert_eq!(whole["score"], 1.0);
    let summary = summary(&report);
    assert_eq!(summary["records"]["read"], 2);
    assert_eq!(summary["records"]["flagged"], 1);
    assert_eq!(summary["records"]["skipped"], json!({}));
}

#[test]
fn a_data_set_with_a_shard_missing_is_incomplete() {
    let (directory, index) = fixture_index();
    let set = path(&directory, "set");
    fs::create_dir(&set).unwrap();
    for name in ["index.json", "shard.00001.mds.zstd"] {
        let from = root().join("fixtures/shards/mds").join(name);
        fs::copy(from, format!("{set}/{name}")).unwrap();
    }
    let report = path(&directory, "report");
    let scan = ["scan", &set, "--index", &index, "-o", &report];
    let said = run_expecting(1, &scan).stdout;
    assert!(said.contains("shard.00000.mds`, which the `index.json` beside it lists"), "{said}");
    let summary = summary(&report);
    assert_eq!(summary["shards"]["failed"].as_array().unwrap().len(), 1);
    assert!(!fs::exists(format!("{report}/_SUCCESS")).unwrap());
}

#[cfg(unix)]
#[test]
fn many_files_need_few_open_at_once() {
    use std::process::Command;

    let (directory, index) = fixture_index();
    for number in 0..500 {
        write(&directory, &format!("corpus/{}/{number}.jsonl", number % 7), INNOCENT);
    }
    let corpus = path(&directory, "corpus");
    let output = Command::new("sh")
        .args(["-c", "ulimit -n 32 && exec \"$@\"", "sh"])
        .args([env!("CARGO_BIN_EXE_seepage"), "scan", &corpus])
        .args(["--index", &index, "--threads", "4"])
        .output()
        .unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("500 shards"), "{said}");
}
