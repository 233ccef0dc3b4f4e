//! Finds the shards below some directories.
//!
//! Every regular file counts, hidden ones and git-ignored ones too: training data is often both. Two things are left
//! out: the content of directories named `.git`, and symbolic links to directories. A link whose directory lies below
//! one of the roots loses nothing, and is passed over; any other is an error of its own.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::container::mds::listed::{INDEX_NAME, faults};
use crate::error::ShardError;
use crate::place::address::is_remote;
use crate::place::found::{FoundShard, irregular_kind, walk_error};

/// What becomes of files that a `.gitignore` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// They are found: training data is often ignored, so that it is not committed.
    Found,
    /// They are left out: of a source tree its builds and downloads.
    LeftOut,
}

/// The shards below `roots`: every regular file, hidden ones and, unless they are to be left out, git-ignored
/// ones too, sorted by path and without repeats (by roots that overlap). What cannot be entered or is no regular file is an error of its own, to be counted
/// as a failed shard; so is a shard that the `index.json` of a MosaicML data set lists and that is not there, or of another
/// length. Directories named `.git` are left out. A symbolic link to a file is read like the file; what a hub's cache
/// holds as a blob and links to is found once.
pub fn find_shards(roots: &[PathBuf], ignored: Ignored) -> Vec<Result<FoundShard, ShardError>> {
    let walked: Vec<PathBuf> = roots.iter().filter_map(|root| root.canonicalize().ok()).collect();
    let mut found = vec![];
    let mut seen = HashSet::new();
    for root in roots {
        #[cfg(feature = "remote")]
        if crate::place::address::is_remote(root) {
            for entry in crate::place::remote::find_remote(root) {
                if seen.insert(path_of(&entry).to_owned()) {
                    found.push(entry);
                }
            }
            continue;
        }
        #[cfg(feature = "git")]
        if crate::container::git::is_repository(root) {
            if seen.insert(root.clone()) {
                found.push(Ok(FoundShard { path: root.clone(), name: name_of(root), len: 0 }));
            }
            continue;
        }
        let root_real = root.canonicalize().unwrap_or_else(|_| root.clone());
        for entry in walk(root, &walked, ignored) {
            let path = path_of(&entry);
            let below_root = path.strip_prefix(root).unwrap_or(Path::new(""));
            if seen.insert(root_real.join(below_root)) {
                found.push(entry);
            }
        }
    }
    check_lists(&mut found);
    found.sort_by(|a, b| path_of(a).cmp(path_of(b)));
    count_cached_once(&mut found);
    found
}

/// The cache of a hub keeps a file in `blobs`, under its digest, and links to it from `snapshots/REVISION`, under its name:
/// only the first of these links stays. (`huggingface_hub`, "Understand caching".)
fn count_cached_once(found: &mut Vec<Result<FoundShard, ShardError>>) {
    let is_in = |path: &Path, name| path.components().any(|part| part.as_os_str() == name);
    let blob_of = |path: &Path| {
        let is_link = is_in(path, "snapshots") && path.is_symlink();
        let blob = is_link.then(|| path.canonicalize().ok()).flatten()?;
        (blob.parent()?.file_name()? == "blobs").then_some(blob)
    };
    let mut linked = HashSet::new();
    found.retain(|entry| {
        let blob = entry.as_ref().ok().and_then(|shard| blob_of(&shard.path));
        blob.is_none_or(|blob| linked.insert(blob))
    });
    if !linked.is_empty() {
        found.retain(|entry| {
            let Ok(shard) = entry else { return true };
            let may_be = is_in(&shard.path, "blobs") && !shard.path.is_symlink();
            !(may_be && shard.path.canonicalize().is_ok_and(|blob| linked.contains(&blob)))
        });
    }
}

