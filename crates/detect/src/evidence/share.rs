//! Shares a record out among the passages that were found in it: each token to one of them, and from there to spans.

use std::ops::Range;
use std::sync::Arc;

use seepage_index::PassageText;
use seepage_text::{Token, TokenKind};

use crate::evidence::chain::{ChainKind, ChainStream, EqualRun, chains};
use crate::evidence::mosaic::{Claim, Owned, SharedToken, assign};
use crate::evidence::passages::{PassageStream, ReadPassage};
use crate::evidence::tokenized::TokenizedText;
use crate::finding::Span;

/// Unclaimed words of the record inside a span.
const JOINED_WORDS_MAX: usize = 6;
/// Tokens of the passage that a span may step over.
const STEP_MAX: u32 = 400;

/// Bits of evidence that the share of a passage has to have.
const SHARE_BITS_MIN: f32 = 20.0;
/// Bits that are lost where the marks before a token differ.
const MARKS_BITS: f32 = 0.5;

/// A record that is shared out.
pub(crate) struct Shared<'r> {
    text: &'r [u8],
    tokens: &'r [Token],
    streams: [ChainStream; 2],
}

/// A passage that wants a share of a record.
pub(crate) struct Claimant<'i> {
    pub(crate) evidence: PassageText<'i>,
    pub(crate) chained: Chained,
}

/// The chains of one passage with a record.
pub(crate) struct Chained {
    /// By words, and by identifier-blind tokens where they count.
    kinds: Vec<ChainedKind>,
    passage: Arc<ReadPassage>,
}

struct ChainedKind {
    kind: ChainKind,
    /// Tokens of both streams.
    lens: [usize; 2],
    steps: Vec<Vec<SharedToken>>,
}

impl<'r> Shared<'r> {
    pub(crate) fn of(text: &'r [u8], record: &'r TokenizedText) -> Self {
        Self { text, tokens: &record.tokens, streams: record.chain_streams(text, 0) }
    }

    /// The chains of a passage.
    pub(crate) fn chain(
        &self,
        evidence: &PassageText<'_>,
        passage: Arc<ReadPassage>,
        with_blind: bool,
    ) -> Chained {
        let kinds = [ChainKind::Words, ChainKind::Blind];
        let theirs = passage.streams(evidence);
        let streams = kinds.into_iter().zip(self.streams.iter().zip(theirs));
        let kinds = streams.filter(|(kind, _)| with_blind || *kind == ChainKind::Words);
        let kinds = kinds.map(|(kind, (record, PassageStream { stream: own, bits }))| {
            let step = |here: u32, there: u32| {
                let ours = before(self.tokens, &record.tokens, here);
                let marks = before(&passage.text.tokens, &own.tokens, there);
                let agree = ours.zip(marks).is_some_and(|(ours, theirs)| {
                    ours.iter().map(|token| token.kind).eq(theirs.iter().map(|token| token.kind))
                });
                let bits = bits[there as usize + 1] - bits[there as usize];
                SharedToken {
                    places: [here, there],
                    tokens: [record.tokens[here as usize], own.tokens[there as usize]],
                    bits: if agree { bits } else { bits - MARKS_BITS },
                }
            };
            let chains = chains(kind, record, own, bits).into_iter();
            let steps = chains.map(|chain| {
                let steps = chain.into_iter().flat_map(|EqualRun { record, passage, len }| {
                    (0..len).map(move |at| (record + at, passage + at))
                });
                steps.map(|(here, there)| step(here, there)).collect()
            });
            ChainedKind { kind, lens: [record.len(), own.len()], steps: steps.collect() }
        });
        Chained { kinds: kinds.collect(), passage }
    }

