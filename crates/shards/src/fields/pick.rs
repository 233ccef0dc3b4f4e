//! Picks the texts, the id and other facts out of one line of JSON.
//!
//! No tree of the record is built: what is not asked for is parsed and forgotten. A key that occurs twice gives the
//! texts of both, so that neither the first nor the last is lost.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::fields::path::{FieldPath, Step};
use crate::fields::repair::{replace_bad_bytes, replace_python_json};
use crate::fields::tree::{FieldTree, LEAF, Node};
use crate::fields::unambiguous::Unambiguous;
use crate::record::FieldText;
use crate::record::{ID_LEN_MAX, KEPT_MAX, Kept, TEXT_LEN_MIN, TEXTS_MAX, keep};
use crate::spilled_texts::SpilledTexts;

/// What is nested deeper is one text, as it is written: a parser takes a stack frame for each level.
const DEPTH_MAX: usize = 100;

#[expect(clippy::ptr_arg, reason = "what is borrowed from the line is kept without a copy")]
fn note_facts<'a>(node: &Node, picked: &mut Picked<'a>, text: &Cow<'a, str>) {
    let is_short = text.len() <= ID_LEN_MAX;
    if let Some(rank) = node.date_rank
        && is_short
        && rank < picked.date_rank
    {
        picked.date_rank = rank;
        picked.time = Unambiguous::Only(text.clone());
    }
    if node.is_time {
        picked.time.meet(is_short.then(|| text.clone()));
    }
    if node.is_package {
        picked.package.meet(is_short.then(|| text.clone()));
    }
}

/// What one line gave.
#[derive(Debug, Default)]
pub(crate) struct Picked<'a> {
    /// Each with its field's place in the tree; in the order of the fields, then of the line.
    pub(crate) texts: Vec<(usize, FieldText<'a>)>,
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) time: Unambiguous<Cow<'a, str>>,
    pub(crate) package: Unambiguous<Cow<'a, str>>,
    pub(crate) kept: Vec<Kept>,
    /// A field was there, though perhaps null or an empty list; where every string is wanted, any record has one.
    pub(crate) present: bool,
    /// The line is an object.
    pub(crate) is_object: bool,
    /// More than [`TEXTS_MAX`] texts; the rest was not kept.
    pub(crate) overflow: bool,
    /// Texts that are too long or too many to be held.
    pub(crate) spilled: Option<&'a SpilledTexts>,
    id_rank: usize,
    date_rank: usize,
    positions: Vec<usize>,
    /// The way to the value at hand, where every string is wanted.
    steps: Vec<Step>,
}

/// The texts of a line, or an error if it is not one JSON value.
pub(crate) fn pick<'a>(
    tree: &'a FieldTree,
    line: &'a str,
) -> Result<Picked<'a>, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(line);
    let mut picked = if tree.takes_all() || line.trim_start().starts_with('{') {
        pick_from(tree, &mut json)?
    } else {
        serde::Deserialize::deserialize(&mut json).map(|IgnoredAny| Picked::default())?
    };
    let Err(error) = json.end() else { return Ok(picked) };
    // Other objects may follow, where a newline was lost or the lines end as on old Macs. They are of the same record.
    let mut values = serde_json::Deserializer::from_str(line).into_iter::<IgnoredAny>();
    values.next();
    let mut start = values.byte_offset();
    while let Some(value) = values.next() {
        value?;
        let value = &line[start..values.byte_offset()];
        start = values.byte_offset();
        if !value.trim_start().starts_with('{') || !picked.is_object {
            return Err(error);
        }
        let more = pick_from(tree, &mut serde_json::Deserializer::from_str(value))?;
        picked.append(more);
    }
    sort_texts(tree, &mut picked);
    Ok(picked)
}

/// Sorts the texts by field.
fn sort_texts(tree: &FieldTree, picked: &mut Picked<'_>) {
    if tree.fields().len() > 1 {
        picked.texts.sort_by_key(|&(place, _)| place);
    }
}

/// The texts of a record that is a map.
pub(crate) fn pick_from<'a, D: Deserializer<'a>>(
    tree: &'a FieldTree,
    record: D,
) -> Result<Picked<'a>, D::Error> {
    let mut picked = Picked {
        id_rank: usize::MAX,
        date_rank: usize::MAX,
        present: tree.takes_all(),
        ..Picked::default()
    };
    Pick { tree, node: &tree.root, above: Above::default(), picked: &mut picked }
        .deserialize(record)?;
    sort_texts(tree, &mut picked);
    Ok(picked)
}

