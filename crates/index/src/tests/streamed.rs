//! A table is written section by section from sorted pairs; its oracle holds all of it in memory, as FORMAT.md says it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use seepage_fingerprint::{Fingerprint, filter};

use super::table::{PASSAGES, crowded, written};
use crate::segment::fingerprints::hash_table::{LINE_SLOTS, line_count, tag};
use crate::segment::fingerprints::header::FORMAT;
use crate::segment::fingerprints::postings::LIST_BIT;
use crate::segment::sections::u64_at;

/// The sections, each in numbers of 4 bytes.
fn oracle(pairs: &[(u64, u32)]) -> [Vec<u32>; 4] {
    let mut groups = BTreeMap::<u64, BTreeSet<u32>>::new();
    for &(fingerprint, passage) in pairs {
        groups.entry(fingerprint).or_default().insert(passage);
    }
    let keys = groups.len() as u64;
    let mut words = vec![0; filter::word_count(keys) as usize];
    let lines = line_count(keys) as usize;
    let (mut tags, mut payloads) = (vec![0; lines * LINE_SLOTS], vec![0; lines * LINE_SLOTS]);
    let mut postings = vec![];
    for (fingerprint, passages) in groups {
        let fingerprint = Fingerprint(fingerprint);
        filter::insert(&mut words, fingerprint);
        let start = filter::place(fingerprint, lines as u64) * LINE_SLOTS;
        let slot = (start..tags.len()).chain(0..start).find(|&slot| tags[slot] == 0).unwrap();
        tags[slot] = tag(fingerprint);
        let kept: Vec<u32> = passages.into_iter().collect();
        if let [passage] = kept[..] {
            payloads[slot] = passage;
        } else {
            payloads[slot] = LIST_BIT | postings.len() as u32;
            postings.push(kept.len() as u32);
            postings.extend(kept);
        }
    }
    let words = words.into_iter().flat_map(|word| [word as u32, (word >> 32) as u32]);
    [words.collect(), tags, payloads, postings]
}

/// The sections of a table, as its header has them.
fn sections(bytes: &[u8]) -> Vec<Vec<u32>> {
    (0..FORMAT.section_names.len())
        .map(|section| {
            let entry = FORMAT.sections_offset + 48 * section;
            let (start, len) = (u64_at(bytes, entry), u64_at(bytes, entry + 8));
            let (numbers, rest) = bytes[start as usize..(start + len) as usize].as_chunks();
            assert!(rest.is_empty());
            numbers.iter().map(|number| u32::from_le_bytes(*number)).collect()
        })
        .collect()
}

#[track_caller]
fn check(pairs: &[(u64, u32)]) {
    let whole = written(pairs, usize::MAX);
    assert_eq!(oracle(pairs).to_vec(), sections(&whole.0));
    // From one pair a run to all in two.
    for memory in [1, 16, 100, 16 * pairs.len() / 2, 16 * pairs.len() + 16] {
        assert!(whole == written(pairs, memory), "{memory} bytes of memory");
    }
}

#[test]
fn a_table_of_nothing_is_written() {
    check(&[]);
}

#[test]
fn fingerprints_that_go_round_the_end_fill_what_the_first_lines_leave() {
    let last = u64::from(u32::MAX);
    for (before, count) in [(0, 1), (0, 17), (5, 40), (16, 40), (40, 100), (300, 7)] {
        let first = (0..before).map(|low| (low << 20 | low, 3));
        let round = (0..count).map(|low| (last << 32 | low, low as u32 % 9));
        check(&first.chain(round).collect::<Vec<_>>());
    }
}

#[test]
fn lists_and_single_passages_stand_where_their_fingerprints_lead() {
    for passages in [2, 64, 65, 200] {
        let pairs: Vec<_> = (0..passages)
            .flat_map(|passage| {
                [(7 << 40, passage), (u64::from(passage) << 50, 1), (u64::MAX, passage)]
            })
            .collect();
        check(&pairs);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_fingerprints_are_written(
        pairs in proptest::collection::vec((any::<u64>(), 0..PASSAGES), 0..200),
    ) {
        check(&pairs);
    }

    #[test]
    fn crowded_fingerprints_are_written(
        pairs in proptest::collection::vec((crowded(), 0..PASSAGES), 0..300),
    ) {
        check(&pairs);
    }
}
