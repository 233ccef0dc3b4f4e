//! The fixtures: what a good log yields, and what is left of it when it is damaged.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};

use seepage_logs::{Authored, Class, LogError, LogOptions, LogTally, read_session, sniff_log};

fn fixtures(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(folder)
}

/// Reads code alone.
fn read(paths: &[PathBuf]) -> (Vec<Authored>, LogTally) {
    let mut options = LogOptions::default();
    let words = [Class::Prose, Class::Reasoning, Class::Plan, Class::Prompt];
    options.classes.retain(|class| !words.contains(class));
    read_as(paths, &options)
}

fn read_as(paths: &[PathBuf], options: &LogOptions) -> (Vec<Authored>, LogTally) {
    let (mut authored, mut tally) = (vec![], LogTally::default());
    read_session(paths, options, &mut authored, &mut tally).unwrap();
    (authored, tally)
}

/// Each row: class, the end of the path, the first line that is left, whether applied.
type Row = (Class, Option<&'static str>, &'static str, Option<bool>);

#[track_caller]
fn check(files: &[&str], tool: &str, session_id: &str, rows: &[Row]) -> (Vec<Authored>, LogTally) {
    let paths: Vec<PathBuf> = files.iter().map(|file| fixtures("logs").join(file)).collect();
    for path in &paths {
        let head = sniff_log(path).unwrap().expect("a fixture is a log");
        assert_eq!(
            (tool, session_id),
            (head.tool.as_str(), head.id.as_str()),
            "{}",
            path.display()
        );
    }
    let (authored, tally) = read(&paths);
    assert!(tally.lines_broken.is_empty(), "{:?}", tally.lines_broken);
    assert!(tally.records_unknown.is_empty(), "{:?}", tally.records_unknown);
    assert_eq!(rows.len(), authored.len(), "{authored:#?}");
    for (row, text) in rows.iter().zip(&authored) {
        assert_eq!(row.0, text.provenance.class);
        assert_eq!(row.1.is_some(), text.provenance.file_path.is_some());
        assert!(
            row.1.is_none_or(|end| text.provenance.file_path.as_ref().unwrap().ends_with(end)),
            "{:?}",
            text.provenance.file_path
        );
        let left = &text.text[text.spans[0].clone()];
        assert_eq!(
            Some(row.2),
            left.lines().find(|line| !line.trim().is_empty()),
            "{:?}",
            text.provenance.file_path
        );
        assert_eq!(row.3, text.provenance.applied, "{:?}", text.provenance.file_path);
        let (tool_found, session_found) = (&text.provenance.tool, &text.provenance.session_id);
        assert_eq!((tool, session_id), (tool_found.as_str(), session_found.as_str()));
    }
    (authored, tally)
}

const HARBOUR: &str =
    "claude-code/projects/-home-mara-harbour/7b1f0c2e-4d5a-4e61-9c3b-2f6d8a90e111";
const LOOM: &str = "codex/sessions/2026/05/31/rollout-2026-05-31T10-00-01-019e7da4-1111-7dc1-93d3-a435cb5c9444.jsonl";
const KILN: &str = "codex/archived_sessions/rollout-2026-06-07T21-00-01-019ea100-5555-7463-8542-41b2e0fcb888.jsonl.zst";

#[test]
fn a_current_claude_session_is_read_with_its_subagent_in_order_of_time() {
    let (authored, tally) = check(
        &[&format!("{HARBOUR}.jsonl"), &format!("{HARBOUR}/subagents/agent-c0ffee1.jsonl")],
        "claude-code",
        "7b1f0c2e-4d5a-4e61-9c3b-2f6d8a90e111",
        &[
            (
                Class::File,
                Some("retry_scheduler.py"),
                "\"\"\"Spreads retries of failed parcel uploads over a tide table instead of a plain backoff.\"\"\"",
                Some(true),
            ),
            (
                Class::Edit,
                Some("berth_ledger.py"),
                "    def longest_idle_berth(self, departures):",
                Some(true),
            ),
            (Class::Edit, Some("gone.py"), "tide = spring_tide_of(month, moon_phase)", Some(false)),
            (Class::File, Some("bin/tide_report.sh"), "#!/usr/bin/env bash", Some(true)),
            (Class::Message, None, "Add a report of quiet hours", Some(true)),
            (Class::File, Some("lockgate/chamber.go"), "package lockgate", Some(true)),
            (Class::Fence, None, "WITH quiet_hours AS (", None),
        ],
    );
    assert_eq!(Some("claude-opus-4-7"), authored[0].provenance.model.as_deref());
    assert_eq!(Some("claude-haiku-4-5-20251001"), authored[5].provenance.model.as_deref());
    assert_eq!(Some("/home/mara/harbour"), authored[0].provenance.cwd.as_deref());
    assert!(
        authored[0].provenance.authored_at.is_some()
            && authored[0].provenance.message_id.is_some()
            && authored[0].provenance.log_line > 4
    );
    assert!(tally.bytes_subtracted > 200, "the edit repeats six lines that were read");
}

