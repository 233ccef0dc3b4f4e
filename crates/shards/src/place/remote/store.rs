//! The stores that addresses name.

use std::collections::HashMap;
use std::io;
use std::path::Path as FilePath;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{
    ClientOptions, Error, ObjectMeta, ObjectStore, ObjectStoreExt as _, RetryConfig,
};

use crate::place::address::scheme_of;
use crate::place::remote::answer::CheckedConnector;
use crate::place::remote::aws;
use crate::place::stamp::{ShardChange, StoreError};

/// What a path such as `s3://bucket/key` names.
pub(super) struct Address {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) key: Path,
    /// It ends in `/`, so no object has this name.
    pub(super) is_directory: bool,
    /// `s3://bucket`.
    pub(super) root: String,
}

impl Address {
    pub(super) fn of(path: &FilePath) -> io::Result<Self> {
        let text = path.to_string_lossy();
        let scheme = scheme_of(path).unwrap_or_default();
        let rest = &text[(scheme.len() + 3).min(text.len())..];
        let (host, key_text) = rest.split_once('/').unwrap_or((rest, ""));
        let root = format!("{scheme}://{host}");
        let key = Path::parse(key_text.trim_end_matches('/'));
        let key = key.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let store = store_of(scheme, &root).map_err(io_error)?;
        Ok(Self { store, is_directory: key_text.ends_with('/'), key, root })
    }
}

/// One client a store: it holds the connections and the credentials.
fn store_of(scheme: &str, root: &str) -> Result<Arc<dyn ObjectStore>, Error> {
    static STORES: OnceLock<Mutex<HashMap<String, Arc<dyn ObjectStore>>>> = OnceLock::new();
    let stores = STORES.get_or_init(Mutex::default);
    let mut stores = stores.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(store) = stores.get(root) {
        return Ok(Arc::clone(store));
    }
    let retry = RetryConfig {
        max_retries: 6,
        retry_timeout: Duration::from_mins(1),
        ..RetryConfig::default()
    };
    let store: Arc<dyn ObjectStore> = match scheme {
        "s3" => Arc::new(aws::client(root, retry)?),
        "gs" => {
            let builder = GoogleCloudStorageBuilder::from_env().with_url(root);
            Arc::new(builder.with_http_connector(CheckedConnector).with_retry(retry).build()?)
        }
        "https" | "http" => {
            let options = ClientOptions::new().with_allow_http(scheme == "http");
            let builder = HttpBuilder::new().with_url(root).with_client_options(options);
            Arc::new(builder.with_http_connector(CheckedConnector).with_retry(retry).build()?)
        }
        _ => {
            let builder = MicrosoftAzureBuilder::from_env().with_url(root);
            Arc::new(builder.with_http_connector(CheckedConnector).with_retry(retry).build()?)
        }
    };
    stores.insert(root.to_owned(), Arc::clone(&store));
    Ok(store)
}

/// The object itself, or all below it, in order.
pub(super) async fn list(address: &Address) -> io::Result<Vec<ObjectMeta>> {
    let mut nothing: io::Error = io::ErrorKind::NotFound.into();
    if !address.key.as_ref().is_empty() && !address.is_directory {
        match address.store.head(&address.key).await {
            Ok(meta) => return Ok(vec![meta]),
            // A web server has no directories.
            Err(error) if address.root.starts_with("http") => return Err(io_error(error)),
            Err(Error::NotFound { .. }) => {}
            // Some stores trip over the name of a directory.
            Err(error) => nothing = io_error(error),
        }
    }
    let below = address.store.list(Some(&address.key));
    let mut metas: Vec<ObjectMeta> = below.try_collect().await.map_err(io_error)?;
    if metas.is_empty() {
        return Err(nothing);
    }
    metas.sort_by(|a, b| a.location.cmp(&b.location));
    Ok(metas)
}

/// Tells permission from absence; the rest in the store's own words.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
pub(super) fn io_error(error: Error) -> io::Error {
    // The store says the same thing at each of its levels; the innermost one says it shortest.
    let mut innermost: &dyn std::error::Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if let Some(change) = innermost.downcast_ref::<ShardChange>() {
        return io::Error::other(change.clone());
    }
    let words = without_page(&innermost.to_string());
    let kind = match error {
        Error::NotFound { .. } => io::ErrorKind::NotFound,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            io::ErrorKind::PermissionDenied
        }
        // What a store answers that is asked to list a bucket that does not exist, or that is not ours.
        _ if words.contains(" 404 Not Found") => io::ErrorKind::NotFound,
        _ if words.contains(" 403 Forbidden") => io::ErrorKind::PermissionDenied,
        _ => io::ErrorKind::Other,
    };
    StoreError { kind, words }.into()
}

/// What a store answered, of which the page behind `<?xml` is as long as it is useless but for a code and a message.
fn without_page(words: &str) -> String {
    let Some((before, page)) = words.split_once("<?xml") else {
        return words.to_owned();
    };
    let value = |name: &str| {
        let (_, rest) = page.split_once(&format!("<{name}>"))?;
        let (value, _) = rest.split_once(&format!("</{name}>"))?;
        value.lines().next()
    };
    let said = [value("Code"), value("Message")].into_iter().flatten();
    let said: Vec<&str> = said.collect();
    let whole = format!("{before}{}", said.join(": "));
    whole.trim_end_matches([':', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_page_of_xml_a_code_and_a_message_are_left() {
        let head = "Server returned non-2xx status code: 404 Not Found: ";
        let page = "<?xml version=\"1.0\"?>\n<Error>\n <Code>NoSuchBucket</Code>\n <Message>It is not there.\nTime: 12\
                    </Message>\n</Error>";
        for (words, expected) in [
            (format!("{head}{page}"), format!("{head}NoSuchBucket: It is not there.")),
            (
                format!("{head}<?xml version=\"1.0\"?><Error/>"),
                head.trim_end_matches(": ").to_owned(),
            ),
            ("connection refused".to_owned(), "connection refused".to_owned()),
        ] {
            assert_eq!(without_page(&words), expected);
        }
    }
}
