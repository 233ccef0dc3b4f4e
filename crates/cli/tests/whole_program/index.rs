use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::{fixture_index, path, run, run_expecting, write};

#[test]
fn a_build_shows_what_it_indexed_and_so_does_info() {
    let directory = TempDir::new().unwrap();
    let index = path(&directory, "logs.seepage");
    let built = run_expecting(0, &["index", "build", "fixtures/logs", "-o", &index]);
    let shown = run_expecting(0, &["index", "info", &index]);
    assert_eq!(built.stdout, shown.stdout);
    assert_eq!(shown.stderr, "");
    for expected in
        ["\nsessions      ", "\nauthored      ", "\nsubtracted    ", "claude-code ", "codex "]
    {
        assert!(shown.stdout.contains(expected), "{expected}\n{}", shown.stdout);
    }
}

#[test]
fn a_build_that_leaves_classes_out_says_so_and_so_does_every_scan() {
    let directory = TempDir::new().unwrap();
    let index = path(&directory, "logs.seepage");
    let build = ["index", "build", "fixtures/logs", "-o", &index];
    let made = run_expecting(0, &[&build[..], &["--only", "edit,message"]].concat());
    let words = "\nclasses       edit, message; what models wrote as others was left out\n";
    assert!(made.stdout.contains(words), "{}", made.stdout);
    // What is added is read as the index was.
    run_expecting(0, &["index", "add", "fixtures/logs", "-o", &index]);
    let shown = run_expecting(0, &["index", "info", &index]);
    assert!(shown.stdout.contains(words), "{}", shown.stdout);
    let shard = write(&directory, "corpus/a.jsonl", crate::INNOCENT);
    let scan = run_expecting(0, &["scan", &shard, "--index", &index]);
    assert!(scan.stdout.contains(", of these classes only: edit, message: "), "{}", scan.stdout);
    let old = run_expecting(2, &[&build[..], &["--prose"]].concat());
    assert!(old.stderr.contains("--without prose,"), "{}", old.stderr);
}

#[test]
fn a_build_names_the_tools_that_it_does_not_know() {
    let directory = TempDir::new().unwrap();
    let log = "{\"type\":\"assistant\",\"sessionId\":\"s\",\"message\":{\"id\":\"m\",\"role\":\"assistant\",\"content\":\
        [{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"mcp__notes__put\",\"input\":{\"text\":\"one two\"}}]}}\n";
    let log = write(&directory, "log.jsonl", log);
    let index = path(&directory, "logs.seepage");
    let built = run_expecting(0, &["index", "build", &log, "-o", &index]);
    let words = " mcp__notes__put 1; 7 B of their texts taken\n";
    assert!(built.stdout.contains(words), "{}", built.stdout);
}

#[test]
fn info_for_programs_is_one_object() {
    let (_directory, index) = fixture_index();
    let run = run_expecting(0, &["index", "info", &index, "--json"]);
    assert_eq!(run.stdout.lines().count(), 1);
    let object: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(object["path"], index.as_str());
    assert!(object["passages"].as_u64().unwrap() > 5, "{object}");
    assert!(object["facts"]["bytes_subtracted"].as_u64().unwrap() > 0, "{object}");
    let strings = &object["facts"]["strings"];
    let left_out = strings["left_out"].as_object().unwrap().values();
    let left_out: u64 = left_out.map(|bytes| bytes.as_u64().unwrap()).sum();
    let number = |name: &str| strings[name].as_u64().unwrap();
    assert_eq!(number("bytes") + number("bytes_repeated"), number("bytes_kept") + left_out);
}

