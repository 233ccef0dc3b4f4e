//! The haystack in the containers of training frameworks: Arrow, MosaicML shards, tar.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array as _, RecordBatch, StringArray};
use arrow::ipc::CompressionType;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::{IpcWriteOptions, StreamWriter};

/// How often each container holds it: enough that a run takes a few tenths of a second, and what is done once a
/// shard does not count. No compressor looks back so far.
pub(crate) const TIMES: u64 = 8;

/// The whole haystack in a container, one time or more.
pub(crate) struct PackedHaystack {
    pub(crate) name: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) times: u64,
    /// What `decode` counts in it.
    pub(crate) len: u64,
}

/// Writes all of them into `directory`.
pub(crate) fn write(
    directory: &Path,
    texts: &[(String, String)],
) -> io::Result<Vec<PackedHaystack>> {
    Ok(vec![
        write_arrow(directory.join("haystack.arrow"), texts)?,
        write_mds(directory.join("haystack.mds.zst"), texts)?,
        write_tar(directory.join("haystack.tar.gz"), texts)?,
    ])
}

/// A stream as Hugging Face `datasets` writes it, 1,000 rows a batch, but with packed buffers.
fn write_arrow(path: PathBuf, texts: &[(String, String)]) -> io::Result<PackedHaystack> {
    const BATCH_ROWS: usize = 1000;
    let options = IpcWriteOptions::default()
        .try_with_compression(Some(CompressionType::ZSTD))
        .map_err(io::Error::other)?;
    let batch = |texts: &[(String, String)]| {
        let ids = StringArray::from_iter_values(texts.iter().map(|(id, _)| id));
        let contents = StringArray::from_iter_values(texts.iter().map(|(_, text)| text));
        RecordBatch::try_from_iter([("id", Arc::new(ids) as _), ("text", Arc::new(contents) as _)])
    };
    let schema = batch(&[]).map_err(io::Error::other)?.schema();
    let mut writer = StreamWriter::try_new_with_options(File::create(&path)?, &schema, options)
        .map_err(io::Error::other)?;
    for _ in 0..TIMES {
        for texts in texts.chunks(BATCH_ROWS) {
            let batch = batch(texts).map_err(io::Error::other)?;
            writer.write(&batch).map_err(io::Error::other)?;
        }
    }
    writer.finish().map_err(io::Error::other)?;
    let len = texts.iter().map(|(_, text)| text.len() as u64).sum::<u64>() * TIMES;
    Ok(PackedHaystack { name: "Arrow, zstd", path, times: TIMES, len })
}

/// The text column of all batches; the bytes in it.
pub(crate) fn decode_arrow(path: &Path) -> io::Result<u64> {
    let file = BufReader::with_capacity(256 << 10, File::open(path)?);
    let reader = StreamReader::try_new(file, Some(vec![0, 1])).map_err(io::Error::other)?;
    let mut len = 0;
    for batch in reader {
        let batch = batch.map_err(io::Error::other)?;
        let texts = batch.column(1).as_any().downcast_ref::<StringArray>();
        let texts = texts.ok_or_else(|| io::Error::other("the text is no string"))?;
        len += texts.value_data().len() as u64;
        assert_eq!(texts.null_count(), 0);
    }
    Ok(len)
}

/// As `streaming` writes it: the number of samples, their offsets, the columns, the samples.
fn write_mds(path: PathBuf, texts: &[(String, String)]) -> io::Result<PackedHaystack> {
    let config = serde_json::json!({
        "column_encodings": ["str", "str"], "column_names": ["id", "text"], "column_sizes": [null, null],
        "compression": "zstd", "format": "mds", "hashes": [], "size_limit": null, "version": 2,
    })
    .to_string();
    let samples = || (0..TIMES).flat_map(|_| texts);
    let sample_len = |(id, text): &(String, String)| (8 + id.len() + text.len()) as u32;
    let count = samples().count() as u32;
    let mut offset = 4 * (count + 2) + config.len() as u32;
    let mut writer = zstd::Encoder::new(File::create(&path)?, 3)?;
    writer.write_all(&count.to_le_bytes())?;
    writer.write_all(&offset.to_le_bytes())?;
    for sample in samples() {
        offset += sample_len(sample);
        writer.write_all(&offset.to_le_bytes())?;
    }
    writer.write_all(config.as_bytes())?;
    for (id, text) in samples() {
        writer.write_all(&(id.len() as u32).to_le_bytes())?;
        writer.write_all(&(text.len() as u32).to_le_bytes())?;
        writer.write_all(id.as_bytes())?;
        writer.write_all(text.as_bytes())?;
    }
    writer.finish()?;
    Ok(PackedHaystack { name: "MDS.zst", path, times: TIMES, len: offset.into() })
}

/// As WebDataset writes it: one member a sample, named by a number.
fn write_tar(path: PathBuf, texts: &[(String, String)]) -> io::Result<PackedHaystack> {
    let gzip = flate2::write::GzEncoder::new(File::create(&path)?, flate2::Compression::new(6));
    let mut builder = tar::Builder::new(gzip);
    for (number, (_, text)) in (0..TIMES).flat_map(|_| texts).enumerate() {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, format!("{number:08}.txt"), text.as_bytes())?;
    }
    builder.into_inner()?.finish()?;
    let mut decoder = flate2::bufread::MultiGzDecoder::new(BufReader::new(File::open(&path)?));
    let len = io::copy(&mut decoder.by_ref(), &mut io::sink())?;
    Ok(PackedHaystack { name: "tar.gz", path, times: TIMES, len })
}
