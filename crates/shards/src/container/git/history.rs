//! The commits that references reach, oldest first, and the blobs that each of them brought.

use std::collections::HashSet;
use std::path::Path;

use gix::objs::{CommitRef, Kind, TagRef, TreeRefIter};
use gix::{ObjectId, Repository};

use crate::catch_decoder_panic::{DecodeFailure, catch_decoder_panic};
use crate::container::git::objects::read_object;

/// Longer commits, trees and tags are refused: they are read as a whole.
const OBJECT_LEN_MAX: u64 = 256 << 20;

/// Deeper trees are refused: the path of each blob is as long.
const DEPTH_MAX: usize = 4096;

/// A blob with the oldest commit that has it.
pub(super) struct Blob {
    pub(super) id: ObjectId,
    pub(super) len: u64,
    pub(super) path: String,
    pub(super) commit: ObjectId,
    /// When it was committed, since 1970.
    pub(super) seconds: i64,
}

struct Commit {
    seconds: i64,
    id: ObjectId,
    tree: ObjectId,
}

/// What is still to come.
pub(super) struct History {
    /// The oldest last.
    commits: Vec<Commit>,
    /// Of the commit in turn.
    trees: Vec<Tree>,
    blobs: Vec<Blob>,
    /// Trees and blobs.
    seen: HashSet<ObjectId>,
}

struct Tree {
    id: ObjectId,
    path: String,
    depth: usize,
    commit: ObjectId,
    seconds: i64,
}

impl History {
    pub(super) fn of(path: &Path, repository: &Repository) -> Result<Self, DecodeFailure> {
        // The history of a shallow clone ends at these commits.
        let shallow = std::fs::read_to_string(path.join("shallow")).unwrap_or_default();
        let shallow: HashSet<&str> = shallow.lines().collect();
        let mut pending = tips(repository)?;
        let mut seen: HashSet<ObjectId> = pending.iter().copied().collect();
        let mut history =
            Self { commits: vec![], trees: vec![], blobs: vec![], seen: HashSet::new() };
        while let Some(id) = pending.pop() {
            let (kind, len) = header(repository, id)?;
            let mut reach = |next| {
                if seen.insert(next) {
                    pending.push(next);
                }
            };
            match kind {
                Kind::Commit => {
                    let bytes = read_object(repository, id, kind, len)?;
                    let commit = catch_decoder_panic(|| CommitRef::from_bytes(&bytes, id.kind()))?;
                    history.commits.push(Commit {
                        seconds: commit.time().map_or(0, |time| time.seconds),
                        id,
                        tree: commit.tree(),
                    });
                    if !shallow.contains(id.to_string().as_str()) {
                        commit.parents().for_each(reach);
                    }
                }
                Kind::Tag => {
                    let bytes = read_object(repository, id, kind, len)?;
                    reach(catch_decoder_panic(|| TagRef::from_bytes(&bytes, id.kind()))?.target());
                }
                // A reference may name a tree or a blob by itself.
                Kind::Tree => history.trees.push(Tree::of(id, id, 0)),
                Kind::Blob => history.push_blob(id, len, String::new(), &Tree::of(id, id, 0)),
            }
        }
        history.commits.sort_by_key(|commit| std::cmp::Reverse((commit.seconds, commit.id)));
        Ok(history)
    }

    /// The next blob that was not given yet.
    pub(super) fn next_blob(
        &mut self,
        repository: &Repository,
    ) -> Result<Option<Blob>, DecodeFailure> {
        loop {
            if let Some(blob) = self.blobs.pop() {
                return Ok(Some(blob));
            }
            if let Some(tree) = self.trees.pop() {
                self.open_tree(repository, &tree)?;
            } else if let Some(commit) = self.commits.pop() {
                if self.seen.insert(commit.tree) {
                    self.trees.push(Tree::of(commit.tree, commit.id, commit.seconds));
                }
            } else {
                return Ok(None);
            }
        }
    }

    fn open_tree(&mut self, repository: &Repository, tree: &Tree) -> Result<(), DecodeFailure> {
        if tree.depth > DEPTH_MAX {
            return Err(DecodeFailure::Fact("has trees of more than 4096 levels"));
        }
        let (kind, len) = header(repository, tree.id)?;
        if kind != Kind::Tree {
            return Err(DecodeFailure::Fact("has a tree that is none"));
        }
        let bytes = read_object(repository, tree.id, kind, len)?;
        let entries =
            catch_decoder_panic(|| TreeRefIter::from_bytes(&bytes, tree.id.kind()).entries())?;
        let (trees_before, blobs_before) = (self.trees.len(), self.blobs.len());
        for entry in entries {
            let id = entry.oid.to_owned();
            let is_tree = entry.mode.is_tree();
            // Links hold a path, and commits of submodules lie elsewhere.
            if !(is_tree || entry.mode.is_blob()) || !self.seen.insert(id) {
                continue;
            }
            let name = String::from_utf8_lossy(entry.filename);
            let path = if tree.path.is_empty() {
                name.into_owned()
            } else {
                format!("{}/{name}", tree.path)
            };
            if is_tree {
                self.trees.push(Tree { id, path, depth: tree.depth + 1, ..*tree });
            } else {
                let (_, len) = header(repository, id)?;
                self.push_blob(id, len, path, tree);
            }
        }
        // They are taken from the end.
        self.trees[trees_before..].reverse();
        self.blobs[blobs_before..].reverse();
        Ok(())
    }

    fn push_blob(&mut self, id: ObjectId, len: u64, path: String, tree: &Tree) {
        self.blobs.push(Blob { id, len, path, commit: tree.commit, seconds: tree.seconds });
    }
}

impl Tree {
    fn of(id: ObjectId, commit: ObjectId, seconds: i64) -> Self {
        Self { id, path: String::new(), depth: 0, commit, seconds }
    }
}

/// What all references point to, `HEAD` among them.
fn tips(repository: &Repository) -> Result<Vec<ObjectId>, DecodeFailure> {
    let mut tips = vec![];
    if let Ok(head) = repository.head_id() {
        tips.push(head.detach());
    }
    let platform = catch_decoder_panic(|| repository.references())?;
    for reference in catch_decoder_panic(|| platform.all())? {
        let reference = reference.map_err(|error| DecodeFailure::Decoder(error.into()))?;
        // Symbolic ones point to others.
        tips.extend(reference.try_id().map(gix::Id::detach));
    }
    tips.sort_unstable();
    tips.dedup();
    Ok(tips)
}

fn header(repository: &Repository, id: ObjectId) -> Result<(Kind, u64), DecodeFailure> {
    let header = catch_decoder_panic(|| repository.find_header(id))?;
    let (kind, len) = (header.kind(), header.size());
    if kind != Kind::Blob && len > OBJECT_LEN_MAX {
        return Err(DecodeFailure::Fact("has a commit, tree or tag of more than 256 MiB"));
    }
    Ok((kind, len))
}
