//! An index that is changed in place: its segments answer as one, and at any moment it is whole.

use std::fs;
use std::path::{Path, PathBuf};

use seepage_fingerprint::{AnalyzeScratch, Analyzer, Fingerprint};
use tempfile::TempDir;

use super::invented::{author, entry, invented_text, passage};
use crate::{
    BuildFacts, Class, Index, Passage, PassageId, Removals, SegmentWriter, Update, WriteError,
};

struct Case {
    home: TempDir,
    passages: Vec<Passage>,
}

impl Case {
    /// Passages of which neighbours share text, so that fingerprints are in several.
    fn new(count: u64) -> Self {
        let text = |seed| invented_text(seed, 8) + &invented_text(seed + 1, 8);
        let passages = (0..count).map(|seed| passage(&text(seed), seed)).collect();
        Self { home: TempDir::new().unwrap(), passages }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// All passages in segments of these lengths.
    fn build(&self, name: &str, lens: &[usize]) -> PathBuf {
        let path = self.path(name);
        let mut from = 0;
        for &len in lens {
            let passages = &self.passages[from..from + len];
            if from == 0 {
                let mut writer = SegmentWriter::create(&path, Analyzer::default()).unwrap();
                push(&mut writer, passages);
                writer.finish(&facts()).unwrap();
            } else {
                append(&path, passages);
            }
            from += len;
        }
        path
    }

    /// Every fingerprint of every passage, and some of none.
    fn fingerprints(&self) -> Vec<Fingerprint> {
        let mut anchors = vec![];
        for passage in &self.passages {
            let text = passage.text.as_bytes();
            Analyzer::default().analyze(text, &mut AnalyzeScratch::default(), &mut anchors);
        }
        let strangers = (0..500_u64).map(|n| Fingerprint(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let own = anchors.iter().map(|anchor| anchor.fingerprint);
        own.chain(strangers).collect()
    }
}

fn facts() -> BuildFacts {
    BuildFacts { sessions: 2, ..BuildFacts::default() }
}

fn push(writer: &mut SegmentWriter, passages: &[Passage]) {
    for passage in passages {
        writer.push(passage).unwrap();
    }
}

fn append(path: &Path, passages: &[Passage]) {
    let mut update = Update::begin(path).unwrap();
    let mut writer = update.write_segment().unwrap();
    push(&mut writer, passages);
    let written = writer.finish_segment(&facts()).unwrap();
    update.append(written).unwrap();
    update.commit().unwrap();
}

/// Takes out all authors of a passage, if there is one of that number.
fn remove(update: &mut Update, passage: PassageId) {
    for (author, _) in update.authors(passage).unwrap_or_default() {
        update.remove(passage, author);
    }
}

fn probe(index: &Index, fingerprint: Fingerprint) -> Vec<PassageId> {
    let mut found = vec![];
    index.probe(fingerprint, &|_| true, &mut found);
    found
}

fn sift(index: &Index, fingerprints: &[Fingerprint]) -> Vec<u32> {
    let mut passed = vec![];
    index.sift(fingerprints, &mut passed);
    passed
}

fn tree(path: &Path) -> Vec<String> {
    let mut names = vec![];
    for entry in fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            let below = tree(&entry.path());
            names.extend(below.into_iter().map(|below| format!("{name}/{below}")));
        }
        names.push(name);
    }
    names.sort();
    names
}

#[test]
fn segments_answer_as_one_index_that_was_built_at_once() {
    let case = Case::new(12);
    let whole = Index::open(&case.build("whole", &[12])).unwrap();
    let fingerprints = case.fingerprints();
    for lens in [&[6, 6][..], &[1, 0, 4, 7], &[12, 0], &[1; 12]] {
        let index = Index::open(&case.build(&format!("{lens:?}"), lens)).unwrap();
        let passed = sift(&index, &fingerprints);
        assert!(passed.is_sorted_by(|a, b| a < b), "{lens:?}");
        for (at, &fingerprint) in (0..).zip(&fingerprints) {
            let expected = probe(&whole, fingerprint);
            assert_eq!(expected, probe(&index, fingerprint), "{lens:?}");
            assert_eq!(!expected.is_empty(), index.holds(fingerprint), "{lens:?}");
            assert!(expected.is_empty() || passed.contains(&at), "{lens:?}");
        }
        for (id, passage) in (0..).map(PassageId).zip(&case.passages) {
            assert_eq!(whole.text(id), index.text(id));
            assert_eq!(entry(passage, id, id), index.entry(id).unwrap());
            assert_eq!(passage.content(), index.content(id));
        }
        assert!(index.passages().eq(whole.passages()));
        let error = index.provenance(PassageId(12)).unwrap_err().to_string();
        assert!(error.ends_with("has no passage 12: it holds 12"), "{error}");
        assert_eq!(index.facts().sessions, 2 * lens.len() as u64);
        assert_eq!(index.sizes().passages, 12);
    }
}

#[test]
fn a_view_finds_what_the_newest_segments_hold_and_knows_all_ids() {
    let case = Case::new(9);
    let index = Index::open(&case.build("a", &[4, 3, 2])).unwrap();
    for (from, base) in [(0, 0), (1, 4), (2, 7), (3, 9), (4, 9)] {
        let view = index.newest(from);
        for fingerprint in case.fingerprints() {
            let mut expected = probe(&index, fingerprint);
            expected.retain(|passage| passage.0 >= base);
            assert_eq!(expected, probe(&view, fingerprint));
            assert_eq!(!expected.is_empty(), view.holds(fingerprint));
        }
        assert!(view.passages().eq((base..9).map(PassageId)));
        assert_eq!(index.text(PassageId(0)), view.text(PassageId(0)));
        assert_eq!(index.digest(), view.digest());
        assert_eq!(index.sizes(), view.sizes());
    }
    let bases: Vec<_> = index.segments().map(|segment| segment.base).collect();
    assert_eq!(bases, [0, 4, 7]);
}

#[test]
fn a_fingerprint_of_many_segments_gives_the_first_64_passages() {
    let home = TempDir::new().unwrap();
    let text = invented_text(3, 12);
    let passages: Vec<_> = (0..90).map(|line| passage(&text, line)).collect();
    let case = Case { home, passages };
    let index = Index::open(&case.build("a", &[30, 30, 30])).unwrap();
    let found = case.fingerprints().into_iter().map(|one| probe(&index, one));
    let full: Vec<_> = found.filter(|found| !found.is_empty()).collect();
    assert!(!full.is_empty() && full.iter().all(|found| found.iter().map(|id| id.0).eq(0..64)));
}

/// What stands in more passages than a probe gives must not hide those that can be meant.
#[test]
fn a_fingerprint_of_many_passages_gives_those_that_may_be_meant_before_others() {
    let home = TempDir::new().unwrap();
    let text = invented_text(3, 12);
    let passages: Vec<_> = (0..200).map(|line| passage(&text, line)).collect();
    let case = Case { home, passages };
    for lens in [&[200][..], &[70, 70, 60]] {
        let path = case.build(&format!("{lens:?}"), lens);
        let mut update = Update::begin(&path).unwrap();
        for passage in 0..66 {
            remove(&mut update, PassageId(passage));
        }
        update.commit().unwrap();
        let index = Index::open(&path).unwrap();
        let may_be = |may: &dyn Fn(PassageId) -> bool| {
            let mut found = vec![];
            let held = case.fingerprints().into_iter().find(|one| index.holds(*one)).unwrap();
            index.probe(held, may, &mut found);
            found.into_iter().map(|passage| passage.0).collect::<Vec<_>>()
        };
        assert_eq!(may_be(&|_| true), (66..130).collect::<Vec<_>>());
        assert_eq!(may_be(&|_| false), (66..130).collect::<Vec<_>>());
        assert_eq!(may_be(&|passage| passage.0 >= 136), (136..200).collect::<Vec<_>>());
        let few = (66..128).chain([198, 199]).collect::<Vec<_>>();
        assert_eq!(may_be(&|passage| passage.0 >= 198), few);
    }
}

#[test]
fn a_passage_goes_with_the_last_of_its_authors() {
    let mut case = Case::new(3);
    case.passages[1].authors.extend([7, 8].map(author));
    case.passages[1].authors[2].provenance.class = Class::Prose;
    let authors = case.passages[1].authors.clone();
    let path = case.build("a", &[2, 1]);
    let passage = PassageId(1);
    for gone in 0..=3 {
        let index = Index::open(&path).unwrap();
        let left = &authors[gone..];
        assert_eq!(index.authors(passage).unwrap(), left);
        assert_eq!(index.text(passage).text.is_empty(), left.is_empty());
        assert_eq!(index.passages().any(|other| other == passage), !left.is_empty());
        assert_eq!(index.sizes().removed, u64::from(left.is_empty()));
        let named = index.entry(passage).unwrap().author;
        assert_eq!(named, *left.first().unwrap_or(&authors[0]));
        // A view of some classes is an index of which the others were removed.
        let view = index.of_classes(&[Class::Prose].into()).unwrap();
        assert_eq!(view.authors(passage).unwrap(), &authors[2.max(gone)..]);
        assert!(view.passages().eq(left.first().map(|_| passage)));
        let found = u64::from(!left.is_empty());
        assert_eq!(view.sizes().findable(), found);
        assert_eq!(view.sizes().of_other_classes, 2);
        assert!(view.classes().iter().eq([&Class::Prose]));
        if gone < 3 {
            let mut update = Update::begin(&path).unwrap();
            let numbers = update.authors(passage).unwrap();
            update.remove(passage, numbers[0].0);
            update.commit().unwrap();
        }
    }
}

#[test]
fn a_removed_passage_is_not_found_and_its_neighbours_keep_their_ids() {
    let case = Case::new(8);
    let path = case.build("a", &[5, 3]);
    let before = Index::open(&path).unwrap();
    let digests: Vec<_> = before.segments().map(|segment| segment.digest).collect();
    // In two steps, so that the second list replaces the first.
    for gone in [vec![1, 6], vec![1, 2, 99]] {
        let mut update = Update::begin(&path).unwrap();
        for passage in gone {
            remove(&mut update, PassageId(passage));
        }
        update.commit().unwrap();
    }
    let is_gone = |passage: &PassageId| [1, 2, 6].contains(&passage.0);
    let index = Index::open(&path).unwrap();
    for fingerprint in case.fingerprints() {
        let mut expected = probe(&before, fingerprint);
        expected.retain(|passage| !is_gone(passage));
        assert_eq!(expected, probe(&index, fingerprint));
        assert_eq!(!expected.is_empty(), index.holds(fingerprint));
    }
    for id in (0..8).map(PassageId) {
        assert_eq!(index.text(id).text.is_empty(), is_gone(&id));
        assert_eq!(index.entry(id).unwrap(), before.entry(id).unwrap());
    }
    assert!(index.passages().all(|passage| !is_gone(&passage)) && index.passages().count() == 5);
    assert_eq!((index.sizes().passages, index.sizes().removed), (8, 3));
    let now: Vec<_> = index.segments().map(|segment| segment.digest).collect();
    assert!(now.iter().zip(&digests).all(|(now, before)| now != before));
    let lists = tree(&path).into_iter().filter(|name| name.contains("removed-"));
    assert!(lists.eq(["segments/0/removed-1.bin", "segments/1/removed-0.bin"]));
    // What was opened before finds them still.
    assert!(!before.text(PassageId(1)).text.is_empty());
}

#[test]
fn there_is_one_writer_at_a_time() {
    let case = Case::new(2);
    let path = case.build("a", &[1]);
    let is_busy = |result: Result<(), WriteError>| {
        let error = result.unwrap_err();
        assert!(matches!(error, WriteError::Busy { .. }), "{error}");
    };
    let update = Update::begin(&path).unwrap();
    is_busy(Update::begin(&path).map(drop));
    is_busy(SegmentWriter::create(&path, Analyzer::default()).map(drop));
    Index::open(&path).unwrap();
    drop(update);
    let writer = SegmentWriter::create(&path, Analyzer::default()).unwrap();
    is_busy(Update::begin(&path).map(drop));
    drop(writer);
    Update::begin(&path).unwrap();
}

/// A program may be killed between any two steps of a change: what is there then is the old index and leftovers.
#[test]
fn whatever_a_killed_writer_left_counts_for_nothing_and_is_removed_by_the_next() {
    let case = Case::new(6);
    let path = case.build("a", &[3, 2]);
    let digest = Index::open(&path).unwrap().digest().to_owned();
    let clean = tree(&path);
    let leave = |name: &str| {
        let file = path.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "half").unwrap();
    };
    for leftovers in [
        &[".partial-x/new/evidence.bin"][..],
        &[".partial-y/MANIFEST.json", "segments/2/evidence.bin"],
        &["segments/7/removed-0.bin", "segments/1/removed-0.bin"],
    ] {
        for name in leftovers {
            leave(name);
        }
        let index = Index::open(&path).unwrap();
        assert_eq!(index.digest(), digest);
        drop(Update::begin(&path).unwrap());
        assert_eq!(tree(&path), clean);
    }
    // What nobody of us can have written stays.
    leave("segments/mine.txt");
    leave("notes");
    append(&path, &case.passages[5..]);
    assert!(tree(&path).contains(&"notes".to_owned()));
    assert!(tree(&path).contains(&"segments/mine.txt".to_owned()));
    assert_eq!(Index::open(&path).unwrap().sizes().passages, 6);
}

