//! The threads of the clients of stores, which are asynchronous.

use std::io;
use std::sync::OnceLock;

use tokio::runtime::Runtime;

/// The threads of the clients.
pub(super) fn runtime() -> io::Result<&'static Runtime> {
    static RUNTIME: OnceLock<Result<Runtime, io::ErrorKind>> = OnceLock::new();
    RUNTIME
        .get_or_init(|| {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            let builder = builder.worker_threads(2).enable_all();
            builder.build().map_err(|error| error.kind())
        })
        .as_ref()
        .map_err(|&kind| kind.into())
}
