//! Shards of several files: a fuzzer that had to make up all of them would never get past the first that fails.
//!
//! So its bytes are edits of a good set, four bytes each.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of a set.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) path: PathBuf,
    pub(crate) content: Vec<u8>,
}

/// Applies edits: which file (low half) and what is done (high half), where (two bytes), and a byte for it.
pub(crate) fn edit(members: &mut [Member], edits: &[u8]) {
    let (edits, _) = edits.as_chunks::<4>();
    for &[what, low, high, byte] in edits {
        let place = usize::from(what & 0xf) % members.len();
        let content = &mut members[place].content;
        let at = usize::from(u16::from_le_bytes([low, high])) % (content.len() + 1);
        match what >> 4 {
            0..8 if at < content.len() => content[at] = byte,
            8..12 => content.insert(at, byte),
            12..14 => drop(content.drain(at..content.len().min(at + usize::from(byte)))),
            14 => content.truncate(at),
            _ => content.push(byte),
        }
    }
}

/// Writes all of them below `directory`.
pub(crate) fn write(members: &[Member], directory: &Path) {
    for member in members {
        let path = directory.join(&member.path);
        let parent = path.parent().expect("a member lies in the directory");
        // What git wrote may be read-only.
        let _ = fs::remove_file(&path);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(path, &member.content))
            .expect("a temporary file can be written");
    }
}
