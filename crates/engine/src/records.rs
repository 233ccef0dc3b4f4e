//! One block: its records through the detector.

use std::ops::Range;
use std::sync::Arc;

use seepage_detect::{Detector, Finding, FirstLook, Scratch, Tier};
use seepage_shards::{Block, FieldText, Preview, Record, Row};

use crate::collect::BlockOutcome;
use crate::sources::{Sources, moment_of};
use crate::{PackageId, RecordFinding, ScanSummary, SkippedRow};

/// What finds passages in records.
pub(crate) struct Finder<'s> {
    pub(crate) detector: Detector<'s>,
    /// `None`: nobody said where records hold their time.
    pub(crate) sources: Option<Sources>,
}

impl Finder<'_> {
    /// What looks at the texts of a block before they are records; none where every record must be looked at by itself.
    fn preview<'l>(&'l self, look: &'l mut Option<FirstLook>) -> Option<BlockPreview<'l>> {
        if self.detector.compares_wholes() {
            return None;
        }
        Some(BlockPreview {
            detector: &self.detector,
            look: look.get_or_insert_with(|| self.detector.first_look()),
            passed: (0, 0),
        })
    }
}

/// The first stage of a detector, for a whole block.
struct BlockPreview<'l> {
    detector: &'l Detector<'l>,
    look: &'l mut FirstLook,
    /// Rows that were of no interest, and their bytes.
    passed: (u64, u64),
}

impl Preview for BlockPreview<'_> {
    fn feed(&mut self, text: &[u8]) {
        self.detector.feed(self.look, text);
    }

    fn end(&mut self) {
        self.detector.end(self.look);
    }

    fn is_suspect(&mut self, stretch: Range<u64>) -> bool {
        self.look.is_suspect(&stretch)
    }

    fn passed(&mut self, len: u64) {
        self.passed.0 += 1;
        self.passed.1 += len;
    }
}

/// The buffers of one thread, kept from block to block.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    look: Option<FirstLook>,
    detect: Scratch,
}

/// The shard that a block is of.
pub(crate) struct Origin {
    pub(crate) name: Arc<str>,
    /// Of records that do not name theirs.
    pub(crate) package: PackageId,
}

/// Scans every row of a block. A row ends in `outcome` as read or as skipped, and the block's failure with it.
pub(crate) fn scan_block(
    finder: &Finder<'_>,
    shard: &Origin,
    block: &Block,
    buffers: &mut Buffers,
    outcome: &mut BlockOutcome,
) {
    let mut found = vec![];
    let Buffers { look, detect } = buffers;
    let mut each = |row: Row<'_>| match row {
        Row::Record(record) => scan_record(finder, shard, &record, detect, &mut found, outcome),
        Row::Skipped { row, reason } => {
            *outcome.skipped.entry(reason).or_default() += 1;
            if outcome.skipped_first.len() < ScanSummary::SKIPPED_FIRST_MAX {
                outcome.skipped_first.push(SkippedRow {
                    shard: shard.name.clone(),
                    row,
                    reason,
                });
            }
        }
    };
    let mut preview = finder.preview(look);
    let result = match &mut preview {
        Some(preview) => block.read_rows_previewed(preview, &mut each),
        None => block.read_rows(&mut each),
    };
    let (rows, len) = preview.map_or((0, 0), |preview| preview.passed);
    outcome.records_read += rows;
    outcome.text_bytes += len;
    outcome.failure = result.err().map(|error| crate::words_of(&error));
}

fn scan_record(
    finder: &Finder<'_>,
    shard: &Origin,
    record: &Record<'_>,
    scratch: &mut Scratch,
    found: &mut Vec<Finding>,
    outcome: &mut BlockOutcome,
) {
    outcome.records_read += 1;
    outcome.records_repaired += u64::from(record.repaired);
    let moment = finder.sources.as_ref().and_then(|_| moment_of(record));
    outcome.records_undated += u64::from(finder.sources.is_some() && moment.is_none());
    let may = |passage| match (&finder.sources, moment) {
        (Some(sources), Some(moment)) => sources.may(passage, moment),
        _ => true,
    };
    let (from, mut judged) = (outcome.findings.len(), 0);
    for text in record.texts {
        let effort = finder
            .detector
            .detect_from(&text.text, &may, scratch, found);
        outcome.text_bytes += text.text.len() as u64;
        judged += effort.bytes_judged;
        outcome.weak += effort.weak;
        for finding in found.drain(..) {
            let predates = !may(finding.passage);
            let located = RecordFinding {
                predates,
                ..locate(shard, record, text, finding)
            };
            keep(&mut outcome.findings, from, located);
        }
    }
    outcome.records_judged += u64::from(judged > 0);
    outcome.bytes_judged += judged;
    outcome.records_flagged += u64::from(
        outcome.findings[from..]
            .iter()
            .any(RecordFinding::is_flagged),
    );
}

fn locate(
    shard: &Origin,
    record: &Record<'_>,
    text: &FieldText<'_>,
    finding: Finding,
) -> RecordFinding {
    let start = finding
        .spans
        .first()
        .map_or(0, |span| span.record.start as usize);
    let end = text.text.len().min(start + RecordFinding::EXCERPT_LEN);
    RecordFinding {
        shard: shard.name.clone(),
        row: record.row,
        record_id: record.id.as_deref().map(str::to_owned),
        kept: record.kept.clone(),
        field: text.field.clone().into_owned(),
        excerpt: String::from_utf8_lossy(&text.text[start..end]).into_owned(),
        finding,
        predates: false,
        package: record
            .package
            .as_deref()
            .map_or(shard.package, PackageId::of),
    }
}

/// One finding a record and passage: of two fields that hold the same passage, the one that holds more of it. What is
/// only alike gives way to what is shared.
fn keep(findings: &mut Vec<RecordFinding>, from: usize, new: RecordFinding) {
    let same = |old: &&mut RecordFinding| old.finding.passage == new.finding.passage;
    match findings[from..].iter_mut().find(same) {
        Some(old) if weight(old) >= weight(&new) => {}
        Some(old) => *old = new,
        None => findings.push(new),
    }
}

fn weight(found: &RecordFinding) -> (bool, u64) {
    let Finding {
        tier,
        matched_bytes,
        ..
    } = found.finding;
    (tier != Tier::Alike, matched_bytes)
}

#[cfg(test)]
mod tests {
    use seepage_index::PassageId;

    use super::*;

    /// Two findings of one passage, in either order; the first of them is kept.
    #[track_caller]
    fn check(kept: (Tier, u64), dropped: (Tier, u64)) {
        let finding = |(tier, matched_bytes): (Tier, u64)| RecordFinding {
            shard: "a.jsonl".into(),
            row: 0,
            record_id: None,
            kept: vec![],
            field: "text".to_owned(),
            excerpt: String::new(),
            predates: false,
            package: PackageId::default(),
            finding: Finding {
                passage: PassageId(0),
                tier,
                rule: "".into(),
                score: 1.0,
                matched_bytes,
                spans: vec![],
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
