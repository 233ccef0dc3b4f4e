//! One block: its records through the detector.

use std::io;
use std::ops::{ControlFlow, Range};

use seepage_detect::{Detector, Scratch, Sieve};
use seepage_shards::{Block, Preview, Record, Row};

use crate::jobs::stop::Stop;
use crate::scan::finding::RecordFinding;
use crate::scan::record::facts::{RecordFacts, keep};
use crate::scan::record::finder::Finder;
use crate::scan::record::neighbours::{Half, Neighbour};
use crate::scan::record::times::moment_of;
use crate::scan::unit::BlockOutcome;

/// The first stage of a detector, for a whole block.
struct BlockPreview<'l> {
    detector: &'l Detector<'l>,
    sieve: &'l mut Sieve,
    /// Rows that were of no interest, and their bytes.
    passed: (u64, u64),
    /// Of those rows, bytes of values that hold no text.
    bytes_not_text: u64,
    is_suspect: bool,
}

impl<'l> BlockPreview<'l> {
    /// What looks at the texts of a block before they are records; none where every record must be looked at by itself.
    fn of(finder: &'l Finder<'_>, sieve: &'l mut Option<Sieve>) -> Option<Self> {
        let detector = &finder.detector;
        (!detector.compares_wholes()).then(|| Self {
            detector,
            sieve: sieve.get_or_insert_with(|| detector.sieve()),
            passed: (0, 0),
            bytes_not_text: 0,
            is_suspect: false,
        })
    }
}

impl Preview for BlockPreview<'_> {
    fn feed(&mut self, text: &[u8]) {
        self.detector.feed(self.sieve, text);
    }

    fn end(&mut self) {
        self.detector.end(self.sieve);
    }

    fn is_suspect(&mut self, place: Range<u64>) -> bool {
        let is_suspect = self.sieve.is_suspect(&place);
        self.is_suspect |= is_suspect;
        is_suspect
    }

    fn passed(&mut self, len: u64, bytes_not_text: u64) {
        self.passed.0 += 1;
        self.passed.1 += len;
        self.bytes_not_text += bytes_not_text;
    }
}

/// The buffers of one thread, kept from block to block.
#[derive(Debug, Default)]
pub(crate) struct ScanBuffers {
    sieve: Option<Sieve>,
    detect: Scratch,
}

/// Scans every row of a block. A row ends in `outcome` as read or as skipped, and the block's failure with it. Once the
/// scan is asked to stop, the rows that are left are passed over, and what the block came to means nothing.
pub(crate) fn scan_block(
    finder: &Finder<'_>,
    stop: &Stop,
    block: &Block,
    buffers: &mut ScanBuffers,
    outcome: &mut BlockOutcome,
) {
    let (mut neighbour, mut unreadable) = (Neighbour::default(), None);
    let len_max = block.record_len_max();
    let ScanBuffers { sieve, detect } = buffers;
    let mut each = |row: Row<'_>| match row {
        _ if stop.asked().is_some() => {}
        Row::Record(record) => {
            match scan_record(finder, stop, len_max, &record, detect, outcome) {
                Ok(half) if record.spilled.is_none() => {
                    neighbour.meet(finder, half, detect, outcome);
                }
                // What is too long to be held is no half of anything.
                Ok(_) => neighbour = Neighbour::default(),
                Err(error) => unreadable = Some(error),
            }
        }
        Row::Skipped { row, reason } => outcome.skip(row, reason),
    };
    let mut preview = BlockPreview::of(finder, sieve);
    let result = match &mut preview {
        Some(preview) => block.read_rows_previewed(preview, &mut each),
        None => block.read_rows(&mut each),
    };
    if let Some(preview) = preview {
        let (rows, len) = preview.passed;
        outcome.counts.records_read += rows;
        outcome.counts.text_bytes += len;
        outcome.counts.bytes_not_text += preview.bytes_not_text;
        outcome.is_suspect |= preview.is_suspect;
    }
    outcome.failure = result.err().map(|error| crate::words_of(&error));
    if let Some(error) = unreadable {
        outcome.failure = Some(format!("a long record cannot be read back: {error}"));
    }
}

/// Of a record of more texts the first ones wait for the next record.
const TEXTS_LEFT_MAX: usize = 4;

/// Scans the texts of a record, in windows if it has more than `len_max` bytes. Of what stands in several windows, the one
/// that holds most of it counts.
///
/// # Errors
/// What is too long to be held waits in a temporary file, and that cannot be read.
fn scan_record(
    finder: &Finder<'_>,
    stop: &Stop,
    len_max: usize,
    record: &Record<'_>,
    scratch: &mut Scratch,
    outcome: &mut BlockOutcome,
) -> io::Result<Half> {
    outcome.read(record.row, record.unread);
    let is_textless = record.texts.is_empty() && record.spilled.is_none();
    outcome.counts.records_textless += u64::from(is_textless);
    outcome.counts.bytes_not_text += record.bytes_not_text;
    let text_bytes = outcome.counts.text_bytes;
    outcome.counts.records_repaired += u64::from(record.repaired);
    let moment = finder.times.as_ref().and_then(|_| moment_of(record));
    let may = |passage| finder.may(passage, moment);
    let facts = RecordFacts::of(record);
    let (mut found, mut texts) = (vec![], vec![]);
    let (from, mut judged) = (outcome.findings.len(), 0);
    record.for_each_window(len_max, &mut |field, text| {
        let effort = finder.detector.detect_from(text, &may, scratch, &mut found);
        outcome.counts.text_bytes += text.len() as u64;
        outcome.is_suspect |= effort.is_suspect || !found.is_empty();
        judged += effort.bytes_judged;
        outcome.counts.weak += effort.weak;
        for finding in found.drain(..) {
            let predates = !may(finding.passage);
            let located = RecordFinding { predates, ..facts.locate(field, text, finding) };
            keep(&mut outcome.findings, from, located);
        }
        let left = scratch.take_leftover(text);
        if texts.len() < TEXTS_LEFT_MAX {
            texts.extend(left.map(|left| (field.to_owned(), left)));
        }
        if stop.asked().is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    // Of a line that is passed over all bytes count, so they must of any.
    if let Some(len) = record.len {
        outcome.counts.text_bytes = text_bytes + len;
    }
    outcome.counts.records_judged += u64::from(judged > 0);
    // Of a record that nothing was nominated in nobody asks how old it is.
    let is_undated = judged > 0 && finder.times.is_some() && moment.is_none();
    outcome.counts.records_undated += u64::from(is_undated);
    outcome.counts.bytes_judged += judged;
    let is_flagged = outcome.findings[from..].iter().any(RecordFinding::is_flagged);
    outcome.counts.records_flagged += u64::from(is_flagged);
    Ok(Half { facts, moment, from, is_judged: judged > 0, is_flagged, texts })
}
