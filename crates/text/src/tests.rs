//! Rows and properties of tokens and grams.

mod boilerplate;

use std::collections::HashSet;

use proptest::prelude::*;

use crate::{
    BLIND_GRAM_LEN, Gram, SHINGLE_LEN, Token, TokenKind, TokenScratch, WORD_GRAM_LEN, blind_grams,
    shingles, tokenize, word_grams,
};

fn tokens_of(text: &str) -> Vec<Token> {
    let mut tokens = vec![];
    tokenize(text.as_bytes(), 0, &mut TokenScratch::default(), &mut tokens);
    tokens
}

/// Words as their source, numbers as `0`, punctuation as itself.
#[track_caller]
fn check_tokens(text: &str, expected: &[&str]) {
    let shown: Vec<String> = tokens_of(text)
        .iter()
        .map(|token| match token.kind {
            TokenKind::Word(_) => text[token.start as usize..token.end as usize].to_owned(),
            TokenKind::Number => "0".to_owned(),
            TokenKind::Punctuation(byte) => char::from(byte).to_string(),
        })
        .collect();
    assert_eq!(expected, shown, "{text:?}");
}

#[test]
fn code_is_words_numbers_and_punctuation() {
    check_tokens("let x1 = f(2, 0x1F);", &["let", "x1", "=", "f", "(", "0", "0", ")"]);
    check_tokens("caf\u{e9} na_me", &["caf\u{e9}", "na_me"]);
    check_tokens("", &[]);
}

#[test]
fn chinese_is_cut_at_blanks_and_at_ascii_marks_only() {
    check_tokens(
        "先读日志，再建索引。用Rust写的(很快)。",
        &["先读日志，再建索引。用Rust写的", "(", "很快", ")", "。"],
    );
}

#[test]
fn japanese_is_cut_at_blanks_and_at_ascii_marks_only() {
    check_tokens(
        "ログを読み、索引を作る。\u{3000}次に:シャードを調べる",
        &["ログを読み、索引を作る。", "次に", ":", "シャードを調べる"],
    );
}

#[test]
fn tokens_behind_an_escape_are_those_of_the_text() {
    let plain = tokens_of("if a:\n\treturn b");
    let escaped = tokens_of(r"if a:\\n\\treturn b");
    let kinds = |tokens: &[Token]| tokens.iter().map(|token| token.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&plain), kinds(&escaped));
}

#[test]
fn offsets_start_at_the_base() {
    let mut tokens = vec![];
    tokenize(b" ab", 100, &mut TokenScratch::default(), &mut tokens);
    assert_eq!((101, 103), (tokens[0].start, tokens[0].end));
}

fn word_gram_hashes(text: &str) -> Vec<Gram> {
    let mut grams = vec![];
    word_grams(&tokens_of(text), &mut grams);
    grams
}

fn blind_gram_hashes(text: &str) -> Vec<u64> {
    let mut grams = vec![];
    blind_grams(text.as_bytes(), 0, &tokens_of(text), &mut grams);
    grams.iter().map(|gram| gram.hash).collect()
}

#[test]
fn eight_words_are_one_gram_whatever_stands_between_them() {
    let plain = word_gram_hashes("a b c d e f g h");
    let dressed = word_gram_hashes("a(b, 12) -> c;\n  d.e[f] = \"g\" + h");
    assert_eq!(1, plain.len());
    assert_eq!(plain[0].hash, dressed[0].hash);
}

#[test]
fn a_gram_of_few_words_is_left_out_and_keeps_its_place() {
    let grams = word_gram_hashes("a a a a a a a a b c d e f");
    assert_eq!(vec![5], grams.iter().map(|gram| gram.place).collect::<Vec<_>>());
}

#[test]
fn renaming_identifiers_changes_no_blind_gram() {
    let code = |a: &str, b: &str| {
        format!(
            "fn {a}({b}: &[u8]) -> usize {{ let mut n = 0; for x in {b} {{ if *x == 7 {{ n += 1 }} }} return n }}"
        )
    };
    let first = blind_gram_hashes(&code("count", "bytes"));
    assert!(first.len() > 5);
    assert_eq!(first, blind_gram_hashes(&code("total", "octets")));
    assert_ne!(first, blind_gram_hashes(&code("count", "while")));
}

