//! Which files count as shards.

use std::fs;
use std::path::{Path, PathBuf};

use seepage_shards::{FoundShard, Ignored, ShardError};

fn find_shards(roots: &[PathBuf]) -> Vec<Result<FoundShard, ShardError>> {
    seepage_shards::find_shards(roots, Ignored::Found)
}

fn write(dir: &Path, name: &str) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "abc").unwrap();
}

/// Names found below `dir`, and the number of errors.
fn names(dir: &Path, roots: &[PathBuf]) -> (Vec<String>, usize) {
    let found = find_shards(roots);
    let names = found.iter().flatten().map(|shard| {
        assert_eq!(shard.len, 3);
        shard.path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned()
    });
    (names.collect(), found.iter().filter(|entry| entry.is_err()).count())
}

#[test]
fn hidden_and_ignored_files_count_and_git_directories_do_not() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["z", "a/b", "a.x", ".hidden/c", "ignored", ".git/HEAD", "sub/.git", "sub/d"] {
        write(dir.path(), name);
    }
    fs::write(dir.path().join(".ignore"), "*\n!*").unwrap();
    fs::write(dir.path().join(".gitignore"), "ign").unwrap();
    fs::write(dir.path().join(".ignore"), "zzz").unwrap();
    let expected =
        [".gitignore", ".hidden/c", ".ignore", "a/b", "a.x", "ignored", "sub/.git", "sub/d", "z"];
    assert_eq!(
        names(dir.path(), &[dir.path().to_owned()]),
        (expected.map(str::to_owned).to_vec(), 0)
    );
}

#[test]
fn roots_that_overlap_give_each_file_once_and_a_file_may_be_a_root() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a/b");
    write(dir.path(), "a/c");
    let roots = [dir.path().join("a/b"), dir.path().to_owned(), dir.path().join("a")];
    assert_eq!(names(dir.path(), &roots), (vec!["a/b".to_owned(), "a/c".to_owned()], 0));
}

#[test]
fn a_name_begins_with_the_root_as_it_was_given() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a/b");
    let root = dir.path().join("a");
    let found = find_shards(std::slice::from_ref(&root));
    assert_eq!(found[0].as_ref().unwrap().name, root.join("b").to_str().unwrap());
}

#[test]
fn a_root_that_does_not_exist_is_an_error() {
    let found = find_shards(&[PathBuf::from("/no/such/place")]);
    assert!(
        matches!(&found[..], [Err(ShardError::Io { source, .. })] if source.kind() == std::io::ErrorKind::NotFound)
    );
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn linked_files_are_read_and_linked_directories_are_not() {
        let outside = tempfile::tempdir().unwrap();
        write(outside.path(), "far/e");
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "a/b");
        symlink(outside.path().join("far/e"), dir.path().join("link")).unwrap();
        symlink(dir.path(), dir.path().join("a/loop")).unwrap();
        symlink("self", dir.path().join("self")).unwrap();
        symlink("nowhere", dir.path().join("broken")).unwrap();
        symlink(outside.path().join("far"), dir.path().join("outside")).unwrap();
        let found = find_shards(&[dir.path().to_owned()]);
        let seen: Vec<(&str, bool)> = found
            .iter()
            .map(|entry| match entry {
                Ok(shard) => (shard.path.file_name().unwrap().to_str().unwrap(), true),
                Err(error) => (error.path().file_name().unwrap().to_str().unwrap(), false),
            })
            .collect();
        assert_eq!(
            seen,
            [("b", true), ("broken", false), ("link", true), ("outside", false), ("self", false)]
        );
        assert!(matches!(&found[3], Err(ShardError::LinkedDirectory { .. })));
    }

    #[test]
    fn a_file_in_the_cache_of_a_hub_counts_once_under_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let cached = |path: &str| dir.path().join("datasets--a--b").join(path);
        for blob in ["blobs/0a1b", "blobs/2c3d"] {
            write(dir.path(), &format!("datasets--a--b/{blob}"));
        }
        write(dir.path(), "datasets--a--b/refs/main");
        for (revision, blob) in [("r1", "0a1b"), ("r2", "0a1b"), ("r2", "2c3d")] {
            let data = cached(&format!("snapshots/{revision}/data"));
            std::fs::create_dir_all(&data).unwrap();
            let link = data.join(format!("{blob}.parquet"));
            symlink(format!("../../../blobs/{blob}"), link).unwrap();
        }
        let (found, errors) = names(dir.path(), &[dir.path().to_owned()]);
        let snapshots = |file: &str| format!("datasets--a--b/snapshots/{file}");
        let refs = "datasets--a--b/refs/main".to_owned();
        let files = [refs, snapshots("r1/data/0a1b.parquet"), snapshots("r2/data/2c3d.parquet")];
        assert_eq!((found, errors), (files.to_vec(), 0));
        // Without its link a blob is a file like any other.
        assert_eq!(find_shards(&[cached("blobs")]).len(), 2);
    }

    #[test]
    fn a_root_that_is_a_link_is_walked() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "a/b");
        symlink(dir.path().join("a"), dir.path().join("root")).unwrap();
        assert_eq!(names(dir.path(), &[dir.path().join("root")]), (vec!["root/b".to_owned()], 0));
    }

    #[test]
    fn sockets_are_never_opened() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let found = find_shards(&[dir.path().to_owned()]);
        assert!(matches!(&found[..], [Err(ShardError::NotRegular { kind: "a socket", .. })]));
        let opened = seepage_shards::open_shard(&path, &seepage_shards::ReadOptions::default());
        assert!(matches!(opened, Err(ShardError::NotRegular { .. })));
    }

    #[test]
    fn a_pipe_does_not_hang() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        if !made.is_ok_and(|status| status.success()) {
            println!("skipped: this system has no mkfifo");
            return;
        }
        assert!(matches!(
            &find_shards(&[dir.path().to_owned()])[..],
            [Err(ShardError::NotRegular { .. })]
        ));
        let opened = seepage_shards::open_shard(&path, &seepage_shards::ReadOptions::default());
        assert!(matches!(opened, Err(ShardError::NotRegular { .. })));
    }

    #[test]
    fn names_that_are_not_utf8_stay_apart() {
        let dir = tempfile::tempdir().unwrap();
        for name in [b"a\xfe", b"a\xff"] {
            fs::write(dir.path().join(std::ffi::OsStr::from_bytes(name)), "abc").unwrap();
        }
        let found = find_shards(&[dir.path().to_owned()]);
        let names: Vec<&str> =
            found.iter().flatten().map(|shard| &shard.name[shard.name.len() - 5..]).collect();
        assert_eq!(names, ["a\\xfe", "a\\xff"]);
    }

    #[test]
    fn a_directory_that_may_not_be_entered_is_an_error_of_permission() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "shut/a");
        write(dir.path(), "b");
        let shut = dir.path().join("shut");
        fs::set_permissions(&shut, fs::Permissions::from_mode(0o000)).unwrap();
        let is_superuser = fs::read_dir(&shut).is_ok();
        let found = find_shards(&[dir.path().to_owned()]);
        fs::set_permissions(&shut, fs::Permissions::from_mode(0o755)).unwrap();
        if is_superuser {
            println!("skipped: the superuser enters every directory");
            return;
        }
        let [Ok(_), Err(ShardError::Io { path, source })] = &found[..] else { panic!("{found:?}") };
        assert_eq!((path, source.kind()), (&shut, std::io::ErrorKind::PermissionDenied));
    }
}

