//! The members of one key as one record.

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::Range;

use serde::de::IgnoredAny;

use crate::container::format::recognise::Untold;
use crate::container::format::row_sink::RowSink;
use crate::container::tar::members::TarMember;
use crate::fields::choose::any_fields;
use crate::fields::named_values::{FieldValue, pick_values};
use crate::fields::path::{FieldPath, Step};
use crate::fields::pick::pick;
use crate::fields::repair::replace_bad_bytes;
use crate::fields::tree::FieldTree;
use crate::options::ReadOptions;
use crate::record::{FieldText, ID_LEN_MAX, Record, Row, SkipReason, TEXTS_MAX};
use crate::spilled_texts::SpilledTexts;

/// Of more members of a sample none is held: each costs memory beside its own bytes.
const PARTS_MAX: usize = 1 << 16;

/// Samples by which the fields are told.
const SAMPLES_SEEN: usize = 256;

/// The members of one key.
pub(super) struct TarSample {
    row: u64,
    key: Vec<u8>,
    parts: Vec<SamplePart>,
    /// Members that are too long or too many to be held.
    pub(super) spilled: Option<SpilledTexts>,
    /// In bytes, of all texts.
    pub(super) len: u64,
    /// In bytes, of those that are held.
    len_held: usize,
    /// Why members were left out; the gravest.
    unread: Option<SkipReason>,
    /// Of members that are known to hold no text, such as images.
    pub(super) bytes_not_text: u64,
}

/// A member that is a text.
struct SamplePart {
    /// What follows the key and the dot.
    name: String,
    /// Among the texts of the block.
    text: Range<usize>,
}

/// The text of a member, as it is given.
struct PartText<'s> {
    name: &'s str,
    /// Owned if it was repaired.
    text: Cow<'s, str>,
}

impl PartText<'_> {
    fn is_json(&self) -> bool {
        self.name.rsplit('.').next() == Some("json")
    }
}

impl TarSample {
    /// Without any member yet.
    pub(super) fn of(member: &TarMember, row: u64) -> Self {
        Self {
            row,
            key: split(&member.name).0.to_vec(),
            parts: vec![],
            spilled: None,
            len: 0,
            len_held: 0,
            unread: None,
            bytes_not_text: 0,
        }
    }

    pub(super) fn is_of(&self, member: &TarMember) -> bool {
        split(&member.name).0 == self.key
    }

    /// The field that a member is.
    pub(super) fn label(member: &TarMember) -> String {
        label(&String::from_utf8_lossy(split(&member.name).1))
    }

    /// Whether one more text can be held.
    pub(super) fn has_room(&self, text_len: usize, len_max: usize) -> bool {
        self.len_held.saturating_add(text_len) <= len_max && self.parts.len() < PARTS_MAX
    }

    /// Takes a member, a text that lies among the texts of the block.
    pub(super) fn add(&mut self, member: &TarMember, text: Range<usize>) {
        self.len += text.len() as u64;
        self.len_held += text.len();
        let name = String::from_utf8_lossy(split(&member.name).1).into_owned();
        self.parts.push(SamplePart { name, text });
    }

    /// Takes a text that cannot be held. It will be scanned as it lies there.
    pub(super) fn spill(&mut self, field: &str, text: &mut dyn Read) -> io::Result<()> {
        self.len += self.spilled.get_or_insert_default().append(field, text)?;
        Ok(())
    }

    /// Whether all of it is held, and nothing has to be told of it.
    pub(super) fn may_pass(&self) -> bool {
        !self.parts.is_empty() && self.spilled.is_none() && self.unread.is_none()
    }

    /// As they lie among the `texts` of the block.
    pub(super) fn raw_texts<'s>(&'s self, texts: &'s [u8]) -> impl Iterator<Item = &'s [u8]> {
        self.parts.iter().map(|part| &texts[part.text.clone()])
    }

    fn texts<'s>(&'s self, texts: &'s [u8]) -> Vec<PartText<'s>> {
        let texts = self.raw_texts(texts).zip(&self.parts);
        let texts = texts.map(|(text, part)| PartText {
            name: &part.name,
            text: match std::str::from_utf8(text) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => Cow::Owned(replace_bad_bytes(text)),
            },
        });
        texts.collect()
    }

    /// Takes a member that is not read.
    pub(super) fn leave_out(&mut self, reason: SkipReason) {
        let grave = |reason| match reason {
            SkipReason::TooLong => 2,
            SkipReason::Unsupported => 1,
            _ => 0,
        };
        if self.unread.is_none_or(|old| grave(old) < grave(reason)) {
            self.unread = Some(reason);
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|part| part.name.as_str())
    }

    fn id(&self) -> Option<Cow<'_, str>> {
        (self.key.len() <= ID_LEN_MAX).then(|| String::from_utf8_lossy(&self.key))
    }
}

/// The name of a member as a field.
fn label(name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        FieldPath::from_steps(&[Step::Key(name.to_owned())]).to_string()
    }
}

/// The key and the rest: `a/b.seg.txt` is `a/b` and `seg.txt`. A dot that the last part begins with is of the key.
fn split(name: &[u8]) -> (&[u8], &[u8]) {
    let last = memchr::memrchr(b'/', name).map_or(0, |offset| offset + 1);
    match memchr::memchr(b'.', name.get(last + 1..).unwrap_or_default()) {
        Some(offset) => (&name[..last + 1 + offset], &name[last + offset + 2..]),
        None => (name, b""),
    }
}

/// Finds the texts of samples, and makes records of them.
pub(super) struct SampleReader {
    /// The wanted fields, if any, and the facts.
    tree: FieldTree,
    is_found_by_itself: bool,
    /// For members that are JSON.
    candidates: FieldTree,
}

