//! The time and the package that a record names.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type, Int96, Int96Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use seepage_shards::{FieldPath, ReadOptions, Row, open_shard};

use crate::files::file;

/// A time and a package.
type Facts = (Option<String>, Option<String>);

fn facts(name: &str, content: &[u8], time: Option<&str>, package: &str) -> Vec<Facts> {
    let (_dir, path) = file(name, content);
    let options = ReadOptions {
        time_field: time.map(|time| FieldPath::parse(time).unwrap()),
        package_field: Some(FieldPath::parse(package).unwrap()),
        ..ReadOptions::default()
    };
    let mut shard = open_shard(&path, &options).unwrap();
    let mut facts = vec![];
    while let Some(block) = shard.next_block().unwrap() {
        let result = block.read_rows(&mut |row| {
            let Row::Record(record) = row else { panic!("{row:?}") };
            let owned =
                |fact: Option<std::borrow::Cow<'_, str>>| fact.map(std::borrow::Cow::into_owned);
            facts.push((owned(record.time), owned(record.package)));
        });
        result.unwrap();
    }
    facts
}

/// A line of JSON, and the time `meta.created` and the package `repo` in it.
#[track_caller]
fn check(rest: &str, time: Option<&str>, package: Option<&str>) {
    let line = format!("{{\"text\":\"a\",{rest}}}\n{{\"text\":\"b\",\"x\":1}}\n");
    let actual = facts("a.jsonl", line.as_bytes(), Some("meta.created"), "repo");
    let expected = (time.map(str::to_owned), package.map(str::to_owned));
    assert_eq!(actual, [expected, (None, None)], "{rest}");
}

