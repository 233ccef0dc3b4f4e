//! Passages of real sessions, planted in files that no model wrote, and the same files without them.
//!
//! The innocent files are the sources of this program's own dependencies, which every machine that builds it has.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{path, run, run_expecting, write};

/// Letters, digits and underscores from which on a passage is found wherever it stands: what `index info` promises. Of a
/// shorter one it depends on what stands beside it, so each is planted in so many files.
const PROMISED_LEN: usize = 94;
const SHORT_PLANTINGS: usize = 10;
const INNOCENT_MAX: usize = 5000;
const FLAGGED_MAX: usize = 5;

/// A passage of the index: its id, its session, what the model wrote of it, and the letters of its longest part, between
/// which others wrote.
struct Planted {
    id: u64,
    session: String,
    text: String,
    longest: usize,
}

fn passages(index: &str) -> Vec<Planted> {
    let exported = run_expecting(0, &["index", "export", index]).stdout;
    let authored = |value: &Value| -> Vec<String> {
        let bytes = value["text"].as_str().unwrap().as_bytes();
        let at = |bound: &Value| usize::try_from(bound.as_u64().unwrap()).unwrap();
        let spans = value["spans"].as_array().unwrap().iter();
        let parts =
            spans.map(|span| std::str::from_utf8(&bytes[at(&span[0])..at(&span[1])]).unwrap());
        parts.map(str::to_owned).collect()
    };
    let lines = exported.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .map(|value| {
            let parts = authored(&value);
            Planted {
                id: value["passage_id"].as_u64().unwrap(),
                session: value["session_id"].as_str().unwrap().to_owned(),
                text: parts.concat(),
                longest: parts.iter().map(|part| letters(part)).max().unwrap_or_default(),
            }
        })
        .collect()
}

/// Rust sources below cargo's registry, sorted.
fn innocent_files() -> Vec<String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home =
        home.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    let mut files = vec![];
    let mut open = vec![home.unwrap_or_default().join("registry/src")];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            match path.extension() {
                _ if path.is_dir() => open.push(path),
                Some(extension) if extension == "rs" => files.push(path),
                _ => {}
            }
        }
    }
    files.sort_unstable();
    let texts = files.iter().filter_map(|path| fs::read_to_string(path).ok());
    texts.filter(|text| (2_000..60_000).contains(&text.len())).take(INNOCENT_MAX).collect()
}

fn middle_ten(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let from = lines.len().checked_sub(10)? / 2;
    Some(lines[from..from + 10].concat())
}

fn write_lines(dir: &TempDir, name: &str, records: impl Iterator<Item = Value>) -> String {
    let lines: Vec<String> = records.map(|record| format!("{record}\n")).collect();
    write(dir, name, &lines.concat())
}

/// The findings of a scan, by the record's id.
fn findings(shard: &str, index: &str) -> HashMap<String, Vec<Value>> {
    let run = run(&["scan", shard, "--index", index, "--format", "json"]);
    assert!(matches!(run.code, Some(0 | 1)), "{}", run.stderr);
    let mut findings: HashMap<String, Vec<Value>> = HashMap::new();
    for line in run.stdout.lines() {
        let finding: Value = serde_json::from_str(line).unwrap();
        findings
            .entry(finding["record_id"].as_str().unwrap().to_owned())
            .or_default()
            .push(finding);
    }
    findings
}

/// Whether a finding names the session of `planted`, or another one that wrote the same text.
fn is_right(finding: &Value, planted: &Planted, texts: &HashMap<u64, String>) -> bool {
    let copy = || texts[&finding["passage_id"].as_u64().unwrap()].contains(planted.text.trim());
    finding["session_id"] == planted.session.as_str() || copy()
}

/// A host with `what` in its middle.
fn planted_in(host: &str, what: &str) -> String {
    let lines: Vec<&str> = host.split_inclusive('\n').collect();
    let (before, after) = lines.split_at(lines.len() / 2);
    format!("{}{what}\n{}", before.concat(), after.concat())
}

