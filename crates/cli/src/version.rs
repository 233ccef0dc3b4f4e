//! Which program this is, and which instructions of the processor it uses.

use std::env;

use seepage_fingerprint::Backend;
use seepage_index::FORMAT_VERSION;

use crate::screen::failure::Failure;

/// Names the backend that is to be used.
const VARIABLE: &str = "SEEPAGE_BACKEND";

/// Settles on the backend that the environment asks for, before any is used.
pub(crate) fn choose_backend() -> Result<(), Failure> {
    let Some(name) = env::var_os(VARIABLE).filter(|name| !name.is_empty()) else {
        return Ok(());
    };
    Backend::named(&name.to_string_lossy()).and_then(Backend::choose).map_err(|error| {
        Failure::from(error).with_hint(format!("unset `{VARIABLE}` to use the best that is there"))
    })
}

pub(crate) fn run(is_verbose: bool) -> Result<u8, Failure> {
    let mut lines = vec![format!("seepage {}", env!("CARGO_PKG_VERSION"))];
    if is_verbose {
        let names: Vec<&str> = Backend::available().map(Backend::name).collect();
        let backend = Backend::current().name();
        lines.push(format!("backend: {backend} (of {})", names.join(", ")));
        lines.push(format!("index format: {FORMAT_VERSION}"));
    }
    lines.push(String::new());
    crate::screen::print::print(&lines.join("\n"))?;
    Ok(0)
}
