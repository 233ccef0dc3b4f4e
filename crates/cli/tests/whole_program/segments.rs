//! An index that grows is, for whoever scans with it, one that was built at once.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::{command, path, root, run_expecting};

/// Logs that appear one by one in a directory, and an index of it.
pub(crate) struct Growing {
    pub(crate) home: TempDir,
    pub(crate) logs: String,
    pub(crate) index: String,
}

/// In another order than they were written in: a subagent before its parent, and sessions of 2026 before older ones.
pub(crate) const FILES: [&str; 9] = [
    "codex/sessions/2026/07/22/rollout-2026-07-22T16-00-01-019f8af9-2222-71f2-9bb4-911cbf338555.jsonl",
    "claude-code/projects/-home-mara-harbour/7b1f0c2e-4d5a-4e61-9c3b-2f6d8a90e111/subagents/agent-c0ffee1.jsonl",
    "claude-code/projects/-home-mara-kitchen/31d7aa90-08c4-4f0e-b1a2-77e5c4d0b222.jsonl",
    "codex/sessions/2026/05/31/rollout-2026-05-31T10-00-01-019e7da4-1111-7dc1-93d3-a435cb5c9444.jsonl",
    "claude-code/projects/-home-mara-harbour/7b1f0c2e-4d5a-4e61-9c3b-2f6d8a90e111.jsonl",
    "codex/sessions/rollout-2025-05-02-5a1e7c88-4444-4d2b-8a6f-90b1c2d3e777.json",
    "codex/sessions/2025/08/10/rollout-2025-08-10T18-58-38-cf4def41-3333-4b91-adb4-5397c1492666.jsonl",
    "claude-code/projects/-home-mara-gauges/c94e5f10-6a2b-47d8-8e0f-1b3c5d7e9333.jsonl",
    "codex/archived_sessions/rollout-2026-06-07T21-00-01-019ea100-5555-7463-8542-41b2e0fcb888.jsonl.zst",
];

impl Growing {
    pub(crate) fn new() -> Self {
        let home = TempDir::new().unwrap();
        let (logs, index) = (path(&home, "logs"), path(&home, "logs.seepage"));
        Self { home, logs, index }
    }

    /// Adds a file a segment.
    pub(crate) fn of_all() -> Self {
        let growing = Self::new();
        growing.put(FILES[0], 1);
        growing.build(&growing.index);
        for file in &FILES[1..] {
            growing.put(file, 1);
            growing.add();
        }
        growing
    }

    /// Makes a log appear: one line in `share` of it from the start, so that 1 is all of it.
    pub(crate) fn put(&self, file: &str, share: usize) {
        let from = fs::read(root().join("fixtures/logs").join(file)).unwrap();
        let lines = from.split(|&byte| byte == b'\n').count() - 1;
        let until = match share {
            1 => from.len(),
            _ => end_of_line(&from, lines / share),
        };
        let to = Path::new(&self.logs).join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, &from[..until]).unwrap();
    }

    pub(crate) fn build(&self, index: &str) {
        run_expecting(0, &["index", "build", &self.logs, "-o", index]);
    }

    pub(crate) fn add(&self) -> String {
        run_expecting(0, &["index", "add", &self.logs, "-o", &self.index]).stdout
    }

    /// An index of all logs that are there, built at once.
    pub(crate) fn built_at_once(&self) -> String {
        let index = path(&self.home, "at-once.seepage");
        self.build(&index);
        index
    }
}

/// Behind the so-manieth line.
fn end_of_line(text: &[u8], lines: usize) -> usize {
    let ends = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    ends.map(|(at, _)| at + 1).nth(lines - 1).unwrap()
}

/// Findings as they are told, but for what numbers the passages.
pub(crate) fn findings(index: &str) -> Vec<String> {
    let arguments = ["scan", "fixtures/shards", "--index", index, "--format", "json"];
    let lines = run_expecting(1, &arguments).stdout;
    let told = |line: &str| {
        let mut finding: Value = serde_json::from_str(line).unwrap();
        let finding = finding.as_object_mut().unwrap();
        for name in ["passage_id", "family_id", "index_digest"] {
            finding.remove(name);
        }
        serde_json::to_string(finding).unwrap()
    };
    let mut findings: Vec<String> = lines.lines().map(told).collect();
    findings.sort_unstable();
    findings
}

