//! A table answers as a map does: its oracle is `HashMap<fingerprint, set of passages>`.

use std::collections::{BTreeSet, HashMap};
use std::io::Cursor;
use std::ops::ControlFlow;

use proptest::prelude::*;
use seepage_fingerprint::{Analyzer, Fingerprint, filter};

use crate::segment::fingerprints::Fingerprints;
use crate::segment::fingerprints::hash_table::{line_count, tag};
use crate::segment::fingerprints::header::TableCounts;
use crate::segment::fingerprints::postings::Pairs;
use crate::segment::fingerprints::write::Table;
use crate::segment::sections::Written;
use crate::sorter::Sorter;

type Oracle = HashMap<u64, BTreeSet<u32>>;

pub(super) const PASSAGES: u32 = 1000;

pub(super) fn opened(pairs: &[(u64, u32)]) -> Fingerprints<Vec<u8>> {
    let (bytes, written) = written(pairs, usize::MAX);
    assert_eq!(written.len, bytes.len() as u64);
    Fingerprints::open(bytes, &written.checksum, &Analyzer::default()).unwrap().unwrap()
}

/// The bytes of a table that was made with so many bytes of memory.
pub(super) fn written(pairs: &[(u64, u32)], memory: usize) -> (Vec<u8>, Written) {
    let directory = tempfile::tempdir().unwrap();
    let mut sorter = Sorter::new(directory.path(), memory);
    for pair in pairs {
        sorter.push(*pair).unwrap();
    }
    let pairs = Pairs::gather(sorter, &directory.path().join("pairs")).unwrap();
    let table = Table::measure(PASSAGES, &pairs).unwrap();
    table.check().unwrap();
    let (out, written) = table.write(&Analyzer::default(), Cursor::new(vec![])).unwrap();
    (out.into_inner(), written)
}

fn oracle(pairs: &[(u64, u32)]) -> Oracle {
    let mut oracle = Oracle::new();
    for &(fingerprint, passage) in pairs {
        oracle.entry(fingerprint).or_default().insert(passage);
    }
    oracle
}

fn probe(table: &Fingerprints<Vec<u8>>, fingerprint: u64) -> Vec<u32> {
    let mut passages = vec![];
    if table.may_hold(Fingerprint(fingerprint)) {
        table.each_of(Fingerprint(fingerprint), &mut |passage| {
            passages.push(passage);
            ControlFlow::Continue(())
        });
    }
    passages
}

/// Every fingerprint gives its passages; it may give those of others only if their tags are equal.
#[track_caller]
fn check(pairs: &[(u64, u32)], strangers: &[u64]) {
    let (table, oracle) = (opened(pairs), oracle(pairs));
    let counts = TableCounts {
        passages: PASSAGES,
        fingerprints: oracle.len() as u64,
        postings: oracle.values().map(|set| set.len() as u64).sum(),
    };
    assert_eq!(counts, table.counts());
    let mut by_tag = Oracle::new();
    for (fingerprint, set) in &oracle {
        let same_tag = by_tag.entry(u64::from(tag(Fingerprint(*fingerprint)))).or_default();
        same_tag.extend(set);
    }
    for fingerprint in oracle.keys().chain(strangers) {
        let actual: BTreeSet<u32> = probe(&table, *fingerprint).into_iter().collect();
        let least = oracle.get(fingerprint).cloned().unwrap_or_default();
        let most =
            by_tag.get(&u64::from(tag(Fingerprint(*fingerprint)))).cloned().unwrap_or_default();
        assert!(least.is_subset(&actual), "{fingerprint:x}: {least:?} but {actual:?}");
        assert!(actual.is_subset(&most), "{fingerprint:x}: {actual:?} but {most:?}");
    }
}

#[test]
fn a_table_of_nothing_holds_nothing() {
    check(&[], &[0, 1, u64::MAX]);
}

#[test]
fn a_table_of_one_holds_one() {
    for fingerprint in [0, 1, 1 << 32, u64::MAX] {
        check(&[(fingerprint, 3)], &[0, 1, 2, 1 << 32, u64::MAX]);
        assert_eq!(vec![3], probe(&opened(&[(fingerprint, 3)]), fingerprint));
    }
}

#[test]
fn a_fingerprint_keeps_all_of_its_passages() {
    for count in [1, 2, 63, 64, 65, 66, 999] {
        let pairs: Vec<_> = (0..count).rev().map(|passage| (5 << 40, passage)).collect();
        check(&pairs, &[]);
        let expected: Vec<u32> = (0..count).collect();
        assert_eq!(expected, probe(&opened(&pairs), 5 << 40));
    }
}

#[test]
fn fingerprints_that_share_a_home_run_over_into_the_next_lines_and_round_the_end() {
    for home in [0, u64::from(u32::MAX) / 2, u64::from(u32::MAX)] {
        for count in [1, 11, 12, 16, 17, 33, 200] {
            let pairs: Vec<_> = (0..count).map(|low| (home << 32 | low, low as u32)).collect();
            let strangers: Vec<_> = (count..count + 50).map(|low| home << 32 | low).collect();
            check(&pairs, &strangers);
        }
    }
}

#[test]
fn fingerprints_with_equal_tags_lose_nothing() {
    let pairs: Vec<_> = (0..300_u64).map(|high| (high << 50 | 0xabcd, high as u32)).collect();
    check(&pairs, &[0xabcd, 1 << 63 | 0xabcd]);
}

#[test]
fn the_tags_0_and_1_are_one() {
    check(&[(0, 1), (1, 2), (2, 3)], &[]);
    assert_eq!(vec![1, 2], probe(&opened(&[(0, 1), (1, 2), (2, 3)]), 0));
}

#[test]
fn a_table_has_an_empty_slot_at_every_size() {
    for keys in (1..5000).chain([1 << 20, 1 << 32]) {
        let slots = line_count(keys) * 16;
        assert!(keys < slots && (keys < 100 || keys * 10 > slots * 6), "{keys} in {slots}");
    }
    assert_eq!(0, line_count(0));
}

#[test]
fn the_filter_stops_nearly_all_that_is_not_in_the_table() {
    let mixed = |n: u64| {
        (n + 1)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
            .wrapping_mul(0xbf58_476d_1ce4_e5b9)
    };
    let mut words = vec![0; filter::word_count(20_000) as usize];
    (0..20_000).for_each(|n| filter::insert(&mut words, Fingerprint(mixed(n))));
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    assert!((0..20_000).all(|n| filter::may_hold(&bytes, Fingerprint(mixed(n)))));
    let passed =
        (20_000..120_000).filter(|&n| filter::may_hold(&bytes, Fingerprint(mixed(n)))).count();
    assert!(passed < 2_000, "{passed} of 100000 strangers passed");
}

/// Fingerprints of few homes and few tags, so that all kinds of collisions are common.
pub(super) fn crowded() -> impl Strategy<Value = u64> {
    (0_u64..4, 0_u64..40).prop_map(|(home, low)| home << 62 | low)
}

proptest! {
    #[test]
    fn random_fingerprints_are_found(
        pairs in proptest::collection::vec((any::<u64>(), 0..PASSAGES), 0..400),
        strangers in proptest::collection::vec(any::<u64>(), 50),
    ) {
        check(&pairs, &strangers);
    }

    #[test]
    fn crowded_fingerprints_are_found(
        pairs in proptest::collection::vec((crowded(), 0..PASSAGES), 0..600),
        strangers in proptest::collection::vec(crowded(), 50),
    ) {
        check(&pairs, &strangers);
    }
}
