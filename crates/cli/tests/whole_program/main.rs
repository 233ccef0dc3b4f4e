//! The program as people run it: what is written to stdout and stderr, which files are left, which exit code.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod background;
mod checkpoint;
mod corpus;
mod disk_full;
mod dry_run;
mod formats;
mod full_disk;
mod imitated;
mod incremental;
mod index;
mod limits;
mod papers;
mod partition;
mod planted;
mod report;
mod resemble;
mod scan;
mod segments;
mod split;
mod time;
#[cfg(feature = "tokenized")]
mod tokenized;
mod watching;
mod wrong_use;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// What a run came to.
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// The root of the workspace; the program runs there, so that names in its output are the same everywhere.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seepage"));
    command
        .args(arguments)
        .current_dir(root())
        .env_remove("SEEPAGE_THREADS")
        .env_remove("SEEPAGE_BACKEND")
        .stdin(Stdio::null());
    command
}

/// Runs the program with stdout and stderr that are no terminal.
fn run(arguments: &[&str]) -> Run {
    let Output { status, stdout, stderr } = command(arguments).output().unwrap();
    Run {
        code: status.code(),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

/// Runs the program, and takes what it says with it where the exit code is another one.
#[track_caller]
fn run_expecting(code: i32, arguments: &[&str]) -> Run {
    let run = run(arguments);
    let said = format!("{arguments:?}\nstdout:\n{}\nstderr:\n{}", run.stdout, run.stderr);
    assert_eq!(run.code, Some(code), "{said}");
    assert!(!run.stderr.contains("panicked"), "{said}");
    assert!(
        !run.stdout.contains('\u{1b}') && !run.stderr.contains('\u{1b}'),
        "no terminal, no style: {said}"
    );
    run
}

/// A directory with an index of the fixture logs in it, and the index's path.
fn fixture_index() -> (TempDir, String) {
    let directory = TempDir::new().unwrap();
    let index = path(&directory, "logs.seepage");
    run_expecting(0, &["index", "build", "fixtures/logs", "-o", &index]);
    (directory, index)
}

/// The path of `name` in `directory`.
fn path(directory: &TempDir, name: &str) -> String {
    directory.path().join(name).to_str().unwrap().to_owned()
}

/// Writes a file, and gives its path.
fn write(directory: &TempDir, name: &str, content: &str) -> String {
    let path = path(directory, name);
    std::fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    path
}

/// The names in a directory, sorted.
fn names(path: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

/// The text with the times and speeds taken out.
fn timeless(text: &str) -> String {
    let line = |line: &str| match line.split_once(" of text in ") {
        Some((start, _)) => format!("{start} of text in TIME\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// A record that no model wrote.
const INNOCENT: &str = "{\"id\":\"a\",\"text\":\"The goat was asked to leave the meeting.\"}\n";
