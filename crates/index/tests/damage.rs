//! A damaged index is an error that names the file and the section; a forged one with right checksums never panics.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

#[path = "damage/forge.rs"]
mod forge;
mod invented;
#[path = "damage/manifests.rs"]
mod manifests;

use std::fs;
use std::path::PathBuf;

use seepage_index::{Index, OpenError, PassageId, Update};
use tempfile::TempDir;

use forge::{CONTENTS, EVIDENCE, FILES, FINGERPRINTS, LOGS, MANIFEST, PROVENANCE, REMOVED};

/// A small index that may be damaged. Two of its passages were removed.
pub(crate) struct Victim {
    pub(crate) path: PathBuf,
    _home: TempDir,
}

impl Victim {
    pub(crate) fn new() -> Self {
        let home = TempDir::new().unwrap();
        let path = home.path().join("a.seepage");
        invented::small_index(&path);
        let mut update = Update::begin(&path).unwrap();
        for passage in [1, 3].map(PassageId) {
            for (author, _) in update.authors(passage).unwrap() {
                update.remove(passage, author);
            }
        }
        update.commit().unwrap();
        Self { path, _home: home }
    }

    pub(crate) fn read(&self, file: &str) -> Vec<u8> {
        fs::read(self.path.join(file)).unwrap()
    }

    /// Puts other bytes in place of a file, as another file: the old one may still be mapped.
    pub(crate) fn replace(&self, file: &str, bytes: &[u8]) {
        let path = self.path.join(file);
        fs::remove_file(&path).unwrap();
        fs::write(&path, bytes).unwrap();
    }

    /// The words of the error that opening gives.
    #[track_caller]
    pub(crate) fn error(&self) -> String {
        let error = Index::open(&self.path).expect_err("a damaged index opens");
        error.to_string()
    }

    /// Flips the bits of `mask` at each of `offsets` in turn; each has to be an error with these words.
    #[track_caller]
    fn check_flips(
        &self,
        file: &str,
        mask: u8,
        offsets: impl Iterator<Item = usize>,
        words: &[&str],
    ) {
        let good = self.read(file);
        for offset in offsets {
            let mut bad = good.clone();
            bad[offset] ^= mask;
            self.replace(file, &bad);
            let error = self.error();
            assert!(
                words.iter().all(|word| error.contains(word)),
                "byte {offset} of {file}: {error}"
            );
        }
        self.replace(file, &good);
        Index::open(&self.path).expect("the index is whole again");
    }
}

#[test]
fn each_flipped_byte_of_a_header_is_an_error() {
    let victim = Victim::new();
    let of_header =
        ["is damaged: section `header` of `segments/0/", "; build it again from the logs"];
    for mask in [1, 0x80] {
        victim.check_flips(FINGERPRINTS, mask, 0..320, &of_header);
        victim.check_flips(EVIDENCE, mask, 0..192, &of_header);
        victim.check_flips(CONTENTS, mask, 0..192, &of_header);
        victim.check_flips(REMOVED, mask, 0..128, &of_header);
    }
}

#[test]
fn each_flipped_byte_of_the_manifest_is_an_error() {
    let victim = Victim::new();
    let len = victim.read(MANIFEST).len();
    victim.check_flips(MANIFEST, 1, 0..len, &["a.seepage"]);
    victim.check_flips(MANIFEST, 0x20, 0..len, &["a.seepage"]);
}

#[test]
fn a_flipped_byte_of_a_section_names_the_section() {
    let victim = Victim::new();
    for (file, names) in [
        (FINGERPRINTS, forge::FINGERPRINTS_SECTIONS.as_slice()),
        (EVIDENCE, forge::EVIDENCE_SECTIONS.as_slice()),
        (CONTENTS, &["contents", "authors"]),
        (REMOVED, &["authors"]),
    ] {
        let bytes = victim.read(file);
        for (name, section) in names.iter().zip(forge::sections(file, &bytes)) {
            assert!(!section.is_empty(), "{name}");
            let offsets =
                [section.start, usize::midpoint(section.start, section.end), section.end - 1];
            let words = format!("section `{name}` of `{file}` fails its checksum");
            victim.check_flips(file, 4, offsets.into_iter(), &[&words]);
            let padding = section.end..section.end.next_multiple_of(64);
            let words = format!("section `{name}` of `{file}` is followed by bytes that are not 0");
            victim.check_flips(file, 4, padding, &[&words]);
        }
    }
    for (file, name) in [(PROVENANCE, "table"), (LOGS, "lines")] {
        let len = victim.read(file).len();
        let words = format!("section `{name}` of `{file}` fails its checksum");
        let offsets = (0..len).step_by(17).chain([len - 1]);
        victim.check_flips(file, 4, offsets, &[&words]);
    }
}

