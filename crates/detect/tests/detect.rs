//! Passages planted in texts, in every dress that the first stage undresses, and texts that only look alike.
#![allow(
    clippy::unwrap_used,
    clippy::single_range_in_vec_init,
    reason = "a test may, and a span is a range"
)]

use seepage_detect::{Detector, Finding, Scratch, Tier};
use seepage_fingerprint::Analyzer;
use seepage_index::{Class, Index, Passage, PassageId, Provenance, Pushed, SegmentWriter};

/// A piece of code that nobody wrote before this test.
const RING: &str = r#"
/// A ring of samples that forgets the oldest one first.
pub struct SampleRing {
    samples: Vec<f64>,
    newest: usize,
    wrapped: bool,
}

impl SampleRing {
    pub fn with_room_for(room: usize) -> Self {
        assert!(room > 0, "a ring without room forgets at once");
        Self { samples: vec![0.0; room], newest: 0, wrapped: false }
    }

    pub fn record(&mut self, sample: f64) {
        self.samples[self.newest] = sample;
        self.newest += 1;
        if self.newest == self.samples.len() {
            self.newest = 0;
            self.wrapped = true;
        }
    }

    pub fn mean(&self) -> Option<f64> {
        let kept = if self.wrapped { self.samples.len() } else { self.newest };
        if kept == 0 {
            return None;
        }
        let total: f64 = self.samples[..kept].iter().sum();
        Some(total / kept as f64)
    }
}
"#;

const QUEUE: &str = r#"
class RetryQueue:
    """Holds jobs that failed, and hands them out again when their pause is over."""

    def __init__(self, clock, longest_pause=300):
        self.clock = clock
        self.longest_pause = longest_pause
        self.waiting = []

    def push(self, job, attempt):
        pause = min(self.longest_pause, 2 ** attempt)
        heapq.heappush(self.waiting, (self.clock() + pause, attempt, job))

    def due(self):
        ready = []
        while self.waiting and self.waiting[0][0] <= self.clock():
            _, attempt, job = heapq.heappop(self.waiting)
            ready.append((job, attempt + 1))
        return ready
"#;

const FILLER: &str = "The committee met on Tuesday to consider the proposal for a new footbridge over the river, \
and after a long discussion of the costs it asked the engineers to come back with a second drawing in the autumn.\n";

struct Bench {
    _dir: tempfile::TempDir,
    index: Index,
}

fn provenance() -> Provenance {
    Provenance {
        tool: "claude-code".into(),
        session_id: "s".into(),
        class: Class::File,
        log_path: "log".into(),
        log_line: 1,
        ..Provenance::default()
    }
}

impl Bench {
    fn new(passages: &[(&str, &[std::ops::Range<u32>])]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.seepage");
        let mut writer = SegmentWriter::create(&path, Analyzer::default()).unwrap();
        for (text, spans) in passages {
            let passage = Passage::by(provenance(), (*text).to_owned(), spans.to_vec());
            assert!(matches!(writer.push(&passage).unwrap(), Pushed::Indexed(_)));
        }
        writer.finish(&seepage_index::BuildFacts::default()).unwrap();
        let index = Index::open(&path).unwrap();
        Self { _dir: dir, index }
    }

    /// Whole texts, authored from end to end.
    fn of(texts: &[&str]) -> Self {
        let spans: Vec<_> = texts.iter().map(|text| [0..text.len() as u32]).collect();
        let passages: Vec<_> =
            texts.iter().copied().zip(spans.iter().map(|span| &span[..])).collect();
        Self::new(&passages)
    }

    fn findings(&self, text: &str) -> Vec<Finding> {
        self.detector().detect(text.as_bytes())
    }

    /// Each passage stands alone.
    fn detector(&self) -> Detector<'_> {
        Detector::builder(&self.index).without_sources().build().unwrap()
    }
}

#[track_caller]
fn check(text: &str, expected: &[(u32, Tier)]) {
    let found = Bench::of(&[RING, QUEUE]).findings(text);
    let found: Vec<_> = found.iter().map(|finding| (finding.passage.0, finding.tier)).collect();
    assert_eq!(expected, found, "in {text}");
}

fn indented(text: &str, by: &str) -> String {
    text.lines().map(|line| format!("{by}{line}\n")).collect()
}

#[test]
fn a_passage_alone_is_exact() {
    check(RING, &[(0, Tier::Exact)]);
}

#[test]
fn innocent_text_gives_nothing() {
    check(&FILLER.repeat(20), &[]);
    check("", &[]);
}

