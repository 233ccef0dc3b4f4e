//! The positions of every backend against the scalar one, and the scalar one against the naive definition.

use seepage_testkit::SplitMix64;

use crate::{Backend, Fingerprint, Scheme, SelectScratch, Stream};
use crate::{fingerprints, select_positions};

fn positions(backend: Backend, scheme: &Scheme, kept: &[u8]) -> Vec<u32> {
    let mut positions = vec![];
    let mut scratch = SelectScratch::default();
    select_positions(backend, scheme, kept, &mut scratch, &mut positions);
    positions
}

/// On every backend against the scalar one, which has the naive definition against it elsewhere.
#[track_caller]
pub(crate) fn check(scheme: &Scheme, kept: &[u8]) {
    let mut backends = Backend::available();
    let expected = positions(backends.next().unwrap(), scheme, kept);
    for backend in backends {
        let actual = positions(backend, scheme, kept);
        assert!(
            expected == actual,
            "{backend:?} {scheme:?} len={}: {:?}, not {:?}",
            kept.len(),
            &actual[..actual.len().min(20)],
            &expected[..expected.len().min(20)],
        );
    }
}

fn letters(random: &mut SplitMix64, len: usize, alphabet: usize) -> Vec<u8> {
    (0..len).map(|_| b'a' + random.below(alphabet) as u8).collect()
}

#[test]
fn positions_are_the_same_on_every_backend_at_every_length_and_window() {
    let mut random = SplitMix64::new(6);
    for window_len in [1, 2, 4, 8, 16, 32, 64, 128, 4096] {
        let scheme = Scheme::new(Stream::Words, 17, window_len).unwrap();
        for len in (0..=200).chain([1000, 8191, 8192, 8208, 8209, 8210, 20_000]) {
            check(&scheme, &letters(&mut random, len, 26));
        }
        check(&scheme, &letters(&mut random, 10_000, 2));
        check(&scheme, &[b'-'; 10_000]);
        check(&scheme, &b"ab".repeat(5_000));
    }
}

#[test]
fn every_backend_gives_the_positions_of_the_naive_definition() {
    let mut random = SplitMix64::new(7);
    for len in [0, 16, 31, 32, 33, 64, 95, 100, 200, 300] {
        for alphabet in [2, 26] {
            let kept = letters(&mut random, len, alphabet);
            for window_len in [1, 8, 32, 64] {
                let scheme = Scheme::new(Stream::Words, 32, window_len).unwrap();
                let expected: Vec<u32> = crate::tests::naive(&scheme, &kept)
                    .iter()
                    .map(|anchor| anchor.offset)
                    .collect();
                for backend in Backend::available() {
                    assert_eq!(
                        expected,
                        positions(backend, &scheme, &kept),
                        "{backend:?} {scheme:?} {kept:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn positions_of_a_wide_window_are_positions_of_a_narrow_one() {
    let kept = letters(&mut SplitMix64::new(9), 30_000, 26);
    for backend in Backend::available() {
        let of_window = |window_len| {
            let scheme = Scheme::new(Stream::Words, 32, window_len).unwrap();
            positions(backend, &scheme, &kept)
        };
        for window_len in [1, 16, 32, 64] {
            let (narrow, wide) = (of_window(window_len), of_window(2 * window_len));
            assert!(!wide.is_empty() && wide.len() < narrow.len());
            assert!(wide.iter().all(|offset| narrow.binary_search(offset).is_ok()));
        }
    }
}

#[test]
fn fingerprints_of_every_length_are_the_hashes_of_the_kgrams() {
    let kept = letters(&mut SplitMix64::new(10), 300, 26);
    for kgram_len in [17, 31, 32, 33, 48, 64, 200] {
        let scheme = Scheme::new(Stream::Skeleton, kgram_len, 32).unwrap();
        let last = 300 - kgram_len;
        // A few of them are no vector of them, and many are some vectors and a rest.
        for count in [0, 1, 7, 8, 9, 29] {
            let numbers = (0..count).map(|number| number * 37 % last);
            let positions: Vec<u32> = numbers.chain([7, 7, last]).collect();
            let expected: Vec<Fingerprint> = positions
                .iter()
                .map(|&offset| {
                    let kgram = &kept[offset as usize..][..kgram_len as usize];
                    let seed = Stream::Skeleton.seed();
                    Fingerprint(xxhash_rust::xxh3::xxh3_64_with_seed(kgram, seed))
                })
                .collect();
            for backend in Backend::available() {
                let mut actual = vec![Fingerprint(0)];
                fingerprints(backend, &scheme, &kept, &positions, &mut actual);
                assert_eq!(Fingerprint(0), actual[0]);
                assert_eq!(expected, actual[1..], "{backend:?} {kgram_len} {count}");
            }
        }
    }
}
