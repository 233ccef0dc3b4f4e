//! Windows of a grid: every backend against the definition, and what makes a scan with them find an index's anchors.

use std::ops::Range;

use seepage_testkit::SplitMix64;

use crate::kgrams::{MAP, VOID};
use crate::{Backend, Grid, Scheme, SelectScratch, Stream, select_on_grid, select_positions};

fn select(backend: Backend, grid: &Grid, kept: &[u8], is_end: bool) -> (usize, Vec<u32>) {
    let (mut scratch, mut positions) = (SelectScratch::default(), vec![7]);
    let next = select_on_grid(backend, grid, kept, is_end, &mut scratch, &mut positions);
    assert_eq!(7, positions.remove(0));
    (next, positions)
}

/// The selection hash of each k-gram, by its definition.
fn hashes(kgram_len: usize, kept: &[u8]) -> Vec<u8> {
    let own = |offset: usize| {
        let mut level = kept[offset..offset + 16].to_vec();
        for step in [1, 2, 4, 8] {
            level = (0..level.len() - step)
                .map(|at| MAP[level[at] as usize].wrapping_add(level[at + step]))
                .collect();
        }
        level[0]
    };
    let kgrams = (kept.len() + 1).saturating_sub(kgram_len);
    let with_next = (0..kgrams).map(|offset| (own(offset), own(offset + 1)));
    let hash = |(own, next)| if own == next { VOID } else { own };
    with_next.map(hash).collect()
}

/// Window by window, those up to `next` and, at the end of a text, those that hang over it.
fn naive(grid: &Grid, step: usize, kept: &[u8], next: usize) -> Vec<u32> {
    let hashes = hashes(grid.scheme().kgram_len() as usize, kept);
    let window = |start: usize| {
        let end = hashes.len().min(start + grid.scheme().window_len() as usize);
        let smallest = hashes[start..end].iter().min()?;
        let first = (start..end).find(|&at| hashes[at] == *smallest)?;
        (*smallest != VOID).then_some(first as u32)
    };
    let mut positions: Vec<u32> =
        (0..next.min(hashes.len())).step_by(step).filter_map(window).collect();
    positions.dedup();
    positions
}

#[track_caller]
fn check(grid: &Grid, step: usize, kept: &[u8]) {
    for is_end in [false, true] {
        let (next, expected) = select(Backend::SCALAR, grid, kept, is_end);
        assert!(next == kept.len() || next % step == 0 && !is_end);
        assert!(kept.len() - next < 600 + grid.guarantee_len() as usize);
        assert_eq!(naive(grid, step, kept, next), expected, "{grid:?} len={} {is_end}", kept.len());
        for backend in Backend::available() {
            let actual = select(backend, grid, kept, is_end);
            assert!(
                (next, &expected) == (actual.0, &actual.1),
                "{backend:?} {grid:?} len={} {is_end}",
                kept.len()
            );
        }
    }
}

fn letters(random: &mut SplitMix64, len: usize, alphabet: usize) -> Vec<u8> {
    (0..len).map(|_| b'a' + random.below(alphabet) as u8).collect()
}

#[test]
fn every_backend_gives_the_smallest_of_each_window_at_every_length() {
    let mut random = SplitMix64::new(11);
    for (kgram_len, window_len, step) in [
        (17, 16, 16),
        (32, 32, 16),
        (32, 32, 32),
        (48, 64, 16),
        (32, 64, 64),
        (700, 256, 64),
        (32, 4096, 512),
    ] {
        let scheme = Scheme::new(Stream::Words, kgram_len, window_len).unwrap();
        let grid = Grid::new(&scheme, step);
        let step = step as usize;
        for len in (0..=200).chain([575, 576, 640, 707, 708, 1000, 1023, 1024, 1300, 9000]) {
            check(&grid, step, &letters(&mut random, len, 26));
        }
        check(&grid, step, &letters(&mut random, 10_000, 2));
        check(&grid, step, &[b'-'; 10_000]);
        check(&grid, step, &b"ab".repeat(5_000));
        let with_runs = [vec![b'x'; 700], letters(&mut random, 300, 26)].concat();
        check(&grid, step, &with_runs.repeat(5));
    }
}

