//! The way through both stages, for one text.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use seepage_fingerprint::{Fingerprint, Pace};
use seepage_index::{Author, Background, BackgroundError, Index, OpenError, PassageId};
use seepage_text::TokenScratch;

use crate::alike::lookalikes::Lookalikes;
use crate::alike::resemblance::ResemblanceMin;
use crate::evidence::changes::changes;
use crate::evidence::judge::judge;
use crate::evidence::passages::{ReadPassage, ReadPassages};
use crate::evidence::share::{Claimant, Shared};
use crate::evidence::tokenized::TokenizedText;
use crate::finding::{Finding, Span, Tier};
use crate::nominate::{Hit, gather_hits, nominate};
use crate::ranges::merge;
use crate::rules::{Overlap, Rules};
use crate::scratch::Scratch;
use crate::sieve::Sieve;
use crate::sources::SourceTable;

/// The largest number of findings of one text, each with its own part: a limit of cost.
const FINDINGS_MAX: usize = 256;
/// The number of a text's findings that say what became of their passage.
const EXPLAINED_MAX: usize = 3;
/// A finding adds something if at least this share of it, in percent, is not covered by better ones.
const NEW_PERCENT_MIN: u64 = 25;

/// Finds passages of one index in texts. Shared by all threads.
#[derive(Clone, Debug)]
pub struct Detector<'i> {
    /// Tells it from all others of this process.
    number: u64,
    pub(crate) index: &'i Index,
    pub(crate) rules: Rules,
    pace: Pace,
    backgrounds: Vec<Arc<Background>>,
    /// `None`: each passage stands alone.
    sources: Option<SourceTable>,
    /// `None`: whole texts are not compared.
    lookalikes: Option<Lookalikes>,
}

/// The number of the next detector of this process.
static NUMBER: AtomicU64 = AtomicU64::new(1);

/// Chooses what a [`Detector`] does beyond the default.
#[derive(Clone, Debug)]
pub struct DetectorBuilder<'i> {
    index: &'i Index,
    rules: Rules,
    pace: Pace,
    backgrounds: Vec<Arc<Background>>,
    has_sources: bool,
    resemblance_min: Option<ResemblanceMin>,
}

