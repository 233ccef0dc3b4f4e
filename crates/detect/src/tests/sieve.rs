//! A sieve points to every anchor that an analysis and a probe would find, and to little else.

use std::ops::Range;

use seepage_fingerprint::{
    Analyzer, Backend, Pace, SelectScratch, Streams, fingerprints, normalise, select_on_grid,
};
use seepage_index::{Index, PassageId};
use tempfile::TempDir;

use super::invented::small_index;
use crate::sieve::Sieve;

fn opened() -> (TempDir, Index) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.seepage");
    small_index(&path);
    let index = Index::open(&path).unwrap();
    (directory, index)
}

/// Source bytes of the anchors of `text` that the index holds and that this pace looks at: the oracle.
fn held(index: &Index, pace: Pace, text: &[u8]) -> Vec<Range<u64>> {
    let mut streams = Streams::default();
    normalise(text, &mut streams);
    let (mut held, mut scratch) = (vec![], SelectScratch::default());
    let kept = [&streams.words, &streams.skeleton];
    for (grid, kept) in index.analyzer().scan_grids(pace).iter().zip(kept) {
        let (mut positions, mut found) = (vec![], vec![]);
        let scalar = Backend::SCALAR;
        select_on_grid(scalar, grid, &kept.bytes, true, &mut scratch, &mut positions);
        fingerprints(scalar, grid.scheme(), &kept.bytes, &positions, &mut found);
        for (&position, &fingerprint) in positions.iter().zip(&found) {
            let mut passages = vec![];
            index.probe(fingerprint, &|_| true, &mut passages);
            if !passages.is_empty() {
                let last = position + grid.scheme().kgram_len() - 1;
                let source = |at: u32| u64::from(kept.sources[at as usize]);
                held.push(source(position)..source(last) + 1);
            }
        }
    }
    held
}

fn suspects(index: &Index, sieve: &mut Sieve, texts: &[&[u8]]) -> Vec<Range<u64>> {
    for text in texts {
        sieve.feed(index, text);
    }
    sieve.end(index, &|_| false);
    sieve.suspects.clone()
}

/// Feeds one text; everything held must lie in what is suspect, and what is suspect must hold something near.
#[track_caller]
fn check(index: &Index, pace: Pace, sieve: &mut Sieve, text: &[u8]) {
    /// Two marks' distance: how exact a sieve is.
    const NEAR: u64 = 8 << 10;
    let held = held(index, pace, text);
    let found = suspects(index, sieve, &[text]);
    for place in &held {
        let is_in = |range: &Range<u64>| range.start <= place.start && place.end <= range.end;
        assert!(found.iter().any(is_in), "{place:?} is not in {found:?}");
    }
    for range in &found {
        let is_near = |place: &Range<u64>| range.start <= place.start && place.start < range.end;
        assert!(held.iter().any(is_near), "{range:?} holds nothing");
        assert!(range.end <= text.len() as u64, "{range:?} of {}", text.len());
    }
    let is_far = |range: &Range<u64>| {
        let nearest = held.iter().map(|place| place.start.abs_diff(range.end)).min();
        nearest.is_none_or(|distance| distance > NEAR)
    };
    assert!(!found.iter().any(is_far), "{found:?} for {held:?}");
}

/// So many bytes of words and punctuation that no index of the tests holds.
fn innocent(len: usize) -> Vec<u8> {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz   \n.(){}=+*/:-";
    let mut random = seepage_testkit::SplitMix64::new(len as u64);
    (0..len).map(|_| *random.pick(LETTERS)).collect()
}

#[test]
fn what_an_analysis_finds_is_suspect_wherever_it_stands() {
    let (_directory, index) = opened();
    let passage = index.text(PassageId(1)).text.to_vec();
    for pace in [Pace::Thorough, Pace::Fast] {
        let mut sieve = Sieve::new(index.analyzer(), pace);
        check(&index, pace, &mut sieve, b"");
        check(&index, pace, &mut sieve, &passage);
        for before in [0, 1, 63, 4000, 4095, 4097, 8100, 13_000, 20_000, 70_001] {
            for after in [0, 1, 5000, 40_000] {
                let text = [innocent(before), passage.clone(), innocent(after)].concat();
                check(&index, pace, &mut sieve, &text);
            }
        }
    }
}

#[test]
fn innocent_text_is_not_suspect() {
    let (_directory, index) = opened();
    let mut sieve = Sieve::new(index.analyzer(), Pace::Thorough);
    assert!(suspects(&index, &mut sieve, &[&innocent(300_000)]).is_empty());
}

#[test]
fn a_text_among_many_is_found_by_its_place() {
    let (_directory, index) = opened();
    let passage = index.text(PassageId(0)).text.to_vec();
    let mut sieve = Sieve::new(index.analyzer(), Pace::Thorough);
    for count in [0, 1, 3, 40] {
        let texts: Vec<Vec<u8>> = (0..count).map(|number| innocent(100 + 700 * number)).collect();
        let start: u64 = texts.iter().map(|text| text.len() as u64).sum();
        let mut all: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
        all.push(&passage);
        let behind = innocent(30_000);
        all.push(&behind);
        let found = suspects(&index, &mut sieve, &all);
        let own = start..start + passage.len() as u64;
        let is_own = |range: &Range<u64>| range.start < own.end && own.start < range.end;
        assert!(!found.is_empty() && found.iter().all(is_own), "{found:?} for {own:?}");
    }
}

#[test]
fn what_is_common_is_not_suspect() {
    let (_directory, index) = opened();
    let passage = index.text(PassageId(0)).text.to_vec();
    let mut sieve = Sieve::new(index.analyzer(), Pace::Thorough);
    sieve.feed(&index, &passage);
    sieve.end(&index, &|_| true);
    assert!(sieve.is_empty());
}

#[test]
fn a_stretch_is_suspect_if_it_shares_a_byte_with_a_place() {
    let places = [3..5, 9..10, 12..30];
    for from in 0..32 {
        let mut sieve = Sieve::new(&Analyzer::default(), Pace::Thorough);
        sieve.suspects = places.to_vec();
        let mut at = from;
        for len in [1, 2, 3, 5, 8] {
            let holds = |byte| places.iter().any(|place| place.contains(&byte));
            let expected = (at..at + len).any(holds);
            assert_eq!(sieve.is_suspect(&(at..at + len)), expected, "{at} {len}");
            at += len;
        }
    }
}
