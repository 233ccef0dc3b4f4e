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
    check("PARENT_DIRECTORY.rst", b"PARENT_DIRECTORY\n----------------\n", "text");
    check("README", b"# Prose\n\n{}\n", "text");
    check("latin1.txt", b"caf\xe9 au lait, deux caf\xe9s", "text");
    check("__init__.py", b"", "text");
    check(".gitkeep", b"", "text");
    check("blank", b" \n", "text");
    check("notes.zst", &zst(b"some notes"), "text");
}

#[test]
fn two_lines_of_objects_without_a_field_are_no_document() {
    let lines = b"{\"body\": \"a\"}\n{\"body\": \"b\"}\n";
    let reading = read_bytes("a.json", lines, &fields(&[]));
    assert!(reading.errors.is_empty() && reading.rows.len() == 2, "{reading:?}");
    let reading = read_bytes("a.json", lines, &fields(&["text"]));
    assert!(matches!(reading.errors[..], [ShardError::NoTextField { .. }]));
}

#[test]
fn what_is_not_read_is_skipped_by_name() {
    check_skip("a.bin", b"\x7fELF\x02\x01\x01\0\0\0", SkipReason::Binary);
    check_skip("a.py", b"print(1)\0", SkipReason::Binary);
    let reading = read_bytes("a.png.gz", &gzip(b"\x89PNG\r\n\x1a\n\0\0"), &fields(&[]));
    assert!(reading.skips().is_empty() && reading.bytes_not_text > 0, "an image is no text");
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

#[track_caller]
fn check_placeholder(name: &str, content: &[u8], what: &str) {
    let reading = read_bytes(name, content, &fields(&[]));
    let [error @ ShardError::Placeholder { .. }] = &reading.errors[..] else {
        panic!("{name} {reading:?}")
    };
    assert!(error.to_string().contains(what), "{error}");
}

const LFS: &[u8] = b"version https://git-lfs.github.com/spec/v1\noid sha256:0f\nsize 12\n";

#[test]
fn a_pointer_is_not_the_data_that_it_points_to() {
    for name in ["a.parquet", "a.jsonl", "a.json.gz", "a.tar", "a.csv", "a.py", "a"] {
        check_placeholder(name, LFS, "a Git LFS pointer");
        check_placeholder(
            name,
            &String::from_utf8_lossy(LFS).replace('\n', "\r\n").into_bytes(),
            "git lfs pull",
        );
    }
    check_placeholder("a.jsonl.gz", &gzip(LFS), "a Git LFS pointer");
    check_placeholder("a", b"# xet version 0\nfilesize = 5\nhash = '0f'\n", "a Xet pointer");
    check_placeholder("a.txt", b"/annex/objects/SHA256E-s5--0f.txt\n", "git annex get");
    check_placeholder("a.txt", b"../../.git/annex/objects/a/b/SHA256E-s5--0f.txt", "git-annex");
    // Texts that speak of pointers.
    check("a.md", &[b"A pointer:\n".as_slice(), LFS].concat(), "text");
    check("a.md", b"version https://git-lfs.github.com/spec/v1 is the first line.\n", "text");
    check("a.txt", b"/annex/objects/ is where\nthey lie\n", "text");
}

#[test]
fn a_page_is_no_data_under_a_name_that_promises_something_else() {
    let html = b"<!DOCTYPE html>\n<html><title>404</title></html>\n";
    let xml = b"<?xml version=\"1.0\"?>\n<Error><Code>NoSuchKey</Code></Error>";
    for name in ["a.json", "a.jsonl", "a.csv", "a.json.gz", "a.parquet", "a.txt.gz"] {
        check_placeholder(name, html, "a page of HTML");
        check_placeholder(name, xml, "a page of XML");
    }
    check_placeholder("part-00000", xml, "a page of XML");
    for name in ["a.html", "a.htm", "a.php", "a.vue", "a.txt", "a", "a.html.gz", "404.ejs"] {
        check(name, html, "text");
    }
    for name in ["a.xml", "a.svg", "pom.xml", "a.md"] {
        check(name, xml, "text");
    }
}

#[test]
fn what_writers_leave_beside_shards_has_no_rows_if_it_is_what_its_name_says() {
    for (name, content) in [
        ("_SUCCESS", b"".as_slice()),
        (".a.json.crc", b"crc\0\0\0\x02\0\x12\x34\x56\x78"),
        ("a.tar.idx", &[[0; 8], [0, 6, 0, 0, 0, 0, 0, 0]].concat()),
        (".DS_Store", b"\0\0\0\x01Bud1\0\0"),
    ] {
        let reading = read_bytes(name, content, &fields(&[]));
        assert!(reading.errors.is_empty() && reading.rows.is_empty(), "{name} {reading:?}");
    }
    check("a.crc", b"some notes\n", "text");
    check_skip("a.crc", b"crd\0\0\0\x02\0", SkipReason::Binary);
    check_skip("b.tar.idx", b"\x01\0\0\0\0\0\0\0", SkipReason::Binary);
}

#[test]
fn a_text_with_a_binary_rest_is_scanned_and_counts_as_unread() {
    let head = b"#!/bin/sh\necho unpacks itself\n".repeat(400);
    let noise: Vec<u8> =
        (0..40_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let reading = read_bytes("a.run", &[&*head, &noise].concat(), &fields(&[]));
    assert_eq!(reading.texts().len(), 1);
    assert_eq!(reading.skips(), [(0, SkipReason::Binary)]);
    check_skip("a.pdf", b"%PDF-1.4\n1 0 obj\nendobj\n", SkipReason::Unsupported);
    // A text in an old encoding, and one zero, are text.
    let latin = [&*head, &b"\xd0\xcf\xd2\xc1\n".repeat(9000)].concat();
    check("a.txt", &latin, "text");
    check("b.txt", &[&*head, b"\0", &head].concat(), "text");
}

#[test]
fn frames_to_be_skipped_stand_before_and_between_those_of_lz4_and_zstd() {
    let skipped = [b"\x50\x2a\x4d\x18\x10\x27\0\0".as_slice(), &[7; 10_000]].concat();
    let mut encoder = lz4_flex::frame::FrameEncoder::new(vec![]);
    std::io::Write::write_all(&mut encoder, LINE).unwrap();
    for frame in [encoder.finish().unwrap(), zst(LINE)] {
        let content = [&*skipped, &frame, &skipped, &frame, &skipped].concat();
        let reading = read_bytes("a.jsonl", &content, &fields(&[]));
        assert_eq!(reading.texts(), ["a", "a"], "{:?}", reading.errors);
        let cut = read_bytes("a.jsonl", &content[..content.len() - 1], &fields(&[]));
        assert_eq!(cut.errors.len(), 1);
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
