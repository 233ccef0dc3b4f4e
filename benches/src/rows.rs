//! Whole scans, in each container and with one and two threads.

use std::path::Path;

use seepage_engine::Pace;
use seepage_index::Index;

use crate::clock::medians;
use crate::containers::TIMES;
use crate::haystack::Haystack;
use crate::read::read;
use crate::record::{BenchRecord, gigabytes};
use crate::scan::{Expected, decode, decode_all, scan};

/// Nothing of the index stands in the haystack, which is there `times` times.
fn innocent(haystack: &Haystack, times: u64) -> Expected {
    Expected { records: haystack.records * times, findings: 0 }
}

/// The haystack in the containers of which corpora are made.
pub(crate) fn measure(haystack: &Haystack, index: &Index, size: u64, record: &mut BenchRecord) {
    let lines_len = haystack.json_lines.len() as u64 * TIMES;
    let texts_len = haystack.text_len * TIMES;
    for (name, path, len) in [
        ("JSONL.zst", &haystack.zstd, lines_len),
        ("JSONL.gz", &haystack.gzip, lines_len),
        ("Parquet, zstd", &haystack.parquet, texts_len),
    ] {
        let expected = innocent(haystack, TIMES);
        measure_shard((name, path, len), expected, (index, size), record);
    }
    for other in &haystack.others {
        let expected = innocent(haystack, other.times);
        let shard = (other.name, &*other.path, other.len);
        measure_shard(shard, expected, (index, size), record);
    }
}

/// The lines in the other codecs.
pub(crate) fn measure_codecs(
    haystack: &Haystack,
    index: &Index,
    size: u64,
    record: &mut BenchRecord,
) {
    for codec in &haystack.codecs {
        let expected = innocent(haystack, codec.times);
        let shard = (codec.name, &*codec.path, codec.len);
        measure_shard(shard, expected, (index, size), record);
    }
}

/// A shard (its name, where it lies, and what decoding it counts) against decoding it alone: read by one thread, scanned
/// by one, and scanned by two.
///
/// One thread is measured by processor time. Two are by wall time, and so is the decoder they are held against: most
/// containers cannot be decoded in parallel, so that one thread is all that decoding alone can use.
fn measure_shard(
    (name, path, len): (&str, &Path, u64),
    expected: Expected,
    (index, size): (&Index, u64),
    record: &mut BenchRecord,
) {
    let scan_at = |pace, threads| {
        scan(index, path, pace, threads, expected);
    };
    let [decoded, read, thorough, fast, by_two] = medians([
        &mut || assert_eq!(decode(path).expect("it was just written"), len),
        &mut || assert_eq!(read(path), expected.records),
        &mut || scan_at(Pace::Thorough, 1),
        &mut || scan_at(Pace::Fast, 1),
        &mut || scan_at(Pace::Thorough, 2),
    ]);
    let mut add = |what: String, took: f64, alone: f64, of: &str| {
        record.add(
            what,
            format!("{:.2} GB/s", gigabytes(len, took)),
            &format!("decode alone, {:.2} GB/s{of}", gigabytes(len, alone)),
            alone / took,
        );
    };
    let size = power(size);
    for (what, took) in [
        (format!("read {name}"), read),
        (format!("scan {name}, {size} fingerprints"), thorough),
        (format!("scan --fast {name}, {size} fingerprints"), fast),
    ] {
        add(what, took.processor, decoded.processor, "");
    }
    let what = format!("scan {name}, {size} fingerprints, 2 threads");
    add(what, by_two.wall, decoded.wall, " by 1 thread, wall time");
}

/// Two threads against one, by wall time: means something on a quiet machine only. What decoding alone gains says what there
/// is to be had.
pub(crate) fn measure_threads(haystack: &Haystack, index: &Index, record: &mut BenchRecord) {
    let directory = haystack.zstd.parent().expect("the haystack lies in a directory");
    let many = directory.join("parts");
    haystack.write_parts(&many).expect("there is room for one haystack more");
    let len = haystack.json_lines.len() as u64 * TIMES;
    let mut compare = |what: String, with: &dyn Fn(usize)| {
        let rivals: [&mut dyn FnMut(); 2] = [&mut || with(1), &mut || with(2)];
        let [one, two] = medians(rivals).map(|took| took.wall);
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
    for (what, path) in
        [("one large JSONL.zst", haystack.zstd.as_path()), ("many small JSONL.zst", &many)]
    {
        compare(format!("scan {what}"), &|threads| {
            scan(index, path, Pace::Thorough, threads, innocent(haystack, TIMES));
        });
    }
}

/// A size as people write it.
pub(crate) fn power(size: u64) -> String {
    format!("10^{}", size.ilog10())
}
