//! What a file may hold and how long it may be; what may lie at the top.

use std::collections::{BTreeMap, BTreeSet};

use crate::map::Room;
use crate::rust::{code_only, words};
use crate::tree::File;

/// A file holds one idea at its natural size, often 200 to 400 lines. Beyond this limit it holds several.
const LINES_MAX: usize = 800;

/// The two addresses of `unsafe`.
const UNSAFE_HOMES: [&str; 2] = ["crates/fingerprint/src/arch/", "crates/index/src/mmap.rs"];

/// What may lie at the top beside dotfiles.
const TOP: [&str; 12] = [
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "benches",
    "clippy.toml",
    "crates",
    "deny.toml",
    "fixtures",
    "scripts",
];

pub(crate) fn length_complaints(files: &[File]) -> Vec<String> {
    let length = |file: &File| file.text.lines().count();
    let too_long = files.iter().filter(|file| file.is_rust() && length(file) > LINES_MAX);
    let complain = |file: &File| {
        format!("{}: has {} lines, {LINES_MAX} at most; split it", file.path, length(file))
    };
    too_long.map(complain).collect()
}

/// A folder of source with more entries no longer shows what the crate is made of.
const ENTRIES_MAX: usize = 20;

/// Counts what lies in each folder below the `src` of a crate.
pub(crate) fn folder_complaints(files: &[File]) -> Vec<String> {
    let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in files {
        let Some(src) = file.path.find("/src/").map(|at| at + "/src".len()) else {
            continue;
        };
        for (slash, _) in file.path.match_indices('/').filter(|(slash, _)| *slash >= src) {
            let entry = file.path[slash + 1..].split('/').next().unwrap_or_default();
            folders.entry(&file.path[..slash]).or_default().insert(entry);
        }
    }
    folders.retain(|_, entries| entries.len() > ENTRIES_MAX);
    let complain = |(folder, entries): (&&str, &BTreeSet<&str>)| {
        format!("{folder}: holds {} entries, {ENTRIES_MAX} at most", entries.len())
    };
    folders.iter().map(complain).collect()
}

pub(crate) fn ignored_test_complaints(files: &[File]) -> Vec<String> {
    let mut complaints = vec![];
    for file in files.iter().filter(|file| file.is_rust()) {
        for (line, text) in code_only(&file.text).lines().enumerate() {
            let text = text.replace(' ', "");
            let ignored = text.contains("#[ignore")
                || (text.contains("cfg_attr(") && text.contains(",ignore"));
            if ignored {
                complaints.push(format!(
                    "{}:{}: an ignored test proves nothing; assert today's answer and say why it is wrong",
                    file.path,
                    line + 1
                ));
            }
        }
    }
    complaints
}

pub(crate) fn unsafe_complaints(files: &[File], rooms: &[Room]) -> Vec<String> {
    let mut complaints = vec![];
    for file in files.iter().filter(|file| file.is_rust()) {
        if !UNSAFE_HOMES.iter().any(|home| file.path.starts_with(home)) {
            let code = code_only(&file.text);
            complaints.extend(words(&code).filter(|(_, word)| *word == "unsafe").map(
                |(line, _)| {
                    format!(
                        "{}:{line}: `unsafe` may stand only in {}",
                        file.path,
                        UNSAFE_HOMES.join(" and ")
                    )
                },
            ));
        }
    }
    for room in rooms {
        complaints.extend(check_crate_attribute(files, room));
    }
    complaints
}

/// The compiler holds the rule as well, if each crate asks it to.
fn check_crate_attribute(files: &[File], room: &Room) -> Option<String> {
    let folder = format!("crates/{}/src/", room.name);
    // The benches lie at the top.
    let at_top = format!("{}/src/", room.name);
    let is_root = |file: &&File| {
        [&folder, &at_top]
            .into_iter()
            .filter_map(|folder| file.path.strip_prefix(folder.as_str()))
            .any(|name| matches!(name, "lib.rs" | "main.rs"))
    };
    let forbid = "#![forbid(unsafe_code)]";
    // A crate that houses some may deny instead, because `forbid` leaves no room for one exempted module.
    let houses_some = room.unsafe_rule != "forbid";
    let asks = |file: &File| {
        let code = code_only(&file.text);
        code.contains(forbid) || (houses_some && code.contains("#![deny(unsafe_code)]"))
    };
    let mut roots = files.iter().filter(is_root).peekable();
    if roots.peek().is_none() {
        return Some(format!("{folder}: has neither `lib.rs` nor `main.rs`"));
    }
    roots.find(|root| !asks(root)).map(|root| format!("{}: lacks `{forbid}`", root.path))
}

