//! Objects that change while they are read, and answers that are not what was asked for: never a mixture, never more in
//! memory than the range.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use flate2::Compression;
use flate2::read::GzEncoder;
use seepage_shards::{ReadOptions, ShardError, open_shard, read_range};

use crate::{fixtures, read};

const EARLY: &str = "Tue, 01 Sep 2026 00:00:00 GMT";
const LATE: &str = "Tue, 01 Sep 2026 00:00:01 GMT";
/// Of a body without end, what is sent where nobody hangs up.
const ENDLESS_LEN: usize = 256 << 20;

/// What a server has under a name.
#[derive(Clone)]
struct Object {
    content: Vec<u8>,
    etag: Option<&'static str>,
    modified: &'static str,
}

/// What is odd about the answers to ranges that do not begin at the start.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Oddity {
    None,
    /// The answer says what it holds, and holds more, without end.
    Endless,
    /// It says how long it is and that this is another length than that of the range.
    Long,
    /// A chunked body, which ends early.
    Short,
    /// Another range.
    Other,
    /// All of it, with status 200.
    Whole,
    /// The first one breaks off after this many bytes. They are still of the object that was there before.
    Cut(usize),
}

/// A server of an object that is another one from the first range on that does not begin at its start.
struct Site {
    /// Not so: the test says when, and what is asked without a range does not show it.
    is_told: bool,
    before: Object,
    after: Object,
    oddity: Oddity,
    /// Answers 412 where another object is demanded than there is. Most web servers that make up their answers do not.
    heeds_conditions: bool,
    is_changed: AtomicBool,
    ranges_later: AtomicUsize,
    served: AtomicUsize,
}

impl Site {
    fn new(content: &[u8]) -> Self {
        let object = Object { content: content.to_vec(), etag: Some("\"1\""), modified: EARLY };
        Self {
            before: object.clone(),
            after: object,
            is_told: false,
            oddity: Oddity::None,
            heeds_conditions: false,
            is_changed: AtomicBool::new(false),
            ranges_later: AtomicUsize::new(0),
            served: AtomicUsize::new(0),
        }
    }

    /// Serves it under every name; gives the address.
    fn start(self, name: &str) -> (PathBuf, Arc<Self>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = PathBuf::from(format!("http://{}/{name}", listener.local_addr().unwrap()));
        let site = Arc::new(self);
        let served = Arc::clone(&site);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let site = Arc::clone(&served);
                std::thread::spawn(move || while site.answer(&stream).is_some() {});
            }
        });
        (url, site)
    }

    /// Answers one request; `None` where the connection is at its end.
    fn answer(&self, stream: &TcpStream) -> Option<()> {
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        let request = lines.next()?;
        let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        let header = |name: &str| {
            let mut pairs = headers.iter().filter_map(|header| header.split_once(": "));
            Some(pairs.find(|(key, _)| key.eq_ignore_ascii_case(name))?.1)
        };
        let range = header("range").map(|range| {
            let (start, last) = range["bytes=".len()..].split_once('-').unwrap();
            start.parse::<usize>().unwrap()..last.parse::<usize>().unwrap() + 1
        });
        let is_later = range.as_ref().is_some_and(|range| range.start > 0);
        let is_first = is_later && self.ranges_later.fetch_add(1, Ordering::Relaxed) == 0;
        let oddity = match self.oddity {
            Oddity::Cut(_) if !is_first => Oddity::None,
            _ if !is_later => Oddity::None,
            oddity => oddity,
        };
        if is_later && !matches!(oddity, Oddity::Cut(_)) && !self.is_told {
            self.is_changed.store(true, Ordering::Relaxed);
        }
        let shows = !self.is_told || range.is_some();
        let is_changed = shows && self.is_changed.load(Ordering::Relaxed);
        let object = if is_changed { &self.after } else { &self.before };
        // A weak one matches nothing.
        let is_met = |wanted: &str| Some(wanted) == object.etag && !wanted.starts_with("W/");
        if self.heeds_conditions && !header("if-match").is_none_or(is_met) {
            return self.send(stream, &head("412 Precondition Failed", 0, ""), b"");
        }
        let len = object.content.len();
        match range {
            None => {
                let is_head = request.starts_with("HEAD");
                let body = if is_head { b"" } else { &object.content[..] };
                self.send(stream, &head("200 OK", len, &object.head()), body)
            }
            Some(range) if range.start >= len => {
                self.send(stream, &head("416 Range Not Satisfiable", 0, ""), b"")
            }
            Some(range) => {
                self.answer_range(stream, object, range.start..range.end.min(len), oddity)
            }
        }
    }

    fn answer_range(
        &self,
        stream: &TcpStream,
        object: &Object,
        range: Range<usize>,
        oddity: Oddity,
    ) -> Option<()> {
        const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";
        let len = object.content.len();
        let part = |range: Range<usize>, body_len: usize, more: &str| {
            let (start, last) = (range.start, range.end - 1);
            let said = format!("Content-Range: bytes {start}-{last}/{len}\r\n{more}");
            head("206 Partial Content", body_len, &(object.head() + &said))
        };
        let body = &object.content[range.clone()];
        match oddity {
            Oddity::None => self.send(stream, &part(range, body.len(), ""), body),
            Oddity::Endless => {
                self.send(stream, &part(range, body.len(), CHUNKED), b"")?;
                let chunk = [b"10000\r\n".as_slice(), &vec![b' '; 0x10000], b"\r\n"].concat();
                (0..ENDLESS_LEN >> 16).try_for_each(|_| self.send(stream, "", &chunk))?;
                self.send(stream, "", b"0\r\n\r\n")
            }
            Oddity::Short => {
                self.send(stream, &part(range, body.len(), CHUNKED), b"2\r\n  \r\n0\r\n\r\n")
            }
            Oddity::Long => {
                self.send(stream, &part(range, body.len() + 7, ""), body)?;
                self.send(stream, "", b"1234567")
            }
            Oddity::Other => self.send(stream, &part(0..10, 10, ""), &object.content[..10]),
            Oddity::Whole => {
                self.send(stream, &head("200 OK", len, &object.head()), &object.content)
            }
            Oddity::Cut(cut_len) => {
                self.send(stream, &part(range, body.len(), ""), &body[..cut_len])?;
                stream.shutdown(std::net::Shutdown::Both).ok()?;
                None
            }
        }
    }

    fn send(&self, mut stream: &TcpStream, head: &str, body: &[u8]) -> Option<()> {
        self.served.fetch_add(body.len(), Ordering::Relaxed);
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body).ok()
    }
}

