//! The files of a crate import each other in one direction, as the crates do.
//!
//! An import is a `use`, or a path such as `crate::a::b` in the code. It counts as one of the file that declares the
//! item: what a file re-exports and does not use itself is no import of that file. Declaring a module is none either.

use std::collections::{BTreeMap, BTreeSet};

use crate::rust::{code_only, product_only};
use crate::tree::File;

/// One complaint for each set of files that import each other in a circle; tests apart.
pub(crate) fn complaints(files: &[File]) -> Vec<String> {
    let mut crates: BTreeMap<&str, Vec<&File>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.is_rust() && !file.is_test()) {
        if let Some((folder, _)) = file.path.split_once("/src/") {
            crates.entry(folder).or_default().push(file);
        }
    }
    crates.iter().flat_map(|(folder, files)| circles_of(folder, files)).collect()
}

fn circles_of(folder: &str, files: &[&File]) -> Vec<String> {
    let modules = files.iter().map(|file| (module_path(&file.path), Module::read(file))).collect();
    let tree = Tree { modules };
    let imports: BTreeMap<&str, BTreeSet<&str>> =
        tree.modules.iter().map(|(path, module)| (module.file, tree.imports_of(path))).collect();
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        imports.keys().map(|file| (*file, reached_from(file, &imports))).collect();
    let mut complaints = vec![];
    let mut seen = BTreeSet::new();
    for (file, far) in &reached {
        if far.contains(file) && !seen.contains(file) {
            let circle: Vec<&str> =
                far.iter().copied().filter(|other| reached[other].contains(file)).collect();
            let inside = |file: &&str| -> Vec<&str> {
                imports[file].iter().copied().filter(|other| circle.contains(other)).collect()
            };
            let edges: Vec<String> = circle
                .iter()
                .map(|file| format!("{} -> {}", short(file), short(&inside(file).join(", "))))
                .collect();
            complaints.push(format!(
                "{folder}: {} files import each other in a circle: {}",
                circle.len(),
                edges.join("; ")
            ));
            seen.extend(circle);
        }
    }
    complaints
}

/// Paths without the folder that they have in common.
fn short(paths: &str) -> String {
    let short = |path: &str| path.split_once("/src/").map_or(path, |(_, rest)| rest).to_owned();
    paths.split(", ").map(short).collect::<Vec<_>>().join(", ")
}

/// All files that can be reached by one import or more.
fn reached_from<'f>(
    file: &str,
    imports: &BTreeMap<&'f str, BTreeSet<&'f str>>,
) -> BTreeSet<&'f str> {
    let mut reached = BTreeSet::new();
    let mut pending: Vec<&str> = imports[file].iter().copied().collect();
    while let Some(next) = pending.pop() {
        if reached.insert(next) {
            pending.extend(&imports[next]);
        }
    }
    reached
}

/// `crates/a/src/b/c.rs` and `crates/a/src/b/c/mod.rs` are the module `b::c`.
fn module_path(file: &str) -> String {
    let (_, inside) = file.split_once("/src/").expect("only sources are asked about");
    let path = inside.trim_end_matches(".rs");
    match path {
        "lib" | "main" => String::new(),
        _ => path.trim_end_matches("/mod").replace('/', "::"),
    }
}

/// One file.
struct Module<'f> {
    file: &'f str,
    /// What `use` brings in.
    uses: Vec<Use>,
    /// Paths of two names or more in the rest of the code.
    paths: Vec<Vec<String>>,
    /// All names in the code, `use` apart.
    words: BTreeSet<String>,
}

/// A name that a `use` brings in.
struct Use {
    path: Vec<String>,
    /// `*` for all names.
    name: String,
    is_public: bool,
}

