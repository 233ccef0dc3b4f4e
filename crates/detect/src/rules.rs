//! The thresholds of a detector, and which tier they give.

use std::borrow::Cow;

use crate::Tier;

/// What it takes to nominate a passage and to flag a record. Counts are of *different* k-grams of one passage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Anchors of the words that nominate a passage.
    pub word_anchors_min: u32,
    /// Anchors of the skeleton that nominate a passage.
    pub skeleton_anchors_min: u32,
    /// A passage with fewer authored bytes is short: one anchor of its words nominates it.
    pub short_len: u32,
    /// Bytes that the judge reads on each side of an anchor.
    pub window_len: u32,
    /// `exact`: shared word 8-grams in a row, gaps of two words allowed.
    pub exact_run_min: u32,
    /// `near`: in a row.
    pub near_run_min: u32,
    /// `near`: in all.
    pub near_grams_min: u32,
    /// `near`, for an excerpt of some ten lines: different anchors (human text that shares a phrase shares one or
    /// two), and
    pub excerpt_anchors_min: u32,
    /// shared word 8-grams and twice the anchors together: repetitive code has anchors and few rare 8-grams.
    pub excerpt_sum_min: u32,
    /// `blind`: shared identifier-blind 25-grams.
    pub blind_grams_min: u32,
    /// `brief`: shared word 8-grams in all, and
    pub brief_grams_min: u32,
    /// the share of the passage's own that they are.
    pub brief_share_min: f32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            word_anchors_min: 2,
            skeleton_anchors_min: 1,
            short_len: 512,
            window_len: 2048,
            exact_run_min: 24,
            near_run_min: 14,
            near_grams_min: 24,
            excerpt_anchors_min: 2,
            excerpt_sum_min: 14,
            blind_grams_min: 20,
            brief_grams_min: 6,
            brief_share_min: 0.9,
        }
    }
}

/// What the judge counted for one passage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Different shared word 8-grams.
    pub(crate) words: u32,
    /// Different word 8-grams of the passage.
    pub(crate) words_own: u32,
    /// The longest run of shared word 8-grams in the record.
    pub(crate) run: u32,
    /// Different shared identifier-blind 25-grams.
    pub(crate) blind: u32,
    /// Different shared anchors, of both streams.
    pub(crate) anchors: u32,
}

impl Counts {
    /// Containment of the passage in the record, by word 8-grams.
    pub(crate) fn containment(&self) -> f32 {
        if self.words_own == 0 {
            0.0
        } else {
            self.words as f32 / self.words_own as f32
        }
    }
}

impl Rules {
    /// The tier of a judged passage, and the rule that gave it.
    pub(crate) fn tier(&self, counts: &Counts) -> (Tier, Cow<'static, str>) {
        let Counts {
            words,
            words_own,
            run,
            blind,
            anchors,
        } = *counts;
        let share = counts.containment();
        if run >= self.exact_run_min {
            (
                Tier::Exact,
                format!(
                    "{run} word 8-grams in a row (at least {})",
                    self.exact_run_min
                )
                .into(),
            )
        } else if run >= self.near_run_min {
            (
                Tier::Near,
                format!(
                    "{run} word 8-grams in a row (at least {})",
                    self.near_run_min
                )
                .into(),
            )
        } else if words >= self.near_grams_min {
            (
                Tier::Near,
                format!(
                    "{words} word 8-grams of one passage (at least {})",
                    self.near_grams_min
                )
                .into(),
            )
        } else if anchors >= self.excerpt_anchors_min && words + 2 * anchors >= self.excerpt_sum_min
        {
            let rule = format!(
                "{words} word 8-grams and {anchors} anchors of one passage (an anchor counts twice, at least {})",
                self.excerpt_sum_min
            );
            (Tier::Near, rule.into())
        } else if blind >= self.blind_grams_min {
            (
                Tier::Blind,
                format!(
                    "{blind} identifier-blind 25-grams (at least {})",
                    self.blind_grams_min
                )
                .into(),
            )
        } else if words >= self.brief_grams_min && share >= self.brief_share_min {
            (
                Tier::Brief,
                format!("{words} of the {words_own} word 8-grams of a short passage").into(),
            )
        } else {
            (
                Tier::Weak,
                format!("{words} word 8-grams, {blind} identifier-blind 25-grams: too few").into(),
            )
        }
    }
}
