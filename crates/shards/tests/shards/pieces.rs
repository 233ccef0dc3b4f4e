//! The pieces of a shard, read one by one, give what the shard gives as a whole.

use std::path::Path;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;
use seepage_shards::{Ignored, Piece, ReadOptions, ShardError, find_shards, open_piece, pieces_of};

use crate::files::{Reading, Seen, fields, file, gzip, read, read_on};

fn options(piece_len: u64) -> ReadOptions {
    ReadOptions { piece_len, block_len: 16, record_len_max: 100, ..fields(&[]) }
}

/// All pieces in order, with the rows of the whole; and how many rows each had.
fn read_pieces(path: &Path, options: &ReadOptions) -> (Reading, Vec<usize>) {
    let mut all = Reading::default();
    let mut counts = vec![];
    let mut base = 0;
    for piece in pieces_of(path, options).unwrap() {
        let mut reading = Reading::default();
        match open_piece(path, &piece, options) {
            Ok(shard) => read_on(shard, &mut reading),
            Err(error) => reading.errors.push(error),
        }
        let rows = reading.rows.last().map_or(0, |row| row.row() + 1);
        counts.push(rows as usize);
        all.rows.extend(reading.rows.into_iter().map(|row| match row {
            Seen::Record(row, id, texts, repaired) => Seen::Record(base + row, id, texts, repaired),
            Seen::Skipped(row, reason) => Seen::Skipped(base + row, reason),
        }));
        all.errors.extend(reading.errors);
        base += rows;
    }
    (all, counts)
}

/// The pieces give the rows of the whole, and stand for every byte once.
#[track_caller]
fn check(path: &Path, options: &ReadOptions) -> Vec<Piece> {
    let pieces = pieces_of(path, options).unwrap();
    let mut end = 0;
    for (piece, number) in pieces.iter().zip(0..) {
        assert_eq!((piece.number, piece.count as usize), (number, pieces.len()));
        assert_eq!(piece.bytes.start, end);
        end = piece.bytes.end;
    }
    assert_eq!(end, std::fs::metadata(path).unwrap().len());
    let whole = read(path, options);
    let (all, _) = read_pieces(path, options);
    let name = path.display();
    assert_eq!(all.rows, whole.rows, "{name} in {} pieces", pieces.len());
    let words = |reading: &Reading| -> Vec<String> {
        let mut words: Vec<_> = reading.errors.iter().map(ToString::to_string).collect();
        // One that the whole breaks at breaks each piece.
        words.dedup();
        words
    };
    assert_eq!(words(&all), words(&whole), "{name}");
    pieces
}

const LINES: [&str; 10] = [
    r#"{"text": "a"}"#,
    r#"{"id": 7, "text": "bb"}"#,
    "",
    "  \t",
    "not json",
    "\u{feff}{}",
    r#"{"text": "x y z x y z x y z x y z x y z x y z x y z x y z"}"#,
    // Of a record that is too long.
    r#"{"text": "longer than a hundred bytes, and then some more, and more, and more, until there is no end of it"}"#,
    // Blank, and as long.
    "                                                                                                               ",
    "{\"text\": \"\u{fffd}\"}",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn lines_that_begin_in_a_piece_are_its_rows(
        lines in prop::collection::vec((0..LINES.len(), any::<bool>()), 0..12),
        has_mark in any::<bool>(),
        is_ended in any::<bool>(),
        piece_len in 1_u64..200,
    ) {
        // The first line makes it a shard of lines.
        let mut content = if has_mark { "\u{feff}" } else { "" }.to_owned() + LINES[0] + "\n";
        for (line, is_windows) in lines {
            content += LINES[line];
            content += if is_windows { "\r\n" } else { "\n" };
        }
        if !is_ended {
            content.pop();
        }
        let (_dir, path) = file("a.jsonl", content.as_bytes());
        let pieces = check(&path, &options(piece_len));
        prop_assert_eq!(pieces.len() as u64, (content.len() as u64).div_ceil(piece_len));
    }
}

#[test]
fn every_piece_length_gives_the_rows_of_the_whole() {
    let content = format!("{}\n\r\n{}\r\n{}\n\n{}", LINES[0], LINES[7], LINES[1], LINES[6]);
    let (_dir, path) = file("a.jsonl", content.as_bytes());
    for piece_len in 1..=content.len() as u64 + 1 {
        check(&path, &options(piece_len));
    }
}

#[test]
fn a_line_that_begins_with_a_piece_is_its_own_and_one_that_goes_on_there_is_not() {
    let (line, piece_len) = ("{\"text\": \"a\"}\n", 14);
    assert_eq!(line.len() as u64, piece_len);
    for (content, expected) in [
        (line.repeat(3), vec![1, 1, 1]),
        (format!(" {}", line.repeat(2)), vec![1, 1, 0]),
        (format!("{}{{}}", line.repeat(2)), vec![1, 1, 1]),
        // Of four pieces the long line goes through two.
        (format!("{line}{}\n{line}", "7".repeat(27)), vec![1, 1, 0, 1]),
    ] {
        let (_dir, path) = file("a.jsonl", content.as_bytes());
        let (_, counts) = read_pieces(&path, &options(piece_len));
        assert_eq!(counts, expected, "{content}");
    }
}

