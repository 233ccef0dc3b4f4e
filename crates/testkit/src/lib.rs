//! For tests only: where the fixtures lie, and random numbers that are the same on every run.
//!
//! The rules of the house are tests as well; they are in `tests/tidy`. Nothing in the product may depend on this crate
//! but under `[dev-dependencies]`.
#![forbid(unsafe_code)]

mod random;

use std::io::Write;
use std::path::{Path, PathBuf};

pub use random::SplitMix64;

/// The directory that holds the workspace's `Cargo.toml`.
///
/// # Panics
/// When this crate was moved out of `crates/`.
pub fn workspace_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("testkit lies two levels below the root").to_path_buf()
}

/// The directory of small hand-made inputs: `logs/<tool>/`, `shards/<format>/`, `index/v<N>/`.
pub fn fixtures() -> PathBuf {
    workspace_root().join("fixtures")
}

/// Real sessions of real tools, which lie beside the checkout on some machines and on others do not.
///
/// `None` means that the calling test has to return: the reason has been printed, past the test runner's capture, so
/// that a skipped test never looks like one that ran.
pub fn shared_logs() -> Option<PathBuf> {
    let logs = workspace_root().join("../shared/data/logs");
    if logs.is_dir() {
        return Some(logs);
    }
    skipped(&logs);
    None
}

fn skipped(missing: &Path) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Not `eprintln`: the test runner swallows that. If standard error is closed, no one is there to be told.
    let _ = writeln!(std::io::stderr(), "skipped: {test}: `{}` is not there", missing.display());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_where_the_workspace_is_declared() {
        let manifest = std::fs::read_to_string(workspace_root().join("Cargo.toml")).unwrap();
        assert!(manifest.starts_with("[workspace]"));
    }

    #[test]
    fn shared_logs_are_a_directory_or_absent() {
        let expected = workspace_root().join("../shared/data/logs").is_dir();
        assert_eq!(expected, shared_logs().is_some_and(|logs| logs.is_dir()));
    }
}
