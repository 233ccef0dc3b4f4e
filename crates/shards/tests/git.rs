//! Git repositories are read by all the blobs that a reference reaches. Needs the feature `git`, and git itself.
#![cfg(feature = "git")]
#![expect(clippy::unwrap_used, reason = "a failed test is what it is for")]

mod changes;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use changes::{apply, damage};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use seepage_shards::{FieldPath, Ignored, ReadOptions, Row, SkipReason, find_shards, open_shard};
use tempfile::TempDir;

fn git(repository: &Path, day: u32, arguments: &[&str]) {
    let date = format!("2026-04-{day:02}T12:00:00Z");
    let output = Command::new("git")
        .current_dir(repository)
        .args(["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .envs([("GIT_COMMITTER_DATE", &date), ("GIT_AUTHOR_DATE", &date)])
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?} {output:?}");
}

fn write(repository: &Path, name: &str, content: &[u8]) {
    let path = repository.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// Three commits, of which the second is on a branch of its own, and the third undoes the first.
fn repository() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    git(root, 1, &["init", "-q", "-b", "main"]);
    write(root, "src/a.rs", b"fn first() {}\n");
    write(root, "src/same.rs", b"fn first() {}\n");
    write(root, "logo.png", b"\x89PNG\r\n\x1a\n\0\0");
    git(root, 1, &["add", "."]);
    git(root, 1, &["commit", "-q", "-m", "one"]);
    git(root, 2, &["checkout", "-q", "-b", "side"]);
    write(root, "notes.md", b"caf\xe9\n");
    git(root, 2, &["add", "."]);
    git(root, 2, &["commit", "-q", "-m", "two"]);
    git(root, 2, &["tag", "-a", "-m", "a tag", "v1"]);
    git(root, 3, &["checkout", "-q", "main"]);
    git(root, 3, &["branch", "-q", "-D", "side"]);
    write(root, "src/a.rs", b"fn second() {}\n");
    git(root, 3, &["commit", "-q", "-a", "-m", "three"]);
    dir
}

fn options() -> ReadOptions {
    let field = |path| FieldPath::parse(path).unwrap();
    ReadOptions {
        time_field: Some(field("created")),
        keep_fields: vec![field("path")],
        ..ReadOptions::default()
    }
}

/// Path, time and text of each record; path and reason of what was skipped.
fn read(path: &Path, options: &ReadOptions) -> (Vec<(String, String, String)>, Vec<SkipReason>) {
    let (mut records, mut skips) = (vec![], vec![]);
    let mut shard = open_shard(path, options).unwrap();
    assert_eq!(shard.format().name(), "git");
    let mut row_next = 0;
    while let Some(block) = shard.next_block().unwrap() {
        let each = &mut |row: Row<'_>| {
            let number = match row {
                Row::Skipped { row, reason } => {
                    skips.push(reason);
                    row
                }
                Row::Record(record) => {
                    assert_eq!(record.id.as_deref().map(str::len), Some(40));
                    let text = String::from_utf8(record.texts[0].text.to_vec()).unwrap();
                    let path = record.kept.first().map(|kept| kept.value.clone());
                    let time = record.time.as_deref().map(str::to_owned);
                    records.push((path.unwrap_or_default(), time.unwrap_or_default(), text));
                    record.row
                }
            };
            assert_eq!(number, row_next);
            row_next += 1;
        };
        block.read_rows(each).unwrap();
    }
    (records, skips)
}

#[test]
fn every_blob_is_read_once_with_the_oldest_commit_that_has_it() {
    let dir = repository();
    let git_dir = dir.path().join(".git");
    let record = |path: &str, day: u32, text: &str| {
        (path.to_owned(), format!("2026-04-{day:02}T12:00:00Z"), text.to_owned())
    };
    let expected = [
        record("src/a.rs", 1, "fn first() {}\n"),
        record("notes.md", 2, "caf?\n"),
        record("src/a.rs", 3, "fn second() {}\n"),
    ];
    for _ in 0..2 {
        for block_len in [1, 1 << 20] {
            let options = ReadOptions { block_len, ..options() };
            let (records, skips) = read(&git_dir, &options);
            assert_eq!(records, expected);
            assert_eq!(skips, [SkipReason::Binary]);
        }
        // Then all of it in one pack.
        git(dir.path(), 4, &["gc", "-q", "--prune=now"]);
    }
}

