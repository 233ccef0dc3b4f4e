//! What the name and the first bytes of a file say, whatever its format.

use std::path::Path;

use crate::record::SkipReason;

/// Bytes looked at.
pub(crate) const PREFIX_LEN: usize = 8 << 10;

/// The name of a file, as far as it says something.
#[derive(Debug)]
pub(crate) struct FileName {
    /// Lower case, below `.gz` and the like; empty if there is none.
    pub(crate) extension: String,
    /// It ends in `.gz` or the like.
    pub(crate) compressed: bool,
}

impl FileName {
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

    pub(crate) fn is_json_lines(&self) -> bool {
        matches!(self.extension.as_str(), "jsonl" | "ndjson" | "jsonlines")
    }

    /// Such a file is read as one text, even if each line is an object by itself.
    pub(crate) fn is_source(&self) -> bool {
        SOURCE_EXTENSIONS.contains(&self.extension.as_str())
    }
}

const COMPRESSED_EXTENSIONS: [&str; 7] = ["gz", "gzip", "zst", "zstd", "bz2", "xz", "lz4"];

const SOURCE_EXTENSIONS: [&str; 60] = [
    "adoc", "asm", "bat", "c", "cc", "cfg", "clj", "cpp", "cs", "css", "cu", "cxx", "dart", "diff",
    "el", "ex", "go", "gradle", "h", "hpp", "hs", "html", "htm", "ini", "ipynb", "java", "jl",
    "js", "jsx", "kt", "less", "lua", "m", "md", "ml", "patch", "php", "pl", "proto", "ps1", "py",
    "pyi", "r", "rb", "rs", "rst", "scala", "scss", "sh", "sql", "svelte", "svg", "swift", "tex",
    "toml", "ts", "tsx", "vue", "yaml", "yml",
];

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

/// Whether a text that begins like one has stretches that are none, such as an archive behind a script that unpacks it.
///
/// Samples over the whole length are looked at. Text in another encoding is no UTF-8 either, but has no controls.
pub(crate) fn has_binary_part(text: &[u8]) -> bool {
    const SAMPLES_MAX: usize = 16;
    let Some(last) = text.len().checked_sub(PREFIX_LEN).filter(|&last| last > 0) else {
        // The caller has looked at so short a text.
        return false;
    };
    let count = last.div_ceil(PREFIX_LEN).min(SAMPLES_MAX);
    (1..=count).any(|number| {
        let start = (last as u64 * number as u64 / count as u64) as usize;
        let sample = &text[start..start + PREFIX_LEN];
        is_binary(sample)
    })
}

/// Whether so much of it is no UTF-8, with controls among it, that it is no text in another encoding either.
pub(crate) fn is_binary(sample: &[u8]) -> bool {
    let mut controls_count = 0;
    let mut invalid_count = 0;
    for chunk in sample.utf8_chunks() {
        controls_count += controls(chunk.valid().as_bytes());
        invalid_count += chunk.invalid().len();
    }
    10 * (controls_count + invalid_count) > 3 * sample.len() && 30 * controls_count > sample.len()
}

/// What a value is whose type does not say that it is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    /// It can be scanned.
    Text,
    /// It is known to hold no text.
    NotText,
    /// It is not read, and may hold text.
    Unread(SkipReason),
}

/// What a schema says of the bytes of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Declared {
    /// They are text.
    Text,
    /// Nothing.
    Bytes,
    /// All values have one length: digests and vectors of numbers, if they are no text.
    BytesOfOneLen,
}

impl Declared {
    /// What a value of the column is.
    pub(crate) fn kind_of(self, value: &[u8]) -> ValueKind {
        match self {
            Self::Text => ValueKind::Text,
            Self::Bytes => kind_of_value(value),
            Self::BytesOfOneLen => match kind_of_value(value) {
                ValueKind::Unread(_) => ValueKind::NotText,
                kind => kind,
            },
        }
    }
}

