//! Findings and provenance for tests.

use seepage_detect::{Finding, Tier};
use seepage_engine::{FindingRow, RecordFinding};
use seepage_index::{Class, PassageId, Provenance};

pub(crate) fn finding(row: u64, tier: Tier, matched_bytes: u64) -> RecordFinding {
    RecordFinding {
        shard: "corpus/a.jsonl".into(),
        row,
        other_row: None,
        record_id: None,
        kept: vec![],
        field: "text".to_owned(),
        finding: Finding {
            passage: PassageId(0),
            tier,
            rule: "a run of 40 words".into(),
            score: 0.875,
            matched_bytes,
            spans: vec![],
            changes: None,
        },
        record_date: None,
        predates: false,
        package: None,
        excerpt: "fn main() {\n\tprintln!();\n}\nfourth".to_owned(),
    }
}

/// The finding, with the provenance below.
pub(crate) fn row(found: RecordFinding) -> FindingRow {
    FindingRow {
        found,
        provenance: provenance(),
        family: PassageId(0),
        packages: Some(1),
        demoted: false,
    }
}

pub(crate) fn provenance() -> Provenance {
    Provenance {
        tool: "codex".to_owned(),
        model: Some("gpt-5-codex".to_owned()),
        session_id: "session-1".to_owned(),
        authored_at: Some(1_759_320_180_000),
        file_path: Some("src/main.rs".to_owned()),
        class: Class::Edit,
        applied: Some(true),
        log_path: "logs/rollout.jsonl".to_owned(),
        log_line: 12,
        ..Provenance::default()
    }
}
