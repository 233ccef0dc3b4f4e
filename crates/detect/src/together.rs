//! What is too weak by itself and enough together: the parts of one file, and two texts that stand side by side.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use seepage_index::PassageId;

use crate::detector::{Detector, Flagged};
use crate::evidence::judge::judge;
use crate::evidence::passages::ReadPassage;
use crate::evidence::tokenized::TokenizedText;
use crate::finding::Finding;
use crate::nominate::{Hit, authored_len, distinct_of, window};
use crate::ranges::merge;
use crate::scratch::Scratch;

/// Parts of one source that are read; a file of more edits shows itself by the first.
const PARTS_MAX: usize = 64;
/// Sources that two texts are judged for.
const SOURCES_MAX: usize = 16;

/// A text, and the anchors that it shares with passages that it was not flagged for.
#[derive(Clone, Debug)]
pub struct Leftover {
    text: Vec<u8>,
    hits: Vec<Hit>,
}

impl Leftover {
    /// The text.
    pub fn text(&self) -> &[u8] {
        &self.text
    }
}

impl Scratch {
    /// What the text that was detected last, which is `text`, is left with. `None`: nothing that it was not flagged for.
    pub fn take_leftover(&mut self, text: &[u8]) -> Option<Leftover> {
        let hits = std::mem::take(&mut self.leftover);
        (!hits.is_empty()).then(|| Leftover { text: text.to_vec(), hits })
    }
}

impl Detector<'_> {
    /// Judges what two texts that follow each other share with one source, as if they were one: the findings of the
    /// first and of the second, and the bytes that were read. Offsets are those of each text.
    pub fn detect_across(
        &self,
        texts: [&Leftover; 2],
        scratch: &mut Scratch,
    ) -> ([Vec<Finding>; 2], u64) {
        let (mut found, mut bytes_judged) = ([vec![], vec![]], 0);
        let sources_of =
            |text: &Leftover| text.hits.iter().map(|hit| hit.source).collect::<BTreeSet<_>>();
        let both = &sources_of(texts[0]) & &sources_of(texts[1]);
        for source in both.into_iter().take(SOURCES_MAX) {
            let hits = texts.map(|text| {
                let of_source = |hit: &&Hit| hit.source == source;
                text.hits.iter().filter(of_source).copied().collect::<Vec<_>>()
            });
            let mut all = hits.concat();
            all.sort_unstable();
            if !self.rules.nominates(&all, authored_len(self.index, &all)) {
                continue;
            }
            let mut sides = [TokenizedText::default(), TokenizedText::default()];
            for at in 0..2 {
                let text = &texts[at].text;
                let mut windows: Vec<Range<usize>> =
                    hits[at].iter().map(|hit| window(&self.rules, text.len(), hit)).collect();
                merge(&mut windows);
                bytes_judged += windows.iter().map(|part| part.len() as u64).sum::<u64>();
                sides[at].read(text, windows.into_iter(), &mut scratch.tokens);
            }
            let parts = self.read_parts(&all, scratch);
            let readings: Vec<&ReadPassage> = parts.iter().map(|(_, read)| &**read).collect();
            let counts = judge(&[&sides[0], &sides[1]], &readings, distinct_of(&all));
            let of_parts: Vec<PassageId> = parts.iter().map(|(part, _)| *part).collect();
            let (tier, rule) = self.tier(&counts, &of_parts);
            if !tier.is_flagged() {
                continue;
            }
            for at in 0..2 {
                let text = &texts[at].text;
                let flagged = of_parts
                    .iter()
                    .map(|part| self.flagged(*part, (tier, rule.clone()), &counts))
                    .collect();
                let Scratch { read, tokens, .. } = scratch;
                let sides = (text.as_slice(), &sides[at]);
                self.share_out(sides, flagged, &|_| true, (read, tokens), &mut found[at]);
            }
        }
        (found, bytes_judged)
    }

    /// Appends the passages that are too weak alone, and enough with the other parts of their source among the
    /// candidates. Says how many were promoted.
    pub(crate) fn judge_sources(
        &self,
        weak: &[PassageId],
        scratch: &mut Scratch,
        flagged: &mut Vec<Flagged>,
    ) -> u64 {
        let mut promoted = 0;
        let is_weak = |hit: &&Hit| weak.contains(&hit.passage);
        let sources: BTreeSet<PassageId> =
            scratch.hits.iter().filter(is_weak).map(|hit| hit.source).collect();
        for source in sources {
            let of_source = |hit: &&Hit| {
                let passage = hit.passage;
                hit.source == source
                    && scratch.candidates.iter().any(|other| other.passage == passage)
            };
            let hits: Vec<Hit> = scratch.hits.iter().filter(of_source).copied().collect();
            let parts = self.read_parts(&hits, scratch);
            if parts.len() < 2 {
                continue;
            }
            let readings: Vec<&ReadPassage> = parts.iter().map(|(_, read)| &**read).collect();
            let counts = judge(&[&scratch.record], &readings, distinct_of(&hits));
            let of_parts: Vec<PassageId> = parts.iter().map(|(part, _)| *part).collect();
            let (tier, rule) = self.tier(&counts, &of_parts);
            if !tier.is_flagged() {
                continue;
            }
            let rule = format!("{rule}, in {} parts of one file", parts.len());
            for part in of_parts.into_iter().filter(|part| weak.contains(part)) {
                flagged.push(self.flagged(part, (tier, rule.clone().into()), &counts));
                promoted += 1;
            }
        }
        promoted
    }

    /// The passages among `hits`, in their order, read.
    fn read_parts(
        &self,
        hits: &[Hit],
        scratch: &mut Scratch,
    ) -> Vec<(PassageId, Arc<ReadPassage>)> {
        let parts: BTreeSet<PassageId> = hits.iter().map(|hit| hit.passage).collect();
        let read = |passage| (passage, self.read(passage, scratch));
        parts.into_iter().take(PARTS_MAX).map(read).collect()
    }
}
