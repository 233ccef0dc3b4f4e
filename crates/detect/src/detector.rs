//! The way through both stages, for one text.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use seepage_fingerprint::{AnalyzeScratch, Pace, SourceAnchor};
use seepage_index::{Background, BackgroundError, Index, PassageId, PassageText};
use seepage_text::TokenScratch;

use crate::align::{Side, align, bytes_of, join};
use crate::changes::{ChangesScratch, changes};
use crate::finding::{Finding, Span, Tier};
use crate::first::FirstLook;
use crate::judge::{Reading, judge};
use crate::lookalikes::{LookalikeScratch, Lookalikes};
use crate::nominate::{About, Candidate, Hit, gather_hits, nominate};
use crate::ranges::merge;
use crate::rules::{Counts, Rules};
use crate::sources::SourceTable;

/// Findings of one text are at most so many: each has to add something to those before it.
const FINDINGS_MAX: usize = 32;
/// So many findings of a text say what became of their passage.
const EXPLAINED_MAX: usize = 3;
/// A finding adds something if so much of it, in percent, is not covered by better ones.
const NEW_PERCENT_MIN: u64 = 25;

/// Finds passages of one index in texts. Shared by all threads.
#[derive(Clone, Debug)]
pub struct Detector<'i> {
    pub(crate) index: &'i Index,
    pub(crate) rules: Rules,
    backgrounds: Vec<Arc<Background>>,
    lookalikes: Option<&'i Lookalikes>,
    sources: Option<&'i SourceTable>,
    pace: Pace,
}

/// The buffers of a detector, one set a thread.
#[derive(Debug, Default)]
pub struct Scratch {
    analyze: AnalyzeScratch,
    anchors: Vec<SourceAnchor>,
    passages: Vec<PassageId>,
    pub(crate) hits: Vec<Hit>,
    /// Those of passages that the text was not flagged for.
    pub(crate) leftover: Vec<Hit>,
    pub(crate) candidates: Vec<Candidate>,
    windows: Vec<Range<usize>>,
    pub(crate) tokens: TokenScratch,
    pub(crate) record: Reading,
    passage: Reading,
    lookalikes: LookalikeScratch,
    changes: ChangesScratch,
    first: Option<FirstLook>,
}

/// What a text cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// The text holds an anchor of the index that is not common. Where it does not, there was nothing to do.
    pub is_suspect: bool,
    /// Bytes that the second stage read; 0 if the first nominated nothing.
    pub bytes_judged: u64,
    /// Passages that were judged and found too weak to report.
    pub weak: u64,
}

impl<'i> Detector<'i> {
    /// A detector with the default rules.
    pub fn new(index: &'i Index) -> Self {
        Self::with_rules(index, Rules::default())
    }

    /// A detector with rules of its own.
    pub fn with_rules(index: &'i Index, rules: Rules) -> Self {
        Self {
            index,
            rules,
            backgrounds: vec![],
            lookalikes: None,
            sources: None,
            pace: Pace::default(),
        }
    }

    /// This detector, at another pace.
    #[must_use]
    pub fn at_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// Passes over anchors that are common in human text, beside those that the index left out.
    ///
    /// # Errors
    /// A background was made with other parameters than the index.
    pub fn suppress(&mut self, background: Arc<Background>) -> Result<(), BackgroundError> {
        if !background.fits(self.index.analyzer()) {
            return Err(BackgroundError::Parameters);
        }
        self.backgrounds.push(background);
        Ok(())
    }

    /// This detector, and it compares whole texts with `lookalikes`, which are of the same index.
    #[must_use]
    pub fn with_lookalikes(self, lookalikes: &'i Lookalikes) -> Self {
        Self { lookalikes: Some(lookalikes), ..self }
    }

    /// This detector, and it adds up what a text shares with passages that `sources`, which are of the same index, say
    /// are parts of one file. Without them each passage stands alone.
    #[must_use]
    pub fn with_sources(self, sources: &'i SourceTable) -> Self {
        Self { sources: Some(sources), ..self }
    }

