//! What chance does to a file.

use proptest::prelude::*;

/// One change to a file.
#[derive(Clone, Debug)]
pub(crate) enum Damage {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Tear(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
    Write(prop::sample::Index, Vec<u8>),
}

pub(crate) fn damage() -> impl Strategy<Value = Damage> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        6 => (place(), 1..=255_u8).prop_map(|(place, flip)| Damage::Flip(place, flip)),
        1 => place().prop_map(Damage::Cut),
        2 => (place(), 1..600_usize).prop_map(|(place, len)| Damage::Tear(place, len)),
        2 => (place(), 1..600_usize).prop_map(|(place, len)| Damage::Repeat(place, len)),
        2 => (place(), prop::collection::vec(prop_oneof![Just(0), Just(0xff), any::<u8>()], 1..12))
            .prop_map(|(place, bytes)| Damage::Write(place, bytes)),
    ]
}

pub(crate) fn apply(content: &mut Vec<u8>, damage: &Damage) {
    if content.is_empty() {
        return;
    }
    match damage {
        Damage::Flip(place, flip) => {
            let place = place.index(content.len());
            content[place] ^= flip;
        }
        Damage::Cut(place) => content.truncate(place.index(content.len())),
        Damage::Tear(place, len) => {
            let place = place.index(content.len());
            content.drain(place..content.len().min(place + len));
        }
        Damage::Repeat(place, len) => {
            let place = place.index(content.len());
            let piece = content[place..content.len().min(place + len)].to_vec();
            content.splice(place..place, piece);
        }
        Damage::Write(place, bytes) => {
            let place = place.index(content.len());
            for (old, new) in content[place..].iter_mut().zip(bytes) {
                *old = *new;
            }
        }
    }
}
