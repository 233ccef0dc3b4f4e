use crate::run_expecting;

/// Wrong use is exit code 2, a word on stderr, and nothing on stdout.
#[track_caller]
fn check(arguments: &[&str], expected: &str) {
    let run = run_expecting(2, arguments);
    assert!(run.stderr.contains(expected), "{arguments:?}: {}", run.stderr);
    assert_eq!(run.stdout, "", "{arguments:?}");
}

#[test]
fn a_scan_needs_an_index_or_logs_and_not_both() {
    check(
        &["scan", "fixtures/shards"],
        "seepage: error: nothing to look for was given\nhint: name an index with `--index INDEX`",
    );
    check(
        &["scan", "fixtures/shards", "--index", "a", "--logs", "b"],
        "seepage: error: `--index` and `--logs` were both given",
    );
}

#[test]
fn what_is_not_there_is_named() {
    check(
        &["scan", "no-such-shard", "--index", "a"],
        "seepage: error: `no-such-shard` cannot be scanned: ",
    );
    check(
        &["scan", "fixtures/shards", "--index", "no-such-index"],
        "hint: build it with `seepage index build LOGS...",
    );
    check(&["scan", "fixtures/shards", "--logs", "no-such-logs"], "`no-such-logs`");
    check(&["index", "info", "no-such-index"], "seepage: error: ");
}

#[test]
fn a_wrong_flag_says_what_is_right() {
    check(&[], "Usage: seepage <COMMAND>");
    check(&["index"], "Usage: seepage index <COMMAND>");
    check(&["scan"], "<PATH>...");
    check(&["index", "build", "a"], "--output <INDEX>");
    check(&["scan", "a", "--index", "b", "--threads", "0"], "0 is not in 1..=1024");
    check(&["scan", "a", "--index", "b", "--max-record", "1T"], "the units are K, M and G");
    check(
        &["scan", "a", "--index", "b", "--accept-skipped", "all"],
        "the reasons are not-json, no-text-field",
    );
    check(&["scan", "a", "--index", "b", "--format", "xml"], "[possible values: human, json]");
}

#[test]
fn help_has_examples_and_exit_codes_and_goes_to_stdout() {
    for (arguments, expected) in [
        (["--help"].as_slice(), "\nExit codes:\n  0  everything was read, and nothing was found\n"),
        (
            &["scan", "--help"],
            "\nExamples:\n  seepage scan corpus/ --index outputs.seepage -o report/\n",
        ),
        (&["index", "build", "--help"], "\nExamples:\n  seepage index build ~/.claude/projects"),
        (&["index", "info", "--help"], "\nExamples:\n"),
    ] {
        let run = run_expecting(0, arguments);
        assert!(run.stdout.contains(expected), "{}", run.stdout);
        assert_eq!(run.stderr, "");
    }
    check(&["--verbose"], "--version");
}

#[test]
fn the_version_names_the_backend_in_use_and_the_environment_chooses_it() {
    let verbose = run_expecting(0, &["--version", "--verbose"]);
    for name in ["scalar", "avx2", "avx512", "neon"] {
        let mut command = crate::command(&["--version", "--verbose"]);
        let output = command.env("SEEPAGE_BACKEND", name).output().unwrap();
        let (stdout, stderr) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        if verbose.stdout.contains(name) {
            assert!(stdout.contains(&format!("\nbackend: {name} (of ")), "{stdout}");
        } else {
            assert_eq!(output.status.code(), Some(2), "{stdout}");
            assert!(stderr.contains(&format!("no backend `{name}`")), "{stderr}");
        }
    }
    let mut command = crate::command(&["index", "info", "a"]);
    let output = command.env("SEEPAGE_BACKEND", "mmx").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr.starts_with("seepage: error: there is no backend `mmx`; here is scalar")
            && stderr.contains("hint: unset `SEEPAGE_BACKEND`"),
        "{stderr}"
    );
    let version = run_expecting(0, &["--version"]);
    assert_eq!(version.stdout, format!("seepage {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn an_index_without_a_passage_makes_nothing_clean() {
    let directory = tempfile::TempDir::new().unwrap();
    let log = "{\"type\":\"assistant\",\"uuid\":\"1\",\"timestamp\":\"2026-04-16T08:00:01.037Z\",\"sessionId\":\"s\",\
         \"version\":\"2.1.140\",\"cwd\":\"/home/mara\",\"message\":{\"model\":\"m\",\"id\":\"msg_1\",\"type\":\"message\",\
         \"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"Yes.\"}]}}\n";
    let log = crate::write(&directory, "logs/s.jsonl", log);
    let index = crate::path(&directory, "empty.seepage");
    run_expecting(0, &["index", "build", &log, "-o", &index]);
    for more in [None, Some("--dry-run")] {
        let mut scan = vec!["scan", "fixtures/shards", "--index", &index];
        scan.extend(more);
        check(
            &scan,
            "empty.seepage` holds no passage that can be found\nhint: build it from logs of sessions",
        );
    }
}
