//! The formats' own test collections, beside the rows that another reader counts in them.
//!
//! They are no part of the project: they are read where they lie beside the checkout.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use seepage_shards::{FieldPath, Ignored, ReadOptions, ShardError, find_shards};

use crate::files::{Reading, read};

fn collections() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/formats");
    if root.is_dir() {
        return Some(root);
    }
    println!("skipped: `../shared/formats` is absent");
    None
}

/// Reads every text that can be named: the collections use other names than corpora do.
fn read_all_fields(path: &Path) -> Reading {
    let reading = read(path, &ReadOptions::default());
    match &reading.errors[..] {
        [ShardError::NoTextField { keys_seen, .. }] => {
            let fields = keys_seen.iter().filter_map(|key| FieldPath::parse(key).ok());
            let text_fields: Vec<FieldPath> = fields.collect();
            read(path, &ReadOptions { text_fields, ..ReadOptions::default() })
        }
        _ => reading,
    }
}

/// Of the files, so many have texts in columns of kinds that are read. The others have numbers only, or are of kinds
/// that end with an error by name: Arrow before 0.15 or of big-endian machines, maps, unions, encrypted columns.
const READ_WHOLE: usize = 50;

/// It holds 2 GiB of one letter, which takes as long to read as all others together.
const LARGEST: &str = "parquet-testing/data/large_string_map.brotli.parquet";

#[test]
fn each_file_has_the_rows_that_another_reader_counts_or_says_by_name_why_not() {
    let Some(root) = collections() else { return };
    let list = std::fs::read_to_string(root.join("rows.tsv")).unwrap();
    let counts: BTreeMap<&str, &str> =
        list.lines().skip(1).filter_map(|line| line.split_once('\t')).collect();
    let (mut seen, mut read_whole) = (0, 0);
    // Those that are not counted are read, too: none of them may end in a panic.
    for shard in find_shards(std::slice::from_ref(&root), Ignored::Found) {
        let path = shard.unwrap().path;
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
        seen += u32::from(counts.contains_key(name));
        if name == LARGEST {
            continue;
        }
        let reading = read_all_fields(&path);
        let Some(&count) = counts.get(name) else { continue };
        // Another reader may give an error where this one reads all.
        if reading.errors.is_empty() && reading.skips().is_empty() {
            read_whole += 1;
            let rows = reading.rows.len();
            let is_right = count.starts_with("error") || count == rows.to_string();
            assert!(is_right, "{name}: {rows} rows for {count}");
        }
    }
    assert_eq!(seen as usize, counts.len());
    assert!(read_whole >= READ_WHOLE, "{read_whole} files were read to their end");
}
