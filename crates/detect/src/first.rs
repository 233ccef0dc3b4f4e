//! Stage 0: where in a long stretch of bytes a closer look is worth it.

use std::ops::Range;
use std::sync::Arc;

use seepage_fingerprint::Pace;
use seepage_index::{Background, Index, Sieve};

/// A sieve of an index, and what it found last.
#[derive(Debug)]
pub struct FirstLook {
    sieve: Sieve,
    /// Ascending and disjoint.
    suspects: Vec<Range<u64>>,
    /// Of `suspects`: those before lie behind what was asked about last.
    next: usize,
}

impl FirstLook {
    pub(crate) fn new(index: &Index, pace: Pace) -> Self {
        Self { sieve: Sieve::new(index.analyzer(), pace), suspects: vec![], next: 0 }
    }

    pub(crate) fn feed(&mut self, index: &Index, text: &[u8]) {
        self.sieve.feed(index, text);
    }

    /// What is common in human text is no reason to look.
    pub(crate) fn end(&mut self, index: &Index, backgrounds: &[Arc<Background>]) {
        self.suspects.clear();
        self.next = 0;
        let common = |fingerprint| {
            let is_common = |background: &Arc<Background>| background.is_common(fingerprint);
            backgrounds.iter().any(is_common)
        };
        self.sieve.end(index, &common, &mut self.suspects);
    }

    /// Whether there is anything to look at.
    pub fn is_empty(&self) -> bool {
        self.suspects.is_empty()
    }

    /// Whether there is something to look at in `stretch` of what was ended last, in bytes from its start. Stretches
    /// must ascend.
    pub fn is_suspect(&mut self, stretch: &Range<u64>) -> bool {
        while self.suspects.get(self.next).is_some_and(|suspect| suspect.end <= stretch.start) {
            self.next += 1;
        }
        let next = self.suspects.get(self.next);
        next.is_some_and(|suspect| suspect.start < stretch.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_suspect_if_it_shares_a_byte_with_a_place() {
        let places = [3..5, 9..10, 12..30];
        for from in 0..32 {
            let mut look = FirstLook {
                sieve: Sieve::new(&seepage_fingerprint::Analyzer::default(), Pace::Thorough),
                suspects: places.to_vec(),
                next: 0,
            };
            let mut at = from;
            for len in [1, 2, 3, 5, 8] {
                let holds = |byte| places.iter().any(|place| place.contains(&byte));
                let expected = (at..at + len).any(holds);
                assert_eq!(look.is_suspect(&(at..at + len)), expected, "{at} {len}");
                at += len;
            }
        }
    }
}
