//! The streams of every backend against the definition: rows around block edges, random bytes full of specials, real
//! logs.

use std::path::Path;

use seepage_testkit::SplitMix64;

use crate::{Backend, Normaliser, Scheme, Streams, normalise, respell};

/// On every backend: the pieces of `text` that end at `cuts`, together, against the definition.
#[track_caller]
fn check(text: &[u8], cuts: &[usize]) {
    let mut expected = Streams::default();
    normalise(text, &mut expected);
    let mut buffer = vec![];
    let text = respell(text, &mut buffer);
    let shown = String::from_utf8_lossy(&text[..text.len().min(300)]);
    let mut borders: Option<Vec<usize>> = None;
    for backend in Backend::available() {
        let (mut words, mut skeleton) = (vec![], vec![]);
        let mut state = Normaliser::default();
        let mut offset = 0;
        let mut passed = vec![];
        for until in cuts.iter().copied().chain([usize::MAX]) {
            let until = until.max(offset);
            offset = state.advance(backend, text, offset, until, &mut words, &mut skeleton);
            assert!(offset >= until.min(text.len()), "{backend:?} stops at {offset}");
            passed.push(offset);
        }
        assert!(
            expected.words.bytes == words,
            "{backend:?} cut at {cuts:?}: words of {shown:?}: {:?}, not {:?}",
            String::from_utf8_lossy(&words),
            String::from_utf8_lossy(&expected.words.bytes),
        );
        assert!(
            expected.skeleton.bytes == skeleton,
            "{backend:?} cut at {cuts:?}: skeleton of {shown:?}: {skeleton:?}, not {:?}",
            expected.skeleton.bytes,
        );
        assert_eq!(
            *borders.get_or_insert_with(|| passed.clone()),
            passed,
            "{backend:?} cut at {cuts:?}: borders of {shown:?}"
        );
    }
}

const SPECIALS: [&str; 36] = [
    r"\n",
    r"\\\\r\t",
    r"\x",
    r"\",
    r"\\\\\\\",
    r"\u00e9",
    r"\\u003c",
    r"\u00g1",
    r"\u0031",
    r"\ud83d\ude00",
    r"\\ud83d\\ude00",
    r"\\ud83d\ude00",
    r"\ud83d",
    r"\u005cn",
    "&lt;",
    "&#x27;",
    "&less",
    "&&amp;&",
    r#"<span class="k">"#,
    "</span>",
    "<span",
    "</spanner><s",
    "12é_3",
    "3<span>4",
    r#"\u003cspan class=\"k\"\u003e"#,
    r#"\\u003cspan class=\\\"k\\\"\\u003e"#,
    r"\u003c/span\u003e",
    r"\u003cspanner\u003e",
    r"\u0026lt;",
    r"\u0026#60;",
    r"\u0026less",
    "&#123;",
    "&#X7b;",
    "&#99999999;",
    "&nbsp;",
    r"\u001b[31m",
];

#[test]
fn a_special_is_the_same_at_every_offset_of_a_block_and_wherever_it_is_cut() {
    for special in SPECIALS {
        for before in 0..=66 {
            for filler in ["a", "7", " "] {
                let text = format!("{}{special}9n{filler}", filler.repeat(before));
                check(text.as_bytes(), &[]);
                let cut = before + special.len() / 2;
                check(text.as_bytes(), &[cut]);
                check(text.as_bytes(), &[before + 1, before + special.len()]);
                let text = format!("{text}{}", "x.".repeat(40));
                check(text.as_bytes(), &[before]);
            }
        }
    }
}

#[test]
fn runs_of_backslashes_and_of_digits_cross_any_number_of_blocks() {
    for len in (0..=200).chain([1000]) {
        for behind in ["n", "u00e9", "ud83d", "un", "x", "", "1a"] {
            let text = format!("a{}{behind}b", "\\".repeat(len));
            check(text.as_bytes(), &[len / 2, len]);
            let text = format!("a {}{behind}7", "8".repeat(len));
            check(text.as_bytes(), &[len / 2, len]);
        }
    }
    let pair = format!("{0}ud83d{0}ude00{1}ud83d{0}ude00", "\\".repeat(70), "\\".repeat(71));
    for cut in 0..pair.len() {
        check(pair.as_bytes(), &[cut]);
    }
}

#[test]
fn streams_are_those_of_the_definition_at_every_length_and_cut() {
    let text = br#"{"t":"fn A1_b(x: &str) -> Vec<u8> {\n\t42 + 0x1F; \u00e9 &lt;b&gt; <span class=\"k\">\\n</span>"}"#;
    let text = text.repeat(3);
    for len in 0..=200 {
        check(&text[..len], &[]);
        check(&text[200 - len..], &[len]);
    }
    for cut in 0..text.len() {
        check(&text, &[cut, cut + 1, cut + 17, cut + 64]);
    }
}

