//! Git repositories: every blob that a reference reaches is a record, once, with the oldest commit that has it.
//!
//! A repository is named by its own directory: that of a bare one, or the `.git` of a work tree. Its configuration is not
//! obeyed beyond what it takes to read objects, and nothing outside of it is read.

mod history;
mod objects;

use std::path::Path;
use std::sync::Arc;

use gix::objs::Kind;
use gix::{Repository, ThreadSafeRepository};
use jiff::Timestamp;

use crate::catch_decoder_panic::{DecodeFailure, catch_decoder_panic};
use crate::container::format::interface::{BlockRows, Container, Format, UnopenedShard};
use crate::container::format::recognise::{PREFIX_LEN, is_container, is_text};
use crate::container::format::row_sink::RowSink;
use crate::container::git::history::{Blob, History};
use crate::container::git::objects::read_object;
use crate::container::placeholder::pointer;
use crate::error::ShardError;
use crate::fields::named_values::{FieldValue, pick_values};
use crate::fields::path::FieldPath;
use crate::fields::repair::replace_bad_bytes;
use crate::fields::tree::FieldTree;
use crate::options::ReadOptions;
use crate::record::{Row, SkipReason};

pub(crate) static FORMAT: Format =
    Format { name: "git", about: Some("git repositories"), extensions: &[], open };

fn open(
    shard: &UnopenedShard,
    options: &ReadOptions,
) -> Result<Option<Box<dyn Container>>, ShardError> {
    if !is_repository(&shard.path) {
        return Ok(None);
    }
    Ok(Some(Box::new(GitShard::open(&shard.path, options)?)))
}

/// Blobs of a block, however short they are.
const BLOBS_MAX: usize = 1024;

/// Whether `path` is the directory of a repository.
pub(crate) fn is_repository(path: &Path) -> bool {
    path.join("HEAD").is_file() && path.join("objects").is_dir() && path.join("refs").is_dir()
}

/// An open repository.
struct GitShard {
    shared: Arc<SharedRepository>,
    repository: Repository,
    history: History,
    block_len: usize,
    row_next: u64,
}

/// What the blocks share.
struct SharedRepository {
    path: Arc<Path>,
    repository: ThreadSafeRepository,
    tree: FieldTree,
    record_len_max: usize,
}

impl GitShard {
    fn open(path: &Arc<Path>, options: &ReadOptions) -> Result<Self, ShardError> {
        let damaged = |failure: DecodeFailure| failure.at(path, "the repository");
        let opened =
            catch_decoder_panic(|| gix::open_opts(&**path, gix::open::Options::isolated()));
        let repository = opened.map_err(damaged)?;
        let history = History::of(path, &repository).map_err(damaged)?;
        let content = FieldPath::parse("content").expect("a key is a path");
        Ok(Self {
            shared: Arc::new(SharedRepository {
                path: Arc::clone(path),
                repository: repository.clone().into_sync(),
                tree: FieldTree::new(vec![content]).with_facts(options),
                record_len_max: options.record_len_max,
            }),
            repository,
            history,
            block_len: options.block_len,
            row_next: 0,
        })
    }
}

impl Container for GitShard {
    fn text_fields(&self) -> &[FieldPath] {
        self.shared.tree.fields()
    }

    /// Some blobs; `None` at the end.
    fn next_block(&mut self) -> Result<Option<Box<dyn BlockRows>>, ShardError> {
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
        Ok((!block.blobs.is_empty()).then(|| Box::new(block) as _))
    }
}

/// Some blobs, not read yet.
struct GitBlock {
    shared: Arc<SharedRepository>,
    row_start: u64,
    blobs: Vec<Blob>,
}

impl BlockRows for GitBlock {
    fn read(&self, sink: &mut RowSink<'_>) -> Result<(), ShardError> {
        let repository = self.shared.repository.to_thread_local();
        for (blob, row) in self.blobs.iter().zip(self.row_start..) {
            if blob.len > self.shared.record_len_max as u64 {
                let reason = SkipReason::TooLong;
                sink.give(Row::Skipped { row, reason });
                continue;
            }
            let content = read_object(&repository, blob.id, Kind::Blob, blob.len)
                .map_err(|failure| failure.at(&self.shared.path, &format!("blob {}", blob.id)))?;
            self.shared.read_row(row, blob, &content, sink);
        }
        Ok(())
    }
}

impl SharedRepository {
    fn read_row(&self, row: u64, blob: &Blob, content: &[u8], sink: &mut RowSink<'_>) {
        let head = &content[..content.len().min(PREFIX_LEN)];
        let is_text = is_text(head);
        let is_unread = pointer(head).is_some() || is_container(head, is_text);
        if is_unread || !is_text {
            let reason = if is_unread { SkipReason::Unsupported } else { SkipReason::Binary };
            sink.give(Row::Skipped { row, reason });
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
            ("content", FieldValue::Text(text)),
            ("id", FieldValue::Text(&id)),
            ("path", FieldValue::Text(&blob.path)),
            ("commit", FieldValue::Text(&commit)),
            ("committed_at", FieldValue::Text(&committed_at)),
        ];
        let picked = pick_values(&self.tree, &parts).ok().map(|mut picked| {
            picked.set_time(&committed_at);
            (picked, repaired)
        });
        sink.give_picked(row, picked);
    }
}
