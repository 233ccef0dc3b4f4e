use super::*;
use proptest::prelude::*;

#[track_caller]
fn check(script: &str, expected: &[&str]) {
    assert_eq!(expected, script_texts(script));
}

#[test]
fn literals_of_all_three_quotes_are_read() {
    check(r#"f("a", 'b', `c`); x = "";"#, &["a", "b", "c", ""]);
    check("`a\nb`", &["a\nb"]);
}

#[test]
fn escapes_are_undone() {
    check(
        r#""a\n\t\"\\\'\x41\u0042\u{1F600}\ud83d\ude00\q""#,
        &["a\n\t\"\\'AB\u{1F600}\u{1F600}q"],
    );
    check("'a\\\nb'", &["ab"]);
    check(r#""\ud83d!""#, &["\u{fffd}!"]);
    check(r"`\`\${x}`", &["`${x}"]);
}

#[test]
fn a_raw_template_keeps_its_backslashes() {
    check(r"String.raw`a\n\`b`", &[r"a\n\`b"]);
}

#[test]
fn a_template_keeps_what_is_literal() {
    check("`a${x + \"}`\" + `b${`c`}`}d${1}`", &["ad"]);
}

#[test]
fn comments_and_regular_expressions_hold_no_literal() {
    check("// \"a\"\n/* 'b' */ s.replace(/[\"/]'/g, \"c\"); x = 4 / 2; y = '/'", &["c", "/"]);
}

#[test]
fn a_patch_built_from_several_literals_is_one_text() {
    check("const p = \"a\\n\" + 'b\\n' +\n  `c`;", &["a\nb\nc"]);
    check(
        "[\"*** Begin Patch\", \"*** Add File: a\", \"+x\",\n \"*** End Patch\", \"z\"].join(\"\\n\")",
        &["*** Begin Patch\n*** Add File: a\n+x\n*** End Patch", "z", "\n"],
    );
    check("f('a', 'b')", &["a", "b"]);
}

#[test]
fn a_literal_that_does_not_end_is_read_to_its_line_or_to_the_end() {
    check("'a\n\"b\"", &["a", "b"]);
    check("`a\nb", &["a\nb"]);
    check("`a${", &["a"]);
    check("\"a\\", &["a"]);
    check(r#""\u12"#, &["12"]);
}

proptest! {
    #[test]
    fn a_text_written_as_json_is_read_back(text in "\\PC{0,20}[\\n\\t\"'\\\\`$/]{0,6}\\PC{0,20}") {
        let script = format!("const p = {};", serde_json::to_string(&text).unwrap());
        prop_assert_eq!(vec![text], script_texts(&script));
    }

    #[test]
    fn any_script_is_read_without_a_panic(script in "([\"'`\\\\/${}*+,\\n\\[ux]|é|😀|a){0,60}") {
        script_texts(&script);
    }
}
