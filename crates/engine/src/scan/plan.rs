//! What to scan, and what a result depends on beside the shard: the index, and the options that change what is found.

use std::collections::BTreeSet;
use std::path::PathBuf;

use seepage_detect::ResemblanceMin;
use seepage_fingerprint::Pace;
use seepage_index::{Background, BackgroundError, Class, Index};
use seepage_shards::{FieldPath, FoundShard, Ignored, ReadOptions, ShardError, SkipReason};
use serde::{Deserialize, Serialize};

/// What to scan.
#[derive(Clone, Debug, Default)]
pub struct ScanPlan {
    /// Shards, and directories to walk.
    pub inputs: Vec<PathBuf>,
    /// The input that holds what came on standard input; its name in findings is `-`.
    pub stdin: Option<PathBuf>,
    /// Leave out what git would not track below the inputs.
    pub respect_gitignore: bool,
    /// How shards are read. With a `time_field`, records older than a passage are not flagged for it.
    pub read: ReadOptions,
    /// Skips of these kinds do not count against the verdict.
    pub skips_accepted: Vec<SkipReason>,
    /// Files of fingerprints that are common in human text, beside the built-in one.
    pub backgrounds: Vec<PathBuf>,
    /// Report records that resemble a passage as a whole at least so much, too.
    pub resemblance: Option<ResemblanceMin>,
    /// Look for what models wrote as these classes; `None`: as any. Whoever opens the index chooses its view by them
    /// ([`Index::of_classes`]).
    pub classes: Option<BTreeSet<Class>>,
    /// How many anchors of each text are looked up.
    pub pace: Pace,
    /// Passages found in so many packages, at most 1,000, flag nothing.
    pub demote_at: Option<u32>,
    /// 0: one a core.
    pub threads: usize,
}

impl ScanPlan {
    /// The shards to scan, in their order.
    pub fn find_shards(&self) -> Vec<Result<FoundShard, ShardError>> {
        let ignored = if self.respect_gitignore { Ignored::LeftOut } else { Ignored::Found };
        let mut found = seepage_shards::find_shards(&self.inputs, ignored);
        for shard in found.iter_mut().flatten() {
            if Some(&shard.path) == self.stdin.as_ref() {
                "-".clone_into(&mut shard.name);
            }
        }
        found
    }
}

/// An index and options: two scans with equal keys find the same in the same shard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunKey {
    pub(crate) index: String,
    /// The digests of its segments.
    segments: Vec<String>,
    pub(crate) options: RunOptions,
}

/// The options that change what is found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunOptions {
    seepage: String,
    text_fields: Vec<String>,
    time_field: Option<String>,
    package_field: Option<String>,
    keep_fields: Vec<String>,
    record_len_max: usize,
    block_len: usize,
    piece_len: u64,
    fast: bool,
    resemblance: Option<f64>,
    classes: BTreeSet<Class>,
    /// By content; the first is built in.
    backgrounds: Vec<String>,
    /// By content. Not written where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokenizer: Option<String>,
}

impl RunKey {
    /// Reads the backgrounds, to name their content.
    pub(crate) fn of(plan: &ScanPlan, index: &Index) -> Result<Self, BackgroundError> {
        let names = |fields: &[FieldPath]| fields.iter().map(FieldPath::to_string).collect();
        let read = &plan.read;
        Ok(Self {
            index: index.digest().to_owned(),
            segments: index.segments().map(|segment| segment.digest).collect(),
            options: RunOptions {
                seepage: env!("CARGO_PKG_VERSION").to_owned(),
                text_fields: names(&read.text_fields),
                time_field: read.time_field.as_ref().map(FieldPath::to_string),
                package_field: read.package_field.as_ref().map(FieldPath::to_string),
                keep_fields: names(&read.keep_fields),
                record_len_max: read.record_len_max,
                block_len: read.block_len,
                piece_len: read.piece_len,
                fast: plan.pace == Pace::Fast,
                resemblance: plan.resemblance.map(|min| ResemblanceMin::get(min).into()),
                classes: index.classes().clone(),
                backgrounds: crate::background::open_all(&plan.backgrounds)?
                    .iter()
                    .map(|background| Background::digest(background))
                    .collect(),
                tokenizer: read.tokenizer_digest().map(str::to_owned),
            },
        })
    }

    /// How many of the first segments of `newer` are all those of this run, if its options are the same and `newer` has
    /// more.
    pub(crate) fn known_to(&self, newer: &Self) -> Option<usize> {
        let known = self.segments.len();
        let goes_on = known < newer.segments.len() && newer.segments.starts_with(&self.segments);
        (goes_on && self.options == newer.options).then_some(known)
    }
}
