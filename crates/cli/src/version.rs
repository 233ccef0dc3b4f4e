//! `seepage --version`, and the choice of the instructions that the program uses.

use std::env;

use seepage_fingerprint::Backend;
use seepage_index::FORMAT_VERSION;

use crate::screen::failure::Failure;

/// The environment variable that names a backend.
const VARIABLE: &str = "SEEPAGE_BACKEND";

/// Chooses the backend that the environment names. Called before any backend is used.
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
