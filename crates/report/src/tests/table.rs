use std::fs::File;
use std::io::Write;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float32Type, TimestampMillisecondType, UInt32Type, UInt64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use seepage_detect::Tier;
use seepage_engine::FindingRow;
use seepage_index::PassageId;

use super::{finding, provenance_bare, provenance_full};
use crate::columns::schema;
use crate::json::to_json_line;
use crate::lines::FindingLine;
use crate::table::{FindingTable, GROUP_ROWS_MAX};

fn rows(count: u64) -> Vec<FindingRow> {
    (0..count)
        .map(|row| FindingRow {
            found: finding(row, Tier::ALL[(row % 4) as usize], (row % 3) as u32),
            provenance: if row % 2 == 0 { provenance_full() } else { provenance_bare() },
            family: PassageId(0),
            packages: Some(row as u32 + 7),
            demoted: false,
        })
        .collect()
}

fn write(rows: &[FindingRow]) -> Vec<u8> {
    let mut table = FindingTable::new(vec![], "d1ge57").unwrap();
    for row in rows {
        table.push(row.clone()).unwrap();
    }
    table.finish().unwrap()
}

/// Parquet is read from files.
fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn read(bytes: &[u8]) -> Vec<RecordBatch> {
    ParquetRecordBatchReaderBuilder::try_new(file(bytes))
        .unwrap()
        .build()
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

/// A text column of the batch, a missing value as `None`.
fn text<'b>(batch: &'b RecordBatch, name: &str) -> Vec<Option<&'b str>> {
    batch.column_by_name(name).unwrap().as_string::<i32>().iter().collect()
}

#[test]
fn every_column_reads_back() {
    let batches = read(&write(&rows(3)));
    let [batch] = batches.as_slice() else { panic!("{} batches", batches.len()) };
    assert_eq!(batch.schema().fields(), schema().fields());
    for (name, expected) in [
        ("shard", [Some("corpus/a.jsonl"); 3]),
        ("record_id", [Some("id-0"), None, Some("id-2")]),
        ("field", [Some("messages[2].content"); 3]),
        ("record_date", [Some("2024-05-01"), None, Some("2024-05-01")]),
        ("tier", [Some("exact"), Some("near"), Some("blind")]),
        ("rule", [Some("a run of 40 words"); 3]),
        ("tool", [Some("codex"); 3]),
        ("model", [Some("gpt-5-codex"), None, Some("gpt-5-codex")]),
        ("session_id", [Some("session-1"); 3]),
        ("message_id", [Some("message-1"), None, Some("message-1")]),
        ("call_id", [Some("call-1"), None, Some("call-1")]),
        ("cwd", [Some("/home/a"), None, Some("/home/a")]),
        ("file_path", [Some("src/main.rs"), None, Some("src/main.rs")]),
        ("class", [Some("edit"); 3]),
        ("log_path", [Some("logs/rollout.jsonl"); 3]),
        ("index_digest", [Some("d1ge57"); 3]),
    ] {
        assert_eq!(text(batch, name), expected, "{name}");
    }
    let column = |name| batch.column_by_name(name).unwrap();
    assert_eq!(column("row").as_primitive::<UInt64Type>().values(), &[0, 1, 2]);
    assert_eq!(column("score").as_primitive::<Float32Type>().values(), &[0.875; 3]);
    assert_eq!(column("matched_bytes").as_primitive::<UInt64Type>().values(), &[0, 10, 20]);
    assert_eq!(column("passage_id").as_primitive::<UInt32Type>().values(), &[0; 3]);
    assert_eq!(column("family_id").as_primitive::<UInt32Type>().values(), &[0; 3]);
    assert_eq!(column("packages").as_primitive::<UInt32Type>().values(), &[7, 8, 9]);
    assert_eq!(column("log_line").as_primitive::<UInt64Type>().values(), &[12; 3]);
    let applied: Vec<Option<bool>> = column("applied").as_boolean().iter().collect();
    assert_eq!(applied, [Some(true), None, Some(true)]);
    let predates: Vec<Option<bool>> = column("predates").as_boolean().iter().collect();
    assert_eq!(predates, [Some(false), Some(true), Some(false)]);
    let authored: Vec<Option<i64>> =
        column("authored_at").as_primitive::<TimestampMillisecondType>().iter().collect();
    assert_eq!(authored, [Some(1_759_320_184_567), None, Some(1_759_320_184_567)]);
}

#[test]
fn spans_read_back_with_both_sides() {
    let batches = read(&write(&rows(3)));
    let spans = batches[0].column_by_name("spans").unwrap().as_list::<i32>();
    let lengths: Vec<usize> = spans.iter().map(|list| list.unwrap().len()).collect();
    assert_eq!(lengths, [0, 1, 2]);
    let last = spans.value(2);
    for (name, expected) in [
        ("record_start", [0, 20]),
        ("record_end", [10, 30]),
        ("passage_start", [0, 11]),
        ("passage_end", [10, 21]),
    ] {
        let ends = last.as_struct().column_by_name(name).unwrap().as_primitive::<UInt32Type>();
        assert_eq!(ends.values(), &expected, "{name}");
    }
}

