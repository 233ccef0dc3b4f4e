//! Thirty-one real sessions, where they are at hand. `--nocapture` shows the numbers.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use seepage_logs::{Authored, Class, LogOptions, LogTally, read_session, sniff_log};

fn logs() -> Option<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/logs");
    if !root.is_dir() {
        println!("skipped: `../shared/data/logs` is absent");
        return None;
    }
    let mut files = vec![];
    for tool in ["claude", "codex"] {
        files
            .extend(std::fs::read_dir(root.join(tool)).unwrap().map(|entry| entry.unwrap().path()));
    }
    files.sort();
    Some(files)
}

fn print(authored: &[Authored], tally: &LogTally, seconds: f64) {
    let mut kinds: BTreeMap<(&str, &str), (u64, usize)> = BTreeMap::new();
    for text in authored {
        let from = &text.provenance;
        let (count, bytes) = kinds.entry((from.tool.as_str(), from.class.name())).or_default();
        *count += 1;
        *bytes += text.spans.iter().map(std::ops::Range::len).sum::<usize>();
    }
    for ((tool, kind), (count, bytes)) in kinds {
        println!("{tool:<12} {kind:<9} {count:>5} texts {bytes:>9} bytes");
    }
    let applied = |state| authored.iter().filter(|text| text.provenance.applied == state).count();
    println!(
        "applied {}, not {}, unknown {}",
        applied(Some(true)),
        applied(Some(false)),
        applied(None)
    );
    let megabytes = tally.bytes_read as f64 / 1e6;
    println!("{megabytes:.1} MB, {} lines, {:.0} MB/s", tally.lines_read, megabytes / seconds);
    println!(
        "authored {} bytes, subtracted {} ({:.1} %), texts subtracted whole {}, duplicates {}",
        tally.bytes_authored,
        tally.bytes_subtracted,
        100.0 * tally.bytes_subtracted as f64 / tally.bytes_authored as f64,
        tally.texts_subtracted,
        tally.duplicates
    );
    println!("broken {:?}", tally.lines_broken);
    println!("unknown {:?}", tally.records_unknown);
}

#[test]
fn real_sessions_of_both_tools_are_read_almost_without_a_broken_line() {
    let Some(files) = logs() else { return };
    for without in [&[Class::Prose, Class::Reasoning][..], &[]] {
        let mut options = LogOptions::default();
        options.classes.retain(|class| !without.contains(class));
        let (mut authored, mut tally) = (vec![], LogTally::default());
        let start = Instant::now();
        for file in &files {
            let head = sniff_log(file).unwrap().expect("every file here is a log");
            assert_eq!(file.parent().unwrap().ends_with("claude"), head.tool == "claude-code");
            read_session(std::slice::from_ref(file), &options, &mut authored, &mut tally).unwrap();
        }
        print(&authored, &tally, start.elapsed().as_secs_f64());
        assert_eq!(31, files.len());
        assert!(tally.lines_broken.len() <= 2, "{:?}", tally.lines_broken);
        assert_eq!(0, tally.lines_broken_unlisted);
        assert!(
            tally.bytes_authored > 500_000 && tally.bytes_subtracted > tally.bytes_authored / 50
        );
        for tool in ["claude-code", "codex"] {
            assert!(
                authored.iter().any(
                    |text| text.provenance.tool == tool && text.provenance.class == Class::File
                )
            );
            assert!(
                authored
                    .iter()
                    .any(|text| text.provenance.tool == tool
                        && text.provenance.applied == Some(true))
            );
        }
        assert!(
            authored
                .iter()
                .filter(|text| text.provenance.tool == "claude-code")
                .all(|text| text.provenance.model.is_some())
        );
        for text in &authored {
            assert!(!text.spans.is_empty());
            for span in &text.spans {
                assert!(
                    span.start == 0 || text.text[..span.start].ends_with('\n'),
                    "spans are whole lines"
                );
                assert!(span.end == text.text.len() || text.text[..span.end].ends_with('\n'));
            }
        }
    }
}

/// The oracle: the ids of edits whose every new line stands in their own old text.
fn edits_of_old_lines_only(files: &[PathBuf]) -> HashSet<String> {
    let mut quoted_only = HashSet::new();
    for file in files.iter().filter(|file| file.parent().unwrap().ends_with("claude")) {
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let Ok(record) = serde_json::from_str::<serde_json::Value>(line) else {
                continue;
            };
            let blocks = record["message"]["content"].as_array().cloned().unwrap_or_default();
            for block in
                blocks.iter().filter(|block| block["name"] == "Edit" && block["type"] == "tool_use")
            {
                let fold = |text: &str| -> HashSet<String> {
                    text.lines()
                        .map(|line| line.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
                        .collect()
                };
                let old = fold(block["input"]["old_string"].as_str().unwrap_or_default());
                let new = fold(block["input"]["new_string"].as_str().unwrap_or_default());
                if new.iter().all(|line| line.is_empty() || old.contains(line)) {
                    quoted_only.insert(block["id"].as_str().unwrap().to_owned());
                }
            }
        }
    }
    quoted_only
}

#[test]
fn an_edit_that_only_quotes_what_was_read_yields_nothing() {
    let Some(files) = logs() else { return };
    let quoted_only = edits_of_old_lines_only(&files);
    println!("{} edits only take lines away", quoted_only.len());
    assert!(!quoted_only.is_empty());
    let (mut authored, mut tally) = (vec![], LogTally::default());
    for file in &files {
        read_session(std::slice::from_ref(file), &LogOptions::default(), &mut authored, &mut tally)
            .unwrap();
    }
    // What is left of such an edit are lines that the model itself wrote before.
    let left: Vec<_> = authored
        .iter()
        .filter(|text| text.provenance.call_id.as_ref().is_some_and(|id| quoted_only.contains(id)))
        .collect();
    println!("{} of them hold lines that the model wrote itself", left.len());
    for text in left {
        for line in text.spans.iter().flat_map(|span| text.text[span.clone()].lines()) {
            let earlier = authored
                .iter()
                .take_while(|other| other.provenance.call_id != text.provenance.call_id);
            let own = line.trim().is_empty()
                || text.spans.len() > 1
                || earlier
                    .filter(|other| other.provenance.session_id == text.provenance.session_id)
                    .any(|other| other.text.contains(line.trim()));
            assert!(own, "{line:?} of {:?} was never written before", text.provenance.call_id);
        }
    }
}
