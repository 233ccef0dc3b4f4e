//! The program `seepage`: flags, progress, words for people, exit code.
//!
//! Data goes to stdout, all else to stderr. Exit code 2 is every error, wrong use, and a scan that found nothing
//! without having read everything; a closed stdout is not worth a word.
#![forbid(unsafe_code)]

mod args;
mod args_index;
mod args_work;
mod background_build;
mod conclude;
mod dry_run;
mod explain;
mod failure;
mod index_add;
mod index_build;
mod index_diff;
mod index_export;
mod index_info;
mod index_merge;
mod index_remove;
mod index_verify;
mod kept;
mod log;
mod memory;
mod merge_reports;
mod metrics;
mod outcome;
mod partition;
mod places;
mod progress;
mod quantity;
mod resume;
#[cfg(test)]
mod samples;
mod scan;
mod signals;
mod sources;
mod stored;
mod style;
mod tally;
mod values;
mod version;
mod words;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Arguments, BackgroundCommand, Command, IndexCommand};
use crate::failure::Failure;

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
    work.map_or(Ok(()), log::begin)?;
    match arguments.command {
        None => version::run(arguments.verbose),
        Some(Command::Index(IndexCommand::Build(arguments))) => index_build::run(&arguments),
        Some(Command::Index(IndexCommand::Add(arguments))) => index_add::run(&arguments),
        Some(Command::Index(IndexCommand::Remove(arguments))) => index_remove::run(&arguments),
        Some(Command::Index(IndexCommand::Merge(arguments))) => index_merge::run(&arguments),
        Some(Command::Index(IndexCommand::Verify(arguments))) => index_verify::run(&arguments),
        Some(Command::Index(IndexCommand::Diff(arguments))) => index_diff::run(&arguments),
        Some(Command::Index(IndexCommand::Info(arguments))) => index_info::run(&arguments),
        Some(Command::Index(IndexCommand::Export(arguments))) => index_export::run(&arguments),
        Some(Command::Background(BackgroundCommand::Build(arguments))) => {
            background_build::run(&arguments)
        }
        Some(Command::MergeReports(arguments)) => merge_reports::run(&arguments),
        Some(Command::Scan(arguments)) => scan::run(*arguments),
    }
}

/// An error, wrong use, or not everything could be read.
const EXIT_ERROR: u8 = 2;

/// Writes to stdout. A reader that went away has seen enough, and is no error.
fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("stdout could not be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a line to stderr, where it is nobody's data and no reason to stop.
fn note(line: &str) {
    let _ = writeln!(io::stderr(), "seepage: {line}");
}
