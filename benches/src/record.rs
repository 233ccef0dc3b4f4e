//! What was measured, as a page.

use std::fmt::Write as _;
use std::fs;

use crate::clock::medians;
use crate::haystack::Haystack;

/// Rows by what they are about.
pub(crate) struct BenchRecord {
    head: String,
    rows: Vec<Measurement>,
}

struct Measurement {
    what: String,
    speed: String,
    against: String,
    ratio: f64,
}

impl BenchRecord {
    /// Names the machine and the haystack.
    pub(crate) fn begin(haystack: &Haystack) -> Self {
        let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = processor
            .lines()
            .find_map(|line| line.strip_prefix("model name"))
            .map_or("unknown", |rest| rest.trim_start_matches(['\t', ' ', ':']));
        let memcpy = memcpy_speed();
        let head = format!(
            "Processor: {model}; best backend: {}; memcpy {memcpy:.1} GB/s.\n\
             Haystack: {} records, {:.1} MB of text, BLAKE3 `{}`.\n",
            seepage_fingerprint::Backend::best().name(),
            haystack.records,
            haystack.text_len as f64 / 1e6,
            &haystack.digest[..16],
        );
        eprint!("{head}");
        Self { head, rows: vec![] }
    }

    /// Adds a row: how fast `what` is, and how that compares with its rival.
    pub(crate) fn add(&mut self, what: String, speed: String, against: &str, ratio: f64) {
        eprintln!("{what:<52} {speed:>12}   {ratio:6.2} x {against}");
        self.rows.push(Measurement { what, speed, against: against.to_owned(), ratio });
    }

    pub(crate) fn to_markdown(&self) -> String {
        let mut page = self.head.clone();
        page += "\n| what | speed | ratio | to |\n|---|---:|---:|---|\n";
        for row in &self.rows {
            writeln!(page, "| {} | {} | {:.2} | {} |", row.what, row.speed, row.ratio, row.against)
                .expect("a string takes what is written");
        }
        page
    }
}

/// Bytes a second, in units of 10^9.
pub(crate) fn gigabytes(len: u64, seconds: f64) -> f64 {
    len as f64 / seconds / 1e9
}

fn memcpy_speed() -> f64 {
    const LEN: usize = 256 << 20;
    let from = vec![1_u8; LEN];
    let mut to = vec![0_u8; LEN];
    let mut copy = || {
        to.copy_from_slice(&from);
        std::hint::black_box(&mut to);
    };
    let [took] = medians([&mut copy]);
    gigabytes(LEN as u64, took.processor)
}
