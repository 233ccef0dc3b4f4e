//! A scan in parts, and the parts joined: what one scan says.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::{INNOCENT, command, fixture_index, path, root, run_expecting, write};

const CORPUS: &str = "fixtures/shards";

fn scan<'a>(index: &'a str, report: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["scan", CORPUS, "--index", index, "-o", report], more].concat()
}

/// Scans all parts, and gives their reports.
fn scan_parts(directory: &TempDir, index: &str, count: u32) -> Vec<String> {
    let part = |number| {
        let report = path(directory, &format!("parts/{number}"));
        let partition = format!("{number}/{count}");
        let run = command(&scan(index, &report, &["--partition", &partition, "--exit-zero"]));
        let code = { run }.output().unwrap().status.code();
        // Some fixtures cannot be read, in whatever part they are.
        assert!(code == Some(0) || code == Some(2), "{number}: {code:?}");
        report
    };
    (1..=count).map(part).collect()
}

fn summary(report: &str) -> Value {
    let json = fs::read(Path::new(report).join("summary.json")).unwrap();
    let mut summary: Value = serde_json::from_slice(&json).unwrap();
    for name in ["seconds", "text_bytes_per_second", "run"] {
        summary.as_object_mut().unwrap().remove(name);
    }
    summary
}

fn findings(report: &str) -> Vec<u8> {
    fs::read(Path::new(report).join("findings.parquet")).unwrap()
}

#[test]
fn ten_parts_joined_are_one_scan_byte_for_byte() {
    let (directory, index) = fixture_index();
    let whole = path(&directory, "whole");
    let expected = command(&scan(&index, &whole, &[])).output().unwrap();
    for count in [1, 10, 100] {
        let mut parts = scan_parts(&directory, &index, count);
        // In whatever order they are named.
        parts.reverse();
        let joined = path(&directory, "joined");
        let mut merge = vec!["merge-reports", "--index", &index, "-o", &joined];
        merge.extend(parts.iter().map(String::as_str));
        let merged = command(&merge).output().unwrap();
        assert_eq!(merged.status.code(), expected.status.code(), "{count}");
        assert!(findings(&joined) == findings(&whole), "{count}");
        assert_eq!(summary(&joined), summary(&whole), "{count}");
        let success = |report: &str| Path::new(report).join("_SUCCESS").exists();
        assert_eq!(success(&joined), success(&whole));
    }
}

#[test]
fn a_part_that_is_missing_doubled_unfinished_or_of_another_scan_is_refused() {
    let (directory, index) = fixture_index();
    let parts = scan_parts(&directory, &index, 3);
    let [one, two, three] = [&parts[0], &parts[1], &parts[2]].map(String::as_str);
    let joined = path(&directory, "joined");
    let merge = |index: &str, parts: &[&str]| {
        let arguments = ["merge-reports", "--index", index, "-o", &joined];
        let run = run_expecting(2, &[&arguments[..], parts].concat());
        assert!(!Path::new(&joined).join("_SUCCESS").exists());
        run.stderr
    };
    let said = |said: String, expected: &str| assert!(said.contains(expected), "{said}");
    said(merge(&index, &[one, three]), "part 2 of 3 missing");
    said(merge(&index, &[one]), "parts 2, 3 of 3 missing");
    said(merge(&index, &[one, two, three, two]), "part 2 was given twice");
    said(merge(&index, &[one, two, &path(&directory, "no")]), "is no finished part");

    let other = path(&directory, "other.seepage");
    run_expecting(0, &["index", "build", "fixtures/logs/codex", "-o", &other]);
    said(merge(&other, &[one, two, three]), "another index");
    let foreign = path(&directory, "foreign");
    for (with, corpus, more, what) in [
        (&other, CORPUS, "--exit-zero", "another index"),
        (&index, "fixtures/shards/jsonl", "--exit-zero", "another corpus"),
        (&index, CORPUS, "--fast", "other options"),
    ] {
        let scan = ["scan", corpus, "--index", with, "-o", &foreign];
        let part = [&scan[..], &["--partition", "3/3", more]].concat();
        command(&part).output().unwrap();
        let what = what.replace("other options", "another options");
        said(merge(&index, &[one, two, &foreign]), &what);
    }

    let file = Path::new(three).join("part.jsonl");
    let whole = fs::read(&file).unwrap();
    for damaged in [&whole[..whole.len() - 3], &whole[..whole.len() / 2], b""] {
        fs::write(&file, damaged).unwrap();
        said(merge(&index, &[one, two, three]), "is damaged");
    }
    // Of an earlier version, and with something behind its end.
    fs::write(&file, "{\"part\":{\"version\":1}}\n").unwrap();
    said(
        merge(&index, &[one, two, three]),
        "has another format, but this build reads 5; scan it again",
    );
    fs::write(&file, [&whole[..], b"\0\0\n"].concat()).unwrap();
    said(merge(&index, &[one, two, three]), "is damaged: something lies behind its last line");
    let flipped: Vec<u8> =
        whole.iter().map(|&byte| if byte == b'7' { b'8' } else { byte }).collect();
    fs::write(&file, flipped).unwrap();
    said(merge(&index, &[one, two, three]), "is damaged");
}

