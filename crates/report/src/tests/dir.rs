use std::fs;
use std::path::Path;

use seepage_detect::Tier;
use seepage_engine::{
    FailedShard, FieldPath, FindingRow, FindingSink, Pace, ReadOptions, ScanPlan, ScanSummary,
    SkipReason, SkippedRow,
};
use seepage_index::PassageId;
use tempfile::TempDir;

use super::{finding, index_in, provenance_full};
use crate::{IndexSummary, ReportDir, ReportError, ReportWriter, RunDescription, ScanParameters};

/// The names in a directory, sorted.
fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

/// Something was found, and everything was read.
fn scanned() -> ScanSummary {
    ScanSummary {
        shards_read: 1,
        records_read: 10,
        records_flagged: 2,
        findings: [(Tier::Exact, 2), (Tier::Weak, 1)].into(),
        text_bytes: 1000,
        seconds: 0.5,
        threads: 2,
        ..ScanSummary::default()
    }
}

/// Writes a whole report of two flagged findings and a weak one.
fn write(report: &Path, scanned: &ScanSummary) {
    begin(report).finish(scanned).unwrap();
}

/// As far as the last finding.
fn begin(report: &Path) -> ReportWriter {
    let directory = TempDir::new().unwrap();
    let index = index_in(directory.path());
    let plan = ScanPlan {
        classes: None,
        backgrounds: vec![],
        resemblance: None,
        inputs: vec!["corpus".into()],
        stdin: None,
        respect_gitignore: true,
        read: ReadOptions {
            time_field: Some(FieldPath::parse("meta.created").unwrap()),
            keep_fields: vec![FieldPath::parse("meta.url").unwrap()],
            ..ReadOptions::default()
        },
        skips_accepted: vec![SkipReason::Binary],
        pace: Pace::Fast,
        demote_at: Some(9),
        threads: 0,
    };
    let description = RunDescription {
        index: IndexSummary::of(&index, Path::new("test.seepage")),
        parameters: ScanParameters::of(&plan, 2).unwrap(),
        command: vec!["seepage".to_owned(), "scan".to_owned()],
        started: std::time::SystemTime::UNIX_EPOCH,
        machine: "goat (linux)".to_owned(),
        exit_zero: false,
    };
    let mut writer = ReportDir::begin(report).unwrap().writer(description);
    for (row, tier) in [(0, Tier::Exact), (1, Tier::Weak), (2, Tier::Exact)] {
        writer.found(&finding_row(row, tier)).unwrap();
    }
    writer
}

fn finding_row(row: u64, tier: Tier) -> FindingRow {
    FindingRow {
        found: finding(row, tier, 2),
        provenance: provenance_full(),
        family: PassageId(0),
        packages: Some(1),
        demoted: false,
    }
}

#[test]
fn a_complete_scan_leaves_findings_a_summary_and_success() {
    let directory = TempDir::new().unwrap();
    let report = directory.path().join("deep/report");
    write(&report, &scanned());
    assert_eq!(names(&report), ["_SUCCESS", "findings.parquet", "shards.parquet", "summary.json"]);
    assert_eq!(fs::read(report.join("_SUCCESS")).unwrap(), b"");
}

#[test]
fn an_incomplete_scan_leaves_no_success() {
    let directory = TempDir::new().unwrap();
    let scanned = ScanSummary {
        shards_failed: vec![FailedShard { shard: "b".into(), why: "cut".into() }],
        ..scanned()
    };
    write(directory.path(), &scanned);
    assert_eq!(names(directory.path()), ["findings.parquet", "shards.parquet", "summary.json"]);
}

#[test]
fn a_rerun_that_dies_at_any_step_looks_unfinished() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("notes.txt"), "mine").unwrap();

    write(directory.path(), &scanned());
    drop(ReportDir::begin(directory.path()).unwrap());
    assert_eq!(
        names(directory.path()),
        ["findings.parquet.before", "notes.txt", "summary.json"],
        "begun"
    );
    let summary = fs::read_to_string(directory.path().join("summary.json")).unwrap();
    assert!(summary.contains("\"verdict\": \"incomplete\""), "{summary}");
    assert!(summary.contains("\"running\": true"), "{summary}");
    let error = ScanParameters::read(directory.path()).unwrap_err();
    assert!(matches!(error, ReportError::Running { .. }), "{error}");

    write(directory.path(), &scanned());
    drop(begin(directory.path()));
    assert_eq!(
        names(directory.path()),
        ["findings.parquet.before", "findings.parquet.partial", "notes.txt", "summary.json"],
        "with findings"
    );

    write(directory.path(), &scanned());
    assert_eq!(
        names(directory.path()),
        ["_SUCCESS", "findings.parquet", "notes.txt", "shards.parquet", "summary.json"],
        "after all"
    );
}

#[test]
fn a_report_is_withdrawn_before_a_run_and_a_directory_of_others_is_left_alone() {
    let directory = TempDir::new().unwrap();
    let (report, other) = (directory.path().join("report"), directory.path().join("other"));
    write(&report, &scanned());
    ReportDir::withdraw(&report).unwrap();
    assert_eq!(names(&report), ["findings.parquet", "shards.parquet", "summary.json"]);
    assert!(matches!(ScanParameters::read(&report), Err(ReportError::Running { .. })));

    // A data set that Spark wrote has the file, too.
    fs::create_dir(&other).unwrap();
    fs::write(other.join("_SUCCESS"), "").unwrap();
    fs::write(other.join("summary.json"), "{\"verdict\": \"fair\"}").unwrap();
    ReportDir::withdraw(&other).unwrap();
    assert_eq!(names(&other), ["_SUCCESS", "summary.json"]);
    ReportDir::withdraw(&directory.path().join("none")).unwrap();
    assert_eq!(names(directory.path()), ["other", "report"]);
}

