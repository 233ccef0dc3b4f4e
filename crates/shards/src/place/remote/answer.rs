//! Whether an answer is about the object that was opened, and holds the range that was asked for.
//!
//! Every answer is looked at before the store's client sees it. That client goes on with a body that broke off by itself, and
//! then compares no more than the `ETag`.

use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
    ReqwestConnector,
};
use object_store::{ClientOptions, ObjectMeta};

use crate::place::stamp::{ShardChange, Stamp, StoreError};

/// What is known of an object since it was opened. It goes with every request for it.
#[derive(Clone, Debug)]
pub(super) struct OpenedObject {
    stamp: Arc<Stamp>,
    /// With what was not said at first but in a later answer.
    known: Arc<Mutex<Stamp>>,
}

impl OpenedObject {
    pub(super) fn new(meta: ObjectMeta) -> Self {
        // What the client gives in place of a time that was not said.
        let modified = Some(SystemTime::from(meta.last_modified));
        let modified = modified.filter(|&modified| modified != SystemTime::UNIX_EPOCH);
        let stamp = Stamp { len: meta.size, modified, version: meta.e_tag };
        Self { known: Arc::new(Mutex::new(stamp.clone())), stamp: Arc::new(stamp) }
    }

    pub(super) fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// What a request may demand. No object matches a weak `ETag`, not even the one that has it.
    pub(super) fn strong_version(&self) -> Option<String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.version.clone().filter(|version| !version.starts_with("W/"))
    }

    /// Refuses an answer about another object.
    fn check(&self, has: Stamp) -> Result<(), ShardChange> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // Only the ETag stands in every answer that can have it (RFC 9110, 15.3.7).
        let is_other_time =
            matches!((known.modified, has.modified), (Some(had), Some(has)) if had != has);
        let is_other_version = known.version.is_some() && known.version != has.version;
        if known.len != has.len || is_other_version || is_other_time {
            return Err(ShardChange { had: known.clone(), has });
        }
        known.modified = known.modified.or(has.modified);
        known.version = known.version.take().or(has.version);
        Ok(())
    }
}

/// Makes clients that look at every answer.
#[derive(Debug)]
pub(super) struct CheckedConnector;

impl HttpConnector for CheckedConnector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(CheckedHttp(client)))
    }
}

#[derive(Debug)]
struct CheckedHttp(HttpClient);

#[async_trait]
impl HttpService for CheckedHttp {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let object = request.extensions().get::<OpenedObject>().cloned();
        let range = header(request.headers().get("range")).map(str::to_owned);
        let answer = self.0.execute(request).await?;
        if let Some(object) = object
            && answer.status().is_success()
        {
            check_answer(&object, range.as_deref(), &answer)?;
        }
        Ok(answer)
    }
}

/// Both errors are of a kind that the client does not try again.
fn check_answer(
    object: &OpenedObject,
    asked: Option<&str>,
    answer: &HttpResponse,
) -> Result<(), HttpError> {
    let value = |name| header(answer.headers().get(name));
    let body_len = value("content-length").and_then(|len| len.parse::<u64>().ok());
    let content_range = value("content-range").and_then(parse_content_range);
    let len = content_range.as_ref().map(|(_, len)| *len).or(body_len);
    let time = value("last-modified").and_then(|time| jiff::fmt::rfc2822::parse(time).ok());
    object
        .check(Stamp {
            // The client refuses an answer without it.
            len: len.unwrap_or(object.stamp.len),
            modified: time.map(|time| time.timestamp().into()),
            version: value("etag").map(str::to_owned),
        })
        .map_err(|change| HttpError::new(HttpErrorKind::Unknown, change))?;

    let Some(asked) = asked.and_then(|asked| parse_range(asked.strip_prefix("bytes=")?)) else {
        return Ok(());
    };
    let words = match content_range {
        None => "the whole object".to_owned(),
        Some((range, _)) if range != asked => words_of_range(&range),
        Some(_) => match body_len {
            Some(len) if len != asked.end - asked.start => format!("{len} bytes"),
            _ => return Ok(()),
        },
    };
    Err(HttpError::new(HttpErrorKind::Unknown, wrong_answer(&words, &asked)))
}

/// The error for an answer that holds something else than `asked`.
pub(super) fn wrong_answer(words: &str, asked: &Range<u64>) -> StoreError {
    let asked = words_of_range(asked);
    let words = format!("the server was asked for {asked} and answered with {words}");
    StoreError { kind: io::ErrorKind::Other, words }
}

fn words_of_range(range: &Range<u64>) -> String {
    format!("bytes {} to {}", range.start, range.end.saturating_sub(1))
}

fn header<V: AsRef<[u8]>>(value: Option<&V>) -> Option<&str> {
    value.and_then(|value| std::str::from_utf8(value.as_ref()).ok())
}

/// `bytes 0-4/10`: the range, and the length of the whole.
fn parse_content_range(value: &str) -> Option<(Range<u64>, u64)> {
    let (range, len) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
    Some((parse_range(range)?, len.parse().ok()?))
}

/// `0-4`.
fn parse_range(value: &str) -> Option<Range<u64>> {
    let (start, last) = value.split_once('-')?;
    Some(start.trim().parse().ok()?..last.trim().parse::<u64>().ok()?.checked_add(1)?)
}
