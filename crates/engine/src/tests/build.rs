//! Whole builds from invented sessions.

use std::fs;
use std::path::{Path, PathBuf};

use seepage_index::{Class, Index, PassageId};
use seepage_logs::{LogOptions, LogTally, read_session, solid_len};
use seepage_testkit::SplitMix64;
use tempfile::TempDir;

use crate::{BuildError, BuildPlan, BuildReport, Progress, build_index};

const WORDS: [&str; 16] = [
    "harbour", "ledger", "spindle", "quarry", "lantern", "meadow", "copper", "gazette", "orchard",
    "pendulum", "causeway", "mast", "gull", "crane", "tide", "buoy",
];

fn invented(seed: u64, lines: usize) -> String {
    let mut random = SplitMix64::new(seed);
    let mut word = || *random.pick(&WORDS);
    (0..lines)
        .map(|line| {
            let (a, b, c) = (word(), word(), word());
            format!("let {a}_{b} = {c}({a}.{b}[{line}], &mut {c}_{seed});\n")
        })
        .collect()
}

/// Writes sessions of Claude Code in which texts are written at the same time, without one, again, and with small changes.
fn write_logs(directory: &Path, sessions: u64) {
    fs::create_dir_all(directory).unwrap();
    for session in 0..sessions {
        let lines = (0..6).map(|call| written(session, call));
        let log = lines.collect::<String>() + "{\"type\": broken\n";
        fs::write(directory.join(format!("{}.jsonl", id_of(session))), log).unwrap();
    }
}

fn id_of(session: u64) -> String {
    format!("7b1f0c2e-4d5a-4e61-9c3b-{session:012}")
}

/// The line in which a session writes a file. The seventh session writes what the first one wrote, with a line of its own.
fn written(session: u64, call: u64) -> String {
    let mut content = invented(session % 7 * 100 + call, 40);
    if session % 2 == 1 {
        content += "print(session);\n";
        content += &session.to_string();
    }
    let content = content.replace('\n', "\\n");
    let id = id_of(session);
    let time = match (session + call) % 4 {
        0 => "\"timestamp\":\"2026-04-16T08:00:01.037Z\",".to_owned(),
        1 => String::new(),
        _ => {
            let minute = session * 7 % 60;
            format!("\"timestamp\":\"2026-04-16T08:{minute:02}:{call:02}.000Z\",")
        }
    };
    format!(
        "{{\"parentUuid\":null,\"isSidechain\":false,\"type\":\"assistant\",\"uuid\":\"{session}-{call}\",{time}\
         \"userType\":\"external\",\"cwd\":\"/home/mara/harbour\",\"sessionId\":\"{id}\",\"version\":\"2.1.140\",\
         \"message\":{{\"model\":\"claude-opus-4-7\",\"id\":\"msg_{session}_{call}\",\"type\":\"message\",\"role\":\"assistant\",\
         \"content\":[{{\"type\":\"tool_use\",\"id\":\"toolu_{call}\",\"name\":\"Write\",\
         \"input\":{{\"file_path\":\"src/{call}.rs\",\"content\":\"{content}\"}}}}]}}}}\n"
    )
}

fn build(
    logs: &Path,
    output: &Path,
    memory: usize,
    threads: usize,
) -> Result<BuildReport, BuildError> {
    let plan = BuildPlan {
        inputs: vec![logs.to_owned()],
        output: output.to_owned(),
        classes: Class::ALL.into(),
        backgrounds: vec![],
        accept_suppressed: false,
        memory,
        threads,
    };
    build_index(&plan, &Progress::default())
}

fn files_of(index: &Path) -> Vec<Vec<u8>> {
    [
        "MANIFEST.json",
        "segments/0/fingerprints.bin",
        "segments/0/evidence.bin",
        "segments/0/provenance.parquet",
    ]
    .map(|file| fs::read(index.join(file)).unwrap())
    .to_vec()
}

