//! What is too weak by itself and enough together: parts of one file, and a text that was cut in two.
#![allow(clippy::unwrap_used, reason = "a test may")]

use seepage_detect::{Detector, Finding, Leftover, Scratch};
use seepage_fingerprint::Analyzer;
use seepage_index::{BuildFacts, Class, Index, Passage, Provenance, Pushed, SegmentWriter};

/// Two edits of one file.
const PUSH: &str = "    def push(self, job, attempt):
        pause = min(self.longest_pause, 2 ** attempt)
        heapq.heappush(self.waiting, (self.clock() + pause, attempt, job))
        self.pushed += 1
        self.log.debug('job %s waits for %d seconds', job.name, pause)
";
const DUE: &str = "    def due(self):
        ready = []
        while self.waiting and self.waiting[0][0] <= self.clock():
            _, attempt, job = heapq.heappop(self.waiting)
            ready.append((job, attempt + 1))
        return ready
";

const FILLER: &str = "The committee met on Tuesday to consider the proposal for a new footbridge over the river, \
and after a long discussion of the costs it asked the engineers to come back with a second drawing in the autumn.\n";

/// An excerpt of each, too short to tell where it came from.
fn excerpts() -> [&'static str; 2] {
    [
        "pause = min(self.longest_pause, 2 ** attempt)\n        heapq.heappush(self.waiting, (self.clock()",
        "while self.waiting and self.waiting[0][0] <= self.clock():\n            _, attempt, job = heapq.heappop(",
    ]
}

struct Bench {
    _dir: tempfile::TempDir,
    index: Index,
}

impl Bench {
    /// An index of both edits, each with its session and file.
    fn new(places: [(&str, Option<&str>); 2]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.seepage");
        let mut writer = SegmentWriter::create(&path, Analyzer::default()).unwrap();
        for (text, (session, file)) in [PUSH, DUE].into_iter().zip(places) {
            let provenance = Provenance {
                tool: "codex".into(),
                session_id: session.into(),
                file_path: file.map(str::to_owned),
                class: Class::Edit,
                log_path: "log".into(),
                log_line: 1,
                ..Provenance::default()
            };
            let passage = Passage::by(
                provenance,
                text.to_owned(),
                std::iter::once(0..text.len() as u32).collect(),
            );
            assert!(matches!(writer.push(&passage).unwrap(), Pushed::Indexed(_)));
        }
        writer.finish(&BuildFacts::default()).unwrap();
        let index = Index::open(&path).unwrap();
        Self { _dir: dir, index }
    }

    fn of_one_file() -> Self {
        Self::new([("s", Some("queue.py")); 2])
    }

    fn detector(&self) -> Detector<'_> {
        Detector::builder(&self.index).build().unwrap()
    }

    fn findings(&self, text: &str) -> Vec<Finding> {
        self.detector().detect(text.as_bytes())
    }

    /// What a text that flags nothing is left with.
    fn leftover(&self, text: &str) -> Leftover {
        let (mut scratch, mut findings) = (Scratch::default(), vec![]);
        self.detector().detect_from(text.as_bytes(), &|_| true, &mut scratch, &mut findings);
        assert_eq!(findings, vec![], "{text}");
        scratch.take_leftover(text.as_bytes()).unwrap()
    }

    fn across(&self, texts: [&str; 2]) -> [Vec<Finding>; 2] {
        let [first, second] = texts.map(|text| self.leftover(text));
        let detector = self.detector();
        detector.detect_across([&first, &second], &mut Scratch::default()).0
    }
}

fn shown<'t>(finding: &Finding, text: &'t str) -> &'t str {
    let span = &finding.spans[0].record;
    &text[span.start as usize..span.end as usize]
}

#[test]
fn parts_of_one_file_add_up_and_each_is_shown() {
    let [push, due] = excerpts();
    let text = format!("{push}\n{}{due}\n", FILLER.repeat(3));
    let found = Bench::of_one_file().findings(&text);
    let passages: Vec<u32> = found.iter().map(|finding| finding.passage.0).collect();
    assert_eq!(passages.len(), 2, "{found:?}");
    for finding in &found {
        assert!(finding.rule.ends_with(", in 2 parts of one file"), "{finding:?}");
        let expected = [push, due][finding.passage.0 as usize];
        assert!(expected.contains(shown(finding, &text).trim()), "{finding:?}");
    }
}

#[test]
fn parts_of_different_files_or_sessions_never_add_up() {
    let [push, due] = excerpts();
    let text = format!("{push}\n{}{due}\n", FILLER.repeat(3));
    for places in [
        [("s", Some("queue.py")), ("s", Some("other.py"))],
        [("s", Some("queue.py")), ("t", Some("queue.py"))],
        [("s", None), ("s", None)],
    ] {
        assert_eq!(Bench::new(places).findings(&text), vec![], "{places:?}");
    }
}

#[test]
fn one_part_is_not_enough() {
    let bench = Bench::of_one_file();
    for part in excerpts() {
        assert_eq!(bench.findings(&format!("{part}\n{FILLER}")), vec![]);
    }
}

#[test]
fn a_text_that_was_cut_in_two_is_found_in_both() {
    let texts = excerpts();
    let found = Bench::of_one_file().across(texts);
    for (findings, text) in found.iter().zip(texts) {
        assert_eq!(findings.len(), 1, "{found:?}");
        assert!(text.contains(shown(&findings[0], text).trim()), "{found:?}");
    }
    let halves = PUSH.split_at(PUSH.find("attempt, job))").unwrap());
    let halves = [&halves.0[halves.0.len() - 110..], &halves.1[..85]];
    let found = Bench::of_one_file().across(halves);
    assert_eq!(found.each_ref().map(Vec::len), [1, 1], "{found:?}");
}

#[test]
fn two_texts_that_hold_the_same_or_too_little_are_no_halves() {
    let [push, _] = excerpts();
    let found = Bench::of_one_file().across([push, push]);
    assert_eq!(found, [vec![], vec![]]);
    let apart = Bench::new([("s", Some("queue.py")), ("s", Some("other.py"))]);
    assert_eq!(apart.across(excerpts()), [vec![], vec![]]);
}
