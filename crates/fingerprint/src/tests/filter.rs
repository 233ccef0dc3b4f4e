//! The filter never misses what is in it, and every backend answers as one probe at a time does.

use crate::filter::{insert, may_hold, word_count};
use crate::{Backend, Fingerprint};

/// Numbers that look random: the finaliser of `SplitMix64`.
fn mixed(number: u64) -> Fingerprint {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    Fingerprint(mixed ^ (mixed >> 27))
}

fn filter_of(keys: u64) -> Vec<u8> {
    let mut words = vec![0; word_count(keys) as usize];
    (0..keys).for_each(|key| insert(&mut words, mixed(key)));
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// Asks for `len` fingerprints from `from` on at once, in a filter of those below `keys`.
#[track_caller]
fn check(keys: u64, from: u64, len: u64) {
    let words = filter_of(keys);
    let asked: Vec<Fingerprint> = (from..from + len).map(mixed).collect();
    let expected: Vec<u32> = (100..)
        .zip(&asked)
        .filter(|&(_, &fingerprint)| may_hold(&words, fingerprint))
        .map(|(at, _)| at)
        .collect();
    for backend in Backend::available() {
        let mut passed = vec![7];
        backend.prefetch_words(&words, &asked);
        backend.passing(&words, &asked, 100, &mut passed);
        assert_eq!(passed[1..], expected, "{backend:?} {keys} {from} {len}");
    }
}

#[test]
fn every_backend_lets_the_same_pass() {
    for len in 0..40 {
        check(1000, 980, len);
        check(1000, 5000, len);
        check(1, 0, len);
    }
    check(20_000, 0, 40_000);
}

#[test]
fn a_filter_of_no_words_lets_nothing_pass() {
    check(0, 0, 20);
}

#[test]
fn what_is_in_passes_and_hardly_anything_else() {
    let words = filter_of(20_000);
    let asked: Vec<Fingerprint> = (0..220_000).map(mixed).collect();
    let mut passed = vec![];
    Backend::current().passing(&words, &asked, 0, &mut passed);
    assert!(passed.iter().take(20_000).copied().eq(0..20_000));
    let others = passed.len() - 20_000;
    assert!((1000..4000).contains(&others), "{others} of 200,000");
}
