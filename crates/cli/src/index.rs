//! `seepage index`: a file for each command.

pub(crate) mod add;
pub(crate) mod args;
pub(crate) mod build;
pub(crate) mod diff;
pub(crate) mod export;
pub(crate) mod info;
pub(crate) mod merge;
pub(crate) mod open;
pub(crate) mod remove;
pub(crate) mod upgrade;
pub(crate) mod verify;
