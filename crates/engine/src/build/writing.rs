//! What building, adding and merging have in common when they write: memory, backgrounds, and errors.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use seepage_index::{Background, LogCache, Reading, SegmentWriter, WriteError};

use crate::background::open_all;
use crate::build::report::BuildError;

/// Bytes of texts that threads work at between two waits for each other, where there is memory for them and what is made of
/// them: enough to keep many busy.
const AT_ONCE_MAX: usize = 16 << 20;

/// Bytes that a build takes whatever it builds: the program, its background, buffers.
const MEMORY_FIXED: usize = 32 << 20;

/// Tells a new writer what memory it has, and what is common in human text.
pub(crate) fn equip(
    writer: &mut SegmentWriter,
    shares: Shares,
    backgrounds: Vec<Arc<Background>>,
) -> Result<(), BuildError> {
    writer.limit_memory(shares.pairs);
    for background in backgrounds {
        let suppressed = writer.suppress(background);
        suppressed.map_err(BuildError::Background)?;
    }
    Ok(())
}

/// Without the cache an index is whole, and adding to it takes longer.
pub(crate) fn write_cache(cache: &LogCache, index: &Path) {
    if let Err(error) = cache.write(index) {
        tracing::warn!(index = %index.display(), %error, "the cache of the logs could not be written");
    }
}

/// An error of what is kept aside of an index until it is written.
pub(crate) fn spill_error(writer: &SegmentWriter) -> impl Fn(io::Error) -> BuildError + use<> {
    let path = writer.aside().to_owned();
    move |source| {
        let path = path.clone();
        BuildError::Write(WriteError::Io { path, source })
    }
}

/// What the memory of a build is for, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shares {
    /// Logs that are being read.
    pub(crate) logs: usize,
    /// Texts that wait for their turn.
    pub(crate) texts: usize,
    /// Fingerprints with their passages.
    pub(crate) pairs: usize,
    /// What families are found with.
    pub(crate) families: usize,
    /// Texts that all threads work at before they are written.
    pub(crate) at_once: usize,
}

impl Shares {
    /// Reading is over when fingerprints are made, so that both take the same half.
    pub(crate) fn of(memory: usize) -> Self {
        let memory = memory.saturating_sub(MEMORY_FIXED);
        Self {
            logs: memory / 2,
            texts: memory / 4,
            pairs: memory / 2,
            families: memory / 8,
            at_once: (memory / 32).min(AT_ONCE_MAX),
        }
    }
}

/// The built-in background and those of the files, for an index that was built with some: with these and no others.
pub(crate) fn open_as_built(
    files: &[PathBuf],
    reading: &Reading,
) -> Result<Vec<Arc<Background>>, BuildError> {
    let opened = open_all(files).map_err(BuildError::Background)?;
    let digests: BTreeSet<String> = opened.iter().filter_map(Background::digest_of_file).collect();
    let missing = reading.backgrounds.difference(&digests).cloned().collect::<Vec<_>>();
    // The first is the built-in one.
    let named = files.iter().zip(&opened[1..]);
    let foreign = named.filter(|(_, opened)| {
        let digest = opened.digest_of_file();
        digest.is_some_and(|digest| !reading.backgrounds.contains(&digest))
    });
    let foreign = foreign.map(|(file, _)| file.clone()).collect::<Vec<_>>();
    if missing.is_empty() && foreign.is_empty() {
        Ok(opened)
    } else {
        Err(BuildError::OtherBackgrounds { missing, foreign })
    }
}
