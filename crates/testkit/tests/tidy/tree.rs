//! The files of the checkout: what git tracks or would track, and, where there is no git, what a walk finds.

use std::path::Path;
use std::process::Command;

/// One file.
pub(crate) struct File {
    /// From the workspace's root, with `/` on every system.
    pub(crate) path: String,
    /// Bytes that are not UTF-8 stand as U+FFFD.
    pub(crate) text: String,
}

impl File {
    pub(crate) fn is_rust(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|extension| extension == "rs")
    }

    /// Whether the whole file is for tests: it lies in a directory `tests`, or its name says so.
    pub(crate) fn is_test(&self) -> bool {
        let is_test_name = |part: &str| {
            let stem = part.strip_suffix(".rs").unwrap_or(part);
            stem.split('_').any(|word| matches!(word, "test" | "tests"))
        };
        self.is_rust()
            && (self.path.starts_with("crates/testkit/") || self.path.split('/').any(is_test_name))
    }
}

/// Every file of the checkout, in order of path.
pub(crate) fn files() -> Vec<File> {
    let root = seepage_testkit::workspace_root();
    let mut paths = paths_of_git(&root).unwrap_or_else(|| paths_of_walk(&root));
    paths.sort();
    paths.dedup();
    // Otherwise every rule would hold for want of files.
    assert!(
        paths.iter().any(|path| path == "crates/testkit/tests/tidy/tree.rs"),
        "the list of files is not ours"
    );
    paths.into_iter().filter_map(|path| read(&root, path)).collect()
}

/// `None` for what is gone from the disk but not yet from git's list, and for what is no file.
fn read(root: &Path, path: String) -> Option<File> {
    let full = root.join(&path);
    if !full.is_file() {
        return None;
    }
    let bytes =
        std::fs::read(&full).unwrap_or_else(|error| panic!("`{path}` could not be read: {error}"));
    Some(File { path, text: String::from_utf8_lossy(&bytes).into_owned() })
}

/// Files not yet added count too, so that a rule is heard of before the commit.
fn paths_of_git(root: &Path) -> Option<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .ok()?;
    let listing = String::from_utf8(output.stdout).ok()?;
    let paths: Vec<String> = listing.split_terminator('\0').map(str::to_owned).collect();
    // A checkout that some outer repository ignores has no list of its own.
    (output.status.success() && !paths.is_empty()).then_some(paths)
}

fn paths_of_walk(root: &Path) -> Vec<String> {
    let mut paths = vec![];
    let mut pending = vec![String::new()];
    while let Some(folder) = pending.pop() {
        let entries = std::fs::read_dir(root.join(&folder))
            .expect("a directory of the checkout can be listed");
        for entry in entries {
            let entry = entry.expect("a directory of the checkout can be listed");
            let path = format!("{folder}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().expect("a directory entry has a type");
            if kind.is_file() {
                paths.push(path);
            } else if kind.is_dir() && !matches!(path.as_str(), ".git" | "target") {
                pending.push(path + "/");
            }
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_finds_what_git_lists() {
        let root = seepage_testkit::workspace_root();
        let walked = paths_of_walk(&root);
        assert!(walked.contains(&"crates/testkit/tests/tidy/tree.rs".to_owned()));
        assert!(
            !walked.iter().any(|path| path.starts_with(".git/") || path.starts_with("target/"))
        );
        let lost: Vec<String> = paths_of_git(&root)
            .unwrap_or_default()
            .into_iter()
            .filter(|path| root.join(path).is_file() && !walked.contains(path))
            .collect();
        // Symbolic links are files to git; none is meant to be here.
        assert_eq!(Vec::<String>::new(), lost);
    }

    #[test]
    fn test_files_are_known_by_folder_or_name() {
        let is_test = |path: &str| File { path: path.to_owned(), text: String::new() }.is_test();
        assert!(is_test("crates/logs/src/tests.rs"));
        assert!(is_test("crates/logs/tests/damage.rs"));
        assert!(is_test("crates/logs/src/claude_tests.rs"));
        assert!(!is_test("crates/logs/src/claude.rs"));
        assert!(!is_test("crates/logs/src/latest.rs"));
        assert!(!is_test("scripts/test"));
    }
}
