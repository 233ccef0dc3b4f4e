//! What a scan read, what it could not read, and what follows from both.

use std::collections::BTreeMap;
use std::sync::Arc;

use seepage_detect::Tier;
use seepage_shards::SkipReason;

use crate::scan::unit::{SKIPPED_FIRST_MAX, ShardOutcome, UnitResult};

/// A row that was not scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedRow {
    /// The shard's name.
    pub shard: Arc<str>,
    /// From 0.
    pub row: u64,
    /// Why.
    pub reason: SkipReason,
}

/// A shard that could not be read, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedShard {
    /// The shard's name.
    pub shard: String,
    /// The error and its causes, in words.
    pub why: String,
}

/// Fields that are told apart by name in a summary.
const FIELDS_MAX: usize = 10_000;

/// Where a log does not name the model; the word that an index uses, too.
pub const MODEL_UNKNOWN: &str = "unknown";

/// The answer of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was read, and nothing was found.
    Clean,
    /// Something was found; whether everything was read or not.
    Contaminated,
    /// Nothing was found in what was read, and not everything was read.
    Incomplete,
}

impl Verdict {
    /// The name used in the summary.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Contaminated => "contaminated",
            Self::Incomplete => "incomplete",
        }
    }

    /// The exit code of the program.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Contaminated => 1,
            Self::Incomplete => 2,
        }
    }
}

/// What a scan read and found. Each shard is in exactly one of `shards_read`, `shards_skipped`, `shards_failed`;
/// each record met is in exactly one of `records_read`, `records_in_part`, `records_skipped`; those of which a shard failed
/// before they were met are in none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScanSummary {
    /// Shards read to their end, with at least one record read or none to read.
    pub shards_read: u64,
    /// Shards read to their end of which no record could be scanned.
    pub shards_skipped: u64,
    /// Shards that could not be opened, or not read to their end.
    pub shards_failed: Vec<FailedShard>,
    /// Shards that were not begun, because the scan was stopped.
    pub shards_unread: u64,
    /// The scan was stopped before its end.
    pub is_stopped: bool,
    /// It is one of several parts, of which some may have nothing to scan.
    pub is_part: bool,
    /// Bytes on disk of all shards.
    pub bytes_on_disk: u64,
    /// Records scanned.
    pub records_read: u64,
    /// Among those that were parsed: records with bytes that were not UTF-8, each replaced by `?`. A line that holds
    /// nothing suspect is scanned as it lies there, and such bytes in it are no matter.
    pub records_repaired: u64,
    /// Among those that the first stage nominated, if there is a `time_field`: records in which it holds no time. They
    /// count as if they had none.
    pub records_undated: u64,
    /// Records of which some values were read and others were not, by the gravest reason. They are not among `records_read`.
    pub records_in_part: BTreeMap<SkipReason, u64>,
    /// Records that hold no text at all, such as numbers only. They were read.
    pub records_textless: u64,
    /// Bytes of values that are known by their content to hold no text: images, sound, films, arrays of numbers.
    pub bytes_not_text: u64,
    /// Records not scanned, by reason.
    pub records_skipped: BTreeMap<SkipReason, u64>,
    /// The first of them, in order of shard and row.
    pub skipped_first: Vec<SkippedRow>,
    /// Fields that were named and that no record has, as they were given: `--keep licence`.
    pub fields_missing: Vec<String>,
    /// Directories named `.git` below the inputs: their histories were not asked for, and not scanned.
    pub git_left_out: u64,
    /// Reasons that the person accepted: such records do not count against the verdict.
    pub skips_accepted: Vec<SkipReason>,
    /// Bytes of text scanned; of a line of JSON all of it.
    pub text_bytes: u64,
    /// Records that the first stage nominated.
    pub records_judged: u64,
    /// Bytes of text that the second stage read.
    pub bytes_judged: u64,
    /// Findings by tier, weak ones too; without those that predate and those that were demoted.
    pub findings: BTreeMap<Tier, u64>,
    /// Findings in records that are older than the passage. They flag nothing.
    pub findings_predating: u64,
    /// Flagged findings in records that say of themselves that they are older than the passage, in a field that the scan
    /// was not told to go by.
    pub findings_older: u64,
    /// Findings whose passage was found in `demote_at` packages or more. They flag nothing.
    pub findings_demoted: u64,
    /// Passages in so many packages flag nothing.
    pub demote_at: Option<u32>,
    /// Flagged findings by the tool whose log the passage is from.
    pub tools: BTreeMap<String, u64>,
    /// Flagged findings by model; [`MODEL_UNKNOWN`] where the log does not name it.
    pub models: BTreeMap<String, u64>,
    /// Flagged findings by session: one entry for each session of the index at most.
    pub sessions: BTreeMap<String, u64>,
    /// Flagged findings by the name of the class that the model wrote the passage as.
    pub classes: BTreeMap<String, u64>,
    /// Records with at least one flagged finding.
    pub records_flagged: u64,
    /// Wall time.
    pub seconds: f64,
    /// Threads used.
    pub threads: usize,
    /// Pieces of shards that there were, and those of which the result was taken from a checkpoint.
    pub pieces: u64,
    /// See `pieces`.
    pub pieces_replayed: u64,
    /// Pieces that a checkpoint knew from a scan with the first segments of the index, so that they were looked at for the
    /// others only.
    pub pieces_incremental: u64,
    /// The text fields used, by name, with the number of shards.
    pub text_fields: BTreeMap<String, u64>,
    /// Fields that hold text and were not scanned, because others were named; by name, with the number of shards.
    pub fields_left: BTreeMap<String, u64>,
    /// Shards by container.
    pub formats: BTreeMap<String, u64>,
}

