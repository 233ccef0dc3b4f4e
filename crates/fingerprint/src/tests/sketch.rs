//! Sketches against exact resemblance.

use std::collections::HashSet;

use crate::{BINS, Sketch};

fn exact(a: &[u64], b: &[u64]) -> f32 {
    let (a, b): (HashSet<_>, HashSet<_>) = (a.iter().collect(), b.iter().collect());
    a.intersection(&b).count() as f32 / a.union(&b).count() as f32
}

/// Two sets of `len` elements of which `shared` are the same; another `seed`, other elements.
fn sets(seed: u64, len: u64, shared: u64) -> (Vec<u64>, Vec<u64>) {
    let from = seed << 32;
    ((from..from + len).collect(), (from + len - shared..from + 2 * len - shared).collect())
}

/// The error's root mean square over many pairs stays within 1.25 times the theory's, and its mean near zero.
#[track_caller]
fn check(len: u64, shared: u64) {
    const PAIRS: u64 = 400;
    let (mut squares, mut sum, mut truth) = (0.0, 0.0, 0.0);
    for seed in 0..PAIRS {
        let (a, b) = sets(seed, len, shared);
        truth = exact(&a, &b);
        let error = by_bins(&a, &b) - truth;
        squares += error * error;
        sum += error;
    }
    let rms = (squares / PAIRS as f32).sqrt();
    let theory = (truth * (1.0 - truth) / BINS as f32).sqrt();
    assert!(rms <= 1.25 * theory + 1e-6, "J={truth}: rms {rms}, theory {theory}");
    assert!(
        (sum / PAIRS as f32).abs() <= theory / 4.0 + 1e-6,
        "J={truth}: bias {}",
        sum / PAIRS as f32
    );
}

fn by_bins(a: &[u64], b: &[u64]) -> f32 {
    Sketch::of(a.iter().copied()).unwrap().resemblance(&Sketch::of(b.iter().copied()).unwrap())
}

#[test]
fn bins_estimate_within_the_theoretical_error() {
    for shared in [200, 1000, 1500, 1900] {
        check(2000, shared);
    }
}

#[test]
fn a_set_resembles_itself_fully_and_a_strange_one_hardly() {
    for len in [1, 5, 50, 5000] {
        let (same, other) = sets(1, len, 0);
        assert_eq!(1.0, by_bins(&same, &same));
        assert!(by_bins(&same, &other) < 0.1, "{len}");
    }
}

#[test]
fn the_empty_set_resembles_nothing() {
    assert_eq!(None, Sketch::of([]));
}

#[test]
fn near_duplicates_share_a_band() {
    let missed = (0..200).filter(|&seed| {
        let (a, b) = sets(seed, 1000, 850);
        assert!(exact(&a, &b) > 0.7);
        let bands: HashSet<u64> = Sketch::of(a).unwrap().bands().collect();
        !Sketch::of(b).unwrap().bands().any(|band| bands.contains(&band))
    });
    assert!(missed.count() <= 1);
}

#[test]
fn a_sketch_comes_back_from_its_bytes_and_what_is_none_does_not() {
    for count in [1, 20, 5000] {
        let sketch = Sketch::of(0..count).unwrap();
        assert_eq!(Some(&sketch), Sketch::from_bytes(&sketch.to_bytes()).as_ref());
    }
    assert_eq!(None, Sketch::from_bytes(&[0xff; crate::SKETCH_LEN]));
}
