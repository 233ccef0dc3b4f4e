//! Arrow IPC: column types, lists, dictionaries, and streams that lie.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, BinaryArray, DictionaryArray, Int32Array, Int64Array, LargeListArray,
    LargeStringArray, ListArray, NullArray, RecordBatch, StringArray, StringViewArray, StructArray,
    TimestampMillisecondArray, UInt64Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use seepage_shards::{FieldPath, ReadOptions, Row, ShardError, open_shard};

use crate::files::{Reading, Seen, fields, file, read_bytes};

pub(crate) fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let schema: Vec<Field> = columns
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let columns = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(schema)), columns).unwrap()
}

pub(crate) fn stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(vec![], &batches[0].schema()).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

pub(crate) fn compressed(batches: &[RecordBatch], codec: CompressionType) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(Some(codec)).unwrap();
    let mut writer =
        FileWriter::try_new_with_options(vec![], &batches[0].schema(), options).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn a_file_behind_a_file_is_an_error() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let file = compressed(&[batch(vec![("text", texts)])], CompressionType::ZSTD);
    let reading = read_bytes("a.arrow", &[&*file, &file].concat(), &fields(&[]));
    let [ShardError::Damaged { what, .. }] = &reading.errors[..] else { panic!("{reading:?}") };
    assert!(what.contains("footer"), "{what}");
}

/// Rows with ids and texts, whatever the array of texts is.
#[track_caller]
fn check(texts: ArrayRef, expected: &[Option<&str>]) {
    let ids: ArrayRef = Arc::new(Int32Array::from_iter_values(0..texts.len() as i32));
    let batches = [
        batch(vec![
            ("noise", Arc::new(NullArray::new(texts.len()))),
            ("id", ids.clone()),
            ("text", texts.clone()),
        ]),
        batch(vec![("noise", Arc::new(NullArray::new(texts.len()))), ("id", ids), ("text", texts)]),
    ];
    for content in [
        stream(&batches),
        compressed(&batches, CompressionType::ZSTD),
        compressed(&batches, CompressionType::LZ4_FRAME),
    ] {
        let reading = read_bytes("a.arrow", &content, &fields(&[]));
        assert!(reading.errors.is_empty(), "{:?}", reading.errors);
        let rows = expected.iter().chain(expected).enumerate();
        let expected: Vec<Seen> = rows
            .map(|(row, text)| {
                let texts = text.iter().map(|text| ("text".to_owned(), (*text).to_owned()));
                let id = (row % expected.len()).to_string();
                Seen::Record(row as u64, Some(id), texts.collect(), false)
            })
            .collect();
        assert_eq!(reading.rows, expected);
    }
}

const TEXTS: [Option<&str>; 4] =
    [Some("one"), None, Some(""), Some("a text of more than twelve bytes")];

#[test]
fn every_kind_of_string_is_a_text() {
    check(Arc::new(StringArray::from_iter(TEXTS)), &TEXTS);
    check(Arc::new(LargeStringArray::from_iter(TEXTS)), &TEXTS);
    check(Arc::new(StringViewArray::from_iter(TEXTS)), &TEXTS);
    check(Arc::new(DictionaryArray::<Int32Type>::from_iter(TEXTS)), &TEXTS);
    let bytes = TEXTS.map(|text| text.map(str::as_bytes));
    check(Arc::new(BinaryArray::from_iter(bytes)), &TEXTS);
}

/// A list for each row, of the texts with these lengths.
fn list(values: ArrayRef, lens: &[usize]) -> ListArray {
    let item = Arc::new(Field::new("item", values.data_type().clone(), true));
    let lens = OffsetBuffer::from_lengths(lens.iter().copied());
    ListArray::new(item, lens, values, None)
}

fn labels(reading: &Reading) -> Vec<(u64, &str, &str)> {
    let mut labels = vec![];
    for row in &reading.rows {
        if let Seen::Record(row, _, texts, _) = row {
            labels.extend(texts.iter().map(|(field, text)| (*row, field.as_str(), text.as_str())));
        }
    }
    labels
}

#[test]
fn lists_keep_their_positions() {
    let turns = StructArray::from(vec![
        (
            Arc::new(Field::new("role", DataType::Utf8, true)),
            Arc::new(StringArray::from(vec!["u", "a", "u"])) as ArrayRef,
        ),
        (
            Arc::new(Field::new("content", DataType::Utf8, true)),
            Arc::new(StringArray::from(vec![Some("hello"), None, Some("again")])) as ArrayRef,
        ),
    ]);
    let messages: ArrayRef = Arc::new(list(Arc::new(turns), &[2, 0, 1]));
    let reading = read_bytes("a", &stream(&[batch(vec![("messages", messages)])]), &fields(&[]));
    assert_eq!(
        labels(&reading),
        [(0, "messages[0].content", "hello"), (2, "messages[0].content", "again")]
    );
    assert_eq!(reading.rows.len(), 3);

    let inner = list(Arc::new(StringArray::from(vec!["a", "b", "c"])), &[1, 2]);
    let item = Arc::new(Field::new("item", inner.data_type().clone(), true));
    let outer =
        LargeListArray::new(item, OffsetBuffer::from_lengths([0, 2]), Arc::new(inner), None);
    let reading =
        read_bytes("a", &stream(&[batch(vec![("tree", Arc::new(outer))])]), &fields(&["tree"]));
    assert_eq!(
        labels(&reading),
        [(1, "tree[0][0]", "a"), (1, "tree[1][0]", "b"), (1, "tree[1][1]", "c")]
    );
}

