//! A whole index on disk: what goes in comes out, at one moment, the same each time.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use super::invented::{entry, invented_text, passage, small_index};
use seepage_fingerprint::{AnalyzeScratch, Analyzer};

use crate::segment::extract::ANCHORS_MIN;
use crate::{BuildFacts, Index, Passage, PassageId, Pushed, SegmentWriter, WriteError};

pub(super) fn write(path: &Path, passages: &[Passage]) -> Result<Vec<Pushed>, WriteError> {
    let mut writer = SegmentWriter::create(path, Analyzer::default())?;
    let pushed = passages.iter().map(|passage| writer.push(passage)).collect();
    writer.finish(&BuildFacts::default())?;
    pushed
}

pub(super) fn invented_passages(count: u64) -> Vec<Passage> {
    (0..count).map(|seed| passage(&invented_text(seed, 12), seed)).collect()
}

pub(super) fn names_in(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

pub(super) fn files_of(index: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    [
        "MANIFEST.json",
        "segments/0/fingerprints.bin",
        "segments/0/evidence.bin",
        "segments/0/provenance.parquet",
        "segments/0/contents.bin",
        "segments/0/logs.jsonl",
    ]
    .map(|file| (PathBuf::from(file), fs::read(index.join(file)).unwrap()))
    .to_vec()
}

/// Anchors of a text by an index's own analyzer.
fn anchors(index: &Index, text: &[u8]) -> Vec<seepage_fingerprint::SourceAnchor> {
    let mut anchors = vec![];
    index.analyzer().analyze(text, &mut AnalyzeScratch::default(), &mut anchors);
    anchors
}

#[test]
fn what_goes_in_comes_out() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("a.seepage");
    let passages = invented_passages(20);
    let pushed = write(&path, &passages).unwrap();
    let index = Index::open(&path).unwrap();
    for (id, passage) in passages.iter().enumerate() {
        let id = PassageId(id as u32);
        assert_eq!(Pushed::Indexed(id), pushed[id.0 as usize]);
        let evidence = index.text(id);
        assert_eq!((passage.text.as_bytes(), &passage.spans), (evidence.text, &evidence.spans));
        assert_eq!(entry(passage, id, id), index.entry(id).unwrap());
        let mut found = vec![];
        for anchor in anchors(&index, passage.text.as_bytes()) {
            found.clear();
            index.probe(anchor.fingerprint, &|_| true, &mut found);
            assert_eq!(
                anchor.variety >= crate::segment::extract::variety_min(anchor.stream),
                found.contains(&id),
                "{anchor:?}"
            );
        }
    }
    assert_eq!(20, index.sizes().passages);
    let on_disk: usize = files_of(&path).iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!(on_disk as u64, index.sizes().bytes);
    assert_eq!(vec!["a.seepage"], names_in(home.path()));
}

#[test]
fn an_index_of_nothing_opens() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("empty.seepage");
    write(&path, &[]).unwrap();
    let index = Index::open(&path).unwrap();
    let mut found = vec![];
    index.probe(seepage_fingerprint::Fingerprint(0), &|_| true, &mut found);
    assert!(found.is_empty() && index.text(PassageId(0)).text.is_empty());
    assert_eq!(index.passages().count(), 0);
    let error = index.provenance(PassageId(0)).unwrap_err().to_string();
    assert!(error.ends_with("has no passage 0: it holds 0"), "{error}");
}

#[test]
fn provenance_comes_from_every_row_group_and_many_threads() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("many.seepage");
    let text = invented_text(3, 6);
    let count = 2 * crate::segment::provenance::GROUP_ROWS_MAX as u64 + 5;
    let passages: Vec<_> = (0..count).map(|line| passage(&text, line)).collect();
    write(&path, &passages).unwrap();
    let index = Arc::new(Index::open(&path).unwrap());
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let (index, passages) = (&index, &passages);
            scope.spawn(move || {
                for id in
                    [0, 4095, 4096, 8191, 8192, 8196, 1, 5000, 8193].map(|id| (id + thread) % 8197)
                {
                    let expected = &passages[id as usize].authors[0].provenance;
                    assert_eq!(*expected, index.provenance(PassageId(id)).unwrap());
                }
            });
        }
    });
    let sizes = index.sizes();
    assert_eq!(sizes.postings, sizes.fingerprints * count);
}

#[test]
fn the_same_passages_give_the_same_bytes() {
    let home = TempDir::new().unwrap();
    let (a, b) = (home.path().join("a.seepage"), home.path().join("other"));
    small_index(&a);
    small_index(&b);
    assert_eq!(files_of(&a), files_of(&b));
    assert_eq!(Index::open(&a).unwrap().digest(), Index::open(&b).unwrap().digest());
    write(&b, &invented_passages(8)).unwrap();
    assert_ne!(Index::open(&a).unwrap().digest(), Index::open(&b).unwrap().digest());
}

#[test]
fn only_authored_parts_have_anchors_and_none_reaches_over_their_borders() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("a.seepage");
    let (first, quoted, last) = (invented_text(1, 8), invented_text(2, 8), invented_text(3, 8));
    let mut whole = passage(&format!("{first}{quoted}{last}"), 1);
    let ends = [first.len(), first.len() + quoted.len(), whole.text.len()].map(|end| end as u32);
    whole.spans = vec![0..ends[0], ends[1]..ends[2]];
    write(&path, &[whole.clone()]).unwrap();
    let index = Index::open(&path).unwrap();
    let parts: std::collections::HashSet<_> = [&first, &last]
        .iter()
        .flat_map(|part| anchors(&index, part.as_bytes()))
        .map(|anchor| anchor.fingerprint)
        .collect();
    for anchor in anchors(&index, whole.text.as_bytes()) {
        let mut found = vec![];
        index.probe(anchor.fingerprint, &|_| true, &mut found);
        assert!(found.is_empty() || parts.contains(&anchor.fingerprint), "{anchor:?}");
    }
    assert_eq!(whole.spans, index.text(PassageId(0)).spans);
}