    /// The authored bytes of `passage`.
    pub(crate) fn authored_len(&self, passage: PassageId) -> u32 {
        let spans = self.index.text(passage).spans;
        spans.iter().map(|span| span.end - span.start).sum()
    }

    /// The passage that names the source of `passage`.
    pub(crate) fn source(&self, passage: PassageId) -> PassageId {
        self.sources.map_or(passage, |sources| sources.of(passage))
    }

    /// Whether whole texts are compared, so that a text without any anchor may still be found.
    pub fn compares_wholes(&self) -> bool {
        self.lookalikes.is_some()
    }

    /// What looks through long texts for places where this detector has to be asked. One a thread.
    pub fn first_look(&self) -> FirstLook {
        FirstLook::new(self.index, self.pace)
    }

    /// Takes the next text of a first look.
    pub fn feed(&self, look: &mut FirstLook, text: &[u8]) {
        look.feed(self.index, text);
    }

    /// Ends a first look, which can then be asked. A text that is not suspect holds no anchor of the index, but for
    /// those whose window reaches over one of its ends.
    pub fn end(&self, look: &mut FirstLook) {
        look.end(self.index, &self.backgrounds);
    }

    /// Appends the flagged passages of `text` to `findings`, the surest first.
    ///
    /// Offsets are bytes of `text`, which may be anything, valid UTF-8 or not.
    pub fn detect(
        &self,
        text: &[u8],
        scratch: &mut Scratch,
        findings: &mut Vec<Finding>,
    ) -> Effort {
        self.detect_from(text, &|_| true, scratch, findings)
    }

    /// As [`Detector::detect`], of a text that can come only from passages that `may` be its source. Others are still
    /// found, but they never crowd out one that may.
    pub fn detect_from(
        &self,
        text: &[u8],
        may: &dyn Fn(PassageId) -> bool,
        scratch: &mut Scratch,
        findings: &mut Vec<Finding>,
    ) -> Effort {
        let mut judged = vec![];
        let effort = self.detect_shared(text, may, scratch, &mut judged);
        if let Some(lookalikes) = self.lookalikes {
            lookalikes.judge(self.index, text, &mut scratch.lookalikes, &mut judged);
        }
        let from = findings.len();
        keep_best(judged, may, findings);
        for finding in findings[from..].iter_mut().take(EXPLAINED_MAX) {
            let evidence = self.index.text(finding.passage);
            let changes = changes(text, &evidence, &finding.spans, &mut scratch.changes);
            finding.changes = Some(changes);
        }
        effort
    }

    /// Appends the flagged passages that share runs with `text`.
    fn detect_shared(
        &self,
        text: &[u8],
        may: &dyn Fn(PassageId) -> bool,
        scratch: &mut Scratch,
        judged: &mut Vec<Finding>,
    ) -> Effort {
        scratch.leftover.clear();
        let first = scratch.first.get_or_insert_with(|| self.first_look());
        first.feed(self.index, text);
        first.end(self.index, &self.backgrounds);
        if first.is_empty() {
            return Effort::default();
        }
        let nothing_judged = Effort { is_suspect: true, ..Effort::default() };
        let Scratch { analyze, anchors, passages, hits, leftover, candidates, windows, .. } =
            scratch;
        anchors.clear();
        hits.clear();
        self.index.analyzer().analyze(text, analyze, anchors);
        gather_hits(self.index, &self.backgrounds, anchors, passages, hits);
        if hits.is_empty() {
            return nothing_judged;
        }
        candidates.clear();
        windows.clear();
        let about = About {
            source: &|passage| self.source(passage),
            authored_len: &|passage| self.authored_len(passage),
            may,
        };
        nominate(&self.rules, text.len(), hits, &about, candidates, windows);
        if candidates.is_empty() {
            leftover.extend_from_slice(hits);
            return nothing_judged;
        }
        let effort = self.judge_candidates(text, scratch, judged);
        let Scratch { hits, leftover, .. } = scratch;
        let is_left = |hit: &&Hit| judged.iter().all(|other| other.passage != hit.passage);
        leftover.extend(hits.iter().filter(is_left));
        effort
    }

