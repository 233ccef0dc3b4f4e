//! Counting by package, the bytes on disk, and the background that comes with the program.

use proptest::prelude::*;
use seepage_fingerprint::{AnalyzeScratch, Analyzer, Fingerprint, Scheme, SourceAnchor, Stream};

use crate::{Background, BackgroundBuilder, BackgroundError};

fn anchor(fingerprint: u64) -> SourceAnchor {
    SourceAnchor {
        fingerprint: Fingerprint(fingerprint),
        stream: Stream::Words,
        start: 0,
        last: 31,
        variety: 20,
    }
}

/// Counts (package, fingerprint) pairs; fingerprints differ in their high bits, which are the ones kept.
fn count(pairs: &[(u32, u8)], packages_min: u8) -> Background {
    count_in_room(usize::MAX, pairs, packages_min)
}

/// As [`count`], in so many bytes.
fn count_in_room(memory: usize, pairs: &[(u32, u8)], packages_min: u8) -> Background {
    let directory = tempfile::tempdir().unwrap();
    let analyzer = Analyzer::default();
    let mut builder = BackgroundBuilder::new(&analyzer, directory.path());
    builder.limit_memory(memory);
    for &(package, number) in pairs {
        let anchors = [anchor(u64::from(number) << 56)];
        builder.add(package, &anchors).unwrap();
    }
    builder.finish(packages_min).unwrap()
}

fn is_common(background: &Background, number: u8) -> bool {
    background.is_common(Fingerprint(u64::from(number) << 56 | 1))
}

/// Writes a background, and reads what `change` makes of the bytes.
fn read_changed(
    background: &Background,
    change: impl Fn(&mut Vec<u8>),
) -> Result<Background, BackgroundError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.background");
    background.write(&path).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    change(&mut bytes);
    std::fs::write(&path, bytes).unwrap();
    Background::read(&path)
}

#[test]
fn what_one_package_repeats_counts_once() {
    let background = count(&[(1, 7), (1, 7), (1, 8), (2, 8)], 2);
    assert!(!is_common(&background, 7));
    assert!(is_common(&background, 8));
    assert_eq!((1, 2), (background.fingerprints(), background.packages()));
}

#[test]
fn merging_adds_packages() {
    let both = count(&[(1, 7), (1, 9)], 1).merge(&count(&[(2, 7)], 1)).unwrap();
    assert_eq!((2, 2), (both.fingerprints(), both.packages()));
    assert!(is_common(&both, 7) && is_common(&both, 9));
}

#[test]
fn other_parameters_are_refused() {
    let words = Scheme::new(Stream::Words, 40, 32).unwrap();
    let other = Analyzer::new(words, Scheme::SKELETON);
    let nowhere = std::path::Path::new("");
    let strange = BackgroundBuilder::new(&other, nowhere).finish(1).unwrap();
    assert!(!strange.fits(&Analyzer::default()));
    assert!(strange.merge(&count(&[(1, 7)], 1)).is_err());
}

#[test]
fn a_damaged_background_is_an_error() {
    let background = count(&[(1, 7), (2, 200), (3, 9)], 1);
    assert_eq!(background, read_changed(&background, |_| {}).unwrap());
    let len = background.to_bytes().len();
    for at in 0..len {
        read_changed(&background, |bytes| bytes[at] ^= 1).unwrap_err();
        read_changed(&background, |bytes| bytes.truncate(at)).unwrap_err();
    }
    read_changed(&background, |bytes| bytes.push(0)).unwrap_err();
}

#[test]
fn entries_that_lie_behind_a_right_checksum_are_refused() {
    let background = count(&[(1, 7), (2, 200)], 1);
    let forged = |at: usize, byte: u8| {
        read_changed(&background, |bytes| {
            bytes[at] = byte;
            let content = bytes.len() - 8;
            let checksum = xxhash_rust::xxh3::xxh3_64(&bytes[..content]);
            bytes[content..].copy_from_slice(&checksum.to_le_bytes());
        })
    };
    forged(32, 200).unwrap_err();
    forged(35, 255).unwrap_err();
    forged(32, 1).unwrap_err();
}

#[test]
fn the_built_in_background_knows_a_licence_and_no_new_text() {
    let background = Background::built_in();
    assert!(background.fits(&Analyzer::default()));
    assert!(background.fingerprints() > 100_000, "{}", background.fingerprints());
    let share = |text: &str| {
        let mut anchors = vec![];
        Analyzer::default().analyze(text.as_bytes(), &mut AnalyzeScratch::default(), &mut anchors);
        let common =
            anchors.iter().filter(|anchor| background.is_common(anchor.fingerprint)).count();
        (common, anchors.len())
    };
    let (common, all) = share(include_str!("../../../../LICENSE-APACHE"));
    assert!(common * 10 > all * 9, "{common} of {all}");
    let (common, _) = share(include_str!("background.rs"));
    assert_eq!(0, common);
}

proptest! {
    #[test]
    fn counts_are_those_of_the_definition(pairs in proptest::collection::vec((0_u32..5, 0_u8..20), 0..60), min in 1_u8..4) {
        let background = count(&pairs, min);
        for number in 0..20 {
            let packages: std::collections::HashSet<u32> =
                pairs.iter().filter(|pair| pair.1 == number).map(|pair| pair.0).collect();
            prop_assert_eq!(packages.len() >= usize::from(min), is_common(&background, number));
        }
        prop_assert_eq!(&background, &read_changed(&background, |_| {}).unwrap());
    }

    #[test]
    fn spilling_changes_no_byte(pairs in proptest::collection::vec((0_u32..5, 0_u8..20), 0..60), min in 1_u8..4, pairs_held in 1_usize..40) {
        let spilled = count_in_room(16 * pairs_held, &pairs, min).to_bytes();
        prop_assert_eq!(count(&pairs, min).to_bytes(), spilled);
    }
}
