//! Scans of tokenised shards that go on, and in parts: their results belong to the tokenizer, and to the files beside them.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::{command, fixture_index, path, root, run_expecting};

/// A directory with the shards of the fixtures, which hold what a model wrote, and the tokenizer outside of it.
struct Tokenized {
    directory: TempDir,
    index: String,
    shards: String,
    tokenizer: String,
}

impl Tokenized {
    fn new() -> Self {
        let (directory, index) = fixture_index();
        let shards = path(&directory, "shards");
        fs::create_dir(&shards).unwrap();
        for entry in fs::read_dir(root().join("fixtures/tokens")).unwrap() {
            let from = entry.unwrap().path();
            let to = if from.extension().is_some_and(|extension| extension == "json") {
                directory.path()
            } else {
                Path::new(&shards)
            };
            fs::copy(&from, to.join(from.file_name().unwrap())).unwrap();
        }
        Self { tokenizer: path(&directory, "tokenizer.json"), directory, index, shards }
    }

    fn scan(&self, more: &[&str]) -> Vec<String> {
        let whole = ["scan", &self.shards, "--index", &self.index];
        let with = ["--tokenizer", &self.tokenizer];
        [&whole[..], &with, more].concat().into_iter().map(str::to_owned).collect()
    }

    /// How many of the five files came from the checkpoint, and what was found.
    #[track_caller]
    fn resume(&self) -> (usize, String) {
        let checkpoint = path(&self.directory, "checkpoint");
        let arguments = self.scan(&["--checkpoint", &checkpoint, "--format", "json"]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let run = run_expecting(1, &arguments);
        let mut said = run.stderr.lines().filter_map(|line| line.strip_prefix("seepage: "));
        let (count, _) = said
            .find_map(|said| said.split_once(" of 5 "))
            .unwrap_or_else(|| panic!("{}", run.stderr));
        (count.parse().unwrap(), run.stdout)
    }

    /// The same tokenizer in other bytes.
    fn rewrite_tokenizer(&self) {
        let mut json = fs::read(&self.tokenizer).unwrap();
        json.push(b'\n');
        fs::write(&self.tokenizer, json).unwrap();
    }
}

#[test]
fn a_rerun_reads_tokens_again_once_their_tokenizer_or_a_file_beside_them_is_another() {
    let tokenized = Tokenized::new();
    let (count, found) = tokenized.resume();
    assert_eq!(count, 0);
    assert!(found.contains("megatron.bin") && found.contains("unshuffled.ds"));
    assert_eq!(tokenized.resume(), (5, found.clone()));
    // Its second line says something to people only.
    let metadata = Path::new(&tokenized.shards).join("shard_00000_unshuffled.ds.metadata");
    let mut text = fs::read(&metadata).unwrap();
    text.extend_from_slice(b"\nremarks");
    fs::write(&metadata, text).unwrap();
    assert_eq!(tokenized.resume(), (3, found.clone()));
    tokenized.rewrite_tokenizer();
    assert_eq!(tokenized.resume(), (0, found));
}

#[test]
fn parts_that_were_made_with_other_tokenizers_are_not_joined() {
    let tokenized = Tokenized::new();
    let [one, two, joined] = ["one", "two", "joined"].map(|name| path(&tokenized.directory, name));
    let part = |partition, output: &String| {
        let arguments = tokenized.scan(&["--partition", partition, "-o", output, "--exit-zero"]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run_expecting(0, &arguments);
    };
    let merge = || {
        let arguments = ["merge-reports", &one, &two, "--index", &tokenized.index];
        let output = [&arguments[..], &["-o", &joined]].concat();
        command(&output).output().unwrap()
    };
    part("1/2", &one);
    part("2/2", &two);
    assert_eq!(merge().status.code(), Some(1));
    fs::remove_dir_all(&joined).unwrap();
    fs::remove_dir_all(&two).unwrap();
    tokenized.rewrite_tokenizer();
    part("2/2", &two);
    let refused = merge();
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("other options"), "{said}");
}
