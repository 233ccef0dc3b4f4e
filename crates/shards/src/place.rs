//! Where shards lie: files that are found by walking directories and by patterns, and objects in stores.

pub(crate) mod address;
pub(crate) mod found;
pub(crate) mod identity;
pub(crate) mod pattern;
#[cfg(feature = "remote")]
pub(crate) mod remote;
pub(crate) mod source;
pub(crate) mod stamp;
pub(crate) mod walk;

pub use address::is_remote;
pub use found::FoundShard;
pub use identity::{read_beside, read_range, stamp_of};
pub use pattern::{expand_pattern, is_pattern};
#[cfg(feature = "remote")]
pub use remote::{copy_from_store, copy_to_store, remove_from_store};
pub use stamp::{ShardChange, Stamp};
pub use walk::{Ignored, find_shards, git_left_out};
