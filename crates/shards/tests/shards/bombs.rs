//! A shard of a few bytes that stand for very many is given up, and never passes for read.

use std::io::Write as _;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::ipc::CompressionType;
use lzma_rust2::{XzOptions, XzWriter};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use seepage_shards::{ExpansionMax, ReadOptions, ShardError};

use crate::arrow::{batch, compressed};
use crate::files::{fields, gzip, read_bytes, zst};
use crate::tar::archive;

fn bz2(content: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(vec![], bzip2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn xz(content: &[u8]) -> Vec<u8> {
    let mut encoder = XzWriter::new(vec![], XzOptions::with_preset(1)).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn lz4(content: &[u8]) -> Vec<u8> {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(vec![]);
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// One text in every row, that stands in the file once.
fn dictionary(text: &str, rows: usize) -> Vec<u8> {
    let schema =
        Arc::new(parse_message_type("message m { required binary text (UTF8); }").unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(vec![], schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let values = vec![ByteArray::from(text.as_bytes().to_vec()); rows];
    let typed = column.typed::<ByteArrayType>();
    typed.write_batch(&values, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.into_inner().unwrap()
}

/// Ends with the error under a low limit; and is read to its end under the one that holds by itself.
#[track_caller]
fn check(name: &str, content: &[u8]) {
    let options =
        ReadOptions { expansion_max: ExpansionMax { ratio: 50, free_len: 1 << 20 }, ..fields(&[]) };
    let reading = read_bytes(name, content, &options);
    assert!(
        matches!(reading.errors[..], [ShardError::Expands { ratio: 50, .. }]),
        "{name} {:?}",
        reading.errors
    );
    let words = reading.errors[0].to_string();
    assert!(words.contains("` decompresses to more than 50 times its size"), "{words}");
    assert_eq!(read_bytes(name, content, &fields(&[])).errors.len(), 0);
}

#[test]
fn a_bomb_is_given_up_whatever_it_is_packed_with() {
    let text = "x".repeat(1000);
    let lines = format!("{{\"text\": \"{text}\"}}\n").repeat(4000);
    let lines = lines.as_bytes();
    check("a.jsonl.gz", &gzip(lines));
    check("a.jsonl.zst", &zst(lines));
    check("a.jsonl.bz2", &bz2(lines));
    check("a.jsonl.xz", &xz(lines));
    check("a.jsonl.lz4", &lz4(lines));
    check("a.py.gz", &gzip(text.repeat(4000).as_bytes()));
    let long = text.repeat(4000);
    check("a.tar.gz", &gzip(&archive(&[("a.txt", long.as_bytes())])));
    let member = zst(text.repeat(100).as_bytes());
    let members: Vec<(String, &[u8])> =
        (0..40).map(|number| (format!("{number}.txt.zst"), member.as_slice())).collect();
    let members: Vec<(&str, &[u8])> =
        members.iter().map(|(name, content)| (name.as_str(), *content)).collect();
    check("b.tar", &archive(&members));
    let column: ArrayRef = Arc::new(StringArray::from(vec![text.as_str(); 4000]));
    let batches = [batch(vec![("text", column)])];
    check("a.arrow", &compressed(&batches, CompressionType::ZSTD));
    check("a.parquet", &dictionary(&text, 4000));
}

#[test]
fn little_is_free_whatever_its_ratio() {
    let lines = b"{\"text\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}\n".repeat(4000);
    let options = ReadOptions {
        expansion_max: ExpansionMax { ratio: 2, free_len: lines.len() as u64 },
        ..fields(&[])
    };
    let reading = read_bytes("a.jsonl.zst", &zst(&lines), &options);
    assert_eq!((reading.rows.len(), reading.errors.len()), (4000, 0));
}
