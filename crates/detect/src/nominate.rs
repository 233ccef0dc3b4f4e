//! Stage 1: anchors to candidates. Looks at every byte of a text, and says which passages are worth reading.

use std::ops::Range;
use std::sync::Arc;

use seepage_fingerprint::{Fingerprint, Stream};
use seepage_index::{Background, Index, PassageId, SourceAnchor};

use crate::ranges::merge;
use crate::rules::Rules;

/// An anchor of the text that a passage has too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    passage: PassageId,
    stream: Stream,
    fingerprint: Fingerprint,
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

/// A text with more candidates than this is a copy of many: the rest adds no new accusation worth its cost.
const CANDIDATES_MAX: usize = 64;

/// Looks up `anchors` and keeps what was hit, unless it is common in human text.
pub(crate) fn gather_hits(
    index: &Index,
    backgrounds: &[Arc<Background>],
    anchors: &[SourceAnchor],
    passages: &mut Vec<PassageId>,
    hits: &mut Vec<Hit>,
) {
    for anchor in anchors {
        passages.clear();
        index.probe(anchor.fingerprint, passages);
        // Asked behind the index: nearly all anchors are in neither, and the index is the faster one to say so.
        let is_common = |background: &Arc<Background>| background.is_common(anchor.fingerprint);
        if passages.is_empty() || backgrounds.iter().any(is_common) {
            continue;
        }
        let &SourceAnchor {
            fingerprint,
            stream,
            start,
            last,
            ..
        } = anchor;
        hits.extend(passages.iter().map(|&passage| Hit {
            passage,
            stream,
            fingerprint,
            start,
            last,
        }));
    }
}

/// Appends the candidates among the passages hit, those that `may` be the source and have most anchors first, and the windows of the text that are
/// to be read for them: ascending and disjoint.
pub(crate) fn nominate(
    rules: &Rules,
    text_len: usize,
    hits: &mut [Hit],
    may: &dyn Fn(PassageId) -> bool,
    candidates: &mut Vec<Candidate>,
    windows: &mut Vec<Range<usize>>,
) {
    hits.sort_unstable();
    for hits in hits.chunk_by(|a, b| a.passage == b.passage) {
        let words = hits.partition_point(|hit| hit.stream == Stream::Words);
        let (words, skeleton) = hits.split_at(words);
        let by_words = distinct(words) >= rules.word_anchors_min;
        let by_skeleton = distinct(skeleton) >= rules.skeleton_anchors_min;
        if by_words || by_skeleton {
            candidates.push(Candidate {
                passage: hits[0].passage,
                anchors: distinct(words) + distinct(skeleton),
            });
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

/// Different fingerprints among hits that are sorted by them.
fn distinct(hits: &[Hit]) -> u32 {
    hits.chunk_by(|a, b| a.fingerprint == b.fingerprint).count() as u32
}

fn window(rules: &Rules, text_len: usize, hit: &Hit) -> Range<usize> {
    let start = hit.start.saturating_sub(rules.window_len) as usize;
    let end = (hit.last as usize + 1).saturating_add(rules.window_len as usize);
    start..end.min(text_len)
}
