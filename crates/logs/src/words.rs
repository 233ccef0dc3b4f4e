//! The small languages in which a model wraps what it writes. Pure functions of text, each lenient:
//! none is a parser of its language, and none fails.

pub(crate) mod arguments;
pub(crate) mod command;
pub(crate) mod draft;
pub(crate) mod fences;
pub(crate) mod javascript;
pub(crate) mod patch;
pub(crate) mod powershell;
pub(crate) mod shell;
