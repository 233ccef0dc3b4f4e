//! Everything in an object store: shards, index and report. A real S3 server is started on the loopback (`s3s-fs`, a
//! server of the crate registry, which `scripts/test-features` installs), and wires to it that break.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;

mod clients;
mod store;

use store::Store;

/// A shard of one text that an index of the fixture logs does not hold.
fn innocent(len: usize) -> String {
    let line = "{\"text\":\"The goat was asked to leave the meeting.\"}\n";
    line.repeat(len.div_ceil(line.len()))
}

#[test]
fn shards_index_and_report_lie_in_a_store() {
    let Some(store) = Store::start() else { return };
    let index = "s3://corpus/made/logs.seepage";
    store.check(0, &["index", "build", "fixtures/logs", "-o", index]);
    let said = store.check(0, &["index", "info", index, "--json"]);
    assert!(said.contains("\"path\":\"s3://corpus/made/logs.seepage\""), "{said}");

    for (fixture, key) in [
        ("jsonl/plain.jsonl", "shards/plain.jsonl"),
        ("parquet/plain.parquet", "shards/plain.parquet"),
        ("webdataset/shard-000001.tar.gz", "shards/0.tar.gz"),
    ] {
        store.put(fixture, key);
    }
    let report = "s3://corpus/reports/one";
    let stored = store.check(1, &["scan", "s3://corpus/shards/", "--index", index, "-o", report]);
    assert!(stored.contains("s3://corpus/reports/one"), "{stored}");
    let summary = |report: &Path| -> serde_json::Value {
        serde_json::from_slice(&fs::read(report.join("summary.json")).unwrap()).unwrap()
    };
    let stored = store.file("reports/one");
    assert!(stored.join("_SUCCESS").exists());
    assert!(stored.join("findings.parquet").metadata().unwrap().len() > 1000);

    // The same from files.
    let local = TempDir::new().unwrap();
    let (shards, report) = (store.file("shards"), local.path().join("report"));
    let index = store.file("made/logs.seepage");
    let [shards, report, index] = [&shards, &report, &index].map(|path| path.to_str().unwrap());
    store.check(1, &["scan", shards, "--index", index, "-o", report]);
    let (stored, local) = (summary(&stored), summary(Path::new(report)));
    for key in ["records", "findings", "shards", "text_bytes"] {
        assert_eq!(stored[key], local[key], "{key}");
    }
    assert_eq!(stored["index"]["digest"], local["index"]["digest"]);
}

#[test]
fn parts_in_a_store_are_joined_there_and_a_missing_one_is_called_by_its_address() {
    let Some(store) = Store::start() else { return };
    for number in 0..4 {
        store.put("jsonl/plain.jsonl", &format!("shards/{number}.jsonl"));
    }
    let home = TempDir::new().unwrap();
    let index = home.path().join("logs.seepage");
    let index = index.to_str().unwrap();
    store.check(0, &["index", "build", "fixtures/logs", "-o", index]);
    let scan = ["scan", "s3://corpus/shards/", "--index", index];
    let part = |number: u32| {
        let (partition, report) = (format!("{number}/2"), format!("s3://corpus/parts/{number}"));
        store.check(1, &[&scan[..], &["--partition", &partition, "-o", &report]].concat());
    };
    let merge = ["merge-reports", "s3://corpus/parts/1", "s3://corpus/parts/2", "--index", index];
    part(1);
    let said = store.check(2, &[&merge[..], &["-o", "s3://corpus/all"]].concat());
    assert!(said.contains("there is nothing at `s3://corpus/parts/2`"), "{said}");
    fs::create_dir_all(store.file("parts/2/x")).unwrap();
    fs::write(store.file("parts/2/summary.json"), "{}").unwrap();
    let said = store.check(2, &[&merge[..], &["-o", "s3://corpus/all"]].concat());
    assert!(said.contains("`s3://corpus/parts/2` is no finished part"), "{said}");
    part(2);
    let said = store.check(2, &[&merge[..], &["-o", "s3://corpus/parts/2/"]].concat());
    assert!(said.contains("is one of the parts"), "{said}");
    store.check(1, &[&merge[..], &["-o", "s3://corpus/all"]].concat());
    store.check(1, &[&scan[..], &["-o", "s3://corpus/one"]].concat());
    let findings = |report: &str| fs::read(store.file(report).join("findings.parquet")).unwrap();
    assert_eq!(findings("all"), findings("one"));
    assert!(store.file("all/_SUCCESS").exists());
}

#[test]
fn a_pattern_names_objects_and_a_directory_needs_no_slash() {
    let Some(store) = Store::start() else { return };
    for (fixture, key) in [
        ("jsonl/plain.jsonl", "shards/a/0.jsonl"),
        ("jsonl/plain.jsonl", "shards/b/0.jsonl"),
        ("jsonl/plain.jsonl", "shards/b/[1].jsonl"),
        ("parquet/plain.parquet", "shards/b/0.parquet"),
        ("jsonl/plain.jsonl", "odd/[a]/0.jsonl"),
        ("jsonl/plain.jsonl", "odd/[a]/1.jsonl"),
        ("jsonl/plain.jsonl", "odd/a"),
    ] {
        store.put(fixture, key);
    }
    for (path, shards) in [
        ("s3://corpus/shards", 4),
        ("s3://corpus/sh*", 4),
        ("s3://corpus/*/?", 5),
        ("s3://corpus/odd/[a]", 2),
        ("s3://corpus/odd/[ab]", 1),
        ("s3://corpus/shards/*.jsonl", 0),
        ("s3://corpus/shards/**/*.jsonl", 3),
        ("s3://corpus/shards/?/0.{jsonl,parquet}", 3),
        ("s3://corpus/shards/b/[1].jsonl", 1),
    ] {
        let code = if shards == 0 { 2 } else { 1 };
        let said = store.check(code, &["scan", path, "--logs", "fixtures/logs"]);
        let plural = if shards == 1 { "" } else { "s" };
        assert!(said.contains(&format!("{shards} shard{plural} ·")), "{path}\n{said}");
        assert_eq!(
            shards == 0,
            said.contains("there is no `s3://corpus/shards/*.jsonl`"),
            "{said}"
        );
    }
}

