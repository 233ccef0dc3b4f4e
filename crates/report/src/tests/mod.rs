//! Rows and checks for the formats; each reads back with another reader than the one that wrote.

mod dir;
mod table;
mod text;

use std::fmt::Write;
use std::path::Path;

use seepage_detect::{Changes, Finding, Span, Tier};
use seepage_engine::{Kept, RecordFinding};
use seepage_fingerprint::Analyzer;
use seepage_index::{BuildFacts, Index, Passage, PassageId, Provenance, Pushed, SegmentWriter};

/// A finding with `spans` spans in a record with an id.
fn finding(row: u64, tier: Tier, spans: u32) -> RecordFinding {
    RecordFinding {
        shard: "corpus/a.jsonl".into(),
        row,
        other_row: None,
        record_id: row.is_multiple_of(2).then(|| format!("id-{row}")),
        kept: (0..row % 3)
            .map(|place| Kept {
                field: format!("licences[{place}]"),
                value: format!("value {place} of {row}"),
            })
            .collect(),
        field: "messages[2].content".to_owned(),
        finding: Finding {
            passage: PassageId(0),
            tier,
            rule: "a run of 40 words".into(),
            score: 0.875,
            matched_bytes: 10 * u64::from(spans),
            spans: (0..spans)
                .map(|at| Span { record: at * 20..at * 20 + 10, passage: at * 11..at * 11 + 10 })
                .collect(),
            changes: (spans > 0).then(|| Changes {
                identical: 0.75,
                edited: 0.125,
                renames: (1..spans).map(|at| (format!("count_{at}"), "total".to_owned())).collect(),
            }),
        },
        record_date: row.is_multiple_of(2).then(|| "2024-05-01".to_owned()),
        predates: row == 1,
        package: None,
        excerpt: "fn main() {\u{1b}[2J\u{202e}".to_owned(),
    }
}

/// All that can be missing is missing.
fn provenance_bare() -> Provenance {
    Provenance {
        tool: "codex".to_owned(),
        model: None,
        session_id: "session-1".to_owned(),
        message_id: None,
        call_id: None,
        authored_at: None,
        cwd: None,
        file_path: None,
        class: seepage_index::Class::Edit,
        applied: None,
        log_path: "logs/rollout.jsonl".to_owned(),
        log_line: 12,
    }
}

/// Nothing is missing.
fn provenance_full() -> Provenance {
    Provenance {
        model: Some("gpt-5-codex".to_owned()),
        message_id: Some("message-1".to_owned()),
        call_id: Some("call-1".to_owned()),
        authored_at: Some(1_759_320_184_567),
        cwd: Some("/home/a".to_owned()),
        file_path: Some("src/main.rs".to_owned()),
        applied: Some(true),
        ..provenance_bare()
    }
}

/// An index of one passage, [`provenance_full`].
fn index_in(directory: &Path) -> Index {
    let path = directory.join("test.seepage");
    let mut text = String::new();
    for line in 0..40 {
        writeln!(text, "let value_{line} = measure_{line}(\"apple\", stall_{line}.price);")
            .unwrap();
    }
    let mut writer = SegmentWriter::create(&path, Analyzer::default()).unwrap();
    let spans = std::iter::once(0..text.len() as u32).collect();
    let passage = Passage::by(provenance_full(), text, spans);
    assert_eq!(writer.push(&passage).unwrap(), Pushed::Indexed(PassageId(0)));
    writer.finish(&BuildFacts::default()).unwrap();
    Index::open(&path).unwrap()
}