#[test]
fn a_passage_that_is_too_short_or_too_plain_is_left_out() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("a.seepage");
    let ruler = "abc".repeat(500);
    let long = invented_text(9, 12);
    let texts = ["", "fn main() {}", &ruler, &long];
    let passages: Vec<_> = texts.iter().map(|text| passage(text, 1)).collect();
    let passages: Vec<_> = passages
        .into_iter()
        .map(|mut passage| {
            passage.spans.retain(|span| !span.is_empty());
            passage
        })
        .collect();
    let plain = Pushed::TooPlain;
    let expected = vec![plain, plain, plain, Pushed::Indexed(PassageId(0))];
    assert_eq!(expected, write(&path, &passages).unwrap());
    assert_eq!(1, Index::open(&path).unwrap().sizes().passages);
    const { assert!(ANCHORS_MIN == 2, "as the detector asks") };
}

#[test]
fn spans_that_are_not_parts_of_the_text_are_refused_and_change_nothing() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("a.seepage");
    let mut writer = SegmentWriter::create(&path, Analyzer::default()).unwrap();
    let good = passage(&invented_text(1, 12), 4);
    let len = good.text.len() as u32;
    #[expect(
        clippy::reversed_empty_ranges,
        clippy::single_range_in_vec_init,
        reason = "that is the damage"
    )]
    for spans in [
        vec![0..0],
        vec![9..3],
        vec![0..len + 1],
        vec![0..9, 8..len],
        vec![9..len, 0..9],
        vec![len..len + 4],
    ] {
        let bad = Passage { spans, ..good.clone() };
        let error = writer.push(&bad).unwrap_err();
        assert!(matches!(error, WriteError::Spans { log_line: 4, .. }), "{error}");
    }
    let mut bad = good.clone();
    bad.authors[0].provenance.cwd = Some("x".repeat(1 << 20));
    let error = writer.push(&bad).unwrap_err();
    assert!(matches!(error, WriteError::PassageLen { part: "provenance", .. }), "{error}");
    writer.push(&good).unwrap();
    writer.finish(&BuildFacts::default()).unwrap();
    assert_eq!(1, Index::open(&path).unwrap().sizes().passages);
}

#[test]
fn there_is_nothing_at_the_target_before_the_end_and_nothing_left_of_a_build_given_up() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("a.seepage");
    let mut writer = SegmentWriter::create(&path, Analyzer::default()).unwrap();
    writer.push(&passage(&invented_text(1, 12), 1)).unwrap();
    assert!(!path.exists());
    let hidden = names_in(home.path());
    assert!(
        matches!(hidden.as_slice(), [name] if name.starts_with(".a.seepage.partial-")),
        "{hidden:?}"
    );
    drop(writer);
    assert!(names_in(home.path()).is_empty());
}

#[test]
fn an_index_is_replaced_at_the_end_and_readable_until_then() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("a.seepage");
    write(&path, &invented_passages(3)).unwrap();
    let old = Index::open(&path).unwrap();
    let mut writer = SegmentWriter::create(&path, Analyzer::default()).unwrap();
    assert_eq!(3, Index::open(&path).unwrap().sizes().passages);
    writer.push(&passage(&invented_text(40, 12), 1)).unwrap();
    writer.finish(&BuildFacts::default()).unwrap();
    assert_eq!(1, Index::open(&path).unwrap().sizes().passages);
    assert_eq!(invented_passages(3)[2].text.as_bytes(), old.text(PassageId(2)).text);
    assert_eq!(
        invented_passages(3)[2].authors[0].provenance,
        old.provenance(PassageId(2)).unwrap()
    );
    assert_eq!(vec!["a.seepage"], names_in(home.path()));
}

#[test]
fn what_is_not_an_index_is_never_replaced() {
    let home = TempDir::new().unwrap();
    let directory = home.path().join("thesis");
    fs::create_dir(&directory).unwrap();
    let foreign = home.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("MANIFEST.json"), "{\"format\": \"web app\", \"version\": 1}").unwrap();
    let file = home.path().join("notes.txt");
    fs::write(&file, "mine").unwrap();
    for path in [&directory, &foreign, &file] {
        let error = SegmentWriter::create(path, Analyzer::default()).unwrap_err();
        assert!(matches!(error, WriteError::Occupied { .. }), "{error}");
    }
    // It may also come while the index is being built.
    let path = home.path().join("late");
    let writer = SegmentWriter::create(&path, Analyzer::default()).unwrap();
    fs::create_dir(&path).unwrap();
    let error = writer.finish(&BuildFacts::default()).unwrap_err();
    assert!(matches!(error, WriteError::Occupied { .. }), "{error}");
    assert_eq!(vec!["foreign", "late", "notes.txt", "thesis"], names_in(home.path()));
    let error = SegmentWriter::create(Path::new(".."), Analyzer::default()).unwrap_err();
    assert!(matches!(error, WriteError::NoName { .. }), "{error}");
}

#[test]
fn a_parent_that_does_not_exist_is_named() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("absent/a.seepage");
    let error = SegmentWriter::create(&path, Analyzer::default()).unwrap_err();
    assert!(matches!(&error, WriteError::Io { path, .. } if path.ends_with("absent")), "{error}");
}
