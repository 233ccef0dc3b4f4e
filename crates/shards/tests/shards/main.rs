//! Shards are written to disk and read back through the public interface.
#![expect(clippy::unwrap_used, reason = "a failed test is what it is for")]

mod choose;
mod damage;
mod facts;
mod files;
mod find;
mod fixtures;
mod jsonl;
mod oracle;
mod parquet;
mod recognise;
