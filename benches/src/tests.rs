//! The definitions on a small haystack: what they count is right.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use seepage_engine::Pace;
use seepage_fingerprint::Backend;

use crate::codecs;
use crate::containers;
use crate::containers::TIMES;
use crate::kernels::{Depth, KernelBuffers, run};
use crate::needles;
use crate::read::read;
use crate::scan::{Expected, decode, scan};

/// Lines of JSON: this file's own source in pieces, and so many planted passages.
fn lines(planted: u64) -> Vec<u8> {
    let source = include_str!("haystack.rs").as_bytes().chunks(700);
    let innocent = source.map(|piece| String::from_utf8_lossy(piece).into_owned());
    let planted = (0..planted).map(|number| needles::passage(number).text);
    let mut lines = vec![];
    for text in innocent.chain(planted) {
        serde_json::to_writer(&mut lines, &serde_json::json!({ "text": text })).unwrap();
        lines.push(b'\n');
    }
    lines
}

fn count(lines: &[u8]) -> u64 {
    lines.split_inclusive(|&byte| byte == b'\n').count() as u64
}

#[test]
fn a_scan_finds_what_was_planted_and_decodes_what_was_written() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let index = needles::index_of(directory, 5000).unwrap();
    for planted in [0, 2] {
        let lines = lines(planted);
        let path = directory.join(format!("{planted}.jsonl.zst"));
        fs::write(&path, zstd::encode_all(lines.as_slice(), 3).unwrap()).unwrap();
        assert_eq!(decode(&path).unwrap(), lines.len() as u64);
        let expected = Expected { records: count(&lines), findings: planted };
        for (pace, threads) in [(Pace::Thorough, 1), (Pace::Thorough, 2), (Pace::Fast, 1)] {
            scan(&index, &path, pace, threads, expected);
        }
    }
}

#[test]
fn kernels_give_the_same_on_every_backend() {
    let lines = lines(3);
    for depth in [Depth::Normalise, Depth::Select, Depth::Fingerprint] {
        let expected = run(Backend::SCALAR, &lines, depth, &mut KernelBuffers::default());
        assert_ne!(expected, 0);
        for backend in Backend::available() {
            let found = run(backend, &lines, depth, &mut KernelBuffers::default());
            assert_eq!(found, expected, "{backend:?} {depth:?}");
        }
    }
}

#[test]
fn the_codecs_hold_the_same_lines() {
    let directory = tempfile::tempdir().unwrap();
    let index = needles::index_of(directory.path(), 5000).unwrap();
    let lines = lines(2);
    for codec in codecs::write(directory.path(), &lines).unwrap() {
        assert_eq!(decode(&codec.path).unwrap(), codec.len, "{}", codec.name);
        let expected = Expected { records: count(&lines) * codec.times, findings: 2 * codec.times };
        assert_eq!(read(&codec.path), expected.records, "{}", codec.name);
        scan(&index, &codec.path, Pace::Thorough, 2, expected);
    }
}

#[test]
fn the_containers_hold_the_same_records() {
    let directory = tempfile::tempdir().unwrap();
    let index = needles::index_of(directory.path(), 5000).unwrap();
    let texts: Vec<(String, String)> = (0..7)
        .map(|number| (format!("id-{number}"), format!("an innocent text {number}")))
        .chain([("planted".to_owned(), needles::passage(1).text)])
        .collect();
    for container in containers::write(directory.path(), &texts).unwrap() {
        assert_eq!(decode(&container.path).unwrap(), container.len, "{}", container.name);
        let expected = Expected { records: 8 * TIMES, findings: TIMES };
        assert_eq!(read(&container.path), expected.records);
        scan(&index, &container.path, Pace::Thorough, 1, expected);
    }
}
