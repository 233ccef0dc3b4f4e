//! Results of units as JSON, for journals and parts.
//!
//! What is written comes back as it was, numbers with a fraction too: an `f32` is written as the `f64` of the same value,
//! which is far from any other `f32` whatever the reader rounds.

use std::collections::BTreeMap;

use seepage_detect::{Changes, Finding, Span, Tier};
use seepage_index::PassageId;
use seepage_shards::SkipReason;
use serde::{Deserialize, Serialize};

use crate::counts::Counts;
use crate::loud::Loud;
use crate::unit::UnitEnd;
use crate::{Kept, PackageId, RecordFinding};

/// A finding. Its shard is that of its unit.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FindingLine {
    row: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    other_row: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record_id: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    kept: Vec<(String, String)>,
    field: String,
    passage: u32,
    tier: String,
    rule: String,
    score: f64,
    matched_bytes: u64,
    /// Start and end in the record, start and end in the passage.
    spans: Vec<[u32; 4]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changes: Option<ChangesLine>,
    predates: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record_date: Option<String>,
    /// `None`: that of the unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    package: Option<u64>,
    excerpt: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct ChangesLine {
    identical: f64,
    edited: f64,
    renames: Vec<(String, String)>,
}

/// What a unit came to, but for its findings.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct EndLine {
    records_read: u64,
    records_repaired: u64,
    records_flagged: u64,
    records_undated: u64,
    records_judged: u64,
    text_bytes: u64,
    bytes_judged: u64,
    weak: u64,
    skipped: BTreeMap<String, u64>,
    skipped_first: Vec<(u64, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    format: Option<String>,
    text_fields: Vec<String>,
    package: u64,
}

impl FindingLine {
    /// `package` is that of the unit's records that do not name theirs.
    pub(crate) fn of(found: &RecordFinding, package: PackageId) -> Self {
        let finding = &found.finding;
        Self {
            row: found.row,
            other_row: found.other_row,
            record_id: found.record_id.clone(),
            kept: found.kept.iter().map(|kept| (kept.field.clone(), kept.value.clone())).collect(),
            field: found.field.clone(),
            passage: finding.passage.0,
            tier: finding.tier.name().to_owned(),
            rule: finding.rule.clone().into_owned(),
            score: finding.score.into(),
            matched_bytes: finding.matched_bytes,
            spans: finding.spans.iter().map(span_of).collect(),
            changes: finding.changes.as_ref().map(|changes| ChangesLine {
                identical: changes.identical.into(),
                edited: changes.edited.into(),
                renames: changes.renames.clone(),
            }),
            predates: found.predates,
            record_date: found.record_date.clone(),
            package: (found.package != package).then(|| found.package.number()),
            excerpt: found.excerpt.clone(),
        }
    }

    /// The finding, but for its shard; `None` where a name in it is not known.
    pub(crate) fn finding(self, package: PackageId) -> Option<RecordFinding> {
        let tier = Tier::ALL.into_iter().find(|tier| tier.name() == self.tier)?;
        let kept = |(field, value)| Kept { field, value };
        Some(RecordFinding {
            shard: "".into(),
            row: self.row,
            other_row: self.other_row,
            record_id: self.record_id,
            kept: self.kept.into_iter().map(kept).collect(),
            field: self.field,
            finding: Finding {
                passage: PassageId(self.passage),
                tier,
                rule: self.rule.into(),
                score: self.score as f32,
                matched_bytes: self.matched_bytes,
                spans: self.spans.into_iter().map(to_span).collect(),
                changes: self.changes.map(|changes| Changes {
                    identical: changes.identical as f32,
                    edited: changes.edited as f32,
                    renames: changes.renames,
                }),
            },
            predates: self.predates,
            record_date: self.record_date,
            package: self.package.map_or(package, PackageId::of_number),
            excerpt: self.excerpt,
        })
    }
}

fn span_of(span: &Span) -> [u32; 4] {
    let Span { record, passage } = span;
    [record.start, record.end, passage.start, passage.end]
}

fn to_span([record_start, record_end, passage_start, passage_end]: [u32; 4]) -> Span {
    Span { record: record_start..record_end, passage: passage_start..passage_end }
}

impl EndLine {
    pub(crate) fn of(end: &UnitEnd) -> Self {
        let counts = &end.counts;
        Self {
            records_read: counts.records_read,
            records_repaired: counts.records_repaired,
            records_flagged: counts.records_flagged,
            records_undated: counts.records_undated,
            records_judged: counts.records_judged,
            text_bytes: counts.text_bytes,
            bytes_judged: counts.bytes_judged,
            weak: counts.weak,
            skipped: counts
                .skipped
                .iter()
                .map(|(reason, &count)| (reason.name().to_owned(), count))
                .collect(),
            skipped_first: end
                .skipped_first
                .iter()
                .map(|(row, reason)| (*row, reason.name().to_owned()))
                .collect(),
            failure: end.failure.clone(),
            format: end.format.clone(),
            text_fields: end.text_fields.clone(),
            package: end.package.number(),
        }
    }

