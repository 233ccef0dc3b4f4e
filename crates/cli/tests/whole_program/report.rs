use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use arrow::array::{Array, AsArray};
use arrow::datatypes::UInt64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

use crate::{INNOCENT, command, fixture_index, names, path, run_expecting, write};

fn summary(report: &str) -> serde_json::Value {
    serde_json::from_slice(&fs::read(Path::new(report).join("summary.json")).unwrap()).unwrap()
}

#[test]
fn a_report_holds_findings_a_summary_and_success() {
    let (directory, index) = fixture_index();
    let report = path(&directory, "report");
    let run = run_expecting(1, &["scan", "fixtures/shards", "--index", &index, "-o", &report]);
    assert!(run.stdout.ends_with(&format!("report        {report}\n")), "{}", run.stdout);
    assert_eq!(names(&report), ["_SUCCESS", "findings.parquet", "shards.parquet", "summary.json"]);
    let summary = summary(&report);
    assert_eq!(summary["verdict"], "contaminated");
    assert_eq!(summary["exit_code"], 1);
    assert_eq!(summary["complete"], true);
    assert_eq!(summary["index"]["digest"].as_str().unwrap().len(), 64);
}

#[test]
fn a_scan_that_could_not_read_everything_leaves_no_success() {
    let (directory, index) = fixture_index();
    let report = path(&directory, "report");
    let shards = ["fixtures/shards-damaged/not-json.jsonl", "fixtures/shards-damaged/empty.jsonl"];
    run_expecting(2, &["scan", shards[0], shards[1], "--index", &index, "-o", &report]);
    assert_eq!(names(&report), ["findings.parquet", "shards.parquet", "summary.json"]);
    let summary = summary(&report);
    assert_eq!(summary["verdict"], "incomplete");
    assert_eq!(summary["records"]["skipped"]["not-json"], 1);
    assert_eq!(summary["records"]["skipped_first"][0]["row"], 1);
    assert_eq!(summary["shards"]["failed"][0]["shard"], shards[1]);
}

#[test]
fn a_rerun_that_fails_takes_the_old_success_away() {
    let (directory, index) = fixture_index();
    let report = path(&directory, "report");
    run_expecting(1, &["scan", "fixtures/shards", "--index", &index, "-o", &report]);
    let running = |left: &[&str]| {
        assert_eq!(names(&report), left);
        let summary = summary(&report);
        assert_eq!(
            (&summary["verdict"], &summary["running"]),
            (&"incomplete".into(), &true.into())
        );
    };
    // Before the report is begun, and after.
    let (nothing, none) = (path(&directory, "no*.jsonl"), path(&directory, "none"));
    run_expecting(2, &["scan", &nothing, "--index", &index, "-o", &report]);
    running(&["findings.parquet", "shards.parquet", "summary.json"]);
    run_expecting(2, &["scan", "fixtures/shards", "--index", &none, "-o", &report]);
    running(&["findings.parquet.before", "summary.json"]);
}

#[test]
fn the_findings_are_the_same_bytes_with_one_thread_and_with_two() {
    let (directory, index) = fixture_index();
    let findings: Vec<Vec<u8>> = ["1", "2"]
        .iter()
        .map(|threads| {
            let report = path(&directory, &format!("report-{threads}"));
            run_expecting(
                1,
                &[
                    "scan",
                    "fixtures/shards",
                    "--index",
                    &index,
                    "-o",
                    &report,
                    "--threads",
                    threads,
                ],
            );
            fs::read(Path::new(&report).join("findings.parquet")).unwrap()
        })
        .collect();
    assert_eq!(findings[0], findings[1]);
}

#[test]
fn a_scan_killed_at_any_moment_leaves_nothing_that_looks_finished_and_is_not() {
    let (directory, index) = fixture_index();
    // Enough shards that a kill meets every phase of the run.
    for number in 0..200 {
        fs::create_dir_all(path(&directory, "corpus")).unwrap();
        let copy = path(&directory, &format!("corpus/{number}.jsonl"));
        fs::copy(crate::root().join("fixtures/shards/jsonl/plain.jsonl"), copy).unwrap();
    }
    let (corpus, report) = (path(&directory, "corpus"), path(&directory, "report"));
    let scan = ["scan", &corpus, "--index", &index, "-o", &report];
    run_expecting(1, &scan);
    let whole = fs::read(Path::new(&report).join("findings.parquet")).unwrap();
    for milliseconds in (0..60).step_by(6) {
        let mut child = command(&scan).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        let left = names(&report);
        let has = |name: &str| left.iter().any(|left| left == name);
        if has("findings.parquet") {
            assert_eq!(
                fs::read(Path::new(&report).join("findings.parquet")).unwrap(),
                whole,
                "{left:?}"
            );
        }
        let is_done = has("summary.json") && summary(&report)["running"] == false;
        assert!(!is_done || has("findings.parquet"), "{left:?}");
        assert!(!has("_SUCCESS") || is_done, "{left:?}");
    }
}

