//! Records that resemble a passage as a whole, and share no run with it that the other tiers would see.
#![allow(clippy::single_range_in_vec_init, clippy::unwrap_used, reason = "a test may")]

use std::collections::HashSet;

use seepage_detect::{
    Detector, Finding, ResemblanceError, ResemblanceMin, ShingleScratch, Shingles, SketchTable,
    Tier,
};
use seepage_fingerprint::Analyzer;
use seepage_index::{
    BuildFacts, Class, Index, Passage, PassageId, Provenance, Pushed, SegmentWriter,
};

/// So many words of one letter, of which neighbours differ; another `seed` is another text.
fn letters(seed: u64, len: usize) -> Vec<String> {
    let mut state = seed;
    let mut words: Vec<String> = vec![];
    while words.len() < len {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        let word = char::from(b'a' + ((state >> 33) % 26) as u8).to_string();
        if words.iter().rev().take(8).all(|near| *near != word) {
            words.push(word);
        }
    }
    words
}

/// Each word twice: eight in a row have at most five different ones, so that no 8-gram counts.
fn doubled(words: &[String]) -> Vec<String> {
    words.iter().flat_map(|word| [word; 2]).cloned().collect()
}

/// The pieces of `piece` words from the last to the first, with fewer letters each than an anchor has.
fn shuffled(words: &[String], piece: usize) -> String {
    let pieces: Vec<String> = words.chunks(piece).map(|piece| piece.join(" ")).collect();
    pieces.into_iter().rev().collect::<Vec<_>>().join(" ")
}

/// The definition.
fn exact(a: &str, b: &str) -> f32 {
    let set = |text: &str| -> HashSet<Vec<String>> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        words.windows(5).map(<[String]>::to_vec).collect()
    };
    let (a, b) = (set(a), set(b));
    a.intersection(&b).count() as f32 / a.union(&b).count() as f32
}

struct Bench {
    _dir: tempfile::TempDir,
    index: Index,
}

impl Bench {
    fn of(texts: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.seepage");
        let mut writer = SegmentWriter::create(&path, Analyzer::default()).unwrap();
        for text in texts {
            let provenance = Provenance {
                tool: "codex".into(),
                session_id: "s".into(),
                class: Class::File,
                log_path: "log".into(),
                log_line: 1,
                ..Provenance::default()
            };
            let passage = Passage::by(
                provenance,
                (*text).to_owned(),
                std::iter::once(0..text.len() as u32).collect(),
            );
            assert!(matches!(writer.push(&passage).unwrap(), Pushed::Indexed(_)));
        }
        writer.finish(&BuildFacts::default()).unwrap();
        let index = Index::open(&path).unwrap();
        Self { _dir: dir, index }
    }

    fn findings(&self, text: &str, resemblance: Option<f32>) -> Vec<Finding> {
        let least = resemblance.map(|share| ResemblanceMin::new(share).unwrap());
        let detector = Detector::builder(&self.index).resemblance(least).build().unwrap();
        detector.detect(text.as_bytes())
    }
}

/// Nothing without the option; with it, the passage 1 of two, at its exact resemblance. Gives the finding.
#[track_caller]
fn check_alike(passage: &str, record: &str) -> Finding {
    let exact = exact(passage, record);
    assert!((0.7..1.0).contains(&exact), "{exact}");
    let other = letters(99, 300).join(" ");
    let bench = Bench::of(&[&other, passage]);
    assert_eq!(Vec::<Finding>::new(), bench.findings(record, None));
    let mut found = bench.findings(record, Some(0.7));
    assert_eq!(1, found.len(), "{found:?}");
    let finding = found.remove(0);
    assert_eq!((PassageId(1), Tier::Alike), (finding.passage, finding.tier), "{finding:?}");
    assert_eq!(format!("resembles the passage: {exact:.2} (at least 0.70)"), finding.rule);
    assert!((finding.score - exact).abs() < 1e-6, "{finding:?}");
    finding
}

#[test]
fn shuffled_pieces_shorter_than_an_anchor_are_alike() {
    let words = letters(1, 400);
    let (passage, record) = (words.join(" "), shuffled(&words, 25));
    let finding = check_alike(&passage, &record);
    // Each piece is a span of its own, and all of them are nearly the whole.
    assert!(finding.spans.len() > 10, "{:?}", finding.spans);
    for span in &finding.spans {
        let side = |text: &str, span: &std::ops::Range<u32>| {
            text[span.start as usize..span.end as usize].to_owned()
        };
        // A span grows over a letter that happens to agree; the next one begins behind it.
        let (record, passage) = (side(&record, &span.record), side(&passage, &span.passage));
        assert!(passage.ends_with(record.trim()), "{record}\n{passage}");
    }
}

