//! Gathers what a session read and wrote, and at its end subtracts the one from the other.
//!
//! Readers report in the order of a file. Files of one session (a parent and its subagents) are merged by time; within
//! a file the order of its lines stands, whatever its clocks say.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::authored::{Authored, Kind};
use crate::prefixes::each_form;
use crate::provenance::Provenance;
use crate::quotes::{LineHashes, Origin, SeenLines, hash_line, lines_of, subtract_quotes};
use crate::runs::Runs;
use crate::session::LogOptions;
use crate::tally::LogTally;

/// No real session writes more; what a hostile one repeats must not fill the memory.
const TEXT_LEN_MAX: u64 = 1 << 30;

/// One text that the model wrote, before it is known what of it is a quote.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) kind: Kind,
    pub(crate) runs: Runs,
    pub(crate) file_path: Option<String>,
    pub(crate) call_id: Option<String>,
}

struct Event {
    at: i64,
    what: What,
}

enum What {
    Lines(Origin, Vec<u64>),
    Text(Box<Authored>),
}

/// What was gathered of a session so far.
pub(crate) struct Gather<'t> {
    pub(crate) options: LogOptions,
    pub(crate) tally: &'t mut LogTally,
    events: Vec<Event>,
    applied: HashMap<String, bool>,
    taken: HashSet<u64>,
    text_len: u64,
    // Of the file that is being read.
    path: PathBuf,
    line: u64,
    clock: i64,
    broken_listed: u64,
    /// Lines that this file has brought already: only the first time counts.
    brought: HashSet<u64, LineHashes>,
}

impl<'t> Gather<'t> {
    pub(crate) fn new(options: LogOptions, tally: &'t mut LogTally) -> Self {
        Self {
            options,
            tally,
            events: Vec::new(),
            applied: HashMap::new(),
            taken: HashSet::new(),
            text_len: 0,
            path: PathBuf::new(),
            line: 0,
            clock: i64::MIN,
            broken_listed: 0,
            brought: HashSet::default(),
        }
    }

    pub(crate) fn start_file(&mut self, path: &Path) {
        self.path = path.to_path_buf();
        self.line = 0;
        self.clock = i64::MIN;
        self.broken_listed = 0;
        self.brought.clear();
    }

    pub(crate) fn start_line(&mut self, line: u64) {
        self.line = line;
        self.tally.lines_read += 1;
    }

    /// The time of what follows; clocks that go back are not believed.
    pub(crate) fn set_time(&mut self, at: Option<i64>) {
        self.clock = self.clock.max(at.unwrap_or(i64::MIN));
    }

    pub(crate) fn note_broken(&mut self, why: impl std::fmt::Display) {
        self.tally.note_broken(&self.path, self.line, why.to_string(), &mut self.broken_listed);
    }

    /// Whether a block or call is met for the first time in this session; the second time counts as a duplicate.
    pub(crate) fn is_first(&mut self, key: u64) -> bool {
        let first = self.taken.insert(key);
        self.tally.duplicates += u64::from(!first);
        first
    }

    /// The model was shown `text`.
    pub(crate) fn learn_read(&mut self, text: &str) {
        let mut hashes = Vec::new();
        for line in lines_of(text) {
            each_form(line, &mut |form| {
                hashes.extend(hash_line(form).filter(|hash| self.brought.insert(*hash)));
            });
        }
        self.push_lines(Origin::Read, hashes);
    }

    /// The model wrote `text`, in a place that is not indexed.
    pub(crate) fn learn_written(&mut self, text: &str) {
        let hashes = lines_of(text)
            .filter_map(hash_line)
            .filter(|hash| self.brought.insert(*hash))
            .collect();
        self.push_lines(Origin::Written, hashes);
    }

    fn push_lines(&mut self, origin: Origin, hashes: Vec<u64>) {
        if !hashes.is_empty() {
            self.events.push(Event { at: self.clock, what: What::Lines(origin, hashes) });
        }
    }

    /// The model wrote this; `source` says where all texts of one record come from.
    pub(crate) fn author(&mut self, source: &Provenance, draft: Draft) {
        let Draft { kind, runs, file_path, call_id } = draft;
        if runs.text.lines().all(is_placeholder) {
            return;
        }
        self.text_len += runs.text.len() as u64;
        if self.text_len > TEXT_LEN_MAX {
            self.note_broken(format_args!(
                "the session holds more than {TEXT_LEN_MAX} bytes of authored text"
            ));
            return;
        }
        self.brought.extend(
            runs.spans
                .iter()
                .flat_map(|span| runs.text[span.clone()].lines())
                .filter_map(hash_line),
        );
        let provenance = Provenance {
            call_id,
            file_path,
            kind: kind.name().to_owned(),
            log_path: self.path.to_string_lossy().into_owned(),
            log_line: self.line,
            ..source.clone()
        };
        let authored = Authored { provenance, text: runs.text, spans: runs.spans };
        self.events.push(Event { at: self.clock, what: What::Text(Box::new(authored)) });
    }

    /// Whether a call was applied, as its result says.
    pub(crate) fn note_applied(&mut self, call_id: String, applied: bool) {
        self.applied.insert(call_id, applied);
    }

    /// Merges, subtracts, and appends what is left.
    pub(crate) fn finish(self, authored: &mut Vec<Authored>) {
        let Self { mut events, applied, tally, .. } = self;
        // Stable: what happened at one time stays in the order in which it was read.
        events.sort_by_key(|event| event.at);
        let mut seen = SeenLines::default();
        for event in events {
            match event.what {
                What::Lines(origin, hashes) => {
                    for hash in hashes {
                        seen.note(hash, origin);
                    }
                }
                What::Text(mut text) => {
                    let before = len_of(&text);
                    let kept = subtract_quotes(&text.text, &text.spans, &seen);
                    seen.note_written(&text.text, &text.spans);
                    text.spans = kept;
                    tally.bytes_authored += before;
                    tally.bytes_subtracted += before - len_of(&text);
                    if text.spans.is_empty() {
                        tally.texts_subtracted += 1;
                        continue;
                    }
                    let from = &mut text.provenance;
                    from.applied = from.call_id.as_ref().and_then(|id| applied.get(id).copied());
                    authored.push(*text);
                }
            }
        }
    }
}

fn len_of(text: &Authored) -> u64 {
    text.spans.iter().map(|span| span.len() as u64).sum()
}

/// What a tool or a cleaner put in the place of text, or nothing.
fn is_placeholder(line: &str) -> bool {
    let line = line.trim();
    line.is_empty()
        || line == "REDACTED"
        || line.starts_with("<persisted-output>")
        || (line.len() < 80
            && (line.contains("tokens truncated") || line.contains("litellm_truncated skipped")))
}

/// A key of several parts, for [`Gather::is_first`].
pub(crate) fn key_of(parts: &[&str]) -> u64 {
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.digest()
}

/// Milliseconds since 1970 of a time as RFC 3339 writes it.
pub(crate) fn millis_of(time: &str) -> Option<i64> {
    time.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}
