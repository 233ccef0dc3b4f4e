//! AI tool logs to sessions of authored and read text, minus quotes.
//!
//! A log says in order what the model wrote and what it was shown. Only the first is of interest, and of it only what
//! the session had not been shown before: a model that types out a file that it has just read has not authored it.
//! [`sniff_log`] recognises a file, [`read_session`] reads the files of one session together.
//!
//! | module | does |
//! |---|---|
//! | `lines` | a file, plain or compressed, to lines of bounded length |
//! | `sniff` | the first lines to a tool and a session |
//! | `claude`, `claude_calls` | records of Claude Code |
//! | `codex`, `codex_calls`, `codex_changes`, `codex_kinds` | records of Codex, three eras |
//! | `patch`, `shell`, `javascript`, `fences` | the small languages in which authored text is wrapped |
//! | `gather` | what was read and written, in order of time |
//! | `quotes`, `prefixes` | the subtraction |
#![forbid(unsafe_code)]

mod authored;
mod claude;
mod claude_calls;
mod codex;
mod codex_calls;
mod codex_changes;
mod codex_kinds;
mod error;
mod fences;
mod gather;
mod javascript;
mod json;
mod lines;
mod patch;
mod prefixes;
mod provenance;
mod quotes;
mod runs;
mod session;
mod shell;
mod sniff;
mod surrogates;
mod tally;

pub use authored::{Authored, Kind, Tool};
pub use error::LogError;
pub use provenance::{AuthoringOrder, Provenance};
pub use session::{LogOptions, read_session};
pub use sniff::{LogHead, sniff_log};
pub use tally::{BrokenLine, LogTally};
