//! The fixtures that other crates scan.

use std::path::{Path, PathBuf};

use seepage_shards::{Ignored, ReadOptions, ShardError, SkipReason, find_shards};

use crate::files::{Reading, Seen, read};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

fn read_fixture(name: &str) -> Reading {
    read(&fixture(name), &ReadOptions::default())
}

#[test]
fn every_container_gives_the_same_rows() {
    let expected = read_fixture("shards/jsonl/plain.jsonl");
    assert_eq!(expected.rows.len(), 8);
    for name in [
        "jsonl/two-members.jsonl.gz",
        "jsonl/two-frames.jsonl.zst",
        "jsonl/two-parts.jsonl.bz2",
        "jsonl/two-parts.jsonl.xz",
        "jsonl/two-parts.jsonl.lz4",
        "parquet/plain.parquet",
    ] {
        let reading = read_fixture(&format!("shards/{name}"));
        assert!(reading.errors.is_empty(), "{name} {:?}", reading.errors);
        assert_eq!(reading.rows, expected.rows, "{name}");
    }
}

#[test]
fn the_good_fixtures_are_read_to_their_end_and_nothing_is_skipped() {
    let found = find_shards(&[fixture("shards")], Ignored::Found);
    assert!(found.len() > 30);
    for shard in found {
        let reading = read(&shard.unwrap().path, &ReadOptions::default());
        assert!(
            !reading.rows.is_empty() && reading.skips().is_empty() && reading.errors.is_empty(),
            "{reading:?}"
        );
    }
}

#[test]
fn a_cut_stream_gives_its_rows_and_then_an_error() {
    for name in [
        "cut.jsonl.gz",
        "cut.jsonl.zst",
        "cut.jsonl.bz2",
        "cut.jsonl.xz",
        "cut.jsonl.lz4",
        "cut-stream.arrow",
        "cut.mds",
        "cut.tar",
    ] {
        let reading = read_fixture(&format!("shards-damaged/{name}"));
        assert!(!reading.rows.is_empty() && reading.rows.len() < 8, "{name}");
        assert!(
            matches!(reading.errors[..], [ShardError::Truncated { .. }]),
            "{name} {:?}",
            reading.errors
        );
        assert!(reading.errors[0].to_string().contains("unexpected end of"));
    }
    assert!(matches!(
        read_fixture("shards-damaged/cut.parquet").errors[..],
        [ShardError::Truncated { .. }]
    ));
}

#[test]
fn the_other_damaged_fixtures_end_as_they_should() {
    assert_eq!(read_fixture("shards-damaged/not-json.jsonl").skips(), [(1, SkipReason::NotJson)]);
    assert!(matches!(
        read_fixture("shards-damaged/empty.jsonl").errors[..],
        [ShardError::Empty { .. }]
    ));
    let reading = read_fixture("shards-damaged/bad-utf8.jsonl");
    let repaired: Vec<bool> =
        reading.rows.iter().map(|row| matches!(row, Seen::Record(.., true))).collect();
    assert_eq!(repaired, [false, true]);
}

/// The decoder peeks at the headers of a list's pages, to know where its rows end.
#[test]
fn lists_of_several_pages_are_read_whoever_wrote_them() {
    let message = |row, n| (format!("messages[{n}].content"), format!("row {row} message {n}"));
    let expected: Vec<Seen> = (0..400)
        .map(|row| Seen::Record(row, None, (0..row % 3).map(|n| message(row, n)).collect(), false))
        .collect();
    let mut files = 0;
    for entry in std::fs::read_dir(fixture("parquet-lists")).unwrap() {
        let path = entry.unwrap().path();
        let reading = read(&path, &ReadOptions::default());
        assert!(reading.errors.is_empty(), "{path:?} {:?}", reading.errors);
        assert_eq!(reading.rows, expected, "{path:?}");
        files += 1;
    }
    assert_eq!(files, 15);
}
