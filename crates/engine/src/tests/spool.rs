//! The order of passages and of their authors, against a sort in memory.

use proptest::prelude::*;
use seepage_index::{Author, Class, Passage, Provenance};
use seepage_logs::AuthoringOrder;

use crate::build::spool::Spool;

/// When it was written, the place of its log, the line, and what it says.
type Told = (Option<i64>, u64, u64, u8);

/// A passage of which every field depends on `told` in some way.
fn passage((authored_at, log, log_line, says): Told) -> Passage {
    let optional = |bit: u8| (says >> bit & 1 == 0).then(|| format!("{bit} of {log}"));
    let author = Author {
        provenance: Provenance {
            tool: format!("tool {says}"),
            model: optional(0),
            session_id: format!("session {log}"),
            message_id: optional(1),
            call_id: optional(2),
            authored_at,
            cwd: optional(3),
            file_path: optional(4),
            class: Class::File,
            applied: [None, Some(true), Some(false)][usize::from(says) % 3],
            log_path: format!("logs/{log}.jsonl"),
            log_line,
        },
        bytes_written: 100,
        bytes_subtracted: log_line,
        bytes_imitated: log_line + 1,
    };
    Passage {
        authors: vec![author],
        text: format!("{says:03} ä\n").repeat(4 + usize::from(says % 5)),
        spans: (0..=u32::from(says % 4)).map(|at| 7 * at..7 * at + 3).collect(),
    }
}

/// What a spool of so many bytes gives back, and how many it left out.
fn spooled(all: &[Told], memory: usize) -> (Vec<Passage>, u64) {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = Spool::new(directory.path(), memory);
    for (number, told) in all.iter().enumerate() {
        // Texts of one session are numbered in the order of the log; these are all of one.
        let order = |from: &Provenance| AuthoringOrder::of(from, told.1, number as u64);
        spool.push(passage(*told), &order).unwrap();
    }
    let mut passages = spool.finish().unwrap();
    let mut given = vec![];
    loop {
        let few = passages.next_few(memory / 7).unwrap();
        if few.is_empty() {
            break;
        }
        given.extend(few);
    }
    (given, passages.duplicates)
}

#[track_caller]
fn check(all: &[Told]) {
    let mut sorted = all.to_vec();
    // Stable: of equal ones, the first comes first.
    sorted.sort_by_key(|told| (told.0.unwrap_or(i64::MAX), told.1, told.2));
    let mut expected: Vec<Passage> = vec![];
    for passage in sorted.into_iter().map(passage) {
        match expected.iter_mut().find(|other| other.content() == passage.content()) {
            Some(first) => first.authors.extend(passage.authors),
            None => expected.push(passage),
        }
    }
    let duplicates = (all.len() - expected.len()) as u64;
    for memory in [0, 500, 2000, 20_000, usize::MAX] {
        let (given, left_out) = spooled(all, memory);
        assert_eq!(expected, given, "{memory} bytes of memory");
        assert_eq!(duplicates, left_out, "{memory} bytes of memory");
    }
}

#[test]
fn what_has_no_time_comes_last_and_equal_times_go_by_log_and_line() {
    check(&[
        (None, 0, 1, 1),
        (Some(5), 2, 9, 2),
        (Some(5), 1, 3, 3),
        (Some(5), 1, 2, 4),
        (Some(-5), 9, 9, 5),
        (None, 0, 0, 6),
    ]);
}

#[test]
fn texts_of_one_line_stay_in_the_order_of_the_line() {
    let told: Vec<Told> = (0..40).map(|says| (Some(1), 1, 1, 40 - says)).collect();
    check(&told);
}

#[test]
fn what_two_say_is_a_passage_of_both_in_the_order_of_their_writing() {
    check(&[(Some(9), 1, 1, 7), (Some(3), 2, 1, 7), (None, 0, 1, 7), (Some(3), 2, 2, 8)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_memory_gives_the_same_order(
        all in proptest::collection::vec(
            (proptest::option::of(-2_i64..3), 0_u64..4, 0_u64..4, 0_u8..60), 0..80),
    ) {
        check(&all);
    }
}
