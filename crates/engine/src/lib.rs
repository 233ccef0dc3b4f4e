//! Many files, many threads: build an index, scan a corpus, and say what was read.
#![forbid(unsafe_code)]

mod add;
mod background;
mod build;
mod checkpoint;
mod equipment;
mod families;
mod filing;
mod held_row;
mod identity;
mod incremental;
mod journal;
mod ledger;
mod list;
mod log_files;
mod merge;
mod moment;
mod neighbours;
mod outlook;
mod packages;
mod partition;
mod parts;
mod passages;
mod progress;
mod recorder;
mod records;
mod remove;
mod results;
mod run_key;
mod scan;
mod sessions;
mod shard_state;
mod slots;
mod spool;
mod stop;
mod summary;
mod suspect_blocks;
#[cfg(test)]
mod tests;
mod threads;
mod times;
mod unit;
mod work;

pub use add::{AddPlan, AddReport, add_to_index};
pub use background::{BackgroundPlan, BackgroundReport, CountError, PackageBy, count_background};
pub use build::{BuildError, BuildPlan, BuildReport, build_index};
pub use checkpoint::Checkpoint;
pub use journal::{JournalError, JournalName};
pub use merge::{MergePlan, MergeReport, merge_index};
pub use moment::first_millisecond;
pub use outlook::{Amount, Outlook, Sample, look_ahead};
pub use packages::PackageId;
pub use partition::Partition;
pub use parts::{PART_FILE, PART_FILE_PARTIAL, PartReport, open_parts};
pub use progress::Progress;
pub use remove::{RemovePlan, RemoveReport, remove_from_index};
pub use results::ScanResults;
pub use scan::scan_shards;
pub use seepage_fingerprint::Pace;
pub use seepage_index::{Background, BackgroundError};
pub use seepage_logs::BrokenLine;
#[cfg(feature = "tokenized")]
pub use seepage_shards::Detokenizer;
pub use seepage_shards::{
    ExpansionMax, FieldPath, Format, Kept, ReadOptions, ShardError, SkipReason, expand_pattern,
    is_pattern, is_remote, open_shard,
};
#[cfg(feature = "remote")]
pub use seepage_shards::{copy_from_store, copy_to_store, remove_from_store};
pub use stop::Stop;
pub use summary::{
    FailedShard, FindingRow, FindingSink, RecordFinding, ScanSummary, SkippedRow, Verdict,
};
pub use threads::ThreadsError;
pub use work::{ScanError, ScanPlan, ScanWork};

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
