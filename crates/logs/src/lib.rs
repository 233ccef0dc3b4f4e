//! AI tool logs to sessions of authored and read text, minus quotes.
//!
//! A log says in order what the model wrote and what it was shown. Only the first is of interest,
//! and of it only what the session had not been shown before: a model that types out a file that it
//! has just read has not authored it. [`sniff_log`] recognises a file, [`read_session`] reads the
//! files of one session together.
//!
//! | module | does |
//! |---|---|
//! | `read` | recognises a file, and hands it to its tool |
//! | `tool` | the tools, each in a folder of its own, and the table of them |
//! | `session` | what was read and written, in order of time, and the subtraction of quotes |
//! | `words` | the small languages in which authored text is wrapped: shells, JavaScript, patches, Markdown |
//! | `records` | the records of a file, beside damage on their line and in any wrapping |
//! | `lines`, `json` | a file, plain or compressed, to lines of bounded length; lenient JSON |
#![forbid(unsafe_code)]

mod authored;
mod class;
mod json;
mod lines;
mod provenance;
mod read;
mod records;
mod session;
mod tool;
mod words;

pub use authored::Authored;
pub use class::Class;
pub use lines::LogError;
pub use provenance::{AuthoringOrder, Provenance};
pub use read::{Session, is_read_with_log, known_tools, read_session, sniff_log};
pub use session::account::{LeftOut, StringAccount, solid_len};
pub use session::tally::{BrokenLine, LogTally, ToolCalls};
pub use session::transcript::LogOptions;
