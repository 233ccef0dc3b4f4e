use proptest::prelude::*;

use super::*;

fn keys_of(text: &str) -> TextKeys {
    let mut keys = TextKeys::default();
    keys.read(text, 0);
    keys
}

#[test]
fn words_are_equal_in_any_case_and_between_any_marks() {
    let key = |line: &str| key_of_line(line, &mut vec![]).unwrap();
    assert_eq!(key("let Berth = quay.free()"), key("LET berth: `quay`, free;"));
    assert_eq!(key("berth 12"), key("7 berth"));
    assert_ne!(key("berth quay"), key("quay berth"));
    assert_ne!(key("berthquay"), key("berth quay"));
    assert_ne!(key("mooring_line_of_the_bow"), key("mooring_line_of_the_row"));
    assert_eq!(key("\\t\\tonClick={close}\\n"), key("  onClick={close}"));
    assert_eq!(key("say \\\\\"moor\\\\\""), key("say moor"));
    assert_ne!(key("}"), key(")"));
    assert_eq!(None, key_of_line(" \t", &mut vec![]));
}

#[test]
fn a_shape_is_what_three_lines_are_without_their_names() {
    let shape =
        |text: &str| keys_of(text).shapes.into_iter().map(|shape| shape.key).collect::<Vec<_>>();
    let text =
        "fn moor(ship: &Ship) -> Berth {\n    let free = quay.find(12);\n    free.take(ship)\n";
    let renamed =
        "fn seat(guest: &Guest) -> Chair {\n\n  let open = room.next(3)\n    open.give(guest);\n";
    assert_eq!(1, shape(text).len());
    assert_eq!(shape(text), shape(renamed));
    assert_ne!(shape(text), shape(&text.replace("&Ship", "Ship")));
    assert!(shape("a\nb\nc\nd\n").is_empty(), "too few marks to tell anything");
}

proptest! {
    #[test]
    fn phrases_cover_each_paragraph_whatever_its_lines_and_are_cut_where_the_words_say(
        words in prop::collection::vec("[a-f]{1,2}", 0..80), before in prop::collection::vec("[a-f]{1,2}", 4..20),
    ) {
        let phrases = keys_of(&words.join(" ")).phrases;
        let lines = keys_of(&words.join("\n")).phrases;
        let keys = |phrases: &[Keyed]| phrases.iter().map(|phrase| phrase.key).collect::<Vec<_>>();
        prop_assert_eq!(keys(&phrases), keys(&lines));
        prop_assert!(phrases.iter().all(|phrase| phrase.range.len() >= PHRASE_WORDS_MIN));
        prop_assert_eq!(words.len() < PHRASE_WORDS_MIN, phrases.is_empty());
        prop_assert!(phrases.windows(2).all(|pair| pair[1].range.start < pair[0].range.end));
        if let (Some(first), Some(last)) = (phrases.first(), phrases.last()) {
            prop_assert_eq!(0..words.len(), first.range.start..last.range.end);
        }
        // Behind other words the same phrases are found, but for the first two.
        let behind = keys_of(&format!("{} {}", before.join(" "), words.join(" "))).phrases;
        let behind = keys(&behind);
        prop_assert!(keys(&phrases).iter().skip(2).all(|key| behind.contains(key)));
    }

    #[test]
    fn the_hash_of_a_line_is_that_of_its_words(line in "([abc]{1,5} ){0,9}[ab \\t]{0,4}([abc]{1,5} ){0,9}") {
        let folded = line.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        let expected = (!folded.is_empty()).then(|| xxhash_rust::xxh3::xxh3_64(folded.as_bytes()));
        prop_assert_eq!(expected, hash_line(&line));
    }
}
