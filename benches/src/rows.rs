//! Whole scans, in each container and with one and two threads.

use std::path::Path;

use seepage_index::Index;

use crate::clock::medians;
use crate::haystack::Haystack;
use crate::record::{Record, gigabytes};
use crate::scan::{Expected, decode, scan};

/// Nothing of the index stands in the haystack.
fn innocent(haystack: &Haystack) -> Expected {
    Expected {
        records: haystack.records,
        findings: 0,
    }
}

pub(crate) fn measure(haystack: &Haystack, index: &Index, size: u64, record: &mut Record) {
    let lines_len = haystack.json_lines.len() as u64;
    let shards: [(&str, &Path, u64); 3] = [
        ("JSONL.zst", &haystack.zstd, lines_len),
        ("JSONL.gz", &haystack.gzip, lines_len),
        ("Parquet, zstd", &haystack.parquet, haystack.text_len),
    ];
    for (name, path, len) in shards {
        let mut decode_alone = || assert_eq!(decode(path).expect("it was just written"), len);
        let mut scan_one = || {
            scan(index, path, 1, innocent(haystack));
        };
        let [decoded, scanned] = medians([&mut decode_alone, &mut scan_one], |took| took.processor);
        record.add(
            format!("scan {name}, {size:.0e} fingerprints", size = size as f64),
            format!("{:.2} GB/s", gigabytes(len, scanned)),
            &format!("decode alone, {:.2} GB/s", gigabytes(len, decoded)),
            decoded / scanned,
        );
    }
    let mut one = || {
        scan(index, &haystack.zstd, 1, innocent(haystack));
    };
    let mut two = || {
        scan(index, &haystack.zstd, 2, innocent(haystack));
    };
    let [one, two] = medians([&mut one, &mut two], |took| took.wall);
    record.add(
        format!(
            "scan one JSONL.zst, 2 threads, {:.0e} fingerprints",
            size as f64
        ),
        format!("{:.2} GB/s", gigabytes(lines_len, two)),
        "one thread, wall time",
        one / two,
    );
}
