//! The log of the program itself: what happens, a line each, in the file of `--log`.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use tracing::Level;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use crate::job::args::{LogFormat, LogLevel, WorkArguments};
use crate::screen::failure::Failure;

/// Begins to write the log that `work` asks for. Called once in a program.
pub(crate) fn begin(work: &WorkArguments) -> Result<(), Failure> {
    let Some(path) = &work.log else {
        return Ok(());
    };
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(format!("log `{}` cannot be written: {error}", path.display()))
    };
    let writer = writer(path).map_err(|error| failed(&error))?;
    let level = match work.log_level {
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
    };
    let lines = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false)
        .with_ansi(false)
        // A complaint about a stderr that was closed would go there, too, and end the program.
        .log_internal_errors(path != Path::new("-"))
        .with_writer(writer);
    match work.log_format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    }
    .map_err(|error| failed(&error))
}

/// Opens the log to append to it, because a job that is started again goes on in the same file.
fn writer(path: &Path) -> io::Result<BoxMakeWriter> {
    if path == Path::new("-") {
        return Ok(BoxMakeWriter::new(io::stderr));
    }
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    Ok(BoxMakeWriter::new(Mutex::new(file)))
}
