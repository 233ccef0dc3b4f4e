//! Of every released format a new index can be made, for ever; and the same passages give the same bytes of the current one.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod invented;

use std::fs;
use std::path::Path;

use seepage_fingerprint::{AnalyzeScratch, Stream};
use seepage_index::{Index, OldIndex, PassageId};

const FILES: [&str; 6] = [
    "MANIFEST.json",
    "segments/0/fingerprints.bin",
    "segments/0/evidence.bin",
    "segments/0/provenance.parquet",
    "segments/0/contents.bin",
    "segments/0/logs.jsonl",
];

/// Opens the fixture and asks it for all that `small_index` put in.
#[track_caller]
fn check(path: &Path) {
    let home = tempfile::TempDir::new().unwrap();
    let passages = invented::small_index(&home.path().join("again"));
    let index = Index::open(path).unwrap();
    assert_eq!(passages.len() as u64, index.sizes().passages);
    assert_eq!(2, index.facts().logs_read);
    let (mut anchors, mut found) = (vec![], vec![]);
    for (id, passage) in (0..).map(PassageId).zip(&passages) {
        let evidence = index.text(id);
        assert_eq!(passage.text.as_bytes(), evidence.text);
        assert_eq!(passage.spans, evidence.spans);
        assert_eq!(invented::entry(passage, id, invented::family(id)), index.entry(id).unwrap());
        anchors.clear();
        let authored =
            &evidence.text[evidence.spans[0].start as usize..evidence.spans[0].end as usize];
        index.analyzer().analyze(authored, &mut AnalyzeScratch::default(), &mut anchors);
        assert!(anchors.len() > 3);
        for anchor in &anchors {
            let least = if anchor.stream == Stream::Words { 8 } else { 5 };
            found.clear();
            index.probe(anchor.fingerprint, &|_| true, &mut found);
            assert_eq!(anchor.variety >= least, found.contains(&id), "{id:?} {anchor:?}");
        }
    }
}

#[test]
fn version_2_opens_and_is_still_what_the_writer_writes() {
    let fixture = seepage_testkit::fixtures().join("index/v2");
    if !fixture.exists() {
        invented::small_index(&fixture);
        panic!(
            "`{}` was not there and has been written: look at it and run again",
            fixture.display()
        );
    }
    check(&fixture);
    let home = tempfile::TempDir::new().unwrap();
    let again = home.path().join("again");
    invented::small_index(&again);
    for file in FILES {
        let (expected, actual) =
            (fs::read(fixture.join(file)).unwrap(), fs::read(again.join(file)).unwrap());
        assert!(
            expected == actual,
            "`{file}` is written with other bytes than before. If it is the Parquet file, and a new version of zstd or \
             parquet did it: remove the fixture, run this test to write it anew, and say so in the commit. Otherwise \
             the format has changed, or the anchors have: that needs a new version of format or rules"
        );
    }
}

#[test]
fn of_version_1_a_new_index_can_be_made() {
    let home = tempfile::TempDir::new().unwrap();
    let mut expected = invented::small_index(&home.path().join("again"));
    for passage in &mut expected {
        // It kept the first author, and not what was imitated.
        passage.authors.truncate(1);
        passage.authors[0].bytes_imitated = 0;
    }
    let old = OldIndex::open(&seepage_testkit::fixtures().join("index/v1")).unwrap();
    let passages: Vec<_> = old.passages().map(Result::unwrap).collect();
    assert_eq!(expected, passages);
    assert_eq!((old.format, old.rules, old.is_current()), (1, 1, false));
    assert_eq!((old.facts.logs_read, old.logs.len(), old.count()), (2, 1, 6));
    let today = OldIndex::open(&home.path().join("again")).unwrap();
    assert!(today.is_current() && today.passages().count() == 6);
}

/// A damaged old index is an error that names it, and never a panic.
#[test]
fn of_a_damaged_version_1_no_new_index_is_made() {
    let fixture = seepage_testkit::fixtures().join("index/v1");
    for file in ["MANIFEST.json", FILES[2], FILES[3], FILES[5]] {
        let home = tempfile::TempDir::new().unwrap();
        fs::create_dir_all(home.path().join("segments/0")).unwrap();
        for file in FILES {
            fs::copy(fixture.join(file), home.path().join(file)).unwrap();
        }
        let good = fs::read(fixture.join(file)).unwrap();
        for at in (0..good.len()).step_by(good.len() / 60 + 1) {
            let mut bad = good.clone();
            bad[at] ^= 4;
            fs::write(home.path().join(file), &bad).unwrap();
            let opened = OldIndex::open(home.path());
            let read = opened.and_then(|old| old.passages().collect::<Result<Vec<_>, _>>());
            let error = read.unwrap_err();
            let home = home.path().display().to_string();
            assert!(error.to_string().contains(&home), "byte {at} of {file}: {error}");
        }
    }
}