impl<'f> Module<'f> {
    fn read(file: &'f File) -> Self {
        let code = code_only(&product_only(&file.text));
        let tokens = tokens(&code);
        let mut module =
            Self { file: &file.path, uses: vec![], paths: vec![], words: BTreeSet::new() };
        let mut at = 0;
        while at < tokens.len() {
            let next = tokens.get(at + 1).copied().unwrap_or_default();
            if tokens[at] == "use" && next != "<" {
                let is_public = at > 0 && matches!(tokens[at - 1], "pub" | ")");
                let end = tokens[at..].iter().position(|token| *token == ";");
                let end = end.map_or(tokens.len(), |len| at + len);
                read_use(&tokens[at + 1..end], &[], is_public, &mut module.uses);
                at = end;
            } else if is_name(tokens[at]) {
                let first = at;
                let mut path = vec![tokens[at].to_owned()];
                while tokens.get(at + 1) == Some(&"::")
                    && tokens.get(at + 2).is_some_and(|token| is_name(token))
                {
                    at += 2;
                    path.push(tokens[at].to_owned());
                }
                module.words.insert(path[0].clone());
                // `pub(in crate::a)` says who sees it.
                let is_visibility = first > 1 && tokens[first - 2..first] == ["(", "in"];
                if path.len() > 1 && !is_visibility {
                    module.paths.push(path);
                }
                at += 1;
            } else {
                at += 1;
            }
        }
        module
    }
}

/// Names, `::`, and other signs one by one.
fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = vec![];
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let len = match rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_') {
            Some(0) if rest.starts_with("::") => 2,
            Some(0) => first.len_utf8(),
            Some(len) => len,
            None => rest.len(),
        };
        tokens.push(&rest[..len]);
        rest = rest[len..].trim_start();
    }
    tokens
}

fn is_name(token: &str) -> bool {
    token.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
}

/// Reads what stands between `use` and the semicolon, or a part of it behind `before`.
fn read_use(tokens: &[&str], before: &[String], is_public: bool, uses: &mut Vec<Use>) {
    let mut path = before.to_vec();
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "{" => {
                let (mut depth, mut from) = (0, at + 1);
                for (end, token) in tokens.iter().enumerate().skip(at) {
                    depth += i32::from(*token == "{") - i32::from(*token == "}");
                    if (depth == 1 && *token == ",") || (depth == 0 && from <= end) {
                        read_use(&tokens[from..end], &path, is_public, uses);
                        from = end + 1;
                    }
                }
                return;
            }
            "::" => {}
            "as" => {
                let name = tokens[at + 1].to_owned();
                uses.push(Use { path, name, is_public });
                return;
            }
            // `use a::{self}` is `use a`.
            "self" if !path.is_empty() => {}
            name => path.push(name.to_owned()),
        }
    }
    if let Some(name) = path.last().cloned()
        && path.len() > before.len().min(1)
    {
        if name == "*" {
            path.pop();
        }
        uses.push(Use { path, name, is_public });
    }
}

/// The modules of one crate, by their paths.
struct Tree<'f> {
    modules: BTreeMap<String, Module<'f>>,
}