#[test]
fn a_passage_in_the_middle_of_other_text_is_exact() {
    check(&format!("{}{QUEUE}{}", FILLER.repeat(9), FILLER.repeat(9)), &[(1, Tier::Exact)]);
}

#[test]
fn containers_change_nothing() {
    for text in [
        indented(RING, "        "),
        indented(RING, "+"),
        indented(RING, "// "),
        indented(RING, "> > "),
        format!("```rust\n{RING}```"),
        RING.replace('\n', "\r\n"),
        RING.replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"),
        format!("{{\"source\": {RING:?}}}"),
        format!("{:?}", format!("{:?}", RING)),
        RING.lines().enumerate().map(|(at, line)| format!("{:>5}: {line}\n", at + 1)).collect(),
    ] {
        check(&text, &[(0, Tier::Exact)]);
    }
}

#[test]
fn both_passages_of_a_record_are_found() {
    check(&format!("{RING}{FILLER}{QUEUE}"), &[(0, Tier::Exact), (1, Tier::Exact)]);
}

#[test]
fn spans_cover_what_was_planted_and_nothing_else() {
    let before = FILLER.repeat(4);
    let text = format!("{before}{RING}{FILLER}");
    let found = Bench::of(&[RING]).findings(&text);
    let spans = &found[0].spans;
    assert_eq!(1, spans.len(), "{spans:?}");
    let planted = before.len() + 1..before.len() + RING.trim_end().len();
    assert_eq!(planted, spans[0].record.start as usize..spans[0].record.end as usize);
    assert_eq!(RING.trim(), &RING[spans[0].passage.start as usize..spans[0].passage.end as usize]);
    assert_eq!(1.0, found[0].score);
}

#[test]
fn a_text_put_between_splits_the_span() {
    let middle = RING.find("    pub fn record").unwrap();
    let text = format!("{}{}{}", &RING[..middle], FILLER.repeat(3), &RING[middle..]);
    let found = Bench::of(&[RING]).findings(&text);
    assert_eq!(2, found[0].spans.len(), "{:?}", found[0].spans);
    let gap = found[0].spans[0].record.end..found[0].spans[1].record.start;
    assert!(text[gap.start as usize..gap.end as usize].trim().starts_with("The committee"));
}

#[test]
fn an_edited_line_stays_inside_the_span() {
    let text = RING.replace("self.wrapped = true;", "self.has_gone_round = 1;");
    let found = Bench::of(&[RING]).findings(&text);
    assert_eq!((1, Tier::Exact), (found[0].spans.len(), found[0].tier));
}

#[test]
fn renamed_code_is_found_blind() {
    let mut text = RING.to_owned();
    for (old, new) in [
        ("samples", "v"),
        ("sample", "x1"),
        ("newest", "top"),
        ("wrapped", "full"),
        ("record", "put_in"),
        ("mean", "avg"),
        ("kept", "cnt"),
        ("total", "acc"),
        ("room", "cap"),
        ("ring", "buf"),
        ("SampleRing", "Buf"),
        ("with_room_for", "mk"),
        ("assert", "check_it"),
        ("forgets", "loses"),
        ("oldest", "first"),
    ] {
        text = text.replace(old, new);
    }
    let found = Bench::of(&[RING]).findings(&text);
    assert_eq!(1, found.len());
    assert!(found[0].tier <= Tier::Blind, "{:?}", found[0]);
}

#[test]
fn a_quoted_part_accuses_nobody() {
    // Only the queue's text was authored; the ring before it was quoted.
    let text = format!("{RING}{QUEUE}");
    let authored = RING.len() as u32..text.len() as u32;
    let bench = Bench::new(&[(&text, std::slice::from_ref(&authored))]);
    assert_eq!(Vec::<Finding>::new(), bench.findings(RING));
    assert_eq!(1, bench.findings(QUEUE).len());
}

#[test]
fn a_short_passage_alone_is_brief() {
    let short = "def stagger(base, spread, rng):\n    offset = rng.uniform(0, spread)\n    return base + offset - spread / 2\n";
    let found = Bench::of(&[short]).findings(&format!("{FILLER}{short}{FILLER}"));
    assert_eq!(vec![Tier::Brief], found.iter().map(|finding| finding.tier).collect::<Vec<_>>());
}

#[test]
fn a_newer_copy_of_a_passage_adds_nothing() {
    let newer = RING.replace("room > 0", "room >= 1");
    let found = Bench::of(&[RING, &newer]).findings(RING);
    assert_eq!(vec![PassageId(0)], found.iter().map(|finding| finding.passage).collect::<Vec<_>>());
}

