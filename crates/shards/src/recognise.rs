//! Tells what a file is, by its first bytes and with its name as a hint.

use std::path::Path;

use crate::SkipReason;
use crate::stream::Codec;

/// Bytes looked at.
pub(crate) const PREFIX_LEN: usize = 8 << 10;

/// What a file is to be read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Parquet,
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
    /// Lower case, below `.gz` or `.zst`; empty if there is none.
    extension: String,
    /// It ends in `.gz` or `.zst`.
    pub(crate) compressed: bool,
}

impl Name {
    pub(crate) fn of(path: &Path) -> Self {
        let extension = |path: &Path| {
            path.extension()
                .unwrap_or_default()
                .to_string_lossy()
                .to_ascii_lowercase()
        };
        let last = extension(path);
        if matches!(last.as_str(), "gz" | "gzip" | "zst" | "zstd") {
            let below = path
                .file_stem()
                .map(Path::new)
                .map(extension)
                .unwrap_or_default();
            Self {
                extension: below,
                compressed: true,
            }
        } else {
            Self {
                extension: last,
                compressed: false,
            }
        }
    }

    fn is_parquet(&self) -> bool {
        matches!(self.extension.as_str(), "parquet" | "parq" | "pq")
    }

    fn is_json_lines(&self) -> bool {
        matches!(self.extension.as_str(), "jsonl" | "ndjson" | "jsonlines")
    }

    fn is_source(&self) -> bool {
        SOURCE_EXTENSIONS.contains(&self.extension.as_str())
    }

    /// A file of this name holds data, so an empty one is a fault; an empty `__init__.py` is not.
    pub(crate) fn is_data(&self) -> bool {
        self.compressed || self.is_parquet() || self.is_json_lines() || self.extension == "json"
    }
}

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
    let is_text = is_text(prefix);
    // Few bytes may be text by chance; no compressed file is that short.
    if codec == Codec::Plain && name.compressed && (!is_text || prefix.len() < 4) {
        return Kind::NotAsNamed("it does not begin like a gzip or zstd file");
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
    if name.is_source() {
        Kind::Text
    } else {
        Kind::Lines { named: false }
    }
}

/// No NUL, and at most three tenths of it controls or not UTF-8: Latin-1 passes, UTF-16 and machine code do not.
fn is_text(prefix: &[u8]) -> bool {
    if memchr::memchr(0, prefix).is_some() {
        return false;
    }
    let mut odd_count = 0;
    for chunk in prefix.utf8_chunks() {
        odd_count += chunk.invalid().len();
        odd_count += chunk
            .valid()
            .bytes()
            .filter(|&byte| {
                (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x08 | 0x0c | 0x1b))
                    || byte == 0x7f
            })
            .count();
    }
    10 * odd_count <= 3 * prefix.len()
}

/// Containers that hold data and that are not read, by their magic.
fn is_container(prefix: &[u8]) -> bool {
    /// Where the header of a tar member says `ustar`.
    const TAR_MAGIC_OFFSET: usize = 257;
    const MAGICS: [&[u8]; 17] = [
        b"ARROW1",              // Arrow IPC file, Feather
        b"\xff\xff\xff\xff",    // Arrow IPC stream, as Hugging Face `datasets` writes it
        b"PK\x03\x04",          // zip
        b"\xfd7zXZ\x00",        // xz
        b"BZh",                 // bzip2
        b"\x04\x22\x4d\x18",    // lz4
        b"7z\xbc\xaf\x27\x1c",  // 7-Zip
        b"Rar!\x1a\x07",        // RAR
        b"\x89HDF\r\n\x1a\n",   // HDF5
        b"\x93NUMPY",           // NumPy
        b"SQLite format 3\x00", // SQLite
        b"Obj\x01",             // Avro
        b"ORC",                 // ORC
        b"MMIDIDX\x00\x00",     // Megatron index
        b"\x1f\x8b",            // gzip inside of gzip or zstd
        b"\x28\xb5\x2f\xfd",    // zstd inside of gzip or zstd
        b"%PDF-",               // PDF
    ];
    MAGICS.iter().any(|magic| prefix.starts_with(magic))
        || prefix
            .get(TAR_MAGIC_OFFSET..)
            .is_some_and(|rest| rest.starts_with(b"ustar"))
}
