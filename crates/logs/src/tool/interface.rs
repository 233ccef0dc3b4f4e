//! What each tool's folder provides, and how a log's lines are handed to it.

use crate::json::{JsonObject, mend_surrogates};
use crate::lines::{LINE_LEN_MAX, Line, LineReader};
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

    /// Reads a log from its start. `session_id` stands for records that name no session.
    fn read(&self, file: &mut LineReader, session_id: String, transcript: &mut Transcript);
}

/// What a record that was recognised tells.
pub(crate) struct Sniffed {
    /// The session of the log, where the record names it.
    pub(crate) session_id: Option<String>,
}

/// Gives every line that holds a record to `read`.
pub(crate) fn each_record(
    file: &mut LineReader,
    transcript: &mut Transcript,
    mut read: impl FnMut(&JsonObject, &mut Transcript),
) {
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
            Line::Bytes(line) => match std::str::from_utf8(line) {
                Ok(line) => match JsonObject::parse(&mend_surrogates(line)) {
                    Ok(record) => read(&record, transcript),
                    Err(error) => {
                        transcript.note_broken(format_args!("not a JSON record: {error}"));
                    }
                },
                Err(error) => {
                    let at = error.valid_up_to();
                    transcript.note_broken(format_args!("not UTF-8 at byte {at} of the line"));
                }
            },
        }
    }
}