/// The passages found in the text of the ring, of which `source` alone may be the source.
#[track_caller]
fn check_source(texts: &[&str], source: u32, expected_first: u32) {
    let bench = Bench::of(texts);
    let mut findings = vec![];
    bench.detector().detect_from(
        RING.as_bytes(),
        &|passage| passage == PassageId(source),
        &mut Scratch::default(),
        &mut findings,
    );
    let first = findings.first().map(|finding| finding.passage);
    assert_eq!(first, Some(PassageId(expected_first)), "{source}");
}

#[test]
fn a_passage_that_cannot_be_the_source_hides_none_that_can() {
    let other = RING.replace("room > 0", "room >= 1");
    check_source(&[RING, &other], 1, 1);
    check_source(&[&other, RING], 0, 0);
    check_source(&[RING], 7, 0);
}

/// Fifteen sentences without a space or an ASCII mark, one a line, so that each line is one word.
const CHINESE: &str = "\
扫描之前先读取会话日志，把模型写下的每一段文字都收进索引。
索引里只保存指纹和原文，原文用来在找到之后逐字比较。
每个分片按块读取，块与块之间不共享任何状态。
如果某一块读不出来，报告里会写明原因，而不是悄悄跳过。
常见的许可证文本不进入索引，因为谁都可以引用它们。
比较时忽略空白、引号和大小写，也忽略注释的前缀。
一条记录里只要有足够长的一段与索引相同，就会被标出。
标出的结果带有会话、工具、模型和时间，方便人去核对。
没有读完的分片会让整次扫描变成不完整，退出码也不同。
旧的报告在新的报告写完之前一直保留，不会提前删除。
线程的数目不影响结果，同样的输入给出同样的字节。
最后写出的摘要列出所有跳过的文件以及它们的大小。
内存的用量有上限，再大的记录也只占用固定的空间。
断点保存在目录里，机器重启之后可以从那里继续。
远程的对象如果在两次读取之间改变，读取就会失败。
";

/// The same kind of text: kana and kanji.
const JAPANESE: &str = "\
走査の前に会話の記録を読み、モデルが書いた文章をすべて索引に入れる。
索引には指紋と原文だけを残し、原文は見つけた後の照合に使う。
各シャードは塊ごとに読み、塊のあいだで状態を共有しない。
読めない塊があれば、黙って飛ばさずに理由を報告に書く。
よくあるライセンスの文は、誰でも引用するので索引に入れない。
照合では空白や引用符や大文字小文字の違いを無視する。
索引と同じ部分が十分に長い行だけに印を付ける。
印には会話と道具とモデルと時刻を添えて、人が確かめられるようにする。
読み終えなかったシャードがあれば、走査は不完全として終わる。
古い報告は新しい報告が書き上がるまで消さずに残しておく。
スレッドの数が変わっても、同じ入力からは同じ結果が出る。
最後に書く要約には、飛ばしたファイルとその大きさを並べる。
使うメモリには上限があり、大きな記録でも広がらない。
途中の状態は保存され、機械が再起動しても続きから始められる。
遠くの対象が二度の読み取りのあいだに変われば失敗とする。
";

/// The tiers that `text` gives against an index of `passage`.
fn tiers(passage: &str, text: &str) -> Vec<Tier> {
    Bench::of(&[passage]).findings(text).iter().map(|finding| finding.tier).collect()
}

#[test]
fn text_without_spaces_is_found_where_its_lines_are_whole() {
    for passage in [CHINESE, JAPANESE] {
        let filler = FILLER.repeat(4);
        assert_eq!(vec![Tier::Near], tiers(passage, &format!("{filler}{passage}{filler}")));
        assert_eq!(vec![Tier::Near], tiers(passage, &indented(passage, "> ")));
    }
}

/// Wrong, and so because no dictionary cuts these texts: a line is one word, and a line that is wrapped elsewhere or edited
/// is another word. Anchors are there, but the judge finds no word 8-grams.
#[test]
fn text_without_spaces_is_missed_when_it_is_wrapped_elsewhere_or_edited_in_each_line() {
    for passage in [CHINESE, JAPANESE] {
        let letters: Vec<char> = passage.chars().filter(|&letter| letter != '\n').collect();
        let wrapped: Vec<String> = letters.chunks(20).map(|line| line.iter().collect()).collect();
        assert_eq!(Vec::<Tier>::new(), tiers(passage, &wrapped.join("\n")));
        assert_eq!(Vec::<Tier>::new(), tiers(passage, &passage.replace('。', "！")));
    }
}
