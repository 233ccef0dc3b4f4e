//! JSON lines: each pitfall a row.

use seepage_shards::{ReadOptions, ShardError, SkipReason};

use crate::files::{Seen, fields, gzip, read_bytes, zst};

pub(crate) fn record(row: u64, id: Option<&str>, texts: &[(&str, &str)], repaired: bool) -> Seen {
    let texts = texts.iter().map(|&(field, text)| (field.to_owned(), text.to_owned())).collect();
    Seen::Record(row, id.map(str::to_owned), texts, repaired)
}

/// One line gives one record of these texts.
#[track_caller]
fn check(paths: &[&str], line: &[u8], texts: &[(&str, &str)], repaired: bool) {
    let reading = read_bytes("a.jsonl", line, &fields(paths));
    assert_eq!(reading.rows, [record(0, None, texts, repaired)], "{:?}", reading.errors);
    assert!(reading.errors.is_empty());
}

/// One line, behind a good one, is skipped for a reason.
#[track_caller]
fn check_skip(paths: &[&str], line: &[u8], reason: SkipReason) {
    let content = [br#"{"text": "good"}"#, b"\n".as_slice(), line].concat();
    let mut paths = paths.to_vec();
    paths.push("text");
    let reading = read_bytes("a.jsonl", &content, &fields(&paths));
    assert_eq!(reading.skips(), [(1, reason)], "{:?}", reading.rows);
}

#[test]
fn objects_on_one_line_are_one_record_and_other_values_behind_one_are_not_json() {
    let texts = |content: &[u8]| {
        let reading = read_bytes("a.jsonl", content, &fields(&[]));
        let texts: Vec<String> = reading.texts().into_iter().map(str::to_owned).collect();
        (texts, reading.skips().len())
    };
    let both = (vec!["a".to_owned(), "b".to_owned()], 0);
    assert_eq!(texts(b"{\"text\": \"a\"}{\"text\": \"b\"}\n"), both);
    assert_eq!(texts(b"{\"text\": \"a\"}\r{\"text\": \"b\"}\r"), both);
    let line = b"{\"text\": \"b\"}\n{\"text\": \"a\"} \"lost\"\n";
    assert_eq!(texts(line), (vec!["b".to_owned()], 1));
}

#[test]
fn a_text_is_decoded() {
    check(
        &["text"],
        br#"{"text": "a\n\"b\" \u00e9 \ud83d\ude00 \/"}"#,
        &[("text", "a\n\"b\" é 😀 /")],
        false,
    );
}

#[test]
fn nested_paths_give_each_text_with_its_position() {
    check(&["a.b"], br#"{"a": {"c": 1, "b": "x"}, "b": "y"}"#, &[("a.b", "x")], false);
    check(
        &["a[].b"],
        br#"{"a": [{"b": "x"}, {"c": 2}, {"b": "y"}]}"#,
        &[("a[0].b", "x"), ("a[2].b", "y")],
        false,
    );
    check(
        &["a[][]"],
        br#"{"a": [["x"], [], ["y", 7, "z"]]}"#,
        &[("a[0][0]", "x"), ("a[2][0]", "y"), ("a[2][2]", "z")],
        false,
    );
}

#[test]
fn a_list_of_strings_at_the_end_of_a_path_gives_each() {
    check(
        &["source"],
        br#"{"source": ["x\n", "y"]}"#,
        &[("source[0]", "x\n"), ("source[1]", "y")],
        false,
    );
    check(
        &["cells[].source"],
        br#"{"cells": [{"source": ["x"]}, {"source": "y"}]}"#,
        &[("cells[0].source[0]", "x"), ("cells[1].source", "y")],
        false,
    );
}

#[test]
fn texts_come_in_the_order_of_the_fields() {
    check(&["b", "a"], br#"{"a": "1", "b": "2"}"#, &[("b", "2"), ("a", "1")], false);
}

#[test]
fn a_key_that_occurs_twice_gives_both_texts() {
    check(&["text"], br#"{"text": "x", "text": "y"}"#, &[("text", "x"), ("text", "y")], false);
    check(&["a.b"], br#"{"a": {"b": "x"}, "a": {"b": "y"}}"#, &[("a.b", "x"), ("a.b", "y")], false);
}

#[test]
fn an_escaped_key_is_the_same_key() {
    check(&["text"], br#"{"t\u0065xt": "x"}"#, &[("text", "x")], false);
}

#[test]
fn a_key_with_a_dot_can_be_named() {
    check(&[r"a\.b"], br#"{"a.b": "x", "a": {"b": "y"}}"#, &[(r"a\.b", "x")], false);
}

#[test]
fn null_and_an_empty_list_are_there_and_hold_no_text() {
    check(&["text"], br#"{"text": null}"#, &[], false);
    check(&["m[].c"], br#"{"m": []}"#, &[], false);
    check(&["m[].c"], br#"{"m": [{"c": null}, {"c": "x"}]}"#, &[("m[1].c", "x")], false);
}

#[test]
fn bytes_that_are_not_utf8_become_one_question_mark_each() {
    check(&["text"], b"{\"text\": \"a\xff\xfe\xe2\x82b\"}", &[("text", "a????b")], true);
    check(&["text"], b"{\"other\": \"\xff\", \"text\": \"a\"}", &[("text", "a")], true);
}

#[test]
fn half_a_surrogate_pair_does_not_cost_the_record() {
    check(&["text"], br#"{"text": "a\ud800b"}"#, &[("text", "a?b")], true);
    check(&["text"], br#"{"text": "\udc00\ud83d\ude00\ud83d"}"#, &[("text", "?😀?")], true);
    check(&["text"], br#"{"\ud800": 1, "text": "a \\ud800"}"#, &[("text", r"a \ud800")], true);
}

#[test]
fn numbers_that_only_python_knows_do_not_cost_the_record() {
    check(
        &["text"],
        br#"{"score": NaN, "x": [-Infinity, Infinity], "text": "NaN"}"#,
        &[("text", "NaN")],
        false,
    );
}

#[test]
fn deep_nesting_is_no_crash() {
    let deep = "[".repeat(100_000);
    let closed = format!(r#"{{"x": {deep}{}, "text": "a"}}"#, "]".repeat(100_000));
    check(&["text"], closed.as_bytes(), &[("text", "a")], false);
    check_skip(&[], format!(r#"{{"text": {deep}"#).as_bytes(), SkipReason::NotJson);
    let objects = r#"{"text":"#.repeat(100_000);
    check_skip(&[], objects.as_bytes(), SkipReason::NotJson);
}

#[test]
fn what_is_no_record_is_skipped_by_name() {
    check_skip(&[], b"{\"text\": \"cut", SkipReason::NotJson);
    check_skip(&[], b"{\"text\": \"a\"} more", SkipReason::NotJson);
    check_skip(&[], b"prose", SkipReason::NotJson);
    check_skip(&[], b"\"text\"", SkipReason::NoTextField);
    check_skip(&[], b"null", SkipReason::NoTextField);
    check_skip(&[], b"[{\"text\": \"a\"}]", SkipReason::NoTextField);
    check_skip(&[], b"{}", SkipReason::NoTextField);
    check_skip(&[], b"{\"text\": 7}", SkipReason::NoTextField);
    check_skip(&[], b"{\"text\": {\"text\": \"a\"}}", SkipReason::NoTextField);
    check_skip(&["a[].b"], b"{\"a\": {\"b\": \"x\"}}", SkipReason::NoTextField);
}

#[test]
fn the_best_id_is_taken_and_integers_are_ids() {
    let lines = br#"{"hexsha": "h", "id": 7, "text": "a"}
{"id": "i", "text": "b", "uuid": "u"}
{"id": null, "text": "c", "uuid": "u"}
{"text": "d", "meta": {"id": "x"}}"#;
    let ids: Vec<Option<String>> = read_bytes("a.jsonl", lines, &fields(&[]))
        .rows
        .into_iter()
        .map(|row| if let Seen::Record(_, id, ..) = row { id } else { panic!("skipped") })
        .collect();
    assert_eq!(ids, [Some("7".into()), Some("i".into()), Some("u".into()), None]);
}

#[test]
fn blank_lines_carriage_returns_a_mark_and_a_missing_newline_change_nothing() {
    let lines =
        b"\xef\xbb\xbf{\"text\": \"a\"}\r\n\n  \t\r\n{\"text\": \"b\"}\r\n{\"text\": \"c\"}";
    let reading = read_bytes("a.jsonl", lines, &fields(&[]));
    let expected: Vec<Seen> = ["a", "b", "c"]
        .iter()
        .zip(0..)
        .map(|(text, row)| record(row, None, &[("text", text)], false))
        .collect();
    assert_eq!(reading.rows, expected);
}

#[test]
fn every_block_length_gives_the_same_rows() {
    let long = "x".repeat(100);
    let content = format!(
        "\u{feff}{{\"text\": \"a\"}}\n\n{{\"text\": \"{long}\"}}\nnot json\n{{\"text\": \"b\"}}\r\n\n{{\"text\": \"{long}{long}\"}}\n{{\"text\": \"c\"}}"
    );
    for record_len_max in [64, 150, 1 << 20] {
        let expected = read_bytes(
            "a.jsonl",
            content.as_bytes(),
            &ReadOptions { record_len_max, ..fields(&[]) },
        );
        assert_eq!(expected.rows.last().map(Seen::row), Some(5));
        for block_len in 0..=64 {
            let options = ReadOptions { record_len_max, block_len, ..fields(&[]) };
            for (name, bytes) in [
                ("a.jsonl", content.clone().into_bytes()),
                ("a.jsonl.gz", gzip(content.as_bytes())),
            ] {
                let reading = read_bytes(name, &bytes, &options);
                assert_eq!(
                    reading.rows, expected.rows,
                    "block_len={block_len} record_len_max={record_len_max}"
                );
                assert!(reading.errors.is_empty());
            }
        }
    }
}

#[test]
fn a_record_of_exactly_the_longest_length_is_read_whole() {
    let line = br#"{"text": "0123456789"}"#;
    for (record_len_max, field) in [(line.len(), "text"), (line.len() - 1, "[0..21]")] {
        for end in [b"".as_slice(), b"\n", b"\n{\"text\":\"b\"}"] {
            let options = ReadOptions { record_len_max, block_len: 8, ..fields(&[]) };
            let reading = read_bytes("a.jsonl", &[line, end].concat(), &options);
            let Seen::Record(0, None, texts, false) = &reading.rows[0] else {
                panic!("{:?}", reading.rows)
            };
            assert_eq!(texts[0].0, field, "{end:?}");
        }
    }
}

#[test]
fn a_record_of_too_many_texts_is_skipped() {
    let content = format!("{{\"text\": [{}\"\"]}}\n{{\"text\": \"a\"}}", "\"\",".repeat(1 << 20));
    let reading = read_bytes("a.jsonl", content.as_bytes(), &fields(&[]));
    assert_eq!(reading.skips(), [(0, SkipReason::TooLong)]);
    assert_eq!(reading.texts(), ["a"]);
}

#[test]
fn all_members_and_frames_are_read() {
    let (a, b) = (b"{\"text\": \"a\"}\n{\"te", b"xt\": \"b\"}\n");
    let zeros = vec![0; 300_000];
    for (name, content) in [
        ("a.jsonl.gz", [gzip(a), gzip(b"")].concat()),
        ("a.jsonl.gz", [gzip(a), gzip(b), zeros].concat()),
        ("a.jsonl.zst", [zst(a), zst(b)].concat()),
        ("a.jsonl.zst", [b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec(), zst(a), zst(b)].concat()),
        // Recognised by content, whatever the name says.
        ("a.jsonl", [gzip(a), gzip(b)].concat()),
        ("a.jsonl.gz", [a.as_slice(), b].concat()),
    ] {
        let reading = read_bytes(name, &content, &fields(&[]));
        assert_eq!(reading.texts()[0], "a");
        let is_cut = content.len() == gzip(a).len() + gzip(b"").len();
        assert_eq!(reading.texts().len(), if is_cut { 1 } else { 2 }, "{name}");
        assert!(reading.errors.is_empty(), "{:?}", reading.errors);
    }
}

#[test]
fn garbage_after_the_last_member_is_an_error_after_the_rows() {
    let good = b"{\"text\": \"a\"}\n";
    for tail in [b"garbage".to_vec(), [vec![0; 10], gzip(good)].concat(), vec![0x1f, 0x8b]] {
        let reading = read_bytes("a.jsonl.gz", &[gzip(good), tail].concat(), &fields(&[]));
        assert_eq!(reading.texts(), ["a"]);
        assert_eq!(reading.errors.len(), 1);
    }
}

#[test]
fn a_shard_of_nothing_is_an_error() {
    for (name, content) in [
        ("a.jsonl", vec![]),
        ("a.jsonl", b"\n \n".to_vec()),
        ("a.jsonl", b"\xef\xbb\xbf".to_vec()),
        ("a.jsonl.gz", gzip(b"")),
        ("a.gz", gzip(b"")),
        ("a.zst", zst(b"")),
        ("a.gz", vec![]),
        ("a.parquet", vec![]),
        ("a.json", vec![]),
    ] {
        let reading = read_bytes(name, &content, &fields(&[]));
        assert!(matches!(reading.errors[..], [ShardError::Empty { .. }]), "{name} {reading:?}");
    }
}
