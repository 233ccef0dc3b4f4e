//! Indexes of a chosen size: passages of invented words, which stand in no haystack but where they are planted.

use std::io;
use std::path::{Path, PathBuf};

use seepage_fingerprint::Analyzer;
use seepage_index::{BuildFacts, Class, Index, Passage, Provenance, SegmentWriter};

/// Bytes of a passage.
const PASSAGE_LEN: usize = 64 << 10;
/// The least number of fingerprints that it has.
const PASSAGE_FINGERPRINTS: u64 = 3400;

/// Opens an index of at least `count` fingerprints below `directory`, which is made if it is not there or was made by a
/// build that wrote other bytes.
pub(crate) fn index_of(directory: &Path, count: u64) -> io::Result<Index> {
    let path = path_of(directory, count);
    let index = Index::open(&path).or_else(|_| {
        build(&path, count)?;
        Index::open(&path).map_err(io::Error::other)
    })?;
    assert!(
        index.sizes().fingerprints >= count,
        "`{}` holds {} fingerprints, and {count} were wanted; remove it",
        path.display(),
        index.sizes().fingerprints
    );
    Ok(index)
}

fn path_of(directory: &Path, count: u64) -> PathBuf {
    directory.join(format!("needles-{count}.seepage"))
}

fn build(path: &Path, count: u64) -> io::Result<()> {
    let mut writer = SegmentWriter::create(path, Analyzer::default()).map_err(io::Error::other)?;
    for number in 0..count.div_ceil(PASSAGE_FINGERPRINTS) {
        writer.push(&passage(number)).map_err(io::Error::other)?;
    }
    writer.finish(&BuildFacts::default()).map_err(io::Error::other)
}

/// The passage with a number, the same on every machine.
pub(crate) fn passage(number: u64) -> Passage {
    let mut text = String::with_capacity(PASSAGE_LEN + 16);
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    while text.len() < PASSAGE_LEN {
        // xorshift64 (Marsaglia, 2003): quick, and good enough for invented words.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let letters = state.to_le_bytes().map(|byte| char::from(b'a' + byte % 26));
        text.extend(letters);
        text.push(if state.is_multiple_of(8) { '\n' } else { ' ' });
    }
    let spans = std::iter::once(0..text.len() as u32).collect();
    let provenance = Provenance {
        tool: "invented".to_owned(),
        session_id: format!("session-{number}"),
        class: Class::File,
        log_path: "invented.jsonl".to_owned(),
        log_line: number + 1,
        ..Provenance::default()
    };
    Passage::by(provenance, text, spans)
}
