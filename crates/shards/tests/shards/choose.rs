//! Text fields that are found by themselves.

use seepage_shards::{ReadOptions, ShardError};

use crate::files::{fields, read_bytes};

/// The fields that are found by themselves for these lines.
#[track_caller]
fn check_found(lines: &str, expected: &[&str]) {
    let (_dir, path) = crate::files::file("a.jsonl", lines.as_bytes());
    let shard = seepage_shards::open_shard(&path, &ReadOptions::default()).unwrap();
    let found: Vec<&str> =
        shard.text_fields().iter().map(seepage_shards::FieldPath::as_str).collect();
    assert_eq!(found, expected);
}

#[test]
fn text_fields_are_found_in_their_order() {
    check_found(r#"{"content": "a", "text": "b"}"#, &["text"]);
    check_found("{\"content\": \"a\", \"text\": 7}\n{\"text\": null}", &["content"]);
    check_found("{\"code\": \"a\"}\n{\"raw_content\": \"a\"}", &["raw_content"]);
    check_found(
        r#"{"messages": [{"role": "user", "content": "a"}]}"#,
        &["messages[].content", "messages[].content[].text"],
    );
    check_found(
        r#"{"messages": [{"content": [{"text": "a"}]}]}"#,
        &["messages[].content", "messages[].content[].text"],
    );
    check_found(r#"{"conversations": [{"value": "a"}]}"#, &["conversations[].value"]);
    check_found(
        r#"{"conversation": [{"assistant": "a"}]}"#,
        &["conversation[].human", "conversation[].assistant"],
    );
    check_found(r#"{"new_contents": "a"}"#, &["old_contents", "new_contents"]);
    check_found(r#"{"output": "a"}"#, &["instruction", "input", "output"]);
    check_found(r#"{"response": "a"}"#, &["prompt", "completion", "response"]);
}

#[test]
fn content_in_parts_is_read_beside_plain_content() {
    let line = r#"{"messages": [{"content": "q"}, {"content": [{"type": "text", "text": "a"}, {"type": "image"}]}]}"#;
    let reading = read_bytes("a.jsonl", line.as_bytes(), &fields(&[]));
    let expected = [("messages[0].content", "q"), ("messages[1].content[0].text", "a")];
    assert_eq!(reading.rows, [crate::jsonl::record(0, None, &expected, false)]);
}

#[test]
fn a_shard_without_a_field_that_was_named_is_an_error_that_names_its_keys() {
    let lines = b"{\"id\": 1, \"bo\\u001bdy2\": \"a\"}\n{\"extra\": {}}";
    let reading = read_bytes("a.jsonl", lines, &fields(&[]));
    assert!(reading.errors.is_empty() && reading.rows.len() == 2, "{reading:?}");
    let (options, wanted) = (fields(&["body"]), "`body`");
    let reading = read_bytes("a.jsonl", lines, &options);
    assert!(reading.rows.is_empty());
    let [error @ ShardError::NoTextField { keys_seen, .. }] = &reading.errors[..] else {
        panic!("{reading:?}")
    };
    assert_eq!(keys_seen, &["id", "bo\u{1b}dy2", "extra"]);
    let message = error.to_string();
    assert!(
        message.contains(wanted) && message.contains("--text-field") && message.contains("`extra`"),
        "{message}"
    );
    assert!(!message.contains('\u{1b}'), "{message}");
}
