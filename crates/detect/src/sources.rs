//! Passages that are one source: what one session wrote to one file, at once and in edits.
//!
//! Many small edits make a file that none of them would be recognised by. So what a text shares with the parts of one
//! file adds up; what it shares with unrelated passages never does.

use std::collections::HashMap;

use seepage_index::{Index, OpenError, PassageId};

/// The source of each passage of an index: four bytes each.
#[derive(Clone, Debug)]
pub struct SourceTable {
    /// The first passage of the same source.
    firsts: Vec<u32>,
}

impl SourceTable {
    /// Reads where all passages of `index` come from that can be found.
    ///
    /// # Errors
    /// The provenance cannot be read.
    pub fn read(index: &Index) -> Result<Self, OpenError> {
        let passages = u32::try_from(index.sizes().passages).unwrap_or(u32::MAX);
        let mut known: HashMap<(String, String), PassageId> = HashMap::new();
        let mut firsts: Vec<u32> = (0..passages).collect();
        for passage in index.passages() {
            let from = index.provenance(passage)?;
            if let Some(path) = &from.file_path {
                let file = (from.session_id.clone(), path.clone());
                let first = known.entry(file).or_insert(passage);
                firsts[passage.0 as usize] = first.0;
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
