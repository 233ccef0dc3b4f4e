//! `seepage background build`, and what its file does to a build and to a scan.

use std::path::Path;

use tempfile::TempDir;

use super::{fixture_index, path, run, run_expecting, write};

/// A background of the planted shards themselves: all that stands there is common.
fn everything_is_common(directory: &TempDir) -> String {
    let background = path(directory, "all.background");
    let said = run_expecting(0, &["background", "build", "fixtures/shards", "-o", &background]);
    assert!(said.stdout.contains("fingerprints in 1 packages or more"), "{}", said.stdout);
    background
}

#[test]
fn what_is_common_flags_nobody_in_a_scan() {
    let (directory, index) = fixture_index();
    let background = everything_is_common(&directory);
    run_expecting(1, &["scan", "fixtures/shards", "--index", &index]);
    let scan = ["scan", "fixtures/shards", "--index", &index, "--background", &background];
    let said = run_expecting(0, &scan);
    assert!(said.stderr.contains("the backgrounds suppress 33.3 % of what"), "{}", said.stderr);
}

#[test]
fn a_background_of_the_index_itself_is_refused() {
    let (directory, index) = fixture_index();
    let texts =
        write(&directory, "texts.jsonl", &run_expecting(0, &["index", "export", &index]).stdout);
    let background = path(&directory, "own.background");
    run_expecting(0, &["background", "build", &texts, "-o", &background]);
    let scan = ["scan", "fixtures/shards", "--index", &index, "--background", &background];
    let refused = run_expecting(2, &scan);
    assert!(refused.stderr.contains("which is more than half"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--accept-suppressed"), "{}", refused.stderr);
    run_expecting(0, &[&scan[..], &["--accept-suppressed"]].concat());
}

#[test]
fn what_is_common_is_left_out_of_an_index() {
    let directory = TempDir::new().unwrap();
    let background = everything_is_common(&directory);
    let index = path(&directory, "less.seepage");
    run_expecting(
        0,
        &["index", "build", "fixtures/logs", "-o", &index, "--background", &background],
    );
    run_expecting(0, &["scan", "fixtures/shards", "--index", &index]);
}

#[test]
fn a_build_from_which_a_background_takes_most_is_refused() {
    let (directory, index) = fixture_index();
    let texts =
        write(&directory, "own.jsonl", &run_expecting(0, &["index", "export", &index]).stdout);
    let background = path(&directory, "own.background");
    run_expecting(0, &["background", "build", &texts, "-o", &background]);
    let output = path(&directory, "left.seepage");
    let build = ["index", "build", "fixtures/logs", "-o", &output, "--background", &background];
    let refused = run_expecting(2, &build).stderr;
    assert!(refused.contains(" % of what the models wrote, which is more than half"), "{refused}");
    assert!(!Path::new(&output).exists());
}

#[test]
fn a_background_that_is_none_is_named() {
    let (directory, index) = fixture_index();
    let wrong = write(&directory, "wrong.background", "not one");
    let run =
        run_expecting(2, &["scan", "fixtures/shards", "--index", &index, "--background", &wrong]);
    assert!(
        run.stderr.contains("wrong.background` cannot be used: it is not a background"),
        "{}",
        run.stderr
    );
}

#[test]
fn packages_by_field_need_the_text_field_too() {
    let directory = TempDir::new().unwrap();
    let output = path(&directory, "x.background");
    let arguments =
        ["background", "build", "fixtures/shards", "-o", &output, "--package-field", "id"];
    let run = run(&arguments);
    assert_eq!(Some(2), run.code);
    assert!(run.stderr.contains("--text-field"), "{}", run.stderr);
    assert!(!std::path::Path::new(&output).exists());
}

#[test]
fn packages_by_field_count_records_apart() {
    let directory = TempDir::new().unwrap();
    let line = |repo: &str| {
        let text = "fn measure_tide(gauge: &Gauge, moon: Phase) -> Option<Height> { gauge.read(moon.pull()) }";
        format!("{}\n", serde_json::json!({"repo": repo, "content": text.repeat(3)}))
    };
    let count = |name: &str, repos: [&str; 2]| {
        let shard =
            write(&directory, &format!("{name}.jsonl"), &(line(repos[0]) + &line(repos[1])));
        let output = path(&directory, name);
        let minimum = ["--packages-min", "2", "--text-field", "content", "--package-field", "repo"];
        let arguments = [&["background", "build", &shard, "-o", &output], &minimum[..]].concat();
        run_expecting(0, &arguments).stdout
    };
    assert!(count("same", ["a", "a"]).starts_with("0 fingerprints"));
    assert!(!count("two", ["a", "b"]).starts_with("0 fingerprints"));
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_not_replaced_by_a_background() {
    let directory = TempDir::new().unwrap();
    let link = path(&directory, "null");
    std::os::unix::fs::symlink("/dev/null", &link).unwrap();
    let run = run_expecting(2, &["background", "build", "fixtures/shards", "-o", &link]);
    assert!(run.stderr.contains("is no regular file, and is not replaced"), "{}", run.stderr);
    assert!(std::path::Path::new(&link).is_symlink());
}
