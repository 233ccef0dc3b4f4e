//! Passages of invented text. The fixtures `fixtures/index/v1` and `v2` are made of them: never change what they say.

use std::fmt::Write;
use std::iter;
use std::ops::Range;
use std::path::Path;

use seepage_fingerprint::Analyzer;
use seepage_index::{
    Author, BuildFacts, Class, LogFile, Passage, PassageEntry, PassageId, Provenance,
    SegmentOrigin, SegmentWriter,
};

const WORDS: [&str; 12] = [
    "harbour",
    "ledger",
    "spindle",
    "quarry",
    "lantern",
    "meadow",
    "copper",
    "tributary",
    "gazette",
    "orchard",
    "pendulum",
    "causeway",
];

/// So many lines of code; another `seed` is another text.
pub(crate) fn invented_text(seed: u64, lines: u64) -> String {
    let mut text = String::new();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut word = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(seed | 1);
        WORDS[(state >> 33) as usize % WORDS.len()]
    };
    for line in 0..lines {
        let (a, b, c) = (word(), word(), word());
        writeln!(text, "let {a}_{b} = {c}({a}.{b}[{line}], &mut {c}_{seed});")
            .expect("a string grows");
    }
    text
}

/// A passage that is authored from end to end; `line` decides which of its names are there.
pub(crate) fn passage(text: &str, line: u64) -> Passage {
    Passage::by(provenance(line), text.to_owned(), whole(text))
}

fn provenance(line: u64) -> Provenance {
    Provenance {
        tool: "claude-code".to_owned(),
        model: line.is_multiple_of(2).then(|| "model-one".to_owned()),
        session_id: format!("session-{}", line / 4),
        message_id: Some(format!("message-{line}")),
        call_id: None,
        authored_at: (!line.is_multiple_of(3)).then_some(1_750_000_000_000 + line.cast_signed()),
        cwd: Some("/home/mara/harbour".to_owned()),
        file_path: Some(format!("src/part_{line}.rs")),
        class: Class::File,
        applied: [Some(true), Some(false), None][line as usize % 3],
        log_path: "logs/session.jsonl".to_owned(),
        log_line: line,
    }
}

/// Another time that a passage was written.
#[allow(dead_code, reason = "one of the tests that share this file has no use for it")]
pub(crate) fn author(line: u64) -> Author {
    Author {
        provenance: provenance(line),
        bytes_written: 10 + line,
        bytes_subtracted: 1,
        bytes_imitated: 2,
    }
}

/// What an index tells of a passage with this number, in this family.
#[allow(dead_code, reason = "one of the tests that share this file has no use for it")]
pub(crate) fn entry(passage: &Passage, number: PassageId, family: PassageId) -> PassageEntry {
    PassageEntry {
        passage: number,
        author: passage.authors[0].clone(),
        family,
        text_len: passage.text.len() as u32,
    }
}

/// The families of [`small_index`].
pub(crate) fn family(passage: PassageId) -> PassageId {
    if passage == PassageId(5) { PassageId(4) } else { passage }
}

/// All of a text as authored.
fn whole(text: &str) -> Vec<Range<u32>> {
    iter::once(0..text.len() as u32).collect()
}

/// The log that all passages are of.
fn log_file() -> LogFile {
    LogFile {
        path: "logs/session.jsonl".to_owned(),
        len: 7,
        digest: "1f".repeat(32),
        tool: "claude-code".to_owned(),
        session_id: "session-0".to_owned(),
    }
}

/// Six passages, of which the last two share most of their text, the first has a quote in the middle, and the third has two
/// authors.
pub(crate) fn small_index(path: &Path) -> Vec<Passage> {
    let mut passages: Vec<_> = (0..6).map(|seed| passage(&invented_text(seed, 12), seed)).collect();
    let shared = invented_text(4, 12) + "// the same again\n";
    passages[5] = passage(&shared, 5);
    let len = passages[0].text.len() as u32;
    passages[0].spans = vec![0..len / 2 - 20, len / 2 + 20..len];
    passages[2].authors.push(author(9));
    let mut facts = BuildFacts { logs_read: 2, sessions: 2, families: 5, ..BuildFacts::default() };
    facts.models.insert("model-one".to_owned(), 3);
    facts.authored_from = Some(1_750_000_000_001);
    let mut writer = SegmentWriter::create(path, Analyzer::default()).expect("a place to write to");
    writer.set_origin(SegmentOrigin { logs: vec![log_file()], ..SegmentOrigin::default() });
    for passage in &passages {
        writer.push(passage).expect("a disk with room");
    }
    let writer = writer.set_families(|passage| Ok(family(passage))).expect("a disk with room");
    writer.finish(&facts).expect("a disk with room");
    passages
}
