//! Tells what a file is, by its first bytes and with its name as a hint.

use std::path::Path;

use crate::SkipReason;
use crate::stream::Codec;
use crate::{mds, webdataset};

/// Bytes looked at.
pub(crate) const PREFIX_LEN: usize = 8 << 10;

/// What a file is to be read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Parquet,
    /// Arrow IPC, as a stream or as a file.
    Arrow,
    /// tar, as WebDataset writes it or any other.
    Tar,
    /// A MosaicML shard.
    Mds,
    /// JSON lines; if not `named` so, only if its lines say so too.
    Lines {
        named: bool,
    },
    /// One record.
    Text,
    Skip(SkipReason),
    /// The name promises what the content does not hold.
    NotAsNamed(&'static str),
}

/// The name of a file, as far as it says something.
#[derive(Debug)]
pub(crate) struct Name {
    /// Lower case, below `.gz` and the like; empty if there is none.
    extension: String,
    /// It ends in `.gz` or the like.
    pub(crate) compressed: bool,
}

impl Name {
    pub(crate) fn of(path: &Path) -> Self {
        let extension = |path: &Path| {
            path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase()
        };
        let last = extension(path);
        if matches!(last.as_str(), "tgz" | "tbz2" | "txz" | "tzst") {
            Self { extension: "tar".to_owned(), compressed: true }
        } else if COMPRESSED_EXTENSIONS.contains(&last.as_str()) {
            let below = path.file_stem().map(Path::new).map(extension).unwrap_or_default();
            Self { extension: below, compressed: true }
        } else {
            Self { extension: last, compressed: false }
        }
    }

    fn is_parquet(&self) -> bool {
        matches!(self.extension.as_str(), "parquet" | "parq" | "pq")
    }

    fn is_json_lines(&self) -> bool {
        matches!(self.extension.as_str(), "jsonl" | "ndjson" | "jsonlines")
    }

    fn is_tar(&self) -> bool {
        self.extension == "tar"
    }

    fn is_mds(&self) -> bool {
        self.extension == "mds"
    }

    fn is_source(&self) -> bool {
        SOURCE_EXTENSIONS.contains(&self.extension.as_str())
    }

    /// A file of this name holds data, so an empty one is a fault; an empty `__init__.py` is not.
    pub(crate) fn is_data(&self) -> bool {
        self.compressed
            || self.is_parquet()
            || self.is_json_lines()
            || self.is_tar()
            || self.is_mds()
            || matches!(self.extension.as_str(), "json" | "arrow" | "feather")
    }
}

const COMPRESSED_EXTENSIONS: [&str; 7] = ["gz", "gzip", "zst", "zstd", "bz2", "xz", "lz4"];

/// Always read as one text, even if each line is an object by itself.
const SOURCE_EXTENSIONS: [&str; 60] = [
    "adoc", "asm", "bat", "c", "cc", "cfg", "clj", "cpp", "cs", "css", "cu", "cxx", "dart", "diff",
    "el", "ex", "go", "gradle", "h", "hpp", "hs", "html", "htm", "ini", "ipynb", "java", "jl",
    "js", "jsx", "kt", "less", "lua", "m", "md", "ml", "patch", "php", "pl", "proto", "ps1", "py",
    "pyi", "r", "rb", "rs", "rst", "scala", "scss", "sh", "sql", "svelte", "svg", "swift", "tex",
    "toml", "ts", "tsx", "vue", "yaml", "yml",
];

/// `prefix` is decoded, and holds the first [`PREFIX_LEN`] bytes or the whole content.
pub(crate) fn recognise(name: &Name, codec: Codec, prefix: &[u8]) -> Kind {
    if prefix.starts_with(b"PAR1") {
        // Parquet is read from its end, which a compressed stream does not allow.
        return if codec == Codec::Plain {
            Kind::Parquet
        } else {
            Kind::Skip(SkipReason::Unsupported)
        };
    }
    if codec == Codec::Plain && name.is_parquet() {
        return Kind::NotAsNamed("it does not begin with `PAR1`, as Parquet does");
    }
    if is_arrow(prefix) {
        return Kind::Arrow;
    }
    if name.extension == "arrow" {
        return Kind::NotAsNamed("it does not begin like Arrow IPC of version 0.15 or later");
    }
    if mds::is_mds(prefix) {
        return Kind::Mds;
    }
    if name.is_mds() {
        return Kind::NotAsNamed("it does not begin like a MosaicML shard");
    }
    let is_text = is_text(prefix);
    // Few bytes may be text by chance; no compressed file is that short.
    if codec == Codec::Plain && name.compressed && (!is_text || prefix.len() < 4) {
        return Kind::NotAsNamed("it does not begin like a compressed file");
    }
    if webdataset::is_tar(prefix) {
        return Kind::Tar;
    }
    if name.is_tar() {
        return Kind::NotAsNamed("it does not begin like a tar file");
    }
    if !is_text && is_container(prefix) {
        return Kind::Skip(SkipReason::Unsupported);
    }
    if name.is_json_lines() {
        return Kind::Lines { named: true };
    }
    if !is_text {
        return Kind::Skip(SkipReason::Binary);
    }
    if name.is_source() { Kind::Text } else { Kind::Lines { named: false } }
}

