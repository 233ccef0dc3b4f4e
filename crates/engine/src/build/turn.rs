//! The canonical order of passages: whoever wrote a text first is its author.

use std::path::Path;

use seepage_index::Provenance;

/// Where a passage stands in it: what has no time comes last.
pub(crate) fn turn(from: &Provenance) -> (i64, &Path, u64) {
    let authored_at = from.authored_at.unwrap_or(i64::MAX);
    (authored_at, Path::new(&from.log_path), from.log_line)
}
