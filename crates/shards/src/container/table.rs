//! The table of formats. A new one is a module beside this file, and a row here.

#[cfg(feature = "git")]
use crate::container::git;
use crate::container::interface::Format;
#[cfg(feature = "tokenized")]
use crate::container::tokens;
use crate::container::{arrow, binary, json_lines, mds, parquet, tar, text_file};

/// The formats, in the order in which a file is offered to them. The last one takes everything.
pub(crate) const CONTAINERS: &[&Format] = &[
    #[cfg(feature = "tokenized")]
    &tokens::FORMAT,
    #[cfg(feature = "git")]
    &git::FORMAT,
    &parquet::FORMAT,
    &arrow::FORMAT,
    &mds::FORMAT,
    &tar::FORMAT,
    &binary::FORMAT,
    &json_lines::FORMAT,
    &text_file::FORMAT,
];

/// The container formats that this build reads, for texts that list them.
pub fn formats() -> impl Iterator<Item = &'static Format> {
    CONTAINERS.iter().copied()
}
