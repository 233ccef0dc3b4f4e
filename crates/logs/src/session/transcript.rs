//! Gathers what a session read and wrote, and at its end subtracts the one from the other.
//!
//! Readers report in the order of a file. Files of one session (a parent and its subagents) are
//! merged by time; within a file the order of its lines stands, whatever its clocks say.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Display;
use std::path::{Path, PathBuf};

use serde_json::value::RawValue;

use crate::authored::Authored;
use crate::class::Class;
use crate::json::each_string;
use crate::provenance::Provenance;
use crate::session::account::{LeftOut, solid_len, solid_len_of};
use crate::session::keys::{TextKeys, key_of_line};
use crate::session::quotes::{
    LineHasher, SeenLines, SeenOrigin, each_form, lines_of, subtract_quotes, unnumbered,
};
use crate::session::tally::LogTally;
use crate::words::draft::{Draft, Extracted};

/// What to take from a log.
#[derive(Clone, Debug)]
pub struct LogOptions {
    /// Take what the model wrote as these classes.
    pub classes: BTreeSet<Class>,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self { classes: Class::ALL.into() }
    }
}

/// No real session writes more; what a hostile one repeats must not fill the memory.
const TEXT_LEN_MAX: u64 = 1 << 30;

/// What happened in a session.
enum Event {
    /// Lines, phrases and shapes, as their keys, were read or written.
    Met(SeenOrigin, Vec<u64>),
    /// The model wrote a text of which the index wants what is no quote.
    Text(Box<Authored>),
}

/// What a session read and wrote, as far as its log files were read.
pub(crate) struct Transcript<'t> {
    pub(crate) tally: &'t mut LogTally,
    options: &'t LogOptions,
    /// Each with its time.
    events: Vec<(i64, Event)>,
    /// By the id of a call, whether it was applied.
    applied: HashMap<String, bool>,
    /// Keys of the blocks and calls that were met.
    met: HashSet<u64>,
    text_len: u64,
    /// Bytes of the model's strings that are taken, or left out for a reason.
    accounted: u64,
    /// Files beside the logs that were read with them.
    files: HashSet<PathBuf>,
    // Of the file that is being read.
    /// Its first event.
    file_from: usize,
    pub(crate) path: PathBuf,
    line: u64,
    clock: i64,
    broken_listed: u64,
    /// Keys that this file has brought already: only the first time counts.
    brought: HashSet<u64, LineHasher>,
    /// The buffers of a text.
    keys: TextKeys,
    words: Vec<u64>,
}

impl<'t> Transcript<'t> {
    pub(crate) fn new(options: &'t LogOptions, tally: &'t mut LogTally) -> Self {
        Self {
            tally,
            options,
            events: Vec::new(),
            applied: HashMap::new(),
            met: HashSet::new(),
            text_len: 0,
            accounted: 0,
            files: HashSet::new(),
            path: PathBuf::new(),
            line: 0,
            file_from: 0,
            clock: i64::MIN,
            broken_listed: 0,
            brought: HashSet::default(),
            keys: TextKeys::default(),
            words: vec![],
        }
    }

    pub(crate) fn start_file(&mut self, path: &Path) {
        self.settle_untimed();
        self.file_from = self.events.len();
        self.path = path.to_path_buf();
        self.line = 0;
        self.clock = i64::MIN;
        self.broken_listed = 0;
        self.brought.clear();
    }

    /// Nothing says that what a file without any time tells came before what the others tell: it comes behind them, so that
    /// it takes nothing of theirs away.
    fn settle_untimed(&mut self) {
        if self.clock == i64::MIN {
            for (at, _) in &mut self.events[self.file_from..] {
                *at = i64::MAX;
            }
        }
    }

    pub(crate) fn start_line(&mut self, line: u64) {
        self.line = line;
        self.tally.lines_read += 1;
    }

    /// The time of what follows; clocks that go back are not believed.
    pub(crate) fn set_time(&mut self, at: Option<i64>) {
        self.clock = self.clock.max(at.unwrap_or(i64::MIN));
    }

    pub(crate) fn note_broken(&mut self, why: impl Display) {
        self.tally.note_broken(&self.path, self.line, why.to_string(), &mut self.broken_listed);
    }

