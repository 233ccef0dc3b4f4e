//! What each tool's folder provides, and how a log's lines are handed to it.

use std::path::Path;

use crate::json::{JsonObject, mend_surrogates};
use crate::lines::{LINE_LEN_MAX, Line, LineReader};
use crate::records::{each_listed, each_record_on, list_of_records, record_json};
use crate::session::transcript::Transcript;

/// An AI coding tool whose logs can be read.
pub(crate) trait Tool: Sync {
    /// The name in the index and in findings.
    fn name(&self) -> &'static str;

    /// The name for people.
    fn title(&self) -> &'static str;

    /// The folder where the tool keeps its logs, as a shell spells it.
    fn folder(&self) -> &'static str;

    /// Recognises a log that is one JSON document instead of lines.
    fn sniff_document(&self, _file: &mut LineReader) -> Option<Sniffed> {
        None
    }

    /// Recognises a log by one of its first records. `None` says that the record is none of this
    /// tool's.
    fn sniff(&self, record: &JsonObject) -> Option<Sniffed>;

    /// Whether a file, by its place, is no log but a part of one that is read with it.
    fn is_read_with_log(&self, _path: &Path) -> bool {
        false
    }

    /// Reads a log from its start. `session_id` stands for records that name no session.
    fn read(&self, file: &mut LineReader, session_id: String, transcript: &mut Transcript);
}

/// What a record that was recognised tells.
pub(crate) struct Sniffed {
    /// The session of the log, where the record names it.
    pub(crate) session_id: Option<String>,
}

/// Gives every record of a log to `read`, in whatever wrapping it stands.
pub(crate) fn each_record(
    file: &mut LineReader,
    transcript: &mut Transcript,
    mut read: impl FnMut(&JsonObject, &mut Transcript),
) {
    if let Some(start) = file.peek().ok().and_then(list_of_records) {
        return each_record_of_list(file, start, transcript, &mut read);
    }
    loop {
        let number = file.number + 1;
        let line = match file.next_line() {
            Ok(None) => return,
            Ok(Some(line)) => line,
            Err(error) => {
                transcript.start_line(number);
                return transcript.note_broken(format_args!("the file ends early: {error}"));
            }
        };
        transcript.start_line(number);
        match line {
            Line::TooLong => {
                transcript.note_broken(format_args!("longer than {LINE_LEN_MAX} bytes"));
            }
            Line::Bytes(line) if line.trim_ascii().is_empty() => {}
            Line::Bytes(line) => {
                if let Err(why) = each_record_on(line, &mut |record| read(record, transcript)) {
                    transcript.note_broken(why);
                }
            }
        }
    }
}

/// Gives every record of a log that is a list; each counts as a line.
fn each_record_of_list(
    file: &mut LineReader,
    start: usize,
    transcript: &mut Transcript,
    read: &mut dyn FnMut(&JsonObject, &mut Transcript),
) {
    let Some(document) = read_document(file, transcript) else { return };
    let outcome = each_listed(&document, start, &mut |line, element| {
        transcript.start_line(line);
        match JsonObject::parse(&record_json(element)) {
            Ok(record) => read(&record, transcript),
            Err(error) => transcript.note_broken(format_args!("not a JSON record: {error}")),
        }
    });
    if let Err(line) = outcome {
        transcript.start_line(line);
        transcript.note_broken("the document ends early or is no JSON");
    }
}

/// The whole of a log that is one document; `None` where it is no text.
pub(crate) fn read_document(file: &mut LineReader, transcript: &mut Transcript) -> Option<String> {
    let (bytes, outcome) = file.read_rest(LINE_LEN_MAX);
    let document = String::from_utf8(bytes);
    if let Err(error) = &document {
        transcript.start_line(1);
        let at = error.utf8_error().valid_up_to();
        transcript.note_broken(format_args!("not UTF-8 at byte {at}"));
    }
    if let Err(error) = outcome {
        transcript.note_broken(format_args!("the file ends early: {error}"));
    }
    Some(mend_surrogates(&document.ok()?).into_owned())
}
