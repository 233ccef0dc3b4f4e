//! Parquet: column types, lists, row groups, and footers that lie.

use std::sync::Arc;

use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::data_type::{
    ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int64Type,
};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use seepage_shards::{ReadOptions, ShardError, SkipReason, open_shard};

use crate::files::{Reading, Seen, fields, file, read_bytes};

/// One column of one row group: values that are not null, definition levels, repetition levels.
pub(crate) enum Column {
    Bytes(Vec<&'static [u8]>, Vec<i16>, Vec<i16>),
    Integers(Vec<i64>),
    /// Byte arrays of one length, none of them null.
    OfOneLen(Vec<&'static [u8]>),
}

fn bytes(values: &[&'static str]) -> Column {
    Column::Bytes(
        values.iter().map(|value| value.as_bytes()).collect(),
        vec![1; values.len()],
        vec![],
    )
}

pub(crate) fn write(schema: &str, compression: Compression, groups: &[Vec<Column>]) -> Vec<u8> {
    write_version(schema, WriterVersion::PARQUET_1_0, compression, groups)
}

fn write_version(
    schema: &str,
    version: WriterVersion,
    compression: Compression,
    groups: &[Vec<Column>],
) -> Vec<u8> {
    let properties = WriterProperties::builder()
        .set_writer_version(version)
        .set_compression(compression)
        .build();
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(vec![], schema, Arc::new(properties)).unwrap();
    for columns in groups {
        let mut group = writer.next_row_group().unwrap();
        for content in columns {
            let mut column = group.next_column().unwrap().unwrap();
            match content {
                Column::Bytes(values, definitions, repetitions) => {
                    let values: Vec<ByteArray> =
                        values.iter().map(|&value| ByteArray::from(value.to_vec())).collect();
                    let typed = column.typed::<ByteArrayType>();
                    let repetitions = (!repetitions.is_empty()).then_some(&repetitions[..]);
                    typed.write_batch(&values, Some(definitions), repetitions).unwrap();
                }
                Column::OfOneLen(values) => {
                    let levels = vec![1; values.len()];
                    let values = values.iter().map(|&value| value.to_vec().into());
                    let values: Vec<FixedLenByteArray> = values.collect();
                    let typed = column.typed::<FixedLenByteArrayType>();
                    typed.write_batch(&values, Some(&levels), None).unwrap();
                }
                Column::Integers(values) => {
                    column.typed::<Int64Type>().write_batch(values, None, None).unwrap();
                }
            }
            column.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

const TWO_COLUMNS: &str =
    "message m { optional binary text (string); required int64 id; required int64 noise; }";

#[test]
fn bytes_that_are_no_text_are_skipped_by_name_where_the_schema_does_not_call_them_text() {
    const NOISE: &[u8] =
        b"\x1f\x8b\x08\0\xd8\n\x0e\x02\xff\x95\x85\xbf\x02\x81\x93\x01\xfe\x17\x03";
    let column = || {
        let values = vec![b"plain".as_slice(), NOISE, b"\xff\xd8\xff\xe0\0\x10JFIF", b"caf\xe9"];
        vec![Column::Bytes(values, vec![1; 4], vec![])]
    };
    let expected = |schema, skips: &[(u64, SkipReason)]| {
        let content = write(schema, Compression::UNCOMPRESSED, &[column()]);
        let reading = read_bytes("a.parquet", &content, &fields(&[]));
        assert_eq!(reading.rows.len(), 4);
        assert_eq!(reading.skips(), skips);
    };
    expected("message m { optional binary text; }", &[(1, SkipReason::Unsupported)]);
    expected("message m { optional binary text (string); }", &[]);
}

#[test]
fn a_file_without_rows_is_no_error_whatever_its_columns_are() {
    for schema in ["message m { required int64 id; }", TWO_COLUMNS] {
        let content = write(schema, Compression::UNCOMPRESSED, &[]);
        for name in ["a.parquet", "_common_metadata", "_metadata"] {
            let reading = read_bytes(name, &content, &fields(&[]));
            assert!(reading.errors.is_empty() && reading.rows.is_empty(), "{name} {reading:?}");
        }
    }
}

/// Two row groups, compressed.
pub(crate) fn two_groups() -> Vec<u8> {
    let group = |texts: &[&'static str], id| {
        let ids: Vec<i64> = (id..).take(texts.len()).collect();
        vec![bytes(texts), Column::Integers(ids.clone()), Column::Integers(ids)]
    };
    write(
        TWO_COLUMNS,
        Compression::SNAPPY,
        &[group(&["aaaa", "bbbb", "aaaa"], 10), group(&["cccc", "dddd"], 20)],
    )
}

/// One row group, not compressed, with nulls and a list.
pub(crate) fn plain_parquet() -> Vec<u8> {
    write(MESSAGES, Compression::UNCOMPRESSED, &[messages_column()])
}

const MESSAGES: &str =
    "message m { optional group messages (LIST) { repeated group list { optional group element {
    optional binary role (string); optional binary content (string); } } } }";

/// Four rows: `[{"a", null}, {"b"}]`, null, `[]`, `[{"c"}, null]`.
fn messages_column() -> Vec<Column> {
    // Levels: 0 null, 1 empty list, 2 element null, 3 content null, 4 content.
    let definitions = vec![4, 3, 4, 0, 1, 4, 2];
    let repetitions = vec![0, 1, 1, 0, 0, 0, 1];
    let column = || Column::Bytes(vec![b"a", b"b", b"c"], definitions.clone(), repetitions.clone());
    vec![column(), column()]
}

fn record(row: u64, id: Option<&str>, texts: &[(&str, &str)]) -> Seen {
    let texts = texts.iter().map(|&(field, text)| (field.to_owned(), text.to_owned())).collect();
    Seen::Record(row, id.map(str::to_owned), texts, false)
}

fn read_parquet(content: &[u8], paths: &[&str]) -> Reading {
    read_bytes("a.parquet", content, &fields(paths))
}

#[test]
fn rows_go_on_from_one_row_group_to_the_next() {
    let reading = read_parquet(&two_groups(), &[]);
    let expected = [
        (0, "10", "aaaa"),
        (1, "11", "bbbb"),
        (2, "12", "aaaa"),
        (3, "20", "cccc"),
        (4, "21", "dddd"),
    ];
    assert_eq!(
        reading.rows,
        expected.map(|(row, id, text)| record(row, Some(id), &[("text", text)]))
    );
    assert!(reading.errors.is_empty());
}

#[test]
fn each_row_group_is_a_block_that_outlives_the_shard_and_may_be_sent() {
    let (_dir, path) = file("a.parquet", &two_groups());
    let mut shard = open_shard(&path, &ReadOptions::default()).unwrap();
    let blocks: Vec<_> = std::iter::from_fn(|| shard.next_block().unwrap()).collect();
    drop(shard);
    let counts: Vec<usize> = std::thread::scope(|scope| {
        let threads: Vec<_> = blocks
            .iter()
            .map(|block| {
                scope.spawn(|| {
                    let mut count = 0;
                    block.read_rows(&mut |_| count += 1).unwrap();
                    count
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(counts, [3, 2]);
}

#[test]
fn lists_of_structs_are_read_by_the_path_that_people_write() {
    let reading = read_parquet(&plain_parquet(), &[]);
    let expected = [
        record(0, None, &[("messages[0].content", "a"), ("messages[2].content", "b")]),
        record(1, None, &[]),
        record(2, None, &[]),
        record(3, None, &[("messages[0].content", "c")]),
    ];
    assert_eq!(reading.rows, expected, "{:?}", reading.errors);
}

#[test]
fn lists_in_lists_keep_their_positions() {
    let schema = "message m { required group a (LIST) { repeated group list { required group element (LIST) {
        repeated group list { required binary element; } } } } }";
    // [["x", "y"], ["z"]], [["w"]]
    let column = Column::Bytes(vec![b"x", b"y", b"z", b"w"], vec![2; 4], vec![0, 2, 1, 0]);
    let content = write(schema, Compression::UNCOMPRESSED, &[vec![column]]);
    let expected = [
        record(0, None, &[("a[0][0]", "x"), ("a[0][1]", "y"), ("a[1][0]", "z")]),
        record(1, None, &[("a[0][0]", "w")]),
    ];
    for path in ["a", "a[]", "a[][]"] {
        assert_eq!(read_parquet(&content, &[path]).rows, expected, "{path}");
    }
}

#[test]
fn lists_of_older_writers_are_the_same_lists() {
    for (schema, path) in [
        ("message m { repeated binary a (string); }", "a[]"),
        ("message m { required group a (LIST) { repeated binary array (string); } }", "a[]"),
        (
            "message m { required group a (LIST) { repeated group array { required binary b (string); } } }",
            "a[].b",
        ),
        (
            "message m { required group a (LIST) { repeated group bag { required binary b (string); } } }",
            "a[]",
        ),
        ("message m { repeated group a { required binary b (string); } }", "a[].b"),
    ] {
        let column = Column::Bytes(vec![b"x", b"y"], vec![1; 2], vec![0, 1]);
        let reading =
            read_parquet(&write(schema, Compression::UNCOMPRESSED, &[vec![column]]), &[path]);
        assert_eq!(reading.texts(), ["x", "y"], "{schema} {:?}", reading.errors);
    }
}

#[test]
fn bytes_that_are_not_utf8_are_given_as_they_are() {
    for schema in
        ["message m { optional binary text; }", "message m { optional binary text (string); }"]
    {
        let column = Column::Bytes(vec![b"a\xffb", b""], vec![1, 0, 1], vec![]);
        let (_dir, path) =
            file("a.parquet", &write(schema, Compression::UNCOMPRESSED, &[vec![column]]));
        let mut texts = vec![];
        let block =
            open_shard(&path, &ReadOptions::default()).unwrap().next_block().unwrap().unwrap();
        block
            .read_rows(&mut |row| {
                let seepage_shards::Row::Record(record) = row else { panic!("skipped") };
                texts.push(record.texts.iter().map(|text| text.text.to_vec()).collect::<Vec<_>>());
            })
            .unwrap();
        assert_eq!(texts, [vec![b"a\xffb".to_vec()], vec![], vec![vec![]]]);
    }
}

#[test]
fn many_rows_come_in_order_through_batches_dictionaries_and_every_codec() {
    let texts: Vec<&'static str> = (0..3000).map(|row| ["one", "two", "three"][row % 3]).collect();
    for codec in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4_RAW,
    ] {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            let schema = "message m { optional binary text (string); }";
            let content = write_version(schema, version, codec, &[vec![bytes(&texts)]]);
            let reading = read_parquet(&content, &[]);
            assert_eq!(reading.texts(), texts, "{codec:?} {version:?} {:?}", reading.errors);
        }
    }
}

#[test]
fn only_byte_columns_are_texts() {
    let schema = "message m { required int64 text; required binary price (decimal(9, 2)); required binary body (string); }";
    let content = write(
        schema,
        Compression::UNCOMPRESSED,
        &[vec![Column::Integers(vec![1]), bytes(&["x"]), bytes(&["y"])]],
    );
    assert_eq!(read_parquet(&content, &[]).errors.len(), 0);
    for paths in [&["text"], &["price"], &["other"]] {
        let reading = read_parquet(&content, paths);
        let [ShardError::NoTextField { keys_seen, .. }] = &reading.errors[..] else {
            panic!("{reading:?}")
        };
        assert_eq!(keys_seen, &["text", "price", "body"]);
    }
    assert_eq!(read_parquet(&content, &["body", "other"]).texts(), ["y"]);
}

#[test]
fn a_damaged_row_group_does_not_hide_the_next() {
    let mut content = two_groups();
    // The first page begins behind the magic.
    content[4..24].fill(0xff);
    let reading = read_parquet(&content, &[]);
    let [error @ ShardError::Damaged { .. }] = &reading.errors[..] else { panic!("{reading:?}") };
    assert!(error.to_string().contains("row group 0, field `text`"), "{error}");
    assert_eq!(reading.texts(), ["cccc", "dddd"]);
}

#[test]
fn a_file_without_rows_is_a_shard_without_rows() {
    let content = write(TWO_COLUMNS, Compression::UNCOMPRESSED, &[]);
    let reading = read_parquet(&content, &[]);
    assert!(reading.rows.is_empty() && reading.errors.is_empty());
}

#[test]
fn a_file_that_was_changed_while_it_was_read_is_an_error() {
    let (_dir, path) = file("a.parquet", &two_groups());
    let block = open_shard(&path, &ReadOptions::default()).unwrap().next_block().unwrap().unwrap();
    std::fs::write(&path, "other").unwrap();
    assert!(matches!(block.read_rows(&mut |_| {}), Err(ShardError::Changed { .. })));
}