#[test]
fn a_report_or_an_index_inside_the_corpus_is_refused() {
    let directory = TempDir::new().unwrap();
    write(&directory, "corpus/a.jsonl", INNOCENT);
    let corpus = path(&directory, "corpus");
    for arguments in [
        ["scan", &corpus, "--logs", "fixtures/logs", "-o", &path(&directory, "corpus/deep/report")],
        [
            "scan",
            &corpus,
            "--index",
            &path(&directory, "corpus/i.seepage"),
            "-o",
            &path(&directory, "report"),
        ],
    ] {
        let run = run_expecting(2, &arguments);
        assert!(run.stderr.contains("which is to be scanned\nhint: put the "), "{}", run.stderr);
    }
    assert_eq!(names(&corpus), ["a.jsonl"]);
    assert_eq!(names(&path(&directory, "")), ["corpus"]);
}

#[test]
fn the_part_of_a_scan_that_was_begun_again_is_refused() {
    let (directory, index) = fixture_index();
    let corpus = write(&directory, "a.jsonl", INNOCENT);
    let (part, joined) = (path(&directory, "part"), path(&directory, "joined"));
    let scan = ["scan", &corpus, "--index", &index, "-o", &part, "--partition", "1/1"];
    run_expecting(0, &scan);
    let merge = ["merge-reports", &part, "--index", &index, "-o", &joined];
    run_expecting(0, &merge);
    let nothing = path(&directory, "no*.jsonl");
    run_expecting(2, &["scan", &nothing, "--index", &index, "-o", &part, "--partition", "1/1"]);
    let run = run_expecting(2, &merge);
    assert!(
        run.stderr.contains("is not whole: its scan is running, or was stopped"),
        "{}",
        run.stderr
    );
}

/// Each shard with its bytes, its state, and whether it has a digest and a reason.
fn shards(report: &str) -> Vec<(String, u64, String, bool, bool)> {
    let file = File::open(Path::new(report).join("shards.parquet")).unwrap();
    let batches = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let rows = batches.flat_map(|batch| {
        let batch = batch.unwrap();
        let text = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>().clone();
        let bytes = batch.column_by_name("bytes").unwrap().as_primitive::<UInt64Type>().clone();
        let (shard, state, digest, why) =
            (text("shard"), text("state"), text("digest"), text("why"));
        let row = |at: usize| {
            let shard = shard.value(at).rsplit('/').next().unwrap().to_owned();
            (
                shard,
                bytes.value(at),
                state.value(at).to_owned(),
                digest.is_valid(at),
                why.is_valid(at),
            )
        };
        (0..batch.num_rows()).map(row).collect::<Vec<_>>()
    });
    rows.collect()
}

#[test]
fn every_shard_stands_in_the_report_with_its_length_and_state() {
    let (directory, index) = fixture_index();
    let (corpus, report, checkpoint) =
        (path(&directory, "corpus"), path(&directory, "report"), path(&directory, "checkpoint"));
    write(&directory, "corpus/a.jsonl", "{\"text\": \"Nobody wrote this.\"}\n");
    write(&directory, "corpus/b.jsonl", "");
    write(&directory, "corpus/c.bin", "\0\u{1}\0\u{2}\0\u{3}");
    let scan = ["scan", &corpus, "--index", &index, "-o", &report, "--checkpoint", &checkpoint];
    let row = |name: &str, bytes, state: &str, has_digest, has_why| {
        (name.to_owned(), bytes, state.to_owned(), has_digest, has_why)
    };
    run_expecting(2, &scan[..6]);
    let expected = [
        row("a.jsonl", 31, "read", false, false),
        row("b.jsonl", 0, "failed", false, true),
        row("c.bin", 6, "skipped", false, false),
    ];
    assert_eq!(expected, *shards(&report));
    // Where what was read is to be known again, its digest is known; so it is from parts, and the second time.
    for _ in 0..2 {
        run_expecting(2, &scan);
        let [a, _, c] = shards(&report).try_into().unwrap();
        assert_eq!(
            (row("a.jsonl", 31, "read", true, false), row("c.bin", 6, "skipped", true, false)),
            (a, c)
        );
    }
}
