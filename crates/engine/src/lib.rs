//! Many files, many threads: build an index, scan a corpus, and say what was read.
//!
//! ```
//! use std::fs;
//!
//! use seepage_engine::{
//!     BuildPlan, Progress, ScanPlan, ScanWork, Stop, Verdict, build_index, scan_shards,
//! };
//! use seepage_index::Index;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let home = tempfile::tempdir()?;
//! // A session in which the model wrote a file, ...
//! let text = "fn moored(ships: &[Ship], quay: &Quay) -> Vec<Name> {\n    \
//!     let berths = quay.berths.iter().filter(|berth| berth.is_taken);\n    \
//!     berths.filter_map(|berth| ships.get(berth.ship)).map(|ship| ship.name.clone()).collect()\n}\n";
//! let log = format!(
//!     r#"{{"type": "assistant", "sessionId": "1", "message": {{"role": "assistant", "content": [
//!         {{"type": "tool_use", "id": "2", "name": "Write", "input": {{"file_path": "a.rs", "content": {text:?}}}}}
//!     ]}}}}"#
//! );
//! fs::write(home.path().join("session.jsonl"), log.replace('\n', ""))?;
//! // ... and a corpus that holds it.
//! let records = format!("{{\"text\": {text:?}}}\n{{\"text\": \"nothing of note\"}}\n");
//! fs::write(home.path().join("shard.jsonl"), records)?;
//!
//! let progress = Progress::default();
//! let path = home.path().join("outputs.seepage");
//! let plan = BuildPlan {
//!     inputs: vec![home.path().join("session.jsonl")],
//!     output: path.clone(),
//!     classes: seepage_index::Class::ALL.into(),
//!     backgrounds: vec![],
//!     accept_suppressed: false,
//!     memory: 256 << 20,
//!     threads: 1,
//! };
//! build_index(&plan, &progress)?;
//!
//! let index = Index::open(&path)?;
//! let plan = ScanPlan { inputs: vec![home.path().join("shard.jsonl")], ..ScanPlan::default() };
//! let (checkpoint, partition) = (None, None);
//! let work = ScanWork { progress: &progress, stop: &Stop::default(), checkpoint, partition };
//! let results = scan_shards(&plan, &index, work, None)?;
//! let summary = results.report(&index, &mut [])?;
//! assert_eq!(Verdict::Contaminated, summary.verdict());
//! assert_eq!((2, 1), (summary.records_read, summary.records_flagged));
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod background;
mod build;
mod estimate;
mod jobs;
mod linked;
mod scan;
#[cfg(test)]
mod tests;

pub use background::{
    BackgroundPlan, BackgroundReport, CountError, PackageBy, count_background, suppressed_share,
};
pub use build::add::{AddPlan, AddReport, add_to_index};
pub use build::merge::{MergePlan, MergeReport, merge_index};
pub use build::remove::{RemovePlan, RemoveReport, remove_from_index};
pub use build::report::{BuildError, BuildReport};
pub use build::run::{BuildPlan, SUPPRESSED_MAX, build_index};
pub use build::upgrade::{UpgradePlan, UpgradeReport, upgrade_index};
pub use estimate::{Amount, Estimate, Sample, estimate_scan};
pub use jobs::progress::Progress;
pub use jobs::stop::Stop;
pub use jobs::threads::ThreadsError;
pub use linked::expand_through_links;
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
pub use scan::summary::{FailedShard, MODEL_UNKNOWN, ScanSummary, SkippedRow, Verdict};
pub use scan::unit::{ShardOutcome, ShardRow};
pub use scan::work::{ScanError, ScanWork};
pub use seepage_fingerprint::Pace;
pub use seepage_index::{Background, BackgroundError};
pub use seepage_logs::{BrokenLine, known_tools};
#[cfg(feature = "tokenized")]
pub use seepage_shards::Detokenizer;
pub use seepage_shards::{
    ExpansionMax, FieldPath, Format, Kept, ReadOptions, ShardError, SkipReason, formats,
    is_pattern, is_remote, open_shard,
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
