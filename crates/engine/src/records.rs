//! One block: its records through the detector.

use std::sync::Arc;

use seepage_detect::{Detector, Finding, Scratch};
use seepage_shards::{Block, FieldText, Record, Row};

use crate::collect::BlockOutcome;
use crate::{RecordFinding, ScanSummary, SkippedRow};

/// Scans every row of a block. A row ends in `outcome` as read or as skipped, and the block's failure with it.
pub(crate) fn scan_block(
    detector: &Detector<'_>,
    shard: &Arc<str>,
    block: &Block,
    scratch: &mut Scratch,
    outcome: &mut BlockOutcome,
) {
    let mut found = vec![];
    let result = block.read_rows(&mut |row| match row {
        Row::Record(record) => scan_record(detector, shard, &record, scratch, &mut found, outcome),
        Row::Skipped { row, reason } => {
            *outcome.skipped.entry(reason).or_default() += 1;
            if outcome.skipped_first.len() < ScanSummary::SKIPPED_FIRST_MAX {
                outcome.skipped_first.push(SkippedRow {
                    shard: shard.clone(),
                    row,
                    reason,
                });
            }
        }
    });
    outcome.failure = result.err().map(|error| crate::words_of(&error));
}

fn scan_record(
    detector: &Detector<'_>,
    shard: &Arc<str>,
    record: &Record<'_>,
    scratch: &mut Scratch,
    found: &mut Vec<Finding>,
    outcome: &mut BlockOutcome,
) {
    outcome.records_read += 1;
    outcome.records_repaired += u64::from(record.repaired);
    let (from, mut judged) = (outcome.findings.len(), 0);
    for text in record.texts {
        let effort = detector.detect(&text.text, scratch, found);
        outcome.text_bytes += text.text.len() as u64;
        judged += effort.bytes_judged;
        outcome.weak += effort.weak;
        for finding in found.drain(..) {
            keep(
                &mut outcome.findings,
                from,
                locate(shard, record, text, finding),
            );
        }
    }
    outcome.records_judged += u64::from(judged > 0);
    outcome.bytes_judged += judged;
    outcome.records_flagged += u64::from(outcome.findings.len() > from);
}

fn locate(
    shard: &Arc<str>,
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
        shard: shard.clone(),
        row: record.row,
        record_id: record.id.as_deref().map(str::to_owned),
        field: text.field.clone().into_owned(),
        excerpt: String::from_utf8_lossy(&text.text[start..end]).into_owned(),
        finding,
    }
}

/// One finding a record and passage: of two fields that hold the same passage, the one that holds more of it.
fn keep(findings: &mut Vec<RecordFinding>, from: usize, new: RecordFinding) {
    let same = |old: &&mut RecordFinding| old.finding.passage == new.finding.passage;
    match findings[from..].iter_mut().find(same) {
        Some(old) if old.finding.matched_bytes >= new.finding.matched_bytes => {}
        Some(old) => *old = new,
        None => findings.push(new),
    }
}
