//! One block: its records through the detector.

use std::ops::Range;
use std::sync::Arc;

use seepage_detect::{Detector, DetectorBuilder, Finding, Scratch, Sieve, Tier};
use seepage_index::{Background, Index, PassageId};
use seepage_shards::{Block, Extent, Preview, Record, Row, cell_at};

use crate::jobs::stop::Stop;
use crate::scan::finding::RecordFinding;
use crate::scan::packages::PackageId;
use crate::scan::plan::ScanPlan;
use crate::scan::record::moment::last_millisecond;
use crate::scan::record::neighbours::{Half, Neighbour};
use crate::scan::record::times::{Times, moment_of};
use crate::scan::unit::BlockOutcome;
use crate::scan::work::ScanError;
use seepage_shards::Kept;

/// What finds passages of one index in records.
pub(crate) struct Finder<'s> {
    pub(crate) detector: Detector<'s>,
    /// `None`: the plan does not say where records hold their time.
    pub(crate) times: Option<Times>,
}

impl<'s> Finder<'s> {
    /// What finds passages of `index` as `plan` wants it. Reads tables over all passages.
    pub(crate) fn new(
        plan: &ScanPlan,
        index: &'s Index,
        backgrounds: &[Arc<Background>],
    ) -> Result<Self, ScanError> {
        let builder = Self::builder(plan, index, backgrounds)?;
        let times = plan.read.time_field.is_some().then(|| Times::read(index));
        Ok(Self {
            detector: builder.build().map_err(ScanError::Index)?,
            times: times.transpose().map_err(ScanError::Index)?,
        })
    }

    /// What tells whether a block holds anything of `index` at all. Its findings mean nothing.
    pub(crate) fn to_look(
        plan: &ScanPlan,
        index: &'s Index,
        backgrounds: &[Arc<Background>],
    ) -> Result<Self, ScanError> {
        let builder = Self::builder(plan, index, backgrounds)?.without_sources();
        Ok(Self { detector: builder.build().map_err(ScanError::Index)?, times: None })
    }

    fn builder(
        plan: &ScanPlan,
        index: &'s Index,
        backgrounds: &[Arc<Background>],
    ) -> Result<DetectorBuilder<'s>, ScanError> {
        let builder = Detector::builder(index).pace(plan.pace).resemblance(plan.resemblance);
        let mut backgrounds = backgrounds.iter().cloned();
        backgrounds.try_fold(builder, DetectorBuilder::background).map_err(ScanError::Background)
    }

    /// Whether `passage` may be the source of a record that was written at `moment` at the latest.
    pub(crate) fn may(&self, passage: PassageId, moment: Option<i64>) -> bool {
        match (&self.times, moment) {
            (Some(times), Some(moment)) => times.may(passage, moment),
            _ => true,
        }
    }

    /// What looks at the texts of a block before they are records; none where every record must be looked at by itself.
    fn preview<'l>(&'l self, sieve: &'l mut Option<Sieve>) -> Option<BlockPreview<'l>> {
        if self.detector.compares_wholes() {
            return None;
        }
        Some(BlockPreview {
            detector: &self.detector,
            sieve: sieve.get_or_insert_with(|| self.detector.sieve()),
            passed: (0, 0),
            is_suspect: false,
        })
    }
}

/// The first stage of a detector, for a whole block.
struct BlockPreview<'l> {
    detector: &'l Detector<'l>,
    sieve: &'l mut Sieve,
    /// Rows that were of no interest, and their bytes.
    passed: (u64, u64),
    is_suspect: bool,
}

impl Preview for BlockPreview<'_> {
    fn feed(&mut self, text: &[u8]) {
        self.detector.feed(self.sieve, text);
    }

    fn end(&mut self) {
        self.detector.end(self.sieve);
    }

    fn is_suspect(&mut self, stretch: Range<u64>) -> bool {
        let is_suspect = self.sieve.is_suspect(&stretch);
        self.is_suspect |= is_suspect;
        is_suspect
    }

    fn passed(&mut self, len: u64) {
        self.passed.0 += 1;
        self.passed.1 += len;
    }
}

