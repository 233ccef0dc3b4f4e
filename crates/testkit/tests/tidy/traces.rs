//! What belongs to one machine or one desk, and means nothing to whoever clones this.

use crate::rust::product_only;
use crate::tree::File;

/// Folders of somebody's machine. Cut in two, so that this file does not find itself.
const FOLDERS: [&str; 2] = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];

/// A folder that every machine has, and that only a test may count on.
const SCRATCH: &str = concat!("/t", "mp/");

/// Papers and tools that are not in this repository.
const ELSEWHERE: [&str; 8] = [
    concat!(".lib", "rary/"),
    concat!("brief", ".md"),
    concat!("HOUSE", ".md"),
    concat!("STYLE", ".md"),
    concat!("LOG_", "FORMATS"),
    concat!("SHARD_", "FORMATS"),
    concat!("issues ", "show"),
    concat!("shared/", "docs"),
];

pub(crate) fn complaints(files: &[File]) -> Vec<String> {
    let mut complaints = vec![];
    for file in files {
        let mut complain = |text: &str, trace: &str, is_trace: fn(&str, usize) -> bool| {
            let found = text.match_indices(trace).find(|(at, _)| is_trace(text, *at));
            if let Some((at, _)) = found {
                let line = text[..at].matches('\n').count() + 1;
                complaints.push(format!(
                    "{}:{line}: `{trace}` means nothing on another machine",
                    file.path
                ));
            }
        };
        for folder in FOLDERS {
            complain(&file.text, folder, starts_a_path);
        }
        for paper in ELSEWHERE {
            complain(&file.text, paper, |_, _| true);
        }
        if file.path.starts_with("scripts/") || file.path.starts_with(".ci/") {
            complain(&file.text, SCRATCH, starts_a_path);
        } else if file.is_rust() && !file.is_test() {
            complain(&product_only(&file.text), SCRATCH, starts_a_path);
        }
    }
    complaints
}

/// Whether the slash at `at` is a path's first character, as in ` /x/` and not as in `a/x/` or `../x/`.
fn starts_a_path(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    before.is_none_or(|letter| !letter.is_alphanumeric() && !"._-/~}$*".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: usize) {
        let actual = complaints(&[File { path: path.to_owned(), text: text.to_owned() }]);
        assert_eq!(expected, actual.len(), "{actual:?}");
    }

    #[test]
    fn a_folder_of_one_machine_is_found_in_any_file() {
        for folder in FOLDERS {
            check("README.md", &format!("see {folder}a"), 1);
            check("fixtures/logs/a.jsonl", &format!("{{\"cwd\":\"{folder}a\"}}"), 1);
            check("README.md", &format!("see src{folder}a and ..{folder}b"), 0);
        }
    }

    #[test]
    fn a_scratch_folder_is_for_tests() {
        let source = format!("const A: &str = \"{SCRATCH}a\";");
        check("crates/logs/src/lib.rs", &source, 1);
        check("crates/logs/src/tests.rs", &source, 0);
        check("crates/logs/src/lib.rs", &format!("#[cfg(test)]\nmod tests {{ {source} }}"), 0);
        check("scripts/test", &format!("ls {SCRATCH}a"), 1);
        check("fixtures/logs/a.jsonl", &format!("\"{SCRATCH}a\""), 0);
    }

    #[test]
    fn papers_and_tools_of_elsewhere_are_found_with_their_line() {
        for paper in ELSEWHERE {
            check("crates/logs/src/lib.rs", &format!("// see {paper}"), 1);
        }
        let file = File { path: "a.md".to_owned(), text: format!("one\ntwo {}", ELSEWHERE[0]) };
        assert!(complaints(&[file])[0].starts_with("a.md:2: "));
    }
}
