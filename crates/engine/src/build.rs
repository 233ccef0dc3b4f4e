//! Logs to an index: built at once, added to, merged, and taken out.

pub(crate) mod add;
pub(crate) mod families;
mod index_passages;
mod known_logs;
mod log_files;
pub(crate) mod merge;
mod passages;
pub(crate) mod remove;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod sessions;
mod spilled_array;
pub(crate) mod spool;
pub(crate) mod upgrade;
mod writing;
