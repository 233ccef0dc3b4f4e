//! Records that resemble a passage as a whole, whether a long run of words survived or not.

use std::sync::Arc;

use seepage_fingerprint::Sketch;
use seepage_index::{Index, PassageText};

use super::resemblance::{ResemblanceMin, SHINGLES_MIN, ShingleScratch, Shingles, SketchTable};
use crate::evidence::passages::ReadPassage;
use crate::evidence::share::{Claimant, Shared};
use crate::evidence::tokenized::TokenizedText;
use crate::finding::{Finding, Span, Tier};
use crate::scratch::Scratch;

/// The number of passages that one text is compared with: those of the highest estimates. The rest are copies of them.
const COMPARED_MAX: usize = 64;

/// The sketches of all passages of one index that are long enough. Shared by all threads.
#[derive(Clone, Debug)]
pub(crate) struct Lookalikes {
    table: SketchTable,
    resemblance_min: ResemblanceMin,
}

impl Lookalikes {
    /// Reads and sketches every passage of `index`: some 700 bytes of memory each.
    pub(crate) fn of(index: &Index, resemblance_min: ResemblanceMin) -> Self {
        let mut table = SketchTable::default();
        let mut scratch = ShingleScratch::default();
        for passage in index.passages() {
            let shingles = shingles_of(&index.text(passage), &mut scratch);
            if let Some(sketch) = shingles.and_then(|shingles| shingles.sketch()) {
                table.insert(passage, sketch);
            }
        }
        Self { table, resemblance_min }
    }

    /// Appends to `judged` the passages that `text` resembles as a whole and that are not there yet.
    pub(crate) fn judge(
        &self,
        index: &Index,
        text: &[u8],
        scratch: &mut Scratch,
        judged: &mut Vec<Finding>,
    ) {
        let Scratch { shingles, tokens, record, .. } = scratch;
        shingles.hashes.clear();
        shingles.read(text);
        if shingles.hashes.len() < SHINGLES_MIN {
            return;
        }
        let Some(sketch) = Sketch::of(shingles.hashes.iter().copied()) else {
            return;
        };
        let mut alike = vec![];
        self.table.lookup(&sketch, self.resemblance_min, &mut alike);
        alike.retain(|(passage, _)| judged.iter().all(|other| other.passage != *passage));
        if alike.is_empty() {
            return;
        }
        // Stable: of equal estimates, the earlier passage first.
        alike.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        alike.truncate(COMPARED_MAX);
        let Some(own) = shingles.collect() else {
            return;
        };
        record.read(text, std::iter::once(0..text.len()), tokens);
        for (id, _) in alike {
            let evidence = index.text(id);
            let Some(theirs) = shingles_of(&evidence, shingles) else {
                continue;
            };
            let exact = own.resemblance(&theirs);
            if exact < self.resemblance_min.get() {
                continue;
            }
            let passage = Arc::new(ReadPassage::of(&evidence, tokens));
            let spans = spans((text, record), (evidence, passage));
            judged.push(Finding {
                passage: id,
                tier: Tier::Alike,
                rule: format!(
                    "resembles the passage: {exact:.2} (at least {:.2})",
                    self.resemblance_min.get()
                )
                .into(),
                score: exact,
                matched_bytes: Span::bytes_of(&spans),
                spans,
                changes: None,
            });
        }
    }
}

fn shingles_of(passage: &PassageText<'_>, scratch: &mut ShingleScratch) -> Option<Shingles> {
    Shingles::of(passage.text, &passage.spans, scratch)
}

/// What can be paired of both sides; where nothing can, all of the text and of the passage.
fn spans(
    (text, record): (&[u8], &TokenizedText),
    (evidence, passage): (PassageText<'_>, Arc<ReadPassage>),
) -> Vec<Span> {
    let from = evidence.spans.first().map_or(0, |span| span.start);
    let to = evidence.spans.last().map_or(from, |span| span.end);
    let shared = Shared::of(text, record);
    let chained = shared.chain(&evidence, passage, false);
    let paired = shared.share_out(&[Claimant { evidence, chained }], true).pop();
    match paired {
        Some(paired) if !paired.is_empty() => paired,
        _ => vec![Span { record: 0..text.len() as u32, passage: from..to }],
    }
}
