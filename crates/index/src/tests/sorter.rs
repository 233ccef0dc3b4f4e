//! Sorting on disk against sorting in memory.

use proptest::prelude::*;

use crate::sorter::{Pair, Sorter};

/// All of `pairs` that a sorter of so many bytes gives back, without repeats.
fn sorted(pairs: &[Pair], memory: usize) -> Vec<Pair> {
    let directory = tempfile::tempdir().unwrap();
    let mut sorter = Sorter::new(directory.path(), memory);
    for pair in pairs {
        sorter.push(*pair).unwrap();
    }
    let mut given: Vec<_> = sorter.finish().unwrap().collect::<Result<_, _>>().unwrap();
    assert!(given.is_sorted(), "{memory} bytes");
    given.dedup();
    assert_eq!(0, std::fs::read_dir(directory.path()).unwrap().count());
    given
}

#[track_caller]
fn check(pairs: &[Pair], memory: usize) {
    let mut expected = pairs.to_vec();
    expected.sort_unstable();
    expected.dedup();
    assert_eq!(expected, sorted(pairs, memory), "{memory} bytes");
}

fn scattered(count: u64) -> Vec<Pair> {
    let mixed = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31);
    (0..count).map(|n| (mixed(n), n as u32)).collect()
}

#[test]
fn runs_of_runs_of_runs_are_merged() {
    // 16 bytes hold one pair: 5,000 runs, which are merged by 16 and again by 16 and again.
    check(&scattered(5000), 16);
}

#[test]
fn a_value_that_is_larger_than_the_memory_goes_through_alone() {
    check(&scattered(40), 1);
    check(&scattered(1), 0);
}

#[test]
fn what_repeats_needs_no_room() {
    let directory = tempfile::tempdir().unwrap();
    let absent = directory.path().join("absent");
    let mut sorter = Sorter::new(&absent, 16 * 100);
    for round in 0..1000 {
        sorter.push((round % 7, 1)).unwrap();
    }
    // Nothing was written: there is no place for it.
    assert_eq!(7, sorter.finish().unwrap().count());
}

#[test]
fn a_disk_that_refuses_is_an_error_when_it_is_needed() {
    let directory = tempfile::tempdir().unwrap();
    let absent = directory.path().join("absent");
    let mut sorter = Sorter::new(&absent, 16 * 10);
    for pair in scattered(10) {
        sorter.push(pair).unwrap();
    }
    assert!(sorter.push((0, 0)).is_err());
}

proptest! {
    #[test]
    fn any_memory_gives_the_same(
        pairs in proptest::collection::vec((0_u64..50, 0_u32..4), 0..300),
        memory in 0_usize..2000,
    ) {
        check(&pairs, memory);
    }
}
