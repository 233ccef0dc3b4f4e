//! Families against their definition: passages one after the other, all that came before held in memory.

use proptest::prelude::*;
use seepage_detect::{ResemblanceMin, ShingleScratch, Shingles, SketchTable};
use seepage_index::{Class, Passage, PassageId, Provenance};

use crate::build::families::{Families, Features};

/// So many lines, of which the numbered ones are rewritten.
fn file(seed: u32, rewritten: &[u32]) -> String {
    let line = |number: u32| {
        let verb = if rewritten.contains(&number) { "remove" } else { "insert" };
        let word = |salt: u32| {
            let mixed = (seed * 7919 + number * 31 + salt).wrapping_mul(0x9e37_79b9);
            ["quay", "ledger", "mast", "gull", "rope", "crane", "tide", "buoy"]
                [(mixed >> 29) as usize]
        };
        let name = char::from(b'a' + (number % 26) as u8);
        format!("{}_{name}.{verb}({}, {}.{}());\n", word(1), word(2), word(3), word(4))
    };
    (0..80).map(line).collect()
}

fn passage(text: &str) -> Passage {
    let provenance = Provenance {
        tool: "codex".to_owned(),
        session_id: "session-1".to_owned(),
        class: Class::File,
        log_path: "logs/rollout.jsonl".to_owned(),
        log_line: 1,
        ..Provenance::default()
    };
    Passage::by(provenance, text.to_owned(), std::iter::once(0..text.len() as u32).collect())
}

/// The family of each text: that of the first earlier one that is found by its sketch and resembles it by 0.9.
fn oracle(passages: &[Passage]) -> Vec<u32> {
    let resemblance_min = ResemblanceMin::new(0.9).unwrap();
    let (mut table, mut scratch) = (SketchTable::default(), ShingleScratch::default());
    let (mut families, mut before) = (vec![], vec![]);
    for (id, passage) in (0..).zip(passages) {
        let own = Shingles::of(passage.text.as_bytes(), &passage.spans, &mut scratch);
        let mut alike = vec![];
        if let Some(own) = &own {
            table.lookup(&own.sketch().unwrap(), resemblance_min, &mut alike);
        }
        let first = alike.into_iter().find(|(other, _)| {
            let other: &Option<Shingles> = &before[other.0 as usize];
            other.as_ref().unwrap().resemblance(own.as_ref().unwrap()) >= 0.9
        });
        families.push(first.map_or(id, |(other, _)| families[other.0 as usize]));
        if let Some(own) = &own {
            table.insert(PassageId(id), own.sketch().unwrap());
        }
        before.push(own);
    }
    families
}

/// The families that are found in so many bytes of memory.
fn found(passages: &[Passage], memory: usize) -> Vec<u32> {
    let directory = tempfile::tempdir().unwrap();
    let mut families = Families::new(directory.path(), memory);
    for passage in passages {
        let features = Features::of(passage, &mut ShingleScratch::default());
        families.add(features).unwrap();
    }
    let mut settled = families
        .finish(&mut |passage, text, spans| {
            let passage = &passages[passage.0 as usize];
            text.extend_from_slice(passage.text.as_bytes());
            spans.extend_from_slice(&passage.spans);
            Ok(())
        })
        .unwrap();
    let families: Vec<u32> = (0..passages.len() as u32)
        .map(|passage| settled.family_of(PassageId(passage)).unwrap().0)
        .collect();
    let firsts = (0..).zip(&families).filter(|(id, family)| id == *family);
    assert_eq!(firsts.count() as u64, settled.count);
    families
}

#[track_caller]
fn check(texts: &[&str], expected: &[u32]) {
    let passages: Vec<_> = texts.iter().map(|text| passage(text)).collect();
    assert_eq!(expected, oracle(&passages));
    for memory in [0, 3000, 100_000, 1 << 30] {
        assert_eq!(expected, found(&passages, memory), "{memory} bytes of memory");
    }
}

#[test]
fn rewrites_of_one_file_are_the_family_of_the_first() {
    let first = file(1, &[]);
    let (second, third) = (file(1, &[3]), file(1, &[3, 40]));
    let other = file(2, &[]);
    check(&[&first, &second, &other, &third], &[0, 0, 2, 0]);
}

#[test]
fn a_family_is_named_by_its_first_though_the_last_no_longer_resembles_it() {
    let texts: Vec<String> =
        (0..30).map(|count| file(1, &(0..count).collect::<Vec<_>>())).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    check(&texts, &[0; 30]);
    check(&[texts[0], texts[29]], &[0, 1]);
}

#[test]
fn what_is_too_short_takes_no_part() {
    let first = file(1, &[]);
    check(&[&first, &first, "a b c", "a b c"], &[0, 0, 2, 3]);
}

#[test]
fn of_a_text_that_was_written_very_often_the_first_ones_are_compared() {
    let texts: Vec<String> = (0..100).map(|at| file(1, &[at % 7])).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    check(&texts, &[0; 100]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_memory_finds_the_same_families(
        texts in proptest::collection::vec(
            (0_u32..4, proptest::collection::vec(0_u32..80, 0..25)), 0..40),
        memory in 0_usize..200_000,
    ) {
        let passages: Vec<_> = texts.iter().map(|(seed, rewritten)| passage(&file(*seed, rewritten))).collect();
        prop_assert_eq!(oracle(&passages), found(&passages, memory));
    }
}
