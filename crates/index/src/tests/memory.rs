//! An index does not show how little memory it was written in, nor what was looked at again on the way.

use tempfile::TempDir;

use super::index::{files_of, invented_passages, names_in, write};
use super::invented::{entry, invented_text, passage};
use seepage_fingerprint::Analyzer;

use crate::{BuildFacts, Index, PassageId, SegmentWriter};

#[test]
fn the_same_passages_give_the_same_bytes_in_any_memory() {
    let home = TempDir::new().unwrap();
    let texts = (0..40).map(|seed| invented_text(seed % 30, 10 + seed));
    let passages: Vec<_> = texts.zip(0..).map(|(text, n)| passage(&text, n)).collect();
    let whole = home.path().join("whole.seepage");
    write(&whole, &passages).unwrap();
    for memory in [0, 100, 1600, 16 << 10, 1 << 30] {
        let path = home.path().join(format!("{memory}.seepage"));
        let mut writer = SegmentWriter::create(&path, Analyzer::default()).unwrap();
        writer.limit_memory(memory);
        for passage in &passages {
            writer.push(passage).unwrap();
        }
        writer.finish(&BuildFacts::default()).unwrap();
        assert!(files_of(&whole) == files_of(&path), "{memory} bytes of memory");
    }
    assert_eq!(6, names_in(home.path()).len());
}

#[test]
fn families_that_are_set_at_the_end_change_nothing_else() {
    let home = TempDir::new().unwrap();
    let count = crate::segment::provenance::GROUP_ROWS_MAX as u64 + 300;
    let passages: Vec<_> =
        (0..count).map(|line| passage(&invented_text(line % 9, 6), line)).collect();
    let write_with = |name: &str, family_of: &dyn Fn(u32) -> u32| {
        let path = home.path().join(name);
        let mut writer = SegmentWriter::create(&path, Analyzer::default()).unwrap();
        for passage in &passages {
            writer.push(passage).unwrap();
        }
        let family_of = |passage: PassageId| Ok(PassageId(family_of(passage.0)));
        let writer = writer.set_families(family_of).unwrap();
        writer.finish(&BuildFacts::default()).unwrap();
        path
    };
    // Without a word each passage is its own family: said, it gives the same bytes.
    write(&home.path().join("plain"), &passages).unwrap();
    let own = write_with("own", &|passage| passage);
    assert!(files_of(&home.path().join("plain")) == files_of(&own));
    let family_of = |passage: u32| if passage % 3 == 1 { passage / 2 } else { passage };
    let index = Index::open(&write_with("others", &family_of)).unwrap();
    for (id, passage) in (0..).map(PassageId).zip(&passages) {
        let expected = entry(passage, id, PassageId(family_of(id.0)));
        assert_eq!(expected, index.entry(id).unwrap());
    }
}

#[test]
fn what_was_pushed_can_be_read_back() {
    let home = TempDir::new().unwrap();
    let mut writer = SegmentWriter::create(&home.path().join("a"), Analyzer::default()).unwrap();
    // Enough for the directory and the spans to go to the disk.
    let mut passages = invented_passages(3000);
    for passage in &mut passages {
        let len = passage.text.len() as u32;
        let kept = |start: u32| start..(start + 150).min(len);
        passage.spans = (0..len / 200).map(|part| kept(part * 200)).collect();
    }
    for round in 0..passages.len() {
        writer.push(&passages[round]).unwrap();
        if round % 100 != 99 {
            continue;
        }
        for id in [0, round / 2, round] {
            let (mut text, mut spans) = (vec![], vec![]);
            writer.read_back(PassageId(id as u32), &mut text, &mut spans).unwrap();
            assert_eq!(passages[id].text.as_bytes(), text);
            assert_eq!(passages[id].spans, spans);
        }
    }
    writer.finish(&BuildFacts::default()).unwrap();
    write(&home.path().join("b"), &passages).unwrap();
    assert!(files_of(&home.path().join("a")) == files_of(&home.path().join("b")));
}