impl Picked<'_> {
    /// Takes what another object gave. Of what a record has once, it is none where they differ.
    fn append(&mut self, mut other: Self) {
        self.texts.append(&mut other.texts);
        self.kept.append(&mut other.kept);
        self.kept.truncate(KEPT_MAX);
        self.overflow |= other.overflow || self.texts.len() > TEXTS_MAX;
        self.present |= other.present;
        self.id = None;
        self.time = Unambiguous::default();
        self.package = Unambiguous::default();
    }
}

#[cfg(feature = "git")]
impl Picked<'_> {
    /// Dates the record by what it comes from.
    pub(crate) fn set_time(&mut self, time: &str) {
        self.time = Unambiguous::Only(Cow::Owned(time.to_owned()));
    }
}

/// What ends at the list around a value: strings in a list are texts of the list's field, and kept with it.
#[derive(Clone, Copy, Default)]
struct Above {
    field: Option<usize>,
    kept: Option<usize>,
}

/// Visits the value at one node.
struct Pick<'a, 'p> {
    tree: &'a FieldTree,
    node: &'a Node,
    above: Above,
    picked: &'p mut Picked<'a>,
}

impl<'a> Pick<'a, '_> {
    fn take_text(self, text: Cow<'a, str>) {
        let picked = self.picked;
        if let Some(rank) = self.node.id_rank
            && rank < picked.id_rank
            && text.len() <= ID_LEN_MAX
        {
            picked.id_rank = rank;
            picked.id = Some(text.clone());
        }
        note_facts(self.node, picked, &text);
        if let Some(place) = self.node.kept.or(self.above.kept) {
            keep(&mut picked.kept, &self.tree.kept()[place], &picked.positions, &text);
        }
        let known = self.node.field.or(self.above.field);
        let Some(place) =
            known.or_else(|| self.tree.takes_all().then_some(self.tree.fields().len()))
        else {
            return;
        };
        // Too short to hold a k-gram, and perhaps one of very many.
        if known.is_none() && text.len() < TEXT_LEN_MIN {
            return;
        }
        picked.present = true;
        if picked.texts.len() >= TEXTS_MAX {
            picked.overflow = true;
            return;
        }
        let label = match self.tree.fields().get(place) {
            Some(field) if picked.positions.is_empty() => Cow::Borrowed(field.as_str()),
            Some(field) => Cow::Owned(field.label(&picked.positions)),
            None => Cow::Owned(FieldPath::from_steps(&picked.steps).label(&picked.positions)),
        };
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        picked.texts.push((place, FieldText { field: label, text }));
    }

    fn take_integer(self, integer: impl fmt::Display + Copy) {
        if let Some(rank) = self.node.id_rank
            && rank < self.picked.id_rank
        {
            self.picked.id_rank = rank;
            self.picked.id = Some(Cow::Owned(integer.to_string()));
        }
        self.take_number(integer);
    }

    fn take_number(self, number: impl fmt::Display) {
        if self.node.is_fact() {
            note_facts(self.node, self.picked, &Cow::Owned(number.to_string()));
        }
        self.keep_scalar(number);
    }

    fn keep_scalar(self, value: impl fmt::Display) {
        if let Some(place) = self.node.kept.or(self.above.kept) {
            let field = &self.tree.kept()[place];
            let positions = &self.picked.positions;
            keep(&mut self.picked.kept, field, positions, &value.to_string());
        }
    }

    /// A field that holds nothing is there all the same.
    fn note_empty(&mut self) {
        self.picked.present |= self.node.leads_to_field || self.above.field.is_some();
    }
}