#[test]
fn a_keyword_with_a_capital_letter_is_a_name_and_in_capitals_is_none() {
    let code = |word: &str| {
        format!("if x.{word} == 7 {{ f(&a[1]) }} else {{ g(b * 2, !c.{word}) }} return h - i")
    };
    let named = blind_gram_hashes(&code("name"));
    assert!(named.len() > 5);
    for (word, is_name) in [("Type", true), ("typeOf", true), ("type", false), ("TYPE", false)] {
        assert_eq!(blind_gram_hashes(&code(word)) == named, is_name, "{word}");
    }
}

#[test]
fn comments_change_no_blind_gram() {
    let bare =
        "fn f(n: usize) -> u8 {\n  let x = n * 2;\n  if x > 7 { return 3 }\n  g(x, n[0]) + 1\n}\n";
    let first = blind_gram_hashes(bare);
    assert!(first.len() > 5);
    for comment in ["  // a (b) c", "# a = b", "/* a */", " * a", "-- a; b"] {
        let whole_line = bare.replace("  if", &format!("{comment}\n  if"));
        assert_eq!(first, blind_gram_hashes(&whole_line), "{comment}");
        assert_eq!(first, blind_gram_hashes(&whole_line.replace('\n', "\\n")), "escaped {comment}");
    }
    let behind = bare.replace("n * 2;", "n * 2; // twice (as much)");
    assert_eq!(first, blind_gram_hashes(&behind));
}

#[test]
fn docstrings_change_no_blind_gram() {
    let bare = "def f(n, m):\n  x = n * 2 + m[0]\n  if x > 7:\n    return {n: -3}\n  y = \"\"\"a\"\"\"\n  return g(x) + y / 2\n";
    let first = blind_gram_hashes(bare);
    assert!(first.len() > 5);
    for docstring in ["\"\"\"A (b) c.\"\"\"", "\'\'\'A:\n\n  b = c  # d\n  \'\'\'"] {
        let documented = bare.replacen("m):\n", &format!("m):\n  {docstring}\n"), 1);
        assert_eq!(first, blind_gram_hashes(&documented), "{docstring}");
        let escaped = documented.replace('"', "\\\"").replace('\n', "\\n");
        assert_eq!(first, blind_gram_hashes(&escaped), "escaped {docstring}");
        assert_eq!(first, blind_gram_hashes(&format!("{docstring}\n{bare}")));
    }
}

proptest! {
    #[test]
    fn word_grams_are_those_of_the_definition(words in proptest::collection::vec("[a-e]", 0..40)) {
        let tokens = tokens_of(&words.join(" "));
        let naive: Vec<u32> = words.windows(WORD_GRAM_LEN).enumerate()
            .filter(|(_, window)| window.iter().collect::<HashSet<_>>().len() >= 6)
            .map(|(place, _)| place as u32).collect();
        let mut grams = vec![];
        word_grams(&tokens, &mut grams);
        prop_assert_eq!(naive, grams.iter().map(|gram| gram.place).collect::<Vec<_>>());
        for a in &grams {
            for b in &grams {
                let window = |gram: &Gram| &words[gram.first as usize..gram.first as usize + WORD_GRAM_LEN];
                prop_assert_eq!(window(a) == window(b), a.hash == b.hash);
            }
        }
    }

    #[test]
    fn shingles_are_all_windows_of_five_words(words in proptest::collection::vec("[a-c]", 0..40)) {
        let mut hashes = vec![];
        shingles(&tokens_of(&words.join("-7-")), &mut hashes);
        let naive: Vec<_> = words.windows(SHINGLE_LEN).collect();
        prop_assert_eq!(naive.len(), hashes.len());
        for (a, hash_a) in naive.iter().zip(&hashes) {
            for (b, hash_b) in naive.iter().zip(&hashes) {
                prop_assert_eq!(a == b, hash_a == hash_b);
            }
        }
    }

    #[test]
    fn blind_grams_span_their_length(text in "[a-c0-9(){}=+*/.: -]{0,120}") {
        let tokens = tokens_of(&text);
        let mut grams = vec![];
        blind_grams(text.as_bytes(), 0, &tokens, &mut grams);
        for gram in grams {
            prop_assert!(BLIND_GRAM_LEN as u32 <= gram.last - gram.first + 1);
        }
    }
}
