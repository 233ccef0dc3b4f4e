//! The flags of the commands that change an index, or compare and check what is there.

use std::path::PathBuf;

use clap::Args;

use crate::args_work::{MemoryArguments, WorkArguments};

#[derive(Debug, Args)]
#[command(after_help = "\
For every night: name the same directories again. Files that the index was made from are known by their content and not
read again; a session with a new or a longer file is read whole. What the logs tell otherwise now is replaced, what was
taken out by `index remove` stays out. Prose is indexed if it was when the index was built.

Examples:
  seepage index add ~/.claude/projects ~/.codex/sessions -o outputs.seepage

Exit codes:
  0  the index holds all of the logs, whether anything was new or not
  2  an error, or some log file could not be read (the others were added)")]
pub(crate) struct AddArguments {
    /// Log files, and directories to walk: new ones among old ones
    #[arg(required = true, value_name = "LOGS")]
    pub(crate) logs: Vec<PathBuf>,
    /// The index, which gets a segment more
    #[arg(short, long, alias = "index", value_name = "INDEX")]
    pub(crate) output: PathBuf,
    /// A file of human text that the index was built with (repeatable); it has to be named again
    #[arg(long = "background", value_name = "FILE")]
    pub(crate) backgrounds: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) memory: MemoryArguments,
    #[command(flatten)]
    pub(crate) work: WorkArguments,
}