#[test]
fn a_change_that_is_given_up_changes_nothing() {
    let case = Case::new(6);
    let path = case.build("a", &[3, 2]);
    let (digest, clean) = (Index::open(&path).unwrap().digest().to_owned(), tree(&path));
    let mut update = Update::begin(&path).unwrap();
    remove(&mut update, PassageId(1));
    let mut writer = update.write_segment().unwrap();
    push(&mut writer, &case.passages[5..]);
    let written = writer.finish_segment(&facts()).unwrap();
    drop(update.write_segment().unwrap());
    assert_ne!(tree(&path), clean);
    drop(written);
    drop(update);
    assert_eq!(tree(&path), clean);
    assert_eq!(Index::open(&path).unwrap().digest(), digest);
}

#[test]
fn a_reader_keeps_what_it_opened_when_segments_are_replaced() {
    let case = Case::new(6);
    let path = case.build("a", &[3, 3]);
    let before = Index::open(&path).unwrap();
    let mut update = Update::begin(&path).unwrap();
    let mut writer = update.write_segment().unwrap();
    push(&mut writer, &case.passages[..1]);
    let written = writer.finish_segment(&facts()).unwrap();
    update.replace(written).unwrap();
    update.remember(Removals { before: Some(9), ..Removals::default() });
    update.commit().unwrap();
    assert!(!tree(&path).iter().any(|name| name.starts_with("segments/0")));
    for (id, passage) in (0..).map(PassageId).zip(&case.passages) {
        assert_eq!(passage.text.as_bytes(), before.text(id).text);
        assert_eq!(entry(passage, id, id), before.entry(id).unwrap());
    }
    let index = Index::open(&path).unwrap();
    assert_eq!(index.sizes().passages, 1);
    assert_eq!(index.removals().before, Some(9));
    let numbers: Vec<_> = index.segments().map(|segment| segment.number).collect();
    assert_eq!(numbers, [2]);
}
