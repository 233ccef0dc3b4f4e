//! What a shard is made of: rows, each a record or a named skip.

use std::borrow::Cow;
use std::io;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::fields::path::FieldPath;
use crate::spilled_texts::SpilledTexts;
use crate::windows::{WindowLen, window_field};

/// Why a row was not scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SkipReason {
    /// The line is not a JSON value.
    NotJson,
    /// The record has none of the text fields, or holds no text there.
    NoTextField,
    /// Of more than a million texts; or longer than `record_len_max` and only to be had whole: a blob of git, a document of
    /// tokens, a text that is compressed inside of a tar.
    TooLong,
    /// Neither text nor a known container.
    Binary,
    /// A container that is known to hold data and that is not read: zip, HDF5, SQLite, Avro and others.
    Unsupported,
}

impl SkipReason {
    /// All reasons.
    pub const ALL: [Self; 5] =
        [Self::NotJson, Self::NoTextField, Self::TooLong, Self::Binary, Self::Unsupported];

    /// The reason with a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    /// The name used in reports and by `--accept-skipped`.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotJson => "not-json",
            Self::NoTextField => "no-text-field",
            Self::TooLong => "too-long",
            Self::Binary => "binary",
            Self::Unsupported => "unsupported-container",
        }
    }
}

/// One text of a record.
#[derive(Clone, Debug)]
pub struct FieldText<'a> {
    /// With positions, e.g. `messages[2].content`; empty for a source file.
    pub field: Cow<'a, str>,
    /// Decoded.
    pub text: Cow<'a, [u8]>,
}

/// A value beside the texts that goes along into findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// With positions, e.g. `licenses[0]`.
    pub field: String,
    /// As it stands there; numbers, times and booleans as text. Cut at 1 KiB.
    pub value: String,
}

/// One training example.
#[derive(Debug)]
pub struct Record<'a> {
    /// In the shard, from 0. Blank lines are no rows.
    pub row: u64,
    /// The record's own id, where it has one (the first of `id`, `doc_id`, `hexsha`, `blob_id`, `digest`, `uuid` that is
    /// a string or an integer, of at most 1 KiB).
    pub id: Option<Cow<'a, str>>,
    /// The value of `time_field`, as it stands there; of a Parquet timestamp or date, its RFC 3339 text. `None` where it
    /// is no string or number, is longer than 1 KiB, or stands there more than once. Where no field was named, the first
    /// of `created`, `created_at`, `commit_date`, `date`, `timestamp` and `added` at the top of the record: a hint, and
    /// nothing to build on.
    pub time: Option<Cow<'a, str>>,
    /// The value of `package_field`; `None` as for `time`, and where it was not asked for.
    pub package: Option<Cow<'a, str>>,
    /// The values of `keep_fields`, at most 64.
    pub kept: Vec<Kept>,
    /// Its texts, in the order of the fields. A field that is null or an empty list gives none. Those that are too long to
    /// be held are not here: see [`Record::for_each_window`].
    pub texts: &'a [FieldText<'a>],
    /// Values of the row that were not read, and why; the gravest reason. Its texts were.
    pub unread: Option<SkipReason>,
    /// Bytes of values that are known to be no text: images, sound, films, numbers.
    pub bytes_not_text: u64,
    /// Bytes of the record that were looked at, where that is more than its texts: all of a line of JSON, and strings that
    /// are too short to be given.
    pub len: Option<u64>,
    /// What no parser takes stood in the row: bytes that were not UTF-8 (each replaced by one `?`), or half of a
    /// surrogate pair as an escape (replaced by one `?`). Offsets in the row hold.
    pub repaired: bool,
    /// Texts that are too long or too many to be held, behind the others. [`Record::for_each_window`] reads them.
    pub spilled: Option<&'a SpilledTexts>,
}

impl Record<'_> {
    /// Gives the texts of the record with their fields, until `each` breaks; none is too long to be scanned at once.
    ///
    /// A record of more than `record_len_max` bytes may hold longer texts. These are given in windows that overlap, of at
    /// most 8 MiB, with a field that says which bytes it is: `content[8323072..16711680]`.
    ///
    /// # Errors
    /// The temporary file of what was too long to be held cannot be read.
    pub fn for_each_window(
        &self,
        record_len_max: usize,
        each: &mut dyn FnMut(&str, &[u8]) -> ControlFlow<()>,
    ) -> io::Result<()> {
        let len: usize = self.texts.iter().map(|text| text.text.len()).sum();
        let is_long = len > record_len_max;
        let window_len = if is_long { WindowLen::of(record_len_max) } else { WindowLen::WHOLE };
        for text in self.texts {
            for place in window_len.places(text.text.len() as u64) {
                let window = &text.text[place.start as usize..place.end as usize];
                let given = if window.len() == text.text.len() {
                    each(&text.field, window)
                } else {
                    each(&window_field(&text.field, &place), window)
                };
                if given.is_break() {
                    return Ok(());
                }
            }
        }
        match self.spilled {
            Some(spilled) => spilled.for_each_window(record_len_max, each),
            None => Ok(()),
        }
    }
}

impl<'a> Record<'a> {
    /// One that says nothing beside its texts.
    pub(crate) fn of_texts(row: u64, texts: &'a [FieldText<'a>]) -> Self {
        Self {
            row,
            id: None,
            time: None,
            package: None,
            kept: vec![],
            texts,
            unread: None,
            bytes_not_text: 0,
            len: None,
            repaired: false,
            spilled: None,
        }
    }
}

/// What a row came to.
#[derive(Debug)]
pub enum Row<'a> {
    /// To be scanned.
    Record(Record<'a>),
    /// Not scanned, and why.
    Skipped {
        /// In the shard, from 0.
        row: u64,
        /// Why.
        reason: SkipReason,
    },
}

/// The keys that may hold a record's id, best first.
pub(crate) const ID_KEYS: [&str; 6] = ["id", "doc_id", "hexsha", "blob_id", "digest", "uuid"];

/// The keys that may hold a date, best first: when it was written before when it was collected.
pub(crate) const DATE_KEYS: [&str; 6] =
    ["created", "created_at", "commit_date", "date", "timestamp", "added"];

/// A longer id is none: it would stand in every finding. Nor is a longer time or package.
pub(crate) const ID_LEN_MAX: usize = 1 << 10;

/// A record of more texts than this is skipped as too long: each text costs some hundred bytes beside its own, so a
/// long list of empty strings would take many times the memory of its line.
pub(crate) const TEXTS_MAX: usize = 1 << 20;

/// A shorter string that is of no known or wanted field is not given, and there may be very many of them: an anchor is made
/// of 32 bytes.
pub(crate) const TEXT_LEN_MIN: usize = 24;

/// Values kept of one record.
pub(crate) const KEPT_MAX: usize = 64;

/// Appends a value of `field`, cut at [`ID_LEN_MAX`], unless there are enough.
pub(crate) fn keep(kept: &mut Vec<Kept>, field: &FieldPath, positions: &[usize], value: &str) {
    if kept.len() < KEPT_MAX {
        kept.push(Kept {
            field: field.label(positions),
            value: value[..value.floor_char_boundary(ID_LEN_MAX)].to_owned(),
        });
    }
}