#[test]
fn where_no_run_of_eight_words_counts_the_span_is_all_of_both() {
    let words = doubled(&letters(2, 280));
    let preface = letters(3, 20).join(" ");
    let passage = format!("{preface} {}", words.join(" "));
    let record = shuffled(&words, 30);
    let finding = check_alike(&passage, &record);
    assert_eq!(1, finding.spans.len());
    assert_eq!(0..record.len() as u32, finding.spans[0].record);
    assert_eq!(0..passage.len() as u32, finding.spans[0].passage);
    assert_eq!(record.len() as u64, finding.matched_bytes);
}

#[test]
fn a_resemblance_below_the_least_is_none() {
    let words = letters(4, 400);
    let record = shuffled(&words, 20);
    assert!((0.6..0.7).contains(&exact(&words.join(" "), &record)));
    let bench = Bench::of(&[&words.join(" ")]);
    assert_eq!(Vec::<Finding>::new(), bench.findings(&record, Some(0.75)));
    assert_eq!(1, bench.findings(&record, Some(0.5)).len());
}

/// Two texts of so many different 5-shingles in common, and 30 of its own each.
fn pair(number: usize, common: usize) -> [Shingles; 2] {
    ["a", "b"].map(|side| {
        let own = (0..30).map(|at| format!("{side}{number}x{at}"));
        let words: Vec<String> =
            (0..common + 4).map(|at| format!("c{number}x{at}")).chain(own).collect();
        let text = words.join(" ");
        let parts = [0..text.len() as u32];
        Shingles::of(text.as_bytes(), &parts, &mut ShingleScratch::default()).unwrap()
    })
}

#[test]
fn of_the_pairs_right_at_the_least_resemblance_hardly_any_is_missed() {
    let least = ResemblanceMin::new(0.7).unwrap();
    let missed = (0..1000)
        .filter(|&number| {
            let [passage, record] = pair(number, 140);
            assert_eq!(0.7, passage.resemblance(&record));
            let mut table = SketchTable::default();
            table.insert(PassageId(0), passage.sketch().unwrap());
            let mut alike = vec![];
            table.lookup(&record.sketch().unwrap(), least, &mut alike);
            alike.is_empty()
        })
        .count();
    // One in a thousand by the estimate, two in ten thousand by the bands.
    assert!(missed <= 8, "{missed} of 1000");
}

#[test]
fn a_passage_that_was_found_is_not_found_again() {
    let text = letters(5, 400).join(" ");
    let tiers: Vec<Tier> =
        Bench::of(&[&text]).findings(&text, Some(0.5)).iter().map(|finding| finding.tier).collect();
    assert_eq!(vec![Tier::Exact], tiers);
}

#[test]
fn innocent_and_short_texts_resemble_nothing() {
    let passage = letters(6, 400).join(" ");
    let bench = Bench::of(&[&passage]);
    let innocent = "The committee met on Tuesday to consider the proposal for a new footbridge over the river, and \
        after a long discussion of the costs it asked the engineers to come back with a second drawing in the autumn.";
    for text in ["", "a", innocent, &letters(7, 400).join(" "), &passage[..40]] {
        assert_eq!(Vec::<Finding>::new(), bench.findings(text, Some(0.5)), "{text}");
    }
}

#[test]
fn twenty_different_shingles_are_enough_and_nineteen_are_not() {
    for (words, enough) in [(letters(8, 24), true), (letters(8, 23), false)] {
        let text = words.join(" ");
        let parts: Vec<_> = std::iter::once(0..text.len() as u32).collect();
        let shingles = Shingles::of(text.as_bytes(), &parts, &mut ShingleScratch::default());
        assert_eq!(enough, shingles.is_some(), "{text}");
    }
}

#[test]
fn no_shingle_crosses_the_border_of_a_part() {
    let text = letters(9, 40).join(" ");
    let middle = text.len() as u32 / 2;
    let shingles = |parts: &[std::ops::Range<u32>]| {
        Shingles::of(text.as_bytes(), parts, &mut ShingleScratch::default()).unwrap()
    };
    let whole = shingles(std::slice::from_ref(&(0..text.len() as u32)));
    let halves = shingles(&[0..middle, middle..text.len() as u32]);
    assert_eq!(1.0, whole.resemblance(&whole));
    // 36 shingles in the whole, of which the four over the border are missing.
    assert_eq!(32.0 / 36.0, whole.resemblance(&halves));
    assert_eq!(32.0 / 36.0, halves.resemblance(&whole));
}

#[test]
fn the_least_resemblance_is_a_share_that_the_bands_can_find() {
    for share in [0.5, 0.7, 1.0] {
        assert_eq!(Ok(share), ResemblanceMin::new(share).map(ResemblanceMin::get));
    }
    for share in [0.0, 0.3, 0.499] {
        assert_eq!(Err(ResemblanceError::TooLow(share)), ResemblanceMin::new(share));
    }
    for share in [-0.1, 1.001, f32::INFINITY, f32::NAN] {
        assert_eq!(Err(ResemblanceError::NoShare), ResemblanceMin::new(share));
    }
}
