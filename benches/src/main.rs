//! `seepage-bench`: how fast it is, as ratios to what bounds it.
//!
//! Every row is measured against its rival in the same run, and asserts its result before it reports its speed.
#![forbid(unsafe_code)]

mod build;
mod clock;
mod codecs;
mod containers;
mod haystack;
mod kernels;
mod needles;
mod probe;
mod read;
mod record;
mod rows;
mod scan;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use haystack::Haystack;
use record::BenchRecord;

/// Fingerprints of the indexes that are measured.
const SIZES: [u64; 3] = [1_000_000, 10_000_000, 100_000_000];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_given = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let directory = PathBuf::from("target/bench");
    let sizes: &[u64] = if is_given("--small") { &SIZES[..1] } else { &SIZES };
    let haystack =
        Haystack::make(&directory).unwrap_or_else(|error| panic!("no haystack: {error}"));
    let mut record = BenchRecord::begin(&haystack);
    if !is_given("--scans") {
        kernels::measure(&haystack, &mut record);
        build::measure(&haystack, &mut record);
    }
    for &size in sizes {
        let index = needles::index_of(&directory, size)
            .unwrap_or_else(|error| panic!("no index of {size}: {error}"));
        probe::measure(&index, size, &mut record);
        rows::measure(&haystack, &index, size, &mut record);
        if size == SIZES[0] {
            rows::measure_codecs(&haystack, &index, size, &mut record);
            rows::measure_threads(&haystack, &index, &mut record);
        }
    }
    print!("{}", record.to_markdown());
}