impl SampleReader {
    pub(super) fn new(options: &ReadOptions) -> Self {
        Self {
            tree: FieldTree::new(options.text_fields.clone()).with_facts(options),
            is_found_by_itself: options.text_fields.is_empty(),
            candidates: FieldTree::of_all(any_fields(&[])),
        }
    }

    /// Whether the fields were not named.
    pub(super) fn is_found_by_itself(&self) -> bool {
        self.is_found_by_itself
    }

    /// Whether a member that is not held is of a field.
    pub(super) fn wants(&self, label: &str) -> bool {
        let first = |field: &FieldPath| FieldPath::from_steps(&field.steps()[..1]);
        let mut fields = self.tree.fields().iter();
        self.is_found_by_itself || fields.any(|field| first(field).as_str() == label)
    }

    /// The fields that the first samples of a block have, of which these are the `texts`.
    pub(super) fn fields_of(&self, samples: &[TarSample], texts: &[u8]) -> Vec<FieldPath> {
        let mut samples = samples.iter().take(SAMPLES_SEEN);
        if !self.is_found_by_itself {
            let has_one = |sample: &TarSample| {
                let texts = sample.texts(texts);
                pick_values(&self.tree, &parts(&texts)).is_ok_and(|picked| picked.present)
            };
            let fields = self.tree.fields().to_vec();
            return if samples.any(has_one) { fields } else { vec![] };
        }
        let mut fields: Vec<FieldPath> = vec![];
        for part in samples.flat_map(|sample| sample.texts(texts)) {
            let own = FieldPath::from_steps(&[Step::Key(part.name.to_owned())]);
            let below = self.json_fields(&part).into_iter().map(|field| {
                let mut steps = own.steps().to_vec();
                steps.extend_from_slice(field.steps());
                FieldPath::from_steps(&steps)
            });
            let mut found: Vec<FieldPath> = below.collect();
            if found.is_empty() {
                found.push(own);
            }
            found.retain(|field| !fields.contains(field));
            fields.append(&mut found);
        }
        fields
    }

    /// The fields with texts inside of a member that is JSON.
    fn json_fields(&self, part: &PartText<'_>) -> Vec<&FieldPath> {
        let mut fields: Vec<&FieldPath> = vec![];
        let known = self.candidates.fields();
        for field in self.json_texts(part).iter().filter_map(|(place, _)| known.get(*place)) {
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        fields
    }

    /// The texts inside of a member that is JSON: those of known fields first.
    fn json_texts<'a>(&'a self, part: &'a PartText<'_>) -> Vec<(usize, FieldText<'a>)> {
        if !part.is_json() {
            return vec![];
        }
        match pick(&self.candidates, &part.text) {
            Ok(picked) if !picked.overflow => picked.texts,
            _ => vec![],
        }
    }

    /// Gives a sample of a block, of which these are the `texts`.
    pub(super) fn read_row(&self, sample: &TarSample, texts: &[u8], sink: &mut RowSink<'_>) {
        let row = sample.row;
        let untold = Untold { unread: sample.unread, bytes_not_text: sample.bytes_not_text };
        if sample.parts.is_empty() && sample.spilled.is_none() {
            let without_text = (!self.is_found_by_itself).then_some(SkipReason::NoTextField);
            return sink.give(match sample.unread.or(without_text) {
                Some(reason) => Row::Skipped { row, reason },
                None => Row::Record(Record {
                    id: sample.id(),
                    bytes_not_text: untold.bytes_not_text,
                    ..Record::of_texts(row, &[])
                }),
            });
        }
        let texts = sample.texts(texts);
        let parts = parts(&texts);
        let Ok(mut picked) = pick_values(&self.tree, &parts) else {
            sink.give_picked(row, None);
            return;
        };
        picked.id = sample.id();
        picked.spilled = sample.spilled.as_ref();
        picked.present |= self.is_found_by_itself || picked.spilled.is_some();
        if self.is_found_by_itself {
            for part in &texts {
                picked.texts.append(&mut self.found_texts(part));
            }
            picked.overflow |= picked.texts.len() > TEXTS_MAX;
        }
        let is_repaired = |part: &PartText<'_>| matches!(part.text, Cow::Owned(_));
        // The texts are scanned, and what lies beside them counts as unread.
        sink.give_parts((row, None), untold, Some((picked, texts.iter().any(is_repaired))));
    }

    /// The texts inside of a member that is JSON, or all of it as one.
    fn found_texts<'a>(&'a self, part: &'a PartText<'_>) -> Vec<(usize, FieldText<'a>)> {
        let label = label(part.name);
        let mut texts = self.json_texts(part);
        for (_, text) in &mut texts {
            text.field = Cow::Owned(format!("{label}.{}", text.field));
        }
        if texts.is_empty() {
            let text =
                FieldText { field: Cow::Owned(label), text: Cow::Borrowed(part.text.as_bytes()) };
            texts.push((0, text));
        }
        texts
    }
}

/// The members as parts of a record. One that is named JSON and is none is a text.
fn parts<'a>(texts: &'a [PartText<'_>]) -> Vec<(&'a str, FieldValue<'a>)> {
    let is_json = |part: &PartText<'_>| {
        part.is_json() && serde_json::from_str::<IgnoredAny>(&part.text).is_ok()
    };
    let parts = texts.iter().map(|part| {
        let value =
            if is_json(part) { FieldValue::Json(&part.text) } else { FieldValue::Text(&part.text) };
        (part.name, value)
    });
    parts.collect()
}
