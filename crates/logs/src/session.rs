//! Reads the files of one session.

use std::path::{Path, PathBuf};

use crate::authored::{Authored, Tool};
use crate::claude::ClaudeReader;
use crate::codex::CodexReader;
use crate::error::LogError;
use crate::gather::Gather;
use crate::lines::{LINE_LEN_MAX, Line, LineReader, open_lines};
use crate::sniff::{Layout, sniff_layout};
use crate::surrogates::mend_surrogates;
use crate::tally::LogTally;

/// What to take from a log.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogOptions {
    /// Take the assistant's prose too.
    pub prose: bool,
}

/// Reads the log files of ONE session in order, subtracts its quotes, and appends what the model authored.
///
/// A broken line is counted in `tally` and never fatal. A file that ends early (cut gzip, cut zstd) gives what it had,
/// and is reported as a broken line.
///
/// # Errors
/// The first file that could not be opened; the others were read nevertheless.
pub fn read_session(
    paths: &[PathBuf],
    options: LogOptions,
    authored: &mut Vec<Authored>,
    tally: &mut LogTally,
) -> Result<(), LogError> {
    let mut gather = Gather::new(options, tally);
    let mut outcome = Ok(());
    for path in paths {
        gather.start_file(path);
        if let Err(error) = read_file(path, &mut gather) {
            outcome = outcome.and(Err(error));
        }
    }
    gather.finish(authored);
    outcome
}

fn read_file(path: &Path, gather: &mut Gather) -> Result<(), LogError> {
    let Some((head, layout)) = sniff_layout(path)? else {
        gather.note_broken("not a log of a tool that this build knows");
        return Ok(());
    };
    let mut lines = open_lines(path, LINE_LEN_MAX)?;
    match (head.tool, layout) {
        (Tool::Codex, Layout::Document) => {
            read_document(&mut lines, &mut CodexReader::new(head.session_id), gather);
        }
        (Tool::Codex, Layout::Lines) => {
            let mut reader = CodexReader::new(head.session_id);
            read_lines(&mut lines, gather, |line, gather| {
                reader.read_line(line, gather);
            });
        }
        (Tool::ClaudeCode, _) => {
            let reader = ClaudeReader::new(head.session_id);
            read_lines(&mut lines, gather, |line, gather| {
                reader.read_line(line, gather);
            });
        }
    }
    gather.tally.bytes_read += lines.bytes;
    Ok(())
}

/// Gives every line that is text to `read`.
fn read_lines(
    lines: &mut LineReader,
    gather: &mut Gather,
    mut read: impl FnMut(&str, &mut Gather),
) {
    loop {
        let number = lines.number + 1;
        let line = match lines.next_line() {
            Ok(None) => return,
            Ok(Some(line)) => line,
            Err(error) => {
                gather.start_line(number);
                return gather.note_broken(format_args!("the file ends early: {error}"));
            }
        };
        gather.start_line(number);
        match line {
            Line::TooLong => gather.note_broken(format_args!("longer than {LINE_LEN_MAX} bytes")),
            Line::Bytes(line) if line.trim_ascii().is_empty() => {}
            Line::Bytes(line) => match std::str::from_utf8(line) {
                Ok(line) => read(&mend_surrogates(line), gather),
                Err(error) => {
                    gather.note_broken(format_args!(
                        "not UTF-8 at byte {} of the line",
                        error.valid_up_to()
                    ));
                }
            },
        }
    }
}

/// The TypeScript era: one document, which has to be held whole.
fn read_document(lines: &mut LineReader, reader: &mut CodexReader, gather: &mut Gather) {
    let (bytes, outcome) = lines.read_rest(LINE_LEN_MAX);
    match std::str::from_utf8(&bytes) {
        Ok(document) => reader.read_document(&mend_surrogates(document), gather),
        Err(error) => {
            gather.start_line(1);
            gather.note_broken(format_args!("not UTF-8 at byte {}", error.valid_up_to()));
        }
    }
    if let Err(error) = outcome {
        gather.note_broken(format_args!("the file ends early: {error}"));
    }
}
