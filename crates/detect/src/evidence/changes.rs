//! What became of a passage in a record: how much stands there as it was written, how much was edited, what was renamed.
//!
//! The tokens of both sides of each span are paired in order: names count as equal to names, so that renamed code stays
//! paired, and after an edit the nearest place where both sides go on alike is taken.

use std::collections::HashMap;
use std::ops::Range;

use seepage_index::PassageText;
use seepage_text::{Token, TokenKind, TokenScratch, tokenize};

use crate::finding::{Changes, Span};

/// The number of tokens that have to agree on both sides after an edit; fewer agree by chance.
const AGREEING_MIN: usize = 6;
/// An edit between two runs of a span is not longer, on either side.
const EDIT_TOKENS_MAX: usize = 96;
/// Tokens of the record that are paired; a longer match has shown enough of itself.
const PAIRED_TOKENS_MAX: usize = 1 << 14;
/// A name was renamed if it was met with its new name at least this often,
const MET_MIN: u32 = 2;
/// and in at least this many of ten cases.
const MET_OF_TEN: u32 = 9;
/// A longer name is of no use to a reader.
const NAME_LEN_MAX: usize = 64;

/// What became of a token of the passage; the better wins where it stands in the record twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Absent,
    Edited,
    Identical,
}

/// Pairs the tokens of `text` and of a passage inside `spans`.
pub(crate) fn changes(
    text: &[u8],
    evidence: &PassageText<'_>,
    spans: &[Span],
    scratch: &mut TokenScratch,
) -> Changes {
    let (mut record, mut passage) = (vec![], vec![]);
    for span in &evidence.spans {
        let part = &evidence.text[span.start as usize..span.end as usize];
        tokenize(part, span.start, scratch, &mut passage);
    }
    let mut fates = vec![Fate::Absent; passage.len()];
    let mut renames = NamePairs::default();
    let mut room = PAIRED_TOKENS_MAX;
    for span in spans {
        record.clear();
        let part = &text[span.record.start as usize..span.record.end as usize];
        tokenize(part, span.record.start, scratch, &mut record);
        record.truncate(room);
        room -= record.len();
        let own = tokens_of(&passage, &span.passage);
        pair(&record, &passage[own.clone()], &mut |a, b| {
            let (record, fate) = (&record[a], &mut fates[own.start + b]);
            let passage = &passage[own.start + b];
            let same = record.kind == passage.kind;
            *fate = (*fate).max(if same { Fate::Identical } else { Fate::Edited });
            renames.meet(passage, record);
        });
        for fate in &mut fates[own] {
            *fate = (*fate).max(Fate::Edited);
        }
    }
    let share = |of| fates.iter().filter(|&&fate| fate == of).count() as f32;
    let all = fates.len().max(1) as f32;
    Changes {
        identical: share(Fate::Identical) / all,
        edited: share(Fate::Edited) / all,
        renames: renames.finish(text, evidence.text),
    }
}

/// The tokens that begin inside `range`.
fn tokens_of(tokens: &[Token], range: &Range<u32>) -> Range<usize> {
    let from = tokens.partition_point(|token| token.start < range.start);
    from..tokens.partition_point(|token| token.start < range.end)
}

/// Gives the indices of tokens that stand for each other, ascending on both sides.
fn pair(record: &[Token], passage: &[Token], met: &mut dyn FnMut(usize, usize)) {
    let (mut a, mut b) = (0, 0);
    while a < record.len() && b < passage.len() {
        if is_alike(&record[a], &passage[b]) {
            met(a, b);
            (a, b) = (a + 1, b + 1);
        } else if let Some((skipped, dropped)) = resume(&record[a..], &passage[b..]) {
            (a, b) = (a + skipped, b + dropped);
        } else {
            // Too long an edit to see across: look again further on.
            (a, b) = (a + EDIT_TOKENS_MAX / 4, b + EDIT_TOKENS_MAX / 4);
        }
    }
}

/// How many tokens to pass over on each side until both go on alike: as few as possible.
fn resume(record: &[Token], passage: &[Token]) -> Option<(usize, usize)> {
    let goes_on = |a: usize, b: usize| {
        let (record, passage) = (&record[a..], &passage[b..]);
        let len = AGREEING_MIN.min(record.len()).min(passage.len());
        // Where a span ends fewer are left, and both sides end together.
        (len == AGREEING_MIN || record.len() == passage.len())
            && len > 0
            && (0..len).all(|at| is_alike(&record[at], &passage[at]))
    };
    (1..=EDIT_TOKENS_MAX).find_map(|longer| {
        let (a_max, b_max) = (longer.min(record.len()), longer.min(passage.len()));
        (0..=longer).find_map(|shorter| {
            let both = [(longer, shorter), (shorter, longer)];
            both.into_iter().find(|&(a, b)| a <= a_max && b <= b_max && goes_on(a, b))
        })
    })
}

