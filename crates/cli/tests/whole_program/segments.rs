//! An index that grows is, for whoever scans with it, one that was built at once.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::{path, root, run_expecting};

/// Logs that appear one by one in a directory, and an index of it.
pub(crate) struct Growing {
    home: TempDir,
    pub(crate) logs: String,
    pub(crate) index: String,
}

/// In another order than they were written in: a subagent before its parent, and sessions of 2026 before older ones.
const FILES: [&str; 9] = [
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
    fn put(&self, file: &str, share: usize) {
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
    let arguments = [
        "scan",
        "fixtures/shards",
        "--index",
        index,
        "--format",
        "json",
    ];
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
    assert!(
        fs::read_dir(Path::new(&growing.index).join("segments"))
            .unwrap()
            .count()
            > 5
    );
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
