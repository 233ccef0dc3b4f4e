//! Shards on a web server, of which ranges are asked. Needs the feature `remote`.
#![cfg(feature = "remote")]
#![expect(clippy::unwrap_used, reason = "a failed test is what it is for")]

mod changed;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use seepage_shards::{FieldPath, Ignored, ReadOptions, Row, ShardError, find_shards, open_shard};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/shards")
}

/// A web server on the loopback. Below `/ok` it gives the fixtures, below `/cut` it breaks off its first answers in the
/// middle, below `/gone` it does so always; `/forbidden` is forbidden.
struct Server {
    root: String,
    served: Arc<AtomicU64>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let served = Arc::new(AtomicU64::new(0));
        let cuts_left = Arc::new(AtomicUsize::new(2));
        let counted = Arc::clone(&served);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (counted, cuts_left) = (Arc::clone(&counted), Arc::clone(&cuts_left));
                std::thread::spawn(move || while answer(&stream, &counted, &cuts_left) {});
            }
        });
        Self { root, served }
    }

    fn url(&self, path: &str) -> PathBuf {
        PathBuf::from(format!("{}/{path}", self.root))
    }
}

/// Answers one request; false where the connection is at its end.
fn answer(mut stream: &TcpStream, served: &AtomicU64, cuts_left: &AtomicUsize) -> bool {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(request) = lines.next() else {
        return false;
    };
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let mut words = request.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let (place, name) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
    if place == "forbidden" {
        return write!(stream, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").is_ok();
    }
    let Ok(content) = std::fs::read(fixtures().join(name)) else {
        return write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").is_ok();
    };
    let range = headers.iter().find_map(|header| {
        let (key, value) = header.split_once(": bytes=")?;
        let (start, end) = value.split_once('-')?;
        key.eq_ignore_ascii_case("range").then(|| {
            let end = end.parse::<usize>().map_or(content.len(), |end| end + 1);
            start.parse::<usize>().unwrap()..end.min(content.len())
        })
    });
    let len = content.len();
    let (status, body) = match range.clone() {
        Some(range) => ("206 Partial Content", &content[range]),
        None => ("200 OK", &content[..]),
    };
    let mut head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nETag: \"1\"\r\nLast-Modified: Tue, 01 Sep 2026 00:00:00 GMT\r\n",
        body.len()
    );
    if let Some(range) = range {
        let range = format!("{}-{}", range.start, range.end - 1);
        head.push_str("Content-Range: bytes ");
        head.push_str(&range);
        head.push('/');
        head.push_str(&len.to_string());
        head.push_str("\r\n");
    }
    let body = if method == "HEAD" { &[] } else { body };
    served.fetch_add(body.len() as u64, Ordering::Relaxed);
    let one_less = |left: usize| left.checked_sub(1);
    let is_cut = method == "GET"
        && match place {
            "cut" => cuts_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok(),
            place => place == "gone",
        };
    if is_cut {
        let _ = write!(stream, "{head}\r\n");
        let _ = stream.write_all(&body[..body.len() / 2]);
        let _ = stream.shutdown(std::net::Shutdown::Both);
        return false;
    }
    write!(stream, "{head}\r\n").is_ok() && stream.write_all(body).is_ok()
}

/// The texts of a shard, and the error that ended it.
fn read(path: &Path, options: &ReadOptions) -> Result<Vec<String>, ShardError> {
    let mut texts = vec![];
    let mut shard = open_shard(path, options)?;
    while let Some(block) = shard.next_block()? {
        block.read_rows(&mut |row| {
            let Row::Record(record) = row else { panic!("{row:?}") };
            texts.extend(
                record.texts.iter().map(|text| String::from_utf8_lossy(&text.text).into_owned()),
            );
        })?;
    }
    Ok(texts)
}

#[test]
fn every_format_is_read_from_elsewhere_as_from_here() {
    let server = Server::start();
    for name in [
        "jsonl/plain.jsonl",
        "jsonl/two-parts.jsonl.xz",
        "parquet/plain.parquet",
        "arrow/lz4.arrow",
        "webdataset/shard-000001.tar.gz",
        "mds/shard.00000.mds",
        "source/lib/gauge_ring.rs",
    ] {
        let options = ReadOptions::default();
        let expected = read(&fixtures().join(name), &options).unwrap();
        for place in ["ok", "cut"] {
            let url = server.url(&format!("{place}/{name}"));
            assert_eq!(read(&url, &options).unwrap(), expected, "{place} {name}");
        }
    }
}

#[test]
fn an_address_is_found_under_its_own_name() {
    let server = Server::start();
    let url = server.url("ok/jsonl/plain.jsonl");
    let found = find_shards(std::slice::from_ref(&url), Ignored::Found);
    let [Ok(found)] = &found[..] else { panic!("{found:?}") };
    assert_eq!((&found.path, found.name.as_str(), found.len), (&url, url.to_str().unwrap(), 6118));
}

#[test]
fn of_parquet_only_the_columns_that_are_read_are_fetched() {
    let server = Server::start();
    // The schema of Arrow is the larger part of this small file; its texts are dictionaries.
    let url = server.url("ok/corpora/fineweb.parquet");
    let whole = fixtures().join("corpora/fineweb.parquet").metadata().unwrap().len();
    let fetched = |fields: &[&str]| {
        let before = server.served.load(Ordering::Relaxed);
        let text_fields = fields.iter().map(|field| FieldPath::parse(field).unwrap()).collect();
        let options = ReadOptions { text_fields, ..ReadOptions::default() };
        assert_eq!(read(&url, &options).unwrap().len(), 3 * fields.len());
        server.served.load(Ordering::Relaxed) - before
    };
    let (text, dump) = (fetched(&["text"]), fetched(&["dump"]));
    assert!(text > dump + 2000, "{text} {dump}");
    let _ = whole;
}

#[test]
fn permission_absence_and_a_broken_connection_are_told_apart() {
    let server = Server::start();
    for (path, said) in
        [("forbidden/a.jsonl", "no permission to read"), ("ok/no-such.jsonl", "there is no")]
    {
        let url = server.url(path);
        let error = open_shard(&url, &ReadOptions::default()).unwrap_err();
        assert!(error.to_string().starts_with(said), "{error}");
        assert!(
            matches!(&find_shards(&[url], Ignored::Found)[..], [Err(found)] if found.to_string() == error.to_string())
        );
    }
    let url = server.url("gone/jsonl/plain.jsonl");
    let error = open_shard(&url, &ReadOptions::default()).unwrap_err();
    assert!(matches!(error, ShardError::Io { .. }), "{error}");
}
