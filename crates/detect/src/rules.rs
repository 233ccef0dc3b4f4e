//! The thresholds of a detector, and which tier they give.
//!
//! Two long texts share more by chance than two short ones, in step with the logarithm of their lengths (Karlin,
//! Altschul, PNAS 1990). So an excerpt of a long passage has to show more of it than one of a short passage.

use std::borrow::Cow;

use crate::finding::Tier;

/// What it takes to nominate a passage and to flag a record. Overlap are of *different* k-grams of one passage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Anchors of the words that nominate a passage.
    pub word_anchors_min: u32,
    /// The longest passage, in authored bytes, for which one of them is enough: among other text it may give no second, and
    /// nearly all of it has to be there.
    pub single_anchor_len: u32,
    /// Anchors of the skeleton that nominate a passage.
    pub skeleton_anchors_min: u32,
    /// Two anchors of the skeleton with fewer different bytes count as one: many files have lists of fields and cases.
    pub skeleton_variety_min: u8,
    /// A passage of twice as many authored bytes needs two anchors; one of four times as many needs three,
    pub anchors_len: u32,
    /// and so on up to this number.
    pub anchors_max: u32,
    /// Bytes that the judge reads on each side of an anchor.
    pub window_len: u32,
    /// `exact`: shared word 8-grams in a row, gaps of two words allowed.
    pub exact_run_min: u32,
    /// `near`: in a row.
    pub near_run_min: u32,
    /// `near`: in a row of a passage that is not long; one more for each doubling, up to `near_run_min`.
    pub near_run_short_min: u32,
    /// `near`: in all.
    pub near_grams_min: u32,
    /// `near`, for an excerpt of some ten lines: different anchors (human text that shares a phrase shares one or
    /// two), and
    pub excerpt_anchors_min: u32,
    /// shared word 8-grams (tables of numbers share anchors and none of these), and
    pub excerpt_grams_min: u32,
    /// both together, an anchor counting twice: repetitive code has anchors and few rare 8-grams.
    pub excerpt_sum_min: u32,
    /// How much that sum grows with each doubling of a long passage.
    pub excerpt_sum_growth: f32,
    /// `blind`: shared identifier-blind 25-grams.
    pub blind_grams_min: u32,
    /// How much that number grows with each doubling of a long passage.
    pub blind_grams_growth: f32,
    /// A passage with more different grams, of words or blind, is long.
    pub long_grams: u32,
    /// `brief`: shared word 8-grams in all, and
    pub brief_grams_min: u32,
    /// the share of the passage's own that they are.
    pub brief_share_min: f32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            word_anchors_min: 2,
            single_anchor_len: 160,
            skeleton_anchors_min: 1,
            skeleton_variety_min: 8,
            anchors_len: 1024,
            anchors_max: 4,
            window_len: 2048,
            exact_run_min: 24,
            near_run_min: 14,
            near_run_short_min: 11,
            near_grams_min: 24,
            excerpt_anchors_min: 2,
            excerpt_grams_min: 2,
            excerpt_sum_min: 14,
            excerpt_sum_growth: 4.0,
            blind_grams_min: 14,
            blind_grams_growth: 8.0,
            long_grams: 512,
            brief_grams_min: 6,
            brief_share_min: 0.9,
        }
    }
}

/// What the judge counted for one passage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Overlap {
    /// Different shared word 8-grams.
    pub(crate) words: u32,
    /// Different word 8-grams of the passage.
    pub(crate) words_own: u32,
    /// The longest run of shared word 8-grams in the record.
    pub(crate) run: u32,
    /// Different shared identifier-blind 25-grams.
    pub(crate) blind: u32,
    /// Different identifier-blind 25-grams of the passage.
    pub(crate) blind_own: u32,
    /// Different shared anchors, of both streams.
    pub(crate) anchors: u32,
}

impl Overlap {
    /// Containment of the passage in the record, by word 8-grams.
    pub(crate) fn containment(&self) -> f32 {
        if self.words_own == 0 { 0.0 } else { self.words as f32 / self.words_own as f32 }
    }
}

impl Rules {
    /// How often a passage of `own` grams doubles the length from which on it is long.
    fn doublings(&self, own: u32) -> f32 {
        (own as f32 / self.long_grams as f32).log2().max(0.0)
    }

