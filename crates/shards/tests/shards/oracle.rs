//! What is picked from a line equals what is found in the tree of its values.

use proptest::prelude::*;
use serde_json::Value;

use crate::files::{Seen, fields, read_bytes};

/// The definition of a path, over the whole tree.
fn naive(value: &Value, path: &str, label: &str, texts: &mut Vec<(String, String)>) {
    if path.is_empty() {
        match value {
            Value::String(text) => texts.push((label.to_owned(), text.clone())),
            Value::Array(list) => {
                for (position, element) in list.iter().enumerate() {
                    if let Value::String(text) = element {
                        texts.push((format!("{label}[{position}]"), text.clone()));
                    }
                }
            }
            _ => {}
        }
    } else if let Some(rest) = path.strip_prefix("[]") {
        for (position, element) in value.as_array().into_iter().flatten().enumerate() {
            naive(element, rest, &format!("{label}[{position}]"), texts);
        }
    } else {
        let path = path.strip_prefix('.').unwrap_or(path);
        let end = path.find(['.', '[']).unwrap_or(path.len());
        if let Some(value) = value.as_object().and_then(|object| object.get(&path[..end])) {
            let dot = if label.is_empty() { "" } else { "." };
            naive(value, &path[end..], &format!("{label}{dot}{}", &path[..end]), texts);
        }
    }
}

/// Trees over few keys, so that paths meet something.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f32>().prop_filter("finite", |x| x.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[abc]", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    prop::collection::hash_map("[abc]", value(), 0..4)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

proptest! {
    #[test]
    fn picked_texts_are_those_of_the_tree(
        objects in prop::collection::vec(object(), 1..6),
        path in "[abc](\\[\\]){0,2}(\\.[abc](\\[\\]){0,2}){0,2}",
    ) {
        // The first line has every path, so that the shard opens.
        let steps: Vec<&str> = path.split('.').collect();
        let mut first = Value::from("first");
        for step in steps.iter().rev() {
            for _ in 0..step.matches("[]").count() {
                first = Value::Array(vec![first]);
            }
            first = Value::Object([(step[..1].to_owned(), first)].into_iter().collect());
        }
        let lines: Vec<String> = std::iter::once(&first).chain(&objects).map(Value::to_string).collect();
        let reading = read_bytes("a.jsonl", lines.join("\n").as_bytes(), &fields(&[&path]));
        prop_assert!(reading.errors.is_empty());
        prop_assert_eq!(reading.rows.len(), lines.len());
        for (row, object) in reading.rows.iter().zip(std::iter::once(&first).chain(&objects)) {
            let mut expected = vec![];
            naive(object, &path, "", &mut expected);
            match row {
                Seen::Record(_, _, texts, repaired) => {
                    prop_assert_eq!(texts, &expected);
                    prop_assert!(!repaired);
                }
                Seen::Skipped(..) => prop_assert!(expected.is_empty()),
            }
        }
    }

    #[test]
    fn any_line_ends_as_one_row(lines in prop::collection::vec("[ -~]{0,30}|\\{\"text\": \"[ -~]{0,12}\"\\}?", 0..8)) {
        let content = format!("{{\"text\": \"a\"}}\n{}", lines.join("\n"));
        let reading = read_bytes("a.jsonl", content.as_bytes(), &fields(&[]));
        let expected = 1 + lines.iter().filter(|line| !line.trim().is_empty()).count();
        prop_assert_eq!(reading.rows.len(), expected);
    }
}
