//! An analysis: its order, its places, and what its buffers keep.

use seepage_testkit::SplitMix64;

use crate::{AnalyzeScratch, Analyzer, Stream};

/// Lines of code; another `seed` is another text.
fn invented_text(seed: u64, lines: usize) -> String {
    const WORDS: [&str; 6] = ["harbour", "ledger", "spindle", "quarry", "lantern", "meadow"];
    let mut random = SplitMix64::new(seed);
    let mut line = |number: usize| {
        let [a, b, c] = [(); 3].map(|()| *random.pick(&WORDS));
        format!("let {a}_{b} = {c}({a}.{b}[{number}], &mut {c}_{seed});\n")
    };
    (0..lines).map(&mut line).collect()
}

#[test]
fn an_analysis_gives_the_streams_in_order_and_sources_inside_of_the_text() {
    let text = invented_text(1, 40);
    let mut anchors = vec![];
    Analyzer::default().analyze(text.as_bytes(), &mut AnalyzeScratch::default(), &mut anchors);
    let words = anchors.partition_point(|anchor| anchor.stream == Stream::Words);
    assert!(words > 2 && words < anchors.len());
    for (at, anchor) in anchors.iter().enumerate() {
        assert_eq!(at < words, anchor.stream == Stream::Words);
        assert!(anchor.start < anchor.last && (anchor.last as usize) < text.len());
    }
}

#[test]
fn an_analysis_appends_and_its_buffers_do_not_remember() {
    let (mut scratch, mut anchors, analyzer) =
        (AnalyzeScratch::default(), vec![], Analyzer::default());
    analyzer.analyze(invented_text(1, 40).as_bytes(), &mut scratch, &mut anchors);
    let first = anchors.clone();
    analyzer.analyze(invented_text(2, 9).as_bytes(), &mut scratch, &mut anchors);
    let mut second = vec![];
    analyzer.analyze(invented_text(2, 9).as_bytes(), &mut AnalyzeScratch::default(), &mut second);
    assert_eq!([first, second].concat(), anchors);
}

#[test]
fn variety_counts_the_different_kept_bytes_of_a_kgram() {
    let mut anchors = vec![];
    let text = "abcd".repeat(40);
    Analyzer::default().analyze(text.as_bytes(), &mut AnalyzeScratch::default(), &mut anchors);
    assert!(!anchors.is_empty() && anchors.iter().all(|anchor| anchor.variety == 4));
}
