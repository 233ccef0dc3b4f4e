//! Journals that were cut, damaged, or put together from others, and what comes back of what was written.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use seepage_detect::{Changes, Finding, Span, Tier};
use seepage_index::PassageId;
use seepage_shards::{Kept, SkipReason};
use seepage_testkit::SplitMix64;

use crate::scan::journal::{Journal, JournalError, JournalLine, JournalName, LinePlace, UnitLine};
use crate::scan::unit::SuspectBlocks;
use crate::scan::unit::UnitResult;
use crate::{PackageId, RecordFinding};

fn name() -> JournalName {
    JournalName::Part(PathBuf::from("p/part.jsonl"))
}

fn finding(score: f32) -> RecordFinding {
    RecordFinding {
        shard: "".into(),
        row: u64::MAX,
        other_row: Some(u64::MAX - 1),
        record_id: Some("\u{1b}\"".to_owned()),
        kept: vec![Kept { field: "url".to_owned(), value: "\u{0}".to_owned() }],
        field: "messages[2].content".to_owned(),
        finding: Finding {
            passage: PassageId(u32::MAX),
            tier: Tier::Blind,
            rule: "a rule".into(),
            score,
            matched_bytes: 1 << 60,
            spans: vec![Span { record: 1..2, passage: 3..4 }, Span { record: 5..6, passage: 7..9 }],
            changes: Some(Changes {
                identical: score,
                edited: 1.0 - score,
                renames: vec![("a".to_owned(), "b".to_owned())],
            }),
        },
        predates: true,
        record_date: Some("2026-05-01".to_owned()),
        package: Some(PackageId::of("p")),
        excerpt: "two\nlines \u{fffd}".to_owned(),
    }
}

fn result() -> UnitResult {
    let mut suspect_blocks = SuspectBlocks::default();
    suspect_blocks.push(3);
    let mut result = UnitResult {
        skipped_first: vec![(10, SkipReason::TooLong)],
        failure: Some("no".to_owned()),
        format: Some("parquet".to_owned()),
        text_fields: vec!["text".to_owned()],
        package: PackageId::of("p"),
        suspect_blocks,
        ..UnitResult::default()
    };
    result.counts.records_read = 1 << 60;
    result.counts.skipped = [(SkipReason::Binary, 9)].into();
    result
}

fn unit(number: u64, findings: Vec<LinePlace>) -> JournalLine<()> {
    JournalLine::Unit(Box::new(UnitLine {
        unit: number,
        shard_number: 0,
        shard: "a".to_owned(),
        shard_len: 7,
        run: 0,
        identity: None,
        findings,
        result: result(),
    }))
}

/// Three units, of which the second has findings: five lines with the first one.
fn written() -> (Vec<u8>, Vec<LinePlace>) {
    let mut file = tempfile::tempfile().unwrap();
    let mut journal = Journal::begin(name(), file.try_clone().unwrap()).unwrap();
    let mut places = vec![journal.append(&unit(0, vec![])).unwrap()];
    journal.append_findings(&[finding(0.1), finding(0.9)], &mut places).unwrap();
    places.push(journal.append(&unit(1, vec![places[1]])).unwrap());
    places.push(journal.append(&unit(2, vec![])).unwrap());
    let mut content = vec![];
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_end(&mut content).unwrap();
    (content, places)
}

fn file_of(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file
}

/// Lines behind the first and bytes torn off, or the number of the damaged line.
fn open(content: &[u8]) -> Result<(usize, u64), Option<u64>> {
    let mut lines = 0;
    let opened = Journal::open(name(), file_of(content), &mut |_, _| {
        lines += 1;
        Ok(())
    });
    match opened {
        Ok((_, torn)) => Ok((lines, torn)),
        Err(JournalError::Damaged { line, .. }) => Err(line),
        // Of the first line nothing is known but that it is not that of a journal of this version.
        Err(JournalError::Version { .. }) => Err(Some(1)),
        Err(error) => panic!("{error}"),
    }
}

fn lines_of(content: &[u8]) -> Vec<&[u8]> {
    content.split_inclusive(|&byte| byte == b'\n').collect()
}

#[test]
fn what_is_written_comes_back_as_it_was_and_every_line_is_json() {
    let (content, places) = written();
    let (journal, torn) = Journal::open(name(), file_of(&content), &mut |_, _| Ok(())).unwrap();
    assert_eq!(torn, 0);
    assert_eq!(journal.findings(places[1]).unwrap(), [finding(0.1), finding(0.9)]);
    let read = journal.unit(places[2]).unwrap();
    assert_eq!((read.unit, read.findings, read.result), (1, vec![places[1]], result()));
    assert!(journal.unit(places[1]).is_err() && journal.findings(places[2]).is_err());
    for line in lines_of(&content) {
        let value: serde_json::Value = serde_json::from_slice(line).unwrap();
        assert_eq!(value["xxh3"].as_str().unwrap().len(), 16);
    }
}

