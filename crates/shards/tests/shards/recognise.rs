//! What a file is taken for.

use seepage_shards::{ReadOptions, ShardError, SkipReason, open_shard};

use crate::files::{fields, file, gzip, read_bytes, zst};

#[track_caller]
fn check(name: &str, content: &[u8], format: &str) {
    let (_dir, path) = file(name, content);
    let shard = open_shard(&path, &ReadOptions::default()).unwrap();
    assert_eq!(shard.format().name(), format, "{name}");
    if format == "text" {
        let decoded = if content.starts_with(b"\x1f\x8b") || content.starts_with(b"\x28\xb5") {
            None
        } else {
            Some(content)
        };
        let reading = crate::files::read(&path, &ReadOptions::default());
        let [text] = reading.texts()[..] else { panic!("{reading:?}") };
        assert!(decoded.is_none_or(|content| String::from_utf8_lossy(content) == text));
    }
}

#[track_caller]
fn check_skip(name: &str, content: &[u8], reason: SkipReason) {
    let reading = read_bytes(name, content, &fields(&[]));
    assert_eq!(reading.skips(), [(0, reason)], "{name} {:?}", reading.errors);
}

const LINE: &[u8] = b"{\"text\": \"a\"}\n";

#[test]
fn json_lines_are_told_by_name_or_content() {
    for name in ["a.jsonl", "a.ndjson", "a.json", "a.txt", "a", "a.jsonl.gz", "a.json.zst"] {
        check(name, LINE, "json-lines");
        check(name, &gzip(LINE), "json-lines");
        check(name, &zst(LINE), "json-lines");
    }
    // One damaged line does not make a shard a text.
    check("a.json", &[b"{\"text\": \"cut", b"\n".as_slice(), LINE, LINE].concat(), "json-lines");
}

#[test]
fn documents_and_source_files_are_texts() {
    check("a.py", LINE, "text");
    check("a.py.gz", &gzip(LINE), "text");
    check("a.json", b"{\n  \"text\": \"a\"\n}\n", "text");
    check("a.json", b"[\n{\"text\": \"a\"}\n]\n", "text");
    check("package.json", b"{\"name\": \"left-pad\", \"version\": \"1.0.0\"}\n", "text");
    check("README", b"# Prose\n\n{}\n", "text");
    check("latin1.txt", b"caf\xe9 au lait, deux caf\xe9s", "text");
    check("__init__.py", b"", "text");
    check(".gitkeep", b"", "text");
    check("blank", b" \n", "text");
    check("notes.zst", &zst(b"some notes"), "text");
}

#[test]
fn two_lines_of_objects_without_a_field_are_no_document() {
    let reading = read_bytes("a.json", b"{\"body\": \"a\"}\n{\"body\": \"b\"}\n", &fields(&[]));
    assert!(matches!(reading.errors[..], [ShardError::NoTextField { .. }]));
}

#[test]
fn what_is_not_read_is_skipped_by_name() {
    check_skip("a.bin", b"\x7fELF\x02\x01\x01\0\0\0", SkipReason::Binary);
    check_skip("a.py", b"print(1)\0", SkipReason::Binary);
    check_skip("a.png.gz", &gzip(b"\x89PNG\r\n\x1a\n\0\0"), SkipReason::Binary);
    check_skip("a.jsonl", b"PK\x03\x04\x14\0\0\0", SkipReason::Unsupported);
    check_skip("a.parquet.gz", &gzip(b"PAR1...."), SkipReason::Unsupported);
    check_skip("a.jsonl.gz", &gzip(&gzip(LINE)), SkipReason::Unsupported);
}

#[test]
fn a_name_that_promises_what_the_content_does_not_hold_is_damage() {
    for (name, content) in [
        ("a.parquet", LINE),
        ("a.parquet", b"\0\0\0\0"),
        ("a.jsonl.gz", b"\x1f\0\0"),
        ("a.zst", b"\0\0\0\0"),
        ("a.jsonl.xz", b"\xfd7zX\0\0"),
        ("a.jsonl.bz2", b"BZh9\0\0\0\0"),
        ("a.tar", LINE),
        ("a.mds", LINE),
    ] {
        let reading = read_bytes(name, content, &fields(&[]));
        assert!(matches!(reading.errors[..], [ShardError::Damaged { .. }]), "{name} {reading:?}");
    }
}

#[test]
fn a_path_that_makes_no_sense_is_refused_with_an_example() {
    for path in ["", ".a", "a.", "a..b", "a[", "a[0]", "a]b[x]", "[]", "[].a", "a[]b"] {
        let refused = seepage_shards::FieldPath::parse(path);
        assert!(refused.is_err_and(|error| error.contains(&format!("`{path}`"))), "{path}");
    }
    assert!(seepage_shards::FieldPath::parse(&"a.".repeat(40)).is_err());
}
