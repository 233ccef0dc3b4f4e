//! A corpus against an index.
//!
//! `run` cuts the shards into units and scans them with many threads; `recorder` writes what they come to into a
//! `journal`, which is that of a `checkpoint` where there is one. `results` makes a report of journals, those of `parts`
//! too, and gives it to sinks.

pub(crate) mod checkpoint;
pub(crate) mod finding;
mod identity;
mod incremental;
pub(crate) mod journal;
pub(crate) mod named_fields;
pub(crate) mod packages;
pub(crate) mod partition;
pub(crate) mod parts;
pub(crate) mod plan;
pub(crate) mod record;
pub(crate) mod recorder;
pub(crate) mod results;
pub(crate) mod run;
pub(crate) mod shard_list;
pub(crate) mod sink;
pub(crate) mod summary;
pub(crate) mod unit;
pub(crate) mod work;
