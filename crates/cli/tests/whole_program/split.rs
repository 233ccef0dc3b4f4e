//! A text that was cut between two neighbouring records.

use serde_json::{Value, json};

use crate::{fixture_index, path, root, run_expecting, write};

/// Two pieces of one text that a model wrote, neither of which tells where it came from.
fn halves() -> [String; 2] {
    let shard = std::fs::read_to_string(root().join("fixtures/shards/jsonl/plain.jsonl")).unwrap();
    let record: Value = serde_json::from_str(shard.lines().nth(1).unwrap()).unwrap();
    let text = record["text"].as_str().unwrap().to_owned();
    [&text[CUT - HALF_LEN..CUT], &text[CUT..CUT + HALF_LEN]].map(str::to_owned)
}

/// In bytes.
const CUT: usize = 320;
const HALF_LEN: usize = 100;

#[track_caller]
fn check(records: &[&str], flagged: &[u64]) {
    let (directory, index) = fixture_index();
    let lines: Vec<String> = records
        .iter()
        .map(|text| format!("{}\n", json!({"text": text, "created": "2026-05-01"})))
        .collect();
    let shard = write(&directory, "a.jsonl", &lines.concat());
    let code = i32::from(!flagged.is_empty());
    let outputs = ["1", "2"].map(|threads| {
        let report = path(&directory, &format!("report-{threads}"));
        let scan = ["scan", &shard, "--index", &index, "--threads", threads];
        run_expecting(code, &[&scan[..], &["--format", "json", "-o", &report]].concat()).stdout
    });
    assert_eq!(outputs[0], outputs[1]);
    let findings: Vec<Value> =
        outputs[0].lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let rows: Vec<u64> = findings.iter().map(|finding| finding["row"].as_u64().unwrap()).collect();
    assert_eq!(rows, flagged, "{}", outputs[0]);
    for finding in &findings {
        let row = finding["row"].as_u64().unwrap();
        let other = flagged.iter().find(|&&other| other != row).unwrap();
        let rule = finding["rule"].as_str().unwrap();
        assert!(rule.ends_with(&format!(", together with row {other}")), "{rule}");
        assert_eq!(finding["record_date"], "2026-05-01");
    }
    let summary = std::fs::read(path(&directory, "report-1/summary.json")).unwrap();
    let summary: Value = serde_json::from_slice(&summary).unwrap();
    assert_eq!(summary["records"]["flagged"], flagged.len() as u64);
}

#[test]
fn the_halves_of_a_text_in_neighbouring_records_are_found_and_each_names_the_other() {
    let [first, second] = halves();
    check(&["a goat", &first, &second, "a goat"], &[1, 2]);
}

#[test]
fn a_half_alone_and_halves_that_are_no_neighbours_are_not_found() {
    let [first, second] = halves();
    check(&[&first, "a goat", &second], &[]);
    check(&[&first, &first], &[]);
}