/// The provenance and the texts of all passages, but for what numbers them.
pub(crate) fn passages(index: &str) -> Vec<String> {
    let lines = run_expecting(0, &["index", "export", index]).stdout;
    let told = |line: &str| {
        let mut passage: Value = serde_json::from_str(line).unwrap();
        let passage = passage.as_object_mut().unwrap();
        for name in ["passage_id", "family_id"] {
            passage.remove(name);
        }
        serde_json::to_string(passage).unwrap()
    };
    let mut passages: Vec<String> = lines.lines().map(told).collect();
    passages.sort_unstable();
    passages
}

#[test]
fn an_index_of_many_segments_finds_what_one_that_was_built_at_once_finds() {
    let growing = Growing::of_all();
    let at_once = growing.built_at_once();
    assert!(fs::read_dir(Path::new(&growing.index).join("segments")).unwrap().count() > 5);
    assert_eq!(passages(&growing.index), passages(&at_once));
    assert_eq!(findings(&growing.index), findings(&at_once));
}

#[test]
fn nothing_new_is_said_and_changes_nothing() {
    let growing = Growing::new();
    growing.put(FILES[2], 1);
    growing.put(FILES[3], 1);
    growing.build(&growing.index);
    let manifest = fs::read(Path::new(&growing.index).join("MANIFEST.json")).unwrap();
    // With the cache, without it, and with the logs elsewhere.
    for step in 0..3 {
        let expected = "nothing new: the index holds all of 2 log files already\n";
        assert_eq!(growing.add(), expected, "{step}");
        let cache = Path::new(&growing.index).join("logs.cache");
        assert!(cache.is_file());
        fs::remove_file(cache).unwrap();
        if step == 1 {
            let file = Path::new(&growing.logs).join(FILES[2]);
            fs::rename(&file, file.with_file_name("moved.jsonl")).unwrap();
        }
    }
    assert!(manifest == fs::read(Path::new(&growing.index).join("MANIFEST.json")).unwrap());
}

#[test]
fn a_log_that_grew_is_read_again_and_each_passage_stands_once() {
    let growing = Growing::new();
    growing.put(FILES[3], 1);
    for share in [5, 3, 2, 1] {
        growing.put(FILES[4], share);
        growing.put(FILES[0], share);
        if share == 5 {
            growing.build(&growing.index);
        } else {
            growing.add();
        }
        let at_once = growing.built_at_once();
        assert_eq!(passages(&growing.index), passages(&at_once), "1 / {share}");
    }
    let at_once = growing.built_at_once();
    assert_eq!(findings(&growing.index), findings(&at_once));
}

#[test]
fn an_index_that_is_not_there_is_not_added_to() {
    let growing = Growing::new();
    growing.put(FILES[0], 1);
    let run = run_expecting(2, &["index", "add", &growing.logs, "-o", &growing.index]);
    assert!(run.stderr.contains("because: "), "{}", run.stderr);
    assert!(!Path::new(&growing.index).exists());
}

/// The bytes of the files that hold what was built, which do not depend on how.
fn built(index: &str) -> Vec<(String, Vec<u8>)> {
    let segments = Path::new(index).join("segments");
    let [segment] = &fs::read_dir(segments).unwrap().collect::<Vec<_>>()[..] else {
        panic!("one segment in {index}");
    };
    let segment = segment.as_ref().unwrap().path();
    ["fingerprints.bin", "evidence.bin", "provenance.parquet"]
        .map(|name| (name.to_owned(), fs::read(segment.join(name)).unwrap()))
        .into()
}

#[test]
fn a_merged_index_has_the_bytes_of_one_that_was_built_at_once() {
    let growing = Growing::of_all();
    let at_once = growing.built_at_once();
    let said = run_expecting(0, &["index", "merge", &growing.index]).stdout;
    assert!(said.contains("merged into one"), "{said}");
    for ((name, merged), (_, expected)) in built(&growing.index).iter().zip(built(&at_once)) {
        assert!(*merged == expected, "{name}");
    }
    run_expecting(0, &["index", "diff", &growing.index, &at_once]);
    assert!(growing.add().starts_with("nothing new: "));
    let again = run_expecting(0, &["index", "merge", &growing.index]).stdout;
    assert!(again.starts_with("nothing to merge: "), "{again}");
}

/// Whether `words` stand anywhere in the files of a directory.
fn holds(directory: &Path, words: &str) -> bool {
    fs::read_dir(directory).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, words);
        }
        let bytes = fs::read(path).unwrap();
        bytes.windows(words.len()).any(|part| part == words.as_bytes())
    })
}