/// No NUL, and at most three tenths of it controls or not UTF-8: Latin-1 passes, UTF-16 and machine code do not.
pub(crate) fn is_text(prefix: &[u8]) -> bool {
    if memchr::memchr(0, prefix).is_some() {
        return false;
    }
    // Nearly everything that comes here is UTF-8, and every member of an archive does.
    let odd_count = if std::str::from_utf8(prefix).is_ok() {
        controls(prefix)
    } else {
        let chunks = prefix.utf8_chunks();
        chunks.map(|chunk| chunk.invalid().len() + controls(chunk.valid().as_bytes())).sum()
    };
    10 * odd_count <= 3 * prefix.len()
}

/// Control characters that do not stand in texts: all but those of white space, backspace and escape.
///
/// Counted in bytes, nearly as many as fit one: the compiler makes vectors of that, and nothing is left over.
fn controls(bytes: &[u8]) -> usize {
    const CHUNK_LEN: usize = 240;
    let is_odd = |byte: u8| {
        let stands_in_texts =
            byte.wrapping_sub(0x08) < 3 || byte.wrapping_sub(0x0c) < 2 || byte == 0x1b;
        byte == 0x7f || byte < 0x20 && !stands_in_texts
    };
    let chunks = bytes.chunks(CHUNK_LEN);
    let counts = chunks.map(|chunk| chunk.iter().map(|&byte| u8::from(is_odd(byte))).sum::<u8>());
    counts.map(usize::from).sum()
}

/// A stream begins with the mark of a message, its length and that of a flat buffer's first offset; a file with its magic.
fn is_arrow(prefix: &[u8]) -> bool {
    const METADATA_LEN_MAX: u32 = 256 << 20;
    match prefix {
        [0xff, 0xff, 0xff, 0xff, l0, l1, l2, l3, ..] => {
            (8..METADATA_LEN_MAX).contains(&u32::from_le_bytes([*l0, *l1, *l2, *l3]))
        }
        _ => prefix.starts_with(b"ARROW1\0\0"),
    }
}

/// Containers that hold data and that are not read, by their magic.
pub(crate) fn is_container(prefix: &[u8]) -> bool {
    const MAGICS: [&[u8]; 16] = [
        b"PK\x03\x04",          // zip
        b"7z\xbc\xaf\x27\x1c",  // 7-Zip
        b"Rar!\x1a\x07",        // RAR
        b"\x89HDF\r\n\x1a\n",   // HDF5
        b"\x93NUMPY",           // NumPy
        b"SQLite format 3\x00", // SQLite
        b"Obj\x01",             // Avro
        b"ORC",                 // ORC
        b"MMIDIDX\x00\x00",     // Megatron index
        b"FEA1",                // Feather, version 1
        b"\x1f\x8b",            // gzip inside of a compressed file
        b"\x28\xb5\x2f\xfd",    // zstd inside of one
        b"\xfd7zXZ\x00",        // xz inside of one
        b"BZh",                 // bzip2 inside of one
        b"\x04\x22\x4d\x18",    // lz4 inside of one
        b"%PDF-",               // PDF
    ];
    MAGICS.iter().any(|magic| prefix.starts_with(magic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_may_have_three_tenths_of_bytes_that_stand_in_none() {
        for byte in 1..=u8::MAX {
            let is_odd = byte.is_ascii_control() && !b"\t\n\r\x08\x0c\x1b".contains(&byte);
            let is_odd = is_odd || !byte.is_ascii();
            // Longer than what is counted at once.
            for (odd, all, expected) in [(300, 1000, true), (301, 1000, !is_odd)] {
                let text = [vec![byte; odd], vec![b'a'; all - odd]].concat();
                assert_eq!(is_text(&text), expected, "{odd} of {byte:#x}");
            }
        }
        assert!(!is_text(b"a\0b"));
    }
}
