//! What is listed, counted and held of many sessions has a ceiling that does not depend on who came first.

use std::sync::Mutex;
use std::thread;

use crate::build::sessions::{NameCounts, Room};

#[test]
fn the_first_names_of_the_alphabet_are_told_apart_whatever_the_order() {
    let names: Vec<String> = (0..1500).map(|number| format!("type {number:04}")).collect();
    let counted = |order: &mut dyn Iterator<Item = &String>| {
        let mut counts = NameCounts::default();
        order.for_each(|name| counts.add(name, 2));
        counts.add("type 0003", 5);
        counts.finish()
    };
    let counts = counted(&mut names.iter());
    assert_eq!(counts, counted(&mut names.iter().rev()));
    assert_eq!((1001, 1000), (counts.len(), counts["(others)"]));
    assert_eq!((7, 2), (counts["type 0003"], counts["type 0999"]));
    assert!(!counts.contains_key("type 1000"));
}

#[test]
fn few_names_are_all_told_apart_and_long_ones_cut() {
    let mut counts = NameCounts::default();
    counts.add(&"ä".repeat(1000), 1);
    counts.add("b", 2);
    let counts: Vec<_> = counts.finish().into_iter().collect();
    assert_eq!(vec![("b".to_owned(), 2), ("ä".repeat(128), 1)], counts);
}

#[test]
fn room_is_never_taken_twice_but_by_one_who_is_alone() {
    let room = Room::new(100);
    let held = Mutex::new(Vec::<u64>::new());
    thread::scope(|scope| {
        for thread in 0..4_u64 {
            let (room, held) = (&room, &held);
            scope.spawn(move || {
                for round in 0..200 {
                    let len = (thread * 31 + round * 17) % 140;
                    room.take(len);
                    let mut now = held.lock().unwrap();
                    now.push(len);
                    assert!(
                        now.iter().sum::<u64>() <= 100
                            || now.iter().filter(|&&len| len > 0).count() == 1,
                        "{now:?}"
                    );
                    drop(now);
                    let mut now = held.lock().unwrap();
                    let at = now.iter().position(|&other| other == len).unwrap();
                    now.swap_remove(at);
                    drop(now);
                    room.give_back(len);
                }
            });
        }
    });
    // Everything was given back.
    room.take(1000);
}