#[test]
fn what_is_removed_is_found_no_more_stays_out_and_is_gone_after_a_merge() {
    const SESSION: &str = "31d7aa90-08c4-4f0e-b1a2-77e5c4d0b222";
    const WORDS: &str = "class RecipeReader";
    let growing = Growing::of_all();
    let index = growing.index.as_str();
    let all = passages(index).len();
    let remove = ["index", "remove", index, "--session", SESSION];
    let dry = run_expecting(0, &[&remove[..], &["--dry-run"]].concat()).stdout;
    assert!(dry.contains("would be removed"), "{dry}");
    assert_eq!(passages(index).len(), all);

    run_expecting(0, &remove);
    let of_session =
        |lines: Vec<String>| lines.iter().filter(|line| line.contains(SESSION)).count();
    assert_eq!(of_session(passages(index)), 0);
    assert!(passages(index).len() < all && of_session(findings(index)) == 0);
    assert!(holds(Path::new(index), WORDS), "the text is there until a merge");
    let again = run_expecting(0, &remove).stdout;
    assert!(again.contains("is remembered"), "{again}");
    let unknown = ["index", "remove", index, "--session", "no such session"];
    let nothing = run_expecting(2, &unknown).stderr;
    assert!(nothing.contains("nothing was changed"), "{nothing}");

    let said = run_expecting(0, &["index", "merge", index]).stdout;
    assert!(said.contains("are gone"), "{said}");
    assert!(!holds(Path::new(index), WORDS));
    assert_eq!((of_session(passages(index)), of_session(findings(index))), (0, 0));

    // Not even when its log goes on.
    growing.put(FILES[2], 2);
    growing.add();
    assert_eq!(of_session(passages(index)), 0);
    let at_once = growing.built_at_once();
    let diff = run_expecting(1, &["index", "diff", index, &at_once]).stdout;
    assert!(diff.contains(SESSION), "{diff}");
}

#[test]
fn what_was_written_before_a_time_or_came_from_some_logs_can_be_removed() {
    let growing = Growing::of_all();
    let index = growing.index.as_str();
    let all = passages(index).len();
    run_expecting(0, &["index", "remove", index, "--before", "2025-06-01"]);
    let left = passages(index);
    assert!(left.len() < all);
    let list = path(&growing.home, "list.txt");
    fs::write(&list, format!("{}/{}\n\n", growing.logs, FILES[4])).unwrap();
    run_expecting(0, &["index", "remove", index, "--file-list", &list]);
    assert!(passages(index).len() < left.len());
    assert!(passages(index).iter().all(|passage| !passage.contains(FILES[4])));
    for wrong in [vec![], vec!["--before", "soon"]] {
        run_expecting(2, &[&["index", "remove", index][..], &wrong].concat());
    }
}

#[test]
fn every_file_of_an_index_is_verified_and_the_damaged_one_is_named() {
    let growing = Growing::of_all();
    let index = growing.index.as_str();
    run_expecting(0, &["index", "remove", index, "--before", "2025-06-01"]);
    let sound = run_expecting(0, &["index", "verify", index]).stdout;
    let files: Vec<&str> = sound
        .lines()
        .map(|line| line.strip_prefix("ok       ").unwrap().split("  ").next().unwrap())
        .collect();
    assert!(files.len() > 5 * FILES.len() - 5, "{sound}");
    assert!(sound.contains("removed-0.bin"), "{sound}");
    for file in files {
        let path = Path::new(index).join(file);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let run = run_expecting(2, &["index", "verify", index, "--json"]);
        let object: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(object["error"].is_string(), file == "MANIFEST.json");
        if file != "MANIFEST.json" {
            let damaged = object["files"].as_array().unwrap().iter();
            let damaged: Vec<&str> = damaged
                .filter(|one| one["ok"] == false)
                .map(|one| one["file"].as_str().unwrap())
                .collect();
            assert_eq!(damaged, [file]);
        }
        bytes[middle] ^= 1;
        fs::write(&path, &bytes).unwrap();
    }
    run_expecting(0, &["index", "verify", index]);
}

#[test]
fn a_removed_log_stays_out_however_its_path_is_spelled() {
    let growing = Growing::new();
    growing.put(FILES[2], 1);
    growing.put(FILES[4], 1);
    let home = growing.home.path();
    let run_at_home = |arguments: &[&str]| {
        let run = command(arguments).current_dir(home).output().unwrap();
        assert!(run.status.success(), "{arguments:?}: {run:?}");
    };
    run_at_home(&["index", "build", "logs", "-o", "logs.seepage"]);
    fs::write(home.join("list.txt"), format!("logs/{}\n", FILES[4])).unwrap();
    run_at_home(&["index", "remove", "logs.seepage", "--file-list", "list.txt"]);
    let left = passages(&growing.index);
    assert!(!left.is_empty());
    // It goes on, and is added by its path from the root.
    let log = Path::new(&growing.logs).join(FILES[4]);
    let longer = [fs::read(&log).unwrap(), b"\n".to_vec()].concat();
    fs::write(log, longer).unwrap();
    growing.add();
    assert_eq!(passages(&growing.index), left);
}

