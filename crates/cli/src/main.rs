//! The program `seepage`: flags, progress, words for people, exit code.
//!
//! Data goes to stdout, all else to stderr. Exit code 2 is every error, wrong use, and a scan that found nothing
//! without having read everything. A closed stdout is not reported.
#![forbid(unsafe_code)]

mod args;
mod background;
mod classes;
mod index;
mod job;
mod places;
mod scan;
mod screen;
mod stored;
mod version;

use std::io::{self, Write};
use std::panic::catch_unwind;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Parser;

use crate::args::{Command, CommandLine};
use crate::background::BackgroundCommand;
use crate::index::args::IndexCommand;
use crate::screen::failure::{EXIT_ERROR, Failure};

fn main() -> ExitCode {
    let arguments = CommandLine::parse();
    // Decoders of other crates panic at damaged files. That is caught where they are called, and is an error in our words;
    // theirs do not belong on the screen.
    let last_panic = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&last_panic);
    std::panic::set_hook(Box::new(move |panic| {
        tracing::debug!(%panic, "panic");
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = panic.to_string();
    }));
    let ran = catch_unwind(|| version::choose_backend().and_then(|()| run(arguments)));
    ran.unwrap_or_else(|_| {
        let words = last_panic.lock().unwrap_or_else(PoisonError::into_inner);
        let failure = Failure::new(format!("this is a fault of the program: {words}"));
        Err(failure
            .with_hint("report it with the command line and, if you can, the file that was read"))
    })
    .inspect(|exit_code| tracing::info!(exit_code, "seepage ends"))
    .map_or_else(
        |failure| {
            tracing::error!(why = failure.to_string(), "seepage ends");
            // If this fails, there is nowhere left to report it.
            let _ = write!(io::stderr(), "{failure}");
            ExitCode::from(EXIT_ERROR)
        },
        ExitCode::from,
    )
}

fn run(arguments: CommandLine) -> Result<u8, Failure> {
    let work = arguments.command.as_ref().and_then(Command::work);
    work.map_or(Ok(()), job::log::begin)?;
    match arguments.command {
        None => version::run(arguments.verbose),
        Some(Command::Index(IndexCommand::Build(arguments))) => index::build::run(&arguments),
        Some(Command::Index(IndexCommand::Add(arguments))) => index::add::run(&arguments),
        Some(Command::Index(IndexCommand::Remove(arguments))) => index::remove::run(&arguments),
        Some(Command::Index(IndexCommand::Merge(arguments))) => index::merge::run(&arguments),
        Some(Command::Index(IndexCommand::Upgrade(arguments))) => index::upgrade::run(&arguments),
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
