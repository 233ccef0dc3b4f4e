//! Imports go down, and only to where the map says.

use std::path::Path;

use serde_json::Value;

use crate::map::Room;

/// A crate of the workspace, as cargo sees it.
pub(crate) struct Crate {
    /// Its folder under `crates/`.
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) imports: Vec<Import>,
}

/// A dependency on another crate of the workspace.
pub(crate) struct Import {
    pub(crate) name: String,
    pub(crate) for_tests: bool,
}

/// The crates in the output of `cargo metadata --no-deps`.
pub(crate) fn crates(metadata: &Value) -> Vec<Crate> {
    let folder_of = |path: &str| -> String {
        Path::new(path).file_name().expect("a crate has a folder").to_string_lossy().into_owned()
    };
    let read_import = |dependency: &Value| {
        let path = dependency["path"].as_str()?;
        Some(Import { name: folder_of(path), for_tests: dependency["kind"] == "dev" })
    };
    let read_crate = |package: &Value| {
        let manifest =
            Path::new(package["manifest_path"].as_str().expect("a package has a manifest"));
        let folder = manifest.parent().expect("a manifest lies in a folder").to_string_lossy();
        let dependencies =
            package["dependencies"].as_array().expect("a package lists its dependencies");
        Crate {
            name: folder_of(&folder),
            description: package["description"].as_str().unwrap_or_default().to_owned(),
            imports: dependencies.iter().filter_map(read_import).collect(),
        }
    };
    metadata["packages"]
        .as_array()
        .expect("the metadata lists packages")
        .iter()
        .map(read_crate)
        .collect()
}

/// What is wrong with the map itself, and where the crates and the map disagree.
pub(crate) fn complaints(rooms: &[Room], crates: &[Crate]) -> Vec<String> {
    let mut complaints = vec![];
    for room in rooms {
        complaints.extend(check_room(rooms, room));
        if !crates.iter().any(|member| member.name == room.name) {
            complaints.push(format!("the map lists `{}`, but there is no such crate", room.name));
        }
    }
    for member in crates {
        match find(rooms, &member.name) {
            Some(room) => complaints.extend(check_crate(rooms, room, member)),
            None => complaints.push(format!("crate `{}` is not on the map", member.name)),
        }
    }
    complaints
}

fn find<'a>(rooms: &'a [Room], name: &str) -> Option<&'a Room> {
    rooms.iter().find(|room| room.name == name)
}

fn check_room(rooms: &[Room], room: &Room) -> Vec<String> {
    let mut complaints = vec![];
    for import in &room.may_import {
        match find(rooms, import) {
            Some(below) if below.floor == 0 => complaints.push(format!(
                "the map lets `{}` import `{import}`, which is for tests only",
                room.name
            )),
            Some(below) if below.floor < room.floor => {}
            Some(_) => complaints.push(format!(
                "the map lets `{}` import `{import}`, which is not on a floor below it",
                room.name
            )),
            None => complaints.push(format!(
                "the map lets `{}` import `{import}`, which is not on it",
                room.name
            )),
        }
    }
    complaints
}

fn check_crate(rooms: &[Room], room: &Room, member: &Crate) -> Vec<String> {
    let mut complaints = vec![];
    let name = &member.name;
    if member.description.is_empty() || member.description.contains('\n') {
        complaints.push(format!("crate `{name}` has no description of one line in its manifest"));
    }
    if member.description != room.description {
        complaints.push(format!(
            "the map says of `{name}` \"{}\", its manifest says \"{}\"",
            room.description, member.description
        ));
    }
    for import in &member.imports {
        let Some(target) = find(rooms, &import.name) else {
            complaints
                .push(format!("crate `{name}` imports `{}`, which is not on the map", import.name));
            continue;
        };
        let allowed = if import.for_tests {
            target.floor < room.floor || target.floor == 0
        } else {
            room.may_import.contains(&import.name)
        };
        if !allowed {
            complaints.push(format!(
                "crate `{name}` (floor {}) must not import `{}` (floor {})",
                room.floor, import.name, target.floor
            ));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `imports` are names; one that starts with `+` is for tests.
    fn member(name: &str, imports: &[&str]) -> Crate {
        let read = |import: &&str| Import {
            name: import.trim_start_matches('+').to_owned(),
            for_tests: import.starts_with('+'),
        };
        Crate {
            name: name.to_owned(),
            description: "what".to_owned(),
            imports: imports.iter().map(read).collect(),
        }
    }

    /// Three floors, with `top` as given.
    #[track_caller]
    fn check(top_may_import: &str, top_imports: &[&str], expected: &str) {
        let map = format!(
            "| 2 | `top` | what | {top_may_import} | forbid |\n| 1 | `left` | what | nothing | forbid |\n\
             | 1 | `right` | what | nothing | forbid |\n| 0 | `kit` | what | nothing | forbid |"
        );
        let crates = [
            member("top", top_imports),
            member("left", &["+kit"]),
            member("right", &[]),
            member("kit", &[]),
        ];
        let actual = complaints(&crate::map::rooms(&map), &crates).join("; ");
        assert!(
            if expected.is_empty() { actual.is_empty() } else { actual.contains(expected) },
            "{actual:?}"
        );
    }

    #[test]
    fn imports_that_go_down_are_fine() {
        check("left", &["left", "+kit"], "");
        check("left, right", &["right"], "");
        check("nothing", &["+left"], "");
    }

    #[test]
    fn imports_that_do_not_go_down_are_not() {
        check("left", &["right"], "crate `top` (floor 2) must not import `right` (floor 1)");
        check("left", &["kit"], "crate `top` (floor 2) must not import `kit` (floor 0)");
        check("left", &["+top"], "crate `top` (floor 2) must not import `top` (floor 2)");
        check("left", &["roof"], "imports `roof`, which is not on the map");
    }

    #[test]
    fn a_map_that_allows_a_way_up_is_wrong() {
        check("top", &[], "lets `top` import `top`, which is not on a floor below it");
        check("kit", &[], "lets `top` import `kit`, which is for tests only");
        check("roof", &[], "lets `top` import `roof`, which is not on it");
    }

    #[test]
    fn map_and_crates_name_the_same_crates_in_the_same_words() {
        let rooms = crate::map::rooms("| 1 | `left` | what | nothing | forbid |");
        assert_eq!(["the map lists `left`, but there is no such crate"], *complaints(&rooms, &[]));
        let crates = [member("left", &[]), member("attic", &[])];
        assert_eq!(["crate `attic` is not on the map"], *complaints(&rooms, &crates));
        let mut other = member("left", &[]);
        other.description = "other".to_owned();
        assert_eq!(1, complaints(&rooms, &[other]).len());
        let mut silent = member("left", &[]);
        silent.description = String::new();
        assert_eq!(2, complaints(&rooms, &[silent]).len());
    }

    #[test]
    fn cargo_metadata_is_read() {
        let metadata = serde_json::json!({ "packages": [{
            "manifest_path": "/x/crates/top/Cargo.toml", "description": "what",
            "dependencies": [
                { "path": "/x/crates/left", "kind": null }, { "path": "/x/crates/kit", "kind": "dev" }, { "kind": null }
            ],
        }] });
        let crates = crates(&metadata);
        assert_eq!((1, "top", "what"), (crates.len(), &*crates[0].name, &*crates[0].description));
        let imports: Vec<(&str, bool)> =
            crates[0].imports.iter().map(|import| (&*import.name, import.for_tests)).collect();
        assert_eq!([("left", false), ("kit", true)], *imports);
    }
}
