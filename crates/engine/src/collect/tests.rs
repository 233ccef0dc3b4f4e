use std::sync::OnceLock;

use seepage_detect::{Finding, Tier};
use seepage_index::PassageId;
use seepage_shards::{FoundShard, Piece, SkipReason};
use seepage_testkit::SplitMix64;

use super::*;
use crate::list::{ListedShard, Unit};

/// Shard, row and other row.
struct Rows(Vec<(String, u64, String)>);

impl FindingSink for Rows {
    fn found(&mut self, found: &RecordFinding) -> io::Result<()> {
        let rule = found.finding.rule.clone().into_owned();
        self.0.push((found.shard.to_string(), found.row, rule));
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
            passage: PassageId(0),
            tier: Tier::Exact,
            rule: "r".into(),
            score: 1.0,
            matched_bytes: 1,
            spans: vec![],
            changes: None,
        },
        predates: false,
        record_date: None,
        package: PackageId::default(),
        excerpt: String::new(),
    }
}

/// Two shards of two pieces, and one of one.
fn list() -> ShardList {
    let shard = |name: &str, pieces: u64| ListedShard {
        name: name.into(),
        found: Ok(FoundShard { path: name.into(), name: name.to_owned(), len: pieces }),
        pieces: (0..pieces)
            .map(|piece| Piece {
                number: piece as u32,
                count: pieces as u32,
                bytes: piece..piece + 1,
            })
            .collect(),
        stamp: OnceLock::new(),
    };
    let unit = |(shard, piece)| Unit { shard, piece };
    let shards = vec![shard("a", 2), shard("b", 1), shard("c", 2)];
    let units = [(0, 0), (0, 1), (1, 0), (2, 0), (2, 1)];
    ShardList::joined(shards, units.map(unit).to_vec())
}

/// Each unit has a finding in its rows 0, 1 and 2, two other rows that were read, and one that was skipped.
fn end() -> UnitEnd {
    let mut end = UnitEnd {
        format: Some("f".to_owned()),
        text_fields: vec!["text".to_owned()],
        skipped_first: vec![(5, SkipReason::Binary)],
        ..UnitEnd::default()
    };
    end.counts.records_read = 5;
    end.counts.records_flagged = 3;
    end.counts.skipped.insert(SkipReason::Binary, 1);
    end
}

/// The rows of a collector whose units take turns as `random` says.
fn collect(random: &mut SplitMix64, waiting_len_max: usize) -> (Rows, ScanSummary) {
    let (list, mut rows) = (list(), Rows(vec![]));
    let mut collector = Collector::new(&mut rows, &list, None, ScanSummary::default());
    collector.waiting_len_max = waiting_len_max;
    let mut steps = [0; 5];
    while steps.iter().any(|&step| step < 5) {
        let number = random.below(5);
        match steps[number] {
            0 => collector.begin(number, PackageId::default()),
            step @ 1..=3 => collector.found(number, vec![finding(step - 1)]),
            4 => collector.ended(number, end(), None),
            _ => {}
        }
        steps[number] += 1;
    }
    assert_eq!(collector.waiting_len, 0);
    let (summary, is_whole) = collector.finish().unwrap();
    assert!(is_whole);
    (rows, summary)
}

#[test]
fn whatever_ends_first_the_rows_come_in_order_and_count_from_the_start_of_the_shard() {
    let mut expected = vec![];
    for (name, bases) in [("a", &[0, 6][..]), ("b", &[0]), ("c", &[0, 6])] {
        for base in bases {
            for row in 0..3 {
                let with = format!("r, together with row {base}");
                let rule = if row == 1 { with } else { "r".to_owned() };
                expected.push((name.to_owned(), base + row, rule));
            }
        }
    }
    for seed in 0..50 {
        // In memory, and all but the first finding in a temporary file.
        for waiting_len_max in [WAITING_LEN_MAX, 1] {
            let (rows, summary) = collect(&mut SplitMix64::new(seed), waiting_len_max);
            assert_eq!(rows.0, expected, "seed {seed}");
            assert_eq!((summary.shards_read, summary.pieces), (3, 5));
            assert_eq!((summary.records_read, summary.records_flagged), (25, 15));
            assert_eq!(summary.formats["f"], 3);
            assert_eq!(summary.text_fields["text"], 3);
            let skipped = summary.skipped_first.iter();
            let skipped: Vec<_> = skipped.map(|row| (&*row.shard, row.row)).collect();
            let expected = [("a", 5), ("a", 11), ("b", 5), ("c", 5), ("c", 11)];
            assert_eq!(skipped, expected);
        }
    }
}
