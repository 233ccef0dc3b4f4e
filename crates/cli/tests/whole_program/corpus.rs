//! A corpus made from a seed: uneven shards of words, with a text of the fixture logs planted here and there.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use seepage_testkit::SplitMix64;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{command, fixture_index, path, root, run_expecting};

/// A corpus, an index, and room for a report and a checkpoint.
pub(crate) struct Corpus {
    pub(crate) directory: TempDir,
    pub(crate) shards: String,
    pub(crate) index: String,
    pub(crate) report: String,
    pub(crate) checkpoint: String,
    _index: TempDir,
}

/// A text that a model wrote.
pub(crate) fn planted() -> String {
    let shard = fs::read_to_string(root().join("fixtures/shards/jsonl/plain.jsonl")).unwrap();
    let record: Value = serde_json::from_str(shard.lines().nth(1).unwrap()).unwrap();
    record["text"].as_str().unwrap().to_owned()
}

/// Writes `len` bytes of records; every fiftieth or so holds the planted text.
pub(crate) fn shard(random: &mut SplitMix64, len: usize) -> String {
    let planted = planted();
    let mut lines = String::new();
    while lines.len() < len {
        let mut text = String::new();
        for _ in 0..100 {
            write!(text, "{:x} ", random.next_u64() >> random.below(60)).unwrap();
        }
        if random.below(50) == 0 {
            text.push_str(&planted);
        }
        writeln!(lines, "{}", json!({ "text": text })).unwrap();
    }
    lines
}

impl Corpus {
    /// Shards of the lengths, in their order.
    pub(crate) fn of(seed: u64, lens: &[usize]) -> Self {
        let (held, index) = fixture_index();
        let directory = TempDir::new().unwrap();
        let corpus = Self {
            shards: path(&directory, "corpus"),
            report: path(&directory, "report"),
            checkpoint: path(&directory, "checkpoint"),
            directory,
            index,
            _index: held,
        };
        fs::create_dir(&corpus.shards).unwrap();
        let mut random = SplitMix64::new(seed);
        for (number, &len) in lens.iter().enumerate() {
            fs::write(corpus.shard(number), shard(&mut random, len)).unwrap();
        }
        corpus
    }

    /// Many small shards and a few larger ones.
    pub(crate) fn uneven(seed: u64, count: usize) -> Self {
        let mut random = SplitMix64::new(!seed);
        let lens: Vec<usize> = (0..count)
            .map(|_| {
                let top = 1 << (10 + random.below(9));
                random.below(top)
            })
            .collect();
        Self::of(seed, &lens)
    }

    pub(crate) fn shard(&self, number: usize) -> PathBuf {
        Path::new(&self.shards).join(format!("{number:03}.jsonl"))
    }

    pub(crate) fn arguments<'c>(&'c self, more: &[&'c str]) -> Vec<&'c str> {
        let scan = ["scan", &self.shards, "--index", &self.index];
        [&scan[..], more].concat()
    }

    /// A scan with report and checkpoint.
    pub(crate) fn kept(&self) -> Vec<&str> {
        self.arguments(&["-o", &self.report, "--checkpoint", &self.checkpoint])
    }

    /// The findings of an undisturbed scan without a checkpoint.
    pub(crate) fn expected(&self) -> Vec<u8> {
        let report = path(&self.directory, "expected");
        run_expecting(1, &self.arguments(&["-o", &report]));
        findings(&report)
    }

    /// The journal's lines that end a unit.
    pub(crate) fn ends(&self) -> Vec<Value> {
        ends(&self.checkpoint)
    }

    /// Starts a scan, and waits until so many units stand in the journal.
    pub(crate) fn start_until(&self, arguments: &[&str], units: usize) -> Child {
        let mut child =
            command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let started = Instant::now();
        while self.ends().len() < units {
            assert!(started.elapsed() < Duration::from_mins(1), "nothing happens");
            assert!(child.try_wait().unwrap().is_none(), "it was over too soon");
            std::thread::sleep(Duration::from_millis(1));
        }
        child
    }
}

pub(crate) fn findings(report: &str) -> Vec<u8> {
    fs::read(Path::new(report).join("findings.parquet")).unwrap()
}

fn ends(checkpoint: &str) -> Vec<Value> {
    let journal = fs::read_to_string(Path::new(checkpoint).join("journal.jsonl"));
    let journal = journal.unwrap_or_default();
    // A line that is being written is none yet.
    let lines = journal.lines().filter(|line| line.starts_with("{\"unit\""));
    lines.filter_map(|line| serde_json::from_str(line).ok()).collect()
}
