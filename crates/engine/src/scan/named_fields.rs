//! Fields that a scan was told by name: whether any record has them.
//!
//! A misspelt name must not pass in silence. Nearly always the first shard has all fields, and one look at it is enough. What
//! no shard shows when it is opened is looked for in the lines of JSON as they are scanned, since a field may be rare there,
//! and in the first records of tables with many columns.

use std::ops::Range;

use rayon::prelude::*;
use seepage_shards::{Block, FieldPath, Preview, ReadOptions, Record, Row, ShardError, open_shard};
use serde_json::Value;

use crate::scan::shard_list::ShardList;

/// Blocks of a unit in which records are asked, where there are no lines to look through.
const BLOCKS_ASKED: usize = 4;

/// A field, and the option that names it.
#[derive(Clone, Debug)]
pub(crate) struct NamedField {
    option: &'static str,
    path: FieldPath,
}

impl NamedField {
    /// All that the options name. A single text field is not among them: a record without it is skipped, and that is said.
    fn all(read: &ReadOptions) -> Vec<Self> {
        let texts = if read.text_fields.len() > 1 { read.text_fields.as_slice() } else { &[] };
        let named = [
            ("--text-field", texts),
            ("--time-field", read.time_field.as_slice()),
            ("--package-field", read.package_field.as_slice()),
            ("--keep", &read.keep_fields),
        ];
        let fields = named.into_iter().flat_map(|(option, paths)| {
            paths.iter().map(move |path| Self { option, path: path.clone() })
        });
        fields.collect()
    }

    /// Those that no shard shows when it is opened.
    pub(crate) fn unseen(list: &ShardList, read: &ReadOptions) -> Vec<Self> {
        let mut fields = Self::all(read);
        let shows = |field: &Self| {
            let shards = list.shards.par_iter().map(|shard| &shard.found);
            let found = |found: &Result<_, _>| {
                found.as_ref().is_ok_and(|found: &seepage_shards::FoundShard| {
                    field.is_shown(&found.path, read)
                })
            };
            shards.any(found)
        };
        fields.retain(|field| !shows(field));
        for field in &fields {
            tracing::warn!(field = field.words(), "no shard shows the field when it is opened");
        }
        fields
    }

    /// As it was given: `--keep licence`.
    pub(crate) fn words(&self) -> String {
        format!("{} {}", self.option, self.path)
    }

    /// Whether the shard has a text, or a column of any type, of this name.
    fn is_shown(&self, path: &std::path::Path, read: &ReadOptions) -> bool {
        let alone = ReadOptions {
            text_fields: vec![self.path.clone()],
            time_field: None,
            package_field: None,
            keep_fields: vec![],
            ..read.clone()
        };
        match open_shard(path, &alone) {
            Ok(shard) => shard.text_fields().contains(&self.path),
            Err(ShardError::NoTextField { keys_seen, .. }) => {
                keys_seen.iter().any(|key| key == self.path.as_str())
            }
            Err(_) => false,
        }
    }

    /// Whether one of the lines is an object with this field.
    fn is_in_lines(&self, lines: &[u8]) -> bool {
        let keys = keys_of(self.path.as_str());
        let quoted: Vec<String> =
            keys.iter().map(|key| Value::from(key.as_str()).to_string()).collect();
        lines.split(|&byte| byte == b'\n').any(|line| {
            let line = String::from_utf8_lossy(line);
            quoted.iter().all(|key| line.contains(key))
                && serde_json::from_str(&line).is_ok_and(|value: Value| has(&value, &keys))
        })
    }

    /// Whether a record that was read has it.
    fn is_in_record(&self, record: &Record<'_>) -> bool {
        let is_it = |label: &str| keys_of(label) == keys_of(self.path.as_str());
        match self.option {
            "--text-field" => record.texts.iter().any(|text| is_it(&text.field)),
            "--time-field" => record.time.is_some(),
            "--package-field" => record.package.is_some(),
            _ => record.kept.iter().any(|kept| is_it(&kept.field)),
        }
    }
}

/// Those of `fields`, in words, that a block of lines or of rows has; it is the block of its unit with this number.
pub(crate) fn met_in(
    block: &Block,
    number: usize,
    is_lines: bool,
    fields: &[NamedField],
) -> Vec<String> {
    let mut look = FieldLook { fields, met: vec![false; fields.len()] };
    // What cannot be read is said where it is scanned.
    if is_lines {
        let _ = block.read_rows_previewed(&mut look, &mut |_| {});
    } else if number < BLOCKS_ASKED {
        let _ = block.read_rows(&mut |row| {
            if let Row::Record(record) = row {
                look.mark(|field| field.is_in_record(&record));
            }
        });
    }
    let met = fields.iter().zip(look.met).filter(|&(_, met)| met);
    met.map(|(field, _)| field.words()).collect()
}

/// Looks through lines for fields, and wants no record.
struct FieldLook<'f> {
    fields: &'f [NamedField],
    met: Vec<bool>,
}

impl FieldLook<'_> {
    fn mark(&mut self, is_met: impl Fn(&NamedField) -> bool) {
        for (field, met) in self.fields.iter().zip(&mut self.met) {
            *met = *met || is_met(field);
        }
    }
}

impl Preview for FieldLook<'_> {
    fn feed(&mut self, text: &[u8]) {
        self.mark(|field| field.is_in_lines(text));
    }

    fn end(&mut self) {}

    fn is_suspect(&mut self, _: Range<u64>) -> bool {
        false
    }

    fn passed(&mut self, _: u64, _: u64) {}
}

/// The keys of a path, without its lists: `a.b` of `a[].b`, and of the label `a[7].b`.
fn keys_of(path: &str) -> Vec<String> {
    let (mut keys, mut key, mut is_position) = (vec![], String::new(), false);
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => key.extend(chars.next()),
            '.' => keys.push(std::mem::take(&mut key)),
            '[' => is_position = true,
            ']' => is_position = false,
            _ if is_position => {}
            _ => key.push(c),
        }
    }
    keys.push(key);
    keys
}

/// Whether the keys lead to a value, through whatever lists.
fn has(value: &Value, keys: &[String]) -> bool {
    match (value, keys) {
        (_, []) => true,
        (Value::Array(items), _) => items.iter().any(|item| has(item, keys)),
        (Value::Object(object), [first, rest @ ..]) => {
            object.get(first).is_some_and(|value| has(value, rest))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_in_a_line_only_where_its_keys_stand_below_each_other() {
        let check = |path: &str, line: &str, expected: bool| {
            let field = NamedField { option: "--keep", path: FieldPath::parse(path).unwrap() };
            let lines = format!("{{\"other\":1}}\n{line}\n");
            assert_eq!(field.is_in_lines(lines.as_bytes()), expected, "{path} in {line}");
        };
        check("meta.url", "{\"meta\":{\"url\":null}}", true);
        check("meta.url", "{\"meta\":{\"uri\":1},\"url\":2}", false);
        check("messages[].content", "{\"messages\":[{},{\"content\":\"a\"}]}", true);
        check("conten", "{\"content\":\"\\\"conten\\\":1\"}", false);
        check(r"a\.b", "{\"a.b\":1}", true);
        check(r"a\.b", "{\"a\":{\"b\":1}}", false);
    }
}
