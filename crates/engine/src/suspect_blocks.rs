//! The suspect blocks of a unit: those in which something was looked at closely.
//!
//! They are few in most corpora. When a unit is scanned again with more segments of the same index, these are scanned with
//! all of them, and all others with the new ones only.

use serde::{Deserialize, Serialize};

/// Numbers of blocks, as ranges `[start, end)` that ascend and do not touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SuspectBlocks(Vec<[u64; 2]>);

impl SuspectBlocks {
    /// Adds a block behind all others.
    pub(crate) fn push(&mut self, block: u64) {
        match self.0.last_mut() {
            Some(last) if last[1] == block => last[1] += 1,
            _ => self.0.push([block, block + 1]),
        }
    }

    pub(crate) fn contains(&self, block: u64) -> bool {
        let behind = self.0.partition_point(|range| range[0] <= block);
        behind > 0 && block < self.0[behind - 1][1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pushed_is_contained_and_nothing_else() {
        let pushed = [0, 1, 2, 7, 9, 10];
        let mut blocks = SuspectBlocks::default();
        for block in pushed {
            blocks.push(block);
        }
        assert_eq!(blocks.0, [[0, 3], [7, 8], [9, 11]]);
        for block in 0..20 {
            assert_eq!(blocks.contains(block), pushed.contains(&block), "{block}");
        }
        assert!(!SuspectBlocks::default().contains(0));
    }
}
