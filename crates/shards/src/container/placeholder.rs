//! Files that stand in the place of data: pointers to data that lies elsewhere, and pages that a server sent instead.
//!
//! They are text, so a scan of them would find nothing and be clean of data that nobody looked at. Each is an error with
//! the cure. A page of HTML or XML is an error only where the name promises something else.

use crate::codec::stream::Codec;
use crate::container::format::interface::{Container, Format, UnopenedShard};
use crate::container::format::recognise::FileName;
use crate::error::ShardError;
use crate::options::ReadOptions;

pub(crate) static FORMAT: Format =
    Format { name: "placeholder", about: None, extensions: &[], open };

fn open(shard: &UnopenedShard, _: &ReadOptions) -> Result<Option<Box<dyn Container>>, ShardError> {
    let head = shard.head()?;
    let is_compressed = !matches!(head.codec, Codec::Plain | Codec::Utf16(_) | Codec::Declared(_));
    let is_as_named = is_compressed || !shard.name.compressed;
    let page = || page_in_place_of_data(&head.prefix, &shard.name, is_as_named);
    match pointer(&head.prefix).or_else(page) {
        None => Ok(None),
        Some((what, cure)) => {
            Err(ShardError::Placeholder { path: shard.path.to_path_buf(), what, cure })
        }
    }
}

/// What a file that begins so is called and how its data is fetched, if it is a pointer of Git LFS, Xet or git-annex.
pub(crate) fn pointer(prefix: &[u8]) -> Option<(&'static str, &'static str)> {
    const POINTER_LEN_MAX: usize = 1024;
    const ANNEX_LEN_MAX: usize = 8 << 10;
    let text = without_mark(prefix);
    // Most files are told from a pointer by their first byte.
    if !matches!(text.first(), Some(b'v' | b'#' | b'/' | b'.')) {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let mut lines = text.lines();
    let first = lines.next()?;
    let has = |key: &str| text.lines().skip(1).any(|line| line.starts_with(key));
    if text.len() <= POINTER_LEN_MAX {
        let version = first.strip_prefix("version ").unwrap_or_default();
        let is_lfs = ["https://git-lfs.github.com/spec/", "https://hawser.github.com/spec/"]
            .iter()
            .any(|spec| version.starts_with(spec));
        if is_lfs && has("oid ") {
            return Some(("a Git LFS pointer", "fetch it with `git lfs pull`"));
        }
        if first.starts_with("# xet version") && has("filesize") {
            return Some(("a Xet pointer", "fetch it with `git xet checkout`"));
        }
    }
    // A link that was written as a file, where the file system knows none; or what annex itself writes. More lines of
    // the same kind may follow.
    let is_link = |line: &str| {
        let inside = line.trim_start_matches("../").trim_start_matches("./");
        line.starts_with("/annex/objects/") || inside.starts_with(".git/annex/objects/")
    };
    let is_more = |line: &str| line.is_empty() || line.starts_with("/annex/");
    (text.len() < ANNEX_LEN_MAX && is_link(first) && lines.all(is_more))
        .then_some(("a git-annex pointer", "fetch it with `git annex get`"))
}

/// The same for a page of HTML or XML that the name does not promise: what a server answers in place of data.
fn page_in_place_of_data(
    prefix: &[u8],
    name: &FileName,
    is_as_named: bool,
) -> Option<(&'static str, &'static str)> {
    /// No file of these begins like a page, whatever it holds.
    const DATA: [&str; 47] = [
        "7z",
        "arrow",
        "arrows",
        "avro",
        "bin",
        "bz2",
        "csv",
        "ds",
        "feather",
        "flac",
        "geojson",
        "gif",
        "gz",
        "h5",
        "hdf5",
        "idx",
        "ipc",
        "jpeg",
        "jpg",
        "json",
        "jsonl",
        "jsonlines",
        "mds",
        "mp3",
        "mp4",
        "ndjson",
        "npy",
        "npz",
        "orc",
        "parq",
        "parquet",
        "pdf",
        "pickle",
        "pkl",
        "png",
        "pq",
        "pt",
        "pth",
        "rar",
        "safetensors",
        "sqlite",
        "tar",
        "tsv",
        "wav",
        "webp",
        "xz",
        "zip",
    ];
    const CURE: &str = "see what it says, and fetch the data again";
    let text = without_mark(prefix).trim_ascii_start();
    if text.first() != Some(&b'<') {
        return None;
    }
    let head = text[..text.len().min(1 << 10)].to_ascii_lowercase();
    let begins = |word: &[u8]| head.starts_with(word);
    let has = |word: &[u8]| memchr::memmem::find(&head, word).is_some();
    let is_html = begins(b"<!doctype html") || begins(b"<html") || begins(b"<head");
    let is_xml = begins(b"<?xml") || begins(b"<!doctype") || begins(b"<error>");
    // What object stores answer.
    let is_error = is_xml && has(b"<error>") && has(b"<code>");
    let is_data = DATA.contains(&name.extension.as_str());
    let may_be_any_text = matches!(name.extension.as_str(), "" | "txt");
    let is_promised = !is_data && !(may_be_any_text && (is_error || !is_as_named));
    if is_promised {
        None
    } else if is_html {
        Some(("a page of HTML", CURE))
    } else {
        is_xml.then_some(("a page of XML", CURE))
    }
}

fn without_mark(prefix: &[u8]) -> &[u8] {
    prefix.strip_prefix(b"\xef\xbb\xbf").unwrap_or(prefix)
}
