//! The members of one key as one record.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::IgnoredAny;

use super::members::{Member, MemberContent};
use crate::choose::{candidates_plan, entry_of};
use crate::field::Step;
use crate::parts::{Part, pick_parts};
use crate::pick::{give_picked, pick};
use crate::plan::Plan;
use crate::record::{ID_LEN_MAX, TEXTS_MAX};
use crate::repair::replace_bad_bytes;
use crate::{Extent, FieldPath, FieldText, ReadOptions, Row, SkipReason};

/// A sample of more members is given in parts: each costs memory beside its own bytes.
const PARTS_MAX: usize = 1 << 16;

/// Samples by which the fields are told.
const SAMPLES_SEEN: usize = 256;

/// The members of one key, or some of them.
pub(super) struct Sample {
    row: u64,
    /// How much of the row this is, if it is the last of it.
    extent: Extent,
    key: Vec<u8>,
    parts: Vec<SamplePart>,
    /// In bytes, of all texts.
    len: usize,
    /// Why members were left out; the gravest.
    unread: Option<SkipReason>,
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

impl Sample {
    /// Without any member yet.
    pub(super) fn of(member: &Member, row: u64) -> Self {
        Self {
            row,
            extent: Extent::Whole,
            key: split(&member.name).0.to_vec(),
            parts: vec![],
            len: 0,
            unread: None,
        }
    }

    pub(super) fn is_of(&self, member: &Member) -> bool {
        split(&member.name).0 == self.key
    }

    /// The field that a member is.
    pub(super) fn label(member: &Member) -> String {
        label(&String::from_utf8_lossy(split(&member.name).1))
    }

    /// Takes a member that is no long text.
    pub(super) fn add(&mut self, member: &Member, content: MemberContent) {
        let text = match content {
            MemberContent::Text(text) => text,
            MemberContent::Unread(reason) => return self.leave_out(reason),
            MemberContent::Long => return,
        };
        self.len += text.len();
        let name = String::from_utf8_lossy(split(&member.name).1).into_owned();
        self.parts.push(SamplePart { name, text });
    }

    /// More must not be held at once.
    pub(super) fn is_full(&self, len_max: usize) -> bool {
        self.len > len_max || self.parts.len() >= PARTS_MAX
    }

    /// What was gathered, if it is anything; the rest of the row follows.
    pub(super) fn take_part(&mut self) -> Option<Self> {
        if self.parts.is_empty() {
            return None;
        }
        let (parts, len) = (std::mem::take(&mut self.parts), std::mem::take(&mut self.len));
        let (row, extent) = self.place_of_part();
        Some(Self { row, extent, key: self.key.clone(), parts, len, unread: None })
    }

    /// Row and extent of a part that others follow.
    pub(super) fn place_of_part(&mut self) -> (u64, Extent) {
        let extent = match std::mem::replace(&mut self.extent, Extent::Next) {
            Extent::Whole => Extent::First,
            extent => extent,
        };
        (self.row, extent)
    }

    /// All of it was given in parts.
    pub(super) fn is_given(&self) -> bool {
        let is_unread = matches!(self.unread, Some(SkipReason::TooLong | SkipReason::Unsupported));
        self.extent == Extent::Next && self.parts.is_empty() && !is_unread
    }

