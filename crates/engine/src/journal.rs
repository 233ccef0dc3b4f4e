//! The lines of a journal, and what is held of them.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::chunks::ChunkHead;
use crate::identity::Identity;
use crate::linefile::Place;
use crate::loud::Loud;
use crate::options::RunLine;
use crate::wire::EndLine;

/// Raised when the meaning of a line changes.
pub(crate) const VERSION: u32 = 2;

/// A line of a journal.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Line {
    Journal {
        version: u32,
    },
    Run {
        number: u32,
        run: Box<RunLine>,
    },
    #[serde(skip_serializing)]
    Chunk(ChunkHead),
    End(Box<JournalEnd>),
}

/// The last line of a unit.
#[derive(Serialize, Deserialize)]
pub(crate) struct JournalEnd {
    pub(crate) unit: u64,
    pub(crate) chunks: u64,
    pub(crate) run: u32,
    pub(crate) shard: String,
    pub(crate) len: u64,
    pub(crate) content: String,
    pub(crate) piece: u32,
    pub(crate) loud: Loud,
    pub(crate) result: EndLine,
}

/// A unit that stands in the journal. There may be very many, so nothing of it is held in memory but where it is.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) end: Place,
    pub(crate) chunks: Box<[Place]>,
}

/// 128 bits: two of 10^12 units meet in one once in 10^14 journals.
pub(crate) fn key(identity: &Identity) -> u128 {
    let Identity { shard, len, content, piece } = identity;
    xxh3_128(format!("{len} {piece} {content} {shard}").as_bytes())
}

/// What was read of a journal so far.
#[derive(Default)]
pub(crate) struct Reading {
    pub(crate) version: Option<u32>,
    pub(crate) runs: Vec<RunLine>,
    /// Of units that have no end yet.
    chunks: HashMap<u64, Vec<Place>>,
    pub(crate) entries: HashMap<(u32, u128), Entry>,
    pub(crate) unit_next: u64,
}

impl Reading {
    pub(crate) fn line(&mut self, object: &[u8], place: Place) -> Result<(), String> {
        // The other lines of another version may be anything.
        if self.version.is_some_and(|version| version != VERSION) {
            return Ok(());
        }
        let line: Line = serde_json::from_slice(object).map_err(|error| error.to_string())?;
        match line {
            Line::Journal { version } => self.version = Some(version),
            _ if self.version.is_none() => return Err("a journal does not begin so".to_owned()),
            Line::Run { number, run } => {
                if number as usize != self.runs.len() {
                    return Err("a run is missing before it".to_owned());
                }
                self.runs.push(*run);
            }
            Line::Chunk(chunk) => {
                self.unit_next = self.unit_next.max(chunk.unit.saturating_add(1));
                self.chunks.entry(chunk.unit).or_default().push(place);
            }
            Line::End(end) => {
                self.unit_next = self.unit_next.max(end.unit.saturating_add(1));
                let chunks = self.chunks.remove(&end.unit).unwrap_or_default();
                if chunks.len() as u64 != end.chunks || end.run as usize >= self.runs.len() {
                    return Err("lines are missing before it".to_owned());
                }
                let identity = Identity {
                    shard: end.shard,
                    len: end.len,
                    content: end.content,
                    piece: end.piece,
                };
                let chunks = chunks.into_boxed_slice();
                let entry = Entry { end: place, chunks };
                self.entries.insert((end.run, key(&identity)), entry);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_another_version_only_the_first_line_is_looked_at() {
        let mut reading = Reading::default();
        for line in ["{\"journal\":{\"version\":1}}", "{\"run\":{}}", "{\"goat\":1}"] {
            let read = reading.line(line.as_bytes(), Place::default());
            assert_eq!(read, Ok(()), "{line}");
        }
        assert_eq!(reading.version, Some(1));
        let read = Reading::default().line(b"{\"run\":{}}", Place::default());
        assert!(read.is_err());
    }
}
