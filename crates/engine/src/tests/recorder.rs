//! Units that end in any order, listened to and reported.

use std::io;
use std::path::Path;
use std::sync::OnceLock;

use seepage_detect::{Finding, Tier};
use seepage_index::{Index, PassageId, Provenance};
use seepage_shards::{FoundShard, Piece, SkipReason};
use seepage_testkit::SplitMix64;

use crate::scan::recorder::Recorder;
use crate::scan::results::{ScanResults, add_origin};
use crate::scan::shard_list::{ListedShard, ShardList, Unit};
use crate::scan::unit::UnitResult;
use crate::{FindingRow, FindingSink, RecordFinding, ScanSummary};

/// Shard, row, rule and packages of each.
#[derive(Debug, Default, PartialEq)]
struct Rows(Vec<(String, u64, String, Option<u32>)>);

impl FindingSink for Rows {
    fn found(&mut self, row: &FindingRow) -> io::Result<()> {
        let found = &row.found;
        let rule = found.finding.rule.clone().into_owned();
        self.0.push((found.shard.to_string(), found.row, rule, row.packages));
        Ok(())
    }
}

fn finding(row: u64) -> RecordFinding {
    RecordFinding {
        shard: "".into(),
        row,
        other_row: (row == 1).then_some(0),
        record_id: None,
        kept: vec![],
        field: String::new(),
        finding: Finding {
            // The first of each unit is widespread: it is in all three shards.
            passage: PassageId(u32::from(row > 0)),
            tier: Tier::Exact,
            rule: "r".into(),
            score: 1.0,
            matched_bytes: 1,
            spans: vec![],
            changes: None,
        },
        predates: false,
        record_date: None,
        package: (row > 0).then(|| crate::PackageId::of("one")),
        excerpt: String::new(),
    }
}

/// Two shards of two pieces, and one of one.
fn list() -> ShardList {
    let shard = |name: &str, pieces: u32| ListedShard {
        name: name.into(),
        found: Ok(FoundShard { path: name.into(), name: name.to_owned(), len: pieces.into() }),
        pieces: (0..pieces)
            .map(|number| Piece {
                number,
                count: pieces,
                bytes: number.into()..u64::from(number) + 1,
            })
            .collect(),
        stamp: OnceLock::new(),
    };
    let shards = vec![shard("a", 2), shard("b", 1), shard("c", 2)];
    let units = [(0, 0), (0, 1), (1, 0), (2, 0), (2, 1)];
    ShardList::whole(shards, units.map(|(shard, piece)| Unit { shard, piece }).to_vec())
}

/// Each unit has a finding in its rows 0, 1 and 2, two other rows that were read, and one that was skipped.
fn result(shard: &str) -> UnitResult {
    let mut result = UnitResult {
        format: Some("f".to_owned()),
        text_fields: vec!["text".to_owned()],
        skipped_first: vec![(5, SkipReason::Binary)],
        package: crate::PackageId::of(shard),
        ..UnitResult::default()
    };
    result.counts.records_read = 5;
    result.counts.skipped.insert(SkipReason::Binary, 1);
    result
}

/// What is heard and reported of units that take turns as `random` says.
fn record(index: &Index, random: &mut SplitMix64) -> (Rows, Rows, ScanSummary) {
    let (list, mut heard, mut reported) = (list(), Rows::default(), Rows::default());
    let mut recorder = Recorder::new(&list, None, Some((&mut heard, index))).unwrap();
    let mut steps = [0; 5];
    while steps.iter().any(|&step| step < 4) {
        let number = random.below(5);
        match steps[number] {
            step @ 0..=2 => recorder.found(number, vec![finding(step)]),
            3 => {
                let shard = list.units[number].shard;
                recorder.ended(number, result(&list.shards[shard].name), None);
            }
            _ => {}
        }
        steps[number] += 1;
    }
    let (journal, places) = recorder.finish().unwrap();
    let units = list
        .units
        .iter()
        .map(|unit| unit.shard)
        .zip(places.into_iter().map(Option::unwrap))
        .collect();
    let shards = list.shards.iter().map(|shard| shard.name.clone()).collect();
    let summary = ScanSummary { demote_at: Some(3), ..ScanSummary::default() };
    let results = ScanResults { journals: vec![journal], units, shards, unread: vec![], summary };
    let summary = results.report(index, &mut [&mut reported]).unwrap();
    (heard, reported, summary)
}

#[test]
fn whatever_ends_first_rows_come_in_order_from_the_start_of_the_shard_and_the_widespread_last() {
    let mut in_order = vec![];
    for (name, bases) in [("a", &[0, 6][..]), ("b", &[0]), ("c", &[0, 6])] {
        for base in bases {
            for row in 0..3 {
                let with = format!("r, together with row {base}");
                let rule = if row == 1 { with } else { "r".to_owned() };
                in_order.push((name.to_owned(), base + row, rule, u32::from(row > 0)));
            }
        }
    }
    let row = |(name, row, rule, _): &(String, u64, String, u32), packages| {
        (name.clone(), *row, rule.clone(), packages)
    };
    let expected_heard: Vec<_> = in_order.iter().map(|found| row(found, None)).collect();
    let reported = |narrow: u32, packages| {
        let of_passage = in_order.iter().filter(move |found| found.3 == narrow);
        of_passage.map(move |found| row(found, Some(packages)))
    };
    let expected_reported: Vec<_> = reported(1, 1).chain(reported(0, 3)).collect();
    let index = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/index/v2");
    let index = Index::open(&index).unwrap();
    for seed in 0..50 {
        let (heard, reported, summary) = record(&index, &mut SplitMix64::new(seed));
        assert_eq!(heard.0, expected_heard, "seed {seed}");
        assert_eq!(reported.0, expected_reported, "seed {seed}");
        assert_eq!((summary.shards_read, summary.pieces), (3, 5));
        assert_eq!((summary.records_read, summary.records_flagged), (25, 10));
        assert_eq!((summary.findings[&Tier::Exact], summary.findings_demoted), (10, 5));
        assert_eq!((summary.formats["f"], summary.text_fields["text"]), (3, 3));
        let skipped = summary.skipped_first.iter();
        let skipped: Vec<_> = skipped.map(|row| (&*row.shard, row.row)).collect();
        assert_eq!(skipped, [("a", 5), ("a", 11), ("b", 5), ("c", 5), ("c", 11)]);
    }
}

#[test]
fn a_passage_of_an_unnamed_model_counts_as_unknown() {
    let mut summary = ScanSummary::default();
    let named = Provenance {
        tool: "codex".to_owned(),
        model: Some("gpt-5-codex".to_owned()),
        session_id: "session-1".to_owned(),
        ..Provenance::default()
    };
    for from in [&Provenance { model: None, ..named.clone() }, &named, &named] {
        add_origin(&mut summary, from);
    }
    assert_eq!(summary.models, [("gpt-5-codex".to_owned(), 2), ("unknown".to_owned(), 1)].into());
    assert_eq!(summary.tools, [("codex".to_owned(), 3)].into());
    assert_eq!(summary.sessions, [("session-1".to_owned(), 3)].into());
}
