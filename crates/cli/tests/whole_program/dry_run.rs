//! A scan that is only planned.

use serde_json::Value;

use crate::{INNOCENT, fixture_index, path, run_expecting, write};

#[test]
fn a_dry_run_says_what_would_be_read_and_how_long_it_would_take() {
    let (directory, index) = fixture_index();
    let corpus = path(&directory, "corpus");
    write(&directory, "corpus/a.jsonl", &INNOCENT.repeat(50));
    write(&directory, "corpus/tree/b.py", "print('quay')\n");
    let dry = ["scan", &corpus, "--index", &index, "--dry-run"];
    let run = run_expecting(0, &dry);
    for words in ["2 shards", "json-lines: 1 shard", "text: 1 shard", "about 0."] {
        assert!(run.stdout.contains(words), "{words} in\n{}", run.stdout);
    }

    let run = run_expecting(0, &[&dry[..], &["--format", "json"]].concat());
    let object: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(object["shards"], 2);
    // All of so little is read.
    assert_eq!(object["sample"]["bytes"], object["bytes_on_disk"]);
    assert!(object["seconds_estimated"].as_f64().unwrap() < 10.0);
}

#[test]
fn a_dry_run_finds_the_shards_that_would_fail_and_needs_no_index_for_that() {
    let (directory, _) = fixture_index();
    let corpus = path(&directory, "corpus");
    write(&directory, "corpus/a.jsonl", INNOCENT);
    write(&directory, "corpus/b.parquet", "PAR1, and then nothing");
    let run = run_expecting(2, &["scan", &corpus, "--dry-run"]);
    assert!(run.stdout.contains("b.parquet: "), "{}", run.stdout);
    assert!(run.stdout.contains("none without an index"), "{}", run.stdout);
}

#[test]
fn a_dry_run_writes_no_report() {
    let (directory, index) = fixture_index();
    let corpus = write(&directory, "a.jsonl", INNOCENT);
    let report = path(&directory, "report");
    let dry = ["scan", &corpus, "--index", &index, "--dry-run"];
    run_expecting(0, &[&dry[..], &["-o", &report]].concat());
    assert!(!std::path::Path::new(&report).exists());
}
