//! `seepage index export`.

use std::io::{self, BufWriter, Write};

use seepage_index::{Index, PassageId};
use seepage_report::to_json_line;
use serde_json::json;

use crate::index::args::ExportArguments;
use crate::index::open::open;
use crate::screen::failure::Failure;

/// Writes each passage as a line of JSON, in the order of the ids.
pub(crate) fn run(arguments: &ExportArguments) -> Result<u8, Failure> {
    let index = open(&arguments.index)?;
    let mut out = BufWriter::new(io::stdout().lock());
    for passage in index.passages() {
        let line = line(&index, passage)?;
        match out.write_all(&line) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(0),
            other => other?,
        }
    }
    match out.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(0),
    }
}

fn line(index: &Index, passage: PassageId) -> Result<Vec<u8>, Failure> {
    let entry = index.entry(passage)?;
    let evidence = index.text(passage);
    let spans: Vec<[u32; 2]> = evidence.spans.iter().map(|span| [span.start, span.end]).collect();
    let mut object = serde_json::to_value(entry.author.provenance)?;
    object["passage_id"] = json!(passage.0);
    object["family_id"] = json!(entry.family.0);
    object["text"] = json!(String::from_utf8_lossy(evidence.text));
    object["spans"] = json!(spans);
    Ok(to_json_line(&object)?)
}