#[test]
fn a_part_that_is_scanned_again_is_no_part_until_it_is_done_and_one_with_nothing_to_do_is_done() {
    let (directory, index) = fixture_index();
    let corpus = write(&directory, "a.jsonl", INNOCENT);
    let report = path(&directory, "part");
    let scan = ["scan", &corpus, "--index", &index, "-o", &report];
    // A part that was killed left something.
    write(&directory, "part/part.jsonl.partial", "half of");
    for partition in ["1/2", "2/2"] {
        run_expecting(0, &[&scan[..], &["--partition", partition]].concat());
        assert!(Path::new(&report).join("part.jsonl").exists());
    }
    assert!(!Path::new(&report).join("part.jsonl.partial").exists());
    // Of a corpus of nothing no part is clean.
    let empty = path(&directory, "empty");
    fs::create_dir(&empty).unwrap();
    let nothing = ["scan", &empty, "--index", &index, "-o", &report];
    run_expecting(2, &[&nothing[..], &["--partition", "1/2"]].concat());
    // A scan of everything leaves no part behind.
    run_expecting(0, &scan);
    assert!(!Path::new(&report).join("part.jsonl").exists());
    let said = run_expecting(2, &[&scan[..4], &["--partition", "1/2"]].concat()).stderr;
    assert!(said.contains("--output"), "{said}");
}

#[test]
fn the_job_files_of_slurm_scan_in_parts_and_join_them() {
    let (directory, index) = fixture_index();
    let out = path(&directory, "out");
    let bash = |script: &str, task: u32| {
        let mut bash = std::process::Command::new("bash");
        bash.arg(root().join("scripts/slurm").join(script))
            .current_dir(root())
            .env("SEEPAGE", env!("CARGO_BIN_EXE_seepage"))
            .env("SEEPAGE_CORPUS", "fixtures/shards/jsonl")
            .env("SEEPAGE_INDEX", &index)
            .env("SEEPAGE_OUT", &out)
            .env("SLURM_ARRAY_TASK_ID", task.to_string())
            .env("SLURM_ARRAY_TASK_COUNT", "3")
            .env("SLURM_CPUS_PER_TASK", "1");
        bash.output().unwrap()
    };
    for task in 1..=3 {
        let run = bash("scan.sbatch", task);
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(said.contains("seepage ends"), "{said}");
        assert!(Path::new(&out).join(format!("checkpoints/{task}")).exists());
    }
    let merged = bash("merge.sbatch", 0);
    let whole = path(&directory, "whole");
    let scan = ["scan", "fixtures/shards/jsonl", "--index", &index, "-o", &whole];
    let expected = command(&scan).output().unwrap();
    assert_eq!(merged.status.code(), expected.status.code());
    assert!(findings(&format!("{out}/report")) == findings(&whole));
}

#[test]
fn histories_that_were_left_out_are_counted_in_a_scan_and_in_joined_parts() {
    let (directory, index) = fixture_index();
    let corpus = directory.path().join("corpus");
    for (file, text) in [("one/.git/HEAD", "ref"), ("one/src/a.rs", "fn a() {}"), ("b.rs", "b")] {
        let file = corpus.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let corpus = corpus.to_str().unwrap();
    let report = path(&directory, "report");
    let said = run_expecting(0, &["scan", corpus, "--index", &index, "-o", &report]);
    assert!(said.stdout.contains("left out      1 `.git` directory"), "{}", said.stdout);
    assert_eq!(summary(&report)["git_left_out"], 1);

    let parts = ["1/2", "2/2"].map(|part| (part, path(&directory, &part.replace('/', "-"))));
    for (part, place) in &parts {
        let scan = ["scan", corpus, "--index", &index, "--partition", part, "-o", place];
        run_expecting(0, &scan);
    }
    let joined = path(&directory, "joined");
    let [(_, one), (_, two)] = &parts;
    run_expecting(0, &["merge-reports", one, two, "--index", &index, "-o", &joined]);
    assert_eq!(summary(&joined)["git_left_out"], 1);
}
