//! Names that say nothing: a type or a module that needs one of these words has not been understood yet.

use std::collections::BTreeMap;

use crate::rust::{code_only, declared_names, declared_types, product_only};
use crate::tree::File;

const EMPTY_WORDS: [&str; 15] = [
    "common", "data", "handle", "handler", "helper", "helpers", "info", "manager", "misc",
    "process", "simple", "smart", "stuff", "util", "utils",
];

/// Says something together with another word, nothing alone.
const EMPTY_ALONE: &str = "context";

/// (folder, word) where the word may stay, because it is not ours to choose or means something there. The test fails
/// when one is no longer needed.
pub(crate) const EXCEPTIONS: &[(&str, &str)] = &[
    // The command is called `index info`.
    ("crates/cli/src/", "info"),
];

pub(crate) fn complaints(files: &[File], exceptions: &[(&str, &str)]) -> Vec<String> {
    let mut complaints = vec![];
    let mut unused = exceptions.to_vec();
    for file in files.iter().filter(|file| file.is_rust()) {
        for (line, name) in declared_names(&code_only(&file.text)) {
            let Some(word) = empty_word(name) else {
                continue;
            };
            let excepts = |(folder, excepted): &(&str, &str)| {
                file.path.starts_with(folder) && word == *excepted
            };
            if exceptions.iter().any(excepts) {
                unused.retain(|exception| !excepts(exception));
            } else {
                complaints.push(format!(
                    "{}:{line}: `{name}` says \"{word}\"; name what it is",
                    file.path
                ));
            }
        }
    }
    let stale = |(folder, word)| {
        format!("{folder}: no name says \"{word}\" any more; take it off the exceptions")
    };
    complaints.extend(unused.into_iter().map(stale));
    complaints
}

/// One complaint for each name of a type, trait or alias that is declared in more than one place; tests apart.
pub(crate) fn twice_complaints(files: &[File]) -> Vec<String> {
    let is_product =
        |file: &&File| file.is_rust() && !file.is_test() && !file.path.starts_with("fixtures/");
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files.iter().filter(is_product) {
        for (line, name) in declared_types(&code_only(&product_only(&file.text))) {
            places.entry(name.to_owned()).or_default().push(format!("{}:{line}", file.path));
        }
    }
    places.retain(|_, places| places.len() > 1);
    let complain = |(name, places): (&String, &Vec<String>)| {
        format!("{name}: is declared {} times: {}", places.len(), places.join(", "))
    };
    places.iter().map(complain).collect()
}

fn empty_word(name: &str) -> Option<String> {
    let words = split(name);
    let alone = words.len() == 1 && words[0] == EMPTY_ALONE;
    words.iter().find(|word| alone || EMPTY_WORDS.contains(&word.as_str())).cloned()
}

/// `FileInfo` and `file_info` are `file` and `info`.
fn split(name: &str) -> Vec<String> {
    let mut words = vec![];
    for part in name.split('_').filter(|part| !part.is_empty()) {
        let mut word = String::new();
        for letter in part.chars() {
            if letter.is_uppercase() && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            word.extend(letter.to_lowercase());
        }
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &[&str]) {
        let files = [File { path: "a.rs".to_owned(), text: source.to_owned() }];
        let actual = complaints(&files, &[]);
        assert_eq!(expected.len(), actual.len(), "{actual:?}");
        for (name, complaint) in expected.iter().zip(&actual) {
            assert!(complaint.contains(&format!("`{name}`")), "{complaint}");
        }
    }

    #[test]
    fn empty_words_are_found_in_types_and_modules() {
        check("struct SegmentManager;", &["SegmentManager"]);
        check("mod utils;\nmod common {}", &["utils", "common"]);
        check("mod string_helpers;", &["string_helpers"]);
        check("enum FileInfo {}\ntrait Context {}", &["FileInfo", "Context"]);
    }

    #[test]
    fn words_that_only_look_like_them_are_fine() {
        check("struct Metadata; struct Database; mod processor; struct ParseContext;", &[]);
        check("// struct Manager\nconst A: &str = \"mod utils;\";", &[]);
        check("fn handle_info(info: &clap::Info) {}", &[]);
    }

    #[test]
    fn an_exception_is_for_one_word_in_one_folder_and_must_be_needed() {
        let files = [File { path: "a/b.rs".to_owned(), text: "mod info;".to_owned() }];
        assert!(complaints(&files, &[("a/", "info")]).is_empty());
        assert_eq!(2, complaints(&files, &[("b/", "info")]).len());
        assert_eq!(2, complaints(&files, &[("a/", "data")]).len());
    }

    #[test]
    fn a_type_that_is_declared_in_two_places_is_named_with_both() {
        let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
        let check = |a: &str, b: &str| twice_complaints(&[file("a/a.rs", a), file("b/b.rs", b)]);
        let both = "A: is declared 2 times: a/a.rs:1, b/b.rs:2";
        assert_eq!([both], *check("struct A;", "\npub(crate) enum A {}"));
        assert_eq!([both], *check("trait A {}", "\ntype A = u8;"));
        assert!(check("struct A;", "struct B; // struct A;").is_empty());
        assert!(check("struct A;", "#[cfg(test)]\nmod tests { struct A; }").is_empty());
        assert!(check("fn a() { b.union(&A) }", "impl I for J { type A = u8; }").is_empty());
        assert!(check("struct A;", "impl I for J { type A = u8; }").is_empty());
        let tests = [file("a/a.rs", "struct A;"), file("a/tests/b.rs", "struct A;")];
        assert!(twice_complaints(&tests).is_empty());
    }
}
