//! Changes files of an index and makes all checksums right again: what is left to catch is the content.

use std::ops::Range;

use seepage_index::{Index, Update};

use crate::{Victim, ask_for_everything};

pub(crate) const MANIFEST: &str = "MANIFEST.json";
pub(crate) const FINGERPRINTS: &str = "segments/0/fingerprints.bin";
pub(crate) const EVIDENCE: &str = "segments/0/evidence.bin";
pub(crate) const PROVENANCE: &str = "segments/0/provenance.parquet";
pub(crate) const CONTENTS: &str = "segments/0/contents.bin";
pub(crate) const LOGS: &str = "segments/0/logs.jsonl";
pub(crate) const REMOVED: &str = "segments/0/removed-0.bin";
/// All files of the victim but the manifest.
pub(crate) const FILES: [&str; 6] = [FINGERPRINTS, EVIDENCE, PROVENANCE, CONTENTS, LOGS, REMOVED];
pub(crate) const FINGERPRINTS_SECTIONS: [&str; 4] = ["filter", "lines", "payload", "postings"];
pub(crate) const EVIDENCE_SECTIONS: [&str; 3] = ["texts", "directory", "spans"];

/// Header length, offset of the section entries, sections: as FORMAT.md has them.
fn layout(file: &str) -> (usize, usize, usize) {
    match file {
        FINGERPRINTS => (320, 56, 4),
        EVIDENCE => (192, 16, 3),
        CONTENTS => (192, 20, 2),
        _ => (128, 16, 1),
    }
}

fn u64_at(bytes: &[u8], offset: usize) -> u64 {
    u64::from_le_bytes(bytes[offset..offset + 8].try_into().unwrap())
}

/// Where the sections of a file lie by its header.
pub(crate) fn sections(file: &str, bytes: &[u8]) -> Vec<Range<usize>> {
    let (_, entries, count) = layout(file);
    (0..count)
        .map(|section| {
            let start = u64_at(bytes, entries + 48 * section) as usize;
            start..start + u64_at(bytes, entries + 48 * section + 8) as usize
        })
        .collect()
}

/// Sets the checksums of the sections that lie in the file, and that of the header.
fn seal(file: &str, bytes: &mut [u8]) -> blake3::Hash {
    let (header_len, entries, count) = layout(file);
    for section in 0..count {
        let entry = entries + 48 * section;
        let start = u64_at(bytes, entry) as usize;
        let end = start.saturating_add(u64_at(bytes, entry + 8) as usize);
        if let Some(content) = bytes.get(start..end) {
            let checksum = blake3::hash(content);
            bytes[entry + 16..entry + 48].copy_from_slice(checksum.as_bytes());
        }
    }
    let checksum = blake3::hash(&bytes[..header_len - 32]);
    bytes[header_len - 32..header_len].copy_from_slice(checksum.as_bytes());
    checksum
}

impl Victim {
    /// Changes a file, and makes the index's checksums right again.
    pub(crate) fn forge(&self, file: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let old = self.read(file);
        let mut new = old.clone();
        change(&mut new);
        let checksums = if [PROVENANCE, LOGS].contains(&file) {
            (blake3::hash(&old), blake3::hash(&new))
        } else {
            (seal(file, &mut old.clone()), seal(file, &mut new))
        };
        self.replace(file, &new);
        let indent = if file == REMOVED { 10 } else { 8 };
        let entry = |len: usize, checksum: blake3::Hash| {
            format!("\"len\": {len},\n{:indent$}\"checksum\": \"{checksum}\"", "")
        };
        self.change_manifest(&entry(old.len(), checksums.0), &entry(new.len(), checksums.1));
    }

    /// Replaces words of the manifest, and makes its checksum right again.
    pub(crate) fn change_manifest(&self, from: &str, to: &str) {
        let text = String::from_utf8(self.read(MANIFEST)).unwrap();
        assert!(text.contains(from), "`{from}` is not in {text}");
        let text = text.replace(from, to);
        let (body, _) = text.rsplit_once("\"checksum\": \"").unwrap();
        let with = |checksum: &str| format!("{body}\"checksum\": \"{checksum}\"\n}}\n");
        let checksum = blake3::hash(with(&"0".repeat(64)).as_bytes());
        self.replace(MANIFEST, with(checksum.to_hex().as_str()).as_bytes());
    }
}

