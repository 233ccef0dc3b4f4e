//! Stage 2: reads the nominated windows and counts what they share with one passage.
//!
//! Counts are per passage and never summed over passages: many small overlaps with many passages are what all code has
//! with all code.

use std::borrow::Cow;

use seepage_text::Gram;

use crate::evidence::passages::ReadPassage;
use crate::evidence::tokenized::TokenizedText;
use crate::rules::Overlap;

/// Words that may be missing between two shared grams of one run.
const RUN_GAP_MAX: u32 = 2;

/// The different hashes of several sorted lists, sorted.
fn union<'h>(lists: impl ExactSizeIterator<Item = &'h [u64]>) -> Cow<'h, [u64]> {
    if lists.len() == 1 {
        return lists.last().unwrap_or_default().into();
    }
    let mut all: Vec<u64> = lists.flatten().copied().collect();
    all.sort_unstable();
    all.dedup();
    all.into()
}

/// What `records` share with the `passages` of one source, which share this number of different `anchors`. The counts are
/// those of all records and passages together.
pub(crate) fn judge(
    records: &[&TokenizedText],
    passages: &[&ReadPassage],
    anchors: u32,
) -> Overlap {
    let own = union(passages.iter().map(|passage| passage.words.as_slice()));
    let blind_own = union(passages.iter().map(|passage| passage.blind.as_slice()));
    let (mut words, mut blind, mut run) = (vec![], vec![], 0);
    for record in records {
        let found = shared(&record.words, &own).collect::<Vec<_>>();
        run = run.max(longest_run(&found));
        words.extend(found.iter().map(|gram| gram.hash));
        blind.extend(shared(&record.blind, &blind_own).map(|gram| gram.hash));
    }
    let different = |hashes: &mut Vec<u64>| {
        hashes.sort_unstable();
        hashes.dedup();
        hashes.len() as u32
    };
    Overlap {
        words: different(&mut words),
        words_own: own.len() as u32,
        run,
        blind: different(&mut blind),
        blind_own: blind_own.len() as u32,
        anchors,
    }
}

/// The grams whose hashes are in `own`, which is sorted.
fn shared<'g>(grams: &'g [Gram], own: &'g [u64]) -> impl Iterator<Item = &'g Gram> {
    grams.iter().filter(|gram| own.binary_search(&gram.hash).is_ok())
}

fn longest_run(shared: &[&Gram]) -> u32 {
    shared.chunk_by(|a, b| b.place - a.place <= 1 + RUN_GAP_MAX).map(<[_]>::len).max().unwrap_or(0)
        as u32
}
