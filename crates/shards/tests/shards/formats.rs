//! The shards that other programs wrote, and what becomes of them when they are damaged anywhere.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use seepage_shards::ReadOptions;

use crate::changes::{apply, damage};
use crate::files::{Reading, Seen, fields, read, read_bytes};

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// Each shard with the number of rows that its own library counts in it.
pub(crate) fn counted() -> Vec<(String, usize)> {
    let path = fixtures().join("shards.json");
    let counts: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let shards = counts.as_object().unwrap().iter();
    shards.map(|(name, shard)| (name.clone(), shard["rows"].as_u64().unwrap() as usize)).collect()
}

#[test]
fn every_shard_has_the_rows_that_its_own_library_counts() {
    for (name, rows) in counted() {
        let reading = read(&fixtures().join("shards").join(&name), &ReadOptions::default());
        assert_eq!(reading.errors.len(), 0, "{name}: {:?}", reading.errors);
        assert_eq!(reading.skips(), [], "{name}");
        assert_eq!(reading.rows.len(), rows, "{name}");
        assert!(reading.texts().iter().any(|text| !text.is_empty()), "{name}");
    }
}

#[test]
fn rows_are_the_same_in_blocks_of_any_length() {
    for (name, _) in counted() {
        let path = fixtures().join("shards").join(&name);
        let expected = read(&path, &ReadOptions::default());
        for block_len in [1, 700] {
            let options = ReadOptions { block_len, ..ReadOptions::default() };
            assert_eq!(read(&path, &options).rows, expected.rows, "{name} {block_len}");
        }
    }
}

/// Binary shards: of plain text nobody can tell that it is cut.
fn binary() -> Vec<(String, Vec<u8>, Reading)> {
    let names = [
        "arrow/saved/data-00000-of-00001.arrow",
        "arrow/views.arrow",
        "arrow/lz4.arrow",
        "arrow/dictionary.arrow",
        "chat/conversations.arrow",
        "jsonl/two-parts.jsonl.bz2",
        "jsonl/two-parts.jsonl.xz",
        "jsonl/two-parts.jsonl.lz4",
        "mds/shard.00000.mds",
        "mds/shard.00001.mds.zstd",
        "webdataset/shard-000000.tar",
        "webdataset/shard-000001.tar.gz",
        "corpora/datatrove-000_00000.parquet",
    ];
    names
        .into_iter()
        .map(|name| {
            let content = std::fs::read(fixtures().join("shards").join(name)).unwrap();
            let reading = read_bytes(file_name(name), &content, &fields(&[]));
            (name.to_owned(), content, reading)
        })
        .collect()
}

fn file_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap()
}

#[test]
fn a_binary_shard_that_is_cut_anywhere_is_an_error() {
    for (name, content, expected) in binary() {
        // The first bytes are cut one by one, the rest by some more, and so are the zeros at the end of an archive.
        let steps = (0..600).chain((600..content.len()).step_by(7));
        for len in steps.filter(|&len| len < content.len()) {
            let reading = read_bytes(file_name(&name), &content[..len], &fields(&[]));
            let is_padding = name.contains(".tar") && content[len..].iter().all(|&byte| byte == 0);
            if is_padding && reading.errors.is_empty() {
                assert_eq!(reading.rows, expected.rows, "{name} cut at {len}");
            } else {
                assert_eq!(reading.errors.len(), 1, "{name} cut at {len}");
                // A sample at the break may be half of one.
                let whole = reading.rows.len().saturating_sub(usize::from(name.contains(".tar")));
                assert_eq!(reading.rows[..whole], expected.rows[..whole], "{name} cut at {len}");
            }
        }
    }
}

#[test]
fn bytes_behind_the_end_of_a_shard_are_an_error() {
    for (name, content, expected) in binary() {
        let twice = [content.as_slice(), b"{}{}{}{}"].concat();
        let reading = read_bytes(file_name(&name), &twice, &fields(&[]));
        assert!(!reading.errors.is_empty(), "{name}");
        assert!(reading.rows.len() <= expected.rows.len(), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::default() })]

    /// `PROPTEST_CASES` asks for more of them.
    #[test]
    fn arbitrary_damage_ends_in_rows_and_an_error(
        which in any::<prop::sample::Index>(),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        let (names, whole) = (counted(), which);
        let (name, _) = whole.get(&names);
        let mut content = std::fs::read(fixtures().join("shards").join(name)).unwrap();
        for damage in &damages {
            apply(&mut content, damage);
        }
        let options = ReadOptions { block_len: 512, record_len_max: 1 << 20, ..ReadOptions::default() };
        let reading = read_bytes(file_name(name), &content, &options);
        // A row group that fails leaves a gap. What lies beside the texts of a sample is a skip of its own.
        let is_record = |row: &&Seen| matches!(row, Seen::Record(..));
        let (records, skips): (Vec<&Seen>, Vec<&Seen>) = reading.rows.iter().partition(is_record);
        for rows in [records, skips] {
            prop_assert!(rows.iter().is_sorted_by(|a, b| a.row() < b.row()), "{name}");
        }
        prop_assert!(reading.rows.iter().is_sorted_by_key(Seen::row), "{name}");
        prop_assert!(!reading.rows.is_empty() || !reading.errors.is_empty(), "{name}");
        for error in &reading.errors {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