/// Forges `file` at an offset in a section, and expects an error with these words.
#[track_caller]
fn check(file: &str, section: usize, offset: impl Fn(&[u8]) -> usize, value: &[u8], words: &str) {
    let victim = Victim::new();
    victim.forge(file, |bytes| {
        let range = sections(file, bytes)[section].clone();
        let at = range.start + offset(&bytes[range]);
        bytes[at..at + value.len()].copy_from_slice(value);
    });
    assert!(victim.error().contains(words), "{}", victim.error());
}

/// The offset of the first number of 4 bytes that fits.
fn first(fits: impl Fn(u32) -> bool) -> impl Fn(&[u8]) -> usize {
    move |section| {
        let mut numbers =
            section.chunks_exact(4).map(|bytes| u32::from_le_bytes(bytes.try_into().unwrap()));
        4 * numbers.position(&fits).expect("there is such a number")
    }
}

#[test]
fn a_forgery_that_changes_nothing_opens() {
    let victim = Victim::new();
    for file in FILES {
        victim.forge(file, |_| {});
    }
    ask_for_everything(&Index::open(&victim.path).unwrap());
}

#[test]
fn slots_that_lead_nowhere_are_an_error() {
    let single = |payload| payload != 0 && payload < 1 << 31;
    let list = |payload| payload >= 1 << 31;
    check(FINGERPRINTS, 2, first(single), &6_u32.to_le_bytes(), "`payload` of");
    check(FINGERPRINTS, 2, first(single), &u32::MAX.to_le_bytes(), "`postings` of");
    check(FINGERPRINTS, 2, first(list), &u32::MAX.to_le_bytes(), "`postings` of");
    check(FINGERPRINTS, 2, first(list), &(1_u32 << 31 | 1).to_le_bytes(), "`postings` of");
    check(FINGERPRINTS, 2, first(list), &0_u32.to_le_bytes(), "holds another count");
    check(FINGERPRINTS, 1, first(|tag| tag == 0), &7_u32.to_le_bytes(), "`lines` of");
    check(
        FINGERPRINTS,
        1,
        first(|tag| tag != 0),
        &0_u32.to_le_bytes(),
        "of `segments/0/fingerprints.bin`",
    );
}

#[test]
fn lists_that_are_none_are_an_error() {
    for count in [0_u32, 1, 3, 65, u32::MAX] {
        check(FINGERPRINTS, 3, |_| 0, &count.to_le_bytes(), "section `postings`");
    }
    check(FINGERPRINTS, 3, |_| 4, &5_u32.to_le_bytes(), "out of order");
    check(FINGERPRINTS, 3, |_| 8, &6_u32.to_le_bytes(), "does not exist");
    check(FINGERPRINTS, 3, |_| 8, &u32::MAX.to_le_bytes(), "does not exist");
}

#[test]
fn evidence_that_leads_elsewhere_is_an_error() {
    for value in [1_u64, u64::MAX, 1 << 63] {
        check(EVIDENCE, 1, |_| 24, &value.to_le_bytes(), "section `directory`");
        check(EVIDENCE, 1, |_| 16, &value.to_le_bytes(), "section `directory`");
    }
    let file = "of `segments/0/evidence.bin`";
    for value in [0_u32, 1, u32::MAX] {
        check(EVIDENCE, 1, |_| 8, &value.to_le_bytes(), file);
        check(EVIDENCE, 1, |_| 12, &value.to_le_bytes(), file);
        // The second span of the first passage begins inside of the first, or behind its own end.
        check(EVIDENCE, 2, |_| 8, &value.to_le_bytes(), "section `spans`");
    }
    for value in [0_u32, u32::MAX] {
        check(EVIDENCE, 2, |_| 4, &value.to_le_bytes(), "section `spans`");
    }
}