impl<'i> DetectorBuilder<'i> {
    /// Other thresholds than the default ones.
    #[must_use]
    pub fn rules(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// How many of a text's anchors are looked up.
    #[must_use]
    pub fn pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// Passes over anchors that are common in human text, beside those that the index left out.
    ///
    /// # Errors
    /// The background was made with other parameters than the index.
    pub fn background(mut self, background: Arc<Background>) -> Result<Self, BackgroundError> {
        if !background.fits(self.index.analyzer()) {
            return Err(BackgroundError::Parameters);
        }
        self.backgrounds.push(background);
        Ok(self)
    }

    /// Also finds passages that a text resembles as a whole, by this share at least. Costs some 700 bytes of memory a
    /// passage, and time for each text.
    #[must_use]
    pub fn resemblance(self, least: Option<ResemblanceMin>) -> Self {
        Self { resemblance_min: least, ..self }
    }

    /// Lets each passage stand alone. By default, what a text shares with several edits of one file adds up.
    #[must_use]
    pub fn without_sources(self) -> Self {
        Self { has_sources: false, ..self }
    }

    /// Reads what has to be known of all passages.
    ///
    /// # Errors
    /// The provenance of the passages cannot be read, which tells the edits of one file.
    pub fn build(self) -> Result<Detector<'i>, OpenError> {
        let Self { index, rules, pace, backgrounds, has_sources, resemblance_min } = self;
        Ok(Detector {
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            index,
            rules,
            pace,
            backgrounds,
            sources: has_sources.then(|| SourceTable::read(index)).transpose()?,
            lookalikes: resemblance_min.map(|least| Lookalikes::of(index, least)),
        })
    }
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
    /// A builder of a detector of passages of `index`.
    pub fn builder(index: &'i Index) -> DetectorBuilder<'i> {
        DetectorBuilder {
            index,
            rules: Rules::default(),
            pace: Pace::default(),
            backgrounds: vec![],
            has_sources: true,
            resemblance_min: None,
        }
    }

    /// Whether whole texts are compared, so that a text without any anchor may still be found.
    pub fn compares_wholes(&self) -> bool {
        self.lookalikes.is_some()
    }

    /// Makes a sieve, which looks through many texts at once for places where this detector has to be asked.
    pub fn sieve(&self) -> Sieve {
        Sieve::new(self.index.analyzer(), self.pace)
    }

    /// Feeds the next text to `sieve`.
    pub fn feed(&self, sieve: &mut Sieve, text: &[u8]) {
        sieve.feed(self.index, text);
    }

    /// Ends what was fed to `sieve`, which can then be asked. A text that is not suspect holds no anchor of the index,
    /// but for those whose window reaches over one of its ends.
    pub fn end(&self, sieve: &mut Sieve) {
        sieve.end(self.index, &|fingerprint| self.is_common(fingerprint));
    }

    fn is_common(&self, fingerprint: Fingerprint) -> bool {
        self.backgrounds.iter().any(|background| background.is_common(fingerprint))
    }

    /// The flagged passages of `text`, the surest first.
    ///
    /// Offsets are bytes of `text`, which may be anything, valid UTF-8 or not. The buffers are made anew for each text:
    /// of many texts, [`Detector::detect_from`] keeps them.
    pub fn detect(&self, text: &[u8]) -> Vec<Finding> {
        let mut findings = vec![];
        self.detect_from(text, &|_| true, &mut Scratch::default(), &mut findings);
        findings
    }

    /// Appends the flagged passages of `text` to `findings`, the surest first. The text can come only from passages that
    /// `may` be its source: others are still found, but they never crowd out one that may.
    pub fn detect_from(
        &self,
        text: &[u8],
        may: &dyn Fn(PassageId) -> bool,
        scratch: &mut Scratch,
        findings: &mut Vec<Finding>,
    ) -> Effort {
        let mut judged = vec![];
        let effort = self.detect_shared(text, may, scratch, &mut judged);
        if let Some(lookalikes) = &self.lookalikes {
            lookalikes.judge(self.index, text, scratch, &mut judged);
        }
        let from = findings.len();
        keep_best(judged, may, findings);
        for finding in findings[from..].iter_mut().take(EXPLAINED_MAX) {
            let evidence = self.index.text(finding.passage);
            let changes = changes(text, &evidence, &finding.spans, &mut scratch.tokens);
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
        let sieve = scratch.sieve.get_or_insert_with(|| self.sieve());
        self.feed(sieve, text);
        self.end(sieve);
        if sieve.is_empty() {
            return Effort::default();
        }
        let nothing_judged = Effort { is_suspect: true, ..Effort::default() };
        let Scratch { analyze, anchors, passages, hits, leftover, candidates, windows, .. } =
            scratch;
        anchors.clear();
        hits.clear();
        self.index.analyzer().analyze(text, analyze, anchors);
        let is_common = |fingerprint| self.is_common(fingerprint);
        let sources = self.sources.as_ref();
        gather_hits((self.index, &is_common, sources), may, anchors, passages, hits);
        if hits.is_empty() {
            return nothing_judged;
        }
        candidates.clear();
        windows.clear();
        nominate((&self.rules, self.index), text.len(), hits, may, candidates, windows);
        if candidates.is_empty() {
            leftover.extend_from_slice(hits);
            return nothing_judged;
        }
        let effort = self.judge_candidates(text, may, scratch, judged);
        let Scratch { hits, leftover, .. } = scratch;
        let is_left = |hit: &&Hit| judged.iter().all(|other| other.passage != hit.passage);
        leftover.extend(hits.iter().filter(is_left));
        effort
    }

    fn judge_candidates(
        &self,
        text: &[u8],
        may: &dyn Fn(PassageId) -> bool,
        scratch: &mut Scratch,
        judged: &mut Vec<Finding>,
    ) -> Effort {
        let Scratch { candidates, windows, tokens, record, read, .. } = scratch;
        record.read(text, windows.iter().cloned(), tokens);
        let mut effort = Effort {
            is_suspect: true,
            bytes_judged: windows.iter().map(|window| window.len() as u64).sum(),
            weak: 0,
        };
        let (mut flagged, mut weak) = (vec![], vec![]);
        for candidate in candidates {
            let id = candidate.passage;
            let passage = read.read(self.number, self.index, id, tokens);
            let counts = judge(&[record], &[&passage], candidate.anchors);
            let (tier, rule) = self.tier(&counts, &[id]);
            if tier.is_flagged() {
                flagged.push(self.flagged(id, (tier, rule), &counts));
            } else {
                weak.push(id);
            }
        }
        effort.weak = weak.len() as u64;
        if self.sources.is_some() && !weak.is_empty() {
            effort.weak -= self.judge_sources(&weak, scratch, &mut flagged);
        }
        let Scratch { tokens, record, read, .. } = scratch;
        self.share_out((text, record), flagged, may, (read, tokens), judged);
        effort
    }

    pub(crate) fn read(&self, passage: PassageId, scratch: &mut Scratch) -> Arc<ReadPassage> {
        scratch.read.read(self.number, self.index, passage, &mut scratch.tokens)
    }

    /// A passage that was judged, and what it shares with the text.
    pub(crate) fn flagged(
        &self,
        passage: PassageId,
        (tier, rule): (Tier, Cow<'static, str>),
        counts: &Overlap,
    ) -> Flagged {
        let with_blind = counts.blind >= self.rules.blind_grams_min && !self.imitates(passage);
        Flagged { passage, tier, rule, score: counts.containment(), with_blind }
    }

    /// Appends the findings of passages that were judged: each byte of the text goes to one of them at most. Those that may
    /// be the source come first, and the others get what is left.
    pub(crate) fn share_out(
        &self,
        (text, record): (&[u8], &TokenizedText),
        mut flagged: Vec<Flagged>,
        may: &dyn Fn(PassageId) -> bool,
        (read, tokens): (&mut ReadPassages, &mut TokenScratch),
        judged: &mut Vec<Finding>,
    ) {
        if flagged.is_empty() {
            return;
        }
        // Passages are numbered by when they were written.
        flagged.sort_by_key(|flagged| (!may(flagged.passage), flagged.passage));
        let shared = Shared::of(text, record);
        for flagged in flagged.chunk_by(|a, b| may(a.passage) == may(b.passage)) {
            let claimants: Vec<_> = flagged
                .iter()
                .map(|flagged| {
                    let evidence = self.index.text(flagged.passage);
                    let passage = read.read(self.number, self.index, flagged.passage, tokens);
                    let chained = shared.chain(&evidence, passage, flagged.with_blind);
                    Claimant { evidence, chained }
                })
                .collect();
            let mut spans = shared.share_out(&claimants, false);
            if spans.iter().all(Vec::is_empty) {
                // What was flagged is shown, however short it is.
                spans = shared.share_out(&claimants, true);
            }
            let found = flagged.iter().zip(spans).filter(|(_, spans)| !spans.is_empty());
            judged.extend(found.map(|(flagged, spans)| Finding {
                passage: flagged.passage,
                tier: flagged.tier,
                rule: flagged.rule.clone(),
                score: flagged.score,
                matched_bytes: Span::bytes_of(&spans),
                spans,
                changes: None,
            }));
        }
    }

    /// The tier of passages of one source, and the rule that gave it. What a model made after something that it had read is
    /// like that but for the names, so that renamed code would accuse whoever wrote the original.
    pub(crate) fn tier(
        &self,
        counts: &Overlap,
        passages: &[PassageId],
    ) -> (Tier, Cow<'static, str>) {
        let found = self.rules.tier(counts);
        if found.0 == Tier::Blind && passages.iter().any(|passage| self.imitates(*passage)) {
            return self.rules.tier(&Overlap { blind: 0, ..*counts });
        }
        found
    }

    /// Whether an author of the passage imitated what it had read. Where that cannot be read, who shows the finding says so.
    fn imitates(&self, passage: PassageId) -> bool {
        self.index.authors(passage).is_ok_and(|authors| authors.iter().any(Author::imitates))
    }
}

/// A passage that was judged and is flagged.
pub(crate) struct Flagged {
    pub(crate) passage: PassageId,
    tier: Tier,
    rule: Cow<'static, str>,
    score: f32,
    /// Whether its identifier-blind tokens count.
    with_blind: bool,
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
            (is_vain, finding.tier, Reverse(finding.matched_bytes))
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
