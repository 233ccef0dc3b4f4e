//! MosaicML shards: columns and their encodings, and tables that lie.

use seepage_shards::{FieldPath, ReadOptions, Row, ShardError, SkipReason, open_shard};

use crate::files::{Seen, fields, file, read_bytes};

/// A column: its name, its encoding and, where its values have one, their length.
type Column<'c> = (&'c str, &'c str, Option<usize>);

/// As the library's writer lays a shard out.
pub(crate) fn shard(columns: &[Column<'_>], rows: &[&[&[u8]]]) -> Vec<u8> {
    let config = serde_json::json!({
        "column_encodings": columns.iter().map(|column| column.1).collect::<Vec<_>>(),
        "column_names": columns.iter().map(|column| column.0).collect::<Vec<_>>(),
        "column_sizes": columns.iter().map(|column| column.2).collect::<Vec<_>>(),
        "compression": null, "format": "mds", "hashes": [], "size_limit": 67_108_864, "version": 2,
    })
    .to_string();
    let samples: Vec<Vec<u8>> = rows
        .iter()
        .map(|row| {
            let mut sample = vec![];
            for (value, column) in row.iter().zip(columns) {
                if column.2.is_none() {
                    sample.extend((value.len() as u32).to_le_bytes());
                }
            }
            sample.extend(row.concat());
            sample
        })
        .collect();
    let mut content = (rows.len() as u32).to_le_bytes().to_vec();
    let mut offset = 4 + 4 * (rows.len() + 1) + config.len();
    content.extend((offset as u32).to_le_bytes());
    for sample in &samples {
        offset += sample.len();
        content.extend((offset as u32).to_le_bytes());
    }
    content.extend(config.as_bytes());
    content.extend(samples.concat());
    content
}

const TEXT: Column<'static> = ("text", "str", None);

#[test]
fn columns_of_all_encodings_are_read() {
    let columns = [
        ("blob", "bytes", None),
        ("id", "int", Some(8)),
        ("meta", "json", None),
        ("scores", "ndarray", None),
        TEXT,
    ];
    let content = shard(
        &columns,
        &[
            &[
                b"as text",
                &(-7_i64).to_le_bytes(),
                br#"{"url": "u", "body": ["x", "y"]}"#,
                b"\0\x01",
                b"one",
            ],
            &[b"\0\xff", &9_i64.to_le_bytes(), b"null", b"", b"caf\xe9"],
        ],
    );
    let reading = read_bytes("a.mds", &content, &fields(&[]));
    let row = |row, id: &str, text: &str, repaired| {
        Seen::Record(row, Some(id.to_owned()), vec![("text".to_owned(), text.to_owned())], repaired)
    };
    assert_eq!(reading.rows, [row(0, "-7", "one", false), row(1, "9", "caf?", true)]);

    let reading = read_bytes("a.mds", &content, &fields(&["meta.body", "blob"]));
    assert_eq!(reading.texts(), ["x", "y", "as text"]);
    let Seen::Record(_, _, texts, _) = &reading.rows[0] else { panic!() };
    assert_eq!(texts[1].0, "meta.body[1]");
    // `blob` is there, and is no text.
    assert_eq!(reading.skips(), []);
}

#[test]
fn facts_lie_in_columns_too() {
    let columns =
        [("created", "str", None), ("meta", "json", None), ("stars", "uint16", Some(2)), TEXT];
    let content = shard(&columns, &[&[b"2026-04-16", br#"{"repo": "pond/reed"}"#, &[1, 2], b"a"]]);
    let field = |path| FieldPath::parse(path).unwrap();
    let options = ReadOptions {
        time_field: Some(field("created")),
        package_field: Some(field("meta.repo")),
        keep_fields: vec![field("stars")],
        ..ReadOptions::default()
    };
    let (_dir, path) = file("a.mds", &content);
    let block = open_shard(&path, &options).unwrap().next_block().unwrap().unwrap();
    let mut seen = 0;
    let each = &mut |row: Row<'_>| {
        let Row::Record(record) = row else { panic!("{row:?}") };
        assert_eq!(record.time.as_deref(), Some("2026-04-16"));
        assert_eq!(record.package.as_deref(), Some("pond/reed"));
        assert_eq!(record.kept[0].value, "513");
        seen += 1;
    };
    block.read_rows(each).unwrap();
    assert_eq!(seen, 1);
}

#[test]
fn a_json_column_that_is_no_json_is_a_skip() {
    let columns = [("meta", "json", None), TEXT];
    let content = shard(&columns, &[&[b"{}", b"a"], &[b"{", b"b"]]);
    let reading = read_bytes("a.mds", &content, &fields(&[]));
    assert_eq!(reading.skips(), [(1, SkipReason::NotJson)]);
}

#[test]
fn a_table_longer_than_what_is_looked_at_first_is_a_table() {
    let rows: Vec<&[&[u8]]> = vec![&[b"a"]; 5000];
    let reading = read_bytes("a", &shard(&[TEXT], &rows), &fields(&[]));
    assert_eq!((reading.rows.len(), reading.errors.len()), (5000, 0));
}

#[test]
fn a_shard_of_numbers_is_read_and_a_field_that_it_has_not_is_an_error() {
    let content = shard(&[("label", "int", Some(8))], &[&[&[0; 8]]]);
    let reading = read_bytes("a.mds", &content, &fields(&[]));
    assert!(reading.errors.is_empty() && reading.rows.len() == 1, "{reading:?}");
    let reading = read_bytes("a.mds", &content, &fields(&["text"]));
    let [error @ ShardError::NoTextField { .. }] = &reading.errors[..] else {
        panic!("{reading:?}")
    };
    assert!(error.to_string().contains("`label`"), "{error}");
}

#[test]
fn lengths_that_do_not_fit_their_sample_are_damage() {
    let whole = shard(&[TEXT], &[&[b"aaaa"], &[b"bbbb"]]);
    let place = whole.len() - 8;
    for len in [0, 3, 5, u32::MAX] {
        let mut content = whole.clone();
        content[place..place + 4].copy_from_slice(&u32::to_le_bytes(len));
        let reading = read_bytes("a.mds", &content, &fields(&[]));
        assert!(matches!(reading.errors[..], [ShardError::Damaged { .. }]), "{len} {reading:?}");
    }
    // More samples than there are.
    let mut content = whole.clone();
    content[..4].copy_from_slice(&u32::to_le_bytes(1 << 25));
    let reading = read_bytes("a.mds", &content, &fields(&[]));
    assert_eq!((reading.rows.len(), reading.errors.len()), (0, 1), "{reading:?}");
}
