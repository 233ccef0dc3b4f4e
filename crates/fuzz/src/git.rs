//! A git repository, of loose objects and a pack.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use seepage_shards::ReadOptions;

use crate::sets::{Member, edit, write};

/// Reads a repository after these edits. Loose objects are edited as they are when they are decompressed.
pub fn read_repository(edits: &[u8]) {
    static GOOD: OnceLock<Vec<Member>> = OnceLock::new();
    let mut members = GOOD.get_or_init(repository).clone();
    edit(&mut members, edits);
    for member in members.iter_mut().filter(|member| is_loose(&member.path)) {
        let mut encoder = ZlibEncoder::new(vec![], Compression::fast());
        let encoded = encoder.write_all(&member.content);
        member.content = encoded
            .and_then(|()| encoder.finish())
            .expect("memory takes it");
    }
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    fs::create_dir(directory.path().join("refs")).expect("it is empty");
    write(&members, directory.path());
    let options = ReadOptions {
        record_len_max: 1 << 20,
        block_len: 1 << 10,
        ..ReadOptions::default()
    };
    crate::tell_of_panic(|| drop(crate::read_whole(directory.path(), &options)));
}

/// Two commits in a pack, and one beside it.
fn repository() -> Vec<Member> {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let root = directory.path();
    git(root, &["init", "-q", "-b", "main"]);
    for (day, text) in [
        "fn first() {}\n",
        "fn first() {}\nfn second() {}\n",
        "fn third() {}\n",
    ]
    .iter()
    .enumerate()
    {
        fs::create_dir_all(root.join("src")).expect("the directory is ours");
        fs::write(root.join("src/a.rs"), text.repeat(20)).expect("the directory is ours");
        git(root, &["add", "."]);
        git(root, &["commit", "-q", "-m", "more"]);
        if day == 1 {
            git(root, &["tag", "-a", "-m", "a tag", "v1"]);
            git(root, &["gc", "-q"]);
        }
    }
    let root = root.join(".git");
    let mut members = vec![];
    for wanted in ["HEAD", "packed-refs", "config", "refs", "objects"] {
        gather(&root, &root.join(wanted), &mut members);
    }
    members.sort_by(|a, b| a.path.cmp(&b.path));
    members
}

fn git(root: &Path, arguments: &[&str]) {
    const DATE: &str = "2026-04-01T12:00:00Z";
    let who = [
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b.example",
        "-c",
        "commit.gpgsign=false",
    ];
    let ended = Command::new("git")
        .current_dir(root)
        .args(who)
        .args(arguments)
        .envs([("GIT_COMMITTER_DATE", DATE), ("GIT_AUTHOR_DATE", DATE)])
        .status();
    assert!(
        ended.is_ok_and(|ended| ended.success()),
        "git {arguments:?}"
    );
}

fn gather(root: &Path, path: &Path, members: &mut Vec<Member>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("the directory is ours").flatten() {
            gather(root, &entry.path(), members);
        }
        return;
    }
    let path_below = path.strip_prefix(root).expect("it was walked").to_owned();
    let mut content = fs::read(path).expect("git wrote it");
    if is_loose(&path_below) {
        let mut decoded = vec![];
        let read = ZlibDecoder::new(&*content).read_to_end(&mut decoded);
        read.expect("a loose object is compressed");
        content = decoded;
    }
    members.push(Member {
        path: path_below,
        content,
    });
}

/// Whether a path is that of a loose object: `objects/12/34...`.
fn is_loose(path: &Path) -> bool {
    let mut parts = path.components().map(|part| part.as_os_str());
    parts.next().is_some_and(|part| part == "objects")
        && parts.next().is_some_and(|part| part.len() == 2)
}
