#![allow(
    clippy::single_range_in_vec_init,
    clippy::format_collect,
    reason = "rows of spans and lines"
)]

use super::*;
use proptest::prelude::*;

/// The definition, line by line: which lines of a text stay.
fn naive(lines: &[String], read: &[&str]) -> Vec<bool> {
    let fold = |line: &str| line.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
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

/// The one place that knows how a subtraction is asked for; returns the text that is left.
fn left(text: &str, read: &[&str]) -> String {
    let mut seen = SeenLines::default();
    for line in read {
        if let Some(hash) = hash_line(line) {
            seen.note(hash, SeenOrigin::Read);
        }
    }
    let whole = [0..text.len()];
    let spans = subtract_quotes(text, &whole, &seen);
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
    let mut seen = SeenLines::default();
    let text = "a\nb\n";
    seen.note_written(text, &[0..4]);
    seen.note(hash_line("a").unwrap(), SeenOrigin::Read);
    seen.note(hash_line("b").unwrap(), SeenOrigin::Read);
    assert_eq!(vec![0..4], subtract_quotes(text, &[0..4], &seen));
}

#[test]
fn a_run_does_not_reach_over_the_end_of_a_span() {
    let mut seen = SeenLines::default();
    for line in ["a", "b"] {
        seen.note(hash_line(line).unwrap(), SeenOrigin::Read);
    }
    let text = "x\na\n\nb\ny\n";
    assert_eq!(vec![0..4, 5..9], subtract_quotes(text, &[0..4, 5..9], &seen));
}

proptest! {
    #[test]
    fn the_subtraction_equals_its_definition(lines in prop::collection::vec("[abcd]|\\PC{0,4}| ?", 0..14)) {
        let read = ["a", "b", "c"];
        let lines: Vec<String> = lines.iter().map(|line| line.replace(['\n', '\r'], "")).collect();
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let expected: String =
            lines.iter().zip(naive(&lines, &read)).filter(|(_, stays)| *stays).map(|(line, _)| format!("{line}\n")).collect();
        prop_assert_eq!(expected, left(&text, &read));
    }

    #[test]
    fn the_hash_of_a_line_is_that_of_its_words(line in "([abc]{1,5} ){0,9}[ab \\t]{0,4}([abc]{1,5} ){0,9}") {
        let folded = line.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        let expected = (!folded.is_empty()).then(|| xxhash_rust::xxh3::xxh3_64(folded.as_bytes()));
        prop_assert_eq!(expected, hash_line(&line));
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