    fn judge_candidates(
        &self,
        text: &[u8],
        scratch: &mut Scratch,
        judged: &mut Vec<Finding>,
    ) -> Effort {
        let Scratch { candidates, windows, tokens, record, passage, .. } = scratch;
        record.read(text, windows.iter().cloned(), tokens);
        let mut effort = Effort {
            is_suspect: true,
            bytes_judged: windows.iter().map(|window| window.len() as u64).sum(),
            weak: 0,
        };
        let mut weak = vec![];
        for candidate in candidates {
            let id = candidate.passage;
            passage.read_passage(&self.index.text(id), tokens);
            let counts = judge(&[record], &[passage], candidate.anchors);
            let (tier, rule) = self.rules.tier(&counts);
            if tier.is_flagged() {
                judged.extend(self.finding(id, text, (record, passage), tier, rule));
            } else {
                weak.push(id);
            }
        }
        effort.weak = weak.len() as u64;
        if self.sources.is_some() && !weak.is_empty() {
            effort.weak -= self.judge_sources(text, &weak, scratch, judged);
        }
        effort
    }

    /// The finding of a passage that was judged; `None` if no byte of it can be shown.
    pub(crate) fn finding(
        &self,
        passage: PassageId,
        text: &[u8],
        (record, reading): (&Reading, &Reading),
        tier: Tier,
        rule: Cow<'static, str>,
    ) -> Option<Finding> {
        let counts = judge(&[record], &[reading], 0);
        let spans = self.spans(text, record, reading, &self.index.text(passage), &counts);
        (!spans.is_empty()).then(|| Finding {
            passage,
            tier,
            rule,
            score: counts.containment(),
            matched_bytes: bytes_of(&spans),
            spans,
            changes: None,
        })
    }

    /// The bytes that a judged passage shares with `text`, by words, and by identifier-blind tokens where there are
    /// enough: the comments of renamed code agree in words, and the code between them only blindly.
    fn spans(
        &self,
        text: &[u8],
        record: &Reading,
        passage: &Reading,
        evidence: &PassageText<'_>,
        counts: &Counts,
    ) -> Vec<Span> {
        let by = |of_record, of_passage| {
            let record = Side { text, tokens: &record.tokens, grams: of_record };
            let passage = Side { text: evidence.text, tokens: &passage.tokens, grams: of_passage };
            align(record, passage, evidence)
        };
        let words = by(&record.words, &passage.words);
        if counts.blind < self.rules.blind_grams_min {
            return words;
        }
        join(words, by(&record.blind, &passage.blind))
    }
}

/// Appends the findings that say something that no better one says. Better is: a passage that may be the source, the
/// surer tier, the more bytes, the larger share of the passage, the earlier passage.
fn keep_best(
    mut judged: Vec<Finding>,
    may: &dyn Fn(PassageId) -> bool,
    findings: &mut Vec<Finding>,
) {
    judged.sort_by(|a, b| {
        let rank = |finding: &Finding| {
            let is_vain = !may(finding.passage);
            (is_vain, finding.tier, std::cmp::Reverse(finding.matched_bytes))
        };
        rank(a).cmp(&rank(b)).then(b.score.total_cmp(&a.score)).then(a.passage.cmp(&b.passage))
    });
    let mut covered: Vec<Range<u32>> = vec![];
    let mut kept = 0;
    for finding in judged {
        let new = finding.matched_bytes - covered_bytes(&finding.spans, &covered);
        if kept == FINDINGS_MAX || new * 100 < finding.matched_bytes * NEW_PERCENT_MIN {
            continue;
        }
        covered.extend(finding.spans.iter().map(|span| span.record.clone()));
        merge(&mut covered);
        kept += 1;
        findings.push(finding);
    }
}

/// Bytes of `spans` inside `covered`, whose ranges are disjoint.
fn covered_bytes(spans: &[Span], covered: &[Range<u32>]) -> u64 {
    let overlap = |span: &Span, range: &Range<u32>| {
        span.record.end.min(range.end).saturating_sub(span.record.start.max(range.start))
    };
    spans
        .iter()
        .flat_map(|span| covered.iter().map(move |range| u64::from(overlap(span, range))))
        .sum()
}