pub(crate) fn top_complaints(files: &[File]) -> Vec<String> {
    let mut strangers: Vec<&str> = files
        .iter()
        .filter_map(|file| file.path.split('/').next())
        .filter(|entry| !entry.starts_with('.') && !TOP.contains(entry))
        .collect();
    strangers.dedup();
    let complain = |entry: &&str| {
        format!("`{entry}` has no place at the top; move it below, or have git ignore it")
    };
    strangers.iter().map(complain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_file_of_801_lines_is_too_long() {
        let check = |path: &str, lines| length_complaints(&[file(path, &"\n".repeat(lines))]).len();
        assert_eq!(0, check("a.rs", 800));
        assert_eq!(1, check("a.rs", 801));
        assert_eq!(0, check("a.json", 801));
    }

    #[test]
    fn a_folder_of_21_entries_is_too_full() {
        let check = |folder: &str, count: usize| {
            let files = (1..count).map(|at| file(&format!("{folder}/a{at}.rs"), ""));
            // A folder is one entry, whatever it holds.
            let below = ["x/a.rs", "x/b/c.rs"].map(|path| file(&format!("{folder}/{path}"), ""));
            folder_complaints(&files.chain(below).collect::<Vec<_>>())
        };
        for folder in ["crates/a/src", "crates/a/src/b/tests", "benches/src"] {
            assert!(check(folder, 20).is_empty());
            assert_eq!([format!("{folder}: holds 21 entries, 20 at most")], *check(folder, 21));
        }
        assert!(check("fixtures/logs", 21).is_empty());
    }

    #[test]
    fn an_ignored_test_is_found_and_the_crate_of_that_name_is_not() {
        let check = |text: &str| ignored_test_complaints(&[file("a.rs", text)]).len();
        assert_eq!(1, check("#[test]\n#[ignore]\nfn a() {}"));
        assert_eq!(1, check("#[ignore = \"slow\"]"));
        assert_eq!(1, check("#[cfg_attr(unix, ignore)]"));
        assert_eq!(0, check("use ignore::Walk; // #[ignore]"));
    }

    #[test]
    fn unsafe_stands_at_its_two_addresses_only() {
        let check = |path: &str, text: &str| unsafe_complaints(&[file(path, text)], &[]).len();
        assert_eq!(1, check("crates/logs/src/lib.rs", "fn a() { unsafe { b() } }"));
        assert_eq!(1, check("crates/index/src/open.rs", "unsafe impl Send for A {}"));
        assert_eq!(0, check("crates/index/src/mmap.rs", "unsafe { b() }"));
        assert_eq!(0, check("crates/fingerprint/src/arch/avx2.rs", "unsafe { b() }"));
        assert_eq!(
            0,
            check(
                "crates/logs/src/lib.rs",
                "#![forbid(unsafe_code)] // no unsafe\nlet a = \"unsafe\";"
            )
        );
    }

    #[test]
    fn every_crate_has_the_compiler_hold_the_rule_on_unsafe() {
        let check = |rule: &str, text: &str| {
            let rooms = crate::map::rooms(&format!("| 1 | `a` | what | nothing | {rule} |"));
            unsafe_complaints(&[file("crates/a/src/lib.rs", text)], &rooms).len()
        };
        assert_eq!(0, check("forbid", "#![forbid(unsafe_code)]"));
        assert_eq!(1, check("forbid", "#![deny(unsafe_code)]"));
        assert_eq!(1, check("forbid", "// #![forbid(unsafe_code)]"));
        assert_eq!(0, check("`arch/` only", "#![deny(unsafe_code)]"));
        assert_eq!(1, check("`arch/` only", ""));
        let rooms = crate::map::rooms("| 1 | `b` | what | nothing | forbid |");
        assert_eq!(1, unsafe_complaints(&[], &rooms).len());
    }

    #[test]
    fn a_stranger_at_the_top_is_named_once() {
        let files = [
            file(".ci/run", ""),
            file("Cargo.toml", ""),
            file("docs/a.md", ""),
            file("docs/b.md", ""),
        ];
        assert_eq!(1, top_complaints(&files).len());
        assert!(top_complaints(&files)[0].contains("`docs`"));
    }
}
