//! One of several parts of a scan, each of which is done by itself.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;

/// A part, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition {
    // Invariant: 1 <= number <= count.
    number: u32,
    count: u32,
}

impl Partition {
    /// Part `number` of `count`, from 1; `None` if there is no such part.
    pub fn new(number: u32, count: u32) -> Option<Self> {
        (1..=count).contains(&number).then_some(Self { number, count })
    }

    /// From 1.
    pub fn number(self) -> u32 {
        self.number
    }

    /// How many parts there are.
    pub fn count(self) -> u32 {
        self.count
    }
}

/// `3/10`
impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

/// Deals what is `lens` bytes long to `count` parts, evenly by bytes: the largest first, each to the part that has the
/// least. Gives the part of each, from 1. The same lengths give the same deal on every machine.
pub(crate) fn deal(lens: &[u64], count: u32) -> Vec<u32> {
    let mut order: Vec<usize> = (0..lens.len()).collect();
    order.sort_by_key(|&at| (Reverse(lens[at]), at));
    let mut loads: BinaryHeap<Reverse<(u64, u32)>> =
        (1..=count).map(|part| Reverse((0, part))).collect();
    let mut parts = vec![0; lens.len()];
    for at in order {
        let Some(Reverse((load, part))) = loads.pop() else {
            break;
        };
        parts[at] = part;
        // What is empty costs something, too.
        loads.push(Reverse((load + lens[at].max(1), part)));
    }
    parts
}

#[cfg(test)]
mod tests {
    use seepage_testkit::SplitMix64;

    use super::*;

    /// The bytes of the parts.
    fn loads(lens: &[u64], count: u32) -> Vec<u64> {
        let parts = deal(lens, count);
        assert_eq!(parts, deal(lens, count));
        let load = |part| {
            let of_part = lens.iter().zip(&parts).filter(|&(_, of)| *of == part);
            of_part.map(|(len, _)| len).sum()
        };
        let loads: Vec<u64> = (1..=count).map(load).collect();
        assert_eq!(loads.iter().sum::<u64>(), lens.iter().sum::<u64>());
        loads
    }

    #[test]
    fn uneven_shards_are_dealt_within_five_percent() {
        for seed in 0..20 {
            let mut random = SplitMix64::new(seed);
            // From a few bytes to 256 MiB, most of them small.
            let lens: Vec<u64> = (0..2_000)
                .map(|_| {
                    let top = 1 << random.below(29);
                    random.below(top) as u64
                })
                .collect();
            for count in [1, 2, 3, 10, 64] {
                let loads = loads(&lens, count);
                let (least, most) = (loads.iter().min().unwrap(), loads.iter().max().unwrap());
                assert!(most * 100 <= least * 105, "seed {seed}, {count}: {loads:?}");
            }
        }
    }

    #[test]
    fn empty_shards_are_dealt_too_and_more_parts_than_shards_are_left_empty() {
        assert_eq!(deal(&[0, 0, 0, 0], 2), [1, 2, 1, 2]);
        assert_eq!(deal(&[5], 3), [1]);
        assert_eq!(deal(&[], 3), [0; 0]);
        assert_eq!(deal(&[1, 9, 4, 4], 2), [2, 1, 2, 2]);
    }

    #[test]
    fn a_partition_is_one_of_its_count() {
        assert_eq!(Partition::new(3, 10).unwrap().to_string(), "3/10");
        for (number, count) in [(0, 1), (2, 1), (1, 0), (0, 0)] {
            assert_eq!(Partition::new(number, count), None);
        }
    }
}