#[test]
fn a_text_of_many_slabs_is_looked_through_as_one() {
    let kept = letters(&mut SplitMix64::new(12), (2 << 20) + 12_345, 26);
    let grid = Grid::new(&Scheme::WORDS, 16);
    let (next, expected) = select(Backend::SCALAR, &grid, &kept, true);
    assert_eq!(naive(&grid, 16, &kept, next), expected);
    for backend in Backend::available() {
        assert!((next, &expected) == (kept.len(), &select(backend, &grid, &kept, true).1));
    }
}

#[test]
fn lengths_that_no_grid_can_have_are_the_nearest_that_one_can() {
    let scheme = Scheme::new(Stream::Words, 32, 4).unwrap();
    let grid = Grid::new(&scheme, 1);
    assert_eq!((16, 32 + 16 + 16 - 2), (grid.scheme().window_len(), grid.guarantee_len()));
    assert_eq!(94, Grid::new(&Scheme::WORDS, 64).guarantee_len());
}

#[test]
fn what_a_grid_gives_are_anchors_of_narrower_windows() {
    let kept = letters(&mut SplitMix64::new(13), 30_000, 26);
    let mut anchors = vec![];
    let mut scratch = SelectScratch::default();
    select_positions(Backend::SCALAR, &Scheme::WORDS, &kept, &mut scratch, &mut anchors);
    for (times, step) in [(1, 16), (1, 32), (2, 16), (2, 64), (4, 32)] {
        let grid = Grid::new(&Scheme::WORDS.widened(times), step);
        let (_, found) = select(Backend::best(), &grid, &kept, true);
        assert!(found.len() > kept.len() / 130);
        assert!(found.iter().all(|at| anchors.binary_search(at).is_ok()));
    }
}

/// A run in two texts, of which one is indexed and the other scanned: does it share an anchor?
fn is_seen(grid: &Grid, run: &[u8], before: [&[u8]; 2], behind: &[u8]) -> bool {
    let [indexed, scanned] = before.map(|before| [before, run, behind].concat());
    let inside = |before: usize| -> Range<usize> {
        before..before + run.len() + 1 - grid.scheme().kgram_len() as usize
    };
    let mut anchors = vec![];
    let mut scratch = SelectScratch::default();
    select_positions(Backend::best(), &Scheme::WORDS, &indexed, &mut scratch, &mut anchors);
    let (own, other) = (inside(before[0].len()), inside(before[1].len()));
    let (_, found) = select(Backend::best(), grid, &scanned, true);
    found.iter().map(|&at| at as usize).any(|at| {
        other.contains(&at)
            && anchors.binary_search(&((at - other.start + own.start) as u32)).is_ok()
    })
}

#[test]
fn a_run_as_long_as_the_guarantee_is_seen_wherever_it_stands() {
    let mut random = SplitMix64::new(14);
    for (times, step) in [(1, 16), (1, 32), (2, 16), (2, 64)] {
        let grid = Grid::new(&Scheme::WORDS.widened(times), step);
        for (round, alphabet) in (0..300).zip([3, 26].into_iter().cycle()) {
            let run = letters(&mut random, grid.guarantee_len() as usize, alphabet);
            let before = [round % 97, round].map(|len| letters(&mut random, len, alphabet));
            let behind = letters(&mut random, 100, alphabet);
            let before = before.each_ref().map(Vec::as_slice);
            assert!(is_seen(&grid, &run, before, &behind), "{grid:?} {round}");
        }
    }
}

#[test]
fn pieces_give_what_the_whole_gives() {
    let mut random = SplitMix64::new(15);
    for (window_times, step) in [(1, 16), (1, 32), (2, 64)] {
        let grid = Grid::new(&Scheme::SKELETON.widened(window_times), step);
        let kept = letters(&mut random, 20_000, 5);
        let (_, expected) = select(Backend::SCALAR, &grid, &kept, true);
        for backend in Backend::available() {
            for piece_len in [700, 1000, 4096, 9000] {
                let (mut together, mut from) = (vec![], 0);
                while from < kept.len() {
                    let until = kept.len().min(from + piece_len);
                    let is_end = until == kept.len();
                    let (next, own) = select(backend, &grid, &kept[from..until], is_end);
                    together.extend(own.iter().map(|own| own + from as u32));
                    from += next;
                }
                // Windows on both sides of a border may share their smallest.
                together.dedup();
                assert_eq!(expected, together, "{backend:?} {grid:?} {piece_len}");
            }
        }
    }
}
