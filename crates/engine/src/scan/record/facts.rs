//! What a record says of itself beside its texts, and the findings in them.

use std::sync::Arc;

use seepage_detect::{Finding, Tier};
use seepage_shards::{Kept, Record, cell_at};

use crate::scan::finding::RecordFinding;
use crate::scan::packages::PackageId;
use crate::scan::record::moment::last_millisecond;

/// What a record says of itself, as far as its findings tell it.
#[derive(Debug)]
pub(crate) struct RecordFacts {
    pub(crate) row: u64,
    record_id: Option<String>,
    package: Option<PackageId>,
    record_date: Option<String>,
    kept: Vec<Kept>,
}

impl RecordFacts {
    pub(crate) fn of(record: &Record<'_>) -> Self {
        // A date that no calendar has is no evidence.
        let record_date = record.time.as_deref();
        let record_date = record_date.filter(|date| last_millisecond(date).is_some());
        Self {
            row: record.row,
            record_id: record.id.as_deref().map(str::to_owned),
            package: record.package.as_deref().map(PackageId::of),
            record_date: record_date.map(str::to_owned),
            kept: record.kept.clone(),
        }
    }

    /// A finding in one of the texts of the record.
    pub(crate) fn locate(&self, field: &str, text: &[u8], finding: Finding) -> RecordFinding {
        let start = finding.spans.first().map_or(0, |span| span.record.start as usize);
        let end = text.len().min(start + RecordFinding::EXCERPT_LEN);
        RecordFinding {
            // Its unit knows it.
            shard: Arc::default(),
            row: self.row,
            other_row: None,
            record_id: self.record_id.clone(),
            kept: self.kept.clone(),
            field: match cell_at(text, start) {
                Some(cell) => format!("{field}#{cell}"),
                None => field.to_owned(),
            },
            excerpt: String::from_utf8_lossy(&text[start..end]).into_owned(),
            finding,
            predates: false,
            record_date: self.record_date.clone(),
            package: self.package,
        }
    }
}

/// One finding a record and passage: of two fields that hold the same passage, the one that holds more of it. What is
/// only alike gives way to what is shared.
pub(crate) fn keep(findings: &mut Vec<RecordFinding>, from: usize, new: RecordFinding) {
    let same = |old: &&mut RecordFinding| old.finding.passage == new.finding.passage;
    match findings[from..].iter_mut().find(same) {
        Some(old) if weight(old) >= weight(&new) => {}
        Some(old) => *old = new,
        None => findings.push(new),
    }
}

fn weight(found: &RecordFinding) -> (bool, u64) {
    let Finding { tier, matched_bytes, .. } = found.finding;
    (tier != Tier::Alike, matched_bytes)
}

#[cfg(test)]
mod tests {
    use seepage_index::PassageId;

    use super::*;

    /// Two findings of one passage, in either order; the first of them is kept.
    #[track_caller]
    fn check(kept: (Tier, u64), dropped: (Tier, u64)) {
        let finding = |(tier, matched_bytes): (Tier, u64)| RecordFinding {
            shard: "a.jsonl".into(),
            row: 0,
            other_row: None,
            record_id: None,
            kept: vec![],
            field: "text".to_owned(),
            excerpt: String::new(),
            predates: false,
            record_date: None,
            package: None,
            finding: Finding {
                passage: PassageId(0),
                tier,
                rule: "".into(),
                score: 1.0,
                matched_bytes,
                spans: vec![],
                changes: None,
            },
        };
        for pair in [[kept, dropped], [dropped, kept]] {
            let mut findings = vec![];
            for each in pair {
                keep(&mut findings, 0, finding(each));
            }
            assert_eq!(findings.len(), 1);
            let left = &findings[0].finding;
            assert_eq!((left.tier, left.matched_bytes), kept);
        }
    }

    #[test]
    fn of_two_fields_the_one_that_shares_more_is_kept_and_never_one_that_is_only_alike() {
        check((Tier::Exact, 20), (Tier::Near, 10));
        check((Tier::Near, 20), (Tier::Exact, 10));
        check((Tier::Brief, 10), (Tier::Alike, 2000));
        check((Tier::Alike, 20), (Tier::Alike, 10));
    }
}
