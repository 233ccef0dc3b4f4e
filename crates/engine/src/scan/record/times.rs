//! Which passages a record can come from: those that were written before it.

use seepage_index::{Index, OpenError, PassageId};
use seepage_shards::Record;

use crate::scan::record::moment::last_millisecond;

/// When the first of its authors wrote each passage, in milliseconds since 1970-01-01 UTC: eight bytes a passage, so that no record waits
/// for the disk.
#[derive(Debug)]
pub(crate) struct Times {
    /// `i64::MIN`: unknown, so a source of any record.
    authored_at: Vec<i64>,
}

impl Times {
    /// Reads the times of all passages of `index` that can be found.
    pub(crate) fn read(index: &Index) -> Result<Self, OpenError> {
        let passages = u32::try_from(index.sizes().passages).unwrap_or(u32::MAX);
        let mut authored_at = vec![i64::MIN; passages as usize];
        for passage in index.passages() {
            let authors = index.authors(passage)?.into_iter();
            let earliest = authors.map(|author| author.provenance.authored_at.unwrap_or(i64::MIN));
            authored_at[passage.0 as usize] = earliest.min().unwrap_or(i64::MIN);
        }
        Ok(Self { authored_at })
    }

    /// Whether a record that was written at `moment` at the latest may come from `passage`.
    pub(crate) fn may(&self, passage: PassageId, moment: i64) -> bool {
        let authored_at = self.authored_at.get(passage.0 as usize);
        authored_at.is_none_or(|&authored_at| authored_at <= moment)
    }
}

/// The last moment at which `record` says it was written; `None`: it does not say.
pub(crate) fn moment_of(record: &Record<'_>) -> Option<i64> {
    record.time.as_deref().and_then(last_millisecond)
}