#[test]
fn the_same_logs_give_the_same_bytes_in_any_memory_and_with_any_threads() {
    let home = TempDir::new().unwrap();
    let logs = home.path().join("logs");
    write_logs(&logs, 30);
    let whole = home.path().join("whole.seepage");
    let report = build(&logs, &whole, 1 << 30, 1).unwrap();
    assert!(
        report.facts.families > 10
            && report.facts.families < report.facts.models["claude-opus-4-7"]
    );
    assert!(report.facts.duplicates > 10);
    assert_eq!(30, report.lines_broken.len());
    for (memory, threads) in
        [(0, 1), (0, 4), ((32 << 20) + 4000, 3), ((32 << 20) + 200_000, 2), (1 << 30, 4)]
    {
        let path = home.path().join(format!("{memory}-{threads}.seepage"));
        let again = build(&logs, &path, memory, threads).unwrap();
        assert!(files_of(&whole) == files_of(&path), "{memory} bytes of memory, {threads} threads");
        assert_eq!((&report.facts, &report.lines_broken), (&again.facts, &again.lines_broken));
        fs::remove_dir_all(path).unwrap();
    }
    assert_eq!(
        2,
        fs::read_dir(home.path()).unwrap().count(),
        "nothing is left beside logs and index"
    );
}

/// What became of all strings adds up, and what is indexed is what the index holds.
#[test]
fn every_string_of_the_logs_is_indexed_or_left_out_for_a_reason() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("fixtures.seepage");
    build(&seepage_testkit::fixtures().join("logs"), &path, 1 << 30, 2).unwrap();
    let index = Index::open(&path).unwrap();
    let strings = &index.facts().strings;
    let left_out: u64 = strings.left_out.values().sum();
    assert_eq!(strings.bytes + strings.bytes_repeated, strings.bytes_kept + left_out);
    let indexed = index.passages().map(|passage| {
        let evidence = index.text(passage);
        let text = std::str::from_utf8(evidence.text).unwrap();
        let spans = evidence.spans.iter();
        spans.map(|span| solid_len(&text[span.start as usize..span.end as usize])).sum::<u64>()
    });
    assert_eq!(strings.bytes_kept, indexed.sum::<u64>());
    assert!(strings.bytes > 20_000 && strings.bytes_kept > strings.bytes / 2, "{strings:?}");
}

/// What is indexed against its definition: all texts, sorted, those that came before left out.
#[test]
fn passages_stand_in_the_order_of_their_writing() {
    let home = TempDir::new().unwrap();
    let logs = home.path().join("logs");
    write_logs(&logs, 12);
    let mut paths: Vec<PathBuf> =
        fs::read_dir(&logs).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut authored = vec![];
    for path in paths {
        read_session(&[path], &LogOptions::default(), &mut authored, &mut LogTally::default())
            .unwrap();
    }
    authored.sort_by_key(|text| {
        let from = &text.provenance;
        (from.authored_at.unwrap_or(i64::MAX), PathBuf::from(&from.log_path), from.log_line)
    });
    let mut expected: Vec<String> = vec![];
    for text in authored {
        if !expected.contains(&text.text) {
            expected.push(text.text);
        }
    }
    let path = home.path().join("a.seepage");
    build(&logs, &path, 0, 2).unwrap();
    let index = Index::open(&path).unwrap();
    let actual: Vec<String> = (0..index.sizes().passages as u32)
        .map(|id| String::from_utf8(index.text(PassageId(id)).text.to_vec()).unwrap())
        .collect();
    assert!(expected.len() > 40);
    assert_eq!(expected, actual);
}

#[test]
fn the_first_broken_lines_are_listed_and_all_are_counted() {
    let home = TempDir::new().unwrap();
    let logs = home.path().join("logs");
    write_logs(&logs, 6);
    for session in 0..6 {
        let path = logs.join(format!("{}.jsonl", id_of(session)));
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, whole + &"{broken\n".repeat(300)).unwrap();
    }
    let lists: Vec<_> = [1, 4]
        .map(|threads| {
            let report = build(&logs, &home.path().join("a.seepage"), 1 << 30, threads).unwrap();
            assert_eq!(6 * 301, report.facts.lines_broken);
            report.lines_broken
        })
        .into();
    assert_eq!(lists[0], lists[1]);
    let places: Vec<_> = lists[0].iter().map(|line| (&line.path, line.line)).collect();
    assert!(places.len() == 1000 && places.is_sorted());
    // Three sessions whole, and the beginning of the fourth.
    assert_eq!(97, places.iter().filter(|(path, _)| path.ends_with(id_of(3) + ".jsonl")).count());
}