#[test]
fn an_old_claude_session_is_read_with_its_side_chain_and_multi_edits() {
    let (authored, tally) = check(
        &["claude-code/projects/-home-mara-kitchen/31d7aa90-08c4-4f0e-b1a2-77e5c4d0b222.jsonl"],
        "claude-code",
        "31d7aa90-08c4-4f0e-b1a2-77e5c4d0b222",
        &[
            (
                Class::File,
                Some("recipe-reader.ts"),
                "export type GlyphKind = \"word\" | \"number\" | \"mark\" | \"quoted\" | \"end\";",
                Some(true),
            ),
            (
                Class::Edit,
                Some("recipe-reader.ts"),
                "  private readonly pantry = new Map<string, number>();",
                Some(true),
            ),
            (
                Class::Edit,
                Some("recipe-reader.ts"),
                "    const word = /^[^\\s()|:;~>-]+/.exec(tail)?.[0] ?? tail[0];",
                Some(true),
            ),
            (
                Class::File,
                Some("fold_steps.py"),
                "def fold_steps(glyphs, max_depth=16):",
                Some(true),
            ),
        ],
    );
    assert_eq!(0, tally.bytes_subtracted, "what it read and edited was its own");
    assert_eq!(4, authored.len());
}

#[test]
fn a_subagent_that_is_only_mirrored_is_read() {
    check(
        &["claude-code/projects/-home-mara-gauges/c94e5f10-6a2b-47d8-8e0f-1b3c5d7e9333.jsonl"],
        "claude-code",
        "c94e5f10-6a2b-47d8-8e0f-1b3c5d7e9333",
        &[(
            Class::File,
            Some("src/ring.rs"),
            "//! A ring of gauge readings that forgets the calmest reading first, not the oldest.",
            Some(true),
        )],
    );
}

#[test]
fn a_current_codex_session_takes_each_patch_once() {
    let (authored, _) = check(
        &[LOOM],
        "codex",
        "019e7da4-1111-7dc1-93d3-a435cb5c9444",
        &[
            (
                Class::File,
                Some("src/weft.rs"),
                "//! Packs shuttle passes of a loom into weft rows without crossing two threads of one colour.",
                Some(true),
            ),
            (
                Class::Edit,
                Some("src/weft.rs"),
                "    /// Rows that use one colour only could be woven without changing the shuttle.",
                Some(true),
            ),
        ],
    );
    assert_eq!(Some("gpt-5.5"), authored[0].provenance.model.as_deref());
    assert_eq!(Some("call_weft1"), authored[0].provenance.call_id.as_deref());
}

#[test]
fn a_code_mode_session_prefers_the_call_over_the_change_that_repeats_it() {
    let (authored, tally) = check(
        &[
            "codex/sessions/2026/07/22/rollout-2026-07-22T16-00-01-019f8af9-2222-71f2-9bb4-911cbf338555.jsonl",
        ],
        "codex",
        "019f8af9-2222-71f2-9bb4-911cbf338555",
        &[
            (
                Class::File,
                Some("bulletin.ts"),
                "type Sailing = { pier: string; leavesAt: number; seats: number; tags: string[] };",
                Some(true),
            ),
            (Class::File, Some("tools/overbooked.py"), "import json", None),
            (Class::Shell, None, "text(r.output);", None),
        ],
    );
    assert_eq!(Some("call_ferry1"), authored[0].provenance.call_id.as_deref());
    assert_eq!(1, tally.duplicates);
}

