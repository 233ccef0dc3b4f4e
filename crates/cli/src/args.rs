//! The command line.

use clap::{Parser, Subcommand};

use crate::background::BackgroundCommand;
use crate::index::args::IndexCommand;
use crate::job::args::WorkArguments;
use crate::scan::args::{MergeReportsArguments, ScanArguments};

/// Finds the output of AI coding tools in training data.
#[derive(Debug, Parser)]
#[command(
    arg_required_else_help = true,
    disable_version_flag = true,
    args_conflicts_with_subcommands = true,
    override_usage = "seepage <COMMAND>",
    after_help = "\
Examples:
  seepage index build ~/.claude/projects ~/.codex/sessions -o outputs.seepage
  seepage index info outputs.seepage
  seepage scan corpus/ --index outputs.seepage -o report/

Exit codes:
  0  everything was read, and nothing was found
  1  something was found
  2  an error, wrong use, or not everything could be read

Environment:
  SEEPAGE_BACKEND  use these instructions of the processor: `scalar`, `avx2`, `avx512` or `neon` [default: the best it has]
  SEEPAGE_THREADS  as `--threads`"
)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Print the version
    #[arg(short = 'V', long)]
    pub(crate) version: bool,
    /// With `--version`: print the instructions in use and the formats read, too
    #[arg(short, long, requires = "version")]
    pub(crate) verbose: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Build an index of what AI tools wrote, or look into one
    #[command(subcommand, arg_required_else_help = true)]
    Index(IndexCommand),
    /// Count what is common in human text, so that it accuses nobody
    #[command(subcommand, arg_required_else_help = true)]
    Background(BackgroundCommand),
    /// Scan a corpus for what AI tools wrote
    Scan(Box<ScanArguments>),
    /// Join the reports of all parts of a scan
    MergeReports(MergeReportsArguments),
}

impl Command {
    /// How the job is done, of a command that takes long.
    pub(crate) fn work(&self) -> Option<&WorkArguments> {
        match self {
            Self::Scan(arguments) => Some(&arguments.work),
            Self::Background(BackgroundCommand::Build(arguments)) => Some(&arguments.work),
            Self::Index(IndexCommand::Build(arguments)) => Some(&arguments.work),
            Self::Index(IndexCommand::Add(arguments)) => Some(&arguments.change.work),
            Self::Index(IndexCommand::Merge(arguments)) => Some(&arguments.change.work),
            Self::Index(_) | Self::MergeReports(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }
}