/// The buffers of one thread, kept from block to block.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    sieve: Option<Sieve>,
    detect: Scratch,
}

/// Scans every row of a block. A row ends in `outcome` as read or as skipped, and the block's failure with it. Once the
/// scan is asked to stop, the rows that are left are passed over, and what the block came to means nothing.
pub(crate) fn scan_block(
    finder: &Finder<'_>,
    stop: &Stop,
    block: &Block,
    buffers: &mut Buffers,
    outcome: &mut BlockOutcome,
) {
    let (mut found, mut neighbour) = (vec![], Neighbour::default());
    let mut so_far = SoFar::default();
    let Buffers { sieve, detect } = buffers;
    let mut each = |row: Row<'_>| match row {
        _ if stop.asked().is_some() => {}
        Row::Record(record) => {
            if record.extent != Extent::Next {
                so_far = SoFar { from: outcome.findings.len(), is_judged: false };
            }
            let half = scan_record(finder, &record, detect, &mut found, (&mut so_far, outcome));
            // Stretches of a row overlap: what stands across a border is whole in one of them.
            if matches!(record.extent, Extent::First | Extent::Next) {
                neighbour = Neighbour::default();
            } else {
                neighbour.meet(finder, half, detect, outcome);
            }
        }
        Row::Skipped { row, reason } => outcome.skip(row, reason),
    };
    let mut preview = finder.preview(sieve);
    let result = match &mut preview {
        Some(preview) => block.read_rows_previewed(preview, &mut each),
        None => block.read_rows(&mut each),
    };
    if let Some(preview) = preview {
        let (rows, len) = preview.passed;
        outcome.counts.records_read += rows;
        outcome.counts.text_bytes += len;
        outcome.is_suspect |= preview.is_suspect;
    }
    outcome.failure = result.err().map(|error| crate::words_of(&error));
}

/// What the parts of a row before this one came to, as far as they are of the same block.
#[derive(Default)]
struct SoFar {
    /// Its findings in the block's outcome begin here.
    from: usize,
    is_judged: bool,
}

/// Of a record of more texts the first ones wait for the next record.
const TEXTS_LEFT_MAX: usize = 4;

fn scan_record(
    finder: &Finder<'_>,
    record: &Record<'_>,
    scratch: &mut Scratch,
    found: &mut Vec<Finding>,
    (so_far, outcome): (&mut SoFar, &mut BlockOutcome),
) -> Half {
    outcome.counts.records_read += u64::from(record.extent != Extent::Next);
    outcome.counts.records_repaired += u64::from(record.repaired);
    let moment = finder.times.as_ref().and_then(|_| moment_of(record));
    let may = |passage| finder.may(passage, moment);
    let (package, record_id) = (record.package.as_deref(), record.id.as_deref());
    let package = package.map(PackageId::of);
    // A date that no calendar has is no evidence.
    let record_date = record.time.as_deref();
    let record_date = record_date.filter(|date| last_millisecond(date).is_some());
    let mut texts = vec![];
    let (from, mut judged) = (so_far.from, 0);
    let flagged = |found: &[RecordFinding]| found.iter().any(RecordFinding::is_flagged);
    let was_flagged = flagged(&outcome.findings[from..]);
    for text in record.texts {
        let effort = finder.detector.detect_from(&text.text, &may, scratch, found);
        outcome.counts.text_bytes += text.text.len() as u64;
        outcome.is_suspect |= effort.is_suspect || !found.is_empty();
        judged += effort.bytes_judged;
        outcome.counts.weak += effort.weak;
        let place = Place {
            row: record.row,
            record_id,
            package,
            record_date,
            kept: &record.kept,
            field: &text.field,
            text: &text.text,
        };
        for finding in found.drain(..) {
            let predates = !may(finding.passage);
            let located = RecordFinding { predates, ..locate(&place, finding) };
            keep(&mut outcome.findings, from, located);
        }
        let left = scratch.take_leftover(&text.text);
        if texts.len() < TEXTS_LEFT_MAX {
            texts.extend(left.map(|left| (text.field.clone().into_owned(), left)));
        }
    }
    let is_first_judged = judged > 0 && !so_far.is_judged;
    so_far.is_judged |= judged > 0;
    outcome.counts.records_judged += u64::from(is_first_judged);
    // Of a record that nothing was nominated in nobody asks how old it is.
    let is_undated = is_first_judged && finder.times.is_some() && moment.is_none();
    outcome.counts.records_undated += u64::from(is_undated);
    outcome.counts.bytes_judged += judged;
    let is_flagged = flagged(&outcome.findings[from..]);
    outcome.counts.records_flagged += u64::from(is_flagged && !was_flagged);
    Half {
        row: record.row,
        record_id: record_id.map(str::to_owned),
        package,
        record_date: record_date.map(str::to_owned),
        kept: record.kept.clone(),
        moment,
        from,
        is_judged: judged > 0,
        is_flagged,
        texts,
    }
}

