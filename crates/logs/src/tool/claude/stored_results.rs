//! Results of tools that are too large for the log: they lie in files beside it, and the record
//! holds a placeholder that names the file.

use std::path::{Path, PathBuf};

use serde_json::value::RawValue;

use crate::json::each_string;
use crate::lines::{LINE_LEN_MAX, open_lines};
use crate::session::transcript::Transcript;

/// The folder of the session in which these files lie.
const FOLDER: &str = "tool-results";

/// Folders between a log and its session's: `subagents/workflows/NAME`.
const FOLDERS_UP_MAX: usize = 4;

/// Whether a file holds the result of a tool, and is read with the log of its session.
pub(crate) fn is_stored_result(path: &Path) -> bool {
    let is_text = path.extension().is_some_and(|end| end == "txt" || end == "json");
    is_text && path.parent().is_some_and(|folder| folder.ends_with(FOLDER))
}

/// The model was shown the files that a result says it was saved to.
pub(crate) fn learn_stored_results(
    result: Option<&RawValue>,
    session_id: &str,
    transcript: &mut Transcript,
) {
    let mut names = Vec::new();
    // A result that is nested too deeply was told when its text was learned.
    let _ = each_string(result.map_or("null", RawValue::get), &mut |text| {
        if text.contains("saved to") {
            names.extend(file_names(text).map(str::to_owned));
        }
    });
    for name in names {
        let Some(path) = find(&transcript.path, session_id, &name) else { continue };
        if transcript.is_new_file(&path) {
            learn_file(&path, &name, transcript);
        }
    }
}

/// The names behind `tool-results/` in a text.
fn file_names(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(FOLDER).filter_map(|(at, _)| {
        let rest = text[at + FOLDER.len()..].strip_prefix(['/', '\\'])?;
        let end = rest.find(|char: char| !(char.is_alphanumeric() || "-_.".contains(char)));
        let name = rest[..end.unwrap_or(rest.len())].trim_end_matches('.');
        (!name.is_empty()).then_some(name)
    })
}

/// The file of this name in the session's folder, which is named like the log, or holds it. What the
/// log says of other folders is not followed: it may be another machine's, and is not trusted.
fn find(log: &Path, session_id: &str, name: &str) -> Option<PathBuf> {
    let beside = log.parent()?;
    let log_name = log.file_name()?.to_string_lossy();
    let stem = log_name.split('.').next().unwrap_or_default();
    let named = [stem, session_id].into_iter().filter(|name| !name.contains(['/', '\\', '.']));
    let above = beside.ancestors().take(FOLDERS_UP_MAX).map(Path::to_path_buf);
    let mut folders = named.map(|name| beside.join(name)).chain(above);
    folders.find_map(|folder| {
        let path = folder.join(FOLDER).join(name);
        path.symlink_metadata().is_ok_and(|meta| meta.is_file()).then_some(path)
    })
}

fn learn_file(path: &Path, name: &str, transcript: &mut Transcript) {
    let (bytes, outcome) = match open_lines(path, LINE_LEN_MAX) {
        Ok(mut file) => file.read_rest(LINE_LEN_MAX),
        Err(error) => {
            return transcript.note_broken(format_args!("`{FOLDER}/{name}`: {error}"));
        }
    };
    if let Err(error) = outcome {
        transcript.note_broken(format_args!("`{FOLDER}/{name}` ends early: {error}"));
    }
    transcript.tally.bytes_read += bytes.len() as u64;
    let text = String::from_utf8_lossy(&bytes);
    transcript.learn_read(&text);
    // Some servers answer in JSON, whose strings are the text.
    if text.trim_start().starts_with(['{', '[']) {
        let _ = each_string(&text, &mut |text| transcript.learn_read(text));
    }
}
