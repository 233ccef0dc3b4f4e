//! A disk without room is an error that names the file, and leaves nothing that looks whole.

#![cfg(target_os = "linux")]

use std::io::Write;
use std::process::{Command, Output};

use crate::corpus::Corpus;
use crate::{path, root};

/// Runs the program where `small` is a disk of `kib` KiB, and lists what it leaves there. `None` where this machine lets
/// nobody mount one.
fn run_on_small_disk(small: &str, kib: u32, arguments: &[&str]) -> Option<Output> {
    let mount = format!("mount -t tmpfs -o size={kib}k small \"$1\"");
    let run = |script: &str| {
        Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", small])
            .args(arguments)
            .current_dir(root())
            .env_remove("SEEPAGE_THREADS")
            .output()
    };
    if !run(&mount).is_ok_and(|output| output.status.success()) {
        // Past the test runner's capture.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: disk_full: a mount in a namespace of one's own is not there"
        );
        return None;
    }
    let script =
        format!("{mount} && disk=$1 && shift && \"$@\"; code=$?; ls \"$disk\"/* >&2; exit $code");
    Some(run(&script).unwrap())
}

#[track_caller]
fn check(option: &str, named: &str, kib: u32) {
    let corpus = Corpus::of(20, &[1 << 20; 8]);
    let small = path(&corpus.directory, "small");
    std::fs::create_dir_all(&small).unwrap();
    let target = format!("{small}/deep");
    let scan = corpus.arguments(&[option, &target]);
    let arguments = [&[env!("CARGO_BIN_EXE_seepage")], &scan[..]].concat();
    let Some(output) = run_on_small_disk(&small, kib, &arguments) else {
        return;
    };
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(&format!("`{target}{named}")), "{said}");
    assert!(said.to_lowercase().contains("no space left"), "{said}");
    for whole in ["_SUCCESS", "summary.json\n", "findings.parquet\n"] {
        assert!(!said.contains(whole), "{said}");
    }
}

#[test]
fn a_report_that_finds_no_room_is_an_error_and_leaves_nothing_that_looks_whole() {
    check("-o", "", 8);
}

#[test]
fn a_journal_that_finds_no_room_is_an_error_that_names_it() {
    check("--checkpoint", "/journal.jsonl", 64);
}
