//! What is wanted of a line of JSON, as a tree of the steps that lead there.

use memchr::memmem::Finder;

use crate::fields::path::Step;
use crate::record::{DATE_KEYS, ID_KEYS};
use crate::{FieldPath, ReadOptions};

/// The fields to pick, as a tree of their steps.
#[derive(Debug)]
pub(crate) struct FieldTree {
    fields: Vec<FieldPath>,
    /// Every string is wanted, and `fields` only says which come first.
    takes_all: bool,
    kept: Vec<FieldPath>,
    pub(crate) root: Node,
    /// The first keys of the fields, as they are written in a line.
    keys_written: Vec<Finder<'static>>,
}

#[derive(Debug, Default)]
pub(crate) struct Node {
    keys: Vec<(String, Node)>,
    pub(crate) each: Option<Box<Node>>,
    /// A field ends here: its place in the tree.
    pub(crate) field: Option<usize>,
    /// A field ends here or below.
    pub(crate) leads_to_field: bool,
    /// The record's id may be here; lower is better.
    pub(crate) id_rank: Option<usize>,
    pub(crate) is_time: bool,
    /// A date may be here that was not asked for; lower is better.
    pub(crate) date_rank: Option<usize>,
    pub(crate) is_package: bool,
    /// A value to keep is here: its field's place in those kept.
    pub(crate) kept: Option<usize>,
}

impl FieldTree {
    pub(crate) fn new(fields: Vec<FieldPath>) -> Self {
        let mut root = Node::default();
        for (place, field) in fields.iter().enumerate() {
            root.leads_to_field = true;
            let node = root.descend(field, |node| node.leads_to_field = true);
            // A path given twice is one field.
            node.field.get_or_insert(place);
        }
        for (rank, key) in ID_KEYS.iter().enumerate() {
            root.child(key).id_rank = Some(rank);
        }
        let keys_written = root
            .keys
            .iter()
            .filter(|(_, node)| node.leads_to_field)
            .map(|(key, _)| Finder::new(&format!("\"{key}\"")).into_owned())
            .collect();
        Self { fields, takes_all: false, kept: vec![], root, keys_written }
    }

    /// Wants every string of a record, those of `fields` before the others.
    pub(crate) fn of_all(fields: Vec<FieldPath>) -> Self {
        Self { takes_all: true, ..Self::new(fields) }
    }

    /// The tree for the fields that a person named; for all strings, those of the fields `found` first, where none was named.
    pub(crate) fn of_wanted(wanted: &[FieldPath], found: Vec<FieldPath>) -> Self {
        if wanted.is_empty() { Self::of_all(found) } else { Self::new(found) }
    }

    /// Whether every string is wanted.
    pub(crate) fn takes_all(&self) -> bool {
        self.takes_all
    }

    /// Whether `line` has the shape of an object with one of the fields: its braces, and the first key of a field.
    ///
    /// A line of that shape need not be parsed to be counted. What is not shaped so may still be a record, and has to be parsed.
    pub(crate) fn is_shaped(&self, line: &[u8]) -> bool {
        let line = line.trim_ascii();
        line.first() == Some(&b'{')
            && line.last() == Some(&b'}')
            && self.keys_written.iter().any(|key| key.find(line).is_some())
    }

    /// The tree, and where the record's time and package are, and what is kept.
    pub(crate) fn with_facts(mut self, options: &ReadOptions) -> Self {
        if let Some(field) = &options.time_field {
            self.root.descend(field, |_| {}).is_time = true;
        } else {
            for (rank, key) in DATE_KEYS.iter().enumerate() {
                self.root.child(key).date_rank = Some(rank);
            }
        }
        if let Some(field) = &options.package_field {
            self.root.descend(field, |_| {}).is_package = true;
        }
        for (place, field) in options.keep_fields.iter().enumerate() {
            let node = self.root.descend(field, |_| {});
            node.kept.get_or_insert(place);
        }
        self.kept.clone_from(&options.keep_fields);
        self
    }

    pub(crate) fn fields(&self) -> &[FieldPath] {
        &self.fields
    }

    pub(crate) fn kept(&self) -> &[FieldPath] {
        &self.kept
    }
}

impl Node {
    fn child(&mut self, key: &str) -> &mut Self {
        let place = self.keys.iter().position(|(known, _)| known == key).unwrap_or_else(|| {
            self.keys.push((key.to_owned(), Self::default()));
            self.keys.len() - 1
        });
        &mut self.keys[place].1
    }

    /// The node that `field` leads to. Each one on the way is shown to `mark`.
    fn descend(&mut self, field: &FieldPath, mark: impl Fn(&mut Self)) -> &mut Self {
        let mut node = self;
        for step in field.steps() {
            node = match step {
                Step::Key(key) => node.child(key),
                Step::Each => node.each.get_or_insert_default(),
            };
            mark(node);
        }
        node
    }

    /// The node that `key` leads to.
    pub(crate) fn at_key(&self, key: &str) -> Option<&Self> {
        let (_, node) = self.keys.iter().find(|(known, _)| known == key)?;
        Some(node)
    }

    /// Whether a text that stands here is of use.
    pub(crate) fn takes_text(&self) -> bool {
        self.field.is_some() || self.id_rank.is_some() || self.is_fact() || self.kept.is_some()
    }

    /// Whether a string or a number that stands here is a fact about the record.
    pub(crate) fn is_fact(&self) -> bool {
        self.is_time || self.is_package || self.date_rank.is_some()
    }
}

/// Stands for the elements of a list that a path ends at.
pub(crate) static LEAF: Node = Node {
    keys: vec![],
    each: None,
    field: None,
    leads_to_field: false,
    id_rank: None,
    is_time: false,
    date_rank: None,
    is_package: false,
    kept: None,
};