#[test]
fn a_file_of_another_length_is_an_error() {
    let victim = Victim::new();
    for file in [MANIFEST].into_iter().chain(FILES) {
        let good = victim.read(file);
        let cuts = (0..good.len()).step_by(good.len() / 97 + 1).chain([good.len() - 1]);
        for len in cuts {
            victim.replace(file, &good[..len]);
            assert!(victim.error().contains("a.seepage"), "{file} cut at {len}");
        }
        victim.replace(file, &[&good[..], b"\n"].concat());
        assert!(victim.error().contains("a.seepage"), "{file} with a byte more");
        victim.replace(file, &good);
    }
    Index::open(&victim.path).unwrap();
}

#[test]
fn a_missing_file_is_named() {
    for file in FILES {
        let victim = Victim::new();
        fs::remove_file(victim.path.join(file)).unwrap();
        let expected = format!("is incomplete: `{file}` is missing; build it again from the logs");
        assert!(victim.error().ends_with(&expected), "{}", victim.error());
        fs::create_dir(victim.path.join(file)).unwrap();
        assert!(
            victim.error().contains(&format!("`{file}` is not a regular file")),
            "{}",
            victim.error()
        );
    }
}

#[test]
fn what_is_not_an_index_is_said_to_be_none() {
    let home = TempDir::new().unwrap();
    let check = |path: &std::path::Path| {
        let error = Index::open(path).unwrap_err();
        assert!(matches!(error, OpenError::NotAnIndex { .. }), "{error}");
    };
    check(home.path());
    fs::write(home.path().join("file"), "text").unwrap();
    check(&home.path().join("file"));
    for text in [
        "",
        "{}",
        "[]",
        "\u{0}",
        "{\"format\": \"web app\", \"version\": 1}",
        "{\"format\": \"seepage index\"}",
    ] {
        fs::write(home.path().join(MANIFEST), text).unwrap();
        check(home.path());
    }
    let error = Index::open(&home.path().join("absent")).unwrap_err();
    assert!(matches!(error, OpenError::Io { .. }), "{error}");
}

#[test]
fn another_version_and_other_rules_are_refused_by_name() {
    let victim = Victim::new();
    let manifest = String::from_utf8(victim.read(MANIFEST)).unwrap();
    let rules = seepage_fingerprint::Stream::RULES_VERSION;
    let rows = [
        (
            "\"version\": 2".to_owned(),
            "\"version\": 9, \"more\": [1]",
            "has format 9, and this build reads format 2; open it with the build that wrote it",
        ),
        (
            "\"version\": 2".to_owned(),
            "\"version\": 1",
            "has format 1, and this build reads format 2; make a new index from its texts with `seepage index upgrade",
        ),
        (
            format!("\"rules\": {rules}"),
            "\"rules\": 77",
            "was normalised by rules 77, and this build has",
        ),
        (
            format!("\"rules\": {rules}"),
            "\"rules\": 0",
            "make a new index from its texts with `seepage index upgrade",
        ),
    ];
    for (from, to, words) in rows {
        victim.replace(MANIFEST, manifest.replace(&from, to).as_bytes());
        assert!(victim.error().contains(words), "{}", victim.error());
    }
}

#[test]
fn files_of_another_index_are_an_error() {
    let (victim, home) = (Victim::new(), TempDir::new().unwrap());
    let other = home.path().join("b");
    invented::small_index(&other);
    let mut writer =
        seepage_index::SegmentWriter::create(&other, seepage_fingerprint::Analyzer::default())
            .unwrap();
    for seed in 10..16 {
        writer.push(&invented::passage(&invented::invented_text(seed, 12), seed)).unwrap();
    }
    writer.finish(&seepage_index::BuildFacts::default()).unwrap();
    for file in [FINGERPRINTS, EVIDENCE, PROVENANCE, CONTENTS, LOGS] {
        let good = victim.read(file);
        victim.replace(file, &fs::read(other.join(file)).unwrap());
        assert!(victim.error().contains(&format!("`{file}`")), "{}", victim.error());
        victim.replace(file, &good);
    }
}

/// Asks for everything; the answers may be wrong, but nothing panics.
pub(crate) fn ask_for_everything(index: &Index) {
    let mut found = vec![];
    for fingerprint in (0..2000_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) {
        index.probe(seepage_fingerprint::Fingerprint(fingerprint), &|_| true, &mut found);
    }
    for passage in 0..8 {
        let evidence = index.text(PassageId(passage));
        assert!(evidence.spans.iter().all(|span| span.end as usize <= evidence.text.len()));
        let _: Result<_, OpenError> = index.provenance(PassageId(passage));
    }
}
