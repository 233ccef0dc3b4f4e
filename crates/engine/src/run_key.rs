//! What a result depends on beside the shard: the index, and the options that change what is found.

use seepage_detect::ResemblanceMin;
use seepage_fingerprint::Pace;
use seepage_index::{Background, BackgroundError, Index};
use seepage_shards::FieldPath;
use serde::{Deserialize, Serialize};

use crate::ScanPlan;

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