impl<'a> DeserializeSeed<'a> for Pick<'a, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Pick<'a, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<(), E> {
        self.take_text(Cow::Borrowed(text));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        // A text that was not asked for is not copied; this node may stand here for its keys only.
        if self.tree.takes_all()
            || self.node.takes_text()
            || self.above.field.is_some()
            || self.above.kept.is_some()
        {
            self.take_text(Cow::Owned(text.to_owned()));
        }
        Ok(())
    }

    fn visit_unit<E>(mut self) -> Result<(), E> {
        self.note_empty();
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.keep_scalar(value);
        Ok(())
    }

    fn visit_i64<E>(self, integer: i64) -> Result<(), E> {
        self.take_integer(integer);
        Ok(())
    }

    fn visit_u64<E>(self, integer: u64) -> Result<(), E> {
        self.take_integer(integer);
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.take_number(number);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut list: A) -> Result<(), A::Error> {
        let above = Above { field: self.node.field, kept: self.node.kept };
        let node = self.node.each.as_deref();
        let is_wanted = self.tree.takes_all() || above.field.is_some() || above.kept.is_some();
        if node.is_none() && !is_wanted {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        let node = node.unwrap_or(&LEAF);
        let mut position = 0;
        self.picked.steps.push(Step::Each);
        loop {
            self.picked.positions.push(position);
            let seed = Pick { tree: self.tree, node, above, picked: &mut *self.picked };
            let more = if seed.picked.steps.len() <= DEPTH_MAX {
                list.next_element_seed(seed)?.is_some()
            } else {
                let raw = list.next_element::<&RawValue>()?;
                raw.map(|raw| seed.take_text(Cow::Borrowed(raw.get()))).is_some()
            };
            self.picked.positions.pop();
            if !more {
                break;
            }
            position += 1;
        }
        self.picked.steps.pop();
        if position == 0 {
            self.note_empty();
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let takes_all = self.tree.takes_all();
        self.picked.is_object |= self.picked.steps.is_empty() && self.picked.positions.is_empty();
        while let Some((child, key)) = map.next_key_seed(KeyOf(self.node, takes_all))? {
            let Some(node) = child.or(takes_all.then_some(&LEAF)) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let depth = self.picked.steps.len();
            self.picked.steps.extend(key.map(Step::Key));
            let above = Above::default();
            let seed = Pick { tree: self.tree, node, above, picked: &mut *self.picked };
            if depth < DEPTH_MAX {
                map.next_value_seed(seed)?;
            } else {
                seed.take_text(Cow::Borrowed(map.next_value::<&RawValue>()?.get()));
            }
            self.picked.steps.truncate(depth);
        }
        Ok(())
    }
}

/// Finds the child of a node that a key leads to, and gives the key with it if that is wanted.
struct KeyOf<'a>(&'a Node, bool);

impl<'de, 'a> DeserializeSeed<'de> for KeyOf<'a> {
    type Value = (Option<&'a Node>, Option<String>);

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<Self::Value, D::Error> {
        key.deserialize_str(self)
    }
}

impl<'a> Visitor<'_> for KeyOf<'a> {
    type Value = (Option<&'a Node>, Option<String>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok((self.0.at_key(key), self.1.then(|| key.to_owned())))
    }
}

/// Appends the keys of the object in `line` that are not in `keys` yet, up to `count_max`.
pub(crate) fn gather_keys(line: &str, keys: &mut Vec<String>, count_max: usize) {
    struct Keys<'k>(&'k mut Vec<String>, usize);

    impl<'de> Visitor<'de> for Keys<'_> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            let Self(keys, count_max) = self;
            while let Some((key, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
                if keys.len() < count_max && !keys.contains(&key) {
                    keys.push(key);
                }
            }
            Ok(())
        }
    }

    // What is not JSON has no keys; it is counted where it is read.
    let _ = serde_json::Deserializer::from_str(line).deserialize_map(Keys(keys, count_max));
}

/// Hands `then` what `line` gives and whether it was repaired; `None` if it is no JSON.
pub(crate) fn with_picked(
    tree: &FieldTree,
    line: &[u8],
    then: impl FnOnce(Option<(Picked<'_>, bool)>),
) {
    let replaced;
    let (text, bytes_replaced) = if let Ok(text) = std::str::from_utf8(line) {
        (text, false)
    } else {
        replaced = replace_bad_bytes(line);
        (replaced.as_str(), true)
    };
    if let Ok(picked) = pick(tree, text) {
        return then(Some((picked, bytes_replaced)));
    }
    let Some(repaired) = replace_python_json(text) else {
        return then(None);
    };
    let picked = pick(tree, &repaired.text).ok();
    then(picked.map(|picked| (picked, bytes_replaced || repaired.texts_changed)));
}
