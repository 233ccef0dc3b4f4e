//! An index does not show how little memory it was written in, nor what was looked at again on the way.

use tempfile::TempDir;

use super::index::{files_of, invented_passages, names_in, write};
use super::invented::{invented_text, passage};
use seepage_fingerprint::Analyzer;

use crate::{BuildFacts, PassageId, SegmentWriter};

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
fn families_that_are_set_at_the_end_give_the_bytes_of_those_that_came_with_the_passages() {
    let home = TempDir::new().unwrap();
    let count = crate::provenance::GROUP_ROWS_MAX as u64 + 300;
    let family_of = |passage: u32| PassageId(if passage % 3 == 1 { passage / 2 } else { passage });
    let mut passages: Vec<_> =
        (0..count).map(|line| passage(&invented_text(line % 9, 6), line)).collect();
    let mut writer = SegmentWriter::create(&home.path().join("late"), Analyzer::default()).unwrap();
    for passage in &mut passages {
        passage.provenance.family = PassageId(0);
        writer.push(passage).unwrap();
        passage.provenance.family = family_of(passage.provenance.log_line as u32);
    }
    let writer = writer.set_families(|passage| Ok(family_of(passage.0))).unwrap();
    writer.finish(&BuildFacts::default()).unwrap();
    write(&home.path().join("early"), &passages).unwrap();
    assert!(files_of(&home.path().join("early")) == files_of(&home.path().join("late")));
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