/// A data set of two shards, the second of them packed, of which one stands as `name` with so many bytes.
#[track_caller]
fn check_listed(name: &str, len: usize, expected: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let listed = |number: u32, zip: &str| {
        format!(
            r#"{{"format": "mds", "raw_data": {{"basename": "shard.{number}.mds", "bytes": 10}}, "zip_data": {zip}}}"#
        )
    };
    let zip = r#"{"basename": "sub/shard.1.mds.zstd", "bytes": 5}"#;
    let index =
        format!(r#"{{"shards": [{}, {}], "version": 2}}"#, listed(0, "null"), listed(1, zip));
    fs::create_dir(dir.path().join("sub")).unwrap();
    for (name, content) in [
        ("index.json", index.as_str()),
        ("shard.0.mds", "0123456789"),
        ("sub/shard.1.mds.zstd", "01234"),
    ] {
        fs::write(dir.path().join(name), content).unwrap();
    }
    if len == 0 {
        fs::remove_file(dir.path().join(name)).unwrap();
    } else {
        fs::write(dir.path().join(name), "x".repeat(len)).unwrap();
    }
    let found = find_shards(&[dir.path().to_owned()]);
    let faults: Vec<String> = found
        .iter()
        .filter_map(|entry| entry.as_ref().err().map(ToString::to_string))
        .map(|words| words.replace(&format!("{}/", dir.path().display()), ""))
        .collect();
    assert_eq!(faults, expected);
    let files = 3 + usize::from(name == "shard.1.mds");
    assert_eq!(found.len(), files, "each once");
}

#[test]
fn a_shard_that_its_data_set_lists_must_be_there_and_whole() {
    check_listed("shard.0.mds", 10, &[]);
    check_listed(
        "shard.0.mds",
        9,
        &["shard `shard.0.mds` is damaged: it is 9 bytes long, and 10 by its `index.json`"],
    );
    check_listed(
        "shard.0.mds",
        0,
        &[
            "there is no `shard.0.mds`, which the `index.json` beside it lists; fetch it, or write the index again",
        ],
    );
    check_listed(
        "sub/shard.1.mds.zstd",
        0,
        &[
            "there is no `sub/shard.1.mds.zstd`, which the `index.json` beside it lists; fetch it, or write the index again",
        ],
    );
    check_listed(
        "sub/shard.1.mds.zstd",
        6,
        &["shard `sub/shard.1.mds.zstd` is damaged: it is 6 bytes long, and 5 by its `index.json`"],
    );
    // Unpacked beside the packed one.
    check_listed("shard.1.mds", 10, &[]);
}

#[test]
fn an_index_of_something_else_lists_nothing() {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("a/index.json", "[1, 2]"),
        ("b/index.json", r#"{"shards": 7}"#),
        ("c/index.json", r#"{"name": "left-pad"}"#),
        ("d/index.json", r#"{"shards": [{"id": 1}]}"#),
        ("e/index.json", "{"),
    ] {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let found = find_shards(&[dir.path().to_owned()]);
    assert_eq!(found.iter().filter(|entry| entry.is_ok()).count(), 5);
}

#[test]
fn a_list_names_no_file_outside_of_its_directory() {
    let dir = tempfile::tempdir().unwrap();
    let index =
        r#"{"shards": [{"raw_data": {"basename": "../secret", "bytes": 3}, "zip_data": null}]}"#;
    fs::create_dir(dir.path().join("set")).unwrap();
    fs::write(dir.path().join("set/index.json"), index).unwrap();
    fs::write(dir.path().join("secret"), "abc").unwrap();
    let found = find_shards(&[dir.path().join("set")]);
    assert!(matches!(found[..], [Err(ShardError::Missing { .. }), Ok(_)]), "{found:?}");
}