#[test]
fn removed_authors_that_are_none_are_an_error() {
    let words = "section `authors` of `segments/0/removed-0.bin`";
    for (at, value) in [(0, 7_u32), (0, u32::MAX), (0, 4), (4, 1), (4, 7), (4, u32::MAX)] {
        check(REMOVED, 0, |_| at, &value.to_le_bytes(), words);
    }
}

#[test]
fn log_files_that_are_none_are_an_error_for_whoever_adds() {
    let changes: [fn(&mut Vec<u8>); 4] = [
        |bytes| bytes.fill(b' '),
        |bytes| bytes.truncate(40),
        |bytes| bytes[0] = 0xff,
        |bytes| bytes.extend(b"{}\n"),
    ];
    for change in changes {
        let victim = Victim::new();
        victim.forge(LOGS, change);
        Index::open(&victim.path).unwrap();
        let error = Update::begin(&victim.path).unwrap().logs().unwrap_err();
        let words = "section `lines` of `segments/0/logs.jsonl` has one that is not a log file's";
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn headers_that_promise_something_else_are_an_error() {
    let counts = [
        (FINGERPRINTS, 32),
        (FINGERPRINTS, 40),
        (FINGERPRINTS, 48),
        (EVIDENCE, 12),
        (CONTENTS, 12),
        (CONTENTS, 16),
        (REMOVED, 12),
    ];
    let entries = [
        (FINGERPRINTS, 56),
        (FINGERPRINTS, 64),
        (FINGERPRINTS, 208),
        (EVIDENCE, 16),
        (EVIDENCE, 120),
        (CONTENTS, 20),
        (CONTENTS, 28),
        (REMOVED, 16),
        (REMOVED, 24),
    ];
    for (file, offset) in counts.into_iter().chain(entries) {
        for value in [0_u32, 5, 64, u32::MAX] {
            let victim = Victim::new();
            victim.forge(file, |bytes| {
                bytes[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
            });
            assert!(victim.error().contains("is damaged"), "{file} {offset}: {}", victim.error());
        }
        let victim = Victim::new();
        // The high half of a length, or what stands behind a count.
        victim.forge(file, |bytes| {
            bytes[offset + 4..offset + 8].copy_from_slice(&[0xff; 4]);
        });
        assert!(victim.error().contains("is damaged"), "{file} {offset}: {}", victim.error());
    }
    for (offset, value) in [(8, 9), (12, 9), (16, 33), (28, 64), (52, 1)] {
        let victim = Victim::new();
        victim.forge(FINGERPRINTS, |bytes| bytes[offset] = value);
        assert!(victim.error().contains("section `header`"), "{offset}: {}", victim.error());
    }
}

#[test]
fn a_table_that_is_none_is_an_error() {
    let changes: [fn(&mut Vec<u8>); 3] =
        [|bytes| bytes.fill(0), |bytes| bytes.truncate(9), |bytes| bytes.reverse()];
    for change in changes {
        let victim = Victim::new();
        victim.forge(PROVENANCE, change);
        assert!(victim.error().contains("section `table`"), "{}", victim.error());
    }
}

/// Panics of the Parquet reader are caught and become errors, but their messages are printed; that is not a failure.
#[test]
fn no_forged_byte_panics() {
    std::thread::scope(|scope| {
        for file in FILES {
            scope.spawn(move || check_forged_bytes(file));
        }
    });
}

/// Forges bytes all over a file, and asks for everything where the index still opens.
fn check_forged_bytes(file: &str) {
    let victim = Victim::new();
    let good = victim.read(file);
    let manifest = victim.read(MANIFEST);
    let mut opened = 0;
    for offset in (0..good.len()).step_by(good.len() / 300 + 1) {
        for value in [0, 0x7f, 0xff] {
            victim.forge(file, |bytes| bytes[offset] = value);
            if let Ok(index) = Index::open(&victim.path) {
                opened += 1;
                ask_for_everything(&index);
            }
            victim.replace(file, &good);
            victim.replace(MANIFEST, &manifest);
        }
    }
    assert!(opened > 0, "nothing of {file} was ever asked for");
}
