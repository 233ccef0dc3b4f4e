//! Recognises log files, and reads those of one session.

use std::path::{Path, PathBuf};

use serde_json::value::RawValue;

use crate::authored::Authored;
use crate::json::{JsonObject, each_element};
use crate::lines::{LINE_LEN_MAX, Line, LineReader, LogError, open_lines};
use crate::records::{each_record_on, list_of_records, opens_record, record_json};
use crate::session::tally::LogTally;
use crate::session::transcript::{LogOptions, Transcript};
use crate::tool::TOOLS;
use crate::tool::interface::{Sniffed, Tool};

/// A session opens with its id or within some dozens of titles, modes and snapshots.
const SNIFFED_LINES_MAX: u64 = 64;

/// A longer line among the first (a pasted image) is passed over.
const SNIFFED_LINE_LEN_MAX: usize = 1 << 20;

/// All that is read of a file that is not a log.
const SNIFFED_BYTES_MAX: u64 = 16 << 20;

/// The session that a log belongs to. Files of one session are read together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Session {
    /// The name of the tool that wrote the log, as the index spells it.
    pub tool: String,
    /// The tool's id of the session. Where the log names none, the name of the file.
    pub id: String,
}

/// The tools whose logs can be read: the name for people of each, and the folder where it keeps its
/// logs.
pub fn known_tools() -> impl Iterator<Item = (&'static str, &'static str)> {
    TOOLS.iter().map(|tool| (tool.title(), tool.folder()))
}

/// Looks at the content of a file (never at its name). `Ok(None)`: readable, and not a log of a
/// tool that is known.
///
/// # Errors
/// The file could not be opened, or is compressed and broken before anything could be recognised.
pub fn sniff_log(path: &Path) -> Result<Option<Session>, LogError> {
    let sniffed = sniff_tool(path)?;
    Ok(sniffed.map(|(tool, id)| Session { tool: tool.name().to_owned(), id }))
}

/// Whether a file, by its place, is no log but a part of one that is read with it: the result of a
/// tool that is too large for the log.
pub fn is_read_with_log(path: &Path) -> bool {
    TOOLS.iter().any(|tool| tool.is_read_with_log(path))
}

/// The tool that wrote a log, and the session's id.
fn sniff_tool(path: &Path) -> Result<Option<(&'static dyn Tool, String)>, LogError> {
    let mut file = open_lines(path, SNIFFED_LINE_LEN_MAX)?;
    let mut found = None;
    let outcome = sniff_records(&mut file, &mut found);
    match (found, outcome) {
        (Some((tool, session_id)), _) => Ok(Some((tool, session_id.unwrap_or_else(|| stem(path))))),
        (None, Ok(())) => Ok(None),
        (None, Err(source)) if file.compressed => {
            Err(LogError::Damaged { path: path.to_path_buf(), source })
        }
        (None, Err(source)) => Err(LogError::Io { path: path.to_path_buf(), source }),
    }
}

/// Looks for a tool, and on for a session id; what was found before an error stands.
fn sniff_records(
    file: &mut LineReader,
    found: &mut Option<(&'static dyn Tool, Option<String>)>,
) -> std::io::Result<()> {
    file.peek()?;
    for &tool in TOOLS {
        if let Some(Sniffed { session_id }) = tool.sniff_document(file) {
            *found = Some((tool, session_id));
            return Ok(());
        }
    }
    let mut search = Search { tools: TOOLS, found };
    if let Some(start) = list_of_records(file.peek()?) {
        let (bytes, outcome) = file.read_rest(SNIFFED_BYTES_MAX as usize);
        // A list that is cut, or longer than this, gives the elements that it has.
        let text = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        let text = text.get(start..).unwrap_or_default();
        let _ = each_element(text, &mut |element: &RawValue| {
            if let Ok(record) = JsonObject::parse(&record_json(element)) {
                search.look(&record);
            }
        });
        return if search.found.is_some() { Ok(()) } else { outcome };
    }
    while file.number < SNIFFED_LINES_MAX && file.bytes < SNIFFED_BYTES_MAX && !search.is_over() {
        let Some(line) = file.next_line()? else {
            break;
        };
        if let Line::Bytes(line) = line
            && opens_record(line)
        {
            // What is damaged is told when the log is read.
            let _ = each_record_on(line, &mut |record| search.look(record));
        }
    }
    Ok(())
}

/// The search for the tool that wrote a log and for the session's id.
struct Search<'f> {
    tools: &'static [&'static dyn Tool],
    found: &'f mut Option<(&'static dyn Tool, Option<String>)>,
}

impl Search<'_> {
    fn look(&mut self, record: &JsonObject) {
        if self.is_over() {
            return;
        }
        let sniffed = self.tools.iter().find_map(|tool| Some((tool, tool.sniff(record)?)));
        let Some((tool, Sniffed { session_id })) = sniffed else { return };
        // From now on only records of this tool are of interest.
        self.tools = std::slice::from_ref(tool);
        if session_id.is_some() || self.found.is_none() {
            *self.found = Some((*tool, session_id));
        }
    }

    fn is_over(&self) -> bool {
        matches!(self.found, Some((_, Some(_))))
    }
}

/// The name of a file up to its first dot.
fn stem(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.split('.').next().unwrap_or_default().to_owned()
}

/// Reads the log files of ONE session in order, subtracts its quotes, and appends what the model
/// authored.
///
/// A broken line is counted in `tally` and never fatal. A file that ends early (cut gzip, cut zstd)
/// gives what it had, and is reported as a broken line.
///
/// # Errors
/// The first file that could not be opened; the others were read nevertheless.
pub fn read_session(
    paths: &[PathBuf],
    options: &LogOptions,
    authored: &mut Vec<Authored>,
    tally: &mut LogTally,
) -> Result<(), LogError> {
    let mut transcript = Transcript::new(options, tally);
    let mut outcome = Ok(());
    for path in paths {
        transcript.start_file(path);
        if let Err(error) = read_file(path, &mut transcript) {
            outcome = outcome.and(Err(error));
        }
    }
    transcript.finish(authored);
    outcome
}

fn read_file(path: &Path, transcript: &mut Transcript) -> Result<(), LogError> {
    let Some((tool, session_id)) = sniff_tool(path)? else {
        transcript.note_broken("not a log of a tool that this build knows");
        return Ok(());
    };
    let mut file = open_lines(path, LINE_LEN_MAX)?;
    tool.read(&mut file, session_id, transcript);
    transcript.tally.bytes_read += file.bytes;
    Ok(())
}
