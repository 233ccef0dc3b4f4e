//! Every container, every way in which text can be in it, and what becomes of it: the table of `FORMATS.md`.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, DictionaryArray, FixedSizeBinaryArray,
    FixedSizeListArray, Int32Array, LargeBinaryArray, LargeListArray, LargeStringArray, ListArray,
    ListViewArray, MapArray, RunArray, StringArray, StringViewArray, StructArray, UnionArray,
};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Int32Type, UnionFields};
use parquet::basic::Compression;

use crate::arrow::{batch, stream};
use crate::files::{Reading, fields, read_bytes};
use crate::mds::shard;
use crate::parquet::{Column, write};
use crate::tar::archive;

/// Longer than what is too short to be found.
const MARK: &str = "a mark of more than 24 bytes, which no field is named";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xdb\0C\0\x03\x02\x02\x03\x02\x02\x03\x03\x03";
/// The head of an EPUB: mostly text, and what follows is compressed.
const ZIP: &[u8] = b"PK\x03\x04\x0a\0\0\0\0\0\x9b\x9a\x2aYoa\xab,\x14\0\0\0\x14\0\0\0\x08\0\0\0mimetypeapplication/epub+zip and more";
const UNKNOWN: &[u8] =
    b"\x01\0\x9c\xfe\x80\0\0\x11\x88\0\xf1\xf2\0\0\x07\xe0\x81\x99\0\x01\0\xfe\xfd\xff";

/// One way in which text can be in a container.
struct Way {
    container: &'static str,
    text_in: &'static str,
    /// What becomes of it, by the words of [`outcome`].
    becomes: &'static str,
    file_name: &'static str,
    content: Vec<u8>,
}

/// What became of the one row of a shard.
fn outcome(reading: &Reading) -> String {
    if let [error, ..] = &reading.errors[..] {
        return format!(
            "the shard has failed: `{}`",
            error.to_string().split("`: ").nth(1).unwrap_or_default()
        );
    }
    let mut words = vec![];
    if reading.texts().iter().any(|text| text.replace('\\', "").contains(MARK)) {
        words.push("scanned".to_owned());
    }
    words.extend(reading.skips().iter().map(|(_, reason)| format!("skipped: `{}`", reason.name())));
    words.extend(
        reading.unread.iter().map(|(_, reason)| format!("read in part: `{}`", reason.name())),
    );
    if reading.bytes_not_text > 0 {
        words.push("counted as no text".to_owned());
    }
    if words.is_empty() { "not scanned".to_owned() } else { words.join("; ") }
}

fn ways() -> Vec<Way> {
    let mut ways = json_ways();
    ways.extend(parquet_ways());
    ways.extend(arrow_ways());
    ways.extend(mds_ways());
    ways.extend(tar_ways());
    ways.extend(file_ways());
    ways
}

