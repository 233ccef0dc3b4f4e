//! Stdout for data, stderr for all else.

use std::io::{self, Write};

use seepage_report::to_json_line;

use crate::screen::failure::Failure;

/// Writes to stdout. A reader that went away has seen enough, and is no error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("stdout could not be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a value to stdout, as a line.
pub(crate) fn print_json(value: &serde_json::Value) -> Result<(), Failure> {
    print(&String::from_utf8(to_json_line(value)?)?)
}

/// Writes a line to stderr, where it is no data. A stderr that cannot be written is no reason to stop.
pub(crate) fn note(line: &str) {
    let _ = writeln!(io::stderr(), "seepage: {line}");
}
