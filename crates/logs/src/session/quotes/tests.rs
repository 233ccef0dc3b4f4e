#![allow(
    clippy::single_range_in_vec_init,
    clippy::format_collect,
    reason = "rows of spans and lines"
)]

use super::*;
use proptest::prelude::*;

/// The definition, line by line: which lines of a text stay.
fn naive(lines: &[String], read: &[&str]) -> Vec<bool> {
    // What has no word is as good as blank, because no such line is read here.
    let fold = |line: &str| {
        let words = line.split(|letter: char| !letter.is_ascii_alphanumeric());
        let words =
            words.filter(|word| word.starts_with(|first: char| first.is_ascii_alphabetic()));
        words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
    };
    let blank: Vec<bool> = lines.iter().map(|line| fold(line).is_empty()).collect();
    let known: Vec<bool> =
        lines.iter().map(|line| read.iter().any(|r| fold(r) == fold(line))).collect();
    let full: Vec<usize> = (0..lines.len()).filter(|&at| !blank[at]).collect();
    if full.iter().all(|&at| known[at]) {
        return vec![false; lines.len()];
    }
    // Among the lines that are not blank, a known one goes when a neighbour is known too.
    let goes = |rank: usize| {
        known[full[rank]]
            && (rank > 0 && known[full[rank - 1]] || rank + 1 < full.len() && known[full[rank + 1]])
    };
    (0..lines.len())
        .map(|at| {
            if let Ok(rank) = full.binary_search(&at) {
                return !goes(rank);
            }
            let rank = full.partition_point(|&other| other < at);
            let before_gone = rank == 0 || goes(rank - 1);
            let after_gone = rank == full.len() || goes(rank);
            !(before_gone && after_gone)
        })
        .collect()
}

/// What is left of `text` after these texts were read, one after the other.
fn unquoted(text: &str, spans: &[Range<usize>], read: &[&str]) -> Unquoted {
    let (mut seen, mut keys) = (SeenLines::default(), TextKeys::default());
    for read in read {
        keys.read(read, 0);
        for key in keys.keys() {
            seen.note(key, SeenOrigin::Read);
        }
    }
    subtract_quotes(text, spans, &mut seen, &mut keys)
}

/// The one place that knows how a subtraction is asked for; returns the text that is left.
fn left(text: &str, read: &[&str]) -> String {
    let spans = unquoted(text, &[0..text.len()], read).spans;
    assert!(spans.iter().all(|span| span.start < span.end), "{spans:?}");
    assert!(spans.windows(2).all(|pair| pair[0].end < pair[1].start), "{spans:?}");
    spans.into_iter().map(|span| &text[span]).collect()
}

#[track_caller]
fn check(text: &str, read: &[&str], expected: &str) {
    assert_eq!(expected, left(text, read));
}

#[test]
fn two_known_lines_in_a_row_go_and_one_alone_stays() {
    check("new\na\nb\nnew\n", &["a", "b"], "new\nnew\n");
    check("new\na\nnew\n", &["a", "b"], "new\na\nnew\n");
}

#[test]
fn a_text_without_a_new_line_goes_whole() {
    check("a\n", &["a"], "");
    check("a\n\nb", &["a", "b"], "");
    check("\n \n", &[], "");
}

#[test]
fn blank_lines_take_the_fate_of_their_neighbours() {
    check("new\n\na\n\nb\n\nnew\n", &["a", "b"], "new\n\n\nnew\n");
    check("new\na\nb\n\n", &["a", "b"], "new\n");
    check("\na\nb\nnew", &["a", "b"], "new");
    check("new\n\n\na\n\nnew", &["a"], "new\n\n\na\n\nnew");
}

#[test]
fn white_space_is_folded_before_lines_are_compared() {
    check("  let  a =\t1;\nb\r\nnew\n", &["let a = 1;", " b"], "new\n");
}

#[test]
fn what_the_model_wrote_first_stays_its_own() {
    let (mut seen, mut keys) = (SeenLines::default(), TextKeys::default());
    let text = "a\nb\n";
    subtract_quotes(text, &[0..4], &mut seen, &mut keys);
    keys.read(text, 0);
    for key in keys.keys() {
        seen.note(key, SeenOrigin::Read);
    }
    assert_eq!(vec![0..4], subtract_quotes(text, &[0..4], &mut seen, &mut keys).spans);
}

#[test]
fn a_run_does_not_reach_over_the_end_of_a_span() {
    let text = "x\na\n\nb\ny\n";
    assert_eq!(vec![0..4, 5..9], unquoted(text, &[0..4, 5..9], &["a", "b"]).spans);
}

#[test]
fn lines_are_known_by_their_words() {
    let numbered = "1. Tie the bow line.\n2. Then the stern line.\n";
    check("2. Tie the bow line.\n3. Then the stern line.\nnew\n", &[numbered], "new\n");
    let commented = "// let berth = quay.free();\n// moor(berth);\n";
    check("let berth = quay.free();\nmoor(berth);\nnew\n", &[commented], "new\n");
    check("new\nlet berth = 12;\nlet ship = 3;\n", &["let berth = 4;\nLet ship = 5\n"], "new\n");
    // Where there is no word, the marks tell.
    check("new\n}\n]\n", &["}\n)\n"], "new\n}\n]\n");
}

