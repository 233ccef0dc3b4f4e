//! How far a long job is, for whoever watches it.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that the workers raise and anyone may read at any time. Never exact to the byte while a job runs.
#[derive(Debug, Default)]
pub struct Progress {
    bytes_total: AtomicU64,
    bytes_done: AtomicU64,
    files_total: AtomicU64,
    files_done: AtomicU64,
    files_failed: AtomicU64,
    records_skipped: AtomicU64,
    findings: AtomicU64,
    records_done: AtomicU64,
    text_bytes_done: AtomicU64,
    records_flagged: AtomicU64,
}

macro_rules! counters {
    ($($(#[$doc:meta])* $get:ident, $add:ident => $field:ident;)*) => {$(
        $(#[$doc])*
        pub fn $get(&self) -> u64 {
            self.$field.load(Ordering::Relaxed)
        }

        pub(crate) fn $add(&self, count: u64) {
            self.$field.fetch_add(count, Ordering::Relaxed);
        }
    )*};
}

impl Progress {
    counters! {
        /// Bytes on disk of all that there is to read; 0 until the files are listed.
        bytes_total, add_bytes_total => bytes_total;
        /// Bytes on disk read so far.
        bytes_done, add_bytes_done => bytes_done;
        /// Files that there are to read.
        files_total, add_files_total => files_total;
        /// Files read to their end, or given up.
        files_done, add_files_done => files_done;
        /// Among them: files that could not be read, or not to their end.
        files_failed, add_files_failed => files_failed;
        /// Records skipped, for whatever reason.
        records_skipped, add_records_skipped => records_skipped;
        /// Flagged findings.
        findings, add_findings => findings;
        /// Records scanned.
        records_done, add_records_done => records_done;
        /// Bytes of text scanned, after decompression.
        text_bytes_done, add_text_bytes_done => text_bytes_done;
        /// Records flagged.
        records_flagged, add_records_flagged => records_flagged;
    }
}
