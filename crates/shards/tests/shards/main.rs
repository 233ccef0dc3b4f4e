//! Shards are written to disk and read back through the public interface.
#![expect(clippy::unwrap_used, reason = "a failed test is what it is for")]

mod arrow;
mod bombs;
#[path = "../changes/mod.rs"]
mod changes;
mod choose;
mod collections;
mod damage;
mod encodings;
mod facts;
mod files;
mod find;
mod fixtures;
mod formats;
mod jsonl;
mod mds;
mod oracle;
mod parquet;
mod pieces;
mod preview;
mod recognise;
mod tar;
mod ways;
mod windows;