/// A text, and the record that it is of.
pub(crate) struct Place<'a> {
    pub(crate) row: u64,
    pub(crate) record_id: Option<&'a str>,
    pub(crate) package: Option<PackageId>,
    pub(crate) record_date: Option<&'a str>,
    pub(crate) kept: &'a [Kept],
    pub(crate) field: &'a str,
    pub(crate) text: &'a [u8],
}

/// The finding with its place.
pub(crate) fn locate(place: &Place<'_>, finding: Finding) -> RecordFinding {
    let start = finding.spans.first().map_or(0, |span| span.record.start as usize);
    let end = place.text.len().min(start + RecordFinding::EXCERPT_LEN);
    RecordFinding {
        // Its unit knows it.
        shard: Arc::default(),
        row: place.row,
        other_row: None,
        record_id: place.record_id.map(str::to_owned),
        kept: place.kept.to_vec(),
        field: match cell_at(place.text, start) {
            Some(cell) => format!("{}#{cell}", place.field),
            None => place.field.to_owned(),
        },
        excerpt: String::from_utf8_lossy(&place.text[start..end]).into_owned(),
        finding,
        predates: false,
        record_date: place.record_date.map(str::to_owned),
        package: place.package,
    }
}

/// One finding a record and passage: of two fields that hold the same passage, the one that holds more of it. What is
/// only alike gives way to what is shared.
pub(crate) fn keep(findings: &mut Vec<RecordFinding>, from: usize, new: RecordFinding) {
    let same = |old: &&mut RecordFinding| old.finding.passage == new.finding.passage;
    match findings[from..].iter_mut().find(same) {
        Some(old) if weight(old) >= weight(&new) => {}
        Some(old) => *old = new,
        None => findings.push(new),
    }
}

fn weight(found: &RecordFinding) -> (bool, u64) {
    let Finding { tier, matched_bytes, .. } = found.finding;
    (tier != Tier::Alike, matched_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two findings of one passage, in either order; the first of them is kept.
    #[track_caller]
    fn check(kept: (Tier, u64), dropped: (Tier, u64)) {
        let finding = |(tier, matched_bytes): (Tier, u64)| RecordFinding {
            shard: "a.jsonl".into(),
            row: 0,
            other_row: None,
            record_id: None,
            kept: vec![],
            field: "text".to_owned(),
            excerpt: String::new(),
            predates: false,
            record_date: None,
            package: None,
            finding: Finding {
                passage: PassageId(0),
                tier,
                rule: "".into(),
                score: 1.0,
                matched_bytes,
                spans: vec![],
                changes: None,
            },
        };
        for pair in [[kept, dropped], [dropped, kept]] {
            let mut findings = vec![];
            for each in pair {
                keep(&mut findings, 0, finding(each));
            }
            assert_eq!(findings.len(), 1);
            let left = &findings[0].finding;
            assert_eq!((left.tier, left.matched_bytes), kept);
        }
    }

    #[test]
    fn of_two_fields_the_one_that_shares_more_is_kept_and_never_one_that_is_only_alike() {
        check((Tier::Exact, 20), (Tier::Near, 10));
        check((Tier::Near, 20), (Tier::Exact, 10));
        check((Tier::Brief, 10), (Tier::Alike, 2000));
        check((Tier::Alike, 20), (Tier::Alike, 10));
    }
}
