//! Shards that are cut in many pieces, scanned in parts and joined.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use seepage_index::{Class, Index};
use tempfile::TempDir;

use crate::{
    BuildPlan, FindingRow, FindingSink, Pace, PartReport, Partition, Progress, ReadOptions,
    RecordFinding, ScanPlan, ScanSummary, ScanWork, Stop, build_index, open_parts, scan_shards,
};

#[derive(Default)]
struct Found(Vec<RecordFinding>);

impl FindingSink for Found {
    fn found(&mut self, row: &FindingRow) -> io::Result<()> {
        self.0.push(row.found.clone());
        Ok(())
    }
}

fn fixtures(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(below)
}

fn index_in(home: &TempDir) -> Index {
    let path = home.path().join("a.seepage");
    let plan = BuildPlan {
        inputs: vec![fixtures("logs")],
        output: path.clone(),
        classes: Class::ALL.into(),
        backgrounds: vec![],
        accept_suppressed: false,
        memory: 256 << 20,
        threads: 2,
    };
    build_index(&plan, &Progress::default()).unwrap();
    Index::open(&path).unwrap()
}

fn plan(inputs: Vec<PathBuf>, piece_len: u64) -> ScanPlan {
    ScanPlan {
        inputs,
        stdin: None,
        respect_gitignore: false,
        read: ReadOptions { piece_len, ..ReadOptions::default() },
        skips_accepted: vec![],
        backgrounds: vec![],
        resemblance: None,
        classes: None,
        pace: Pace::Thorough,
        demote_at: None,
        threads: 2,
    }
}

fn scan(
    plan: &ScanPlan,
    index: &Index,
    partition: Option<(Partition, PathBuf)>,
) -> (ScanSummary, Vec<RecordFinding>) {
    let mut found = Found::default();
    let work = ScanWork {
        progress: &Progress::default(),
        stop: &Stop::default(),
        checkpoint: None,
        partition,
    };
    let results = scan_shards(plan, index, work, None).unwrap();
    let summary = results.report(index, &mut [&mut found]).unwrap();
    (timeless(summary), found.0)
}

/// Without what no two scans have in common.
fn timeless(summary: ScanSummary) -> ScanSummary {
    ScanSummary { seconds: 0.0, threads: 0, ..summary }
}

fn named(report: &Path) -> PartReport<'_> {
    PartReport { directory: report, name: report }
}

#[test]
fn pieces_of_large_shards_come_together_again_whoever_had_them() {
    let home = TempDir::new().unwrap();
    let index = index_in(&home);
    let corpus = home.path().join("corpus");
    fs::create_dir(&corpus).unwrap();
    let lines = fs::read_to_string(fixtures("shards/jsonl/plain.jsonl")).unwrap();
    fs::write(corpus.join("large.jsonl"), lines.repeat(7)).unwrap();
    fs::write(corpus.join("small.jsonl"), lines.as_str()).unwrap();
    fs::copy(fixtures("shards/parquet/plain.parquet"), corpus.join("a.parquet")).unwrap();
    fs::write(corpus.join("broken.parquet"), "PAR1").unwrap();
    for piece_len in [500, 5_000, 50_000] {
        let plan = plan(vec![corpus.clone()], piece_len);
        let expected = scan(&plan, &index, None);
        assert!(!expected.1.is_empty() && expected.0.shards_failed.len() == 1);
        if piece_len < 5_000 {
            assert!(expected.0.pieces > 50, "{}", expected.0.pieces);
        }
        for count in [2, 10] {
            let report = |number: u32| home.path().join(format!("{piece_len}-{count}-{number}"));
            for number in 1..=count {
                fs::create_dir(report(number)).unwrap();
                let partition = Partition::new(number, count).unwrap();
                scan(&plan, &index, Some((partition, report(number))));
            }
            let reports: Vec<PathBuf> = (1..=count).map(report).collect();
            let reports: Vec<_> = reports.iter().map(|report| named(report)).collect();
            let mut found = Found::default();
            let results = open_parts(&reports, &index).unwrap();
            let summary = results.report(&index, &mut [&mut found]).unwrap();
            assert_eq!(timeless(summary), expected.0, "{piece_len} {count}");
            assert!(found.0 == expected.1, "{piece_len} {count}");
        }
    }
}