/// One record a passage with all of it in the middle of a host, and one with its middle ten lines; and which passages
/// have ten.
fn plant(all: &[Planted], hosts: &[String]) -> (Vec<Value>, HashSet<u64>) {
    let mut records = vec![];
    let mut tens = HashSet::new();
    for (planted, host) in all.iter().zip(hosts.iter().rev().cycle()) {
        let mut push = |kind: &str, what: &str| {
            let text = planted_in(host, what);
            records.push(json!({"id": format!("{kind}-{}", planted.id), "text": text}));
        };
        push("whole", &planted.text);
        if let Some(ten) = middle_ten(&planted.text) {
            push("ten", &ten);
            tens.insert(planted.id);
        }
    }
    (records, tens)
}

fn letters(text: &str) -> usize {
    text.chars().filter(|letter| letter.is_alphanumeric() || *letter == '_').count()
}

/// A part is a run by itself: what stands behind another one was not written behind it.
fn is_short(planted: &Planted) -> bool {
    planted.longest < PROMISED_LEN
}

#[test]
fn most_passages_that_are_shorter_than_what_is_promised_are_found_too() {
    let Some(logs) = seepage_testkit::shared_logs() else {
        return;
    };
    let dir = TempDir::new().unwrap();
    let index = path(&dir, "real.seepage");
    run_expecting(0, &["index", "build", logs.to_str().unwrap(), "-o", &index]);
    let hosts = innocent_files();
    let short: Vec<Planted> = passages(&index).into_iter().filter(is_short).collect();
    let records = short.iter().flat_map(|planted| {
        let hosts = hosts.iter().skip(planted.id as usize).step_by(97);
        hosts.take(SHORT_PLANTINGS).enumerate().map(|(at, host)| {
            let text = planted_in(host, &planted.text);
            json!({"id": format!("{}-{at}", planted.id), "text": text})
        })
    });
    let shard = write_lines(&dir, "short.jsonl", records);
    let (found, all) = (findings(&shard, &index).len(), short.len() * SHORT_PLANTINGS);
    println!("{found} of {all} short passages found");
    assert!(all >= 50 && found * 100 >= all * 75, "{found} of {all}");
}

#[test]
fn planted_passages_are_found_and_innocent_files_are_not() {
    let Some(logs) = seepage_testkit::shared_logs() else {
        return;
    };
    let dir = TempDir::new().unwrap();
    let index = path(&dir, "real.seepage");
    run_expecting(0, &["index", "build", logs.to_str().unwrap(), "-o", &index]);
    let all = passages(&index);
    let texts: HashMap<u64, String> =
        all.iter().map(|passage| (passage.id, passage.text.clone())).collect();
    let hosts = innocent_files();
    assert!(hosts.len() > 1000, "only {} innocent files", hosts.len());

    let (records, tens) = plant(&all, &hosts);
    let shard = write_lines(&dir, "planted.jsonl", records.into_iter());
    let found = findings(&shard, &index);
    let right = |kind: &str, planted: &Planted| {
        let findings = found.get(&format!("{kind}-{}", planted.id));
        findings.is_some_and(|findings| {
            findings.iter().any(|finding| is_right(finding, planted, &texts))
        })
    };
    let whole_missed: Vec<u64> = all
        .iter()
        .filter(|planted| !is_short(planted) && !right("whole", planted))
        .map(|p| p.id)
        .collect();
    assert_eq!(Vec::<u64>::new(), whole_missed, "whole passages missed");
    let tens_found = all.iter().filter(|p| tens.contains(&p.id) && right("ten", p)).count();
    println!("{tens_found} of {} ten-line excerpts found", tens.len());
    assert!(tens_found * 100 >= tens.len() * 95, "{tens_found} of {}", tens.len());

    let count = hosts.len();
    let records =
        hosts.iter().enumerate().map(|(at, text)| json!({"id": at.to_string(), "text": text}));
    let shard = write_lines(&dir, "innocent.jsonl", records);
    let flagged = findings(&shard, &index);
    println!("{} of {count} innocent files flagged", flagged.len());
    assert!(flagged.len() <= FLAGGED_MAX, "{:?}", flagged.values().next());
}
