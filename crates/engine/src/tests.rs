//! What a build makes of logs must not depend on how much memory and how many threads it has.

mod build;
mod families;
mod parts;
mod sessions;
mod spool;