#[test]
fn a_checkpoint_knows_objects_by_what_the_store_calls_them() {
    let Some(store) = Store::start() else { return };
    store.put("jsonl/plain.jsonl", "shards/a.jsonl");
    store.put("parquet/plain.parquet", "shards/b.parquet");
    let home = TempDir::new().unwrap();
    let checkpoint = home.path().join("checkpoint");
    let checkpoint = checkpoint.to_str().unwrap();
    let scan =
        ["scan", "s3://corpus/shards/", "--logs", "fixtures/logs", "--checkpoint", checkpoint];
    let from_checkpoint = |count: u32| {
        let before = store.wire.carried.load(Ordering::Relaxed);
        let said = store.check(1, &scan);
        let expected = format!("{count} of 2 results from the checkpoint");
        assert!(said.contains(&expected), "{said}");
        store.wire.carried.load(Ordering::Relaxed) - before
    };
    let whole = from_checkpoint(0);
    let known = from_checkpoint(2);
    assert!(known < whole / 2, "{known} of {whole} bytes, and nothing had to be read");
    // Of the same length, and with nothing in it.
    let shard = store.file("shards/a.jsonl");
    let text = fs::read_to_string(&shard).unwrap();
    let other = text.replace("\"text\"", "\"code\"");
    fs::write(&shard, other).unwrap();
    from_checkpoint(1);
}

#[test]
fn a_wrong_secret_is_told_from_a_bucket_and_an_object_that_are_not_there() {
    let Some(store) = Store::start() else { return };
    store.put("jsonl/plain.jsonl", "shards/plain.jsonl");
    let scan = |path| ["scan", path, "--logs", "fixtures/logs"];
    for path in ["s3://corpus/shards/plain.jsonl", "s3://corpus"] {
        let (code, said) = store.run("another secret", &scan(path));
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("no permission to read"), "{said}");
    }
    for path in ["s3://no-such-bucket/shards", "s3://corpus/no-such-shard.jsonl"] {
        let said = store.check(2, &scan(path));
        assert!(said.contains("there is no"), "{path}\n{said}");
    }
    // Of an index and for a report, too.
    let shard = "s3://corpus/shards/plain.jsonl";
    for (arguments, expected) in [
        (["--index", "s3://corpus/no.seepage"], "there is nothing at"),
        (["--index", "s3://no-such-bucket/no.seepage"], "there is nothing at"),
    ] {
        let said = store.check(2, &[&["scan", shard][..], &arguments].concat());
        assert!(said.contains(expected), "{said}");
    }
    let local = scan("fixtures/shards/jsonl/plain.jsonl");
    let report = [&local[..], &["-o", "s3://corpus/report"]].concat();
    let (code, said) = store.run("another secret", &report);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("could not be written"), "{said}");
}

#[test]
fn a_broken_wire_is_mended_and_one_that_stays_broken_fails_the_shard() {
    let Some(store) = Store::start() else { return };
    let text = innocent(3 << 20);
    fs::write(store.file("shards/long.jsonl"), &text).unwrap();
    let scan = ["scan", "s3://corpus/shards/", "--logs", "fixtures/logs"];
    store.wire.breaks.store(3, Ordering::Relaxed);
    store.check(0, &scan);
    assert_eq!(store.wire.breaks.load(Ordering::Relaxed), 0);

    store.wire.breaks.store(u64::MAX, Ordering::Relaxed);
    let said = store.check(2, &scan);
    assert!(said.contains("1 shard could not be read"), "{said}");
    assert!(said.contains("incomplete"), "{said}");
}

/// A Parquet file of a short column of text and one of a megabyte of bytes that nothing compresses.
fn write_wide(path: &Path) {
    const ROWS: u64 = 200;
    let texts = (0..ROWS).map(|row| format!("The goat left meeting {row}."));
    let blobs = (0..ROWS).map(|row| {
        let mut state = row + 1;
        let mut word = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            format!("{:016x}", state.rotate_left(23))
        };
        (0..320).map(|_| word()).collect::<String>()
    });
    let text: ArrayRef = Arc::new(StringArray::from_iter_values(texts));
    let image: ArrayRef = Arc::new(StringArray::from_iter_values(blobs));
    let batch = RecordBatch::try_from_iter([("text", text), ("image", image)]).unwrap();
    let file = fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn of_parquet_only_the_text_column_is_fetched() {
    let Some(store) = Store::start() else { return };
    write_wide(&store.file("wide.parquet"));
    let len = store.file("wide.parquet").metadata().unwrap().len();
    let scan = ["scan", "s3://corpus/wide.parquet", "--logs", "fixtures/logs"];
    let before = store.wire.carried.load(Ordering::Relaxed);
    store.check(0, &[&scan[..], &["--text-field", "text"]].concat());
    let text = store.wire.carried.load(Ordering::Relaxed) - before;
    store.check(0, &[&scan[..], &["--text-field", "image"]].concat());
    let image = store.wire.carried.load(Ordering::Relaxed) - before - text;
    assert!(len > 1_000_000 && text < 100_000, "{text} of {len}");
    assert!(image > 900_000, "{image} of {len}");
}
