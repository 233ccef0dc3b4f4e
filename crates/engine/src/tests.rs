//! What a build makes of logs and a scan of shards must not depend on how much memory and how many threads it has.

mod build;
mod families;
mod journal;
mod parts;
mod recorder;
mod sessions;
mod spool;