fn json_ways() -> Vec<Way> {
    let escaped = MARK.replace('m', "\\u006d").replace(' ', "\\u0020");
    let inner = serde_json::json!({ "inner": MARK }).to_string();
    let rows = [
        (
            "a string in a field where corpora keep their text",
            "scanned",
            format!(r#"{{"text": "{MARK}"}}"#),
        ),
        ("a string in any other field", "scanned", format!(r#"{{"text": "a", "zzz": "{MARK}"}}"#)),
        (
            "a string in objects and lists, at any depth",
            "scanned",
            format!(r#"{{"a": [{{"b": [["{MARK}"]]}}]}}"#),
        ),
        (
            "a string of JSON within a string",
            "scanned",
            serde_json::json!({ "zzz": inner }).to_string(),
        ),
        ("a string with characters as `\\uXXXX`", "scanned", format!(r#"{{"zzz": "{escaped}"}}"#)),
        ("two objects on a line", "scanned", format!(r#"{{"text": "a"}}{{"zzz": "{MARK}"}}"#)),
        (
            "a line that is a list or a bare string",
            "scanned",
            format!("{{\"text\": \"a\"}}\n[\"{MARK}\"]"),
        ),
        ("the name of a field", "not scanned", format!(r#"{{"{MARK}": 1}}"#)),
        (
            "a line that is no JSON",
            "skipped: `not-json`",
            format!("{{\"text\": \"a\"}}\n{{\"text\": {MARK}"),
        ),
    ];
    let row = |(way, becomes, line): (&'static str, _, String)| Way {
        container: "JSON lines",
        text_in: way,
        becomes,
        file_name: "a.jsonl",
        content: format!("{line}\n").into_bytes(),
    };
    rows.into_iter().map(row).collect()
}

#[expect(clippy::too_many_lines, reason = "it is a table")]
fn parquet_ways() -> Vec<Way> {
    let mark = MARK.as_bytes();
    let one = |value: &'static [u8]| Column::Bytes(vec![value], vec![1], vec![]);
    let of_one_len = |len| format!("optional fixed_len_byte_array({len}) zzz;");
    let below = |definition| Column::Bytes(vec![mark], vec![definition], vec![0]);
    let key = || Column::Bytes(vec![b"k"], vec![1], vec![0]);
    let rows = [
        (
            "a column of strings, enums or JSON",
            "scanned",
            "optional binary zzz (STRING);",
            vec![one(mark)],
        ),
        ("bytes without a type that are text", "scanned", "optional binary zzz;", vec![one(mark)]),
        (
            "bytes of an image, sound, film or array",
            "counted as no text",
            "optional binary zzz;",
            vec![one(JPEG)],
        ),
        (
            "bytes of a container such as zip",
            "read in part: `unsupported-container`",
            "optional binary zzz;",
            vec![one(ZIP)],
        ),
        ("other bytes", "read in part: `binary`", "optional binary zzz;", vec![one(UNKNOWN)]),
        ("BSON", "read in part: `binary`", "optional binary zzz (BSON);", vec![one(UNKNOWN)]),
        (
            "bytes of one length that are text",
            "scanned",
            &of_one_len(MARK.len()),
            vec![Column::OfOneLen(vec![mark])],
        ),
        (
            "other bytes of one length",
            "counted as no text",
            &of_one_len(UNKNOWN.len()),
            vec![Column::OfOneLen(vec![UNKNOWN])],
        ),
        (
            "a struct",
            "scanned",
            "required group a { optional binary b (STRING); }",
            vec![one(mark)],
        ),
        (
            "a list",
            "scanned",
            "required group a (LIST) { repeated group list { required binary element (STRING); } }",
            vec![below(1)],
        ),
        ("a repeated field", "scanned", "repeated binary a (STRING);", vec![below(1)]),
        (
            "a value of a map",
            "scanned",
            "required group a (MAP) { repeated group key_value { required binary key (STRING); required binary value (STRING); } }",
            vec![key(), below(1)],
        ),
        (
            "a key of a map",
            "scanned",
            "required group a (MAP) { repeated group key_value { required binary key (STRING); required binary value (STRING); } }",
            vec![below(1), key()],
        ),
    ];
    let row = |(way, becomes, schema, columns): (&'static str, _, &str, _)| Way {
        container: "Parquet",
        text_in: way,
        becomes,
        file_name: "a.parquet",
        content: write(
            &format!("message m {{ optional binary text (STRING); {schema} }}"),
            Compression::SNAPPY,
            &[std::iter::once(one(b"beside")).chain(columns).collect()],
        ),
    };
    rows.into_iter().map(row).collect()
}

fn item(array: &dyn Array) -> Arc<Field> {
    Arc::new(Field::new("item", array.data_type().clone(), true))
}

fn map(key: &str, value: &str) -> MapArray {
    let entries = StructArray::from(vec![
        (
            Arc::new(Field::new("keys", DataType::Utf8, false)),
            Arc::new(StringArray::from(vec![key])) as ArrayRef,
        ),
        (
            Arc::new(Field::new("values", DataType::Utf8, true)),
            Arc::new(StringArray::from(vec![value])) as ArrayRef,
        ),
    ]);
    let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
    MapArray::new(field, OffsetBuffer::from_lengths([1]), entries, None, false)
}

fn union() -> UnionArray {
    let kinds = UnionFields::try_new([0], [Field::new("s", DataType::Utf8, true)]).unwrap();
    let strings: ArrayRef = Arc::new(StringArray::from(vec![MARK]));
    UnionArray::try_new(kinds, ScalarBuffer::from(vec![0_i8]), None, vec![strings]).unwrap()
}

#[expect(clippy::too_many_lines, reason = "it is a table")]
fn arrow_ways() -> Vec<Way> {
    let mark = MARK.as_bytes();
    let strings = || Arc::new(StringArray::from(vec![MARK])) as ArrayRef;
    let within = StructArray::from(vec![(item(&strings()), strings())]);
    let runs = RunArray::<Int32Type>::try_new(&Int32Array::from(vec![1]), &strings()).unwrap();
    let view =
        ListViewArray::new(item(&strings()), vec![0].into(), vec![1].into(), strings(), None);
    let rows: Vec<(&str, &str, ArrayRef)> = vec![
        ("strings", "scanned", strings()),
        ("large strings", "scanned", Arc::new(LargeStringArray::from(vec![MARK]))),
        ("string views", "scanned", Arc::new(StringViewArray::from(vec![MARK]))),
        ("bytes that are text", "scanned", Arc::new(BinaryArray::from(vec![mark]))),
        ("large bytes that are text", "scanned", Arc::new(LargeBinaryArray::from(vec![mark]))),
        ("byte views that are text", "scanned", Arc::new(BinaryViewArray::from(vec![mark]))),
        (
            "bytes of an image, sound, film or array",
            "counted as no text",
            Arc::new(BinaryArray::from(vec![JPEG])),
        ),
        (
            "bytes of a container such as zip",
            "read in part: `unsupported-container`",
            Arc::new(BinaryArray::from(vec![ZIP])),
        ),
        ("other bytes", "read in part: `binary`", Arc::new(BinaryArray::from(vec![UNKNOWN]))),
        (
            "bytes of one length that are text",
            "scanned",
            Arc::new(FixedSizeBinaryArray::try_from_iter([mark].into_iter()).unwrap()),
        ),
        (
            "other bytes of one length",
            "counted as no text",
            Arc::new(FixedSizeBinaryArray::try_from_iter([UNKNOWN].into_iter()).unwrap()),
        ),
        ("dictionaries", "scanned", Arc::new(DictionaryArray::<Int32Type>::from_iter([MARK]))),
        ("structs", "scanned", Arc::new(within)),
        (
            "lists",
            "scanned",
            Arc::new(ListArray::new(
                item(&strings()),
                OffsetBuffer::from_lengths([1]),
                strings(),
                None,
            )),
        ),
        (
            "large lists",
            "scanned",
            Arc::new(LargeListArray::new(
                item(&strings()),
                OffsetBuffer::from_lengths([1]),
                strings(),
                None,
            )),
        ),
        (
            "lists of fixed length",
            "scanned",
            Arc::new(FixedSizeListArray::new(item(&strings()), 1, strings(), None)),
        ),
        ("values of maps", "scanned", Arc::new(map("k", MARK))),
        ("keys of maps", "scanned", Arc::new(map(MARK, "v"))),
        ("list views", "read in part: `unsupported-container`", Arc::new(view)),
        ("unions", "read in part: `unsupported-container`", Arc::new(union())),
        ("run-end encoded columns", "read in part: `unsupported-container`", Arc::new(runs)),
    ];
    let row = |(way, becomes, array): (&'static str, _, ArrayRef)| Way {
        container: "Arrow",
        text_in: way,
        becomes,
        file_name: "a.arrow",
        content: stream(&[batch(vec![
            ("text", Arc::new(StringArray::from(vec!["beside"]))),
            ("zzz", array),
        ])]),
    };
    rows.into_iter().map(row).collect()
}

fn mds_ways() -> Vec<Way> {
    let json = serde_json::json!({ "a": [MARK] }).to_string();
    let rows: [(&str, &str, &str, &[u8]); 8] = [
        ("a column `str`", "scanned", "str", MARK.as_bytes()),
        ("a column `json`", "scanned", "json", json.as_bytes()),
        ("a column `bytes` that is text", "scanned", "bytes", MARK.as_bytes()),
        ("a column `bytes` of an image", "counted as no text", "bytes", JPEG),
        (
            "a column `bytes` of a container such as zip",
            "read in part: `unsupported-container`",
            "bytes",
            ZIP,
        ),
        ("a column `bytes` of other bytes", "read in part: `binary`", "bytes", UNKNOWN),
        ("images and arrays by their encoding", "counted as no text", "jpeg", JPEG),
        (
            "pickles, and encodings that are not known",
            "read in part: `unsupported-container`",
            "pkl",
            MARK.as_bytes(),
        ),
    ];
    let row = |(way, becomes, encoding, value): (&'static str, _, _, _)| Way {
        container: "MosaicML MDS",
        text_in: way,
        becomes,
        file_name: "shard.00000.mds",
        content: shard(&[("text", "str", None), ("zzz", encoding, None)], &[&[b"beside", value]]),
    };
    rows.into_iter().map(row).collect()
}

/// The members of an archive.
type Members<'m> = &'m [(&'m str, &'m [u8])];

fn tar_ways() -> Vec<Way> {
    let json = serde_json::json!({ "zzz": [MARK] }).to_string();
    let mark = MARK.as_bytes();
    let rows: [(&str, &str, Members<'_>); 6] = [
        ("a member that is text", "scanned", &[("a.zzz", mark)]),
        ("a member that is JSON", "scanned", &[("a.json", json.as_bytes())]),
        (
            "an image, sound, film or array beside a text",
            "scanned; counted as no text",
            &[("a.txt", mark), ("a.jpg", JPEG)],
        ),
        (
            "a container such as zip beside a text",
            "scanned; read in part: `unsupported-container`",
            &[("a.txt", mark), ("a.bin", ZIP)],
        ),
        (
            "other bytes beside a text",
            "scanned; read in part: `binary`",
            &[("a.txt", mark), ("a.bin", UNKNOWN)],
        ),
        ("an image, sound, film or array alone", "counted as no text", &[("a.jpg", JPEG)]),
    ];
    let row = |(way, becomes, members): (&'static str, _, _)| Way {
        container: "tar",
        text_in: way,
        becomes,
        file_name: "a.tar",
        content: archive(members),
    };
    rows.into_iter().map(row).collect()
}

fn file_ways() -> Vec<Way> {
    let source = serde_json::json!({ "cells": [{ "cell_type": "code", "source": [MARK], "outputs": [] }], "nbformat": 4 });
    let output = serde_json::json!({ "text": [MARK], "output_type": "stream" });
    let output = serde_json::json!({ "cells": [{ "cell_type": "code", "source": [], "outputs": [output] }], "nbformat": 4 });
    let utf16 =
        [b"\xff\xfe".to_vec(), MARK.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    let rows = [
        ("a text", "scanned", "a.rs", MARK.as_bytes().to_vec()),
        ("a text in UTF-16 with a byte order mark", "scanned", "a.txt", utf16),
        ("the source of a notebook's cell", "scanned", "a.ipynb", source.to_string().into_bytes()),
        ("the output of a notebook's cell", "scanned", "a.ipynb", output.to_string().into_bytes()),
        ("an image, sound, film or array", "counted as no text", "a.jpg", JPEG.to_vec()),
        ("a container such as zip", "skipped: `unsupported-container`", "a.zip", ZIP.to_vec()),
        ("other bytes", "skipped: `binary`", "a.o", UNKNOWN.to_vec()),
        (
            "a text with an archive behind it",
            "scanned; skipped: `binary`",
            "a.sh",
            [MARK.as_bytes(), &b"\n".repeat(20_000), &UNKNOWN.repeat(2_000)].concat(),
        ),
    ];
    let row = |(way, becomes, file_name, content): (&'static str, _, _, _)| Way {
        container: "source file",
        text_in: way,
        becomes,
        file_name,
        content,
    };
    rows.into_iter().map(row).collect()
}

#[test]
fn every_way_in_which_text_can_be_in_a_container_ends_as_the_document_says() {
    let mut table = String::new();
    let mut wrong = String::new();
    for way in ways() {
        let Way { container, text_in, becomes, file_name, content } = way;
        let found = outcome(&read_bytes(file_name, &content, &fields(&[])));
        if found != becomes {
            writeln!(wrong, "{container}, {text_in}: {found}, and not {becomes}").unwrap();
        }
        writeln!(table, "| {container} | {text_in} | {becomes} |").unwrap();
    }
    assert!(wrong.is_empty(), "{wrong}");
    let document = include_str!("../../FORMATS.md");
    assert!(document.contains(&table), "FORMATS.md should have this table:\n{table}");
}
