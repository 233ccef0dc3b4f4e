//! Passages that are one source: what one session wrote to one file, at once and in edits.
//!
//! Many small edits make a file that none of them would be recognised by. So what a text shares with the parts of one
//! file adds up; what it shares with unrelated passages never does.

use seepage_index::{Index, OpenError, PassageId, Provenance};
use xxhash_rust::xxh3::Xxh3;

/// The source of each passage of an index: four bytes each.
#[derive(Clone, Debug)]
pub(crate) struct SourceTable {
    /// The first passage of the same source.
    firsts: Vec<u32>,
}

impl SourceTable {
    /// Reads where all passages of `index` come from that can be found. Takes another 32 bytes a passage while it does.
    ///
    /// # Errors
    /// The provenance cannot be read.
    pub(crate) fn read(index: &Index) -> Result<Self, OpenError> {
        let passages = u32::try_from(index.sizes().passages).unwrap_or(u32::MAX);
        let mut firsts: Vec<u32> = (0..passages).collect();
        let mut sources = Vec::with_capacity(passages as usize);
        for passage in index.passages() {
            let from = index.provenance(passage)?;
            sources.extend(source_of(&from).map(|source| (source, passage.0)));
        }
        sources.sort_unstable();
        for source in sources.chunk_by(|a, b| a.0 == b.0) {
            for (_, passage) in source {
                firsts[*passage as usize] = source[0].1;
            }
        }
        Ok(Self { firsts })
    }

    /// The first passage of the source that `passage` is of.
    pub(crate) fn of(&self, passage: PassageId) -> PassageId {
        let first = self.firsts.get(passage.0 as usize);
        first.map_or(passage, |&first| PassageId(first))
    }
}

/// Names the file of the session that a passage was written to.
fn source_of(from: &Provenance) -> Option<u128> {
    let path = from.file_path.as_ref()?;
    let mut hasher = Xxh3::new();
    hasher.update(from.session_id.as_bytes());
    // No text holds this byte, so that both names end where they end.
    hasher.update(&[0xff]);
    hasher.update(path.as_bytes());
    Some(hasher.digest128())
}