    /// Whether a block or call is met for the first time in this session; the second time counts as
    /// a duplicate. The parts of `key` together tell it from all others.
    pub(crate) fn is_first(&mut self, key: &[&str]) -> bool {
        let mut hasher = xxhash_rust::xxh3::Xxh3::new();
        for part in key {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let first = self.met.insert(hasher.digest());
        self.tally.duplicates += u64::from(!first);
        first
    }

    /// Whether a file beside the log is met for the first time in this session.
    pub(crate) fn is_new_file(&mut self, path: &Path) -> bool {
        self.files.insert(path.to_path_buf())
    }

    /// The model was shown `text`.
    pub(crate) fn learn_read(&mut self, text: &str) {
        let Self { keys, words, brought, .. } = self;
        let mut met = Vec::new();
        keys.clear();
        for line in lines_of(text) {
            let plain = unnumbered(line);
            keys.read_line(plain, 0);
            each_form(plain, &mut |form| {
                if form.len() < plain.len() {
                    met.extend(key_of_line(form, words).filter(|key| brought.insert(*key)));
                }
            });
        }
        keys.end();
        met.extend(keys.keys().filter(|key| brought.insert(*key)));
        self.push_met(SeenOrigin::Read, met);
    }

    /// The model wrote `text`, in a place that is not indexed.
    pub(crate) fn learn_written(&mut self, text: &str) {
        let Self { keys, brought, .. } = self;
        keys.read(text, 0);
        let met = keys.keys().filter(|key| brought.insert(*key)).collect();
        self.push_met(SeenOrigin::Written, met);
    }

    fn push_met(&mut self, origin: SeenOrigin, keys: Vec<u64>) {
        if !keys.is_empty() {
            self.events.push((self.clock, Event::Met(origin, keys)));
        }
    }

    /// The model was shown all strings in `json`; `what` names it should it be nested too deeply to
    /// be read.
    pub(crate) fn learn_read_json(&mut self, json: Option<&RawValue>, what: impl Display) {
        let Some(json) = json else { return };
        if let Err(error) = each_string(json.get(), &mut |text| self.learn_read(text)) {
            self.note_broken(format_args!("{what} could not be read whole: {error}"));
        }
    }

    /// Accounts for so many bytes of strings that the model wrote: for what `read` neither takes nor leaves out for a
    /// reason of its own, `rest` is the reason.
    pub(crate) fn account<R>(
        &mut self,
        bytes: u64,
        rest: LeftOut,
        read: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let before = self.accounted;
        let result = read(self);
        let told = self.accounted - before;
        if let Some(left) = bytes.checked_sub(told) {
            self.leave_out(rest, left);
        } else {
            self.tally.strings.bytes_repeated += told - bytes;
            self.accounted = before + bytes;
        }
        result
    }

    /// Accounts for all strings of a message, a block or an item of the model.
    pub(crate) fn account_all<R>(&mut self, bytes: u64, read: impl FnOnce(&mut Self) -> R) -> R {
        self.tally.strings.bytes += bytes;
        self.account(bytes, LeftOut::Wrapping, read)
    }

    /// So many bytes of a string that the model wrote are not taken.
    pub(crate) fn leave_out(&mut self, why: LeftOut, bytes: u64) {
        if bytes > 0 {
            *self.tally.strings.left_out.entry(why).or_default() += bytes;
            self.accounted += bytes;
        }
    }

    /// The model wrote what was extracted, and was shown what it quotes.
    pub(crate) fn author_all(&mut self, source: &Provenance, extracted: Extracted) {
        self.learn_quoted(&extracted.quoted);
        for draft in extracted.drafts {
            self.author(source, draft);
        }
    }

    /// The model repeated this from a file.
    pub(crate) fn learn_quoted(&mut self, quoted: &str) {
        self.leave_out(LeftOut::RepeatedFile, solid_len(quoted));
        self.learn_read(quoted);
    }

    /// The model wrote this. `source` tells what all texts of one message or call have in common.
    pub(crate) fn author(&mut self, source: &Provenance, draft: Draft) {
        let Draft { class, file_path, text, spans, .. } = draft;
        let solid_len = solid_len_of(&text, &spans);
        if !self.options.classes.contains(&class) {
            // What a model that quotes itself read of it, it had written.
            self.learn_written(&text);
            return self.leave_out(LeftOut::OtherClass, solid_len);
        }
        self.text_len += text.len() as u64;
        if text.lines().all(is_placeholder) || self.text_len > TEXT_LEN_MAX {
            self.leave_out(LeftOut::Placeholder, solid_len);
        } else {
            self.accounted += solid_len;
        }
        if text.lines().all(is_placeholder) {
            return;
        }
        if self.text_len > TEXT_LEN_MAX {
            self.note_broken(format_args!(
                "the session holds more than {TEXT_LEN_MAX} bytes of authored text"
            ));
            return;
        }
        for span in &spans {
            self.keys.read(&text[span.clone()], span.start);
            self.brought.extend(self.keys.keys());
        }
        let provenance = Provenance {
            file_path,
            class,
            log_path: self.path.to_string_lossy().into_owned(),
            log_line: self.line,
            ..source.clone()
        };
        let authored = Box::new(Authored { provenance, text, spans, bytes_imitated: 0 });
        self.events.push((self.clock, Event::Text(authored)));
    }

    /// Whether a call was applied, as its result says.
    pub(crate) fn note_applied(&mut self, call_id: String, applied: bool) {
        self.applied.insert(call_id, applied);
    }

    /// Merges, subtracts, and appends what is left.
    pub(crate) fn finish(mut self, authored: &mut Vec<Authored>) {
        self.settle_untimed();
        let Self { mut events, applied, tally, mut keys, .. } = self;
        // Stable: what happened at one time stays in the order in which it was read.
        events.sort_by_key(|(at, _)| *at);
        let mut seen = SeenLines::default();
        for (_, event) in events {
            match event {
                Event::Met(origin, keys) => {
                    for key in keys {
                        seen.note(key, origin);
                    }
                }
                Event::Text(mut text) => {
                    let before = len_of(&text);
                    let solid_before = solid_len_of(&text.text, &text.spans);
                    let left = subtract_quotes(&text.text, &text.spans, &mut seen, &mut keys);
                    text.spans = left.spans;
                    text.bytes_imitated = left.bytes_imitated;
                    let solid_len = solid_len_of(&text.text, &text.spans);
                    tally.strings.bytes_kept += solid_before;
                    tally.strings.take_out(LeftOut::Quote, solid_before - solid_len);
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