/// Names stand for names, everything else for itself.
fn is_alike(a: &Token, b: &Token) -> bool {
    a.kind == b.kind || (a.is_name() && b.is_name())
}

/// How often each name of the passage stood for each name of the record.
#[derive(Default)]
struct NamePairs {
    /// By the name of the passage: tokens paired in all.
    met: HashMap<u64, u32>,
    pairs: HashMap<(u64, u64), NamePair>,
}

/// The first tokens of a pair of names, and how often it was met.
struct NamePair {
    passage: Range<u32>,
    record: Range<u32>,
    count: u32,
}

impl NamePairs {
    fn meet(&mut self, passage: &Token, record: &Token) {
        let (TokenKind::Word(old), TokenKind::Word(new)) = (passage.kind, record.kind) else {
            return;
        };
        *self.met.entry(old).or_default() += 1;
        if old != new {
            let first = || NamePair {
                passage: passage.start..passage.end,
                record: record.start..record.end,
                count: 0,
            };
            self.pairs.entry((old, new)).or_insert_with(first).count += 1;
        }
    }

    /// In an order that no hash map has a say in: by number, then by the place in the passage.
    fn finish(self, text: &[u8], evidence: &[u8]) -> Vec<(String, String)> {
        let mut kept: Vec<&NamePair> = self
            .pairs
            .iter()
            .filter(|((old, _), pair)| {
                let all = self.met.get(old).copied().unwrap_or(0);
                pair.count >= MET_MIN
                    && u64::from(pair.count) * 10 >= u64::from(all) * u64::from(MET_OF_TEN)
                    && pair.passage.len().max(pair.record.len()) <= NAME_LEN_MAX
            })
            .map(|(_, pair)| pair)
            .collect();
        kept.sort_unstable_by_key(|pair| {
            let NamePair { passage, record, .. } = pair;
            (std::cmp::Reverse(pair.count), passage.start, record.start)
        });
        kept.truncate(Changes::RENAMES_MAX);
        let name = |text: &[u8], place: &Range<u32>| {
            String::from_utf8_lossy(&text[place.start as usize..place.end as usize]).into_owned()
        };
        kept.into_iter()
            .map(|pair| (name(evidence, &pair.passage), name(text, &pair.record)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str =
        "def area(width, height):\n    total = width * height\n    return total + width\n";

    #[track_caller]
    fn check(record: &str, identical: f32, edited: f32, renames: &[(&str, &str)]) {
        let len = CODE.len() as u32;
        let evidence =
            PassageText { text: CODE.as_bytes(), spans: std::iter::once(0..len).collect() };
        let span = Span { record: 0..record.len() as u32, passage: 0..len };
        let found = changes(record.as_bytes(), &evidence, &[span], &mut TokenScratch::default());
        let near = |a: f32, b: f32| (a - b).abs() < 0.001;
        assert!(near(found.identical, identical) && near(found.edited, edited), "{found:?}");
        let renames: Vec<_> =
            renames.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        assert_eq!(found.renames, renames);
    }

    #[test]
    fn what_stands_there_as_written_is_identical_whatever_its_layout() {
        check(CODE, 1.0, 0.0, &[]);
        check(&CODE.replace("\n    ", "\\n\\t"), 1.0, 0.0, &[]);
    }

    /// Of 16 tokens; the comma is none.
    #[test]
    fn a_name_that_was_replaced_everywhere_is_a_rename() {
        let renamed = CODE.replace("width", "breite").replace("total", "summe");
        check(&renamed, 11.0 / 16.0, 5.0 / 16.0, &[("width", "breite"), ("total", "summe")]);
    }

    #[test]
    fn a_name_that_was_replaced_once_or_not_everywhere_is_an_edit() {
        check(&CODE.replace("area", "size"), 15.0 / 16.0, 1.0 / 16.0, &[]);
        let once = CODE.replacen("width", "breite", 2);
        check(&once, 14.0 / 16.0, 2.0 / 16.0, &[]);
    }

    #[test]
    fn lines_that_were_put_in_or_left_out_do_not_disturb_the_rest() {
        let longer = CODE.replace("    return", "    print('a', [1, 2])\n    return");
        check(&longer, 1.0, 0.0, &[]);
        let shorter = CODE.replace("    total = width * height\n", "");
        check(&shorter, 11.0 / 16.0, 5.0 / 16.0, &[]);
    }
}
