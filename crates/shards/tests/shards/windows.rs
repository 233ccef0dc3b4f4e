//! Records that are too long to be scanned at once are scanned in windows: nothing of them is lost, and each row is one
//! record.

use std::path::Path;

use seepage_shards::{FieldPath, ReadOptions, Row, ShardError, open_shard};

use crate::files::{fields, file, gzip, read, read_bytes, windows, zst};
use crate::formats::{counted, fixtures};
use crate::tar::archive;

/// A record: row, whether any of it was too long to be held, fields and texts of its windows.
type Part = (u64, bool, Vec<(String, String)>);

fn parts(path: &Path, options: &ReadOptions) -> (Vec<Part>, Option<ShardError>) {
    let mut parts = vec![];
    let mut shard = open_shard(path, options).unwrap();
    loop {
        let block = match shard.next_block() {
            Ok(Some(block)) => block,
            Ok(None) => return (parts, None),
            Err(error) => return (parts, Some(error)),
        };
        let mut each = |row: Row<'_>| {
            let Row::Record(record) = row else { panic!("skipped: {row:?}") };
            let windows = windows(&record, options.record_len_max);
            parts.push((record.row, record.spilled.is_some(), windows));
        };
        block.read_rows(&mut each).unwrap();
    }
}

fn parts_of(name: &str, content: &[u8], options: &ReadOptions) -> (Vec<Part>, Option<ShardError>) {
    let (_dir, path) = file(name, content);
    parts(&path, options)
}

fn at_most(record_len_max: usize) -> ReadOptions {
    ReadOptions { record_len_max, ..fields(&[]) }
}

/// Each row is one record, in order.
#[track_caller]
fn check_rows(parts: &[Part], expected: u64) {
    let rows = parts.iter().map(|part| part.0);
    assert!(rows.eq(0..expected), "{:?}", parts.iter().map(|part| part.0).collect::<Vec<_>>());
}

fn is_window(field: &str) -> bool {
    field.ends_with(']') && field.contains("..")
}

#[test]
fn in_every_format_no_word_is_lost_and_rows_count_once() {
    let mut cut = 0;
    // A `.json` of nothing but lines that are too long is a text.
    for (name, rows) in counted().into_iter().filter(|(name, _)| !name.contains(".json.")) {
        let path = fixtures().join("shards").join(&name);
        let whole = read(&path, &ReadOptions::default());
        for record_len_max in [64, 300] {
            let (parts, error) = parts(&path, &at_most(record_len_max));
            assert!(error.is_none(), "{name} {error:?}");
            check_rows(&parts, rows as u64);
            let all: Vec<&str> = parts
                .iter()
                .flat_map(|(_, _, texts)| texts.iter().map(|(_, text)| text.as_str()))
                .collect();
            assert!(all.iter().all(|text| text.len() <= 3 * record_len_max));
            for word in whole
                .texts()
                .iter()
                .flat_map(|text| text.split(|c: char| !c.is_ascii_alphabetic()))
                .filter(|word| (3..=16).contains(&word.len()))
            {
                assert!(all.iter().any(|text| text.contains(word)), "{name} {word}");
            }
            let fields = parts.iter().flat_map(|part| &part.2).map(|(field, _)| field);
            cut += fields.filter(|field| is_window(field)).count();
        }
    }
    assert!(cut > 500, "{cut}");
}

/// Plants a passage at every place near a border of windows, in lines that are several times too long.
#[test]
fn what_stands_across_a_border_stands_whole_in_one_window() {
    let record_len_max = 4096;
    let passage = "p".repeat(1024);
    for start in [3000, 3071, 3072, 3073, 4000, 6144, 7168, 12_345, 15_000] {
        let mut text = "x ".repeat(10_000);
        text.replace_range(start..start + passage.len(), &passage);
        let line = format!("{{\"text\": \"{text}\"}}\n");
        let content = format!("{line}{{\"text\": \"short\"}}\n{line}");
        let source = text.as_bytes();
        for (name, content, rows) in [
            ("a.jsonl", content.as_bytes(), 3),
            ("a.jsonl.gz", &gzip(content.as_bytes()), 3),
            ("a.py", source, 1),
            ("a.py.zst", &zst(source), 1),
            ("a.tar", &archive(&[("a.txt", source), ("b.txt", b"b")]), 2),
        ] {
            for block_len in [1000, 256 << 10] {
                let options = ReadOptions { block_len, ..at_most(record_len_max) };
                let (parts, error) = parts_of(name, content, &options);
                assert!(error.is_none(), "{name} {error:?}");
                check_rows(&parts, rows);
                let holds = |row: u64| {
                    let mut of_row = parts.iter().filter(|part| part.0 == row);
                    of_row.any(|part| part.2.iter().any(|text| text.1.contains(&passage)))
                };
                assert!(holds(0) && (rows < 3 || holds(2)), "{name} {start}");
            }
        }
    }
}