#[test]
fn what_a_removed_log_said_stays_out_when_the_log_is_moved_and_goes_on() {
    let growing = Growing::of_all();
    let index = growing.index.as_str();
    let log = Path::new(&growing.logs).join(FILES[4]);
    let list = path(&growing.home, "list.txt");
    fs::write(&list, format!("{}\n", log.display())).unwrap();
    run_expecting(0, &["index", "remove", index, "--file-list", &list]);
    run_expecting(0, &["index", "merge", index]);
    let left = passages(index);
    assert!(!left.is_empty());
    let moved = Path::new(&growing.logs).join("moved.jsonl");
    let longer = [fs::read(&log).unwrap(), b"\n".to_vec()].concat();
    fs::remove_file(log).unwrap();
    fs::write(&moved, longer).unwrap();
    growing.add();
    assert_eq!(passages(index), left);
    // Without what is remembered of its texts it would have been read back.
    let anew = path(&growing.home, "anew.seepage");
    growing.build(&anew);
    assert!(passages(&anew).iter().any(|passage| passage.contains("moved.jsonl")));
}

#[test]
fn a_time_is_remembered_even_where_nothing_is_so_old_yet() {
    let growing = Growing::new();
    growing.put(FILES[0], 1);
    growing.build(&growing.index);
    let index = growing.index.as_str();
    let all = passages(index);
    run_expecting(0, &["index", "remove", index, "--before", "2026-01-01"]);
    assert_eq!(passages(index), all);
    growing.put(FILES[2], 1);
    growing.add();
    assert_eq!(passages(index), all);
}

/// A text keeps all its authors: when one of them is taken out, the others still wrote it.
#[test]
fn what_two_sessions_wrote_is_found_until_both_are_removed() {
    let growing = Growing::new();
    growing.put(FILES[7], 1);
    let log = Path::new(&growing.logs).join(FILES[7]);
    let (first, second) =
        ("c94e5f10-6a2b-47d8-8e0f-1b3c5d7e9333", "c94e5f10-6a2b-47d8-8e0f-1b3c5d7e9334");
    let text = fs::read_to_string(&log).unwrap();
    // Another session, later by the name of its log, with other ids.
    let other = text.replace(first, second).replace("msg_", "msx_").replace("toolu_", "toolw_");
    fs::write(log.with_file_name(format!("{second}.jsonl")), other).unwrap();
    growing.build(&growing.index);
    let shard = "fixtures/shards/source";
    let scan =
        |code| run_expecting(code, &["scan", shard, "--index", &growing.index, "--format", "json"]);
    let sessions = |stdout: &str| -> std::collections::BTreeSet<String> {
        let rows = stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        rows.map(|row| row["session_id"].as_str().unwrap().to_owned()).collect()
    };
    assert!(sessions(&scan(1).stdout).iter().eq([first]));
    let removed = run_expecting(0, &["index", "remove", &growing.index, "--session", first]);
    assert!(
        removed.stdout.contains("stayed because other sessions wrote the same"),
        "{}",
        removed.stdout
    );
    assert!(sessions(&scan(1).stdout).iter().eq([second]));
    run_expecting(0, &["index", "merge", &growing.index]);
    assert!(sessions(&scan(1).stdout).iter().eq([second]));
    run_expecting(0, &["index", "remove", &growing.index, "--session", second]);
    // With nothing left to look for no corpus is clean.
    scan(2);
}

/// A log whose length and time are as before may say something else all the same.
#[cfg(unix)]
#[test]
fn a_log_that_changed_is_read_again_whatever_its_time_says() {
    let growing = Growing::new();
    growing.put(FILES[7], 1);
    growing.build(&growing.index);
    let log = Path::new(&growing.logs).join(FILES[7]);
    let time = fs::metadata(&log).unwrap().modified().unwrap();
    let text = fs::read_to_string(&log).unwrap();
    let changed = text.replace("ring", "gong");
    assert!(changed != text && changed.len() == text.len());
    fs::write(&log, changed).unwrap();
    fs::File::options().write(true).open(&log).unwrap().set_modified(time).unwrap();
    let said = growing.add();
    assert!(said.contains("1 new file read"), "{said}");
}
