//! Logs to an index: built at once, added to, merged, and taken out.

pub(crate) mod add;
pub(crate) mod families;
mod filing;
mod known_logs;
mod log_files;
pub(crate) mod merge;
mod passages;
pub(crate) mod remove;
pub(crate) mod run;
pub(crate) mod sessions;
mod slots;
pub(crate) mod spool;
