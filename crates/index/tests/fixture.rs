//! Every released format opens, for ever; and as long as it is the current one, the same passages give the same bytes.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod invented;

use std::fs;
use std::path::Path;

use seepage_fingerprint::{AnalyzeScratch, Stream};
use seepage_index::{Index, PassageId};

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
fn version_1_opens_and_is_still_what_the_writer_writes() {
    let fixture = seepage_testkit::fixtures().join("index/v1");
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