#[test]
fn a_line_gives_the_strings_and_numbers_of_the_fields_that_were_named() {
    check(r#""meta":{"created":"2025-10-01"},"repo":"a/b""#, Some("2025-10-01"), Some("a/b"));
    check(r#""meta":{"created":1759320184567}"#, Some("1759320184567"), None);
    check(r#""meta":{"created":1759320184.5},"repo":7"#, Some("1759320184.5"), Some("7"));
    check(r#""meta":{"created":"\u0031"}"#, Some("1"), None);
}

#[test]
fn what_is_missing_or_of_no_use_or_there_twice_is_no_fact() {
    for rest in [
        r#""meta":null"#,
        r#""meta":{"created":null}"#,
        r#""meta":{"created":true}"#,
        r#""meta":{"created":["2025-10-01"]}"#,
        r#""meta":{"created":{"a":1}}"#,
        r#""meta":{"created":"2025-10-01"},"meta":{"created":"2020-10-01"}"#,
        r#""created":"2025-10-01""#,
        r#""meta.created":"2025-10-01""#,
    ] {
        check(rest, None, None);
    }
    let long = format!(r#""repo":"{}""#, "x".repeat(2000));
    check(&long, None, None);
}

#[test]
fn a_named_time_does_not_make_a_text_of_a_record_without_one() {
    let (_dir, path) =
        file("a.jsonl", b"{\"text\":\"a\"}\n{\"meta\":null}\n{\"meta\":{\"created\":\"2025\"}}\n");
    let options = ReadOptions {
        text_fields: vec![FieldPath::parse("text").unwrap()],
        time_field: Some(FieldPath::parse("meta.created").unwrap()),
        ..ReadOptions::default()
    };
    let mut shard = open_shard(&path, &options).unwrap();
    let mut records = 0;
    while let Some(block) = shard.next_block().unwrap() {
        let result =
            block.read_rows(&mut |row| records += usize::from(matches!(row, Row::Record(_))));
        result.unwrap();
    }
    assert_eq!(records, 1);
}

/// The times of a Parquet file whose time column is `kind`, e.g. `int64 when (timestamp(millis, true))`.
fn times<T: DataType>(kind: &str, values: &[T::T], time: Option<&str>) -> Vec<Option<String>> {
    let schema = format!("message m {{ required binary text (string); required {kind}; }}");
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let properties = WriterProperties::builder().set_compression(Compression::UNCOMPRESSED).build();
    let mut writer = SerializedFileWriter::new(vec![], schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let texts = vec![ByteArray::from("a"); values.len()];
    let typed = column.typed::<ByteArrayType>();
    typed.write_batch(&texts, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    let content = writer.into_inner().unwrap();
    let facts = facts("a.parquet", &content, time, "nothing");
    facts.into_iter().map(|(time, _)| time).collect()
}

#[track_caller]
fn check_parquet<T: DataType>(kind: &str, value: T::T, expected: Option<&str>) {
    assert_eq!(times::<T>(kind, &[value], Some("when")), [expected.map(str::to_owned)], "{kind}");
}

#[test]
fn a_parquet_timestamp_of_any_unit_is_a_time_in_words() {
    let expected = Some("2025-10-01T12:03:04.567Z");
    let (kind, ms) = ("int64 when", 1_759_320_184_567);
    check_parquet::<Int64Type>(&format!("{kind} (timestamp(millis, true))"), ms, expected);
    check_parquet::<Int64Type>(&format!("{kind} (timestamp(millis, false))"), ms, expected);
    check_parquet::<Int64Type>(&format!("{kind} (timestamp(micros, true))"), ms * 1000, expected);
    check_parquet::<Int64Type>(
        &format!("{kind} (timestamp(nanos, true))"),
        ms * 1_000_000,
        expected,
    );
    check_parquet::<Int64Type>(&format!("{kind} (timestamp_millis)"), ms, expected);
    check_parquet::<Int64Type>(&format!("{kind} (timestamp_micros)"), ms * 1000, expected);
    let of_day: u64 = 43_384_567 * 1_000_000;
    let mut old = Int96::new();
    old.set_data(of_day as u32, (of_day >> 32) as u32, 2_440_588 + 20_362);
    check_parquet::<Int96Type>("int96 when", old, expected);
}

#[test]
fn a_parquet_date_string_or_number_is_a_time_as_it_stands() {
    check_parquet::<Int32Type>("int32 when (date)", 20_362, Some("2025-10-01"));
    check_parquet::<Int64Type>("int64 when", 1_759_320_184, Some("1759320184"));
    check_parquet::<DoubleType>("double when", 1_759_320_184.5, Some("1759320184.5"));
    let text = ByteArray::from("2025-10-01");
    check_parquet::<ByteArrayType>("binary when (string)", text, Some("2025-10-01"));
}

#[test]
fn where_no_time_was_named_the_first_of_the_usual_keys_gives_a_date() {
    for (rest, expected) in [
        (r#""date":"2024-01-01","created":"2025-10-01""#, Some("2025-10-01")),
        (r#""timestamp":1759320184,"added":"x""#, Some("1759320184")),
        (r#""added":"2025-10-01""#, Some("2025-10-01")),
        (r#""created":null,"date":"2025-10-01""#, Some("2025-10-01")),
        (r#""meta":{"created":"2025-10-01"}"#, None),
        (r#""updated":"2025-10-01""#, None),
    ] {
        let line = format!("{{\"text\":\"a\",{rest}}}\n");
        let actual = facts("a.jsonl", line.as_bytes(), None, "repo");
        assert_eq!(actual, [(expected.map(str::to_owned), None)], "{rest}");
    }
    let days = |kind| times::<Int32Type>(kind, &[20_362], None);
    assert_eq!(days("int32 date (date)"), [Some("2025-10-01".to_owned())]);
    assert_eq!(days("int32 when (date)"), [None]);
}

#[test]
fn a_moment_that_no_calendar_has_is_none() {
    check_parquet::<Int64Type>("int64 when (timestamp(millis, true))", i64::MAX, None);
    check_parquet::<Int64Type>("int64 when (timestamp(micros, true))", i64::MIN, None);
    check_parquet::<Int32Type>("int32 when (date)", i32::MAX, None);
    let mut old = Int96::new();
    old.set_data(u32::MAX, u32::MAX, u32::MAX);
    check_parquet::<Int96Type>("int96 when", old, None);
    check_parquet::<Int64Type>("int64 other", 1, None);
}
