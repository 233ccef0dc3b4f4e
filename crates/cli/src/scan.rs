//! `seepage scan` and `seepage merge-reports`.

pub(crate) mod args;
mod cards;
mod changes;
mod checkpoint;
mod dry_run;
mod explain_fields;
pub(crate) mod merge_reports;
mod outcome;
mod output;
mod partition;
pub(crate) mod run;
#[cfg(test)]
mod samples;
mod source;