const PARAGRAPH: &str = "The harbour master keeps a list of all berths, and tells every ship that enters where it may lie.
A ship that leaves without a word keeps its berth until the end of the day, and pays for it in full,
because nobody else could be given the place while its owner might still come back before the night.
";

#[test]
fn a_paragraph_that_was_wrapped_anew_is_a_quote() {
    let words: Vec<&str> = PARAGRAPH.split_whitespace().collect();
    for width in [5, 9, 14, 100] {
        let wrapped: String =
            words.chunks(width).map(|line| format!("// {}\n", line.join(" "))).collect();
        check(&format!("new\n\n{wrapped}"), &[PARAGRAPH], "new\n\n");
        check(&format!("new\n{PARAGRAPH}"), &[&wrapped], "new\n");
        // What stands in between was not read.
        let other = wrapped.replace("berth", "mooring").replace("ship", "boat");
        assert!(left(&other, &[PARAGRAPH]).len() > other.len() / 2, "{width}");
    }
}

#[test]
fn a_json_text_on_one_line_is_the_one_that_was_indented() {
    let rows = (0..12).map(|row| {
        format!("  {{\n    \"ship{row}\": \"berth{row}\",\n    \"tons\": {row}\n  }},\n")
    });
    let indented = format!("[\n{}]\n", rows.collect::<String>());
    let flat: String = indented.lines().map(str::trim).collect();
    check(&format!("{flat}\nnew\n"), &[&indented], "new\n");
    check(&format!("new\n\n{indented}"), &[&flat], "new\n\n[\n  {\n");
}

#[test]
fn a_long_line_alone_is_a_quote() {
    let long = PARAGRAPH.lines().next().unwrap();
    check(&format!("new\n{long}\nnew too\n"), &[PARAGRAPH], "new\nnew too\n");
}

#[test]
fn what_has_the_shape_of_what_was_read_is_imitated() {
    let original = "fn moor(ship: &Ship, quay: &Quay) -> Result<Berth, Full> {\n    let berth = quay.free().ok_or(Full)?;\n    berth.take(ship.name(), 12);\n    Ok(berth)\n}\n";
    let imitated = "fn seat(guest: &Guest, room: &Room) -> Result<Chair, None> {\n    let chair = room.open().ok_or(None)?;\n    chair.give(guest.card(), 7);\n    Ok(chair)\n}\n";
    let text = format!("fn other() {{\n    print(1);\n}}\n{imitated}");
    let all = |read: &[&str]| unquoted(&text, &[0..text.len()], read);
    // The last line and the two before it are too little for a shape.
    assert_eq!((imitated.len() - "}\n".len()) as u64, all(&[original]).bytes_imitated);
    assert_eq!(0, all(&[]).bytes_imitated);
    // What is quoted is not imitated.
    assert_eq!(0, all(&[imitated]).bytes_imitated);
}

proptest! {
    #[test]
    fn the_subtraction_equals_its_definition(lines in prop::collection::vec("[abcd]|[a-dA-D1 (]{0,3}| ?", 0..14)) {
        let read = ["a", "b", "c"];
        let lines: Vec<String> = lines.iter().map(|line| line.replace(['\n', '\r'], "")).collect();
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let expected: String =
            lines.iter().zip(naive(&lines, &read)).filter(|(_, stays)| *stays).map(|(line, _)| format!("{line}\n")).collect();
        prop_assert_eq!(expected, left(&text, &read));
    }
}

#[test]
fn lines_are_those_of_the_standard_library_but_for_carriage_returns() {
    for text in ["", "\n", "a", "a\n", "a\n\nb", "\n\na\r\nb\r\n", "é\nß", "a\n\n"] {
        let expected: Vec<&str> = text.lines().collect();
        let actual: Vec<&str> =
            lines_of(text).map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
        assert_eq!(expected, actual, "{text:?}");
    }
}

#[track_caller]
fn check_forms(line: &str, expected: &[&str]) {
    let mut actual = vec![];
    each_form(line, &mut |form| actual.push(form));
    assert_eq!(line, actual[0]);
    assert_eq!(expected, &actual[1..]);
}

#[test]
fn numbers_of_cat_and_grep_are_stripped() {
    check_forms("     1→let a;", &["let a;"]);
    check_forms("12\t\tlet a;", &["\tlet a;"]);
    check_forms("12:let a;", &["let a;"]);
    check_forms("12-let a;", &["let a;"]);
    check_forms("12\t+let a;", &["+let a;", "let a;"]);
    check_forms("12 let a;", &[]);
}

#[test]
fn marks_of_a_diff_are_stripped() {
    check_forms("+let a;", &["let a;"]);
    check_forms("-\tlet a;", &["\tlet a;"]);
    check_forms("> let a;", &["let a;"]);
    check_forms(" let a;", &[]);
}

#[test]
fn paths_of_grep_are_stripped_with_and_without_a_number() {
    check_forms("src/a.rs:12:let a;", &["12:let a;", "let a;"]);
    check_forms("src/a.rs-13-let a;", &["13-let a;", "let a;"]);
    check_forms("src/a.rs:let a;", &["let a;"]);
    check_forms("src/my-file.rs:let a;", &["let a;"]);
    check_forms("a.b(c: d)", &[]);
    check_forms("key: value", &[]);
}

#[test]
fn an_arrow_and_other_characters_of_several_bytes_do_not_break_a_line() {
    check_forms("→", &[]);
    check_forms("1é", &[]);
    check_forms("é/→:x", &["x"]);
}
