//! The objects that an address or a pattern names.

use std::io;
use std::path::{Path, PathBuf};

use object_store::ObjectMeta;

use crate::error::ShardError;
use crate::place::address::scheme_of;
use crate::place::found::FoundShard;
use crate::place::pattern::{looks_like_pattern, matcher, plain_root};
use crate::place::remote::runtime::runtime;
use crate::place::remote::store::{self, Address};

/// The object of this address, or all that lie below it, or all that a pattern names.
pub(crate) fn find_remote(root: &Path) -> Vec<Result<FoundShard, ShardError>> {
    // A web server lists nothing, and its addresses may hold question marks.
    let is_web = matches!(scheme_of(root), Some("http" | "https"));
    let found = if looks_like_pattern(root) && !is_web { list_matching(root) } else { list(root) };
    match found {
        Ok(found) => found.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    }
}

/// All that `pattern` names, and all below it, as of files; what has that very name goes first, as it does there.
fn list_matching(pattern: &Path) -> Result<Vec<FoundShard>, ShardError> {
    let text = pattern.to_string_lossy();
    let glob = matcher(&text)?;
    let mut found = list(Path::new(&(plain_root(&text) + "/")))?;
    let is_named = |shard: &FoundShard| shard.path.starts_with(pattern);
    if found.iter().any(is_named) {
        found.retain(is_named);
        return Ok(found);
    }
    // A directory that matches is read as a whole.
    found.retain(|shard| shard.path.ancestors().any(|path| glob.is_match(path)));
    if found.is_empty() {
        return Err(ShardError::io(pattern, io::ErrorKind::NotFound.into()));
    }
    Ok(found)
}

fn list(root: &Path) -> Result<Vec<FoundShard>, ShardError> {
    let address = Address::of(root).map_err(|error| ShardError::io(root, error))?;
    let metas = runtime().and_then(|runtime| runtime.block_on(store::list(&address)));
    let metas = metas.map_err(|error| ShardError::io(root, error))?;
    let shard = |meta: ObjectMeta| {
        let name = format!("{}/{}", address.root, meta.location);
        FoundShard { path: PathBuf::from(&name), name, len: meta.size }
    };
    Ok(metas.into_iter().map(shard).collect())
}