    /// The spans of each of the passages, the earliest first. Spans are ascending in the record, and no two of them overlap.
    pub(crate) fn share_out(&self, passages: &[Claimant<'_>], opens_free: bool) -> Vec<Vec<Span>> {
        let claims: Vec<Claim<'_>> =
            passages
                .iter()
                .enumerate()
                .flat_map(|(claimant, passage)| {
                    passage.chained.kinds.iter().map(move |ChainedKind { kind, lens, steps }| {
                        Claim { kind: *kind, claimant, lens: *lens, steps }
                    })
                })
                .collect();
        let claimants = passages.len();
        let (mut owners, evidence) = assign(&claims, claimants, self.tokens.len(), opens_free);
        // What is left to a passage by better ones is no finding of its own if it is hardly more than chance.
        if !opens_free {
            for owner in &mut owners {
                *owner = owner.filter(|owned| evidence[owned.claimant] >= SHARE_BITS_MIN);
            }
        }
        self.spans(&owners, passages)
    }

    fn spans(&self, owners: &[Option<Owned>], passages: &[Claimant<'_>]) -> Vec<Vec<Span>> {
        let mut spans: Vec<Vec<Span>> = passages.iter().map(|_| vec![]).collect();
        let mut floor = 0;
        let mut from = 0;
        while from < owners.len() {
            let Some(first) = owners[from] else {
                from += 1;
                continue;
            };
            let (mut to, mut last, mut words) = (from, first, 0);
            for (at, owner) in owners.iter().enumerate().skip(from + 1) {
                let Some(owner) = owner else {
                    words += usize::from(matches!(self.tokens[at].kind, TokenKind::Word(_)));
                    if words > JOINED_WORDS_MAX {
                        break;
                    }
                    continue;
                };
                let goes_on = owner.claimant == first.claimant
                    && owner.token > last.token
                    && owner.token - last.token <= STEP_MAX;
                if !goes_on {
                    break;
                }
                (to, last, words) = (at, *owner, 0);
            }
            let Claimant { evidence, chained } = &passages[first.claimant];
            let ends = (from..to, first.token as usize..last.token as usize);
            let span = self.grow(owners, ends, (evidence, &chained.passage.text.tokens), floor);
            floor = span.record.end;
            if span.record.start < span.record.end {
                spans[first.claimant].push(span);
            }
            from = to + 1;
        }
        spans
    }

    /// The bytes between two pairs of tokens, grown over the marks beside them that agree.
    fn grow(
        &self,
        owners: &[Option<Owned>],
        (record, passage): (Range<usize>, Range<usize>),
        (evidence, theirs): (&PassageText<'_>, &[Token]),
        floor: u32,
    ) -> Span {
        let (mut start, mut end) = (record.start, record.end);
        let (mut their_start, mut their_end) = (passage.start, passage.end);
        let agree = |here: usize, there: usize| {
            let (ours, theirs) = (self.tokens.get(here), theirs.get(there));
            ours.zip(theirs).is_some_and(|(ours, theirs)| {
                !matches!(ours.kind, TokenKind::Word(_)) && ours.kind == theirs.kind
            }) && owners[here].is_none()
        };
        while start > 0
            && their_start > 0
            && agree(start - 1, their_start - 1)
            && self.tokens[start - 1].start >= floor
        {
            (start, their_start) = (start - 1, their_start - 1);
        }
        while agree(end + 1, their_end + 1) {
            (end, their_end) = (end + 1, their_end + 1);
        }
        let mut bytes = self.tokens[start].start..self.tokens[end].end;
        // What is no token lies between two of them, and is nobody else's.
        let is_silent = |byte: u8| matches!(byte, b'"' | b'\'' | b'`' | b',' | b';' | b'\\');
        while bytes.start > floor && is_silent(self.text[bytes.start as usize - 1]) {
            bytes.start -= 1;
        }
        while self.text.get(bytes.end as usize).is_some_and(|&byte| is_silent(byte)) {
            bytes.end += 1;
        }
        let their_bytes = theirs[their_start].start..theirs[their_end].end;
        let len = evidence.text.len() as u32;
        Span {
            record: bytes.start.max(floor)..bytes.end,
            passage: their_bytes.start.min(len)..their_bytes.end.min(len),
        }
    }
}

/// The tokens between the one at `place` of a stream and the one before it; `None` at a border.
fn before<'t>(tokens: &'t [Token], places: &[u32], place: u32) -> Option<&'t [Token]> {
    let here = *places.get(place as usize)?;
    let last = *places.get(place.checked_sub(1)? as usize)?;
    tokens.get(last.checked_add(1)? as usize..here as usize)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use seepage_text::TokenScratch;

    use super::*;

    /// The bytes of `record` that each of `passages` gets, the earliest first.
    fn shares(record: &str, passages: &[&str]) -> Vec<Vec<String>> {
        let mut scratch = TokenScratch::default();
        let mut reading = TokenizedText::default();
        reading.read(record.as_bytes(), std::iter::once(0..record.len()), &mut scratch);
        let shared = Shared::of(record.as_bytes(), &reading);
        let claimants: Vec<Claimant<'_>> = passages
            .iter()
            .map(|text| {
                let spans = std::iter::once(0..text.len() as u32).collect();
                let evidence = PassageText { text: text.as_bytes(), spans };
                let passage = Arc::new(ReadPassage::of(&evidence, &mut scratch));
                let chained = shared.chain(&evidence, passage, false);
                Claimant { evidence, chained }
            })
            .collect();
        let spans = shared.share_out(&claimants, false);
        let all: Vec<_> = spans.iter().flatten().map(|span| span.record.clone()).collect();
        let overlap = |a: &Range<u32>, b: &Range<u32>| a != b && a.start < b.end && b.start < a.end;
        assert!(!all.iter().any(|a| all.iter().any(|b| overlap(a, b))), "{all:?}");
        let text =
            |span: Span| record[span.record.start as usize..span.record.end as usize].to_owned();
        spans.into_iter().map(|spans| spans.into_iter().map(text).collect()).collect()
    }

    const MOOR: &str = "pub fn moor_the_ship(harbour: &Harbour, vessel: Vessel) -> Option<Berth> {\n    let berth = harbour.next_free_berth()?;\n    berth.reserve_for(vessel.registration());\n    Some(berth)\n}\n";
    const LEAVE: &str = "pub fn leave_the_quay(ledger: &mut Ledger, captain: &Captain) {\n    let owed = ledger.outstanding_fees(captain.licence());\n    ledger.settle(owed);\n    captain.wave_goodbye();\n}\n";
    const HUMAN: &str = "fn unrelated() {\n    println!(\"nobody claims this line\");\n}\n";

    #[test]
    fn each_part_goes_to_the_passage_that_it_is_of() {
        let record = format!("{HUMAN}{MOOR}{HUMAN}{LEAVE}");
        let [moor, leave] = shares(&record, &[MOOR, LEAVE]).try_into().unwrap();
        assert_eq!(
            (vec![MOOR.trim_end().to_owned()], vec![LEAVE.trim_end().to_owned()]),
            (moor, leave)
        );
    }

    #[test]
    fn of_two_that_say_the_same_the_earlier_one_gets_it_all() {
        let [first, second] = shares(MOOR, &[MOOR, MOOR]).try_into().unwrap();
        assert_eq!((vec![MOOR.trim_end().to_owned()], Vec::<String>::new()), (first, second));
    }

    #[test]
    fn the_longer_piece_wins_and_the_rest_is_left_to_the_other() {
        let both = format!("{MOOR}{LEAVE}");
        let head = MOOR.split_inclusive('\n').take(2).collect::<String>();
        let other = format!("{head}    nothing.else_is_shared();\n");
        let [part, whole] = shares(&both, &[&other, &both]).try_into().unwrap();
        assert_eq!((Vec::<String>::new(), vec![both.trim_end().to_owned()]), (part, whole));
    }

    #[test]
    fn a_line_that_was_put_between_stays_out_and_an_edited_word_does_not_end_a_span() {
        let edited = LEAVE.replace("licence", "papers");
        let [spans] = shares(&edited, &[LEAVE]).try_into().unwrap();
        assert_eq!(vec![edited.trim_end().to_owned()], spans);
        let lines: Vec<&str> = LEAVE.split_inclusive('\n').collect();
        let own = "    someone.else_wrote(these, many, words, right, here, by, hand);\n";
        let record = format!("{}{}{own}{}", lines[0], lines[1], lines[2..].concat());
        let [spans] = shares(&record, &[LEAVE]).try_into().unwrap();
        assert_eq!(2, spans.len(), "{spans:?}");
        assert!(!spans.concat().contains("someone"), "{spans:?}");
    }

    #[test]
    fn an_idiom_is_not_claimed_again_and_again() {
        let idiom = "if err != nil { return nil, err }\n";
        let record = format!("{HUMAN}{}", idiom.repeat(40));
        let passage = format!("{MOOR}{idiom}");
        assert_eq!(Vec::<String>::new(), shares(&record, &[&passage])[0]);
    }

    #[test]
    fn what_stands_everywhere_on_both_sides_starts_no_chain() {
        let line = "the harbour master counts every vessel that enters tonight\n";
        assert!(!shares(&line.repeat(40), &[line])[0].is_empty());
        assert!(shares(&line.repeat(4000), &[&line.repeat(12)])[0].is_empty());
    }

    proptest! {
        /// Whatever stands in the record and in the passages, in whatever order: spans lie in both texts, and no two overlap in
        /// the record. `shares` checks that.
        #[test]
        fn any_texts_are_shared_out(
            record in "((harbour|master|counts|vessel|tonight|quayside|mooring)[ .(\"\\\\n,]{1,2}|1 |é){0,120}",
            passages in prop::collection::vec("((harbour|master|counts|vessel|tonight|quayside|mooring)[ .(\"\\\\n,]{1,2}|1 |é){0,60}", 1..5),
        ) {
            let mixed = format!("{}{record}{}", passages[0], passages[passages.len() / 2]);
            let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
            for record in [&record, &mixed] {
                let shared: usize = shares(record, &passages).concat().iter().map(String::len).sum();
                prop_assert!(shared <= record.len());
            }
        }
    }
}
