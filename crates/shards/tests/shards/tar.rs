//! WebDataset and other archives: keys, names, members that are no text, and archives that break off.

use seepage_shards::{ReadOptions, ShardError, SkipReason};
use tar::{Builder, EntryType, Header};

use crate::files::{Reading, Seen, fields, gzip, read_bytes, zst};

pub(crate) fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(vec![]);
    for (name, content) in members {
        let mut header = Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

type Expected<'e> = (Option<&'e str>, &'e [(&'e str, &'e str)]);

#[track_caller]
fn check_reading(reading: &Reading, expected: &[Expected<'_>]) {
    assert!(reading.errors.is_empty(), "{:?}", reading.errors);
    let rows: Vec<Seen> = expected
        .iter()
        .enumerate()
        .map(|(row, (id, texts))| {
            let texts = texts.iter().map(|&(field, text)| (field.to_owned(), text.to_owned()));
            Seen::Record(row as u64, id.map(str::to_owned), texts.collect(), false)
        })
        .collect();
    assert_eq!(reading.rows, rows);
}

#[track_caller]
fn check(members: &[(&str, &[u8])], wanted: &[&str], expected: &[Expected<'_>]) {
    let content = archive(members);
    check_reading(&read_bytes("a.tar", &content, &fields(wanted)), expected);
    check_reading(&read_bytes("a.tgz", &gzip(&content), &fields(wanted)), expected);
    check_reading(&read_bytes("a", &content, &fields(wanted)), expected);
}

#[test]
fn neighbours_of_one_key_are_one_record() {
    check(
        &[
            ("d/r0.txt", b"zero"),
            ("d/r0.seg.txt", b"part"),
            ("d/r1.py", b"one"),
            ("e/r1.py", b"other"),
            ("d/r0.txt", b"again"),
        ],
        &[],
        &[
            (Some("d/r0"), &[("txt", "zero"), ("seg\\.txt", "part")]),
            (Some("d/r1"), &[("py", "one")]),
            (Some("e/r1"), &[("py", "other")]),
            (Some("d/r0"), &[("txt", "again")]),
        ],
    );
}

#[test]
fn json_gives_its_texts_if_it_has_known_fields_and_else_is_one_itself() {
    check(
        &[
            ("a.json", br#"{"text": "in\n", "content": "out"}"#),
            ("b.json", br#"{"messages": [{"content": "x"}, {"content": "y"}]}"#),
            ("c.json", br#"{"name": "left-pad"}"#),
            ("d.json", br#"{"name": "#),
        ],
        &[],
        &[
            (Some("a"), &[("json.text", "in\n"), ("json.content", "out")]),
            (Some("b"), &[("json.messages[0].content", "x"), ("json.messages[1].content", "y")]),
            (Some("c"), &[("json", r#"{"name": "left-pad"}"#)]),
            (Some("d"), &[("json", r#"{"name": "#)]),
        ],
    );
}

#[test]
fn wanted_fields_are_members_or_lie_in_them() {
    let members: &[(&str, &[u8])] =
        &[("a.txt", b"text"), ("a.json", br#"{"caption": "small"}"#), ("b.txt", b"b")];
    check(
        members,
        &["json.caption", "txt"],
        &[(Some("a"), &[("json.caption", "small"), ("txt", "text")]), (Some("b"), &[("txt", "b")])],
    );
    let reading = read_bytes("a.tar", &archive(members), &fields(&["json.caption"]));
    assert_eq!(reading.skips(), [(1, SkipReason::NoTextField)]);
    let reading = read_bytes("a.tar", &archive(members), &fields(&["md"]));
    let [error @ ShardError::NoTextField { .. }] = &reading.errors[..] else {
        panic!("{reading:?}")
    };
    assert!(error.to_string().contains("`txt`, `json`"), "{error}");
}

#[test]
fn a_tree_of_files_is_read_and_names_without_a_dot_are_keys() {
    let long = format!("{}/lib.rs", "deep".repeat(70));
    check(
        &[("src/Makefile", b"all:"), (".gitignore", b"*.o"), ("src/.env.sh", b"x"), (&long, b"fn")],
        &[],
        &[
            (Some("src/Makefile"), &[("", "all:")]),
            (Some(".gitignore"), &[("", "*.o")]),
            (Some("src/.env"), &[("sh", "x")]),
            (Some(long.strip_suffix(".rs").unwrap()), &[("rs", "fn")]),
        ],
    );
}

#[test]
fn names_in_pax_records_and_hostile_ones_are_taken_as_they_are() {
    let mut builder = Builder::new(vec![]);
    builder.append_pax_extensions([("path", b"../../etc/p\x1b[2Jwd.txt".as_slice())]).unwrap();
    let mut header = Header::new_ustar();
    header.set_size(1);
    header.set_cksum();
    builder.append(&header, b"x".as_slice()).unwrap();
    let content = builder.into_inner().unwrap();
    check_reading(
        &read_bytes("a.tar", &content, &fields(&[])),
        &[(Some("../../etc/p\u{1b}[2Jwd"), &[("txt", "x")])],
    );
}

#[test]
fn what_is_no_text_is_left_out_of_a_record_and_skipped_by_itself() {
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0";
    check(&[("a.jpg", JPEG), ("a.txt", b"a cat")], &[], &[(Some("a"), &[("txt", "a cat")])]);
    let content = archive(&[("a.jpg", JPEG), ("b.zip", b"PK\x03\x04\0\0"), ("c.txt", b"c")]);
    let reading = read_bytes("a.tar", &content, &fields(&[]));
    assert_eq!(reading.skips(), [(1, SkipReason::Unsupported)]);
    assert_eq!(reading.bytes_not_text, JPEG.len() as u64);
    assert_eq!(reading.texts(), ["c"]);
}

#[test]
fn an_archive_beside_a_text_counts_as_unread_and_the_text_is_read() {
    let content = archive(&[("a.txt", b"a cat"), ("a.zip", b"PK\x03\x04\0\0")]);
    let reading = read_bytes("a.tar", &content, &fields(&[]));
    assert_eq!(reading.texts(), ["a cat"]);
    assert_eq!(reading.unread, [(0, SkipReason::Unsupported)]);
}

#[test]
fn a_member_of_unknown_bytes_counts_as_unread_and_one_that_is_known_to_hold_no_text_does_not() {
    let array = b"\x93NUMPY\x01\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n";
    let objects = b"\x93NUMPY\x01\0v\0{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n";
    for (content, unread) in [
        (b"RIFF\x10\0\0\0WAVEfmt ".as_slice(), None),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", None),
        (array, None),
        (objects, Some(SkipReason::Unsupported)),
        (b"\x80\x04\x95\0\0\0\0\0\0\0\0", Some(SkipReason::Binary)),
        (b"PAR1\x15\x04\0\0\0", Some(SkipReason::Unsupported)),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            Some(SkipReason::Unsupported),
        ),
    ] {
        let content = archive(&[("a.txt", b"a cat"), ("a.bin", content)]);
        let reading = read_bytes("a.tar", &content, &fields(&[]));
        assert_eq!(reading.texts(), ["a cat"], "{unread:?}");
        assert_eq!(reading.unread, Vec::from_iter(unread.map(|reason| (0, reason))));
        assert_eq!(reading.bytes_not_text > 0, unread.is_none());
    }
}

#[test]
fn a_type_that_posix_leaves_open_is_read_as_a_file() {
    for kind in [b'M', b'Z', b'D', b'8'] {
        let mut builder = Builder::new(vec![]);
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::new(kind));
        header.set_size(5);
        header.set_path("a.txt").unwrap();
        header.set_cksum();
        builder.append(&header, b"a cat".as_slice()).unwrap();
        let reading = read_bytes("a.tar", &builder.into_inner().unwrap(), &fields(&[]));
        assert_eq!(reading.texts(), ["a cat"], "{kind}");
    }
}

#[test]
fn a_member_that_is_compressed_is_decoded_within_bounds() {
    let text = "x".repeat(5000);
    let content = archive(&[
        ("a.txt.gz", &gzip(b"small")),
        ("b.json.zst", &zst(br#"{"text": "in"}"#)),
        ("c.txt.gz", &gzip(text.as_bytes())),
        ("d.txt", text.as_bytes()),
        ("e.txt.gz", &gzip(b"cut")[..12]),
    ]);
    let options = ReadOptions { record_len_max: 4096, ..ReadOptions::default() };
    let reading = read_bytes("a.tar", &content, &options);
    let texts = ["small", r#"{"text": "in"}"#, &text[..4096], &text[3072..]];
    assert_eq!(reading.texts(), texts);
    assert_eq!(reading.skips(), [(2, SkipReason::TooLong), (4, SkipReason::Unsupported)]);
}

#[test]
fn archives_one_behind_the_other_are_all_read() {
    let content = [archive(&[("a.txt", b"a")]), archive(&[("b.txt", b"b")])].concat();
    assert_eq!(read_bytes("a.tar", &content, &fields(&[])).texts(), ["a", "b"]);
}

#[test]
fn directories_and_links_are_no_samples() {
    let mut builder = Builder::new(vec![]);
    for kind in [EntryType::Directory, EntryType::Symlink, EntryType::Link] {
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_size(0);
        header.set_path("a.txt").unwrap();
        header.set_link_name("/etc/passwd").unwrap();
        header.set_cksum();
        builder.append(&header, std::io::empty()).unwrap();
    }
    let only_links = builder.into_inner().unwrap();
    let reading = read_bytes("a.tar", &only_links, &fields(&[]));
    assert!(matches!(reading.errors[..], [ShardError::Empty { .. }]), "{reading:?}");
}

#[test]
fn an_archive_that_breaks_off_between_members_is_an_error() {
    let whole = archive(&[("a.txt", b"a"), ("b.txt", b"b")]);
    let reading = read_bytes("a.tar", &whole[..2048], &fields(&[]));
    assert_eq!(reading.texts(), ["a", "b"]);
    assert!(matches!(reading.errors[..], [ShardError::Truncated { .. }]), "{reading:?}");
}

#[test]
fn a_size_or_a_name_without_end_is_refused() {
    // Of a text that breaks off what is there is given.
    for (kind, size, rows) in [
        (EntryType::Regular, u64::MAX >> 1, 1),
        (EntryType::GNULongName, 1 << 30, 0),
        (EntryType::XHeader, 1 << 30, 0),
    ] {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_path("a.txt").unwrap();
        header.set_size(size);
        header.set_cksum();
        let content = [header.as_bytes().as_slice(), &[b'x'; 2000]].concat();
        let reading = read_bytes("a.tar", &content, &fields(&[]));
        assert_eq!((reading.rows.len(), reading.errors.len()), (rows, 1), "{reading:?}");
    }
}