/// Tells by the first bytes of a value what it is.
pub(crate) fn kind_of_value(value: &[u8]) -> ValueKind {
    /// Enough to tell, and little beside the decoding of a value.
    const SAMPLE_LEN: usize = 256;
    let sample = &value[..value.len().min(SAMPLE_LEN)];
    if !is_binary(sample) && !is_container(sample, true) {
        ValueKind::Text
    } else if is_media(sample) {
        ValueKind::NotText
    } else if is_container(sample, false) {
        ValueKind::Unread(SkipReason::Unsupported)
    } else {
        ValueKind::Unread(SkipReason::Binary)
    }
}

/// What is left of a row when its values that are no text are taken out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Untold {
    /// The gravest reason for which a value was not read.
    pub(crate) unread: Option<SkipReason>,
    /// Bytes of values that are known to hold no text.
    pub(crate) bytes_not_text: u64,
}

impl Untold {
    /// Counts a value that is no text. Whether it is one.
    pub(crate) fn is_text(&mut self, kind: ValueKind, len: usize) -> bool {
        match kind {
            ValueKind::Text => return true,
            ValueKind::NotText => self.bytes_not_text += len as u64,
            // The reasons ascend by how grave they are.
            ValueKind::Unread(reason) => self.unread = self.unread.max(Some(reason)),
        }
        false
    }
}

/// Images, sound, films and arrays of numbers, by their magic: there is no text in them that a model would be trained on.
pub(crate) fn is_media(prefix: &[u8]) -> bool {
    const MAGICS: [&[u8]; 17] = [
        b"\xff\xd8\xff",             // JPEG
        b"\x89PNG\r\n\x1a\n",        // PNG
        b"GIF87a",                   // GIF
        b"GIF89a",                   // GIF
        b"II*\0",                    // TIFF
        b"MM\0*",                    // TIFF
        b"\0\0\x01\0",               // icons
        b"\0\0\0\x0cjP  \r\n\x87\n", // JPEG 2000
        b"\0\0\0\x0cJXL \r\n\x87\n", // JPEG XL
        b"\xff\x0a",                 // JPEG XL, the bare stream
        b"ID3",                      // MP3
        b"\xff\xfb",                 // MP3 without a tag
        b"\xff\xf3",                 // MP3 without a tag
        b"fLaC",                     // FLAC
        b"OggS",                     // Ogg
        b"\x1aE\xdf\xa3",            // Matroska and WebM
        b"\0\0\x01\xba",             // MPEG
    ];
    // Behind a length: WebP, WAVE and AVI; MP4, QuickTime, HEIC and AVIF.
    let is_riff = prefix.starts_with(b"RIFF")
        && matches!(prefix.get(8..12), Some(b"WEBP" | b"WAVE" | b"AVI "));
    let is_mp4 = prefix.get(4..8) == Some(b"ftyp");
    let is_bitmap = prefix.starts_with(b"BM") && prefix.get(6..10) == Some(&[0; 4]);
    is_riff
        || is_mp4
        || is_bitmap
        || is_numbers(prefix)
        || MAGICS.iter().any(|magic| prefix.starts_with(magic))
}

/// An array of numbers in the format of `NumPy`, and not of strings or of pickled objects.
fn is_numbers(prefix: &[u8]) -> bool {
    const KIND: &[u8] = b"'descr': '";
    let is_array = prefix.starts_with(b"\x93NUMPY");
    let at = memchr::memmem::find(prefix, KIND).map(|at| at + KIND.len());
    let kind = at.and_then(|at| prefix.get(at..at + 2));
    is_array && matches!(kind, Some([b'<' | b'>' | b'|' | b'=', b'b' | b'i' | b'u' | b'f' | b'c']))
}

/// Containers that hold data and that are not read, by their magic. Of a text only a magic counts that no text begins with.
pub(crate) fn is_container(prefix: &[u8], is_text: bool) -> bool {
    const PDF: &[u8] = b"%PDF-";
    const MAGICS: [&[u8]; 19] = [
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
        b"PAR1",                // Parquet inside of another container
        b"PARE",                // the same, encrypted
        b"ARROW1\0\0",          // Arrow inside of another container
        PDF,
    ];
    let is_plain = |magic: &[u8]| magic != PDF && magic.iter().all(u8::is_ascii_graphic);
    let mut magics = MAGICS.iter().filter(|magic| !is_text || !is_plain(magic));
    magics.any(|magic| prefix.starts_with(magic))
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
