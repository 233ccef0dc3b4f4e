//! Many files, many threads: build an index, scan a corpus, and say what was read.
#![forbid(unsafe_code)]

mod background;
mod build;
mod estimate;
mod jobs;
mod scan;
#[cfg(test)]
mod tests;

pub use background::{BackgroundPlan, BackgroundReport, CountError, PackageBy, count_background};
pub use build::add::{AddPlan, AddReport, add_to_index};
pub use build::merge::{MergePlan, MergeReport, merge_index};
pub use build::remove::{RemovePlan, RemoveReport, remove_from_index};
pub use build::run::{BuildError, BuildPlan, BuildReport, build_index};
pub use estimate::{Amount, Estimate, Sample, estimate_scan};
pub use jobs::progress::Progress;
pub use jobs::stop::Stop;
pub use jobs::threads::ThreadsError;
pub use scan::checkpoint::Checkpoint;
pub use scan::finding::RecordFinding;
pub use scan::journal::{JournalError, JournalName, PART_FILE};
pub use scan::packages::PackageId;
pub use scan::partition::Partition;
pub use scan::parts::{PART_FILE_PARTIAL, PartReport, open_parts};
pub use scan::plan::ScanPlan;
pub use scan::record::moment::first_millisecond;
pub use scan::results::ScanResults;
pub use scan::run::scan_shards;
pub use scan::sink::{FindingRow, FindingSink};
pub use scan::summary::{FailedShard, ScanSummary, SkippedRow, Verdict};
pub use scan::work::{ScanError, ScanWork};
pub use seepage_fingerprint::Pace;
pub use seepage_index::{Background, BackgroundError};
pub use seepage_logs::{BrokenLine, known_tools};
#[cfg(feature = "tokenized")]
pub use seepage_shards::Detokenizer;
pub use seepage_shards::{
    ExpansionMax, FieldPath, Format, Kept, ReadOptions, ShardError, SkipReason, expand_pattern,
    formats, is_pattern, is_remote, open_shard,
};
#[cfg(feature = "remote")]
pub use seepage_shards::{copy_from_store, copy_to_store, remove_from_store};

/// An error and its causes in one line, for a report.
pub(crate) fn words_of(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words += ": ";
        words += &error.to_string();
        cause = error.source();
    }
    words
}