/// How many directories named `.git` [`find_shards`] left out below `roots`, beside the files that it found.
pub fn git_left_out(roots: &[PathBuf], found: &[Result<FoundShard, ShardError>]) -> u64 {
    let (mut asked, mut count) = (HashSet::new(), 0);
    for shard in found.iter().flatten().filter(|shard| !is_remote(&shard.path)) {
        if roots.contains(&shard.path) {
            continue;
        }
        for directory in shard.path.ancestors().skip(1) {
            if !asked.insert(directory.to_owned()) {
                break;
            }
            count += u64::from(directory.join(".git").is_dir());
            if roots.iter().any(|root| root == directory) {
                break;
            }
        }
    }
    count
}

/// Puts errors in the places of shards that a list beside them names and that are not there, or not as it says.
fn check_lists(found: &mut Vec<Result<FoundShard, ShardError>>) {
    let is_list = |shard: &&FoundShard| {
        shard.path.file_name() == Some(OsStr::new(INDEX_NAME)) && !is_remote(&shard.path)
    };
    let lists = found.iter().flatten().filter(is_list);
    let mut places = HashSet::new();
    let faults: Vec<ShardError> = lists
        .flat_map(|list| faults(&list.path))
        .filter(|fault| places.insert(fault.path().to_owned()))
        .collect();
    found.retain(|entry| !places.contains(path_of(entry)));
    found.extend(faults.into_iter().map(Err));
}

fn path_of(entry: &Result<FoundShard, ShardError>) -> &Path {
    match entry {
        Ok(shard) => &shard.path,
        Err(error) => error.path(),
    }
}

fn walk(
    root: &Path,
    roots_real: &[PathBuf],
    ignored: Ignored,
) -> Vec<Result<FoundShard, ShardError>> {
    // The walk would say so too, but not the same for a root that is a link.
    if let Err(error) = fs::metadata(root) {
        return vec![Err(ShardError::io(root, error))];
    }
    let mut builder = WalkBuilder::new(root);
    builder.standard_filters(false).follow_links(false);
    if ignored == Ignored::LeftOut {
        // An export of a repository has its `.gitignore` and no `.git`. What only this machine's git ignores is left alone.
        builder.git_ignore(true).parents(true).require_git(false);
    }
    builder.filter_entry(|entry| {
        let is_git = entry.file_name() == OsStr::new(".git")
            && entry.file_type().is_some_and(|kind| kind.is_dir());
        // A root is asked for by name.
        entry.depth() == 0 || !is_git
    });
    let mut found = vec![];
    for entry in builder.build() {
        match entry {
            Err(error) => found.push(Err(walk_error(root, error))),
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_dir()) => {}
            Ok(entry) => found.extend(look_at(entry.path(), entry.depth() == 0, roots_real)),
        }
    }
    found
}

/// What a path that is no directory comes to; nothing for a link to a directory that is walked anyway.
fn look_at(
    path: &Path,
    is_root: bool,
    roots_real: &[PathBuf],
) -> Option<Result<FoundShard, ShardError>> {
    // Follows links.
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => return Some(Err(ShardError::io(path, error))),
    };
    if metadata.is_dir() {
        return (!is_root && !is_walked(path, roots_real))
            .then(|| Err(ShardError::LinkedDirectory { path: path.to_owned() }));
    }
    if let Some(kind) = irregular_kind(metadata.file_type()) {
        return Some(Err(ShardError::NotRegular { path: path.to_owned(), kind }));
    }
    Some(Ok(FoundShard { path: path.to_owned(), name: name_of(path), len: metadata.len() }))
}

/// Whether the directory that `link` leads to is read by its own name.
fn is_walked(link: &Path, roots_real: &[PathBuf]) -> bool {
    let Ok(target) = link.canonicalize() else {
        return false;
    };
    roots_real.iter().any(|root| {
        target
            .strip_prefix(root)
            .is_ok_and(|below| below.components().all(|part| part.as_os_str() != ".git"))
    })
}

/// The path with each byte that is not UTF-8 as `\xNN`.
fn name_of(path: &Path) -> String {
    use std::fmt::Write as _;
    let mut name = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        name.push_str(chunk.valid());
        for byte in chunk.invalid() {
            write!(name, "\\x{byte:02x}").expect("a string takes what is written");
        }
    }
    name
}