#[test]
fn changes_read_back_and_are_null_where_nobody_looked() {
    let batches = read(&write(&rows(3)));
    let column = |name| batches[0].column_by_name(name).unwrap();
    for (name, share) in [("identical", 0.75), ("edited", 0.125)] {
        let shares: Vec<Option<f32>> = column(name).as_primitive::<Float32Type>().iter().collect();
        assert_eq!(shares, [None, Some(share), Some(share)], "{name}");
    }
    let renames = column("renames").as_map();
    assert!(renames.is_null(0));
    assert_eq!(renames.value_length(1), 0);
    let last = renames.value(2);
    let names = |at| last.column(at).as_string::<i32>().value(0);
    assert_eq!((last.len(), names(0), names(1)), (1, "count_1", "total"));
}

#[test]
fn the_same_findings_give_the_same_bytes_and_others_do_not() {
    let rows = rows(100);
    assert_eq!(write(&rows), write(&rows));
    assert_ne!(write(&rows), write(&rows[..99]));
}

#[test]
fn what_was_kept_reads_back_as_a_map() {
    let batches = read(&write(&rows(3)));
    let kept = batches[0].column_by_name("kept").unwrap().as_map();
    let lens: Vec<usize> = kept.iter().flatten().map(|row| row.len()).collect();
    assert_eq!(lens, [0, 1, 2]);
    for (part, expected) in [
        (kept.keys(), ["licences[0]", "licences[0]", "licences[1]"]),
        (kept.values(), ["value 0 of 1", "value 0 of 2", "value 1 of 2"]),
    ] {
        let part: Vec<&str> = part.as_string::<i32>().iter().flatten().collect();
        assert_eq!(part, expected);
    }
}

#[test]
fn no_finding_is_a_table_of_no_rows() {
    let bytes = write(&[]);
    let reader = SerializedFileReader::new(file(&bytes)).unwrap();
    assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
    assert_eq!(
        reader.metadata().file_metadata().schema_descr().root_schema().get_fields().len(),
        31
    );
}

#[track_caller]
fn check_groups(rows: &[FindingRow], expected: &[i64]) {
    let reader = SerializedFileReader::new(file(&write(rows))).unwrap();
    let groups: Vec<i64> =
        reader.metadata().row_groups().iter().map(RowGroupMetaData::num_rows).collect();
    assert_eq!(groups, expected);
}

#[test]
fn row_groups_are_bounded_in_rows_and_in_bytes() {
    check_groups(&rows(GROUP_ROWS_MAX as u64), &[8192]);
    check_groups(&rows(GROUP_ROWS_MAX as u64 + 1), &[8192, 1]);
    let mut long = rows(5);
    for row in &mut long {
        row.found.record_id = Some("x".repeat(7 << 20));
    }
    check_groups(&long, &[2, 2, 1]);
}

#[test]
fn json_lines_have_the_names_of_the_columns_and_an_excerpt() {
    let [mut row] = rows(1).try_into().unwrap();
    row.found = finding(1, Tier::Near, 2);
    let line = to_json_line(&FindingLine { row: &row, index_digest: "d1ge57" }).unwrap();
    let object: serde_json::Value = serde_json::from_slice(&line).unwrap();
    let mut expected: Vec<String> =
        schema().fields().iter().map(|field| field.name().clone()).collect();
    expected.push("excerpt".to_owned());
    // Nobody knows it while the lines are written.
    expected.retain(|name| name != "packages");
    expected.sort_unstable();
    let mut names: Vec<&String> = object.as_object().unwrap().keys().collect();
    names.sort_unstable();
    assert_eq!(names, expected.iter().collect::<Vec<_>>());
    for (pointer, expected) in [
        ("/row", serde_json::json!(1)),
        ("/record_id", serde_json::Value::Null),
        ("/kept/licences[0]", "value 0 of 1".into()),
        ("/tier", "near".into()),
        ("/family_id", 0.into()),
        ("/predates", true.into()),
        ("/score", 0.875.into()),
        ("/spans/1/record_start", 20.into()),
        ("/identical", 0.75.into()),
        ("/edited", 0.125.into()),
        ("/renames", serde_json::json!({"count_1": "total"})),
        ("/record_date", serde_json::Value::Null),
        ("/spans/1/passage_end", 21.into()),
        ("/authored_at", "2025-10-01T12:03:04.567Z".into()),
        ("/excerpt", "fn main() {\u{1b}[2J\u{202e}".into()),
    ] {
        assert_eq!(object.pointer(pointer), Some(&expected), "{pointer}");
    }
}
