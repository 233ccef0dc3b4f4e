//! Findings to files that other programs and people read: Parquet, JSON lines, a summary.
//!
//! Everything here but [`Untrusted`] is a format: its names and types are a promise, held by tests. Records and logs
//! are hostile, so no character of theirs that a terminal would obey leaves this crate unescaped, Parquet apart.
#![forbid(unsafe_code)]

mod columns;
mod dir;
mod error;
mod json;
mod lines;
mod row;
mod shards;
mod summary;
mod table;
#[cfg(test)]
mod tests;
mod time;
mod untrusted;

pub use dir::{ReportDir, ReportWriter, SUCCESS};
pub use error::ReportError;
pub use json::to_json_line;
pub use lines::JsonLines;
pub use summary::{
    IndexSummary, RunDescription, SCHEMA_VERSION, ScanParameters, SchemeSummary, Summary,
};
pub use time::{minute_utc, rfc3339_utc};
pub use untrusted::{Untrusted, is_obeyed};
