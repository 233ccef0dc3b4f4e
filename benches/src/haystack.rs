//! Real text that any machine has which can build this program: the sources of its own dependencies, by `Cargo.lock`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde_json::Value;

use crate::codecs;
use crate::containers::{self, PackedHaystack, TIMES};

/// What is read of a package: text that people write.
const EXTENSIONS: [&str; 6] = ["rs", "c", "h", "md", "toml", "py"];
/// Longer files are tables.
const FILE_LEN_MAX: u64 = 400 << 10;
/// Packages that people wrote by hand, the larger ones: some 40 MB. Their versions are those of `Cargo.lock`.
const PACKAGES: [&str; 30] = [
    "aho-corasick",
    "arrow-array",
    "arrow-buffer",
    "arrow-cast",
    "arrow-data",
    "arrow-ord",
    "arrow-schema",
    "arrow-select",
    "blake3",
    "brotli",
    "brotli-decompressor",
    "clap_builder",
    "flate2",
    "hashbrown",
    "ignore",
    "indicatif",
    "jiff",
    "memchr",
    "parquet",
    "proptest",
    "rayon",
    "regex-automata",
    "regex-syntax",
    "rustix",
    "serde_json",
    "syn",
    "zerocopy",
    "zlib-rs",
    "zstd",
    "zstd-sys",
];
/// BLAKE3 of the lines. Other versions of a package are another haystack: then this changes too, in the same commit.
const PINNED: &str = "65048d9f28cad63455becfeea59ce46e24149318c06e8de857f911f5af8eb929";
/// The same records in several containers.
pub(crate) struct Haystack {
    pub(crate) json_lines: Vec<u8>,
    pub(crate) records: u64,
    pub(crate) text_len: u64,
    pub(crate) digest: String,
    pub(crate) zstd: PathBuf,
    pub(crate) gzip: PathBuf,
    pub(crate) parquet: PathBuf,
    pub(crate) others: Vec<PackedHaystack>,
    /// The lines in codecs of which few corpora are made.
    pub(crate) codecs: Vec<PackedHaystack>,
}

impl Haystack {
    /// Makes it below `directory`. The digest pins it: two machines with one `Cargo.lock` give one digest.
    pub(crate) fn make(directory: &Path) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        let texts = texts()?;
        let mut json_lines = vec![];
        for (id, text) in &texts {
            serde_json::to_writer(&mut json_lines, &serde_json::json!({"id": id, "text": text}))?;
            json_lines.push(b'\n');
        }
        let digest = blake3::hash(&json_lines).to_hex().to_string();
        if digest != PINNED {
            return Err(io::Error::other(format!(
                "the sources of the dependencies are other ones than the pinned: {digest} for {PINNED}"
            )));
        }
        let path = |name: &str| directory.join(name);
        let haystack = Self {
            records: texts.len() as u64,
            text_len: texts.iter().map(|(_, text)| text.len() as u64).sum(),
            digest,
            zstd: path("haystack.jsonl.zst"),
            gzip: path("haystack.jsonl.gz"),
            parquet: path("haystack.parquet"),
            others: containers::write(directory, &texts)?,
            codecs: codecs::write(directory, &json_lines)?,
            json_lines,
        };
        let mut zstd = zstd::Encoder::new(File::create(&haystack.zstd)?, 3)?;
        let gzip = File::create(&haystack.gzip)?;
        let mut gzip = flate2::write::GzEncoder::new(gzip, flate2::Compression::new(6));
        for _ in 0..TIMES {
            zstd.write_all(&haystack.json_lines)?;
            gzip.write_all(&haystack.json_lines)?;
        }
        zstd.finish()?;
        gzip.finish()?;
        write_parquet(&haystack.parquet, &texts)?;
        Ok(haystack)
    }

    /// Writes the lines as many small shards into `directory`, [`TIMES`] times like all shards: what a scan does once must not
    /// count for much.
    pub(crate) fn write_parts(&self, directory: &Path) -> io::Result<()> {
        const PARTS: usize = 24;
        // Whatever else lies there would be scanned, too.
        if directory.exists() {
            fs::remove_dir_all(directory)?;
        }
        fs::create_dir_all(directory)?;
        let mut rest = self.json_lines.as_slice();
        for part in 0..PARTS {
            let share = (rest.len() / (PARTS - part)).saturating_sub(1);
            let newline = rest[share..].iter().position(|&byte| byte == b'\n');
            let len = newline.map_or(rest.len(), |at| share + at + 1);
            let compressed = zstd::encode_all(&rest[..len], 3)?;
            for copy in 0..TIMES {
                fs::write(directory.join(format!("part-{part:02}-{copy}.jsonl.zst")), &compressed)?;
            }
            rest = &rest[len..];
        }
        Ok(())
    }
}

fn write_parquet(path: &Path, texts: &[(String, String)]) -> io::Result<()> {
    const GROUP_ROWS: usize = 2000;
    let level = ZstdLevel::try_new(3).map_err(io::Error::other)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .build();
    let ids = StringArray::from_iter_values(texts.iter().map(|(id, _)| id));
    let contents = StringArray::from_iter_values(texts.iter().map(|(_, text)| text));
    let batch =
        RecordBatch::try_from_iter([("id", Arc::new(ids) as _), ("text", Arc::new(contents) as _)])
            .map_err(io::Error::other)?;
    let mut writer = ArrowWriter::try_new(File::create(path)?, batch.schema(), Some(properties))
        .map_err(io::Error::other)?;
    // A row group is shorter than the haystack, so that no dictionary meets a text twice.
    for _ in 0..TIMES {
        writer.write(&batch).map_err(io::Error::other)?;
    }
    writer.close().map_err(io::Error::other)?;
    Ok(())
}

/// Names and contents, in the order of the names.
fn texts() -> io::Result<Vec<(String, String)>> {
    let output =
        Command::new("cargo").args(["metadata", "--format-version=1", "--locked"]).output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr)));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let mut packages: Vec<(String, PathBuf)> = vec![];
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        if let Some(manifest) = package["manifest_path"].as_str()
            && package["source"].is_string()
            && PACKAGES.contains(&name)
            && let Some(directory) = Path::new(manifest).parent()
        {
            let version = package["version"].as_str().unwrap_or_default();
            packages.push((format!("{name}-{version}"), directory.to_path_buf()));
        }
    }
    packages.sort();
    let mut texts = vec![];
    for (package, directory) in packages {
        let mut files = vec![];
        gather(&directory, &mut files)?;
        files.sort();
        for path in files {
            // What is not UTF-8 cannot be a string of JSON.
            if let Ok(text) = fs::read_to_string(&path) {
                let below = path.strip_prefix(&directory).unwrap_or(&path);
                texts.push((format!("{package}/{}", below.display()), text));
            }
        }
    }
    Ok(texts)
}

fn gather(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let (path, metadata) = (entry.path(), entry.metadata()?);
        let extension = path.extension().and_then(|extension| extension.to_str());
        if metadata.is_dir() {
            gather(&path, files)?;
        } else if extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
            && metadata.len() <= FILE_LEN_MAX
        {
            files.push(path);
        }
    }
    Ok(())
}
