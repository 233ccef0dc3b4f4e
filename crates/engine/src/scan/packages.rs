//! In how many packages of the corpus each passage was found. What two records of one package share counts once.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use seepage_index::PassageId;
use seepage_shards::{Format, FoundShard};
use serde::{Deserialize, Serialize};

/// Names a package by a number. Two of a thousand packages meet in one number once in 10^13 runs, and then count once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PackageId(u64);

impl PackageId {
    /// The package with a name.
    pub fn of(name: &str) -> Self {
        Self(xxhash_rust::xxh3::xxh3_64(name.as_bytes()))
    }
}

const SOURCE_FILE: &str = Format::Text.name();

/// The package of the records of a shard that do not name one: of a source file the top directory below the root that
/// it was found under, else the shard itself.
pub(crate) fn package_of(inputs: &[PathBuf], found: &FoundShard, format: &str) -> PackageId {
    let top = match format {
        SOURCE_FILE => inputs.iter().find_map(|root| top_directory(root, found)),
        _ => None,
    };
    PackageId::of(top.as_deref().unwrap_or(&found.name))
}

/// `None` for a file that is the root, or lies in it without a directory between.
fn top_directory(root: &Path, found: &FoundShard) -> Option<String> {
    let below = found.path.strip_prefix(root).ok()?;
    let first = below.components().next()?;
    let is_directory = below.components().nth(1).is_some();
    is_directory.then(|| root.join(first).to_string_lossy().into_owned())
}

/// The packages of each passage, at most [`Packages::COUNT_MAX`] of them.
#[derive(Debug, Default)]
pub(crate) struct Packages(HashMap<PassageId, HashSet<PackageId>>);

impl Packages {
    /// More are not told apart: a passage in a thousand packages is everywhere.
    pub(crate) const COUNT_MAX: usize = 1000;

    pub(crate) fn add(&mut self, passage: PassageId, package: PackageId) {
        let packages = self.0.entry(passage).or_default();
        if packages.len() < Self::COUNT_MAX {
            packages.insert(package);
        }
    }

    pub(crate) fn count(&self, passage: PassageId) -> u32 {
        self.0.get(&passage).map_or(0, |packages| packages.len() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_counted_once_each_and_up_to_a_thousand() {
        let mut packages = Packages::default();
        for round in 0..2 {
            for number in 0..Packages::COUNT_MAX + 200 {
                packages.add(PassageId(7), PackageId::of(&number.to_string()));
            }
            packages.add(PassageId(round), PackageId::of("a"));
            packages.add(PassageId(9), PackageId::of(&round.to_string()));
        }
        for (passage, count) in [(0, 1), (1, 1), (2, 0), (7, 1000), (9, 2)] {
            assert_eq!(packages.count(PassageId(passage)), count);
        }
    }

    #[track_caller]
    fn check(format: Format, inputs: &[&str], path: &str, expected: &str) {
        let inputs: Vec<PathBuf> = inputs.iter().map(PathBuf::from).collect();
        let found = FoundShard { path: path.into(), name: path.to_owned(), len: 0 };
        assert_eq!(package_of(&inputs, &found, format.name()), PackageId::of(expected), "{path}");
    }

    #[test]
    fn a_source_file_is_of_its_top_directory_and_any_other_shard_is_a_package() {
        check(Format::Text, &["c"], "c/left/src/a.rs", "c/left");
        check(Format::Text, &["b", "c"], "c/left/a.rs", "c/left");
        check(Format::Text, &["c"], "c/a.rs", "c/a.rs");
        check(Format::Text, &["c/a.rs"], "c/a.rs", "c/a.rs");
        check(Format::JsonLines, &["c"], "c/left/a.jsonl", "c/left/a.jsonl");
        check(Format::Parquet, &["c"], "c/left/a.parquet", "c/left/a.parquet");
    }
}