#[test]
fn every_score_comes_back_to_the_last_bit() {
    let mut random = SplitMix64::new(7);
    let edges = [0.0, f32::MIN_POSITIVE, f32::EPSILON, 0.1, 1.0, 1.0_f32.next_down()];
    let drawn = (0..20_000).map(|_| random.below(1 << 24) as f32 / (1 << 24) as f32);
    for score in drawn.chain(edges) {
        let line = serde_json::to_string(&score).unwrap();
        let read: f32 = serde_json::from_str(&line).unwrap();
        assert_eq!(read.to_bits(), score.to_bits(), "{line}");
    }
}

#[test]
fn findings_go_into_lines_of_bounded_length() {
    let mut journal = Journal::temporary().unwrap();
    let long = RecordFinding { excerpt: "x".repeat(600 << 10), ..finding(0.5) };
    let findings = vec![long; 5];
    let mut places = vec![];
    journal.append_findings(&findings, &mut places).unwrap();
    assert_eq!(places.len(), 3);
    let read = places.iter().flat_map(|&place| journal.findings(place).unwrap());
    assert_eq!(read.collect::<Vec<_>>(), findings);
}

#[test]
fn a_journal_cut_anywhere_behind_its_first_line_gives_its_whole_lines() {
    let (content, _) = written();
    let lines = lines_of(&content);
    for len in lines[0].len()..=content.len() {
        let mut whole_len = 0;
        let whole = lines.iter().take_while(|line| {
            whole_len += line.len();
            whole_len <= len
        });
        let count = whole.count();
        let whole_len: usize = lines[..count].iter().map(|line| line.len()).sum();
        assert_eq!(open(&content[..len]), Ok((count - 1, (len - whole_len) as u64)), "{len}");
    }
}

#[test]
fn a_flipped_byte_is_damage_in_the_middle_and_a_torn_tail_at_the_end() {
    let (content, _) = written();
    let lines = lines_of(&content);
    let starts: Vec<usize> = lines
        .iter()
        .scan(0, |end, line| {
            *end += line.len();
            Some(*end - line.len())
        })
        .collect();
    for at in 0..content.len() {
        let mut damaged = content.clone();
        damaged[at] ^= 1;
        let line = starts.partition_point(|&start| start <= at);
        // Without the end of the line before it, the last line is a part of that one.
        let joins_last = at + 1 == starts[4];
        let torn = |line: usize| (content.len() - starts[line - 1]) as u64;
        let expected = match line {
            5 => Ok((3, torn(5))),
            4 if joins_last => Ok((2, torn(4))),
            line => Err(Some(line as u64)),
        };
        assert_eq!(open(&damaged), expected, "{at}");
    }
}

#[test]
fn a_line_that_was_removed_doubled_or_moved_is_found() {
    let (content, _) = written();
    let lines = lines_of(&content);
    let damaged = |order: &[usize], line: u64| {
        let content: Vec<u8> = order.iter().flat_map(|&line| lines[line]).copied().collect();
        assert_eq!(open(&content), Err(Some(line)), "{order:?}");
    };
    damaged(&[0, 2, 3, 4], 2);
    damaged(&[0, 1, 3, 4], 3);
    damaged(&[0, 1, 1, 2, 3, 4], 3);
    damaged(&[0, 2, 1, 3, 4], 2);
    damaged(&[0, 1, 2, 4, 3], 4);
    damaged(&[1, 2, 3, 4], 1);
}

#[test]
fn another_file_or_version_is_refused_and_nothing_of_it_is_cut_off() {
    assert_eq!(open(b"{\"goat\":1}\n"), Err(Some(1)));
    assert_eq!(open(b"mine"), Err(Some(1)));
    // As version 2 wrote it.
    let first = b"{\"journal\":{\"version\":2},\"xxh3\":\"";
    let body = &first[..first.len() - 9];
    let checksum = xxhash_rust::xxh3::xxh3_64(body);
    let old = [&first[..], format!("{checksum:016x}\"}}\n{{}}\n").as_bytes()].concat();
    let opened = Journal::open(name(), file_of(&old), &mut |_, _| Ok(()));
    assert_eq!(
        opened.unwrap_err().to_string(),
        "part `p/part.jsonl` has format 2, but this build reads 5; scan it again"
    );
}