    /// Whether it is one whole record, of which nothing has to be told.
    pub(super) fn may_pass(&self) -> bool {
        let is_unread = matches!(self.unread, Some(SkipReason::TooLong | SkipReason::Unsupported));
        self.extent == Extent::Whole && !self.parts.is_empty() && !is_unread
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

    fn leave_out(&mut self, reason: SkipReason) {
        let grave = |reason| match reason {
            SkipReason::TooLong => 2,
            SkipReason::Unsupported => 1,
            _ => 0,
        };
        if self.unread.is_none_or(|old| grave(old) < grave(reason)) {
            self.unread = Some(reason);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
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

/// Finds the texts of samples.
pub(super) struct Finder {
    /// The wanted fields, if any, and the facts.
    plan: Plan,
    is_found_by_itself: bool,
    /// For members that are JSON.
    candidates: Plan,
}

impl Finder {
    pub(super) fn new(options: &ReadOptions) -> Self {
        Self {
            plan: Plan::new(options.text_fields.clone()).with_facts(options),
            is_found_by_itself: options.text_fields.is_empty(),
            candidates: candidates_plan(),
        }
    }

    /// Whether nobody named the fields.
    pub(super) fn is_found_by_itself(&self) -> bool {
        self.is_found_by_itself
    }

    /// Whether a member that is not read as a part is of a field.
    pub(super) fn wants(&self, label: &str) -> bool {
        let first = |field: &FieldPath| FieldPath::from_steps(&field.steps()[..1]);
        let mut fields = self.plan.fields().iter();
        self.is_found_by_itself || fields.any(|field| first(field).as_str() == label)
    }

    /// The fields that the first samples of a block have, of which these are the `texts`.
    pub(super) fn fields_of<'s>(
        &self,
        samples: impl Iterator<Item = &'s Sample>,
        texts: &[u8],
    ) -> Vec<FieldPath> {
        let samples: Vec<&Sample> = samples.take(SAMPLES_SEEN).collect();
        if !self.is_found_by_itself {
            let has_one = |sample: &Sample| {
                let texts = sample.texts(texts);
                pick_parts(&self.plan, &parts(&texts)).is_ok_and(|picked| picked.present)
            };
            let fields = self.plan.fields().to_vec();
            return if samples.into_iter().any(has_one) { fields } else { vec![] };
        }
        let mut fields: Vec<FieldPath> = vec![];
        for part in samples.into_iter().flat_map(|sample| sample.texts(texts)) {
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
        for (place, _) in self.json_texts(part) {
            let field = &self.candidates.fields()[place];
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        fields
    }

    /// The texts inside of a member that is JSON, by the first of the known fields that it has.
    fn json_texts<'a>(&'a self, part: &'a PartText<'_>) -> Vec<(usize, FieldText<'a>)> {
        if !part.is_json() {
            return vec![];
        }
        let mut texts = match pick(&self.candidates, &part.text) {
            Ok(picked) if !picked.overflow => picked.texts,
            _ => return vec![],
        };
        let entry = texts.first().map(|&(place, _)| entry_of(place));
        texts.retain(|&(place, _)| Some(entry_of(place)) == entry);
        texts
    }

    /// Gives a sample of a block, of which these are the `texts`.
    pub(super) fn read_row(&self, sample: &Sample, texts: &[u8], each: &mut dyn FnMut(Row<'_>)) {
        let row = sample.row;
        if sample.parts.is_empty() {
            let reason = sample.unread.unwrap_or(SkipReason::NoTextField);
            each(Row::Skipped { row, reason });
            return;
        }
        // A picture beside a text holds nothing to scan. An archive does: the texts are scanned, and it counts as unread.
        if let Some(reason @ (SkipReason::Unsupported | SkipReason::TooLong)) = sample.unread {
            each(Row::Skipped { row, reason });
        }
        let texts = sample.texts(texts);
        let parts = parts(&texts);
        let Ok(mut picked) = pick_parts(&self.plan, &parts) else {
            give_picked(row, None, each);
            return;
        };
        picked.id = sample.id();
        picked.extent = sample.extent;
        if self.is_found_by_itself {
            picked.present = true;
            for part in &texts {
                picked.texts.append(&mut self.found_texts(part));
            }
            picked.overflow |= picked.texts.len() > TEXTS_MAX;
        }
        let is_repaired = |part: &PartText<'_>| matches!(part.text, Cow::Owned(_));
        give_picked(row, Some((picked, texts.iter().any(is_repaired))), each);
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
fn parts<'a>(texts: &'a [PartText<'_>]) -> Vec<(&'a str, Part<'a>)> {
    let is_json = |part: &PartText<'_>| {
        part.is_json() && serde_json::from_str::<IgnoredAny>(&part.text).is_ok()
    };
    let parts = texts.iter().map(|part| {
        let value = if is_json(part) { Part::Json(&part.text) } else { Part::Text(&part.text) };
        (part.name, value)
    });
    parts.collect()
}
