//! A scan with what was added to an index since the last one: its report is that of a scan of everything.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::corpus;
use crate::segments::{FILES, Growing};
use crate::{Run, path, run_expecting};

/// Summary, without what tells of the run itself.
fn summary(report: &str) -> Value {
    let summary = fs::read(Path::new(report).join("summary.json")).unwrap();
    let mut summary: Value = serde_json::from_slice(&summary).unwrap();
    let fields = summary.as_object_mut().unwrap();
    for of_run in ["seconds", "text_bytes_per_second", "run"] {
        fields.remove(of_run);
    }
    summary
}

/// Scans this program's sources, and shards of every format with passages in them.
fn scan(growing: &Growing, report: &str, more: &[&str]) -> Run {
    let mut arguments = vec!["scan", "fixtures/shards", "crates/detect", "--index", &growing.index];
    arguments.extend(["-o", report, "--exit-zero"]);
    arguments.extend(more);
    run_expecting(0, &arguments)
}

/// Adds log after log, and scans with each: incrementally, and everything.
#[track_caller]
fn check(options: &[&str]) {
    let growing = Growing::new();
    let [checkpoint, report, whole] =
        ["checkpoint", "report", "whole"].map(|name| path(&growing.home, name));
    growing.put(FILES[0], 1);
    growing.build(&growing.index);
    let kept = ["--checkpoint", &checkpoint, "--incremental"];
    let incremental = [options, &kept].concat();
    scan(&growing, &report, &incremental);
    for file in &FILES[1..] {
        growing.put(file, 1);
        growing.add();
        let run = scan(&growing, &report, &incremental);
        let said = run.stderr.lines().last().unwrap_or_default();
        assert!(said.contains(": 0 of "), "{said}");
        let (_, updated) = said.split_once("from the checkpoint, ").unwrap_or_default();
        let updated = updated.strip_suffix(" brought up to date by what was added to the index");
        assert!(updated.is_some(), "{}", run.stderr);
        assert!(said.contains(&format!("of {} results", updated.unwrap())), "{said}");
        scan(&growing, &whole, options);
        assert_eq!(corpus::findings(&report), corpus::findings(&whole), "{file}");
        assert_eq!(summary(&report), summary(&whole), "{file}");
    }
    // What was brought up to date stands in the journal for whoever asks for it, incrementally or not.
    let run = scan(&growing, &report, &[options, &kept[..2]].concat());
    let said = run.stderr.lines().last().unwrap_or_default();
    let (replayed, rest) = said.split_once(" of ").unwrap_or_default();
    let replayed = replayed.trim_start_matches("seepage: ");
    assert_eq!(rest, format!("{replayed} results from the checkpoint"));
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    assert_eq!(corpus::findings(&report), corpus::findings(&whole));
}

#[test]
fn an_incremental_scan_reports_what_a_scan_of_everything_does() {
    check(&[]);
}

#[test]
fn so_it_does_with_all_options_that_look_at_more_than_anchors() {
    check(&["--resemblance", "0.5", "--time-field", "created_at", "--max-record", "2K"]);
}

#[test]
fn what_a_removal_or_a_merge_changed_is_scanned_anew() {
    let growing = Growing::of_all();
    let [checkpoint, report] = ["checkpoint", "report"].map(|name| path(&growing.home, name));
    let kept = ["--checkpoint", &checkpoint, "--incremental"];
    scan(&growing, &report, &kept);
    let session = "31d7aa90-08c4-4f0e-b1a2-77e5c4d0b222";
    for change in [
        &["index", "remove", &growing.index, "--session", session][..],
        &["index", "merge", &growing.index],
    ] {
        run_expecting(0, change);
        let run = scan(&growing, &report, &kept);
        let others = "of another index or other options, which cannot be used";
        assert!(run.stderr.contains(others), "{}", run.stderr);
        assert!(!run.stderr.contains("brought up to date"), "{}", run.stderr);
    }
}

#[test]
fn who_forgets_the_flag_is_told_of_it() {
    let growing = Growing::new();
    let [checkpoint, report] = ["checkpoint", "report"].map(|name| path(&growing.home, name));
    growing.put(FILES[0], 1);
    growing.build(&growing.index);
    let kept = ["--checkpoint", &checkpoint];
    scan(&growing, &report, &kept);
    growing.put(FILES[1], 1);
    growing.add();
    let run = scan(&growing, &report, &kept);
    let hint = "of this index from before it grew; `--incremental` makes use of them";
    assert!(run.stderr.contains(hint), "{}", run.stderr);
    let run = run_expecting(2, &["scan", "crates", "--index", &growing.index, "--incremental"]);
    assert!(run.stderr.contains("--checkpoint"), "{}", run.stderr);
}
