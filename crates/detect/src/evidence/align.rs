//! Pairs the bytes of a record with the bytes of a passage: the only maker of spans.
//!
//! Shared grams are chained along diagonals into runs of equal tokens; runs that follow each other closely on both
//! sides are one span, with the edit between them; a span grows over the punctuation at its ends as long as both sides
//! agree.

use std::ops::Range;

use seepage_index::PassageText;
use seepage_text::{Gram, Token};

use super::judge::{TokenizedText, places};
use crate::finding::Span;

/// The longest edit between two runs of one span, in tokens of the record: a few lines.
const EDIT_TOKENS_MAX: i64 = 64;
/// How much longer an edit may be in the record than in the passage: what is more was put between, not edited.
const INSERTED_TOKENS_MAX: i64 = 16;

/// Equal tokens on both sides: indices of the first and last, and the places of the last gram.
#[derive(Clone, Debug)]
struct EqualTokens {
    record: Range<u32>,
    passage: Range<u32>,
    record_place: u32,
    passage_place: u32,
}

/// The spans that a text and a passage share by `grams`, which are the words' or the blind ones of both sides. They are
/// ascending and disjoint in the text.
pub(crate) fn align(
    (text, record): (&[u8], &TokenizedText),
    (evidence, passage): (&PassageText<'_>, &TokenizedText),
    grams: fn(&TokenizedText) -> &[Gram],
) -> Vec<Span> {
    let mut runs = chain(grams(record), grams(passage));
    runs.dedup_by(|next, kept| {
        let edited = is_edit(kept, next);
        if edited {
            kept.record.end = next.record.end;
            kept.passage.end = next.passage.end.max(kept.passage.end);
        }
        edited
    });
    let bytes = |tokens: &[Token], run: &Range<u32>| {
        tokens[run.start as usize].start..tokens[run.end as usize].end
    };
    let mut spans: Vec<Span> = vec![];
    for run in &runs {
        let mut span = Span {
            record: bytes(&record.tokens, &run.record),
            passage: bytes(&passage.tokens, &run.passage),
        };
        let floor = spans.last().map_or(0, |before| before.record.end);
        grow(&mut span, text, evidence, floor);
        if span.record.start < span.record.end {
            spans.push(span);
        }
    }
    spans
}

/// Bytes of the record inside disjoint spans.
pub(crate) fn bytes_of(spans: &[Span]) -> u64 {
    let len = |span: &Span| u64::from(span.record.end - span.record.start);
    spans.iter().map(len).sum()
}

/// The spans of two alignments of the same texts: those of the one that covers more, and what the other has besides.
/// Ascending and disjoint in the record.
pub(crate) fn join(a: Vec<Span>, b: Vec<Span>) -> Vec<Span> {
    let (mut joined, other) = if bytes_of(&a) >= bytes_of(&b) { (a, b) } else { (b, a) };
    let base = joined.clone();
    joined.extend(other.into_iter().filter(|span| {
        // Ascending and disjoint: only the first one that ends behind its start can touch it.
        let next = base.partition_point(|kept| kept.record.end <= span.record.start);
        base.get(next).is_none_or(|kept| span.record.end <= kept.record.start)
    }));
    joined.sort_unstable_by_key(|span| span.record.start);
    joined
}

/// Follows the shared grams of the record in order; where a gram stands several times in the passage, the one that
/// goes on with the run is taken, else the next one behind it, else the first.
fn chain(record: &[Gram], passage: &[Gram]) -> Vec<EqualTokens> {
    let places = places(passage);
    let mut runs: Vec<EqualTokens> = vec![];
    for gram in record {
        let Some(copies) = places.get(&gram.hash) else {
            continue;
        };
        let place_of = |copy: &u32| passage[*copy as usize].place;
        if let Some(run) = runs.last_mut() {
            let expected = run.passage_place + (gram.place - run.record_place);
            if gram.place == run.record_place + 1
                && let Ok(at) = copies.binary_search_by_key(&expected, place_of)
            {
                run.record.end = gram.last;
                run.passage.end = passage[copies[at] as usize].last;
                (run.record_place, run.passage_place) = (gram.place, expected);
                continue;
            }
        }
        let after = runs.last().map_or(0, |run| run.passage_place);
        let at = copies.partition_point(|copy| place_of(copy) < after);
        let copy = &passage[*copies.get(at).unwrap_or(&copies[0]) as usize];
        runs.push(EqualTokens {
            record: gram.first..gram.last,
            passage: copy.first..copy.last,
            record_place: gram.place,
            passage_place: copy.place,
        });
    }
    runs
}

fn is_edit(kept: &EqualTokens, next: &EqualTokens) -> bool {
    let gap = |from: u32, to: u32| i64::from(to) - i64::from(from) - 1;
    let record = gap(kept.record.end, next.record.start);
    let passage = gap(kept.passage.end, next.passage.start);
    let forward = next.passage.end > kept.passage.end && next.record.end > kept.record.end;
    forward
        && record <= EDIT_TOKENS_MAX
        && passage <= EDIT_TOKENS_MAX
        && record <= passage.max(0) + INSERTED_TOKENS_MAX
}

/// Grows a span to both sides over bytes that agree, white space apart, inside the authored span and not below `floor`.
fn grow(span: &mut Span, record: &[u8], evidence: &PassageText<'_>, floor: u32) {
    let home = evidence.spans.iter().find(|home| home.contains(&span.passage.start));
    let from = home.map_or(span.passage.start, |home| home.start) as usize;
    let home = evidence.spans.iter().find(|home| home.contains(&(span.passage.end - 1)));
    let to = home.map_or(span.passage.end, |home| home.end) as usize;

    let (left, right) = (span.record.start.max(floor) as usize, span.record.end as usize);
    let before = record[floor as usize..left].iter().rev();
    let (grown_record, grown_passage) =
        agreeing_len(before, evidence.text[from..span.passage.start as usize].iter().rev());
    let after = record[right.min(record.len())..].iter();
    let (record_more, passage_more) =
        agreeing_len(after, evidence.text[span.passage.end as usize..to].iter());

    span.record = (left - grown_record) as u32..(right + record_more) as u32;
    span.passage =
        span.passage.start - grown_passage as u32..span.passage.end + passage_more as u32;
}

/// How far two sequences agree when white space is skipped on both; up to the last byte that is not white space.
fn agreeing_len<'b>(
    a: impl Iterator<Item = &'b u8>,
    b: impl Iterator<Item = &'b u8>,
) -> (usize, usize) {
    let solid = |(_, byte): &(usize, &u8)| !byte.is_ascii_whitespace();
    let pairs = a.enumerate().filter(solid).zip(b.enumerate().filter(solid));
    pairs
        .take_while(|((_, a), (_, b))| a == b)
        .last()
        .map_or((0, 0), |((a, _), (b, _))| (a + 1, b + 1))
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "a span is a range")]
mod tests {
    use super::*;

    fn spans(ranges: &[Range<u32>]) -> Vec<Span> {
        let span = |range: &Range<u32>| Span { record: range.clone(), passage: range.clone() };
        ranges.iter().map(span).collect()
    }

    #[track_caller]
    fn check(a: &[Range<u32>], b: &[Range<u32>], expected: &[Range<u32>]) {
        assert_eq!(spans(expected), join(spans(a), spans(b)));
        assert_eq!(spans(expected), join(spans(b), spans(a)));
    }

    #[test]
    fn joined_spans_are_those_of_the_longer_alignment_and_what_the_other_adds() {
        check(&[0..100], &[20..30], &[0..100]);
        check(&[50..100], &[0..10, 45..55], &[0..10, 50..100]);
        check(&[50..100], &[0..10, 100..105], &[0..10, 50..100, 100..105]);
        check(&[], &[3..4], &[3..4]);
    }
}