impl Object {
    fn head(&self) -> String {
        let etag = self.etag.map(|etag| format!("ETag: {etag}\r\n")).unwrap_or_default();
        format!("Last-Modified: {}\r\n{etag}", self.modified)
    }
}

/// The head of an answer.
fn head(status: &str, body_len: usize, more: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {body_len}\r\n{more}\r\n")
}

/// Lines that hardly compress, and of which no two are the same; several ranges long.
fn lines() -> Vec<u8> {
    let (mut lines, mut state) = (String::new(), 1_u64);
    for _ in 0..6000 {
        lines.push_str("{\"text\": \"");
        for _ in 0..4 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let _ = write!(lines, "{:016x}", state ^ state >> 29);
        }
        lines.push_str("\"}\n");
    }
    lines.into_bytes()
}

fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![];
    GzEncoder::new(content, Compression::fast()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// The error and its causes.
fn words_of(error: &ShardError) -> String {
    let (mut words, mut cause) = (error.to_string(), std::error::Error::source(error));
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

/// Reads lines, plain and compressed, from a site that `spoil` makes odd.
#[track_caller]
fn check(spoil: impl Fn(&mut Site), is_change: bool, expected: impl Fn(usize) -> String) {
    for (name, content) in [("a.jsonl", lines()), ("a.jsonl.gz", gzipped(&lines()))] {
        let mut site = Site::new(&content);
        spoil(&mut site);
        let (url, site) = site.start(name);
        let error = read(&url, &ReadOptions::default()).unwrap_err();
        let (url, expected) = (url.display(), expected(content.len()));
        let expected = if is_change {
            let cure = "scan it again when it is no longer written to";
            format!("shard `{url}` was changed while it was read: {expected}; {cure}")
        } else {
            format!("`{url}` cannot be read: {expected}")
        };
        assert_eq!(words_of(&error), expected);
        assert_eq!(matches!(error, ShardError::Changed { .. }), is_change);
        let served = site.served.load(Ordering::Relaxed);
        assert!(served < ENDLESS_LEN / 4, "{served}");
    }
}

#[test]
fn an_object_of_another_etag_is_another_object() {
    let expected =
        |len| format!("it had {len} bytes and ETag \"1\", now it has {len} bytes and ETag \"2\"");
    check(|site| site.after.etag = Some("\"2\""), true, expected);
    let expected =
        |len| format!("it had {len} bytes and ETag \"1\", now it has {len} bytes and no ETag");
    check(|site| site.after.etag = None, true, expected);
}

#[test]
fn an_object_of_another_length_is_another_object() {
    let grow = |site: &mut Site| site.after.content.push(b'\n');
    let expected = |len| {
        format!("it had {len} bytes and ETag \"1\", now it has {} bytes and ETag \"1\"", len + 1)
    };
    check(grow, true, expected);
    let grow_unnamed = |site: &mut Site| {
        grow(site);
        (site.before.etag, site.after.etag) = (None, None);
    };
    check(grow_unnamed, true, |len| format!("it had {len} bytes, now it has {} bytes", len + 1));
}

#[test]
fn an_object_of_another_time_is_another_object() {
    let touch = |site: &mut Site| {
        (site.before.etag, site.after.etag) = (None, None);
        site.after.modified = LATE;
    };
    check(touch, true, |len| {
        format!(
            "it had {len} bytes of 2026-09-01T00:00:00Z, now it has {len} bytes of 2026-09-01T00:00:01Z"
        )
    });
}

#[test]
fn what_a_server_refuses_since_the_object_changed_is_said_to_have_changed() {
    let replace = |site: &mut Site| {
        site.after.etag = Some("\"2\"");
        site.heeds_conditions = true;
    };
    check(replace, true, |len| {
        format!("it had {len} bytes and ETag \"1\", now it has {len} bytes and ETag \"2\"")
    });
    let shorten = |site: &mut Site| {
        (site.before.etag, site.after.etag) = (None, None);
        site.after.content.truncate(100);
    };
    check(shorten, true, |len| format!("it had {len} bytes, now it has 100 bytes"));
}

#[test]
fn a_body_that_broke_off_is_not_resumed_out_of_another_object() {
    let replace = |site: &mut Site| {
        site.after.etag = Some("\"2\"");
        site.oddity = Oddity::Cut(1000);
    };
    check(replace, true, |len| {
        format!("it had {len} bytes and ETag \"1\", now it has {len} bytes and ETag \"2\"")
    });
    // The client itself compares no more than the ETag.
    let grow = |site: &mut Site| {
        site.after.content.push(b'\n');
        site.oddity = Oddity::Cut(1000);
    };
    check(grow, true, |len| {
        format!("it had {len} bytes and ETag \"1\", now it has {} bytes and ETag \"1\"", len + 1)
    });
}

#[test]
fn what_is_not_the_range_that_was_asked_for_is_an_error() {
    // What is asked for second is four times as long as what is asked for first.
    let (start, fetch_len) = (64 << 10, 256 << 10);
    for oddity in [Oddity::Endless, Oddity::Long, Oddity::Short, Oddity::Other, Oddity::Whole] {
        let expected = |len: usize| {
            let end = len.min(start + fetch_len);
            let answered = match oddity {
                Oddity::Endless => format!("more than {} bytes", end - start),
                Oddity::Long => format!("{} bytes", end - start + 7),
                Oddity::Short => "2 bytes".to_owned(),
                Oddity::Other => "bytes 0 to 9".to_owned(),
                _ => "the whole object".to_owned(),
            };
            format!(
                "the server was asked for bytes {start} to {} and answered with {answered}",
                end - 1
            )
        };
        check(|site| site.oddity = oddity, false, expected);
    }
}

#[track_caller]
fn check_changed(result: Result<(), ShardError>) {
    let error = result.unwrap_err();
    assert!(matches!(&error, ShardError::Changed { change: Some(_), .. }), "{error}");
}

#[test]
fn the_footer_and_the_columns_of_parquet_are_of_one_object() {
    let mut site = Site::new(&std::fs::read(fixtures().join("corpora/fineweb.parquet")).unwrap());
    site.after.etag = Some("\"2\"");
    let (before, after) = (site.before.clone(), site.after.clone());
    let options = ReadOptions::default();
    let (url, _) = site.start("a.parquet");
    check_changed(open_shard(&url, &options).map(drop));

    let site = Site { before, after, is_told: true, ..Site::new(b"") };
    let (url, site) = site.start("a.parquet");
    let mut shard = open_shard(&url, &options).unwrap();
    let block = shard.next_block().unwrap().unwrap();
    site.is_changed.store(true, Ordering::Relaxed);
    check_changed(block.read_rows(&mut |_| {}));
}

#[test]
fn a_range_that_is_read_to_know_a_shard_again_is_of_one_object() {
    let mut site = Site::new(&lines());
    site.after.etag = Some("\"2\"");
    let (url, _) = site.start("a.jsonl");
    check_changed(read_range(&url, 100..200_000, &mut |_| panic!("of another object")));
}

#[test]
fn an_object_with_a_weak_etag_or_none_is_read_as_any_other() {
    for etag in [Some("W/\"1\""), None] {
        let mut site = Site::new(&lines());
        (site.before.etag, site.after.etag, site.heeds_conditions) = (etag, etag, true);
        let (url, _) = site.start("a.jsonl");
        assert_eq!(read(&url, &ReadOptions::default()).unwrap().len(), 6000, "{etag:?}");
    }
}
