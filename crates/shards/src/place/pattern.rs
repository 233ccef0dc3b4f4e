//! Paths by pattern, for those that a shell has not expanded.

use std::io;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use ignore::WalkBuilder;

use crate::ShardError;
use crate::place::address::is_remote;
use crate::place::found::walk_error;

/// Whether a path is a pattern: it holds one of `*?[{`, and nothing of that very name is there. Addresses of stores are
/// none here: they are expanded where their objects are listed.
pub fn is_pattern(path: &Path) -> bool {
    !is_remote(path) && looks_like_pattern(path) && path.symlink_metadata().is_err()
}

pub(crate) fn looks_like_pattern(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.iter().any(|byte| b"*?[{".contains(byte))
}

/// What `pattern` names, in order: `*` and `?` within a part of a path, `**` across parts, `[ab]`, `{jsonl,parquet}`.
///
/// A directory on the way that cannot be read is an error: what it holds would be left out in silence.
pub fn expand_pattern(pattern: &str) -> Result<Vec<PathBuf>, ShardError> {
    let glob = matcher(pattern)?;
    let root = match plain_root(pattern).as_str() {
        "" if pattern.starts_with('/') => PathBuf::from("/"),
        "" => PathBuf::from("."),
        root => PathBuf::from(root),
    };
    let mut found = vec![];
    for entry in WalkBuilder::new(&root).standard_filters(false).build() {
        let entry = entry.map_err(|error| walk_error(&root, error))?;
        // The walk says `./a`, the pattern `a`.
        let path = entry.path();
        let path =
            if pattern.starts_with("./") { path } else { path.strip_prefix("./").unwrap_or(path) };
        if glob.is_match(path) {
            found.push(path.to_owned());
        }
    }
    found.sort();
    Ok(found)
}

pub(crate) fn matcher(pattern: &str) -> Result<GlobMatcher, ShardError> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    let glob = glob.map_err(|error| {
        let error = io::Error::new(io::ErrorKind::InvalidInput, error);
        ShardError::io(Path::new(pattern), error)
    })?;
    Ok(glob.compile_matcher())
}

/// The directory in which everything lies that a pattern can name.
pub(crate) fn plain_root(pattern: &str) -> String {
    let is_plain = |part: &&str| !part.contains(['*', '?', '[', '{', '\\']);
    let parts: Vec<&str> = pattern.split('/').take_while(is_plain).collect();
    parts.join("/")
}