#[test]
fn a_repository_is_found_by_the_name_of_its_own_directory_only() {
    let dir = repository();
    let git_dir = dir.path().join(".git");
    let found = find_shards(std::slice::from_ref(&git_dir), Ignored::Found);
    assert!(matches!(&found[..], [Ok(found)] if found.path == git_dir), "{found:?}");
    // The work tree, without what it was.
    assert_eq!(find_shards(&[dir.path().to_owned()], Ignored::Found).len(), 3);
}

#[test]
fn a_blob_that_is_too_long_is_skipped_before_it_is_read() {
    let dir = repository();
    let options = ReadOptions { record_len_max: 6, ..options() };
    let (records, skips) = read(&dir.path().join(".git"), &options);
    assert_eq!(records.len(), 1);
    assert_eq!(skips, [SkipReason::TooLong; 3]);
}

/// Whether all of a repository can be read.
fn is_readable(git_dir: &Path) -> bool {
    let Ok(mut shard) = open_shard(git_dir, &options()) else {
        return false;
    };
    loop {
        match shard.next_block() {
            Ok(None) => return true,
            Ok(Some(block)) if block.read_rows(&mut |_| ()).is_ok() => {}
            _ => return false,
        }
    }
}

#[test]
fn an_object_that_is_gone_or_damaged_is_an_error() {
    let dir = repository();
    let git_dir = dir.path().join(".git");
    let objects: Vec<_> = fs::read_dir(git_dir.join("objects")).unwrap().flatten().collect();
    let mut changed = 0;
    for folder in objects.iter().filter(|folder| folder.file_name().len() == 2) {
        for object in fs::read_dir(folder.path()).unwrap().flatten() {
            let content = fs::read(object.path()).unwrap();
            for damaged in [vec![], content[..content.len() / 2].to_vec(), b"no object".to_vec()] {
                fs::remove_file(object.path()).unwrap();
                fs::write(object.path(), &damaged).unwrap();
                changed += 1;
                let failed = !is_readable(&git_dir);
                assert!(failed, "{:?}", object.path());
            }
            fs::remove_file(object.path()).unwrap();
            fs::write(object.path(), content).unwrap();
        }
    }
    assert!(changed > 20);
}

fn files_below(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        files.push(path.to_owned());
        return;
    }
    for entry in fs::read_dir(path).unwrap().flatten() {
        files_below(&entry.path(), files);
    }
}

/// Of loose objects, and of a pack. `PROPTEST_CASES` asks for more of them.
#[test]
fn arbitrary_damage_ends_in_rows_or_an_error() {
    let dir = repository();
    let git_dir = dir.path().join(".git");
    for is_packed in [false, true] {
        if is_packed {
            git(dir.path(), 4, &["gc", "-q", "--prune=now"]);
        }
        let mut files = vec![];
        for part in ["HEAD", "config", "objects", "refs", "packed-refs"] {
            let path = git_dir.join(part);
            if path.exists() {
                files_below(&path, &mut files);
            }
        }
        files.sort();
        let changes = (any::<prop::sample::Index>(), prop::collection::vec(damage(), 1..4));
        let check = |(which, damages): (prop::sample::Index, Vec<_>)| {
            let path = which.get(&files);
            let content = fs::read(path).unwrap();
            let mut damaged = content.clone();
            for damage in &damages {
                apply(&mut damaged, damage);
            }
            // git writes objects that may not be written to.
            fs::remove_file(path).unwrap();
            fs::write(path, damaged).unwrap();
            is_readable(&git_dir);
            fs::write(path, content).unwrap();
            Ok(())
        };
        TestRunner::new(Config::default()).run(&changes, check).unwrap();
        assert!(is_readable(&git_dir));
    }
}
