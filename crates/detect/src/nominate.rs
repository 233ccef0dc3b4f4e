//! Stage 1: anchors to candidates. Looks at every byte of a text, and says which passages are worth reading.

use std::collections::HashSet;
use std::ops::Range;

use seepage_fingerprint::{Fingerprint, SourceAnchor, Stream};
use seepage_index::{Index, PassageId};

use crate::ranges::merge;
use crate::rules::Rules;
use crate::sources::SourceTable;

/// An anchor of the text that a passage has too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    pub(crate) passage: PassageId,
    /// The first passage of the same source.
    pub(crate) source: PassageId,
    stream: Stream,
    fingerprint: Fingerprint,
    /// Different bytes in its k-gram.
    variety: u8,
    start: u32,
    last: u32,
}

/// A passage with enough different anchors in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) passage: PassageId,
    /// Different anchors shared, of both streams.
    pub(crate) anchors: u32,
}

/// Passages that are judged for one text, at most: a limit of cost, which texts of a real corpus do not meet.
const CANDIDATES_MAX: usize = 1024;

/// Looks up `anchors` and keeps what was hit, unless it is common in human text. Of passages that share an anchor with many
/// others, those come first that `may` be the source.
pub(crate) fn gather_hits(
    (index, is_common, sources): (&Index, &dyn Fn(Fingerprint) -> bool, Option<&SourceTable>),
    may: &dyn Fn(PassageId) -> bool,
    anchors: &[SourceAnchor],
    passages: &mut Vec<PassageId>,
    hits: &mut Vec<Hit>,
) {
    for anchor in anchors {
        passages.clear();
        index.probe(anchor.fingerprint, may, passages);
        // Asked behind the index: nearly all anchors are in neither, and the index is the faster one to say so.
        if passages.is_empty() || is_common(anchor.fingerprint) {
            continue;
        }
        let &SourceAnchor { fingerprint, stream, start, last, variety } = anchor;
        hits.extend(passages.iter().map(|&passage| Hit {
            passage,
            source: sources.map_or(passage, |sources| sources.of(passage)),
            stream,
            fingerprint,
            variety,
            start,
            last,
        }));
    }
}

/// Appends the candidates among the passages hit, those that `may` be the source and have most anchors first, and the
/// windows of the text that are to be read for them: ascending and disjoint.
pub(crate) fn nominate(
    (rules, index): (&Rules, &Index),
    text_len: usize,
    hits: &mut [Hit],
    may: &dyn Fn(PassageId) -> bool,
    candidates: &mut Vec<Candidate>,
    windows: &mut Vec<Range<usize>>,
) {
    hits.sort_unstable();
    let together = sources_nominated(rules, index, hits);
    for hits in hits.chunk_by(|a, b| a.passage == b.passage) {
        let Hit { passage, source, .. } = hits[0];
        if rules.nominates(hits, authored_len(index, hits)) || together.contains(&source) {
            candidates.push(Candidate { passage, anchors: distinct_of(hits) });
            windows.extend(hits.iter().map(|hit| window(rules, text_len, hit)));
        }
    }
    candidates.sort_by_key(|candidate| {
        let Candidate { passage, anchors } = *candidate;
        (!may(passage), std::cmp::Reverse(anchors), passage)
    });
    candidates.truncate(CANDIDATES_MAX);
    merge(windows);
}

/// The sources of which no passage has enough anchors, and all together have.
fn sources_nominated(rules: &Rules, index: &Index, hits: &[Hit]) -> Vec<PassageId> {
    let is_enough = |hits: &[Hit]| rules.nominates(hits, authored_len(index, hits));
    let mut alone: Vec<Hit> = hits
        .chunk_by(|a, b| a.passage == b.passage)
        .filter(|hits| !is_enough(hits))
        .flatten()
        .copied()
        .collect();
    alone.sort_unstable_by_key(|hit| (hit.source, *hit));
    let sources = alone.chunk_by(|a, b| a.source == b.source);
    sources.filter(|hits| is_enough(hits)).map(|hits| hits[0].source).collect()
}

/// The authored bytes of all passages among `hits`, which are sorted by them.
pub(crate) fn authored_len(index: &Index, hits: &[Hit]) -> u32 {
    let passages = hits.chunk_by(|a, b| a.passage == b.passage).map(|hits| hits[0].passage);
    let len = |passage| index.text(passage).spans.iter().map(|span| span.end - span.start).sum();
    passages.map(len).fold(0, u32::saturating_add)
}

/// Different fingerprints among hits.
pub(crate) fn distinct_of(hits: &[Hit]) -> u32 {
    let different: HashSet<Fingerprint> = hits.iter().map(|hit| hit.fingerprint).collect();
    different.len() as u32
}

impl Rules {
    /// Whether the hits of one passage, or of one source, are worth judging.
    pub(crate) fn nominates(&self, hits: &[Hit], authored_len: u32) -> bool {
        let longer = (authored_len / self.anchors_len).checked_ilog2();
        let needed = (1 + longer.unwrap_or(0)).min(self.anchors_max);
        let word_anchors_min =
            if authored_len <= self.single_anchor_len { 1 } else { self.word_anchors_min };
        let (words, skeleton): (Vec<Hit>, Vec<Hit>) =
            hits.iter().partition(|hit| hit.stream == Stream::Words);
        let (plain, telling): (Vec<Hit>, Vec<Hit>) =
            skeleton.iter().partition(|hit| hit.variety < self.skeleton_variety_min);
        distinct_of(&words) >= word_anchors_min.max(needed)
            || distinct_of(&telling) + distinct_of(&plain) / 2
                >= self.skeleton_anchors_min.max(needed)
    }
}

pub(crate) fn window(rules: &Rules, text_len: usize, hit: &Hit) -> Range<usize> {
    let start = hit.start.saturating_sub(rules.window_len) as usize;
    let end = (hit.last as usize + 1).saturating_add(rules.window_len as usize);
    start..end.min(text_len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(stream: Stream, varieties: impl Iterator<Item = u8>) -> Vec<Hit> {
        let hits = varieties.zip(0..).map(|(variety, at)| Hit {
            passage: PassageId(0),
            source: PassageId(0),
            stream,
            fingerprint: Fingerprint(at),
            variety,
            start: 0,
            last: 0,
        });
        hits.collect()
    }

    #[test]
    fn one_anchor_of_the_words_nominates_a_short_passage_only() {
        for (count, authored_len, expected) in
            [(0, 100, false), (1, 100, true), (1, 160, true), (1, 161, false), (2, 161, true)]
        {
            let hits = hits(Stream::Words, (0..count).map(|_| 20));
            let nominates = Rules::default().nominates(&hits, authored_len);
            assert_eq!(nominates, expected, "{count} {authored_len}");
        }
    }

    #[test]
    fn two_plain_anchors_of_the_skeleton_nominate_like_one_that_is_not() {
        for (telling, plain, authored_len, expected) in [
            (1, 0, 500, true),
            (0, 1, 500, false),
            (0, 2, 500, true),
            (1, 1, 2048, false),
            (1, 2, 2048, true),
            (0, 3, 2048, false),
            (0, 4, 2048, true),
        ] {
            let varieties = (0..telling + plain).map(|at| if at < telling { 8 } else { 7 });
            let hits = hits(Stream::Skeleton, varieties);
            let nominates = Rules::default().nominates(&hits, authored_len);
            assert_eq!(nominates, expected, "{telling} {plain} {authored_len}");
        }
    }
}