impl<'f> Tree<'f> {
    /// The files that a module imports from, itself apart.
    fn imports_of(&self, module: &str) -> BTreeSet<&'f str> {
        let Module { file, uses, paths, words } = &self.modules[module];
        let is_used = |one: &&Use| !one.is_public || words.contains(&one.name);
        let used = uses.iter().filter(is_used).map(|one| &one.path);
        let imported = used.chain(paths).filter_map(|path| self.resolve(module, path, 0));
        imported.filter(|other| other != file).collect()
    }

    /// The file that declares the item of `path`, as `module` names it; `None` if it is not of this crate.
    fn resolve(&self, module: &str, path: &[String], depth: usize) -> Option<&'f str> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.walk("", rest, depth),
            "self" => self.walk(module, rest, depth),
            "super" => {
                let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
                let goes_on = rest.first().is_some_and(|next| next == "super");
                if goes_on {
                    self.resolve(parent, rest, depth)
                } else {
                    self.walk(parent, rest, depth)
                }
            }
            name if self.child(module, name).is_some()
                || self.brought_in(module, name).is_some() =>
            {
                self.walk(module, path, depth)
            }
            _ => None,
        }
    }

    /// The file that declares the item of `path` as seen from inside `module`.
    fn walk(&self, module: &str, path: &[String], depth: usize) -> Option<&'f str> {
        let here = self.modules.get(module)?.file;
        let Some((name, rest)) = path.split_first() else {
            return Some(here);
        };
        if let Some(child) = self.child(module, name) {
            return self.walk(&child, rest, depth);
        }
        match self.brought_in(module, name) {
            // Re-exports that go in a circle lead nowhere.
            Some(found) if depth < 8 => {
                let mut longer = found.path.clone();
                if found.name == "*" {
                    longer.push(name.clone());
                }
                longer.extend_from_slice(rest);
                self.resolve(module, &longer, depth + 1).or(Some(here))
            }
            _ => Some(here),
        }
    }

    fn child(&self, module: &str, name: &str) -> Option<String> {
        let child = if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
        self.modules.contains_key(&child).then_some(child)
    }

    /// The `use` in `module` that brings `name` in.
    fn brought_in(&self, module: &str, name: &str) -> Option<&Use> {
        let uses = &self.modules.get(module)?.uses;
        uses.iter().find(|one| one.name == name).or_else(|| uses.iter().find(|one| one.name == "*"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The circles among files of one crate, each as its complaint.
    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let file = |(path, text): &(&str, &str)| File {
            path: format!("crates/x/src/{path}"),
            text: (*text).to_owned(),
        };
        complaints(&files.iter().map(file).collect::<Vec<_>>())
    }

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &str) {
        let actual = circles(files);
        if expected.is_empty() {
            assert!(actual.is_empty(), "{actual:?}");
        } else {
            assert_eq!(1, actual.len(), "{actual:?}");
            assert!(actual[0].ends_with(expected), "{actual:?}");
        }
    }

    #[test]
    fn two_files_that_use_each_other_are_a_circle() {
        let both = "a.rs -> b.rs; b.rs -> a.rs";
        check(&[("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::B;"), ("b.rs", "")], "");
        check(
            &[
                ("lib.rs", "mod a;"),
                ("a.rs", "use crate::b::{self, B};"),
                ("b.rs", "use crate::a;"),
            ],
            both,
        );
        check(&[("a.rs", "use super::b::B;"), ("b.rs", "fn f() { crate::a::g() }")], "");
        check(
            &[("lib.rs", ""), ("a.rs", "use super::b::B;"), ("b.rs", "fn f() { crate::a::g() }")],
            both,
        );
    }

    #[test]
    fn a_way_over_a_third_file_is_a_circle() {
        check(
            &[
                ("lib.rs", "mod a; mod b; mod c; mod d;"),
                ("a.rs", "use crate::b::B;"),
                ("b.rs", "use crate::{c::C, d::D as E};"),
                ("c.rs", "pub(crate) struct C(crate::a::A);"),
                ("d.rs", ""),
            ],
            "3 files import each other in a circle: a.rs -> b.rs; b.rs -> c.rs; c.rs -> a.rs",
        );
    }

    #[test]
    fn a_parent_that_uses_its_child_is_not_used_by_it() {
        let child = ("a/b.rs", "use super::A;");
        check(&[("lib.rs", "mod a;"), ("a.rs", "mod b; struct A;"), child], "");
        check(
            &[("lib.rs", "mod a;"), ("a.rs", "mod b; struct A; fn f() { b::g() }"), child],
            "a.rs -> a/b.rs; a/b.rs -> a.rs",
        );
        check(
            &[("lib.rs", "mod a;"), ("a/mod.rs", "mod b; use b::B; struct A;"), child],
            "a/b.rs -> a/mod.rs; a/mod.rs -> a/b.rs",
        );
    }

    #[test]
    fn a_re_export_is_followed_to_the_file_that_declares() {
        let lib = ("lib.rs", "mod a; mod b; pub use a::A; pub use b::*;");
        check(&[lib, ("a.rs", "use crate::B;"), ("b.rs", "struct B;")], "");
        check(
            &[lib, ("a.rs", "use crate::B;"), ("b.rs", "use crate::A; struct B;")],
            "a.rs -> b.rs; b.rs -> a.rs",
        );
        let user = ("lib.rs", "mod a; pub use a::A; fn f(a: A) {}");
        check(&[user, ("a.rs", "use crate::f;")], "a.rs -> lib.rs; lib.rs -> a.rs");
    }

    #[test]
    fn tests_comments_and_other_crates_make_no_circle() {
        check(
            &[
                ("lib.rs", "mod a; mod b; #[cfg(test)] mod tests;"),
                ("a.rs", "use crate::b::B; use other::a::A; pub(in crate::b) struct A;"),
                (
                    "b.rs",
                    "pub(in crate::a) struct B; // use crate::a::A;\n#[cfg(test)] mod tests { use crate::a::A; }",
                ),
                ("tests.rs", "use crate::a::A;"),
            ],
            "",
        );
    }
}