impl ScanSummary {
    /// Flagged findings.
    pub fn findings_flagged(&self) -> u64 {
        self.findings.iter().filter(|(tier, _)| tier.is_flagged()).map(|(_, count)| count).sum()
    }

    /// Adds what all units of a shard came to.
    pub(crate) fn add_shard(&mut self, name: &Arc<str>, shard: UnitResult) {
        let outcome = shard.outcome();
        let counts = shard.counts;
        let room = SKIPPED_FIRST_MAX - self.skipped_first.len();
        let first = shard.skipped_first.into_iter().take(room);
        self.skipped_first.extend(first.map(|(row, reason)| SkippedRow {
            shard: Arc::clone(name),
            row,
            reason,
        }));
        if let Some(format) = shard.format {
            *self.formats.entry(format).or_default() += 1;
        }
        for (sums, fields) in
            [(&mut self.text_fields, shard.text_fields), (&mut self.fields_left, shard.fields_left)]
        {
            for field in fields {
                if sums.len() < FIELDS_MAX || sums.contains_key(&field) {
                    *sums.entry(field).or_default() += 1;
                }
            }
        }
        self.fields_missing.retain(|field| !shard.fields_met.contains(field));
        match outcome {
            ShardOutcome::Read => self.shards_read += 1,
            ShardOutcome::Skipped => self.shards_skipped += 1,
            ShardOutcome::Failed => {
                let why = shard.failure.unwrap_or_default();
                self.shards_failed.push(FailedShard { shard: name.to_string(), why });
            }
            ShardOutcome::Unread => {}
        }
        self.records_read += counts.records_read;
        self.records_repaired += counts.records_repaired;
        self.records_undated += counts.records_undated;
        self.records_judged += counts.records_judged;
        self.text_bytes += counts.text_bytes;
        self.bytes_judged += counts.bytes_judged;
        if counts.weak > 0 {
            *self.findings.entry(Tier::Weak).or_default() += counts.weak;
        }
        self.records_textless += counts.records_textless;
        self.bytes_not_text += counts.bytes_not_text;
        for (sums, counts) in [
            (&mut self.records_in_part, counts.in_part),
            (&mut self.records_skipped, counts.skipped),
        ] {
            for (reason, count) in counts {
                *sums.entry(reason).or_default() += count;
            }
        }
    }

    /// Whether everything that was given was scanned, and there was anything to scan: of shards without a record nothing
    /// can be said.
    pub fn is_complete(&self) -> bool {
        let unread = self.records_skipped.keys().chain(self.records_in_part.keys());
        let skips_refused = unread.into_iter().any(|reason| !self.skips_accepted.contains(reason));
        // Another part may have the field.
        let is_as_asked = self.is_part || self.fields_missing.is_empty();
        !self.is_nothing()
            && !self.is_stopped
            && is_as_asked
            && self.shards_failed.is_empty()
            && !skips_refused
    }

    /// Whether nothing was read at all: there was no shard, or all that there were are empty or hold no rows. Records that
    /// were skipped were looked at.
    pub fn is_nothing(&self) -> bool {
        // An empty file counts as a record of a source tree, and holds nothing.
        let any_read = self.text_bytes > 0 || self.records_read > 0 && self.bytes_on_disk > 0;
        let any_skipped = !self.records_skipped.is_empty() || !self.records_in_part.is_empty();
        !self.is_part && !any_read && !any_skipped
    }

    /// The exit code of the program. With `exit_zero` a job is a success when everything was read, whatever was found; what
    /// was not read never passes.
    pub fn exit_code(&self, exit_zero: bool) -> u8 {
        match (exit_zero, self.is_complete()) {
            (false, _) => self.verdict().exit_code(),
            (true, true) => 0,
            (true, false) => Verdict::Incomplete.exit_code(),
        }
    }

    /// A finding outranks an unread shard; a scan of nothing is not clean.
    pub fn verdict(&self) -> Verdict {
        if self.records_flagged > 0 {
            Verdict::Contaminated
        } else if self.is_complete() {
            Verdict::Clean
        } else {
            Verdict::Incomplete
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(
        shards_read: u64,
        failed: bool,
        records_flagged: u64,
        expected: u8,
        expected_exit_zero: u8,
    ) {
        let scanned = ScanSummary {
            shards_read,
            text_bytes: shards_read,
            records_flagged,
            shards_failed: if failed {
                vec![FailedShard { shard: "a".into(), why: "cut".into() }]
            } else {
                vec![]
            },
            ..ScanSummary::default()
        };
        assert_eq!(scanned.exit_code(false), expected);
        assert_eq!(scanned.exit_code(true), expected_exit_zero, "with --exit-zero");
    }

    #[test]
    fn the_exit_code_tells_clean_found_and_unread_apart_and_what_was_not_read_never_passes() {
        check(1, false, 0, 0, 0);
        check(1, false, 5, 1, 0);
        check(1, true, 0, 2, 2);
        check(1, true, 5, 1, 2);
        check(0, false, 0, 2, 2);
    }

    #[test]
    fn shards_that_hold_no_text_at_all_are_not_clean() {
        let read = ScanSummary { shards_read: 4, records_read: 4, ..ScanSummary::default() };
        assert_eq!(read.verdict(), Verdict::Incomplete);
        let part = ScanSummary { is_part: true, ..read.clone() };
        assert_eq!(part.verdict(), Verdict::Clean, "others may have had something to read");
        let records_skipped = BTreeMap::from([(SkipReason::Binary, 1)]);
        let skips_accepted = vec![SkipReason::Binary];
        let accepted = ScanSummary { records_skipped, skips_accepted, ..read };
        assert_eq!(accepted.verdict(), Verdict::Clean);
    }
}