    /// What was written; `None` where a name in it is not known.
    pub(crate) fn end(self) -> Option<UnitEnd> {
        let skipped = self.skipped.into_iter();
        let skipped_first = self.skipped_first.into_iter();
        Some(UnitEnd {
            counts: Counts {
                records_read: self.records_read,
                records_repaired: self.records_repaired,
                records_flagged: self.records_flagged,
                records_undated: self.records_undated,
                records_judged: self.records_judged,
                text_bytes: self.text_bytes,
                bytes_judged: self.bytes_judged,
                weak: self.weak,
                skipped: skipped
                    .map(|(name, count)| Some((SkipReason::of_name(&name)?, count)))
                    .collect::<Option<_>>()?,
            },
            skipped_first: skipped_first
                .map(|(row, name)| Some((row, SkipReason::of_name(&name)?)))
                .collect::<Option<_>>()?,
            failure: self.failure,
            format: self.format,
            text_fields: self.text_fields,
            package: PackageId::of_number(self.package),
            // Not written: who takes a result as it is does not need them.
            loud: Loud::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use seepage_testkit::SplitMix64;

    use super::*;

    fn finding(score: f32) -> RecordFinding {
        RecordFinding {
            shard: "".into(),
            row: u64::MAX,
            other_row: Some(u64::MAX - 1),
            record_id: Some("\u{1b}\"".to_owned()),
            kept: vec![Kept { field: "url".to_owned(), value: "\u{0}".to_owned() }],
            field: "messages[2].content".to_owned(),
            finding: Finding {
                passage: PassageId(u32::MAX),
                tier: Tier::Blind,
                rule: "a rule".into(),
                score,
                matched_bytes: 1 << 60,
                spans: vec![to_span([1, 2, 3, 4]), to_span([5, 6, 7, u32::MAX])],
                changes: Some(Changes {
                    identical: score,
                    edited: 1.0 - score,
                    renames: vec![("a".to_owned(), "b".to_owned())],
                }),
            },
            predates: true,
            record_date: Some("2026-05-01".to_owned()),
            package: PackageId::of("p"),
            excerpt: "two\nlines \u{fffd}".to_owned(),
        }
    }

    #[track_caller]
    fn check(found: &RecordFinding, package: PackageId) {
        let line = serde_json::to_vec(&FindingLine::of(found, package)).unwrap();
        let line: FindingLine = serde_json::from_slice(&line).unwrap();
        assert_eq!(line.finding(package).as_ref(), Some(found));
    }

    #[test]
    fn a_finding_comes_back_as_it_was() {
        check(&finding(0.1), PackageId::of("p"));
        check(&finding(0.1), PackageId::of("another"));
        let bare = RecordFinding {
            other_row: None,
            record_id: None,
            kept: vec![],
            record_date: None,
            finding: Finding { changes: None, spans: vec![], ..finding(1.0).finding },
            ..finding(1.0)
        };
        check(&bare, PackageId::of("p"));
    }

    #[test]
    fn every_score_comes_back_to_the_last_bit() {
        let mut random = SplitMix64::new(7);
        let edges = [0.0, f32::MIN_POSITIVE, f32::EPSILON, 0.1, 1.0, 1.0_f32.next_down()];
        let drawn = (0..20_000).map(|_| random.below(1 << 24) as f32 / (1 << 24) as f32);
        for score in drawn.chain(edges) {
            let line = serde_json::to_string(&f64::from(score)).unwrap();
            let read: f64 = serde_json::from_str(&line).unwrap();
            assert_eq!((read as f32).to_bits(), score.to_bits(), "{line}");
        }
    }

    #[test]
    fn an_end_comes_back_as_it_was_and_an_unknown_name_is_none() {
        let end = UnitEnd {
            counts: Counts {
                records_read: 1,
                records_repaired: 2,
                records_flagged: 3,
                records_undated: 4,
                records_judged: 5,
                text_bytes: 6,
                bytes_judged: 7,
                weak: 8,
                skipped: [(SkipReason::Binary, 9)].into(),
            },
            skipped_first: vec![(10, SkipReason::TooLong)],
            failure: Some("no".to_owned()),
            format: Some("parquet".to_owned()),
            text_fields: vec!["text".to_owned()],
            package: PackageId::of("p"),
            loud: Loud::default(),
        };
        let line = serde_json::to_string(&EndLine::of(&end)).unwrap();
        let read: EndLine = serde_json::from_str(&line).unwrap();
        assert_eq!(read.end(), Some(end));
        let unknown = line.replace("binary", "furry");
        let read: EndLine = serde_json::from_str(&unknown).unwrap();
        assert_eq!(read.end(), None);
    }
}