#[test]
fn the_same_findings_give_the_same_file() {
    let (a, b) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    write(a.path(), &scanned());
    write(b.path(), &ScanSummary { seconds: 9.0, threads: 1, ..scanned() });
    let findings =
        |directory: &TempDir| fs::read(directory.path().join("findings.parquet")).unwrap();
    assert_eq!(findings(&a), findings(&b));
}

#[test]
fn weak_findings_are_counted_and_not_written() {
    let directory = TempDir::new().unwrap();
    write(directory.path(), &scanned());
    let file = fs::File::open(directory.path().join("findings.parquet")).unwrap();
    let reader = parquet::file::reader::SerializedFileReader::new(file).unwrap();
    let metadata = parquet::file::reader::FileReader::metadata(&reader);
    assert_eq!(metadata.file_metadata().num_rows(), 2);
    let summary = fs::read_to_string(directory.path().join("summary.json")).unwrap();
    assert!(summary.contains("\"weak\": 1"), "{summary}");
}

#[test]
fn the_summary_says_what_was_read_and_what_was_not() {
    let directory = TempDir::new().unwrap();
    let scanned = ScanSummary {
        shards_failed: vec![FailedShard {
            shard: "b\u{1b}.gz".into(),
            why: "the stream ends early".into(),
        }],
        records_skipped: [(SkipReason::TooLong, 3)].into(),
        skipped_first: vec![SkippedRow { shard: "a".into(), row: 7, reason: SkipReason::TooLong }],
        records_repaired: 4,
        records_undated: 6,
        findings_predating: 7,
        findings_demoted: 8,
        records_judged: 5,
        bytes_judged: 600,
        bytes_on_disk: 700,
        text_fields: [("text".to_owned(), 1)].into(),
        formats: [("json lines".to_owned(), 1)].into(),
        ..scanned()
    };
    write(directory.path(), &scanned);
    let text = fs::read_to_string(directory.path().join("summary.json")).unwrap();
    assert!(!text.contains('\u{1b}'));
    let summary: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (pointer, expected) in [
        ("/schema_version", serde_json::json!(1)),
        ("/seepage_version", env!("CARGO_PKG_VERSION").into()),
        ("/verdict", "contaminated".into()),
        ("/exit_code", 1.into()),
        ("/complete", false.into()),
        ("/shards/read", 1.into()),
        ("/shards/failed/0/shard", "b\u{1b}.gz".into()),
        ("/shards/failed/0/why", "the stream ends early".into()),
        ("/records/read", 10.into()),
        ("/records/repaired", 4.into()),
        ("/records/flagged", 2.into()),
        ("/records/undated", 6.into()),
        ("/run/command/1", "scan".into()),
        ("/run/started", "1970-01-01T00:00:00.000Z".into()),
        ("/run/machine", "goat (linux)".into()),
        ("/parameters/backgrounds/0/file", "built in".into()),
        ("/findings_predating", 7.into()),
        ("/findings_demoted", 8.into()),
        ("/parameters/time_field", "meta.created".into()),
        ("/parameters/package_field", serde_json::Value::Null),
        ("/parameters/keep_fields/0", "meta.url".into()),
        ("/parameters/respect_gitignore", true.into()),
        ("/parameters/demote_widespread", 9.into()),
        ("/records/skipped/too-long", 3.into()),
        ("/records/skipped_first/0/row", 7.into()),
        ("/records/skipped_first/0/reason", "too-long".into()),
        ("/text_bytes", 1000.into()),
        ("/bytes_on_disk", 700.into()),
        ("/findings/exact", 2.into()),
        ("/findings/near", 0.into()),
        ("/records_judged", 5.into()),
        ("/bytes_judged", 600.into()),
        ("/text_bytes_per_second", 2000.0.into()),
        ("/text_fields/text", 1.into()),
        ("/formats/json lines", 1.into()),
        ("/index/path", "test.seepage".into()),
        ("/index/passages", 1.into()),
        ("/index/guarantee_len", 94.into()),
        ("/parameters/inputs/0", "corpus".into()),
        ("/parameters/skips_accepted/0", "binary".into()),
        ("/parameters/record_len_max", (64 << 20).into()),
        ("/parameters/threads", 2.into()),
    ] {
        assert_eq!(summary.pointer(pointer), Some(&expected), "{pointer}");
    }
}

#[test]
fn a_file_in_the_place_of_the_report_is_refused() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("report");
    fs::write(&path, "mine").unwrap();
    let error = ReportDir::begin(&path).unwrap_err();
    assert!(matches!(error, ReportError::NotADirectory { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"mine");
}

#[cfg(unix)]
#[test]
fn two_scans_cannot_write_one_report() {
    let directory = TempDir::new().unwrap();
    let first = ReportDir::begin(directory.path()).unwrap();
    let error = ReportDir::begin(directory.path()).unwrap_err();
    assert!(matches!(error, ReportError::Busy { .. }), "{error}");
    drop(first);
    ReportDir::begin(directory.path()).unwrap();
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_a_file_is_taken_away_and_not_followed() {
    let directory = TempDir::new().unwrap();
    let victim = directory.path().join("victim");
    fs::write(&victim, "mine").unwrap();
    let report = directory.path().join("report");
    fs::create_dir(&report).unwrap();
    for name in ["_SUCCESS", "summary.json.partial", "findings.parquet.partial", "findings.parquet"]
    {
        std::os::unix::fs::symlink(&victim, report.join(name)).unwrap();
    }
    write(&report, &scanned());
    assert_eq!(fs::read(&victim).unwrap(), b"mine");
    assert_eq!(names(&report), ["_SUCCESS", "findings.parquet", "shards.parquet", "summary.json"]);
}