#[test]
fn a_window_says_which_bytes_of_its_row_it_holds() {
    let line = format!("{{\"text\": \"{}\"}}", "0123456789".repeat(20));
    let (parts, _) = parts_of("a.jsonl", line.as_bytes(), &at_most(100));
    let mut end = 0;
    let [(_, _, texts)] = &parts[..] else { panic!("{parts:?}") };
    assert_eq!(texts.len(), 3);
    for (field, text) in texts {
        let (start, text_end) = field[1..field.len() - 1].split_once("..").unwrap();
        let (start, text_end): (usize, usize) = (start.parse().unwrap(), text_end.parse().unwrap());
        assert_eq!(&line[start..text_end], text);
        assert!(start <= end);
        end = text_end;
    }
    assert_eq!(end, line.len());
}

#[test]
fn long_lines_at_the_start_do_not_hide_the_fields_of_those_behind() {
    let long = format!("{{\"body\": \"{}\"}}\n", "x".repeat(5000));
    let content = format!("{long}{{\"content\": \"a\", \"prompt\": \"b\"}}\n{long}");
    for name in ["a.jsonl", "a.json"] {
        let (_dir, path) = file(name, content.as_bytes());
        let shard = open_shard(&path, &at_most(1000)).unwrap();
        let fields: Vec<&str> = shard.text_fields().iter().map(FieldPath::as_str).collect();
        assert_eq!(fields, ["content"], "{name}");
        let (parts, _) = parts(&path, &at_most(1000));
        check_rows(&parts, 3);
        let short = parts.iter().find(|part| part.0 == 1).unwrap();
        assert_eq!(short.2, [("content".to_owned(), "a".to_owned())]);
    }
}

#[test]
fn a_long_line_that_breaks_off_gives_what_there_is_and_then_an_error() {
    let line = format!("{{\"text\": \"{}\"}}\n", "0123456789abcdef".repeat(1 << 16));
    let noise: String = (0_u64..1 << 17)
        .map(|i| char::from(b'a' + (i.wrapping_mul(i ^ 0x9e37_79b9) % 26) as u8))
        .collect();
    let packed = gzip(format!("{{\"text\": \"a\"}}\n{noise}{line}").as_bytes());
    let (parts, error) = parts_of("a.jsonl.gz", &packed[..packed.len() - 20], &at_most(1 << 16));
    assert!(matches!(error, Some(ShardError::Truncated { .. })), "{error:?}");
    check_rows(&parts, 2);
    assert!(parts[1].2.len() > 10);
}

#[test]
fn a_long_member_is_of_the_row_of_its_sample() {
    let long = "0123456789".repeat(30);
    let members: [(&str, &[u8]); 5] = [
        ("a.txt", b"first"),
        ("a.log", long.as_bytes()),
        ("a.json", br#"{"text": "last"}"#),
        ("b.log", long.as_bytes()),
        ("c.txt", b"c"),
    ];
    let (parts, error) = parts_of("a.tar", &archive(&members), &at_most(100));
    assert!(error.is_none());
    check_rows(&parts, 3);
    let fields = |row: usize| -> Vec<&str> {
        parts[row].2.iter().map(|(field, _)| field.as_str()).collect()
    };
    let windows = ["log[0..100]", "log[75..175]", "log[150..250]", "log[225..300]"];
    assert_eq!(fields(0), [&["txt", "json.text"], &windows[..]].concat());
    assert_eq!(fields(1), windows);
    assert_eq!(fields(2), ["txt"]);
    assert_eq!(parts.iter().map(|part| part.1).collect::<Vec<_>>(), [true, true, false]);
}

/// Members of a sample are held up to the longest length of a record, and read back one by one beyond it.
#[test]
fn a_sample_of_many_members_is_one_record_and_no_member_of_it_is_lost() {
    let texts: Vec<String> = (0..40).map(|number| format!("member {number:02}")).collect();
    let names: Vec<String> = (0..40).map(|number| format!("a.{number:02}.txt")).collect();
    let members: Vec<(&str, &[u8])> =
        names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    let (parts, error) = parts_of("a.tar", &archive(&members), &at_most(100));
    assert!(error.is_none());
    let [(0, true, read)] = &parts[..] else { panic!("{parts:?}") };
    let expected: Vec<(String, String)> =
        (0..40).map(|number| (format!("{number:02}\\.txt"), texts[number].clone())).collect();
    assert_eq!(*read, expected);
}

#[test]
fn of_a_tar_only_the_wanted_members_are_scanned_however_long() {
    let long = "0123456789".repeat(30);
    let content = archive(&[("a.log", long.as_bytes()), ("a.txt", b"wanted")]);
    let options = ReadOptions { record_len_max: 100, ..fields(&["txt"]) };
    assert_eq!(read_bytes("a.tar", &content, &options).texts(), ["wanted"]);
    let options = ReadOptions { record_len_max: 100, ..fields(&["log"]) };
    let texts = read_bytes("a.tar", &content, &options);
    assert_eq!(texts.texts().len(), 4);
}

#[test]
fn a_long_value_of_a_column_is_cut_and_keeps_what_is_known_of_its_row() {
    let path = fixtures().join("shards/parquet/plain.parquet");
    let whole = read(&path, &ReadOptions::default());
    let (parts, _) = parts(&path, &at_most(64));
    check_rows(&parts, whole.rows.len() as u64);
    let (_, is_spilled, texts) = &parts[0];
    assert!(!is_spilled);
    assert!(texts[0].0.ends_with("[0..64]") && texts[1].0.contains("[48.."), "{texts:?}");
    assert_eq!(texts[0].1, whole.texts()[0][..64]);
}