#[test]
fn the_same_logs_give_the_same_digest_whatever_the_number_of_threads() {
    let directory = TempDir::new().unwrap();
    let digests: Vec<serde_json::Value> = ["1", "2"]
        .iter()
        .map(|threads| {
            let index = path(&directory, threads);
            run_expecting(
                0,
                &["index", "build", "fixtures/logs", "-o", &index, "--threads", threads],
            );
            let run = run_expecting(0, &["index", "info", &index, "--json"]);
            serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap()["digest"].clone()
        })
        .collect();
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn a_broken_line_is_a_warning_and_not_a_failure() {
    let directory = TempDir::new().unwrap();
    let log = "fixtures/logs/codex/sessions/2026/05/31";
    let mut text = String::new();
    for entry in fs::read_dir(crate::root().join(log)).unwrap() {
        text += &fs::read_to_string(entry.unwrap().path()).unwrap();
    }
    let broken =
        write(&directory, "logs/rollout.jsonl", &format!("{text}{{\"timestamp\": \u{1b}\n"));
    let index = path(&directory, "logs.seepage");
    let run = run_expecting(0, &["index", "build", &path(&directory, "logs"), "-o", &index]);
    let warning =
        format!("seepage: warning: `{broken}` line {} was skipped: ", text.lines().count() + 1);
    assert!(run.stderr.contains(&warning), "{}", run.stderr);
    let said = "\nlines unread  1 line: not a JSON record";
    assert!(run.stdout.contains(said), "{}", run.stdout);
}

#[test]
fn no_log_at_all_is_an_error_with_a_hint_and_leaves_nothing() {
    let directory = TempDir::new().unwrap();
    write(&directory, "logs/readme.txt", "not a log\n");
    let index = path(&directory, "logs.seepage");
    let run = run_expecting(2, &["index", "build", &path(&directory, "logs"), "-o", &index]);
    assert!(run.stderr.starts_with("seepage: error: "), "{}", run.stderr);
    assert!(
        run.stderr.contains("\nhint: Claude Code keeps its logs in ~/.claude/projects"),
        "{}",
        run.stderr
    );
    assert!(!Path::new(&index).exists());
}

#[test]
fn a_file_that_is_no_log_is_named_and_an_error_where_it_was_asked_for() {
    let directory = TempDir::new().unwrap();
    let sessions = crate::root().join("fixtures/logs/codex/sessions/2026/05/31");
    let fixture = fs::read_dir(sessions).unwrap().next().unwrap().unwrap();
    let text = fs::read_to_string(fixture.path());
    let log = write(&directory, "logs/rollout.jsonl", &text.unwrap());
    let readme = write(&directory, "logs/readme.txt", "not a log\n");
    write(&directory, "logs/session/tool-results/b1.txt", "a part of a log\n");
    let index = path(&directory, "logs.seepage");
    let folder = path(&directory, "logs");
    let run = run_expecting(0, &["index", "build", &folder, "-o", &index]);
    let warning = format!("seepage: warning: `{readme}` is not a log of a known tool\n");
    assert_eq!(warning, run.stderr);
    let said = format!("\nfiles unread  1 file: not a log of a known tool, `{readme}`\n");
    assert!(run.stdout.ends_with(&said), "{}", run.stdout);
    for arguments in [
        ["index", "add", &log, &readme, "-o", &index],
        ["index", "build", &log, &readme, "-o", &path(&directory, "other.seepage")],
    ] {
        let run = run_expecting(2, &arguments);
        let error = format!("seepage: error: `{readme}` is not a log of a known tool\nhint: ");
        assert!(run.stderr.starts_with(&error), "{}", run.stderr);
    }
}

#[test]
fn something_else_in_the_place_of_the_index_is_not_replaced() {
    let directory = TempDir::new().unwrap();
    let mine = write(&directory, "mine/thesis.txt", "years of work\n");
    run_expecting(2, &["index", "build", "fixtures/logs", "-o", &path(&directory, "mine")]);
    assert_eq!(fs::read_to_string(mine).unwrap(), "years of work\n");
}

#[test]
fn a_damaged_index_is_an_error_and_never_a_clean_scan() {
    let (_directory, index) = fixture_index();
    for entry in fs::read_dir(&index).unwrap() {
        let file = entry.unwrap().path();
        // The cache of the logs is a hint, and no part of the index.
        if !file.is_file() || file.ends_with("logs.cache") {
            continue;
        }
        let whole = fs::read(&file).unwrap();
        fs::write(&file, &whole[..whole.len() / 2]).unwrap();
        for arguments in
            [["index", "info", &index].as_slice(), &["scan", "fixtures/shards", "--index", &index]]
        {
            let run = run_expecting(2, arguments);
            assert!(
                run.stderr.starts_with("seepage: error: "),
                "{}: {}",
                file.display(),
                run.stderr
            );
            assert!(run.stderr.contains("\nhint: build it with "), "{}", run.stderr);
            assert_eq!(run.stdout, "");
        }
        fs::write(&file, &whole).unwrap();
    }
    run_expecting(0, &["index", "info", &index]);
}

/// Homes are shared by links; what stands behind one is read, and once.
#[cfg(unix)]
#[test]
fn logs_behind_links_are_read_once_and_a_link_that_leads_nowhere_is_named() {
    use std::os::unix::fs::symlink;

    let home = TempDir::new().unwrap();
    let logs = home.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    let fixtures = crate::root().join("fixtures/logs");
    symlink(fixtures.join("codex"), logs.join("a")).unwrap();
    symlink(fixtures.join("codex/sessions"), logs.join("b")).unwrap();
    let index = path(&home, "a.seepage");
    let passages = |index: &str| {
        let info = run_expecting(0, &["index", "info", index, "--json"]).stdout;
        let info: serde_json::Value = serde_json::from_str(&info).unwrap();
        (info["passages"].clone(), info["facts"]["logs_read"].clone())
    };
    let direct = path(&home, "direct.seepage");
    run_expecting(0, &["index", "build", "fixtures/logs/codex", "-o", &direct]);
    run_expecting(0, &["index", "build", logs.to_str().unwrap(), "-o", &index]);
    assert_eq!(passages(&index), passages(&direct));
    symlink(home.path().join("nowhere"), logs.join("c")).unwrap();
    symlink(&logs, logs.join("d")).unwrap();
    let run = run_expecting(2, &["index", "build", logs.to_str().unwrap(), "-o", &index]);
    assert!(run.stderr.contains("logs/c") && run.stderr.contains("logs/d"), "{}", run.stderr);
}

#[test]
fn what_a_build_could_not_read_is_its_last_word_and_stays_with_the_index() {
    let directory = TempDir::new().unwrap();
    let index = path(&directory, "damaged.seepage");
    let logs = ["fixtures/logs", "fixtures/logs-damaged"];
    let built = run(&["index", "build", logs[0], logs[1], "-o", &index]);
    let last = built.stdout.lines().skip_while(|line| !line.starts_with("lines unread"));
    let last: Vec<&str> = last.collect();
    assert!(last.len() >= 2 && last[0].contains(" line"), "{}", built.stdout);

    let info = run_expecting(0, &["index", "info", &index, "--json"]).stdout;
    let info: Value = serde_json::from_str(&info).unwrap();
    let lines = info["facts"]["unread"]["lines"].as_object().unwrap();
    let counted: u64 = lines.values().map(|reason| reason["count"].as_u64().unwrap()).sum();
    assert_eq!(info["facts"]["lines_broken"].as_u64(), Some(counted));
    assert_eq!(info["unread"]["lines"].as_u64(), Some(counted));

    let innocent = write(&directory, "innocent.txt", "Nobody wrote this but the harbour master.\n");
    let scan = run_expecting(0, &["scan", &innocent, "--index", &index]).stdout;
    assert!(scan.contains("could not be read when the index was made"), "{scan}");
}
