//! What a build makes of logs must not depend on how much memory and how many threads it has.

mod build;
mod families;
mod sessions;
mod spool;
