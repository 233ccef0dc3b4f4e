//! Whole scans, in each container and with one and two threads.

use std::path::Path;

use seepage_engine::Pace;
use seepage_index::Index;

use crate::clock::medians;
use crate::haystack::{Haystack, TIMES};
use crate::record::{Record, gigabytes};
use crate::scan::{Expected, decode, decode_all, scan};

/// Nothing of the index stands in the haystack, which is there [`TIMES`] times.
fn innocent(haystack: &Haystack) -> Expected {
    Expected {
        records: haystack.records * TIMES,
        findings: 0,
    }
}

/// One thread against decoding alone, by processor time.
pub(crate) fn measure(haystack: &Haystack, index: &Index, size: u64, record: &mut Record) {
    let lines_len = haystack.json_lines.len() as u64;
    let texts_len = haystack.text_len * TIMES;
    let mut shards: Vec<(&str, &Path, u64)> = vec![
        ("JSONL.zst", &haystack.zstd, lines_len * TIMES),
        ("JSONL.gz", &haystack.gzip, lines_len * TIMES),
        ("Parquet, zstd", &haystack.parquet, texts_len),
    ];
    let others = haystack.others.iter();
    shards.extend(others.map(|other| (other.name, other.path.as_path(), other.len)));
    for (name, path, len) in shards {
        let expected = innocent(haystack);
        let mut decode_alone = || assert_eq!(decode(path).expect("it was just written"), len);
        let scan_at = |pace| {
            scan(index, path, pace, 1, expected);
        };
        let [decoded, thorough, fast] = medians(
            [
                &mut decode_alone,
                &mut || scan_at(Pace::Thorough),
                &mut || scan_at(Pace::Fast),
            ],
            |took| took.processor,
        );
        for (what, scanned) in [("scan", thorough), ("scan --fast", fast)] {
            record.add(
                format!("{what} {name}, {} fingerprints", power(size)),
                format!("{:.2} GB/s", gigabytes(len, scanned)),
                &format!("decode alone, {:.2} GB/s", gigabytes(len, decoded)),
                decoded / scanned,
            );
        }
    }
}

/// Two threads against one, by wall time: means something on a quiet machine only. What decoding alone gains says what there
/// is to be had.
pub(crate) fn measure_threads(haystack: &Haystack, index: &Index, record: &mut Record) {
    let directory = haystack
        .zstd
        .parent()
        .expect("the haystack lies in a directory");
    let many = directory.join("parts");
    haystack
        .write_parts(&many)
        .expect("there is room for one haystack more");
    let len = haystack.json_lines.len() as u64 * TIMES;
    let mut compare = |what: String, with: &dyn Fn(usize)| {
        let rivals: [&mut dyn FnMut(); 2] = [&mut || with(1), &mut || with(2)];
        let [one, two] = medians(rivals, |took| took.wall);
        record.add(
            format!("{what}, 2 threads"),
            format!("{:.2} GB/s", gigabytes(len, two)),
            &format!("1 thread, {:.2} GB/s, wall time", gigabytes(len, one)),
            one / two,
        );
    };
    compare("decode many small JSONL.zst".to_owned(), &|threads| {
        let decoded = decode_all(&many, threads).expect("it was just written");
        assert_eq!(decoded, len);
    });
    for (what, path) in [
        ("one large JSONL.zst", haystack.zstd.as_path()),
        ("many small JSONL.zst", &many),
    ] {
        compare(format!("scan {what}"), &|threads| {
            scan(index, path, Pace::Thorough, threads, innocent(haystack));
        });
    }
}

/// A size as people write it.
pub(crate) fn power(size: u64) -> String {
    format!("10^{}", size.ilog10())
}