    /// The tier of a judged passage, and the rule that gave it.
    pub(crate) fn tier(&self, counts: &Overlap) -> (Tier, Cow<'static, str>) {
        let Overlap { words, words_own, run, blind, blind_own, anchors } = *counts;
        let doublings = self.doublings(words_own);
        let near_run_min = (self.near_run_short_min + doublings as u32).min(self.near_run_min);
        let excerpt_sum_min = self.excerpt_sum_min + (self.excerpt_sum_growth * doublings) as u32;
        let blind_doublings = self.doublings(blind_own.max(words_own));
        let blind_grams_min =
            self.blind_grams_min + (self.blind_grams_growth * blind_doublings) as u32;
        let is_excerpt = anchors >= self.excerpt_anchors_min && words >= self.excerpt_grams_min;
        let in_row = |at_least| format!("{run} word 8-grams in a row (at least {at_least})");
        let (tier, rule) = if run >= self.exact_run_min {
            (Tier::Exact, in_row(self.exact_run_min))
        } else if run >= near_run_min {
            (Tier::Near, in_row(near_run_min))
        } else if words >= self.near_grams_min {
            let at_least = self.near_grams_min;
            let rule = format!("{words} word 8-grams of one passage (at least {at_least})");
            (Tier::Near, rule)
        } else if is_excerpt && words + 2 * anchors >= excerpt_sum_min {
            let rule = format!(
                "{words} word 8-grams and {anchors} anchors of one passage (an anchor counts twice, at least {excerpt_sum_min})"
            );
            (Tier::Near, rule)
        } else if blind >= blind_grams_min {
            let rule = format!("{blind} identifier-blind 25-grams (at least {blind_grams_min})");
            (Tier::Blind, rule)
        } else if words >= self.brief_grams_min && counts.containment() >= self.brief_share_min {
            let rule = format!("{words} of the {words_own} word 8-grams of a short passage");
            (Tier::Brief, rule)
        } else {
            let rule = format!("{words} word 8-grams, {blind} identifier-blind 25-grams: too few");
            (Tier::Weak, rule)
        };
        (tier, rule.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A passage of `words_own` word 8-grams and of no blind ones.
    fn counts(words_own: u32) -> Overlap {
        Overlap { words_own, ..Overlap::default() }
    }

    #[track_caller]
    fn check(counts: &Overlap, expected: Tier) {
        assert_eq!(Rules::default().tier(counts).0, expected, "{counts:?}");
    }

    #[test]
    fn an_excerpt_of_a_long_passage_has_to_show_more() {
        for (words_own, words, anchors, expected) in [
            (100, 6, 4, Tier::Near),
            (100, 5, 4, Tier::Weak),
            (1023, 11, 3, Tier::Near),
            (1024, 9, 4, Tier::Weak),
            (1024, 10, 4, Tier::Near),
            (4096, 15, 5, Tier::Weak),
            (4096, 16, 5, Tier::Near),
        ] {
            let counts = Overlap { words, anchors, ..counts(words_own) };
            check(&counts, expected);
        }
    }

    #[test]
    fn a_run_of_a_long_passage_has_to_be_longer_but_never_longer_than_fourteen() {
        for (words_own, run_min) in [(50, 11), (512, 11), (1024, 12), (4096, 14), (1 << 20, 14)] {
            for run in [run_min - 1, run_min] {
                let counts = Overlap { run, ..counts(words_own) };
                let expected = [Tier::Weak, Tier::Near][usize::from(run == run_min)];
                check(&counts, expected);
            }
        }
    }

    #[test]
    fn renamed_code_of_a_long_passage_has_to_show_more() {
        for (blind_own, blind_min) in [(30, 14), (512, 14), (1024, 22), (2048, 30)] {
            for blind in [blind_min - 1, blind_min] {
                let counts = Overlap { blind, blind_own, ..counts(0) };
                let expected = [Tier::Weak, Tier::Blind][usize::from(blind == blind_min)];
                check(&counts, expected);
            }
        }
    }

    #[test]
    fn anchors_without_a_shared_word_gram_are_a_table_of_numbers() {
        let counts = Overlap { anchors: 40, words: 1, ..counts(100) };
        check(&counts, Tier::Weak);
    }
}
