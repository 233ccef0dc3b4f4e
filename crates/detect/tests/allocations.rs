//! From a record to a miss nothing is allocated: what nearly all of a corpus costs.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use seepage_detect::{Detector, Scratch};
use seepage_fingerprint::Analyzer;
use seepage_index::{BuildFacts, Class, Index, Passage, PassageId, Provenance, SegmentWriter};
use seepage_testkit::SplitMix64;
use tempfile::TempDir;

/// So many bytes that nobody wrote.
fn invented(seed: u64, len: usize) -> Vec<u8> {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz_0123456789    \n\\\"&<.(){}=+*/:-\xc3\xa9";
    let mut random = SplitMix64::new(seed);
    (0..len).map(|_| *random.pick(LETTERS)).collect()
}

fn index() -> (TempDir, Index) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.seepage");
    let mut writer = SegmentWriter::create(&path, Analyzer::default()).unwrap();
    let text = String::from_utf8_lossy(&invented(1, 20_000)).into_owned();
    let spans = std::iter::once(0..text.len() as u32).collect();
    let provenance = Provenance {
        tool: "claude-code".to_owned(),
        session_id: "session-1".to_owned(),
        class: Class::File,
        log_path: "a.jsonl".to_owned(),
        log_line: 1,
        ..Provenance::default()
    };
    writer.push(&Passage::by(provenance, text, spans)).unwrap();
    writer.finish(&BuildFacts::default()).unwrap();
    let index = Index::open(&path).unwrap();
    (directory, index)
}

#[test]
fn a_text_that_is_missed_allocates_nothing_once_the_buffers_have_grown() {
    let (_directory, index) = index();
    let detector = Detector::builder(&index).build().unwrap();
    let texts: Vec<Vec<u8>> =
        (0..40).map(|seed| invented(100 + seed, 1000 * seed as usize)).collect();
    let (mut scratch, mut findings) = (Scratch::default(), vec![]);
    let mut sieve = detector.sieve();
    let mut run = || {
        let mut misses = 0;
        for text in &texts {
            let effort = detector.detect_from(text, &|_| true, &mut scratch, &mut findings);
            detector.feed(&mut sieve, text);
            misses += usize::from(effort.bytes_judged == 0);
        }
        detector.end(&mut sieve);
        assert!(sieve.is_empty());
        misses
    };
    assert_eq!(run(), texts.len());
    let allocated = allocation_counter::measure(|| assert_eq!(run(), texts.len()));
    assert_eq!(allocated.count_total, 0, "{allocated:?}");
    assert!(findings.is_empty());
}

#[test]
fn a_hit_does_allocate_so_that_the_count_can_be_trusted() {
    let (_directory, index) = index();
    let detector = Detector::builder(&index).build().unwrap();
    let (mut scratch, mut findings) = (Scratch::default(), vec![]);
    let text = index.text(PassageId(0)).text.to_vec();
    let allocated = allocation_counter::measure(|| {
        detector.detect_from(&text, &|_| true, &mut scratch, &mut findings);
    });
    assert!(allocated.count_total > 0 && findings.len() == 1);
}
