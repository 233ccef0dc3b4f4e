//! Patterns that meet links to directories.
//!
//! A walk does not follow such links, so that it comes to an end. A shell follows them where a part of a pattern names one,
//! and people expect the same of a pattern in quotes: `snapshots/*/*.parquet` must not pass over a snapshot that is a link.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use seepage_shards::{ShardError, expand_pattern};

/// What `pattern` names, in order, and behind it what it names through links to directories. A directory that was entered once for the
/// same rest of the pattern is not entered again, whatever links lead back to it.
///
/// # Errors
/// As [`expand_pattern`].
pub fn expand_through_links(pattern: &str) -> Result<Vec<PathBuf>, ShardError> {
    let (mut found, mut entered) = (vec![], BTreeSet::new());
    let mut waiting = vec![pattern.to_owned()];
    while let Some(pattern) = waiting.pop() {
        found.extend(expand_pattern(&pattern)?);
        let parts = parts_of(&pattern);
        let Some(first) = parts.iter().position(|part| is_wild(part)) else { continue };
        if !has_links(&parts[..first].join("/")) {
            continue;
        }
        // The last part names what is found, and `find_shards` enters or names links by itself.
        for len in first + 1..parts.len() {
            let rest = parts[len..].join("/");
            // What `**` stands for may go on behind the link.
            let rest = if parts[len - 1] == "**" { format!("**/{rest}") } else { rest };
            for path in expand_pattern(&parts[..len].join("/"))? {
                let is_linked = path.is_symlink() && path.is_dir();
                if !is_linked || !is_there(&path, &rest) {
                    continue;
                }
                let name = path.to_str().filter(|name| !is_wild(name));
                let (Some(name), Ok(target)) = (name, path.canonicalize()) else {
                    // No pattern names it.
                    return Err(ShardError::LinkedDirectory { path });
                };
                if entered.insert((target, rest.clone())) {
                    waiting.push(format!("{name}/{rest}"));
                }
            }
        }
    }
    Ok(found)
}

/// The parts of a pattern between `/`, but for those within braces or brackets.
fn parts_of(pattern: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (vec![], 0, 0_u32);
    for (at, byte) in pattern.bytes().enumerate() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'/' if depth == 0 => {
                parts.push(&pattern[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&pattern[start..]);
    parts
}

/// Whether the directories that `rest` names itself lie in `link`.
fn is_there(link: &Path, rest: &str) -> bool {
    let plain = rest.split('/').take_while(|part| !is_wild(part));
    plain.fold(link.to_owned(), |path, part| path.join(part)).exists()
}

fn is_wild(part: &str) -> bool {
    part.contains(['*', '?', '[', '{'])
}

/// Whether any link to a directory lies below `root`.
fn has_links(root: &str) -> bool {
    let root = if root.is_empty() { "." } else { root };
    let entries = WalkBuilder::new(root).standard_filters(false).build().flatten();
    entries.skip(1).any(|entry| entry.path_is_symlink() && entry.path().is_dir())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// Checks what a pattern finds below a directory, in which `out` lies beside `c`:
    /// `c/real/v.jsonl`, `c/link -> ../out`, `c/deep/sub -> ../../out`, `c/deep/up -> ..`, `out/x.jsonl`, `out/in/y.jsonl`.
    #[track_caller]
    fn check(pattern: &str, expected: &[&str]) {
        let home = tempfile::tempdir().unwrap();
        let root = home.path();
        for name in ["c/real/v.jsonl", "out/x.jsonl", "out/in/y.jsonl", "c/deep/z.txt"] {
            fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            fs::write(root.join(name), "{}").unwrap();
        }
        symlink("../out", root.join("c/link")).unwrap();
        symlink("../../out", root.join("c/deep/sub")).unwrap();
        symlink("..", root.join("c/deep/up")).unwrap();
        let found = expand_through_links(&format!("{}/{pattern}", root.display())).unwrap();
        let found: BTreeSet<String> = found
            .iter()
            .map(|path| path.strip_prefix(root).unwrap().display().to_string())
            .collect();
        for path in expected {
            assert!(found.contains(*path), "{path} in {found:?}");
        }
    }

    #[test]
    fn a_part_of_a_pattern_that_names_a_link_is_followed() {
        check("c/*/*.jsonl", &["c/real/v.jsonl", "c/link/x.jsonl"]);
        check("c/{real,link}/*.jsonl", &["c/real/v.jsonl", "c/link/x.jsonl"]);
        check("c/*/sub/*.jsonl", &["c/deep/sub/x.jsonl"]);
    }

    #[test]
    fn what_stands_for_many_directories_goes_on_behind_a_link_and_comes_to_an_end() {
        check("c/**/*.jsonl", &["c/real/v.jsonl"]);
        // Either link leads there, and each file behind it is found once at least.
        let home = tempfile::tempdir().unwrap();
        let root = home.path();
        for name in ["a/b.jsonl", "out/x.jsonl", "out/in/y.jsonl"] {
            fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            fs::write(root.join(name), "{}").unwrap();
        }
        symlink("../out", root.join("a/link")).unwrap();
        symlink("../a", root.join("out/back")).unwrap();
        let found = expand_through_links(&format!("{}/a/**/*.jsonl", root.display())).unwrap();
        for name in ["a/b.jsonl", "a/link/x.jsonl", "a/link/in/y.jsonl"] {
            assert!(found.contains(&root.join(name)), "{name} in {found:?}");
        }
        assert!(found.len() < 12, "{found:?}");
    }
}
