//! The rules of the house, held against every file of the checkout.
//!
//! Each rule is a pure function from files to complaints, in a module of its own, with tests that show that it can
//! fail. The tests in here run the rules on the real thing.

mod circles;
mod floors;
mod licences;
mod map;
mod names;
mod rust;
mod shape;
mod traces;
mod tree;

use std::process::Command;

use serde_json::Value;

use crate::map::Room;

#[track_caller]
fn check(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} to mend:\n{}\n", complaints.len(), complaints.join("\n"));
}

fn read(path: &str) -> String {
    let full = seepage_testkit::workspace_root().join(path);
    std::fs::read_to_string(full)
        .unwrap_or_else(|error| panic!("`{path}` could not be read: {error}"))
}

fn rooms() -> Vec<Room> {
    let rooms = map::rooms(&read("crates/README.md"));
    assert!(!rooms.is_empty(), "the table of crates/README.md has no row");
    rooms
}

/// What cargo prints, or why it failed.
fn try_cargo(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(seepage_testkit::workspace_root())
        .output()
        .expect("cargo, which built this, can be started");
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).expect("cargo prints UTF-8"))
    } else {
        let failure = String::from_utf8_lossy(&output.stderr);
        Err(format!("cargo {} failed: {failure}", arguments.join(" ")))
    }
}

/// Asks no registry: whatever was needed to build this test is here already.
fn metadata(arguments: &[&str]) -> Result<Value, String> {
    let always = ["metadata", "--format-version=1", "--offline"];
    let output = try_cargo(&[always.as_slice(), arguments].concat())?;
    Ok(serde_json::from_str(&output).expect("cargo prints JSON"))
}

#[test]
fn imports_go_down_and_the_map_agrees() {
    let crates =
        floors::crates(&metadata(&["--no-deps"]).unwrap_or_else(|error| panic!("{error}")));
    check(&floors::complaints(&rooms(), &crates));
}

#[test]
fn files_fit_in_a_head() {
    check(&shape::length_complaints(&tree::files()));
}

#[test]
fn a_folder_shows_what_it_holds() {
    check(&shape::folder_complaints(&tree::files()));
}

#[test]
fn files_import_in_one_direction() {
    check(&circles::complaints(&tree::files()));
}

#[test]
fn a_type_is_declared_once() {
    check(&names::twice_complaints(&tree::files()));
}

#[test]
fn no_test_is_ignored() {
    check(&shape::ignored_test_complaints(&tree::files()));
}

#[test]
fn unsafe_has_two_addresses() {
    check(&shape::unsafe_complaints(&tree::files(), &rooms()));
}

#[test]
fn nothing_else_lies_at_the_top() {
    check(&shape::top_complaints(&tree::files()));
}

#[test]
fn names_say_something() {
    check(&names::complaints(&tree::files(), names::EXCEPTIONS));
}

#[test]
fn no_file_speaks_of_one_machine() {
    check(&traces::complaints(&tree::files()));
}

/// Checks what is built for this machine, with these features. An error if not all of that was fetched.
fn check_licences(features: &[&str]) -> Result<(), String> {
    let version = try_cargo(&["-vV"])?;
    let host =
        version.lines().find_map(|line| line.strip_prefix("host: ")).expect("cargo names its host");
    let deny = read("deny.toml");
    let allowed = licences::allowed(&deny);
    assert!(!allowed.is_empty(), "deny.toml allows no licence");
    let always = ["--locked", "--filter-platform", host];
    let metadata = metadata(&[&always, features].concat())?;
    check(&licences::complaints(&metadata, &allowed));
    Ok(())
}

#[test]
fn every_dependency_is_under_an_allowed_licence() {
    check_licences(&[]).unwrap_or_else(|error| panic!("{error}"));
}

/// `scripts/test-features` asks again when they are there.
#[test]
fn every_dependency_of_a_feature_is_under_an_allowed_licence() {
    if let Err(error) = check_licences(&["--all-features"]) {
        println!("skipped: licences of all features: {error}");
    }
}
