//! Writes those fixtures that nobody can write by hand: the compressed and the Parquet twins of
//! `fixtures/shards/jsonl/plain.jsonl`, and their cut twins in `fixtures/shards-damaged`.
//!
//! Run from the root of the workspace: `cargo run -p seepage-shards --example write_fixtures`. The same input gives the
//! same bytes, as long as the versions of the crates that compress stay.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

fn main() -> Result<(), Box<dyn Error>> {
    let good = Path::new("fixtures/shards");
    let damaged = Path::new("fixtures/shards-damaged");
    let plain = fs::read_to_string(good.join("jsonl/plain.jsonl"))?;
    let lines: Vec<&str> = plain.lines().collect();
    // Cut inside a line: a reader of one member only would lose records and see a broken one.
    let (first, second) = plain.as_bytes().split_at(plain.len() / 2);

    let gz = [gzip(first)?, gzip(second)?].concat();
    let zst = [zst(first)?, zst(second)?].concat();
    let parquet = parquet(&lines)?;
    fs::write(good.join("jsonl/two-members.jsonl.gz"), &gz)?;
    fs::write(good.join("jsonl/two-frames.jsonl.zst"), &zst)?;
    fs::write(good.join("parquet/plain.parquet"), &parquet)?;
    fs::write(damaged.join("cut.jsonl.gz"), &gz[..gz.len() - 40])?;
    fs::write(damaged.join("cut.jsonl.zst"), &zst[..zst.len() - 40])?;
    fs::write(damaged.join("cut.parquet"), &parquet[..parquet.len() - 40])?;
    Ok(())
}

fn gzip(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::default());
    encoder.write_all(content)?;
    encoder.finish()
}

fn zst(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = zstd::Encoder::new(vec![], 3)?;
    encoder.include_checksum(true)?;
    encoder.write_all(content)?;
    encoder.finish()
}

/// Two row groups, so that the second begins with a row that is not 0.
fn parquet(lines: &[&str]) -> Result<Vec<u8>, Box<dyn Error>> {
    let schema = "message record { required binary id (string); optional binary text (string); }";
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = SerializedFileWriter::new(
        vec![],
        Arc::new(parse_message_type(schema)?),
        Arc::new(properties),
    )?;
    for lines in lines.chunks(lines.len().div_ceil(2)) {
        let records: Vec<serde_json::Value> =
            lines.iter().map(|line| serde_json::from_str(line)).collect::<Result<_, _>>()?;
        let mut group = writer.next_row_group()?;
        for key in ["id", "text"] {
            let values: Vec<ByteArray> = records
                .iter()
                .filter_map(|record| record[key].as_str())
                .map(ByteArray::from)
                .collect();
            let mut column = group.next_column()?.ok_or("the schema has two columns")?;
            column.typed::<ByteArrayType>().write_batch(
                &values,
                Some(&vec![1; values.len()]),
                None,
            )?;
            column.close()?;
        }
        group.close()?;
    }
    Ok(writer.into_inner()?)
}