/// Random bytes of which most are special or next to one.
fn soup(random: &mut SplitMix64, len: usize) -> Vec<u8> {
    let parts: [&[u8]; 24] = [
        b"\\",
        b"\\",
        b"\\\\",
        b"n",
        b"r",
        b"t",
        b"u",
        b"u00e9",
        b"ud83d",
        b"\\ude00",
        b"&",
        b"lt;",
        b"&amp;",
        b"<",
        b"span",
        b"<span ",
        b"</span>",
        b">",
        b"1",
        b"20",
        b"_a",
        b"Z",
        b" .",
        b"\xc3\xa9",
    ];
    let mut text = vec![];
    while text.len() < len {
        text.extend_from_slice(random.pick::<&[u8]>(&parts));
        if random.below(12) == 0 {
            text.push(random.next_u64() as u8);
        }
    }
    text
}

#[test]
fn random_bytes_full_of_specials_give_the_streams_of_the_definition() {
    let mut random = SplitMix64::new(4);
    for _ in 0..1500 {
        let len = random.below(400);
        let text = soup(&mut random, len);
        let mut cuts: Vec<usize> = (0..random.below(5)).map(|_| random.below(len + 1)).collect();
        cuts.sort_unstable();
        check(&text, &cuts);
    }
}

/// The start of each real session, if there are any beside the checkout.
fn real_texts() -> Vec<Vec<u8>> {
    const LEN_MAX: usize = 200_000;
    let mut files = vec![];
    for tool in ["claude", "codex"] {
        let Some(logs) = seepage_testkit::shared_logs() else {
            return vec![];
        };
        files.extend(files_in(&logs.join(tool)));
    }
    files.sort();
    let read = |path| {
        let mut text = std::fs::read(path).unwrap();
        text.truncate(LEN_MAX);
        text
    };
    files.into_iter().take(12).map(read).collect()
}

fn files_in(folder: &Path) -> impl Iterator<Item = std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
}

#[test]
fn real_logs_give_the_streams_and_anchors_of_the_definition() {
    let mut random = SplitMix64::new(5);
    for text in real_texts() {
        let mut cuts: Vec<usize> = (0..40).map(|_| random.below(text.len() + 1)).collect();
        cuts.sort_unstable();
        check(&text, &cuts);
        let mut streams = Streams::default();
        normalise(&text, &mut streams);
        super::positions::check(&Scheme::WORDS, &streams.words.bytes);
        super::positions::check(&Scheme::SKELETON, &streams.skeleton.bytes);
    }
}

/// How a writer spells a character does not matter: each of these texts has the streams of the first.
#[test]
fn texts_of_all_writers_have_the_same_streams() {
    let rows: [&[&str]; 7] = [
        &[
            "if a < b && c > d:",
            r"if a \u003c b \u0026\u0026 c \u003e d:",
            r"if a \\u003c b \\u0026\\u0026 c > d:",
            "if a &lt; b &amp;&amp; c &gt; d:",
            "if a &#60; b &#x26;&#38; c &#62; d:",
            r"if a \u0026lt; b \u0026amp;\u0026amp; c > d:",
        ],
        &["path/to/file", r"path\/to\/file", r"path\u002fto\u002ffile"],
        &[
            "def  f ( x ):",
            "def\u{a0}\u{a0}f\u{a0}(\u{a0}x\u{a0}):",
            "def\u{3000}f\u{2003}(\u{202f}x\u{2009}):",
            r"def\u00a0f\u3000(x):",
            "def&nbsp;f&#160;(x):",
            "\u{feff}def f(x\u{200b}):",
        ],
        &[
            "error: no such file",
            "\u{1b}[1;31merror\u{1b}[0m: no such\u{1b}[K file",
            r"\u001b[1;31merror\u001b[0m: no such file",
        ],
        &[
            "let x",
            r#"\u003cspan class=\"k\"\u003elet\u003c/span\u003e x"#,
            r#"<span class="k">let</span> x"#,
        ],
        &[
            "it's \"so\"",
            "it&#39;s &quot;so&quot;",
            "it&apos;s &#34;so&#34;",
            r"it\u0027s \u0022so\u0022",
        ],
        &["naïve", r"na\u00efve", "na&#239;ve", "na&#xEF;ve"],
    ];
    for row in rows {
        let streams = |text: &str| {
            let mut streams = Streams::default();
            normalise(text.as_bytes(), &mut streams);
            (streams.words.bytes, streams.skeleton.bytes)
        };
        for text in row {
            assert_eq!(streams(text), streams(row[0]), "{text:?}");
        }
    }
}
