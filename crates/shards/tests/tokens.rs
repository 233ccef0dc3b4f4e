//! Tokenised shards give back the text that they were made of. Needs the feature `tokenized`.
#![cfg(feature = "tokenized")]
#![expect(clippy::unwrap_used, reason = "a failed test is what it is for")]

mod changes;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use changes::{apply, damage};
use proptest::prelude::*;
use seepage_shards::{Detokenizer, ReadOptions, Row, ShardError, open_shard};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

fn options() -> ReadOptions {
    let detokenizer = Detokenizer::open(&fixture("tokens/tokenizer.json")).unwrap();
    ReadOptions { detokenizer: Some(Arc::new(detokenizer)), ..ReadOptions::default() }
}

/// The texts of a shard, and the error that ended it.
fn read(path: &Path, options: &ReadOptions) -> (Vec<String>, Option<ShardError>) {
    let mut texts = vec![];
    let mut shard = match open_shard(path, options) {
        Ok(shard) => shard,
        Err(error) => return (texts, Some(error)),
    };
    assert_eq!(shard.format().name(), "tokens");
    loop {
        match shard.next_block() {
            Ok(None) => return (texts, None),
            Err(error) => return (texts, Some(error)),
            Ok(Some(block)) => {
                let each = &mut |row: Row<'_>| {
                    let Row::Record(record) = row else { panic!("{row:?}") };
                    assert_eq!(record.row, texts.len() as u64);
                    texts.push(String::from_utf8(record.texts[0].text.to_vec()).unwrap());
                };
                if let Err(error) = block.read_rows(each) {
                    return (texts, Some(error));
                }
            }
        }
    }
}

/// The three records of which `scripts/make-fixtures` made the tokens.
fn expected() -> Vec<String> {
    let lines = fs::read_to_string(fixture("shards/jsonl/plain.jsonl")).unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    [1, 3, 4]
        .map(|row: usize| {
            let record: serde_json::Value = serde_json::from_str(lines[row]).unwrap();
            record["text"].as_str().unwrap().to_owned()
        })
        .to_vec()
}

#[test]
fn tokens_of_datatrove_and_of_megatron_are_text_again() {
    for name in ["shard_00000_unshuffled.ds", "megatron.bin"] {
        for block_len in [1, 1 << 20] {
            let options = ReadOptions { block_len, ..options() };
            let (texts, error) = read(&fixture("tokens").join(name), &options);
            assert!(error.is_none(), "{name} {error:?}");
            assert_eq!(texts, expected(), "{name}");
        }
    }
}

#[test]
fn what_lies_beside_tokens_has_no_rows_of_its_own() {
    for name in
        ["megatron.idx", "shard_00000_unshuffled.ds.index", "shard_00000_unshuffled.ds.metadata"]
    {
        let (texts, error) = read(&fixture("tokens").join(name), &options());
        assert!(texts.is_empty() && error.is_none(), "{name}");
    }
}

#[test]
fn a_tokenizer_that_loses_text_is_refused() {
    let error = Detokenizer::open(&fixture("tokens/lossy-tokenizer.json")).unwrap_err();
    assert!(error.to_string().contains("does not give text back"), "{error}");
    assert!(Detokenizer::open(&fixture("shards.json")).is_err());
    let error = Detokenizer::open(Path::new("no-such.json")).unwrap_err();
    assert!(error.to_string().starts_with("there is no"), "{error}");
}

/// Changes a file of the pair and reads the tokens.
#[track_caller]
fn check_damage(names: [&str; 3], changed: usize, change: impl FnOnce(&mut Vec<u8>)) {
    let dir = tempfile::tempdir().unwrap();
    let mut change = Some(change);
    for (number, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        let mut content = fs::read(fixture("tokens").join(name)).unwrap();
        if number == changed {
            change.take().unwrap()(&mut content);
        }
        fs::write(dir.path().join(name), content).unwrap();
    }
    let (texts, error) = read(&dir.path().join(names[0]), &options());
    assert!(error.is_some() && texts.len() <= 3, "{names:?} {changed}");
}

const DATATROVE: [&str; 3] = [
    "shard_00000_unshuffled.ds",
    "shard_00000_unshuffled.ds.index",
    "shard_00000_unshuffled.ds.metadata",
];
const MEGATRON: [&str; 3] = ["megatron.bin", "megatron.idx", ""];

#[test]
fn tokens_and_indexes_that_do_not_fit_are_errors() {
    for names in [DATATROVE, MEGATRON] {
        for changed in 0..2 {
            check_damage(names, changed, |bytes| bytes.truncate(bytes.len() - 8));
            check_damage(names, changed, |bytes| bytes.extend([0xff; 8]));
        }
        // A token that the tokenizer has not.
        check_damage(names, 0, |bytes| bytes[..2].copy_from_slice(&[0xff, 0xff]));
        check_damage(names, 1, |bytes| bytes.truncate(10));
    }
    check_damage(DATATROVE, 2, Vec::clear);
    // A sequence that is in no document, and a kind of token that nobody knows.
    check_damage(MEGATRON, 1, |bytes| *bytes.last_mut().unwrap() = 1);
    check_damage(MEGATRON, 1, |bytes| bytes[17] = 7);
}

proptest! {
    /// `PROPTEST_CASES` asks for more of them.
    #[test]
    fn arbitrary_damage_ends_in_texts_or_an_error(
        names in prop_oneof![Just(DATATROVE), Just(MEGATRON)],
        changed in 0..3_usize,
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        let dir = tempfile::tempdir().unwrap();
        for (number, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let mut content = fs::read(fixture("tokens").join(name)).unwrap();
            for damage in damages.iter().filter(|_| number == changed) {
                apply(&mut content, damage);
            }
            fs::write(dir.path().join(name), content).unwrap();
        }
        // It looks at the rows, one by one.
        let (texts, error) = read(&dir.path().join(names[0]), &options());
        prop_assert!(!texts.is_empty() || error.is_some());
    }
}