#[test]
fn a_byte_that_is_not_utf8_costs_neither_the_batch_nor_its_row() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["caf# au lait", "plain"]));
    let mut content = stream(&[batch(vec![("text", texts)])]);
    let place = content.iter().position(|&byte| byte == b'#').unwrap();
    content[place] = 0xe9;
    let reading = read_bytes("a.arrow", &content, &fields(&[]));
    assert!(reading.errors.is_empty());
    assert_eq!(reading.texts(), ["caf\u{fffd} au lait", "plain"]);
}

#[test]
fn facts_are_read_as_text() {
    let licences: ArrayRef = Arc::new(list(Arc::new(StringArray::from(vec!["MIT", "Zlib"])), &[2]));
    let content = stream(&[batch(vec![
        ("text", Arc::new(StringArray::from(vec!["a"]))),
        ("written", Arc::new(TimestampMillisecondArray::from(vec![1_776_326_404_148]))),
        ("repo", Arc::new(StringArray::from(vec!["pond/reed"]))),
        ("licences", licences),
        ("hash", Arc::new(UInt64Array::from(vec![u64::MAX]))),
        ("stars", Arc::new(Int64Array::from(vec![Some(7)]))),
    ])]);
    let field = |path| FieldPath::parse(path).unwrap();
    let options = ReadOptions {
        time_field: Some(field("written")),
        package_field: Some(field("repo")),
        keep_fields: vec![field("licences"), field("hash"), field("stars"), field("absent")],
        ..ReadOptions::default()
    };
    let (_dir, path) = file("a.arrow", &content);
    let mut shard = open_shard(&path, &options).unwrap();
    let block = shard.next_block().unwrap().unwrap();
    let mut seen = 0;
    let each = &mut |row: Row<'_>| {
        let Row::Record(record) = row else { panic!("{row:?}") };
        assert_eq!(record.time.as_deref(), Some("2026-04-16T08:00:04.148Z"));
        assert_eq!(record.package.as_deref(), Some("pond/reed"));
        let kept: Vec<(&str, &str)> =
            record.kept.iter().map(|kept| (kept.field.as_str(), kept.value.as_str())).collect();
        assert_eq!(
            kept,
            [
                ("licences[0]", "MIT"),
                ("licences[1]", "Zlib"),
                ("hash", "18446744073709551615"),
                ("stars", "7")
            ]
        );
        seen += 1;
    };
    block.read_rows(each).unwrap();
    assert_eq!(seen, 1);
}

#[test]
fn a_stream_of_numbers_is_read_and_a_field_that_it_has_not_is_an_error() {
    let content = stream(&[batch(vec![("stars", Arc::new(Int32Array::from(vec![1])))])]);
    let reading = read_bytes("a.arrow", &content, &fields(&[]));
    assert!(reading.errors.is_empty() && reading.rows.len() == 1, "{reading:?}");
    let reading = read_bytes("a.arrow", &content, &fields(&["text"]));
    let [error @ ShardError::NoTextField { .. }] = &reading.errors[..] else {
        panic!("{reading:?}")
    };
    assert!(error.to_string().contains("`stars`"), "{error}");
}

#[test]
fn two_streams_in_one_file_are_an_error_after_the_rows_of_the_first() {
    let one = stream(&[batch(vec![("text", Arc::new(StringArray::from(vec!["a"])))])]);
    let reading = read_bytes("a.arrow", &[one.clone(), one].concat(), &fields(&[]));
    assert_eq!((reading.rows.len(), reading.errors.len()), (1, 1));
}

#[test]
fn a_buffer_that_claims_to_hold_terabytes_is_refused() {
    let texts: ArrayRef =
        Arc::new(StringArray::from(vec!["a text that is long enough to be compressed".repeat(40)]));
    let whole = compressed(&[batch(vec![("text", texts)])], CompressionType::ZSTD);
    // Each compressed buffer begins with its length once it is decoded, and goes on with zstd's magic.
    let places: Vec<usize> =
        memchr::memmem::find_iter(&whole, b"\x28\xb5\x2f\xfd").map(|magic| magic - 8).collect();
    assert!(!places.is_empty());
    for at in places {
        for lie in [i64::MAX, 1 << 40, 3 << 30, -2] {
            let mut content = whole.clone();
            content[at..at + 8].copy_from_slice(&lie.to_le_bytes());
            let reading = read_bytes("a.arrow", &content, &fields(&[]));
            assert!(
                matches!(reading.errors[..], [ShardError::Damaged { .. }]),
                "{lie} {reading:?}"
            );
        }
    }
}
