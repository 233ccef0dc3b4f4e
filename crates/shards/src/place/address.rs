//! Which paths are addresses of objects in a store.

use std::path::Path;

/// `http` is for stores on the own machine and network.
const SCHEMES: [&str; 7] = ["s3", "gs", "az", "azure", "abfss", "https", "http"];

/// Whether a path is an address such as `s3://bucket/key`, and no file.
pub fn is_remote(path: &Path) -> bool {
    scheme_of(path).is_some()
}

pub(crate) fn scheme_of(path: &Path) -> Option<&str> {
    let (scheme, _) = path.to_str()?.split_once("://")?;
    SCHEMES.contains(&scheme).then_some(scheme)
}