#[test]
fn the_fields_of_a_piece_are_those_of_the_first_records_of_the_shard() {
    let content = "{\"content\": \"a\", \"id\": 1}\n{\"content\": \"b\", \"text\": \"c\"}\n";
    let padding = "{\"content\": \"a\"}\n".repeat(300);
    let content = format!("{padding}{content}");
    let (_dir, path) = file("a.jsonl", content.as_bytes());
    let options = options(padding.len() as u64);
    let (reading, counts) = read_pieces(&path, &options);
    assert_eq!(counts, [300, 2]);
    assert_eq!(reading.texts()[300..], ["a", "b"]);
}

/// So many row groups of one text each.
fn parquet(groups: usize) -> Vec<u8> {
    let schema =
        Arc::new(parse_message_type("message m { required binary text (UTF8); }").unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(vec![], schema, properties).unwrap();
    for group in 0..groups {
        let values: Vec<ByteArray> = (0..=group % 3)
            .map(|row| ByteArray::from(format!("{group}/{row}").into_bytes()))
            .collect();
        let mut writer = writer.next_row_group().unwrap();
        let mut column = writer.next_column().unwrap().unwrap();
        let typed = column.typed::<ByteArrayType>();
        typed.write_batch(&values, None, None).unwrap();
        column.close().unwrap();
        writer.close().unwrap();
    }
    writer.into_inner().unwrap()
}

#[test]
fn parquet_is_cut_between_row_groups() {
    let content = parquet(20);
    let (_dir, path) = file("a.parquet", &content);
    let pieces = check(&path, &options(1));
    // The magic at the start is a piece of its own.
    assert_eq!(pieces.len(), 21);
    let (_, counts) = read_pieces(&path, &options(1));
    assert_eq!(counts[..5], [0, 1, 2, 3, 1]);
    let mut pieces_before = 22;
    for piece_len in [2, 100, 200, 500, 1 << 20] {
        let pieces = check(&path, &options(piece_len));
        assert!(pieces.len() < pieces_before, "{piece_len}");
        let lens = pieces.iter().map(|piece| piece.bytes.end - piece.bytes.start);
        assert!(lens.rev().skip(1).all(|len| len >= piece_len));
        pieces_before = pieces.len();
    }
    assert_eq!(pieces_before, 1);
}

#[test]
fn what_can_only_be_read_from_its_start_is_one_piece() {
    let lines = "{\"text\": \"a\"}\n".repeat(10);
    let wide: Vec<u8> =
        "\u{feff}".encode_utf16().chain(lines.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (name, content) in
        [("a.jsonl.gz", gzip(lines.as_bytes())), ("a.jsonl", wide), ("a.py", lines.into_bytes())]
    {
        let (_dir, path) = file(name, &content);
        assert_eq!(check(&path, &options(1)).len(), 1, "{name}");
    }
}

#[test]
fn every_fixture_is_the_sum_of_its_pieces() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let mut cut = 0;
    for shard in find_shards(&[fixtures.join("shards")], Ignored::Found) {
        for piece_len in [1, 50, 1 << 10] {
            let options = ReadOptions { piece_len, ..ReadOptions::default() };
            let pieces = check(&shard.as_ref().unwrap().path, &options);
            cut += usize::from(pieces.len() > 1);
        }
    }
    assert!(cut > 20, "{cut}");
}

#[test]
fn a_shard_that_cannot_be_opened_has_no_pieces_or_one() {
    let (_dir, path) = file("a.jsonl", b"{\"no\": 1}\n");
    let wanted = |piece_len| ReadOptions {
        text_fields: vec![seepage_shards::FieldPath::parse("text").unwrap()],
        ..options(piece_len)
    };
    assert!(matches!(pieces_of(&path, &wanted(1)), Err(ShardError::NoTextField { .. })));
    // A short one was not looked at.
    let piece = &pieces_of(&path, &wanted(100)).unwrap()[0];
    assert!(matches!(open_piece(&path, piece, &wanted(100)), Err(ShardError::NoTextField { .. })));
    assert!(matches!(
        pieces_of(Path::new("no such file"), &options(1)),
        Err(ShardError::Io { .. })
    ));
}

#[test]
fn a_shard_that_was_cut_otherwise_was_changed() {
    let lines = "{\"text\": \"a\"}\n".repeat(10);
    let (_dir, path) = file("a.jsonl", lines.as_bytes());
    let pieces = pieces_of(&path, &options(50)).unwrap();
    std::fs::write(&path, format!("{lines}{{}}\n")).unwrap();
    let last = pieces.last().unwrap();
    assert!(matches!(open_piece(&path, last, &options(50)), Err(ShardError::Changed { .. })));
}