#[test]
fn the_two_older_forms_of_codex_are_read() {
    check(
        &[
            "codex/sessions/2025/08/10/rollout-2025-08-10T18-58-38-cf4def41-3333-4b91-adb4-5397c1492666.jsonl",
        ],
        "codex",
        "cf4def41-3333-4b91-adb4-5397c1492666",
        &[
            (
                Class::File,
                Some("hive_index.py"),
                "\"\"\"Interval index for bee-hive inspections: which hives were open during a given sting report?\"\"\"",
                Some(true),
            ),
            (
                Class::File,
                Some("test_hive_index.py"),
                "from hive_index import InspectionIndex",
                Some(true),
            ),
        ],
    );
    let (authored, tally) = check(
        &["codex/sessions/rollout-2025-05-02-5a1e7c88-4444-4d2b-8a6f-90b1c2d3e777.json"],
        "codex",
        "5a1e7c88-4444-4d2b-8a6f-90b1c2d3e777",
        &[(
            Class::File,
            Some("cue-queue.js"),
            "// Queues cues for a puppet orchestra: a cue may overtake others only if its section is silent.",
            Some(true),
        )],
    );
    assert_eq!(4, tally.lines_read);
    assert!(authored[0].provenance.authored_at.is_some() && authored[0].provenance.log_line > 10);
}

#[test]
fn all_frames_of_a_zstd_file_are_read() {
    check(
        &[KILN],
        "codex",
        "019ea100-5555-7463-8542-41b2e0fcb888",
        &[(
            Class::File,
            Some("firmware/kiln.c"),
            "/* Fires a kiln along a schedule of ramps and holds; no heap, safe to call from the tick interrupt. */",
            Some(true),
        )],
    );
}

/// A damaged twin: exactly one broken line, why, and how many texts are left.
#[track_caller]
fn check_damaged(file: &str, why: &str, texts: usize) {
    let path = fixtures("logs-damaged").join(file);
    assert!(sniff_log(&path).unwrap().is_some());
    let (authored, tally) = read(std::slice::from_ref(&path));
    assert_eq!(1, tally.lines_broken.len(), "{:?}", tally.lines_broken);
    assert!(tally.lines_broken[0].why.contains(why), "{:?}", tally.lines_broken);
    assert!(tally.lines_broken[0].line > 1 && tally.lines_broken[0].path == path);
    assert_eq!(texts, authored.len(), "{authored:#?}");
}

#[test]
fn damage_costs_one_line_and_is_reported() {
    check_damaged("claude-code/cut.jsonl.gz", "ends early", 2);
    check_damaged("claude-code/partial-last-line.jsonl", "EOF", 6);
    check_damaged("claude-code/bad-utf8.jsonl", "not UTF-8", 6);
    // The record behind the one that was cut is whole.
    check_damaged("codex/spliced.jsonl", "not a JSON record", 2);
    check_damaged("codex/cut.jsonl.zst", "ends early", 1);
}

#[test]
fn every_cut_of_every_fixture_gives_an_error_or_a_counted_line() {
    let folder = tempfile::tempdir().unwrap();
    for file in [
        &format!("{HARBOUR}.jsonl"),
        LOOM,
        KILN,
        "codex/sessions/rollout-2025-05-02-5a1e7c88-4444-4d2b-8a6f-90b1c2d3e777.json",
    ] {
        let whole = std::fs::read(fixtures("logs").join(file)).unwrap();
        let path = folder.path().join("log");
        for len in (0..whole.len()).step_by(1 + whole.len() / 150) {
            std::fs::write(&path, &whole[..len]).unwrap();
            let recognised = match sniff_log(&path) {
                Ok(head) => head.is_some(),
                Err(error) => {
                    assert!(
                        matches!(error, LogError::Damaged { .. }) && file.ends_with("zst"),
                        "{error}"
                    );
                    continue;
                }
            };
            let (_, tally) = read(std::slice::from_ref(&path));
            // A cut between two lines is no damage that can be seen.
            let clean_cut = len == 0
                || !file.ends_with("zst") && (whole[len] == b'\n' || whole[len - 1] == b'\n');
            let frame_cut =
                file.ends_with("zst") && whole[len..].starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
            if recognised && !frame_cut && !(clean_cut && file.ends_with("jsonl")) {
                assert_eq!(
                    1,
                    tally.lines_broken.len(),
                    "{file} cut at {len}: {:?}",
                    tally.lines_broken
                );
            }
        }
    }
}

#[test]
fn any_flipped_byte_is_survived() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    for file in [LOOM, KILN] {
        let whole = std::fs::read(fixtures("logs").join(file)).unwrap();
        for at in (0..whole.len()).step_by(1 + whole.len() / 300) {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x5a;
            std::fs::write(&path, &flipped).unwrap();
            if sniff_log(&path).is_ok() {
                read(std::slice::from_ref(&path));
            }
        }
    }
}
