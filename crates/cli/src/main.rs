//! The program `seepage`: flags, progress, words for people, exit code.
//!
//! Data goes to stdout, all else to stderr. Exit code 2 is every error, wrong use, and a scan that found nothing
//! without having read everything; a closed stdout is not worth a word.
#![forbid(unsafe_code)]

mod args;
mod background;
mod places;
mod stored;
mod version;

/// `seepage index`: a file for each command.
mod index {
    pub(crate) mod add;
    pub(crate) mod args;
    pub(crate) mod build;
    pub(crate) mod diff;
    pub(crate) mod export;
    pub(crate) mod info;
    pub(crate) mod merge;
    pub(crate) mod open;
    pub(crate) mod remove;
    pub(crate) mod verify;
}

/// `seepage scan` and `seepage merge-reports`.
mod scan {
    pub(crate) mod args;
    mod cards;
    mod changes;
    mod checkpoint;
    mod dry_run;
    mod explain_fields;
    pub(crate) mod merge_reports;
    mod outcome;
    mod output;
    mod partition;
    pub(crate) mod run;
    #[cfg(test)]
    mod samples;
    mod source;
    mod tally;
}

/// What all long jobs have in common: how they work, and how they are watched.
mod job {
    pub(crate) mod args;
    pub(crate) mod log;
    pub(crate) mod memory;
    pub(crate) mod metrics;
    pub(crate) mod progress;
    pub(crate) mod signals;
}

/// What people read: tables, numbers, errors.
mod screen {
    pub(crate) mod failure;
    pub(crate) mod print;
    pub(crate) mod quantity;
    pub(crate) mod rows;
    pub(crate) mod style;
}

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Arguments, Command};
use crate::background::BackgroundCommand;
use crate::index::args::IndexCommand;
use crate::screen::failure::{EXIT_ERROR, Failure};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    version::choose_backend()
        .and_then(|()| run(arguments))
        .inspect(|exit_code| tracing::info!(exit_code, "seepage ends"))
        .map_or_else(
            |failure| {
                tracing::error!(why = failure.to_string(), "seepage ends");
                // Nowhere is left to say it, if this fails.
                let _ = write!(io::stderr(), "{failure}");
                ExitCode::from(EXIT_ERROR)
            },
            ExitCode::from,
        )
}

fn run(arguments: Arguments) -> Result<u8, Failure> {
    let work = arguments.command.as_ref().and_then(Command::work);
    work.map_or(Ok(()), job::log::begin)?;
    match arguments.command {
        None => version::run(arguments.verbose),
        Some(Command::Index(IndexCommand::Build(arguments))) => index::build::run(&arguments),
        Some(Command::Index(IndexCommand::Add(arguments))) => index::add::run(&arguments),
        Some(Command::Index(IndexCommand::Remove(arguments))) => index::remove::run(&arguments),
        Some(Command::Index(IndexCommand::Merge(arguments))) => index::merge::run(&arguments),
        Some(Command::Index(IndexCommand::Verify(arguments))) => index::verify::run(&arguments),
        Some(Command::Index(IndexCommand::Diff(arguments))) => index::diff::run(&arguments),
        Some(Command::Index(IndexCommand::Info(arguments))) => index::info::run(&arguments),
        Some(Command::Index(IndexCommand::Export(arguments))) => index::export::run(&arguments),
        Some(Command::Background(BackgroundCommand::Build(arguments))) => {
            background::run(&arguments)
        }
        Some(Command::MergeReports(arguments)) => scan::merge_reports::run(&arguments),
        Some(Command::Scan(arguments)) => scan::run::run(*arguments),
    }
}
