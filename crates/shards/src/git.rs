//! Git repositories: every blob that a reference reaches is a record, once, with the oldest commit that has it.
//!
//! A repository is named by its own directory: that of a bare one, or the `.git` of a work tree. Its configuration is not
//! obeyed beyond what it takes to read objects, and nothing outside of it is read.

mod history;

use std::path::Path;
use std::sync::Arc;

use gix::objs::Kind;
use gix::{ObjectId, Repository, ThreadSafeRepository};
use jiff::Timestamp;

use crate::guard::{Failure, guard};
use crate::parts::{Part, pick_parts};
use crate::pick::give_picked;
use crate::plan::Plan;
use crate::recognise::{PREFIX_LEN, is_container, is_text};
use crate::repair::replace_bad_bytes;
use crate::{FieldPath, ReadOptions, Row, ShardError, SkipReason};
use history::{Blob, History};

/// Blobs of a block, however short they are.
const BLOBS_MAX: usize = 1024;

/// Whether `path` is the directory of a repository.
pub(crate) fn is_repository(path: &Path) -> bool {
    path.join("HEAD").is_file() && path.join("objects").is_dir() && path.join("refs").is_dir()
}

/// An open repository.
pub(crate) struct GitShard {
    shared: Arc<Shared>,
    repository: Repository,
    history: History,
    block_len: usize,
    row_next: u64,
}

/// What the blocks share.
struct Shared {
    path: Arc<Path>,
    repository: ThreadSafeRepository,
    plan: Plan,
    record_len_max: usize,
}

impl GitShard {
    pub(crate) fn open(path: &Arc<Path>, options: &ReadOptions) -> Result<Self, ShardError> {
        let damaged = |failure: Failure| failure.at(path, "the repository");
        let opened = guard(|| gix::open_opts(&**path, gix::open::Options::isolated()));
        let repository = opened.map_err(damaged)?;
        let history = History::of(path, &repository).map_err(damaged)?;
        let content = FieldPath::parse("content").expect("a key is a path");
        Ok(Self {
            shared: Arc::new(Shared {
                path: Arc::clone(path),
                repository: repository.clone().into_sync(),
                plan: Plan::new(vec![content]).with_facts(options),
                record_len_max: options.record_len_max,
            }),
            repository,
            history,
            block_len: options.block_len,
            row_next: 0,
        })
    }

    pub(crate) fn text_fields(&self) -> &[FieldPath] {
        self.shared.plan.fields()
    }

    /// Some blobs; `None` at the end.
    pub(crate) fn next_block(&mut self) -> Result<Option<GitBlock>, ShardError> {
        let mut block =
            GitBlock { shared: Arc::clone(&self.shared), row_start: self.row_next, blobs: vec![] };
        let mut len = 0;
        while len < self.block_len as u64 && block.blobs.len() < BLOBS_MAX {
            let blob = self
                .history
                .next_blob(&self.repository)
                .map_err(|failure| failure.at(&self.shared.path, "the history"))?;
            let Some(blob) = blob else { break };
            len = len.saturating_add(blob.len);
            block.blobs.push(blob);
        }
        self.row_next += block.blobs.len() as u64;
        Ok((!block.blobs.is_empty()).then_some(block))
    }
}

/// Some blobs, not read yet.
pub(crate) struct GitBlock {
    shared: Arc<Shared>,
    row_start: u64,
    blobs: Vec<Blob>,
}

impl GitBlock {
    pub(crate) fn read_rows(&self, each: &mut dyn FnMut(Row<'_>)) -> Result<(), ShardError> {
        let repository = self.shared.repository.to_thread_local();
        for (blob, row) in self.blobs.iter().zip(self.row_start..) {
            if blob.len > self.shared.record_len_max as u64 {
                let reason = SkipReason::TooLong;
                each(Row::Skipped { row, reason });
                continue;
            }
            let content = read_object(&repository, blob.id, Kind::Blob, blob.len)
                .map_err(|failure| failure.at(&self.shared.path, &format!("blob {}", blob.id)))?;
            self.shared.read_row(row, blob, &content, each);
        }
        Ok(())
    }
}

impl Shared {
    fn read_row(&self, row: u64, blob: &Blob, content: &[u8], each: &mut dyn FnMut(Row<'_>)) {
        if !is_text(&content[..content.len().min(PREFIX_LEN)]) {
            let reason =
                if is_container(content) { SkipReason::Unsupported } else { SkipReason::Binary };
            each(Row::Skipped { row, reason });
            return;
        }
        let replaced;
        let (text, repaired) = if let Ok(text) = std::str::from_utf8(content) {
            (text, false)
        } else {
            replaced = replace_bad_bytes(content);
            (replaced.as_str(), true)
        };
        let (id, commit) = (blob.id.to_string(), blob.commit.to_string());
        let committed_at = Timestamp::from_second(blob.seconds).map(|time| time.to_string());
        let committed_at = committed_at.unwrap_or_default();
        let parts = [
            ("content", Part::Text(text)),
            ("id", Part::Text(&id)),
            ("path", Part::Text(&blob.path)),
            ("commit", Part::Text(&commit)),
            ("committed_at", Part::Text(&committed_at)),
        ];
        let picked = pick_parts(&self.plan, &parts).ok().map(|mut picked| {
            picked.set_time(&committed_at);
            (picked, repaired)
        });
        give_picked(row, picked, each);
    }
}

/// An object of this kind, of which the header says so and how long it is.
fn read_object(
    repository: &Repository,
    id: ObjectId,
    kind: Kind,
    len: u64,
) -> Result<Vec<u8>, Failure> {
    let mut object = guard(|| repository.find_object(id))?;
    if object.kind != kind || object.data.len() as u64 != len {
        return Err(Failure::Fact("is not what its header says"));
    }
    Ok(std::mem::take(&mut object.data))
}

impl std::fmt::Debug for GitBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitBlock").field("row_start", &self.row_start).finish_non_exhaustive()
    }
}
