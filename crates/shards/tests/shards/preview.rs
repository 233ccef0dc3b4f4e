//! A preview sees every text, and loses no row: what it points to is given, and all else is passed or skipped.

use std::ops::Range;
use std::path::{Path, PathBuf};

use seepage_shards::{Ignored, Preview, ReadOptions, Row, open_shard};

use crate::files::{Seen, read, seen};

/// Points to where a word stands; `None`: to everything.
struct WordFinder<'w> {
    word: Option<&'w [u8]>,
    fed: Vec<u8>,
    ended: Vec<u8>,
    passed: u64,
}

impl Preview for WordFinder<'_> {
    fn feed(&mut self, text: &[u8]) {
        self.fed.extend_from_slice(text);
    }

    fn end(&mut self) {
        self.ended = std::mem::take(&mut self.fed);
    }

    fn is_suspect(&mut self, place: Range<u64>) -> bool {
        let text = &self.ended[place.start as usize..place.end as usize];
        self.word.is_none_or(|word| text.windows(word.len()).any(|window| window == word))
    }

    fn passed(&mut self, _: u64, _: u64) {
        self.passed += 1;
    }
}

/// The rows that are given with such a preview, and how many passed.
fn previewed(path: &Path, word: Option<&[u8]>) -> (Vec<Seen>, u64) {
    let mut finder = WordFinder { word, fed: vec![], ended: vec![], passed: 0 };
    let mut rows = vec![];
    let mut shard = open_shard(path, &ReadOptions::default()).unwrap();
    while let Some(block) = shard.next_block().unwrap() {
        let mut each = |row: Row<'_>| rows.push(seen(&row));
        block.read_rows_previewed(&mut finder, &mut each).unwrap();
    }
    (rows, finder.passed)
}

/// The shards of the fixtures.
fn shards() -> Vec<PathBuf> {
    let found = seepage_shards::find_shards(
        &[Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/shards")],
        Ignored::Found,
    );
    found.into_iter().map(|shard| shard.unwrap().path).collect()
}

fn holds(row: &Seen, word: &str) -> bool {
    matches!(row, Seen::Record(_, _, texts, _) if texts.iter().any(|(_, text)| text.contains(word)))
}

#[test]
fn a_preview_that_points_to_everything_changes_nothing() {
    for path in shards() {
        let expected = read(&path, &ReadOptions::default());
        assert_eq!(previewed(&path, None), (expected.rows, 0), "{}", path.display());
    }
}

#[test]
fn of_the_rows_with_a_word_none_is_lost_and_all_rows_are_given_or_passed() {
    let (mut given_in_all, mut passed_in_all) = (0, 0);
    for path in shards() {
        let expected = read(&path, &ReadOptions::default()).rows;
        for word in ["harbour", "return", "ledger", "no such word"] {
            let (given, passed) = previewed(&path, Some(word.as_bytes()));
            let with_word: Vec<_> = expected.iter().filter(|row| holds(row, word)).collect();
            let lost: Vec<_> = with_word.iter().filter(|row| !given.contains(row)).collect();
            assert!(lost.is_empty(), "{} {word}: {lost:?}", path.display());
            assert!(given.iter().all(|row| expected.contains(row)), "{}", path.display());
            assert_eq!(
                given.len() as u64 + passed,
                expected.len() as u64,
                "{} {word}",
                path.display()
            );
            given_in_all += given.len();
            passed_in_all += passed;
        }
    }
    assert!(given_in_all > 100 && passed_in_all > 100, "{given_in_all} {passed_in_all}");
}

#[test]
fn rows_pass_in_every_format_whose_texts_lie_there_to_be_seen() {
    for name in [
        "arrow/dictionary.arrow",
        "arrow/views.arrow",
        "chat/conversations.arrow",
        "jsonl/plain.jsonl",
        "mds/shard.00001.mds.zstd",
        "parquet/plain.parquet",
        "webdataset/shard-000001.tar.gz",
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/shards");
        let (given, passed) = previewed(&path.join(name), Some(b"no such word"));
        assert!(given.is_empty() && passed > 0, "{name} {given:?}");
    }
}
