//! Near-duplicates: `scan --resemblance`, and the families of an index.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{INNOCENT, path, run_expecting, write};

/// A session in which the model wrote one file.
fn session(number: u32, content: &str) -> String {
    let line = json!({
        "parentUuid": null, "isSidechain": false, "type": "assistant", "uuid": format!("u{number}"),
        "timestamp": format!("2026-01-12T10:{number:02}:00.000Z"), "cwd": "/home/mara", "sessionId": format!("s{number}"),
        "version": "2.1.44",
        "message": {
            "model": "claude-opus-4-6", "id": format!("m{number}"), "type": "message", "role": "assistant",
            "content": [{
                "type": "tool_use", "id": format!("t{number}"), "name": "Write",
                "input": {"file_path": "/home/mara/strip.txt", "content": content},
            }],
        },
    });
    format!("{line}\n")
}

/// Words of one letter, 25 a line: a line has fewer letters than an anchor.
fn lines() -> Vec<String> {
    let mut state = 1_u64;
    let mut words: Vec<char> = vec![];
    while words.len() < 25 * 16 {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        let word = char::from(b'a' + ((state >> 33) % 26) as u8);
        if !words.iter().rev().take(8).any(|near| *near == word) {
            words.push(word);
        }
    }
    let spaced = |line: &[char]| line.iter().map(|c| format!("{c} ")).collect();
    words.chunks(25).map(spaced).collect()
}

#[test]
fn a_shuffled_text_is_flagged_on_request_only() {
    let directory = TempDir::new().unwrap();
    let mut lines = lines();
    let log = write(&directory, "logs/a.jsonl", &session(1, &lines.join("\n")));
    let index = path(&directory, "a.seepage");
    run_expecting(0, &["index", "build", &log, "-o", &index]);
    lines.reverse();
    let record = format!("{INNOCENT}{}\n", json!({"id": "b", "text": lines.join("\n")}));
    let shard = write(&directory, "corpus/a.jsonl", &record);
    let scan = ["scan", &shard, "--index", &index];
    run_expecting(0, &scan);
    run_expecting(0, &[&scan[..], &["--resemblance", "0.95"]].concat());

    let with = [&scan[..], &["--resemblance", "0.7"]].concat();
    let shown = run_expecting(1, &with).stdout;
    assert!(shown.contains("1 finding: 1 alike"), "{shown}");
    assert!(shown.contains("rule  resembles the passage: 0.7"), "{shown}");
    assert!(shown.contains(" % in common with the passage, "), "{shown}");
    let report = path(&directory, "report");
    let line = run_expecting(1, &[&with[..], &["--format", "json", "-o", &report]].concat()).stdout;
    let finding: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&finding["row"], &finding["tier"]), (&json!(1), &json!("alike")));
    assert_eq!(finding["family_id"], finding["passage_id"]);
    let summary = std::fs::read_to_string(format!("{report}/summary.json")).unwrap();
    assert!(summary.contains("\"resemblance\": 0.7,"), "{summary}");
    assert!(summary.contains("\"alike\": 1,"), "{summary}");
}

#[test]
fn the_least_resemblance_is_a_share_from_a_half_to_one() {
    for (value, expected) in [
        (
            "0.3",
            "0.3 is below 0.5, where too many near-duplicates would be missed; write a number from 0.5 to 1",
        ),
        ("70", "not a share; write a number from 0.5 to 1"),
        ("-1", "not a share"),
        ("NaN", "not a share"),
        ("much", "not a share"),
        ("", "not a share"),
    ] {
        let flag = format!("--resemblance={value}");
        let run = run_expecting(2, &["scan", "a", "--index", "b", &flag]);
        assert!(run.stderr.contains(expected), "{value}: {}", run.stderr);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn three_rewrites_of_a_file_are_one_family() {
    let directory = TempDir::new().unwrap();
    let mut text = lines();
    for number in 1..=3 {
        text[3 * number as usize].push_str("z q");
        write(&directory, &format!("logs/{number}.jsonl"), &session(number, &text.join("\n")));
    }
    text.truncate(6);
    write(&directory, "logs/4.jsonl", &session(4, &text.join("\n")));
    let index = path(&directory, "a.seepage");
    let shown =
        run_expecting(0, &["index", "build", &path(&directory, "logs"), "-o", &index]).stdout;
    assert!(
        shown.contains("\npassages      4\nfamilies      2 of near-identical passages\n"),
        "{shown}"
    );
    let info = run_expecting(0, &["index", "info", &index, "--json"]).stdout;
    let info: Value = serde_json::from_str(&info).unwrap();
    assert_eq!(info["facts"]["families"], 2);
    let families: Vec<Value> = run_expecting(0, &["index", "export", &index])
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["family_id"].clone())
        .collect();
    assert_eq!(families, [0, 0, 0, 3]);
}
